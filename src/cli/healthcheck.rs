//! `docslot healthcheck`

use std::{
    io::{Error, ErrorKind, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use crate::{cli::failure::Failure, config::Settings};

/// How long the server may take to be reached, and again to answer.
const PATIENCE: Duration = Duration::from_secs(4);
/// More than the beginning of the answer takes.
const MOST: u64 = 4096;

/// Asks the server that runs with the same settings whether it is ready: for places without a program that could, such
/// as a container.
pub(super) fn run(settings: &Settings) -> Result<(), Failure> {
    let address = reached_at(settings.server.address);
    let answer = ask(address).map_err(|error| Failure::new(&format!("no answer from {address}"), error))?;
    if answer.starts_with("HTTP/1.1 200 ") {
        println!("ready");
        return Ok(());
    }
    let words = answer.lines().last().unwrap_or_default().trim();
    Err(Failure::new(&format!("the server at {address} is not ready"), words))
}

/// From this machine, a server that listens on all its addresses is at the loopback address.
fn reached_at(listening: SocketAddr) -> SocketAddr {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listening.port())
}

fn ask(address: SocketAddr) -> Result<String, Error> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // at once: a server that has read enough to answer may close before the rest comes
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.take(MOST).read_to_string(&mut answer)?;
    if answer.is_empty() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    fn asked(answer: &'static str) -> Result<(), String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut settings = Settings::default();
        settings.server.address = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), listener.local_addr().unwrap().port());
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let result = run(&settings).map_err(|failure| failure.to_string());
        server.join().unwrap();
        result
    }

    #[test]
    fn only_a_server_that_is_ready_is_healthy() {
        assert_eq!(asked("HTTP/1.1 200 OK\r\n\r\nready\n"), Ok(()));
        let failed = asked("HTTP/1.1 503 Service Unavailable\r\n\r\nno database\n").unwrap_err();
        assert!(failed.ends_with("is not ready: no database"), "{failed}");
        assert!(asked("").unwrap_err().starts_with("no answer from 127.0.0.1:"));
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut settings = Settings::default();
        settings.server.address = nobody;
        assert!(run(&settings).unwrap_err().to_string().starts_with("no answer from "));
    }
}

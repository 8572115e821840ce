//! Listening, and stopping without losing an accepted request.

use std::{future::IntoFuture, io, net::SocketAddr, time::Duration};

use axum_server::{Handle, Server, tls_rustls::RustlsAcceptor};
use sd_notify::NotifyState;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

use crate::{
    availability::server::schedule_changes, booking::server::waiting, clinic::server::keys,
    notifications::server::worker,
};
use crate::{
    cli::{jobs, tls::Tls},
    state::AppState,
    web::{router, scrape},
};

/// How long requests that are under way may take after the server was told to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// How long the beginning of encryption may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a new connection may take until its first request has arrived, without its body.
const FIRST_REQUEST: Duration = Duration::from_secs(20);
/// How long the headers of each further request may take, waiting for it included. Longer than proxies keep a
/// connection that they do not use: nginx 60 seconds.
const NEXT_REQUEST: Duration = Duration::from_secs(75);
/// Bytes of a request's first line and headers, and of the headers in HTTP/2.
const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: u32 = 32 * 1024;
/// Requests under way at a time in one connection of HTTP/2.
const MAX_STREAMS: u32 = 200;
/// How long a silent connection of HTTP/2 waits before it asks whether the other side is there, and for its answer.
const PING_AFTER: Duration = Duration::from_secs(60);
const PONG_WITHIN: Duration = Duration::from_secs(20);
const DISK_FAILED: &str = "the disk failed a commit, see the log; check the disk and start again";
/// How long the server goes on answering when the disk has failed.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// Serves until SIGTERM or SIGINT arrives, then finishes what is under way.
///
/// # Errors
/// The address is taken or not ours, or the disk failed a commit.
pub async fn run(app: &AppState, tls: Option<Tls>) -> io::Result<()> {
    let listener = TcpListener::bind(app.settings.server.address).await?;
    let mut told_to_stop = on_signal()?;
    serve_metrics(app, told_to_stop.clone()).await?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let (server, handle) = server(app, listener, tls, &told_to_stop)?;
    let address = handle.listening().await.unwrap_or(app.settings.server.address);
    let place = app.db.file().map(|file| file.display().to_string());
    println!("docslot keeps its data in {}", place.unwrap_or_else(|| app.settings.database.url.to_string()));
    println!("docslot is ready at {scheme}://{address}");
    tell_systemd(NotifyState::Ready);

    let jobs = tokio::spawn(jobs::run(app.clone(), told_to_stop.clone()));
    let mail = tokio::spawn(worker::run(app.clone(), told_to_stop.clone()));
    tokio::spawn(schedule_changes::run(app.clone(), told_to_stop.clone()));
    tokio::spawn(keys::follow(app.clone(), told_to_stop.clone()));
    let offers = tokio::spawn(waiting::run(app.clone(), told_to_stop.clone()));
    let readiness = app.readiness.clone();
    let mut told = told_to_stop.clone();
    tokio::spawn(async move {
        let _ = told.wait_for(|stop| *stop).await;
        readiness.stop();
        tell_systemd(NotifyState::Stopping);
        tracing::info!("stopping");
        // idle connections are closed at once; those with a request under way when it is answered
        handle.graceful_shutdown(None);
    });
    let work = async {
        server.await.map_err(io::Error::other)??;
        let _ = jobs.await;
        let _ = offers.await;
        // a message being sent is finished
        let _ = mail.await;
        Ok::<_, io::Error>(())
    };
    let deadline = async {
        let _ = told_to_stop.wait_for(|stop| *stop).await;
        sleep(DRAIN).await;
    };
    let disk_failed = async {
        app.db.disk_failed().await;
        app.readiness.stop();
        // the requests of the lost commit get their answers
        sleep(LAST_ANSWERS).await;
    };
    tokio::select! {
        result = work => result?,
        () = disk_failed => return Err(io::Error::other(DISK_FAILED)),
        () = deadline => tracing::warn!("some requests took too long and were cut off"),
    }
    Ok(())
}

/// Answers `/metrics` at its own address, if it has one, until the process stops.
async fn serve_metrics(app: &AppState, mut told_to_stop: watch::Receiver<bool>) -> io::Result<()> {
    let Some(address) = app.settings.metrics.own_address() else { return Ok(()) };
    let named = |error: io::Error| io::Error::new(error.kind(), format!("metrics.address {address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(named)?;
    println!("figures for Prometheus: {}{}", listener.local_addr()?, scrape::PATH);
    let server = axum::serve(listener, scrape::alone(app.clone()));
    tokio::spawn(async move {
        tokio::select! {
            _ = server.into_future() => {}
            _ = told_to_stop.wait_for(|stop| *stop) => {}
        }
    });
    Ok(())
}

/// Where systemd started the server (`Type=notify`), it waits for this.
fn tell_systemd(state: NotifyState) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd could not be told");
    }
}

type Serving = (JoinHandle<io::Result<()>>, Handle<SocketAddr>);

/// Begins to answer: HTTP/1.1, and HTTP/2 to those that begin with it or agree on it while they encrypt.
fn server(
    app: &AppState,
    listener: TcpListener,
    tls: Option<Tls>,
    stop: &watch::Receiver<bool>,
) -> io::Result<Serving> {
    let service = router::build(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let handle = Handle::new();
    let server = Server::<SocketAddr>::from_listener(listener).handle(handle.clone());
    let serving = match tls {
        Some(tls) => {
            let encrypted = RustlsAcceptor::new(tls.served()).handshake_timeout(HANDSHAKE);
            tokio::spawn(tls.follow(signal(SignalKind::hangup())?, stop.clone()));
            tokio::spawn(limited(server.acceptor(encrypted)).serve(service))
        }
        None => tokio::spawn(limited(server).serve(service)),
    };
    Ok((serving, handle))
}

/// The server with an end to what a connection may take of it.
fn limited<A>(mut server: Server<SocketAddr, A>) -> Server<SocketAddr, A> {
    let http = server.http_builder();
    http.http1().header_read_timeout(NEXT_REQUEST).max_buf_size(MAX_HEAD);
    http.http2()
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADERS)
        .keep_alive_interval(PING_AFTER)
        .keep_alive_timeout(PONG_WITHIN);
    server.first_request_timeout(FIRST_REQUEST)
}

/// Becomes true when the process is asked to stop. Listens from now on, so that no signal is lost.
fn on_signal() -> io::Result<watch::Receiver<bool>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.send_replace(true);
        // the receivers read the value after this task; keep the sender until they are gone
        stop.closed().await;
    });
    Ok(stopped)
}

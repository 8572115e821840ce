//! How the program is spoken to: HTTP/2 beside HTTP/1.1, its own encryption, and connections that are too slow.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

use crate::folder::Folder;
use crate::process::{Program, command, start, start_logging, terminate, text, time_to_end};

impl Folder {
    /// Puts another certificate of this test's own authority, with its key, into the folder.
    fn certify(&self, serial: u32, days: i32) {
        let run = |arguments: &[&str]| {
            let done = Command::new("openssl").args(arguments).current_dir(&self.0).output().expect("openssl");
            assert!(done.status.success(), "{}", text(&done));
        };
        const KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        if !Path::new(&self.path("ca.pem")).exists() {
            let authority = ["-subj", "/CN=Test", "-days", "3", "-keyout", "ca.key", "-out", "ca.pem"];
            run(&[&["req", "-x509"], &KEY[..], &authority].concat());
            fs::write(self.path("names"), "subjectAltName=DNS:clinic.example").expect("a file");
        }
        run(&[&["req"], &KEY[..], &["-subj", "/CN=clinic.example", "-keyout", "new.key", "-out", "new.csr"]].concat());
        let (serial, days) = (serial.to_string(), days.to_string());
        let sign = ["x509", "-req", "-in", "new.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-extfile", "names"];
        run(&[&sign[..], &["-set_serial", &serial, "-days", &days, "-out", "new.pem"]].concat());
        fs::rename(self.path("new.pem"), self.path("tls.pem")).expect("a certificate");
        fs::rename(self.path("new.key"), self.path("tls.key")).expect("a key");
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("DOCSLOT_SERVER_TLS_CERTIFICATE", self.path("tls.pem")),
            ("DOCSLOT_SERVER_TLS_KEY", self.path("tls.key")),
            ("DOCSLOT_SERVER_PUBLIC_URL", "https://clinic.example".into()),
        ]
    }

    fn start_encrypted(&self) -> Program {
        let log = fs::File::create(self.path("log")).expect("a file");
        let settings = self.settings();
        let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        start_logging(&self.database(), &settings, Stdio::from(log))
    }

    /// What curl says of an encrypted request.
    fn curl(&self, program: &Program, path: &str, arguments: &[&str]) -> Output {
        let port = program.address.port();
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--noproxy", "*", "--max-time", "20", "--cacert", &self.path("ca.pem")]);
        curl.args(["--resolve", &format!("clinic.example:{port}:127.0.0.1")]).args(arguments);
        curl.arg(format!("https://clinic.example:{port}{path}")).output().expect("curl")
    }

    /// The serial number of the certificate that a new connection gets.
    fn served(&self, program: &Program) -> u32 {
        let said = text(&self.curl(program, "/readyz", &["-o", "/dev/null", "-w", "%{certs}"]));
        let serial = said.lines().find_map(|line| line.strip_prefix("Serial Number:")).unwrap_or_default();
        u32::from_str_radix(serial.trim().trim_start_matches("0x"), 16).unwrap_or_else(|_| panic!("no serial: {said}"))
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).expect("a log")
    }

    /// Asks the program to look at its files, and waits until the log says what became of it.
    async fn look_again(&self, program: &Program, says: &str) {
        let kill = Command::new("kill").arg("-HUP").arg(program.child.id().to_string()).status();
        assert!(kill.expect("the kill command").success());
        let began = Instant::now();
        while !self.log().contains(says) {
            assert!(began.elapsed() < Duration::from_secs(10), "no \"{says}\" in {}", self.log());
            sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn http_2_is_spoken_beside_http_1() {
    let folder = Folder::new();
    let program = start(&folder.database());
    let curl = |arguments: &[&str]| {
        let mut curl = Command::new("curl");
        curl.args([
            "-sS",
            "--noproxy",
            "*",
            "--max-time",
            "20",
            "-o",
            "/dev/null",
            "-w",
            "%{http_version} %{http_code}",
        ]);
        text(&curl.args(arguments).arg(format!("http://{}/doctors", program.address)).output().expect("curl"))
    };
    assert_eq!(curl(&["--http2-prior-knowledge"]), "2 200");
    assert_eq!(curl(&["--http1.1"]), "1.1 200");
    // more headers than a browser sends
    let long = format!("x-long: {}", "a".repeat(100_000));
    assert_eq!(curl(&["--http1.1", "-H", &long]), "1.1 431");
    assert!(!curl(&["--http2-prior-knowledge", "-H", &long]).ends_with("200"));
    assert_eq!(curl(&["--http2-prior-knowledge"]), "2 200");
}

#[tokio::test]
async fn a_connection_that_never_asks_for_anything_is_ended() {
    let folder = Folder::new();
    folder.certify(1, 2);
    let (plain, encrypted) = (start(&folder.database()), folder.start_encrypted());
    let slow = async |address, begun: &[u8], most: u64| {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(begun).await.expect("the beginning of a request");
        let (began, mut rest) = (Instant::now(), Vec::new());
        let ended = tokio::time::timeout(Duration::from_secs(most + 5), stream.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "still open after {:?}: {begun:?}", began.elapsed());
    };
    tokio::join!(
        slow(plain.address, b"", 20),
        slow(plain.address, b"P", 20),
        slow(plain.address, b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ", 20),
        slow(plain.address, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 20),
        // encryption that never begins
        slow(encrypted.address, b"", 10),
        slow(encrypted.address, b"\x16\x03\x01", 10),
    );
}

#[tokio::test]
async fn a_renewed_certificate_is_served_and_a_broken_one_is_not() {
    let folder = Folder::new();
    folder.certify(1, 2);
    let mut program = folder.start_encrypted();
    let spoken = |arguments: &[&str]| {
        let shown = ["-o", "/dev/null", "-w", "%{http_version} %{http_code}"];
        text(&folder.curl(&program, "/doctors", &[&shown, arguments].concat()))
    };
    assert_eq!(spoken(&["--tlsv1.3"]), "2 200");
    assert_eq!(spoken(&["--tls-max", "1.2"]), "2 200");
    assert_eq!(spoken(&["--http1.1"]), "1.1 200");
    assert!(!spoken(&["--tls-max", "1.1"]).contains("200"));
    let head = text(&folder.curl(&program, "/", &["-I"]));
    assert!(head.to_lowercase().contains("strict-transport-security: max-age=31536000"), "{head}");
    assert_eq!(folder.served(&program), 1);

    // a request that goes on all the while: its body is not complete yet
    let port = program.address.port();
    let mut running = Command::new("curl")
        .args(["-sS", "--noproxy", "*", "--insecure", "-X", "POST", "-T", "-", "-w", "%{http_code}", "-o", "/dev/null"])
        .args(["-H", "content-type: application/x-www-form-urlencoded"])
        .arg(format!("https://127.0.0.1:{port}/fn/find_doctors"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("curl");
    let mut body = running.stdin.take().expect("its body");
    body.write_all(b"query[page]=1").expect("a beginning");
    folder.certify(2, 2);
    folder.look_again(&program, "another certificate is served").await;
    assert_eq!(folder.served(&program), 2);

    fs::write(folder.path("tls.pem"), "nothing").expect("a file");
    folder.look_again(&program, "no certificate (PEM) is in it").await;
    assert_eq!(folder.served(&program), 2);
    folder.certify(3, -1);
    folder.look_again(&program, "has run out").await;
    let key = fs::read(folder.path("tls.key")).expect("a key");
    folder.certify(4, 2);
    fs::write(folder.path("tls.key"), key).expect("a file");
    folder.look_again(&program, "is not the key of the certificate").await;
    assert_eq!(folder.served(&program), 2);
    folder.certify(5, 2);
    folder.look_again(&program, "another certificate is served").await;
    for _ in 0..100 {
        if folder.served(&program) == 5 {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(folder.served(&program), 5);

    drop(body);
    let finished = text(&running.wait_with_output().expect("its end"));
    assert_eq!(finished, "200", "the request that was under way");
    terminate(&program);
    let took = time_to_end(&mut program).await;
    assert!(took < Duration::from_secs(8), "{took:?}");
}

#[test]
fn wrong_files_are_named_in_one_line() {
    let folder = Folder::new();
    let run = |verb: &str| {
        let mut program = command(&folder.database());
        program.envs(folder.settings()).arg(verb).output().expect("the program")
    };
    let refused = |words: &str| {
        let output = run("serve");
        let line = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        assert_eq!((output.status.code(), line.lines().count()), (Some(2), 1), "{line}");
        assert!(line.contains(words), "{line}");
        let checked = text(&run("check"));
        let line = checked.lines().find(|line| line.starts_with("tls ")).unwrap_or_default();
        assert!(line.contains("FAILED") && line.contains(words), "{checked}");
    };
    refused("server.tls_certificate: ");
    folder.certify(1, 2);
    fs::remove_file(folder.path("tls.key")).expect("removing a file");
    refused("server.tls_key: ");
    folder.certify(2, 2);
    fs::copy(folder.path("ca.key"), folder.path("tls.key")).expect("a file");
    refused("is not the key of the certificate");
    folder.certify(3, 2);
    fs::write(folder.path("tls.pem"), "-----BEGIN").expect("a file");
    refused("no certificate (PEM) is in it");
    // one that has run out is said; it is served until it is renewed
    folder.certify(4, -1);
    let checked = text(&run("check"));
    assert!(checked.contains("ran out at") && checked.contains("tls       FAILED"), "{checked}");
    folder.certify(5, 2);
    let checked = text(&run("check"));
    assert!(
        checked.contains("tls       ok") && checked.contains("is good until") && checked.contains("renew it"),
        "{checked}"
    );
    fs::set_permissions(folder.path("tls.key"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("a mode");
    let checked = text(&run("check"));
    assert!(checked.contains("tls.key can be read by other accounts of this machine"), "{checked}");
}

/// What `openssl` says of a handshake with these limits.
fn handshake(program: &Program, limits: &[&str]) -> (bool, String) {
    let mut client = Command::new("openssl");
    client.args(["s_client", "-connect", &program.address.to_string(), "-servername", "clinic.example"]);
    let done = client.args(limits).stdin(Stdio::null()).output().expect("openssl");
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    (done.status.success() && !said.contains("Cipher is (NONE)"), said)
}

#[tokio::test]
async fn only_tls_1_2_and_1_3_with_ciphers_of_today_are_spoken() {
    let folder = Folder::new();
    folder.certify(1, 2);
    let program = folder.start_encrypted();
    for spoken in [&["-tls1_3"][..], &["-tls1_2"]] {
        let (agreed, said) = handshake(&program, spoken);
        assert!(agreed, "{spoken:?}: {said}");
    }
    // security level 0 lets the client itself offer what is too old
    for old in [
        &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"][..],
        &["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"],
    ] {
        let (agreed, said) = handshake(&program, old);
        assert!(!agreed && said.contains("alert"), "{old:?}: {said}");
    }
}

//! The virus scanner: a scripted one that speaks INSTREAM, and the real one where a test is told of it.

use std::sync::{Arc, Mutex};

use docslot::{
    papers::{
        PaperState, Refusal,
        server::{
            self as papers,
            clamd::{Verdict, scan},
        },
    },
    state::AppState,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::{
    both_databases,
    clinic::TOMORROW_9,
    folder::Folder,
    papers::{PDF, add, keeping_in, kept_in, listed},
};

/// The test file of the anti-virus industry (EICAR), in two parts, so that no scanner finds this source.
const EICAR: [&str; 2] = [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR", "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];

fn infected_pdf() -> Vec<u8> {
    [b"%PDF-1.4\n", EICAR.concat().as_bytes(), b"\n%%EOF\n"].concat()
}

/// A scanner that finds EICAR, and keeps what it was sent; it stops when this is dropped.
struct Scanner {
    address: String,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
    server: JoinHandle<()>,
}

impl Drop for Scanner {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Scanner {
    async fn at(address: &str) -> Scanner {
        let listener = TcpListener::bind(address).await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = seen.clone();
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let bytes = answer(stream).await;
                kept.lock().expect("no panic").extend(bytes);
            }
        });
        Scanner { address, seen, server }
    }
}

/// Reads one file as clamd does, and answers.
async fn answer(mut stream: TcpStream) -> Option<Vec<u8>> {
    let mut command = [0; 10];
    stream.read_exact(&mut command).await.ok()?;
    assert_eq!(&command, b"zINSTREAM\0");
    let mut bytes = Vec::new();
    loop {
        let length = stream.read_u32().await.ok()?;
        if length == 0 {
            break;
        }
        let mut piece = vec![0; length as usize];
        stream.read_exact(&mut piece).await.ok()?;
        bytes.extend(piece);
    }
    let found = String::from_utf8_lossy(&bytes).contains(&EICAR.concat());
    let words: &[u8] = if found { b"stream: Eicar-Test-Signature FOUND\0" } else { b"stream: OK\0" };
    stream.write_all(words).await.ok()?;
    Some(bytes)
}

fn scanned_at(app: &AppState, folder: &Folder, address: &str) -> AppState {
    let mut settings = (*keeping_in(app, folder).settings).clone();
    settings.papers.clamd = address.to_owned();
    app.with_settings(settings)
}

both_databases! {
    async fn an_infected_file_is_refused_and_leaves_nothing(clinic: TestClinic) {
        let (folder, scanner) = (Folder::new(), Scanner::at("127.0.0.1:0").await);
        let app = scanned_at(&clinic.app, &folder, &scanner.address);
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let large = [PDF, &vec![b' '; 200_000]].concat();
        assert!(add(&app, patient, id, "large.pdf", &large).await.is_ok());
        assert!(*scanner.seen.lock().expect("no panic") == [large], "it saw every byte");
        assert_eq!(add(&app, patient, id, "bad.pdf", &infected_pdf()).await, Err(Refusal::Infected));
        assert_eq!(kept_in(&folder.0).len(), 1);
        assert_eq!(clinic.count("select count(*) from papers").await, 1);
    }

    async fn a_file_waits_unopened_while_the_scanner_is_away(clinic: TestClinic) {
        let folder = Folder::new();
        // a port that was free a moment ago
        let address = Scanner::at("127.0.0.1:0").await.address.clone();
        let app = scanned_at(&clinic.app, &folder, &address);
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let good = add(&app, patient, id, "good.pdf", PDF).await.expect("a file");
        let bad = add(&app, patient, id, "bad.pdf", &infected_pdf()).await.expect("a file");
        papers::work(&app).await.expect("work");
        for paper in [good, bad] {
            assert!(papers::link(&app, patient, id, paper).await.is_err(), "nobody opens it");
        }
        let states = async || -> Vec<_> { listed(&app, patient, id).await.papers.iter().map(|paper| paper.state).collect() };
        assert_eq!(states().await, [PaperState::Waiting, PaperState::Waiting]);
        assert_eq!(kept_in(&folder.0).len(), 2);

        let scanner = Scanner::at(&address).await;
        papers::work(&app).await.expect("work");
        assert_eq!(states().await, [PaperState::Ready, PaperState::Infected]);
        assert!(papers::link(&app, patient, id, good).await.is_ok());
        assert!(papers::link(&app, patient, id, bad).await.is_err());
        assert_eq!(kept_in(&folder.0).len(), 1, "the bytes of the infected one are gone");
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'paper.infected'").await, 1);
        assert_eq!(scanner.seen.lock().expect("no panic").len(), 2);
    }
}

/// `deploy/tools/clamd.sh` starts clamd and runs this.
#[tokio::test]
#[ignore = "needs clamd: deploy/tools/clamd.sh"]
async fn the_real_scanner_finds_eicar() {
    let address = std::env::var("DOCSLOT_TEST_CLAMD").expect("DOCSLOT_TEST_CLAMD names a clamd");
    assert_eq!(scan(&address, PDF).await, Verdict::Clean);
    assert_eq!(scan(&address, EICAR.concat().as_bytes()).await, Verdict::Infected);
    assert_eq!(scan(&address, &infected_pdf()).await, Verdict::Infected);
    assert_eq!(scan(&address, &vec![b' '; 10 * 1024 * 1024]).await, Verdict::Clean);
    assert_eq!(scan("127.0.0.1:1", PDF).await, Verdict::Away);
}

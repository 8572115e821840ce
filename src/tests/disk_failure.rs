//! A disk that fails a commit: the program says that it does not know, takes nothing more, and ends.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use docslot::{booking::Status, db::Engine, state::Clock, time::server::Zone};
use serde_json::{Value, json};

use crate::{
    clinic::TestClinic,
    process::{Program, ask, post, start_logging, start_with, time_to_end},
};

/// Compiles the library that has every sync fail while a file exists (deploy/tools/faults/disk.c).
fn failing_disk(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/tools/faults/disk.c");
    let library = folder.join("disk.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
    assert!(compiler.status().expect("a C compiler").success());
    library
}

async fn book(program: &Program, token: &str, doctor: &str, ahead: i64) -> Option<(u16, Value)> {
    let today = Zone::parse("UTC").expect("a zone").local_date(Clock::system().now());
    let body = json!({ "doctor_id": doctor, "date": today.plus_days(ahead).to_string() });
    ask(program.address, token, &format!("key-{ahead}"), &body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_the_disk_fails_is_never_acknowledged_and_ends_the_program() {
    TestClinic::run(Engine::Sqlite, |clinic| async move {
        let folder = std::env::temp_dir().join(format!("docslot_disk_{}", uuid::Uuid::now_v7().simple()));
        fs::create_dir(&folder).expect("a folder");
        let (library, failing, log) = (failing_disk(&folder), folder.join("failing"), folder.join("log"));
        let settings = [
            ("LD_PRELOAD", library.to_str().expect("a path")),
            ("DOCSLOT_FAULT_DISK", failing.to_str().expect("a path")),
        ];
        let written = Stdio::from(fs::File::create(&log).expect("a log"));
        let mut program = start_logging(&clinic.url, &settings, written);
        let person = json!({ "email": "ana@example.org", "password": "quiet green bicycle", "role": "patient" });
        let (_, session) = post(program.address, "/register", "", &person).await.expect("an answer");
        let token = session["token"].as_str().expect("a token");
        let doctor = clinic.doctors[0].id.to_string();
        let (_, booked) = book(&program, token, &doctor, 7).await.expect("an answer");
        let id = booked["id"].as_str().expect("an id").parse().expect("an id");

        fs::write(&failing, "").expect("a mark");
        let (status, problem) = book(&program, token, &doctor, 8).await.expect("an answer");
        assert_eq!((status, &problem["unchanged"]), (503, &Value::Bool(false)), "{problem}");
        // whoever comes after that is told that nothing was done, or finds nobody
        if let Some((status, problem)) = book(&program, token, &doctor, 9).await {
            assert_eq!((status, &problem["unchanged"]), (503, &Value::Bool(true)), "{problem}");
        }
        assert!(time_to_end(&mut program).await < Duration::from_secs(5));
        let code = program.child.wait().expect("its end").code();
        assert_eq!(code, Some(1));
        let words = fs::read_to_string(&log).expect("a log");
        assert!(words.contains("the disk failed a commit"), "{words}");

        fs::remove_file(&failing).expect("the disk works again");
        let again = start_with(&clinic.url, &[]);
        assert_eq!(clinic.status(id).await, Status::Booked);
        let (status, sent_again) = book(&again, token, &doctor, 8).await.expect("an answer");
        assert_eq!(status, 201, "{sent_again}");
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked'").await, 2);
        fs::remove_dir_all(&folder).expect("removing the folder");
    })
    .await;
}

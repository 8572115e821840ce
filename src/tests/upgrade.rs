//! A program on a database that a newer one upgraded, and several that upgrade one at once.

use std::{process::Stdio, time::Duration};

use docslot::db::{Engine, Pools};
use serde_json::json;
use sqlx::{Connection, PgConnection, migrate::Migrate};

use crate::{
    backup::Elsewhere,
    both_databases,
    clinic::TestClinic,
    process::{ask, command, post, start_logging, text},
};

/// Applies a migration to the clinic that this program does not know. It only adds.
async fn upgrade(clinic: &TestClinic, mark: [&'static str; 2]) {
    clinic.execute("alter table doctors add column nickname text").await.expect("a column");
    clinic.execute("create table parrots (name text not null)").await.expect("a table");
    let sql = match &clinic.app.db.pools {
        Pools::Sqlite { .. } => mark[0],
        Pools::Postgres(_) => mark[1],
    };
    clinic.execute(sql).await.expect("a migration");
}

both_databases! {
    async fn the_program_before_serves_and_books_after_a_migration_that_only_adds(clinic: TestClinic) {
        let mark = [
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                values (2, 'works from 1 parrots', true, x'00', 0)",
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                values (2, 'works from 1 parrots', true, '\\x00', 0)",
        ];
        upgrade(&clinic, mark).await;
        let other = Elsewhere::beside(&clinic.url).await;
        let log = other.file("log");
        let program = start_logging(&clinic.url, &[], Stdio::from(std::fs::File::create(&log).expect("a file")));
        let person = json!({ "email": "ana@example.org", "password": "quiet green bicycle", "role": "patient" });
        let (status, json) = post(program.address, "/register", "", &person).await.expect("an answer");
        assert_eq!(status, 201, "{json}");
        let today = docslot::time::server::Zone::parse("UTC").expect("a zone");
        let today = today.local_date(docslot::state::Clock::system().now());
        let body = json!({ "doctor_id": clinic.doctors[0].id.to_string(), "date": today.plus_days(3).to_string() });
        let token = json["token"].as_str().expect("a token");
        let (status, json) = ask(program.address, token, "key", &body).await.expect("an answer");
        assert_eq!(status, 201, "{json}");
        drop(program);
        let said = std::fs::read_to_string(&log).expect("the log");
        assert!(said.contains("WARN") && said.contains("the database was upgraded by a newer docslot"), "{said}");

        // what the newer program left can be backed up and restored by the one before
        let file = other.file("backup");
        for (url, arguments) in [(&clinic.url, &["backup"][..]), (&other.url, &["restore"][..])] {
            let output = command(url).args(arguments).arg(&file).output().expect("the program");
            assert!(output.status.success(), "{}", text(&output));
        }
        other.remove().await;
    }

    async fn the_program_before_refuses_a_migration_that_does_not_say_so(clinic: TestClinic) {
        let mark = [
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                values (2, 'works from 2 parrots', true, x'00', 0)",
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                values (2, 'works from 2 parrots', true, '\\x00', 0)",
        ];
        upgrade(&clinic, mark).await;
        for name in ["migrate", "serve"] {
            let output = command(&clinic.url).arg(name).output().expect("the program");
            assert_eq!(output.status.code(), Some(1), "{}", text(&output));
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(said.lines().filter(|line| line.starts_with("docslot: ")).count(), 1, "{said}");
            let words = "it was upgraded by a newer docslot (its schema is 2, this program knows 1)";
            assert!(said.contains(words), "{said}");
        }
    }

    async fn programs_that_start_at_once_upgrade_an_empty_database_once(clinic: TestClinic) {
        let other = Elsewhere::beside(&clinic.url).await;
        let start = || {
            let mut command = command(&other.url);
            command.arg("migrate").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program")
        };
        let programs = [start(), start(), start(), start()];
        for program in programs {
            let output = program.wait_with_output().expect("its output");
            assert!(output.status.success(), "{}", text(&output));
        }
        other.remove().await;
    }
}

/// Connections of the server give up waiting for a lock after two seconds; a migration may take longer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_waits_for_another_that_migrates_for_long() {
    TestClinic::run(Engine::Postgres, |clinic| async move {
        let mut other = PgConnection::connect(&clinic.url).await.expect("a connection");
        other.lock().await.expect("the lock of migrations");
        let mut command = command(&clinic.url);
        command.arg("migrate").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut program = command.spawn().expect("the program");
        tokio::time::sleep(Duration::from_secs(4)).await;
        assert!(program.try_wait().expect("its state").is_none(), "it did not wait");
        other.close().await.expect("closing");
        let output = program.wait_with_output().expect("its output");
        assert!(output.status.success(), "{}", text(&output));
    })
    .await;
}

//! The demo clinic: complete, consistent, and written once. So is the clinic of `make bench`.

use std::process::{Command, Output};

use docslot::{
    accounts::server as accounts,
    booking::server as booking,
    db::{Db, Engine},
    demo,
    doctors::{DirectoryQuery, server as doctors},
    error::AppError,
    state::AppState,
    web::request::RequestContext,
};

use crate::{
    both_databases,
    clinic::TestClinic,
    races::{OVERLAPS, assert_history_replays},
};

both_databases! {
    async fn it_has_what_a_visitor_should_be_able_to_try(clinic: TestClinic) {
        empty(&clinic).await;
        let signed = demo::seed(&clinic.app).await.expect("seeding").expect("an empty database");
        assert_eq!(signed.len(), 4, "one sign-in per role");
        for sign_in in &signed {
            accounts::sign_in(&clinic.app, &RequestContext::anonymous(), sign_in.email, &sign_in.password).await.expect("a sign-in");
        }
        let wrong = accounts::sign_in(&clinic.app, &RequestContext::anonymous(), signed[0].email, &signed[1].password).await;
        assert_eq!(wrong.err(), Some(AppError::WrongCredentials));
        assert_eq!(clinic.count("select count(*) from doctors").await, 24);
        assert_eq!(clinic.count("select count(*) from specialties").await, 8);
        assert_eq!(clinic.count("select count(distinct time_zone) from locations").await, 2);
        assert_eq!(clinic.count("select count(*) from clinic_zone where time_zone = 'Europe/London'").await, 1);
        assert!(clinic.count("select count(*) from appointments where status = 'booked'").await > 100);
        for (table, sql) in [
            ("overrides", "select count(*) from overrides"),
            ("time off", "select count(*) from time_off"),
            ("closures", "select count(*) from closures"),
            ("a request", "select count(*) from appointments where status = 'requested'"),
            ("a cancelled appointment", "select count(*) from appointments where status = 'cancelled'"),
        ] {
            assert!(clinic.count(sql).await > 0, "{table}");
        }
        assert_eq!(clinic.count(OVERLAPS).await, 0);
        assert_eq!(booking::expire_requests(&clinic.app).await, Ok(0), "every request can still be answered");
        assert_history_replays(&clinic).await;
        let page = doctors::search(&clinic.app, DirectoryQuery::default()).await.expect("a page");
        assert_eq!((page.cards.len(), page.pages), (20, 2));
        assert!(demo::seed(&clinic.app).await.expect("seeding again").is_none());
        assert_eq!(clinic.count("select count(*) from doctors").await, 24);
    }

    async fn the_clinic_to_measure_on_is_consistent(clinic: TestClinic) {
        empty(&clinic).await;
        for size in ["3", "4"] {
            let written = fill_for_bench(&clinic, size);
            assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
            assert_eq!(clinic.count("select count(*) from doctors").await, 5, "once, one who is busy and one with times");
            assert_eq!(clinic.count("select count(*) from appointments").await, 3 * 40 + 200);
            assert_eq!(clinic.count("select count(*) from outbox").await, 10);
        }
        assert_eq!(clinic.count(OVERLAPS).await, 0);
        assert_history_replays(&clinic).await;
    }
}

/// Runs the program that fills the database of `make bench`.
pub fn fill_for_bench(clinic: &TestClinic, doctors: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_docslot-bench"));
    program.args(["seed", "--doctors", doctors, "--appointments", "40", "--messages", "10"]);
    program.env("DATABASE_URL", &clinic.url).current_dir(std::env::temp_dir()).output().expect("the program")
}

/// The clinic of the tests makes room: its doctors, their hours and its place go.
pub async fn empty(clinic: &TestClinic) {
    for sql in [
        "delete from weekly_hours",
        "delete from visit_types",
        "delete from doctor_languages",
        "delete from doctor_specialties",
        "delete from doctors",
        "delete from specialties",
        "delete from locations",
    ] {
        clinic.execute(sql).await.expect(sql);
    }
}

#[tokio::test]
async fn processes_that_start_together_migrate_once() {
    let folder = std::env::temp_dir().join(format!("docslot_test_{}", uuid::Uuid::now_v7().simple()));
    let url = format!("sqlite://{}", folder.join("new/docslot.db").display());
    let starts: Vec<_> = (0..4)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move {
                let db = Db::connect(&url, 2).await.expect("connecting");
                db.migrate().await.expect("migrating");
                AppState::build(docslot::config::Settings::default(), db.clone()).await.expect("an app");
                db.close().await;
            })
        })
        .collect();
    for start in starts {
        start.await.expect("no start panics");
    }
    std::fs::remove_dir_all(folder).expect("removing the folder");
    assert_eq!(docslot::db::engine_of(&url), Some(Engine::Sqlite));
}

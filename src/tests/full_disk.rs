//! A full disk: what was asked for is refused whole, and everything works again when there is room.

use docslot::{
    db::{Engine, Pools},
    error::AppError,
    ids::AppointmentId,
    on,
};

use crate::clinic::{TOMORROW_9, TestClinic, test_unit};

/// SQLite reports a database that reached its largest size exactly as it reports a full disk (SQLITE_FULL).
async fn largest_size(clinic: &TestClinic, pages: i64) {
    let Pools::Sqlite { writer, .. } = &clinic.app.db.pools else {
        panic!("this is about SQLite");
    };
    let sql = sqlx::AssertSqlSafe(format!("pragma max_page_count = {pages}"));
    sqlx::query(sql).execute(writer).await.expect("setting the largest size");
}

/// Writes a long text to an appointment; the disk may be full already here.
async fn fill(clinic: &TestClinic, id: AppointmentId) {
    let filled = clinic.app.db.write(test_unit(move |mut tx| {
        Box::pin(async move {
            let sql = "update appointments set reason = $2 where id = $1";
            let text = "x".repeat(3_000);
            let saved = on!(tx, |c| sqlx::query(sql).bind(id).bind(&text).execute(c).await?.rows_affected());
            Ok(saved)
        })
    }));
    let _ = filled.await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_nothing_is_half_booked_and_room_heals_it() {
    TestClinic::run(Engine::Sqlite, |clinic| async move {
        let patient = clinic.patient().await;
        let mut booked = 0;
        let refused = loop {
            // no larger than it is; after an error the writer is a new connection, which has to be told
            largest_size(&clinic, 1).await;
            match clinic.book(patient, 0, TOMORROW_9.plus_minutes(booked * 24 * 60)).await {
                Ok(id) => {
                    booked += 1;
                    fill(&clinic, id).await;
                }
                Err(error) => break error,
            }
            assert!(booked < 10, "the disk never became full");
        };
        assert_eq!(refused, AppError::Unavailable { unchanged: true });
        assert_eq!(refused.status(), 503);
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked'").await, booked);
        let without_history = "select count(*) from appointments a where not exists
            (select 1 from appointment_events e where e.appointment_id = a.id and e.version = a.version)";
        assert_eq!(clinic.count(without_history).await, 0);

        largest_size(&clinic, 1_000_000).await;
        let later = TOMORROW_9.plus_minutes(11 * 24 * 60);
        clinic.book(patient, 0, later).await.expect("with room again");
    })
    .await;
}

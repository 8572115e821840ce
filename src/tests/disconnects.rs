//! People who go away in the middle of a request: no transaction stays open, and what was begun is finished or undone.

use std::time::Duration;

use docslot::{
    booking::server as booking,
    db::{Error, Pools},
    on,
};

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic, person, test_unit},
    races::assert_history_replays,
};

both_databases! {
    async fn a_storm_of_abandoned_requests_leaves_nothing_open(clinic: TestClinic) {
        let clinic = std::sync::Arc::new(clinic);
        for n in 0..120_u64 {
            let patient = clinic.patient().await;
            let app = clinic.app.clone();
            let start = TOMORROW_9.plus_minutes(30 * i64::try_from(n % 16).expect("small"));
            let request = clinic.request(usize::try_from(n % 4).expect("small"), start);
            // dropped at every point of its life, as a request is when its browser goes away
            let request = booking::hold(&app, person(patient), request);
            let _ = tokio::time::timeout(Duration::from_micros(n * 60), request).await;
        }
        absence_resolution(&clinic).await;
        if let Pools::Postgres(pool) = &clinic.app.db.pools {
            let open: i64 = sqlx::query_scalar(
                "select count(*) from pg_stat_activity
                where datname = current_database() and state like 'idle in transaction%'",
            )
            .fetch_one(pool)
            .await
            .expect("a count");
            assert_eq!(open, 0);
        }
        assert_history_replays(&clinic).await;
    }

    async fn a_unit_goes_on_when_its_request_is_dropped(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let db = clinic.app.db.clone();
        let request = async move {
            db.write(test_unit(move |mut tx| Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(300)).await;
                let sql = "update persons set display_name = 'Renamed' where id = $1";
                on!(tx, |c| sqlx::query(sql).bind(patient.user).execute(c).await?.rows_affected());
                Ok::<_, Error>(())
            })))
            .await
        };
        assert!(tokio::time::timeout(Duration::from_millis(50), request).await.is_err(), "the request is gone");
        absence_resolution(&clinic).await;
        assert_eq!(clinic.count("select count(*) from persons where display_name = 'Renamed'").await, 1);
    }

    async fn a_unit_that_panics_is_rolled_back_and_the_next_one_works(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let outcome: Result<(), Error> = clinic.app.db.write(test_unit(move |mut tx| Box::pin(async move {
            let sql = "update persons set display_name = 'Broken' where id = $1";
            on!(tx, |c| sqlx::query(sql).bind(patient.user).execute(c).await?.rows_affected());
            if true { panic!("planned") }
            Ok(())
        }))).await;
        assert!(matches!(outcome, Err(Error::Panicked)));
        assert_eq!(clinic.count("select count(*) from persons where display_name = 'Broken'").await, 0);
        clinic.book(patient, 0, TOMORROW_9).await.expect("the database goes on");
    }
}

/// Waits until every unit that was begun is over: one more write has to queue behind them, and a pause for PostgreSQL.
async fn absence_resolution(clinic: &TestClinic) {
    tokio::time::sleep(Duration::from_millis(600)).await;
    clinic.execute("update persons set phone = phone").await.expect("one more write");
}

//! PostgreSQL ends connections, becomes a standby, or goes away in the middle of a commit. What a cluster of real servers
//! does is tried by `deploy/tools/failover.sh`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use docslot::{
    booking::server as booking,
    db::{Error, Pools},
    error::AppError,
    on,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};

use crate::clinic::{TOMORROW_9, TestClinic, browser, test_unit};

/// Runs a test body on PostgreSQL, with a connection that belongs to nobody's pool and to another database.
async fn on_postgres<F, Fut>(body: F)
where
    F: FnOnce(TestClinic, PgPool, PgConnection) -> Fut,
    Fut: Future<Output = ()>,
{
    TestClinic::run(docslot::db::Engine::Postgres, |clinic| async move {
        let Pools::Postgres(pool) = clinic.app.db.pools.clone() else { unreachable!("asked for PostgreSQL") };
        let server = std::env::var("TEST_DATABASE_URL").expect("a server");
        let outside = PgConnection::connect(&server).await.expect("a connection");
        body(clinic, pool, outside).await;
    })
    .await;
}

fn database(clinic: &TestClinic) -> String {
    let name = clinic.url.rsplit('/').next().expect("a name");
    name.split('?').next().unwrap_or(name).to_owned()
}

/// Ends every connection to the clinic's database, as a server does that stops.
async fn end_connections(clinic: &TestClinic, outside: &mut PgConnection) -> i64 {
    let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = $1";
    sqlx::query_scalar(sql).bind(database(clinic)).fetch_one(outside).await.expect("ended")
}

/// Has the pool open as many connections as it may.
async fn fill(pool: &PgPool) -> Vec<sqlx::pool::PoolConnection<sqlx::Postgres>> {
    let mut all = Vec::new();
    for _ in 0..8 {
        all.push(pool.acquire().await.expect("a connection"));
    }
    all
}

async fn rename(clinic: &TestClinic) -> Result<u64, Error> {
    clinic.execute("update doctors set about = about || 'x' where slug = 'doctor-1'").await
}

async fn renamed(clinic: &TestClinic) -> i64 {
    clinic.count("select length(about)::bigint from doctors where slug = 'doctor-1'").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_whose_connection_is_lost_before_its_commit_runs_on_another() {
    on_postgres(|clinic, pool, mut outside| async move {
        drop(fill(&pool).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(end_connections(&clinic, &mut outside).await >= 8);
        assert_eq!(rename(&clinic).await.expect("on a fresh connection"), 1);
        // in the middle of the unit, the first time that it runs
        let runs = Arc::new(AtomicU32::new(0));
        let counted = runs.clone();
        let unit = test_unit(move |mut tx| {
            let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
            Box::pin(async move {
                let sql = "update doctors set about = about || 'x' where slug = 'doctor-1'";
                let changed = on!(tx, |c| sqlx::query(sql).execute(c).await?.rows_affected());
                if first {
                    tx.fetch_optional_value::<bool>("select pg_terminate_backend(pg_backend_pid())", ()).await?;
                }
                Ok(changed)
            })
        });
        assert_eq!(clinic.app.db.write(unit).await.expect("the second time"), 1);
        assert_eq!((runs.load(Ordering::SeqCst), renamed(&clinic).await), (2, 2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_without_an_answer_is_not_repeated_and_says_so() {
    on_postgres(|clinic, pool, _| async move {
        // the server goes away while it commits
        let sql = "create function leave() returns trigger language plpgsql as
                $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
            create constraint trigger leaves after update on doctors deferrable initially deferred
                for each row execute function leave()";
        sqlx::raw_sql(sql).execute(&pool).await.expect("a trigger");
        let runs = Arc::new(AtomicU32::new(0));
        let counted = runs.clone();
        let unit = test_unit(move |mut tx| {
            counted.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                let sql = "update doctors set about = about || 'x' where slug = 'doctor-1'";
                Ok(on!(tx, |c| sqlx::query(sql).execute(c).await?.rows_affected()))
            })
        });
        let error = clinic.app.db.write(unit).await.expect_err("no answer");
        assert!(matches!(error, Error::CommitUnknown(_)), "{error:?}");
        assert_eq!(AppError::from(error), AppError::Unavailable { unchanged: false });
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        sqlx::raw_sql("drop function leave cascade").execute(&pool).await.expect("gone");
        rename(&clinic).await.expect("the next unit has another connection");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_to_a_server_that_takes_no_writes_are_left() {
    on_postgres(|clinic, pool, mut outside| async move {
        for mut connection in fill(&pool).await {
            sqlx::raw_sql("set default_transaction_read_only = on").execute(&mut *connection).await.expect("set");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(rename(&clinic).await.expect("on a fresh connection"), 1);

        let name = database(&clinic);
        let demote = AssertSqlSafe(format!("alter database {name} set default_transaction_read_only = on"));
        sqlx::raw_sql(demote).execute(&mut outside).await.expect("demoted");
        end_connections(&clinic, &mut outside).await;
        let begun = Instant::now();
        let refused = rename(&clinic).await.expect_err("there is no primary");
        assert_eq!(AppError::from(refused), AppError::Unavailable { unchanged: true });
        assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
        assert!(clinic.app.db.ping().await.is_err(), "it does not count as ready");

        let promote = AssertSqlSafe(format!("alter database {name} reset default_transaction_read_only"));
        sqlx::raw_sql(promote).execute(&mut outside).await.expect("promoted");
        rename(&clinic).await.expect("there is a primary again");
        assert_eq!(renamed(&clinic).await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_connections_that_are_lost_one_request_finds_out() {
    on_postgres(|clinic, pool, mut outside| async move {
        drop(fill(&pool).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
        end_connections(&clinic, &mut outside).await;
        let mut refused = 0;
        for n in 0..8 {
            let request = clinic.request(0, TOMORROW_9.plus_minutes(30 * n));
            match booking::hold(&clinic.app, browser(&n.to_string()), request).await {
                Ok(_) => {}
                Err(AppError::Unavailable { unchanged: true }) => refused += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
        assert!(refused <= 1, "{refused} of 8 requests met a connection that was lost");
    })
    .await;
}

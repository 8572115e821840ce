//! Group commit on SQLite: units that wait together share one commit, and none pays for another.

use std::{path::PathBuf, time::Duration};

use docslot::{
    db::{Engine, Error, Pools, Tx, WriteUnit},
    error::AppError,
};
use sqlx::{Connection, SqliteConnection};
use tokio::{task::JoinSet, time::sleep};

use crate::clinic::TestClinic;

/// Writes one row, and then does what it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Succeed,
    Refuse,
    Panic,
    /// Writes more than the disk holds.
    Fill,
}

#[derive(Clone)]
struct Write {
    id: i64,
    act: Act,
}

impl WriteUnit for Write {
    const NAME: &'static str = "test_group";
    type Output = i64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<i64, Error> {
        tx.execute("insert into written (id) values ($1)", (self.id,)).await?;
        match self.act {
            Act::Succeed => Ok(self.id),
            Act::Refuse => Err(AppError::Conflict.into()),
            Act::Panic => panic!("a unit may panic"),
            Act::Fill => {
                // for this connection, the disk has the pages that the file has
                tx.execute("pragma max_page_count = 1", ()).await?;
                let text = "x".repeat(3_000_000);
                let filled = tx.execute("insert into written (id, text) values ($1, $2)", (-self.id, text)).await;
                tx.execute("pragma max_page_count = 1073741823", ()).await?;
                filled.map(|_| self.id)
            }
        }
    }
}

async fn with_table(clinic: &TestClinic) {
    clinic.execute("create table written (id integer not null, text text) strict").await.expect("a table");
}

fn file(clinic: &TestClinic) -> PathBuf {
    let Pools::Sqlite { writer, .. } = &clinic.app.db.pools else { panic!("this is about SQLite") };
    writer.connect_options().get_filename().to_path_buf()
}

/// The commits in the write-ahead log, counted in its file: of each commit's pages, the last says how large the
/// database is now (<https://sqlite.org/fileformat2.html#the_write_ahead_log>).
fn commits(clinic: &TestClinic) -> usize {
    let mut name = file(clinic).into_os_string();
    name.push("-wal");
    let log = std::fs::read(name).expect("a write-ahead log");
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().expect("four bytes"));
    let (page, salt) = (number(8) as usize, (number(16), number(20)));
    let frames = (32..log.len()).step_by(24 + page).filter(|at| at + 24 + page <= log.len());
    frames.filter(|at| (number(at + 8), number(at + 12)) == salt && number(at + 4) != 0).count()
}

/// Has these units wait for the writer together, and returns what each returned, in their order.
async fn write_together(clinic: &TestClinic, acts: &[Act]) -> Vec<Result<i64, Error>> {
    let mut beside = SqliteConnection::connect(&clinic.url).await.expect("another connection");
    sqlx::query("begin immediate").execute(&mut beside).await.expect("the write lock");
    let mut tasks = JoinSet::new();
    for (index, act) in acts.iter().enumerate() {
        let (db, unit) = (clinic.app.db.clone(), Write { id: index as i64 + 1, act: *act });
        tasks.spawn(async move { (index, db.write(unit).await) });
        // so that they arrive in their order
        sleep(Duration::from_millis(10)).await;
    }
    sqlx::query("rollback").execute(&mut beside).await.expect("the lock is free");
    let mut results = tasks.join_all().await;
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

async fn written(clinic: &TestClinic) -> Vec<i64> {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    reader.conn().fetch_values("select id from written order by id", ()).await.expect("rows")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_that_wait_together_share_one_commit() {
    TestClinic::run(Engine::Sqlite, |clinic| async move {
        with_table(&clinic).await;
        let before = commits(&clinic);
        let results = write_together(&clinic, &[Act::Succeed; 20]).await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        assert_eq!(written(&clinic).await, (1..=20).collect::<Vec<i64>>());
        assert_eq!(commits(&clinic) - before, 1);

        let before = commits(&clinic);
        clinic.app.db.write(Write { id: 99, act: Act::Succeed }).await.expect("alone");
        assert_eq!(commits(&clinic) - before, 1, "a unit that is alone waits for no other");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_that_fails_in_a_group_leaves_its_neighbours() {
    TestClinic::run(Engine::Sqlite, |clinic| async move {
        with_table(&clinic).await;
        let acts = [Act::Refuse, Act::Succeed, Act::Panic, Act::Succeed, Act::Refuse, Act::Succeed, Act::Panic];
        let results = write_together(&clinic, &acts).await;
        for (act, result) in acts.iter().zip(&results) {
            match act {
                Act::Succeed => assert!(result.is_ok(), "{result:?}"),
                Act::Refuse => assert!(matches!(result, Err(Error::App(AppError::Conflict))), "{result:?}"),
                _ => assert!(matches!(result, Err(Error::Panicked)), "{result:?}"),
            }
        }
        assert_eq!(written(&clinic).await, [2, 4, 6]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_in_a_group_fails_the_unit_that_filled_it() {
    TestClinic::run(Engine::Sqlite, |clinic| async move {
        with_table(&clinic).await;
        let acts = [Act::Succeed, Act::Succeed, Act::Fill, Act::Succeed];
        let results = write_together(&clinic, &acts).await;
        let refused = results.iter().position(Result::is_err);
        assert_eq!(refused, Some(2), "{results:?}");
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 3, "{results:?}");
        assert_eq!(written(&clinic).await, [1, 2, 4], "each of the others is there once");
        clinic.app.db.write(Write { id: 5, act: Act::Succeed }).await.expect("the writer goes on");
    })
    .await;
}

//! Writes that go to the database together: all or none, and each knows whether it wrote anything.

use docslot::{
    db::{Error, Statement, Tx, WriteUnit},
    error::AppError,
};

use crate::{both_databases, clinic::TestClinic};

/// Changes row 1 and with it what a batch says.
#[derive(Clone, Copy)]
struct Together {
    /// The row that the main statement changes, if it is there.
    main: i32,
    /// Two rows to insert; each may be there already.
    also: [i32; 2],
    /// Whether the second has to be new.
    must: bool,
}

const ADD: &str = "insert into written (id, note) values ($1, $2) on conflict (id) do nothing";
const CHANGE: Statement = Statement {
    sqlite: "update written set note = $2 where id = $1",
    postgres: "with changed as (update written set note = $2 where id = $1 returning id)
        insert into changes (id, note) select id, $2 from changed",
};

impl WriteUnit for Together {
    const NAME: &'static str = "test_batch";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let mut batch = tx.batch();
        batch.add(ADD, (self.also[0], "first"))?;
        if self.must {
            batch.add_or_fail(ADD, (self.also[1], "second"), AppError::KeyInUse)?;
        } else {
            batch.add(ADD, (self.also[1], "second"))?;
        }
        if self.main == 0 {
            return tx.execute_batch(batch).await;
        }
        tx.execute_with(CHANGE, (self.main, "changed"), AppError::Conflict, batch).await
    }
}

async fn with_rows(clinic: &TestClinic) {
    clinic.execute("create table written (id integer primary key, note text not null)").await.expect("a table");
    clinic.execute("create table changes (id integer not null, note text not null)").await.expect("a table");
    clinic.execute("insert into written (id, note) values (1, 'old')").await.expect("a row");
}

async fn notes(clinic: &TestClinic) -> Vec<(i32, String)> {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    reader.conn().fetch_all("select id, note from written order by id", ()).await.expect("the rows")
}

fn rows(expected: &[(i32, &str)]) -> Vec<(i32, String)> {
    expected.iter().map(|(id, note)| (*id, (*note).to_owned())).collect()
}

both_databases! {
    async fn what_goes_together_is_written_with_the_values_of_each(clinic: TestClinic) {
        with_rows(&clinic).await;
        clinic.app.db.write(Together { main: 1, also: [2, 3], must: true }).await.expect("a commit");
        assert_eq!(notes(&clinic).await, rows(&[(1, "changed"), (2, "first"), (3, "second")]));
    }

    async fn without_a_main_row_nothing_is_written(clinic: TestClinic) {
        with_rows(&clinic).await;
        let refused = clinic.app.db.write(Together { main: 9, also: [2, 3], must: false }).await;
        assert!(matches!(refused, Err(Error::App(AppError::Conflict))), "{refused:?}");
        assert_eq!(notes(&clinic).await, rows(&[(1, "old")]));
    }

    async fn a_write_that_has_to_write_fails_all_of_them(clinic: TestClinic) {
        with_rows(&clinic).await;
        for main in [1, 0] {
            let refused = clinic.app.db.write(Together { main, also: [2, 1], must: true }).await;
            assert!(matches!(refused, Err(Error::App(AppError::KeyInUse))), "{refused:?}");
            assert_eq!(notes(&clinic).await, rows(&[(1, "old")]));
        }
    }

    async fn a_write_that_may_write_nothing_fails_none(clinic: TestClinic) {
        with_rows(&clinic).await;
        clinic.app.db.write(Together { main: 1, also: [1, 4], must: false }).await.expect("a commit");
        assert_eq!(notes(&clinic).await, rows(&[(1, "changed"), (4, "second")]));
        clinic.app.db.write(Together { main: 0, also: [5, 1], must: false }).await.expect("a commit");
        assert_eq!(notes(&clinic).await, rows(&[(1, "changed"), (4, "second"), (5, "first")]));
    }
}

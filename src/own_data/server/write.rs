//! What a job does with copies: writes those that were asked for, and deletes them when their days are over.

use serde::{Deserialize, Serialize};

use super::{collect::collect, html};
use crate::{
    clinic::server::{clinic_zone, data_keys::DataKeys},
    db::{Error, Tx, WriteUnit},
    error::AppError,
    ids::{ExportId, PaperId, PersonId},
    notifications::{
        model::Kind,
        server::{Notice, To, enqueue_notice},
    },
    own_data::model::KEPT_DAYS,
    state::AppState,
    time::Timestamp,
};

/// Copies of one round.
const AT_A_TIME: i64 = 20;
const DAY: i64 = 86_400;

/// What is kept of a copy, in one encrypted value. It has no `Debug`, so that no log gets it.
#[derive(Serialize, Deserialize)]
pub(super) struct Files {
    pub json: String,
    pub html: String,
    pub calendar: String,
    /// The files that go into the archive, with their places in it.
    pub papers: Vec<(PaperId, String)>,
}

/// Ties a value to its row.
fn context(id: ExportId) -> Vec<u8> {
    [b"own data ".as_slice(), id.0.as_bytes()].concat()
}

impl Files {
    fn encrypted(&self, keys: &DataKeys, id: ExportId) -> Result<Vec<u8>, Error> {
        let plain = serde_json::to_vec(self).map_err(|_| Error::Corrupt("own data"))?;
        Ok(keys.encrypt(&context(id), &plain))
    }

    /// What [`Files::encrypted`] wrote for this row.
    ///
    /// # Errors
    /// The key is missing, or the value was changed.
    pub fn read(keys: &DataKeys, id: ExportId, kept: &[u8]) -> Result<Files, Error> {
        let plain = keys.decrypt(&context(id), kept).ok();
        let read = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
        read.ok_or(Error::Corrupt("data_exports.content"))
    }
}

/// One round: ends what is over, and writes what waits. Several processes may do so on one database. Returns how many
/// copies were written.
///
/// # Errors
/// The database's.
pub async fn work(app: &AppState) -> Result<u64, AppError> {
    const WAITING: &str = "select id, person_id, asked_by from data_exports
        where ready_at is null and ended_at is null order by asked_at, id limit $1";
    app.db.write(EndOver { now: app.clock.now() }).await?;
    let waiting: Vec<(ExportId, PersonId, PersonId)> =
        app.db.read().await?.conn().fetch_all(WAITING, (AT_A_TIME,)).await?;
    let mut written = 0;
    for (id, person, asked_by) in waiting {
        // one that cannot be written keeps no other one waiting
        match write(app, id, person, asked_by).await {
            Ok(true) => written += 1,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "a copy of a person's data could not be written; trying again"),
        }
    }
    Ok(written)
}

async fn write(app: &AppState, id: ExportId, person: PersonId, asked_by: PersonId) -> Result<bool, Error> {
    let now = app.clock.now();
    let content = {
        let mut snapshot = app.db.snapshot().await?;
        let conn = &mut snapshot.conn();
        let collected = collect(conn, app, person, now).await?;
        let title = [&app.clinic.now().await.name, ": your data"].concat();
        let html = html::document(&collected.tree, &title, &clinic_zone(conn).await?, now);
        let json = serde_json::to_string_pretty(&collected.tree).map_err(|_| Error::Corrupt("own data"))?;
        let files = Files { json, html, calendar: collected.calendar, papers: collected.papers };
        files.encrypted(&app.data_keys, id)?
    };
    app.db.write(KeepCopy { id, asked_by, content, now }).await
}

/// Keeps a copy, and tells who asked for it. Another process may have been faster, or the account was closed.
struct KeepCopy {
    id: ExportId,
    asked_by: PersonId,
    content: Vec<u8>,
    now: Timestamp,
}

impl WriteUnit for KeepCopy {
    const NAME: &'static str = "keep_own_data";
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        const SQL: &str = "update data_exports set content = $2, ready_at = $3, until_at = $4
            where id = $1 and ready_at is null and ended_at is null";
        let until = self.now.plus_seconds(KEPT_DAYS * DAY);
        if tx.execute(SQL, (self.id, &self.content, self.now, until)).await? == 0 {
            return Ok(false);
        }
        let dedupe_key = &["own_data_ready:", &self.id.to_string()].concat();
        let to = To::Person(self.asked_by);
        enqueue_notice(tx, self.now, Notice { kind: Kind::OwnDataReady, to, about: "", dedupe_key }).await?;
        Ok(true)
    }
}

/// Deletes the content of copies whose days are over.
struct EndOver {
    now: Timestamp,
}

impl WriteUnit for EndOver {
    const NAME: &'static str = "end_own_data";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update data_exports set content = null, ended_at = $1
            where until_at <= $1 and ended_at is null";
        tx.execute(SQL, (self.now,)).await.map(|_| ())
    }
}

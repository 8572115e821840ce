//! What a job does: asks the scanner again, ends what was kept long enough, and deletes the bytes of what was taken away.

use super::{
    clamd::Verdict,
    remove::{delete_bytes, end},
};
use crate::{
    booking::server::Author,
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::PaperId,
    papers::PaperState,
    state::AppState,
    time::Timestamp,
};

const DAY: i64 = 86_400;
/// Files of one round.
const AT_A_TIME: i64 = 50;

/// One round. Several processes may do so on one database: what one has done, the other finds done.
///
/// # Errors
/// The database's. A store or a scanner that is away is asked again in the next round.
pub async fn work(app: &AppState) -> Result<(), AppError> {
    scan_waiting(app).await?;
    end_old(app).await?;
    let gone: Vec<PaperId> = {
        const SQL: &str = "select id from papers where state in ('removed', 'infected', 'expired') and bytes_gone = $1
            order by id limit $2";
        app.db.read().await?.conn().fetch_values(SQL, (false, AT_A_TIME)).await?
    };
    for id in gone {
        delete_bytes(app, id).await?;
    }
    Ok(())
}

/// Asks about each file that waits, until the scanner is away again.
async fn scan_waiting(app: &AppState) -> Result<(), AppError> {
    const SQL: &str = "select id, reference, file_key from papers where state = 'waiting' order by id limit $1";
    let waiting: Vec<(PaperId, String, Vec<u8>)> = app.db.read().await?.conn().fetch_all(SQL, (AT_A_TIME,)).await?;
    for (id, reference, key) in waiting {
        let bytes = match app.papers.store.get(&app.data_keys, id, &key).await {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::warn!(%error, "a file that waits for the virus scanner cannot be read; trying again");
                continue;
            }
        };
        let state = match app.papers.scan(&bytes).await {
            Verdict::Clean => PaperState::Ready,
            Verdict::Infected => PaperState::Infected,
            Verdict::Away => return Ok(()),
        };
        app.db.write(Settle { id, reference, state, now: app.clock.now() }).await?;
    }
    Ok(())
}

/// What the scanner said of a file that waited.
struct Settle {
    id: PaperId,
    reference: String,
    state: PaperState,
    now: Timestamp,
}

impl WriteUnit for Settle {
    const NAME: &'static str = "settle_paper";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update papers set state = 'ready' where id = $1 and state = 'waiting'";
        if self.state == PaperState::Ready {
            return tx.execute(SQL, (self.id,)).await.map(|_| ());
        }
        end(tx, self.id, self.state, Author::SYSTEM, &self.reference, self.now).await
    }
}

/// Ends the files of appointments that are over for so long.
async fn end_old(app: &AppState) -> Result<(), AppError> {
    let days = i64::from(app.settings.papers.retention_days);
    if days == 0 {
        return Ok(());
    }
    let now = app.clock.now();
    let before = now.plus_seconds(-days * DAY);
    let old = too_old(&mut app.db.read().await?.conn(), before).await?;
    if !old.is_empty() {
        app.db.write(EndOld { old, now }).await?;
    }
    Ok(())
}

/// Files whose appointment, wherever it was moved, ended before this moment.
async fn too_old(conn: &mut Conn<'_>, before: Timestamp) -> Result<Vec<(PaperId, String)>, Error> {
    const SQL: &str = "select p.id, p.reference from papers p where p.state in ('waiting', 'ready')
            and not exists (select 1 from appointments a where a.reference = p.reference and a.ends_at >= $1)
        order by p.id limit $2";
    conn.fetch_all(SQL, (before, AT_A_TIME)).await
}

struct EndOld {
    old: Vec<(PaperId, String)>,
    now: Timestamp,
}

impl WriteUnit for EndOld {
    const NAME: &'static str = "end_old_papers";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        for (id, reference) in &self.old {
            end(tx, *id, PaperState::Expired, Author::SYSTEM, reference, self.now).await?;
        }
        Ok(())
    }
}

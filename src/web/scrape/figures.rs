//! What only the database knows of the figures, asked seldom and never while bookings wait.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::{
    db::{Error, Statement},
    state::AppState,
    time::Timestamp,
};

/// How long the answer is good.
const FRESH: Duration = Duration::from_secs(5);

/// What only the database knows.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    pub(super) asked: Instant,
    pub(super) row: FiguresRow,
    /// How far the database's clock is ahead of this machine's, in seconds. On SQLite there is but one clock.
    pub(super) clock_ahead: Option<f64>,
}

#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(super) struct FiguresRow {
    pub(super) queued: i64,
    pub(super) sending: i64,
    pub(super) failed: i64,
    pub(super) waiting_since: Option<Timestamp>,
    pub(super) held: i64,
    now: f64,
}

/// Every part looks at a bounded stretch of an index, so that a full outbox costs no more than some milliseconds.
macro_rules! counts {
    () => {
        "select
        (select count(*) from (select 1 from outbox where state = 'queued' limit 10000) as found) as queued,
        (select count(*) from (select 1 from outbox where state = 'sending' limit 10000) as found) as sending,
        (select count(*) from (select 1 from outbox where state = 'failed' limit 10000) as found) as failed,
        (select min(created_at) from (
            select created_at, due_at, attempts from outbox where state = 'queued' order by due_at limit 1000
        ) as first_due where due_at <= $1 or attempts > 0) as waiting_since,
        (select count(*) from (
            select 1 from appointments where held_until > $1 and status = 'held' limit 10000
        ) as found) as held,"
    };
}

const FIGURES: Statement = Statement {
    sqlite: concat!(counts!(), " 0.0 as now"),
    postgres: concat!(counts!(), " extract(epoch from clock_timestamp())::float8 as now"),
};

/// The database's figures, asked for again when they are old and a connection is free; none before the first answer.
pub(super) async fn refreshed(app: &AppState) -> Option<Figures> {
    let mut kept = app.metrics.figures.lock().await;
    if kept.is_none_or(|figures| figures.asked.elapsed() >= FRESH) {
        match ask(app).await {
            Ok(Some(figures)) => *kept = Some(figures),
            // the age of what is kept says so
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the database's figures cannot be read"),
        }
    }
    *kept
}

async fn ask(app: &AppState) -> Result<Option<Figures>, Error> {
    let Some(mut reader) = app.db.read_if_idle().await else { return Ok(None) };
    let row: FiguresRow = reader.conn().fetch_one(FIGURES, (app.clock.now(),)).await?;
    let here = millis(SystemTime::now()) as f64 / 1000.0;
    let clock_ahead = (row.now > 0.0).then_some(row.now - here);
    Ok(Some(Figures { asked: Instant::now(), row, clock_ahead }))
}

/// A moment in milliseconds since 1970.
pub fn millis(at: SystemTime) -> u64 {
    u64::try_from(at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

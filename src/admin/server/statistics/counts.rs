//! The source of the numbers: one doctor's appointments are counted on request; those of the whole clinic are kept by
//! date in `appointment_counts`.
//!
//! Each request first brings `appointment_counts` up to date: it counts again the dates whose appointments changed
//! since the last time, by their `updated_at`. Appointments are read outside the unit that writes, so that on
//! PostgreSQL a look at statistics never makes a booking wait or retry. A change missed that way is later than the
//! moment noted, so the next request finds it.

use std::collections::BTreeSet;

use serde::Serialize;
use sqlx::FromRow;

use uuid::Uuid;

use super::tally::{Appointment, Cell, Measure, People, Tally, count};
use crate::{
    db::{Conn, Error, Statement, Tx, WriteUnit},
    ids::{AppointmentId, DoctorId},
    state::AppState,
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

pub(super) const DAY_MINUTES: i64 = 24 * 60;
/// A change bears the moment at which its unit began; within this many seconds it has been committed or given up.
const COMMIT_SECONDS: i64 = 30;
/// Appointments read at once while everything is counted.
const BATCH: i64 = 20_000;
/// Days whose appointments are read at once.
const MAX_DAYS: i64 = 14;

/// The counts of all doctors from `first` to `last`, both included.
///
/// # Errors
/// The database's.
pub(super) async fn of_clinic(app: &AppState, first: LocalDate, last: LocalDate) -> Result<Tally, Error> {
    const SQL: &str =
        "select measure, cell, local_date, total, people from appointment_counts where local_date between $1 and $2";
    bring_up_to_date(app).await?;
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let rows: Vec<CountRow> = conn.fetch_all(SQL, (first, last)).await?;
    let count = |CountRow { measure, cell, local_date, total, people }| {
        ((measure, cell, local_date), Cell { total, people: People::from_bytes(&people) })
    };
    Ok(rows.into_iter().map(count).collect())
}

#[derive(FromRow)]
struct CountRow {
    measure: Measure,
    cell: i32,
    local_date: LocalDate,
    total: i64,
    people: Vec<u8>,
}

/// The counts of one doctor from `first` to `last`, both included.
///
/// # Errors
/// The database's, or a stored value that means nothing.
pub(super) async fn of_doctor(
    conn: &mut Conn<'_>,
    doctor: DoctorId,
    first: LocalDate,
    last: LocalDate,
) -> Result<Tally, Error> {
    const SQL: &str =
        "select a.id, a.local_start, t.time_zone, a.starts_at, a.ends_at, a.created_at, a.status, a.patient_id,
            a.cancelled_by, a.cancelled_late
        from appointments a join appointment_terms t on t.id = a.terms_id
        where a.status in ('booked', 'arrived', 'completed', 'no_show', 'cancelled')
            and a.would_replace is null and a.doctor_id = $1 and a.starts_at >= $2 and a.starts_at < $3";
    let (from, until) = around(first, last)?;
    let appointments: Vec<Appointment> = conn.fetch_all(SQL, (doctor, from, until)).await?;
    let mut tally = Tally::new();
    count(&appointments, &mut tally)?;
    tally.retain(|(.., date), _| (first..=last).contains(date));
    Ok(tally)
}

/// Moments between which every appointment starts whose local date is from `first` to `last`, wherever it is.
pub(super) fn around(first: LocalDate, last: LocalDate) -> Result<(Timestamp, Timestamp), Error> {
    let utc = Zone::parse("UTC").ok_or(Error::Corrupt("unknown time zone"))?;
    let from = utc.window_start(first, 0).plus_minutes(-DAY_MINUTES);
    Ok((from, utc.window_start(last, 0).plus_minutes(2 * DAY_MINUTES)))
}

async fn bring_up_to_date(app: &AppState) -> Result<(), Error> {
    const STATE: &str = "select counted_until, version from appointment_counts_state where id = 1";
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let state: Option<(Timestamp, i32)> = conn.fetch_optional(STATE, ()).await?;
    let version = state.map_or(0, |(_, version)| version);
    let update = match state {
        // after a clock was put back, new changes look counted
        Some((counted_until, _)) if counted_until <= now.plus_seconds(COMMIT_SECONDS) => {
            let dates = changed_dates(conn, counted_until.plus_seconds(-COMMIT_SECONDS)).await?;
            if dates.is_empty() {
                return Ok(());
            }
            Update { version, now, tally: on_dates(conn, &dates).await?, dates: Some(dates) }
        }
        _ => Update { version, now, tally: everything(conn).await?, dates: None },
    };
    drop(reader);
    store(app, update).await
}

/// Local dates with appointments that changed at `since` or later.
async fn changed_dates(conn: &mut Conn<'_>, since: Timestamp) -> Result<BTreeSet<LocalDate>, Error> {
    const SQL: &str = "
        select distinct substr(local_start, 1, 10) from appointments
        where updated_at >= $1 and status not in ('held', 'requested', 'declined', 'expired')";
    let dates: Vec<String> = conn.fetch_values(SQL, (since,)).await?;
    dates.iter().map(|date| date.parse().map_err(|_| Error::Corrupt("local start"))).collect()
}

/// Counts every appointment, but no request to move one. SQLite reads them as they lie in its file, four times faster
/// than by their ids.
async fn everything(conn: &mut Conn<'_>) -> Result<Tally, Error> {
    const AFTER: Statement = Statement {
        sqlite: "select a.id, a.local_start, t.time_zone, a.starts_at, a.ends_at, a.created_at, a.status, a.patient_id,
            a.cancelled_by, a.cancelled_late
        from appointments a join appointment_terms t on t.id = a.terms_id
        where a.status in ('booked', 'arrived', 'completed', 'no_show', 'cancelled')
            and a.would_replace is null and a.rowid > coalesce((select rowid from appointments where id = $1), 0)
        order by a.rowid limit $2",
        postgres:
            "select a.id, a.local_start, t.time_zone, a.starts_at, a.ends_at, a.created_at, a.status, a.patient_id,
            a.cancelled_by, a.cancelled_late
        from appointments a join appointment_terms t on t.id = a.terms_id
        where a.status in ('booked', 'arrived', 'completed', 'no_show', 'cancelled')
            and a.would_replace is null and a.id > $1 order by a.id limit $2",
    };
    let sql = AFTER;
    let mut tally = Tally::new();
    let mut after = AppointmentId(Uuid::nil());
    loop {
        let appointments: Vec<Appointment> = conn.fetch_all(sql, (after, BATCH)).await?;
        let Some(last) = appointments.last() else {
            return Ok(tally);
        };
        after = last.id;
        count(&appointments, &mut tally)?;
    }
}

/// Counts the appointments of these dates.
async fn on_dates(conn: &mut Conn<'_>, dates: &BTreeSet<LocalDate>) -> Result<Tally, Error> {
    const SQL: &str =
        "select a.id, a.local_start, t.time_zone, a.starts_at, a.ends_at, a.created_at, a.status, a.patient_id,
            a.cancelled_by, a.cancelled_late
        from appointments a join appointment_terms t on t.id = a.terms_id
        where a.status in ('booked', 'arrived', 'completed', 'no_show', 'cancelled')
            and a.would_replace is null and a.starts_at >= $1 and a.starts_at < $2";
    let mut tally = Tally::new();
    let mut rest = dates.clone();
    while let Some(first) = rest.first().copied() {
        let later = rest.split_off(&first.plus_days(MAX_DAYS));
        let last = rest.last().copied().unwrap_or(first);
        let (from, until) = around(first, last)?;
        let mut appointments: Vec<Appointment> = conn.fetch_all(SQL, (from, until)).await?;
        // appointments of other days are read along, and not all of them
        appointments.retain(|appointment| appointment.local().is_none_or(|(date, _)| rest.contains(&date)));
        count(&appointments, &mut tally)?;
        rest = later;
    }
    Ok(tally)
}

/// Counts to write.
struct Update {
    /// How often `appointment_counts` had been brought up to date when the appointments were read.
    version: i32,
    now: Timestamp,
    /// The dates that were counted again; none for all.
    dates: Option<BTreeSet<LocalDate>>,
    tally: Tally,
}

/// Notes that the counts are being brought up to date, unless another request has done so since `version` was read.
const CLAIM: &str = "
    insert into appointment_counts_state (id, counted_until, version) values (1, $1, $2 + 1)
    on conflict (id) do update set counted_until = excluded.counted_until, version = excluded.version
    where appointment_counts_state.version = $2";

const DELETE: Statement = Statement {
    sqlite: "delete from appointment_counts where $1 is null or local_date in (select value from json_each($1))",
    postgres: "
        delete from appointment_counts
        where $1 is null or local_date in (select value::date from json_array_elements_text($1::json))",
};

const INSERT: Statement = Statement {
    sqlite: "
        insert into appointment_counts (measure, cell, local_date, total, people)
        select v.value->>0, v.value->>1, v.value->>2, v.value->>3, unhex(v.value->>4) from json_each($1) v",
    postgres: "
        insert into appointment_counts (measure, cell, local_date, total, people)
        select v.value->>0, (v.value->>1)::integer, (v.value->>2)::date, (v.value->>3)::bigint,
            decode(v.value->>4, 'hex')
        from json_array_elements($1::json) v(value)",
};

/// Replaces the counts of the dates.
async fn store(app: &AppState, Update { version, now, dates, tally }: Update) -> Result<(), Error> {
    let dates = dates.map(|dates| json(&dates.iter().map(ToString::to_string).collect::<Vec<_>>())).transpose()?;
    let row = |((measure, place, date), cell): (&(Measure, i32, LocalDate), &Cell)| {
        (*measure, *place, date.to_string(), cell.total, cell.people.to_hex())
    };
    let rows = json(&tally.iter().map(row).collect::<Vec<_>>())?;
    app.db.write(StoreCounts { version, now, dates, rows }).await
}

/// Replaces the counts of some dates, unless another process has brought them up to date meanwhile.
struct StoreCounts {
    /// That of the counts when their appointments were read.
    version: i32,
    now: Timestamp,
    /// A JSON array of local dates; none for all.
    dates: Option<String>,
    /// A JSON array of rows.
    rows: String,
}

impl WriteUnit for StoreCounts {
    const NAME: &'static str = "store_counts";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        if tx.execute(CLAIM, (self.now, self.version)).await? > 0 {
            tx.execute(DELETE, (&self.dates,)).await?;
            tx.execute(INSERT, (&self.rows,)).await?;
        }
        Ok(())
    }
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    Ok(serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))?)
}

//! Where the numbers come from: one doctor's appointments are counted as they are asked for; those of the whole clinic are kept
//! by date in `appointment_counts`.
//!
//! Whoever looks brings `appointment_counts` up to date first: the dates whose appointments changed since the last time, by
//! `appointment_events`, are counted again. Appointments are read outside the unit that writes, so that on PostgreSQL no booking
//! is made to wait or to try again because somebody looks at statistics. What is missed that way is changed later than
//! the moment noted, and therefore found by the next look.

use std::{collections::BTreeSet, sync::Arc};

use serde::Serialize;

use super::tally::{Appointment, Cell, Counter, FIRST_ID, Measure, People, Tally};
use crate::{
    db::{Conn, Error, Statement, Tx},
    ids::DoctorId,
    state::AppState,
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

const DAY_MINUTES: i64 = 24 * 60;
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
        "select local_date, measure, cell, total, people from appointment_counts where local_date between $1 and $2";
    bring_up_to_date(app).await?;
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let rows: Vec<(LocalDate, Measure, i32, i64, Vec<u8>)> = conn.fetch_all(SQL, (first, last)).await?;
    let mut tally = Tally::default();
    for (date, measure, cell, total, people) in rows {
        let people = People::from_bytes(&people);
        tally.0.entry(date).or_default().insert((measure, cell), Cell { total, people });
    }
    Ok(tally)
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
        "select id, local_start, time_zone, starts_at, ends_at, created_at, status, patient_id, cancelled_by,
            cancelled_late
        from appointments
        where doctor_id = $1 and starts_at >= $2 and starts_at < $3
            and status in ('booked', 'arrived', 'completed', 'no_show', 'cancelled')";
    let (from, until) = around(first, last)?;
    let appointments: Vec<Appointment> = conn.fetch_all(SQL, (doctor, from, until)).await?;
    let mut counter = Counter::default();
    appointments.iter().try_for_each(|appointment| counter.add(appointment))?;
    counter.tally.0.retain(|date, _| first <= *date && *date <= last);
    Ok(counter.tally)
}

/// Moments between which every appointment starts whose local date is from `first` to `last`, wherever it is.
fn around(first: LocalDate, last: LocalDate) -> Result<(Timestamp, Timestamp), Error> {
    let utc = Zone::parse("UTC").ok_or(Error::Corrupt("unknown time zone"))?;
    let from = utc.window_start(first, 0).plus_minutes(-DAY_MINUTES);
    Ok((from, utc.window_start(last, 0).plus_minutes(2 * DAY_MINUTES)))
}

/// How far the counts have got.
#[derive(Clone, Copy)]
struct State {
    counted_until: Timestamp,
    version: i32,
}

async fn bring_up_to_date(app: &AppState) -> Result<(), Error> {
    const STATE: &str = "select counted_until, version from appointment_counts_state where id = 1";
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let state: Option<(Timestamp, i32)> = conn.fetch_optional(STATE, ()).await?;
    let state = state.map(|(counted_until, version)| State { counted_until, version });
    // a clock that was put back makes changes that look counted
    let usable = state.filter(|state| state.counted_until <= now.plus_seconds(COMMIT_SECONDS));
    let (dates, tally) = match usable {
        None => (None, everything(conn).await?),
        Some(state) => {
            let dates = changed_dates(conn, state.counted_until.plus_seconds(-COMMIT_SECONDS)).await?;
            if dates.is_empty() {
                return Ok(());
            }
            let tally = on_dates(conn, &dates).await?;
            (Some(dates), tally)
        }
    };
    drop(reader);
    store(app, Update { version: state.map(|state| state.version), now, dates, tally }).await
}

/// Local dates with appointments that changed at `since` or later.
async fn changed_dates(conn: &mut Conn<'_>, since: Timestamp) -> Result<BTreeSet<LocalDate>, Error> {
    const SQL: &str = "
        select distinct substr(a.local_start, 1, 10) from appointment_events e
        join appointments a on a.id = e.appointment_id
        where e.at >= $1 and e.to_status not in ('held', 'requested', 'declined', 'expired')";
    let dates: Vec<String> = conn.fetch_values(SQL, (since,)).await?;
    dates.iter().map(|date| date.parse().map_err(|_| Error::Corrupt("local start"))).collect()
}

/// Counts every appointment. SQLite reads them as they lie in its file, four times faster than by their ids.
async fn everything(conn: &mut Conn<'_>) -> Result<Tally, Error> {
    const AFTER: Statement = Statement {
        sqlite: "
            select id, local_start, time_zone, starts_at, ends_at, created_at, status, patient_id, cancelled_by,
                cancelled_late
            from appointments
            where rowid > coalesce((select rowid from appointments where id = $1), 0)
                and status in ('booked', 'arrived', 'completed', 'no_show', 'cancelled')
            order by rowid limit $2",
        postgres: "
            select id, local_start, time_zone, starts_at, ends_at, created_at, status, patient_id, cancelled_by,
                cancelled_late
            from appointments
            where id > $1 and status in ('booked', 'arrived', 'completed', 'no_show', 'cancelled')
            order by id limit $2",
    };
    let sql = AFTER;
    let mut counter = Counter::default();
    let mut after = FIRST_ID;
    loop {
        let appointments: Vec<Appointment> = conn.fetch_all(sql, (after, BATCH)).await?;
        let Some(last) = appointments.last() else {
            return Ok(counter.tally);
        };
        after = last.id;
        appointments.iter().try_for_each(|appointment| counter.add(appointment))?;
    }
}

/// Counts the appointments of these dates.
async fn on_dates(conn: &mut Conn<'_>, dates: &BTreeSet<LocalDate>) -> Result<Tally, Error> {
    const SQL: &str =
        "select id, local_start, time_zone, starts_at, ends_at, created_at, status, patient_id, cancelled_by,
            cancelled_late
        from appointments
        where starts_at >= $1 and starts_at < $2
            and status in ('booked', 'arrived', 'completed', 'no_show', 'cancelled')";
    let mut tally = Tally::default();
    let mut rest = dates.clone();
    while let Some(first) = rest.first().copied() {
        let later = rest.split_off(&first.plus_days(MAX_DAYS));
        let last = rest.last().copied().unwrap_or(first);
        let (from, until) = around(first, last)?;
        let appointments: Vec<Appointment> = conn.fetch_all(SQL, (from, until)).await?;
        let mut counter = Counter::default();
        appointments.iter().try_for_each(|appointment| counter.add(appointment))?;
        // appointments of the days around were read along, and not all of them
        tally.0.extend(counter.tally.0.into_iter().filter(|(date, _)| rest.contains(date)));
        rest = later;
    }
    Ok(tally)
}

/// Counts to write.
struct Update {
    /// The version that was read; none when nothing had been counted.
    version: Option<i32>,
    now: Timestamp,
    /// The dates that were counted again; none for all.
    dates: Option<BTreeSet<LocalDate>>,
    tally: Tally,
}

/// Date, measure, cell, total and the marks of the people.
#[derive(Serialize)]
struct Row(String, &'static str, i32, i64, String);

const DELETE: Statement = Statement {
    sqlite: "delete from appointment_counts where local_date in (select value from json_each($1))",
    postgres: "delete from appointment_counts where local_date in (select value::date from json_array_elements_text($1::json))",
};

const INSERT: Statement = Statement {
    sqlite: "
        insert into appointment_counts (local_date, measure, cell, total, people)
        select v.value->>0, v.value->>1, v.value->>2, v.value->>3, unhex(v.value->>4) from json_each($1) v",
    postgres: "
        insert into appointment_counts (local_date, measure, cell, total, people)
        select (v.value->>0)::date, v.value->>1, (v.value->>2)::integer, (v.value->>3)::bigint,
            decode(v.value->>4, 'hex')
        from json_array_elements($1::json) v(value)",
};

/// Replaces the counts of the dates, unless somebody else has counted meanwhile.
async fn store(app: &AppState, update: Update) -> Result<(), Error> {
    let row = |date: &LocalDate, ((measure, cell), counted): (&(Measure, i32), &Cell)| {
        Row(date.to_string(), measure.code(), *cell, counted.total, counted.people.to_hex())
    };
    let rows: Vec<Row> =
        update.tally.0.iter().flat_map(|(date, day)| day.iter().map(move |cell| row(date, cell))).collect();
    let dates = update.dates.map(|dates| dates.iter().map(ToString::to_string).collect::<Vec<_>>());
    let dates = dates.map(|dates| json(&dates)).transpose()?;
    let texts = Arc::new((dates, json(&rows)?));
    let (version, now) = (update.version, update.now);
    let unit = app.db.write_owned(move |mut tx| {
        let texts = texts.clone();
        async move {
            let conn = &mut tx.conn();
            if claim(conn, version, now).await? {
                replace(conn, texts.0.as_deref(), &texts.1).await?;
            }
            Ok((tx, ()))
        }
    });
    unit.await
}

/// Whether the counts are still those that were read; if so, notes that they are brought up to date.
async fn claim(tx: &mut Tx<'_>, version: Option<i32>, now: Timestamp) -> Result<bool, Error> {
    const FIRST: &str = "insert into appointment_counts_state (id, counted_until, version) values (1, $1, 1) on conflict (id) do nothing";
    const NEXT: &str =
        "update appointment_counts_state set counted_until = $1, version = version + 1 where id = 1 and version = $2";
    let changed = match version {
        None => tx.execute(FIRST, (now,)).await?,
        Some(version) => tx.execute(NEXT, (now, version)).await?,
    };
    Ok(changed > 0)
}

async fn replace(tx: &mut Tx<'_>, dates: Option<&str>, rows: &str) -> Result<(), Error> {
    const DELETE_ALL: &str = "delete from appointment_counts";
    let (delete, insert) = (DELETE, INSERT);
    match dates {
        None => tx.execute(DELETE_ALL, ()).await?,
        Some(dates) => tx.execute(delete, (dates,)).await?,
    };
    tx.execute(insert, (rows,)).await?;
    Ok(())
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    Ok(serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))?)
}

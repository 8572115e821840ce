//! Whether the records of a clinic agree with each other, asked without the rules that keep them so.

use std::fmt;

use uuid::Uuid;

use crate::db::{Conn, Error, Statement};

/// How many records a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Counts {
    pub appointments: i64,
    pub events: i64,
    pub doctors: i64,
    pub accounts: i64,
    pub messages: i64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { appointments, events, doctors, accounts, messages } = self;
        write!(f, "appointments: {appointments}, changes: {events}, doctors: {doctors}, ")?;
        write!(f, "accounts: {accounts}, messages: {messages}")
    }
}

const COUNTS: &str = "select (select count(*) from appointments) as appointments,
        (select count(*) from appointment_events) as events, (select count(*) from doctors) as doctors,
        (select count(*) from persons) as accounts, (select count(*) from outbox) as messages";

/// An appointment that begins while another one of the same doctor goes on, though neither is overbooked.
const DOCTORS_OVERLAP: &str = "select b.id from appointments a join appointments b
    on b.doctor_id = a.doctor_id and b.starts_at >= a.starts_at and b.starts_at < a.ends_at and b.id <> a.id
    where a.status in ('held', 'requested', 'booked', 'arrived')
        and b.status in ('held', 'requested', 'booked', 'arrived')
        and not a.overbook and not b.overbook and coalesce(a.would_replace, a.id) <> coalesce(b.would_replace, b.id)
    limit 1";
/// The same of one patient.
const PATIENTS_OVERLAP: &str = "select b.id from appointments a join appointments b
    on b.patient_id = a.patient_id and b.starts_at >= a.starts_at and b.starts_at < a.ends_at and b.id <> a.id
    where a.status in ('held', 'requested', 'booked', 'arrived')
        and b.status in ('held', 'requested', 'booked', 'arrived')
        and not a.overbook and not b.overbook and coalesce(a.would_replace, a.id) <> coalesce(b.would_replace, b.id)
    limit 1";
/// The same of one room or device, which overbooking does not share.
const RESOURCES_OVERLAP: &str = "select b.id from appointments a join appointments b
    on b.resource_id = a.resource_id and b.starts_at >= a.starts_at and b.starts_at < a.ends_at and b.id <> a.id
    where a.status in ('held', 'requested', 'booked', 'arrived')
        and b.status in ('held', 'requested', 'booked', 'arrived')
        and coalesce(a.would_replace, a.id) <> coalesce(b.would_replace, b.id)
    limit 1";
/// An appointment whose changes are not numbered from 1 to its version, each once.
const GAPS: &str = "select a.id from appointments a left join (
        select appointment_id, count(*) as changes, min(version) as first, max(version) as last
        from appointment_events group by appointment_id) e on e.appointment_id = a.id
    where e.changes is null or e.first <> 1 or e.last <> a.version or e.changes <> a.version
    limit 1";
/// An appointment whose last change left another status than it has.
const STATUSES: &str = "select a.id from appointments a
    join appointment_events e on e.appointment_id = a.id and e.version = a.version
    where e.to_status <> a.status limit 1";
/// An appointment with a change that does not begin where the one before it ended.
const STEPS: &str = "select e.appointment_id from appointment_events e
    left join appointment_events b on b.appointment_id = e.appointment_id and b.version = e.version - 1
    where e.from_status is distinct from b.to_status limit 1";
/// A message about an appointment that does not exist.
const MESSAGES: Statement = Statement {
    sqlite: "select o.id from outbox o, json_each(o.appointments) named
        where not exists (select 1 from appointments a where a.id = unhex(named.value, '-')) limit 1",
    postgres: "select o.id from outbox o cross join json_array_elements_text(o.appointments::json) named
        where not exists (select 1 from appointments a where a.id = named::uuid) limit 1",
};

/// How many records there are.
///
/// # Errors
/// The database's.
pub async fn count(conn: &mut Conn<'_>) -> Result<Counts, Error> {
    conn.fetch_one(COUNTS, ()).await
}

/// The first thing in which the records contradict each other, in a sentence that names one of them; none if they
/// agree.
///
/// # Errors
/// The database's.
pub async fn first_difference(conn: &mut Conn<'_>) -> Result<Option<String>, Error> {
    if let Some(damage) = damage(conn).await? {
        return Ok(Some(damage));
    }
    let rules: [(Statement, &str, &str); 7] = [
        (DOCTORS_OVERLAP.into(), "appointment", "overlaps another one of its doctor"),
        (PATIENTS_OVERLAP.into(), "appointment", "overlaps another one of its patient"),
        (RESOURCES_OVERLAP.into(), "appointment", "overlaps another one in its room or with its device"),
        (GAPS.into(), "appointment", "has a history with gaps"),
        (STATUSES.into(), "appointment", "has another status than its history ends with"),
        (STEPS.into(), "appointment", "has a change that does not begin where the one before it ended"),
        (MESSAGES, "message", "is about an appointment that does not exist"),
    ];
    for (rule, what, words) in rules {
        if let Some(id) = conn.fetch_optional_value::<Uuid>(rule, ()).await? {
            return Ok(Some(format!("{what} {id} {words}")));
        }
    }
    Ok(None)
}

/// What is wrong with an SQLite file, or with a reference to a row in it. PostgreSQL looks after both itself.
///
/// # Errors
/// The database's.
pub async fn damage(conn: &mut Conn<'_>) -> Result<Option<String>, Error> {
    let Conn::Sqlite(conn) = conn else {
        return Ok(None);
    };
    let found: String = sqlx::query_scalar("pragma integrity_check(1)").fetch_one(&mut **conn).await?;
    if found != "ok" {
        return Ok(Some(found.replace('\n', " ")));
    }
    let broken: Option<(String, Option<i64>, String, i64)> =
        sqlx::query_as("pragma foreign_key_check").fetch_optional(&mut **conn).await?;
    Ok(broken.map(|(table, _, parent, _)| format!("a row of {table} refers to one of {parent} that does not exist")))
}

//! Records that nobody needs any more: closed by themselves so many years after the last appointment.

use super::close::end_person;
use crate::{
    accounts::server::erasure::Why,
    booking::server::Author,
    clinic::server::clinic_zone,
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::PersonId,
    state::AppState,
    time::Timestamp,
};

/// People closed in one round of the job.
const AT_A_TIME: i64 = 50;

/// Patients of whom nothing has happened since `$1`: no appointment, no sign-in, nothing they wait for, and nobody for
/// whom they act whose record is needed.
macro_rules! unused_since {
    () => {
        "p.role = 'patient' and p.status = 'active' and p.created_at < $1
            and not exists (select 1 from appointments a where a.patient_id = p.id and a.ends_at >= $1)
            and not exists (select 1 from sessions s where s.person_id = p.id and s.created_at >= $1)
            and not exists (select 1 from waiting_entries e
                where (e.person_id = p.id or e.account_id = p.id) and (e.ended_at is null or e.ended_at >= $1))
            and not exists (select 1 from care_grants g where g.account_id = p.id and g.accepted_at is not null
                and g.revoked_at is null and exists (select 1 from appointments a
                    where a.patient_id = g.person_id and a.ends_at >= $1))
            and not exists (select 1 from care_grants g join sessions s on s.person_id = g.account_id
                where g.person_id = p.id and g.accepted_at is not null and g.revoked_at is null
                    and s.created_at >= $1)"
    };
}

/// What would be closed, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// With an account.
    pub accounts: i64,
    /// Without one: children, and patients whom the clinic added.
    pub records: i64,
    /// Their appointments, whose times and histories stay.
    pub appointments: i64,
    /// Files of theirs that would be deleted.
    pub papers: i64,
}

/// The moment that is so many years ago, on the clinic's calendar.
async fn years_ago(conn: &mut Conn<'_>, years: u32, now: Timestamp) -> Result<Timestamp, Error> {
    let zone = clinic_zone(conn).await?;
    let years = i16::try_from(years).unwrap_or(i16::MAX);
    Ok(zone.window_start(zone.local_date(now).plus_years(-years), 0))
}

/// Counts whom a round would close now, and changes nothing.
///
/// # Errors
/// The database's.
pub async fn count(app: &AppState, years: u32) -> Result<Counts, AppError> {
    const PERSONS: &str = concat!("select count(p.password_hash), count(*) from persons p where ", unused_since!());
    const APPOINTMENTS: &str = concat!(
        "select count(*) from appointments a join persons p on p.id = a.patient_id where a.status <> 'held' and ",
        unused_since!()
    );
    const PAPERS: &str = concat!(
        "select count(*) from papers f join persons p on p.id = f.patient_id
        where f.state in ('waiting', 'ready') and ",
        unused_since!()
    );
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let since = years_ago(conn, years, app.clock.now()).await?;
    let (accounts, all): (i64, i64) = conn.fetch_one(PERSONS, (since,)).await?;
    Ok(Counts {
        accounts,
        records: all - accounts,
        appointments: conn.fetch_value(APPOINTMENTS, (since,)).await?,
        papers: conn.fetch_value(PAPERS, (since,)).await?,
    })
}

/// One round: closes some of those whose time is over, each in a unit of its own that looks again. Returns how many;
/// none where the settings keep everything.
///
/// # Errors
/// The database's.
pub async fn work(app: &AppState) -> Result<u64, AppError> {
    const DUE: &str = concat!("select p.id from persons p where ", unused_since!(), " order by p.id limit $2");
    let years = app.settings.data.retention_years;
    if years == 0 {
        return Ok(0);
    }
    let now = app.clock.now();
    let (since, due) = {
        let mut reader = app.db.read().await?;
        let conn = &mut reader.conn();
        let since = years_ago(conn, years, now).await?;
        let due: Vec<PersonId> = conn.fetch_values(DUE, (since, AT_A_TIME)).await?;
        (since, due)
    };
    let mut closed = 0;
    for person in due {
        closed += u64::from(app.db.write(CloseUnused { person, since, now }).await?);
    }
    Ok(closed)
}

/// Closes one record, unless something has happened meanwhile.
struct CloseUnused {
    person: PersonId,
    since: Timestamp,
    now: Timestamp,
}

impl WriteUnit for CloseUnused {
    const NAME: &'static str = "close_unused_record";
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        const STILL: &str = concat!("select count(*) from persons p where p.id = $2 and ", unused_since!());
        let still: i64 = tx.fetch_value(STILL, (self.since, self.person)).await?;
        if still == 0 {
            return Ok(false);
        }
        end_person(tx, self.person, Why::Retention, Author::SYSTEM, 0, self.now).await?;
        Ok(true)
    }
}

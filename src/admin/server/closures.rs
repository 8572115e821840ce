//! Days on which a whole location is closed.

use std::collections::HashMap;

use sqlx::FromRow;
use uuid::Uuid;

use super::settings::invalid;
use crate::{
    admin::model::{
        locations::{BookedDay, ClosureForm, ClosureRow, ClosuresData},
        settings::MAX_LINE,
    },
    availability::server::{Location, load_locations, occupies},
    clinic::server::audit::{self, Author, Entry},
    db::{Conn, Error, Tx, WriteUnit, on},
    error::{AppError, FieldCode},
    ids::{ClosureId, DoctorId, LocationId},
    state::AppState,
    text::{check_line, figures, is_blank, line},
    time::{Timestamp, server::LocalDate},
    web::request::Actor,
};

/// Appointments named when the page asks whether they stay.
const NAMED: usize = 10;
/// Closures shown that are over.
const PAST: usize = 20;

#[derive(Clone, Debug, FromRow)]
struct Row {
    id: ClosureId,
    location_id: LocationId,
    first_date: LocalDate,
    last_date: LocalDate,
    reason: String,
}

/// The closures of all locations.
///
/// # Errors
/// The database's.
pub async fn closures(app: &AppState) -> Result<ClosuresData, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let locations = load_locations(conn).await?;
    let mut booked = booked_days(conn, now, &locations).await?;
    const SQL: &str =
        "select id, location_id, first_date, last_date, reason from closures order by first_date, last_date, id";
    let rows: Vec<Row> = on!(conn, |c| sqlx::query_as(SQL).fetch_all(c).await.map_err(Error::from)?);
    let (mut coming, mut past) = (Vec::new(), Vec::new());
    for row in rows {
        let Some(location) = locations.get(&row.location_id) else { continue };
        let today = location.zone.local_date(now);
        let list = if row.last_date < today { &mut past } else { &mut coming };
        list.push(ClosureRow {
            id: row.id,
            location: location.name.clone(),
            days: days_words(row.first_date, row.last_date, today),
            reason: row.reason,
            booked: booked.remove(&row.id).unwrap_or_default(),
        });
    }
    past.reverse();
    past.truncate(PAST);
    let mut locations: Vec<_> = locations.into_values().map(|location| (location.id, location.name)).collect();
    locations.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(ClosuresData { locations, coming, past })
}

pub(super) fn days_words(first: LocalDate, last: LocalDate, today: LocalDate) -> String {
    let first_words = first.day_words(today);
    if first == last { first_words } else { format!("{first_words} to {}", last.day_words(today)) }
}

#[derive(FromRow)]
struct BookedRow {
    closure: ClosureId,
    location_id: LocationId,
    doctor: String,
    slug: String,
    day: String,
    appointments: i64,
}

/// The appointments ahead that fall into closures, counted by doctor and day.
async fn booked_days(
    conn: &mut Conn<'_>,
    now: Timestamp,
    locations: &HashMap<LocationId, Location>,
) -> Result<HashMap<ClosureId, Vec<BookedDay>>, Error> {
    const SQL: &str = concat!(
        "select c.id as closure, c.location_id, d.name as doctor, d.slug, substr(a.local_start, 1, 10) as day,
            count(*) as appointments
        from closures c
        join appointment_terms t on t.location_id = c.location_id
        join appointments a on a.terms_id = t.id
            and substr(a.local_start, 1, 10) between cast(c.first_date as text) and cast(c.last_date as text)
        join doctors d on d.id = a.doctor_id
        where a.starts_at > $1 and a.status <> 'held' and ",
        occupies!("a", "$1"),
        " group by c.id, c.location_id, d.name, d.slug, substr(a.local_start, 1, 10)
        order by day, doctor, slug"
    );
    let rows: Vec<BookedRow> = conn.fetch_all(SQL, (now,)).await?;
    let mut days: HashMap<ClosureId, Vec<BookedDay>> = HashMap::new();
    for BookedRow { closure, location_id, doctor, slug, day, appointments } in rows {
        let date: LocalDate = day.parse().map_err(|_| Error::Corrupt("local start"))?;
        let today = locations.get(&location_id).map_or(date, |location| location.zone.local_date(now));
        days.entry(closure).or_default().push(BookedDay {
            doctor,
            doctor_slug: slug,
            day: date.day_words(today),
            date: day,
            appointments: u32::try_from(appointments).unwrap_or_default(),
        });
    }
    Ok(days)
}

/// A checked form.
pub(super) struct Wanted {
    pub location: LocationId,
    pub first: LocalDate,
    pub last: LocalDate,
    pub reason: String,
    pub keep_appointments: Option<u32>,
}

fn check(form: ClosureForm) -> Result<Wanted, AppError> {
    let location: Option<LocationId> = form.location.parse().ok();
    let first = typed_date(&form.first);
    let no_last = form.last.iter().all(|part| is_blank(part));
    let last = if no_last { first } else { typed_date(&form.last) };
    let last_code = match (first, last) {
        (Ok(first), Ok(last)) if last < first => Some(FieldCode::EndsBeforeStart),
        _ if no_last => None,
        (_, last) => last.err(),
    };
    invalid([
        ("location", location.is_none().then_some(FieldCode::Unknown)),
        ("first", first.err()),
        ("last", last_code),
        ("reason", check_line(&form.reason, MAX_LINE)),
    ])?;
    Ok(Wanted {
        location: location.ok_or(AppError::BadRequest)?,
        first: first.map_err(|code| AppError::field("first", code))?,
        last: last.map_err(|code| AppError::field("last", code))?,
        reason: line(&form.reason),
        keep_appointments: form.keep_appointments,
    })
}

fn typed_date([day, month, year]: &[String; 3]) -> Result<LocalDate, FieldCode> {
    if [day, month, year].iter().all(|part| is_blank(part)) {
        return Err(FieldCode::Missing);
    }
    LocalDate::from_typed(&figures(day), &figures(month), &figures(year)).map_err(|_| FieldCode::NotADate)
}

/// Closes a location for some days. Booked appointments do not change. Adding the same closure twice makes one.
///
/// # Errors
/// [`AppError::Invalid`] naming `location`, `first`, `last` or `reason`; [`AppError::AppointmentsOutside`] with the
/// appointments that are booked on those days, unless the form states their number.
pub async fn add(app: &AppState, actor: Actor, form: ClosureForm) -> Result<(), AppError> {
    let (wanted, now) = (check(form)?, app.clock.now());
    let id = ClosureId(Uuid::now_v7());
    app.db.write(AddClosure { actor, id, wanted, now }).await?;
    Ok(())
}

/// Closes a location, if the number of appointments on those days is the one that the form states.
struct AddClosure {
    actor: Actor,
    id: ClosureId,
    wanted: Wanted,
    now: Timestamp,
}

impl WriteUnit for AddClosure {
    const NAME: &'static str = "add_closure";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let Wanted { location, first, keep_appointments, .. } = &self.wanted;
        let locations = load_locations(tx).await?;
        let location = locations.get(location).ok_or_else(|| AppError::field("location", FieldCode::Unknown))?;
        if *first < location.zone.local_date(self.now) {
            return Err(AppError::field("first", FieldCode::InThePast).into());
        }
        if is_there(tx, &self.wanted).await? {
            return Ok(());
        }
        let appointments = appointments_within(tx, &self.wanted, self.now).await?;
        let all = u32::try_from(appointments.len()).unwrap_or(u32::MAX);
        if all > 0 && *keep_appointments != Some(all) {
            let words = |(start, doctor, appointment): &(Timestamp, String, String)| {
                format!("{}: {doctor}, {appointment}", location.zone.moment_words(*start, self.now))
            };
            let appointments = appointments.iter().take(NAMED).map(words).collect();
            return Err(AppError::AppointmentsOutside { appointments, all }.into());
        }
        insert(tx, self.actor.into(), self.id, location, &self.wanted, (all, self.now)).await?;
        raise_versions(tx).await
    }
}

/// Whether the location is closed on these days for this reason already.
pub(super) async fn is_there(conn: &mut Conn<'_>, wanted: &Wanted) -> Result<bool, Error> {
    const SQL: &str = "select count(*) from closures
        where location_id = $1 and first_date = $2 and last_date = $3 and reason = $4";
    let same: i64 = conn.fetch_value(SQL, (wanted.location, wanted.first, wanted.last, &wanted.reason)).await?;
    Ok(same > 0)
}

/// Writes the closure, and into the audit log how many appointments stay.
pub(super) async fn insert(
    tx: &mut Tx<'_>,
    by: Author,
    id: ClosureId,
    location: &Location,
    wanted: &Wanted,
    (all, now): (u32, Timestamp),
) -> Result<(), Error> {
    const SQL: &str =
        "insert into closures (id, location_id, first_date, last_date, reason) values ($1, $2, $3, $4, $5)";
    let Wanted { first, last, reason, .. } = wanted;
    tx.execute(SQL, (id, location.id, *first, *last, reason)).await?;
    let days = days_words(*first, *last, location.zone.local_date(now));
    let details = format!("{}, {days}: {reason}; appointments that stay booked: {all}", location.name);
    record(tx, by, now, "closure.added", id, &details).await
}

/// The appointments there that begin on those days and are still to come: start, doctor, visit type.
pub(super) async fn appointments_within(
    conn: &mut Conn<'_>,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Vec<(Timestamp, String, String)>, Error> {
    const SQL: &str = concat!(
        "select a.starts_at, t.doctor_name, t.visit_type_name
        from appointments a join appointment_terms t on t.id = a.terms_id
        where t.location_id = $1 and substr(a.local_start, 1, 10) between $2 and $3 and a.starts_at > $4
            and a.status <> 'held' and ",
        occupies!("a", "$4"),
        " order by a.starts_at, t.doctor_name, a.id"
    );
    let (first, last) = (wanted.first.to_string(), wanted.last.to_string());
    conn.fetch_all(SQL, (wanted.location, first, last, now)).await
}

/// Raises the version of every calendar of the clinic, because each may look different now.
pub(super) async fn raise_versions(tx: &mut Tx<'_>) -> Result<(), Error> {
    const SQL: &str = "update doctors set schedule_version = schedule_version + 1 returning id";
    let doctors: Vec<DoctorId> = tx.fetch_values(SQL, ()).await?;
    doctors.into_iter().for_each(|doctor| tx.schedule_changed(doctor));
    Ok(())
}

/// Removes a closure: the doctors' hours on those days can be booked again.
///
/// # Errors
/// [`AppError::NotFound`]; the database's.
pub async fn remove(app: &AppState, actor: Actor, id: ClosureId) -> Result<(), AppError> {
    app.db.write(RemoveClosure { actor, id, now: app.clock.now() }).await?;
    Ok(())
}

/// Removes a closure.
struct RemoveClosure {
    actor: Actor,
    id: ClosureId,
    now: Timestamp,
}

impl WriteUnit for RemoveClosure {
    const NAME: &'static str = "remove_closure";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const FIND: &str = "select id, location_id, first_date, last_date, reason from closures where id = $1";
        const SQL: &str = "delete from closures where id = $1";
        let row: Option<Row> = tx.fetch_optional(FIND, (self.id,)).await?;
        let row = row.ok_or(AppError::NotFound)?;
        tx.execute(SQL, (self.id,)).await?;
        let locations = load_locations(tx).await?;
        let location = locations.get(&row.location_id).ok_or(Error::Corrupt("a closure without a location"))?;
        let days = days_words(row.first_date, row.last_date, location.zone.local_date(self.now));
        let details = format!("{}, {days}: {}", location.name, row.reason);
        record(tx, self.actor.into(), self.now, "closure.removed", self.id, &details).await?;
        raise_versions(tx).await
    }
}

async fn record(
    tx: &mut Tx<'_>,
    by: Author,
    now: Timestamp,
    action: &'static str,
    id: ClosureId,
    details: &str,
) -> Result<(), Error> {
    let entry = Entry { action, subject: "closure", subject_id: Some(id.0), details };
    audit::record(tx, by, now, entry).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(first: [&str; 3], last: [&str; 3]) -> ClosureForm {
        ClosureForm {
            location: Uuid::now_v7().to_string(),
            first: first.map(str::to_owned),
            last: last.map(str::to_owned),
            reason: "Holiday".into(),
            keep_appointments: None,
        }
    }

    fn code(form: ClosureForm, field: &str) -> Option<FieldCode> {
        check(form).err().and_then(|error| error.code_for(field))
    }

    #[test]
    fn one_day_needs_no_last_day_and_a_last_day_is_not_before_the_first() {
        let one = check(form(["24", "12", "2026"], ["", " ", ""])).expect("one day");
        assert_eq!((one.first, one.last), (one.last, one.first));
        let turned = form(["24", "12", "2026"], ["23", "12", "2026"]);
        assert_eq!(code(turned, "last"), Some(FieldCode::EndsBeforeStart));
        assert_eq!(code(form(["", "", ""], ["", "", ""]), "first"), Some(FieldCode::Missing));
        assert_eq!(code(form(["24", "12", "2026"], ["31", "2", "2027"]), "last"), Some(FieldCode::NotADate));
    }
}

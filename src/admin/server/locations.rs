//! Locations.

use sqlx::FromRow;
use uuid::Uuid;

use super::settings::invalid;
use crate::{
    accounts::model::{MAX_NAME, check_phone, kept_phone},
    admin::model::{
        locations::{LocationForm, LocationPageData, LocationRow, LocationView},
        settings::MAX_LINE,
    },
    availability::server::occupies,
    clinic::server::{
        audit::{self, Entry},
        clinic_zone, keep_zone,
    },
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldCode},
    ids::{DoctorId, LocationId},
    state::AppState,
    text::{check_line, is_blank, line},
    time::{
        Timestamp,
        server::{Zone, zone_names},
    },
    web::request::Actor,
};

/// A location and who works there.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Row {
    pub id: LocationId,
    pub name: String,
    address: String,
    phone: String,
    pub time_zone: String,
    doctors: i64,
}

impl Row {
    /// One text for each state of the location: what a page showed is compared with what is there.
    pub fn seen(&self) -> String {
        let parts = [&self.name, &self.address, &self.phone, &self.time_zone];
        let parts: Vec<&str> = parts.into_iter().map(String::as_str).collect();
        serde_json::to_string(&parts).unwrap_or_default()
    }
}

/// Every location, by name.
pub(super) async fn all(conn: &mut Conn<'_>) -> Result<Vec<Row>, Error> {
    const SQL: &str = "select l.id, l.name, l.address, l.phone, l.time_zone,
            (select count(distinct w.doctor_id) from weekly_hours w where w.location_id = l.id) as doctors
        from locations l order by l.name, l.id";
    conn.fetch_all(SQL, ()).await
}

/// Every location, by name.
///
/// # Errors
/// The database's.
pub async fn locations(app: &AppState) -> Result<Vec<LocationRow>, AppError> {
    let mut reader = app.db.read().await?;
    let rows = all(&mut reader.conn()).await?;
    let row = |Row { id, name, address, phone, time_zone, doctors }| {
        let doctors = u32::try_from(doctors).unwrap_or_default();
        LocationRow { id, name, address, phone, time_zone, doctors }
    };
    Ok(rows.into_iter().map(row).collect())
}

/// What the page of one location needs; `new` is one that does not exist yet.
///
/// # Errors
/// [`AppError::NotFound`]; the database's.
pub async fn location(app: &AppState, id: &str) -> Result<LocationPageData, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let rows = all(conn).await?;
    let usual_zone = if rows.is_empty() { String::new() } else { clinic_zone(conn).await?.name().to_owned() };
    let location = match id {
        "new" => None,
        id => {
            let id: LocationId = id.parse().map_err(|_| AppError::NotFound)?;
            let row = rows.into_iter().find(|row| row.id == id).ok_or(AppError::NotFound)?;
            Some(view(conn, row, now).await?)
        }
    };
    Ok(LocationPageData { location, usual_zone, zones: zone_names() })
}

async fn view(conn: &mut Conn<'_>, row: Row, now: Timestamp) -> Result<LocationView, Error> {
    const SQL: &str = "select count(*) from appointments a join appointment_terms t on t.id = a.terms_id
        where t.location_id = $1 and a.status not in ('held', 'expired')";
    let appointments: i64 = conn.fetch_value(SQL, (row.id,)).await?;
    let ahead = appointments_ahead(conn, row.id, now).await?;
    let seen = row.seen();
    let Row { id, name, address, phone, time_zone, doctors } = row;
    let [doctors, appointments, ahead] =
        [doctors, appointments, ahead].map(|count| u32::try_from(count).unwrap_or_default());
    Ok(LocationView { id, name, address, phone, time_zone, seen, doctors, appointments, ahead })
}

/// Appointments at the location that are not over: booked or under way, and what is held or requested and has not run
/// out.
async fn appointments_ahead(conn: &mut Conn<'_>, location: LocationId, now: Timestamp) -> Result<i64, Error> {
    const SQL: &str = concat!(
        "select count(*) from appointments a join appointment_terms t on t.id = a.terms_id
        where t.location_id = $1 and a.ends_at > $2 and a.starts_at > $3 and ",
        occupies!("a", "$2")
    );
    // no appointment lasts a day
    let yesterday = now.plus_minutes(-24 * 60);
    conn.fetch_value(SQL, (location, now, yesterday)).await
}

/// A checked form.
struct Wanted {
    id: Option<LocationId>,
    name: String,
    address: String,
    phone: String,
    zone: Zone,
    seen: String,
}

fn check(form: LocationForm) -> Result<Wanted, AppError> {
    let LocationForm { id, name, address, phone, time_zone, seen } = form;
    let zone = Zone::parse(&line(&time_zone));
    let zone_code = if is_blank(&time_zone) { FieldCode::Missing } else { FieldCode::UnknownZone };
    let no_phone = is_blank(&phone).then_some(FieldCode::Missing);
    invalid([
        ("name", check_line(&name, MAX_NAME)),
        ("address", check_line(&address, MAX_LINE)),
        ("phone", no_phone.or_else(|| check_phone(&phone))),
        ("time_zone", zone.is_none().then_some(zone_code)),
    ])?;
    let (name, address, phone) = (line(&name), line(&address), kept_phone(&phone));
    let zone = zone.ok_or_else(|| AppError::field("time_zone", FieldCode::UnknownZone))?;
    Ok(Wanted { id, name, address, phone, zone, seen })
}

/// Saves a location, or adds one. Booked appointments keep the address and the local time they were booked with.
///
/// # Errors
/// [`AppError::Invalid`] naming the fields; [`AppError::NotFound`]; [`AppError::Conflict`] when it was changed since
/// the page was made; [`AppError::AppointmentsAhead`] for another zone while appointments are booked there: their local
/// times would no longer be true. [`super::location_zone`] says what becomes of them.
pub async fn save(app: &AppState, actor: Actor, form: LocationForm) -> Result<(), AppError> {
    let (wanted, now) = (check(form)?, app.clock.now());
    let new = LocationId(Uuid::now_v7());
    app.db.write(SaveLocation { actor, new, wanted, now }).await?;
    Ok(app.clinic.read_clock().await?)
}

/// Writes a checked form. `new` is the id of a location that it adds.
struct SaveLocation {
    actor: Actor,
    new: LocationId,
    wanted: Wanted,
    now: Timestamp,
}

impl WriteUnit for SaveLocation {
    const NAME: &'static str = "save_location";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        match self.wanted.id {
            Some(id) => self.change(tx, id).await,
            None => self.insert(tx).await,
        }
    }
}

impl SaveLocation {
    async fn insert(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "insert into locations (id, name, address, phone, time_zone) values ($1, $2, $3, $4, $5)";
        let wanted = &self.wanted;
        refuse_twin(&all(tx).await?, None, &wanted.name)?;
        write(tx, SQL, self.new, wanted).await?;
        keep_zone(tx).await?;
        let details = format!("{}, {}", wanted.name, wanted.zone.name());
        record(tx, self.actor, self.now, "location.added", self.new, &details).await?;
        calendars_changed(tx).await
    }

    async fn change(&self, tx: &mut Tx<'_>, id: LocationId) -> Result<(), Error> {
        const SQL: &str = "update locations set name = $2, address = $3, phone = $4, time_zone = $5 where id = $1";
        let wanted = &self.wanted;
        let known = all(tx).await?;
        let before = known.iter().find(|row| row.id == id).ok_or(AppError::NotFound)?;
        let changes = changes(before, wanted);
        if changes.is_empty() {
            return Ok(());
        }
        if before.seen() != wanted.seen {
            return Err(AppError::Conflict.into());
        }
        refuse_twin(&known, Some(id), &wanted.name)?;
        if before.time_zone != wanted.zone.name() {
            let appointments = appointments_ahead(tx, id, self.now).await?;
            if appointments > 0 {
                return Err(AppError::AppointmentsAhead { appointments }.into());
            }
        }
        keep_zone(tx).await?;
        write(tx, SQL, id, wanted).await?;
        let details = format!("{}: {changes}", wanted.name);
        record(tx, self.actor, self.now, "location.changed", id, &details).await?;
        calendars_changed(tx).await
    }
}

/// Raises the version of every doctor's calendar: staff may book at any location, whatever the doctor's hours.
pub(super) async fn calendars_changed(tx: &mut Tx<'_>) -> Result<(), Error> {
    const SQL: &str = "update doctors set schedule_version = schedule_version + 1 returning id";
    let doctors: Vec<DoctorId> = tx.fetch_values(SQL, ()).await?;
    doctors.into_iter().for_each(|doctor| tx.schedule_changed(doctor));
    Ok(())
}

async fn write(tx: &mut Tx<'_>, sql: &'static str, id: LocationId, wanted: &Wanted) -> Result<(), Error> {
    tx.execute(sql, (id, &wanted.name, &wanted.address, &wanted.phone, wanted.zone.name())).await?;
    Ok(())
}

/// What is different, for the audit log.
fn changes(before: &Row, wanted: &Wanted) -> String {
    [
        ("name", before.name.as_str(), wanted.name.as_str()),
        ("address", &before.address, &wanted.address),
        ("phone", &before.phone, &wanted.phone),
        ("time zone", &before.time_zone, wanted.zone.name()),
    ]
    .into_iter()
    .filter(|(_, before, after)| before != after)
    .map(|(what, before, after)| format!("{what} {before} to {after}"))
    .collect::<Vec<_>>()
    .join("; ")
}

fn refuse_twin(known: &[Row], except: Option<LocationId>, name: &str) -> Result<(), AppError> {
    let name = name.to_lowercase();
    let twin = known.iter().any(|row| Some(row.id) != except && row.name.to_lowercase() == name);
    if twin { Err(AppError::field("name", FieldCode::NameTaken)) } else { Ok(()) }
}

/// Removes a location where no doctor has hours and no appointment ever was, with its closures. The last one stays,
/// because calendars need a zone.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`] naming `remove` while it is in use.
pub async fn remove(app: &AppState, actor: Actor, id: LocationId) -> Result<(), AppError> {
    app.db.write(RemoveLocation { actor, id, now: app.clock.now() }).await?;
    Ok(app.clinic.read_clock().await?)
}

/// Removes a location that nothing uses and that is not the last one.
struct RemoveLocation {
    actor: Actor,
    id: LocationId,
    now: Timestamp,
}

impl WriteUnit for RemoveLocation {
    const NAME: &'static str = "remove_location";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const USES: &str = "select (select count(*) from weekly_hours where location_id = $1)
            + (select count(*) from overrides where location_id = $1)
            + (select count(*) from appointment_terms where location_id = $1)
            + (select count(*) from invitations where location_id = $1 and used_at is null and revoked_at is null)";
        let known = all(tx).await?;
        let row = known.iter().find(|row| row.id == self.id).ok_or(AppError::NotFound)?;
        let uses: i64 = tx.fetch_value(USES, (self.id,)).await?;
        if uses > 0 || known.len() == 1 {
            return Err(AppError::field("remove", FieldCode::InUse).into());
        }
        keep_zone(tx).await?;
        for sql in [
            "update invitations set location_id = null where location_id = $1",
            "delete from closures where location_id = $1",
            "delete from resources where location_id = $1",
            "delete from locations where id = $1",
        ] {
            tx.execute(sql, (self.id,)).await?;
        }
        record(tx, self.actor, self.now, "location.removed", self.id, &row.name).await?;
        calendars_changed(tx).await
    }
}

/// Writes a line about a location into the audit log.
pub(super) async fn record(
    tx: &mut Tx<'_>,
    actor: Actor,
    now: Timestamp,
    action: &'static str,
    id: LocationId,
    details: &str,
) -> Result<(), Error> {
    let entry = Entry { action, subject: "location", subject_id: Some(id.0), details };
    audit::record(tx, actor.into(), now, entry).await
}

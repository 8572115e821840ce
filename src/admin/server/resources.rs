//! Rooms and devices: which a location has, and from when one is out of use.

use sqlx::FromRow;
use uuid::Uuid;

use super::{resource_plan, settings::invalid};
use crate::{
    admin::model::resources::{
        KindView, MAX_RESOURCE_NAME, NewResourceForm, ResourceForm, ResourcePageData, ResourceRow, ResourcesPageData,
    },
    availability::server::{load_locations, occupies},
    clinic::server::audit::{self, Entry},
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldCode},
    ids::{DoctorId, LocationId, ResourceId, ResourceKindId},
    state::AppState,
    text::{check_line, figures, is_blank, line},
    time::{Timestamp, server::LocalDate},
    web::request::Actor,
};

/// A row of `resources`, with its kind and its appointments ahead.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Row {
    pub id: ResourceId,
    pub kind_id: ResourceKindId,
    pub kind: String,
    pub location_id: LocationId,
    pub name: String,
    pub out_of_use_from: Option<LocalDate>,
    version: i32,
    ahead: i64,
}

/// All of a location, by kind and name.
async fn at_location(conn: &mut Conn<'_>, location: LocationId, now: Timestamp) -> Result<Vec<Row>, Error> {
    const SQL: &str = concat!(
        "select r.id, r.kind_id, k.name as kind, r.location_id, r.name, r.out_of_use_from, r.version,
            (select count(*) from appointments a where a.resource_id = r.id and a.starts_at > $2 and a.status <> 'held' and ",
        occupies!("a", "$2"),
        ") as ahead
        from resources r join resource_kinds k on k.id = r.kind_id
        where r.location_id = $1 order by k.name, r.name"
    );
    conn.fetch_all(SQL, (location, now)).await
}

async fn kinds(conn: &mut Conn<'_>) -> Result<Vec<(ResourceKindId, String, i64)>, Error> {
    const SQL: &str = "select k.id, k.name,
            (select count(*) from visit_types v where v.resource_kind_id = k.id and v.active) as visit_types
        from resource_kinds k order by k.name";
    conn.fetch_all(SQL, ()).await
}

/// The row with this id, and its location's other rows.
async fn find(conn: &mut Conn<'_>, id: &str, now: Timestamp) -> Result<(Row, Vec<Row>), Error> {
    const SQL: &str = "select location_id from resources where id = $1";
    let id: ResourceId = id.parse().map_err(|_| AppError::NotFound)?;
    let location = conn.fetch_optional_value(SQL, (id,)).await?.ok_or(AppError::NotFound)?;
    let (mut own, others): (Vec<Row>, Vec<Row>) =
        at_location(conn, location, now).await?.into_iter().partition(|row| row.id == id);
    Ok((own.pop().ok_or(AppError::NotFound)?, others))
}

/// The rooms and devices of a location.
///
/// # Errors
/// [`AppError::NotFound`]; the database's.
pub async fn resources(app: &AppState, location: &str) -> Result<ResourcesPageData, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let id: LocationId = location.parse().map_err(|_| AppError::NotFound)?;
    let locations = load_locations(conn).await?;
    let location = locations.get(&id).ok_or(AppError::NotFound)?;
    let today = location.zone.local_date(now);
    let all = kinds(conn).await?;
    let rows = at_location(conn, id, now).await?;
    let count = |number: i64| u32::try_from(number).unwrap_or_default();
    let row = |row: &Row| ResourceRow {
        id: row.id,
        name: row.name.clone(),
        out_of_use_from: row.out_of_use_from.map(|date| date.day_words(today)).unwrap_or_default(),
        ahead: count(row.ahead),
    };
    let view = |(kind, name, visit_types): &(ResourceKindId, String, i64)| KindView {
        id: *kind,
        name: name.clone(),
        visit_types: count(*visit_types),
        rows: rows.iter().filter(|row| row.kind_id == *kind).map(row).collect(),
    };
    Ok(ResourcesPageData {
        location: id,
        location_name: location.name.clone(),
        kinds: all.iter().map(view).filter(|kind| !kind.rows.is_empty()).collect(),
        all_kinds: all.into_iter().map(|(id, name, _)| (id, name)).collect(),
    })
}

/// One room or device.
///
/// # Errors
/// [`AppError::NotFound`]; the database's.
pub async fn resource(app: &AppState, id: &str) -> Result<ResourcePageData, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let (row, _) = find(conn, id, now).await?;
    let locations = load_locations(conn).await?;
    let location = locations.get(&row.location_id).ok_or(AppError::NotFound)?;
    let stranded = match row.out_of_use_from {
        Some(from) => resource_plan::stranded(conn, row.id, from, location, now).await?,
        None => Vec::new(),
    };
    Ok(ResourcePageData {
        id: row.id,
        location: row.location_id,
        location_name: location.name.clone(),
        kind: row.kind,
        name: row.name,
        out_of_use_from: row.out_of_use_from.map(|date| date.to_string()).unwrap_or_default(),
        version: row.version,
        ahead: u32::try_from(row.ahead).unwrap_or_default(),
        stranded,
    })
}

/// Adds a room or device, and its kind if that is new.
///
/// # Errors
/// [`AppError::Invalid`] naming `new_kind` or `name`; [`AppError::NotFound`] for an unknown location.
pub async fn add(app: &AppState, actor: Actor, form: NewResourceForm) -> Result<(), AppError> {
    let kind: Option<ResourceKindId> = form.kind.parse().ok();
    invalid([
        ("new_kind", check_line(&form.new_kind, MAX_RESOURCE_NAME).filter(|_| kind.is_none())),
        ("name", check_line(&form.name, MAX_RESOURCE_NAME)),
    ])?;
    let location = form.location.parse().map_err(|_| AppError::NotFound)?;
    let unit = AddResource {
        actor,
        id: ResourceId(Uuid::now_v7()),
        location,
        kind,
        new_kind: (ResourceKindId(Uuid::now_v7()), line(&form.new_kind)),
        name: line(&form.name),
        now: app.clock.now(),
    };
    Ok(app.db.write(unit).await?)
}

/// Adds a room or device.
struct AddResource {
    actor: Actor,
    id: ResourceId,
    location: LocationId,
    kind: Option<ResourceKindId>,
    /// The kind to add when none is chosen.
    new_kind: (ResourceKindId, String),
    name: String,
    now: Timestamp,
}

impl WriteUnit for AddResource {
    const NAME: &'static str = "add_resource";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const KIND: &str = "insert into resource_kinds (id, name) values ($1, $2)";
        const SQL: &str = "insert into resources (id, kind_id, location_id, name) values ($1, $2, $3, $4)";
        let locations = load_locations(tx).await?;
        let location = locations.get(&self.location).ok_or(AppError::NotFound)?;
        refuse_twin(&at_location(tx, self.location, self.now).await?, &self.name)?;
        let known = kinds(tx).await?;
        let (new, new_name) = &self.new_kind;
        let same = |name: &str| name.to_lowercase() == new_name.to_lowercase();
        let found = known.iter().find(|(id, name, _)| match self.kind {
            Some(kind) => kind == *id,
            None => same(name),
        });
        let kind = match (found, self.kind) {
            (Some((id, ..)), _) => *id,
            (None, Some(_)) => return Err(AppError::field("kind", FieldCode::Unknown).into()),
            (None, None) => {
                tx.execute(KIND, (*new, new_name)).await?;
                *new
            }
        };
        tx.execute(SQL, (self.id, kind, self.location, &self.name)).await?;
        let details = format!("{}, {}", location.name, self.name);
        record(tx, self.actor, self.now, "room.added", Some(self.id.0), &details).await?;
        calendars_changed(tx, kind).await
    }
}

fn refuse_twin(others: &[Row], name: &str) -> Result<(), AppError> {
    let name = name.to_lowercase();
    let twin = others.iter().any(|row| row.name.to_lowercase() == name);
    if twin { Err(AppError::field("name", FieldCode::NameTaken)) } else { Ok(()) }
}

/// Gives a room or device another name, takes it out of use from a date, or back into use. Appointments that lose it get
/// another one of its kind where one is free; the others stay as they are, for staff to move.
///
/// # Errors
/// [`AppError::Invalid`] naming `name` or `out`; [`AppError::AppointmentsOutside`] with the appointments that lose it and
/// what becomes of each, unless the form states their number; [`AppError::Conflict`] for a stale version;
/// [`AppError::NotFound`].
pub async fn save(app: &AppState, actor: Actor, form: ResourceForm) -> Result<(), AppError> {
    let out = typed_date(&form.out);
    invalid([("name", check_line(&form.name, MAX_RESOURCE_NAME)), ("out", out.as_ref().err().copied())])?;
    let out = out.ok().flatten();
    Ok(app.db.write(SaveResource { actor, form, out, now: app.clock.now() }).await?)
}

fn typed_date([day, month, year]: &[String; 3]) -> Result<Option<LocalDate>, FieldCode> {
    if [day, month, year].iter().all(|part| is_blank(part)) {
        return Ok(None);
    }
    let date = LocalDate::from_typed(&figures(day), &figures(month), &figures(year));
    date.map(Some).map_err(|_| FieldCode::NotADate)
}

/// Writes a checked form.
struct SaveResource {
    actor: Actor,
    form: ResourceForm,
    /// The first date on which it is out of use.
    out: Option<LocalDate>,
    now: Timestamp,
}

impl WriteUnit for SaveResource {
    const NAME: &'static str = "save_resource";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update resources set name = $2, out_of_use_from = $3, version = version + 1 where id = $1";
        let SaveResource { actor, form, out, now } = self;
        let (row, others) = find(tx, &form.id, *now).await?;
        if row.version != form.version {
            return Err(AppError::Conflict.into());
        }
        let name = line(&form.name);
        refuse_twin(&others, &name)?;
        let locations = load_locations(tx).await?;
        let location = locations.get(&row.location_id).ok_or(AppError::NotFound)?;
        let (today, is_new) = (location.zone.local_date(*now), *out != row.out_of_use_from);
        if out.is_some_and(|from| is_new && from < today) {
            return Err(AppError::field("out", FieldCode::InThePast).into());
        }
        tx.execute(SQL, (row.id, &name, *out)).await?;
        if let Some(from) = out.filter(|_| is_new) {
            resource_plan::give_others(tx, &row, from, location, form.keep_appointments, *now).await?;
        }
        let details = match out {
            Some(from) => format!("{}, {name}, out of use from {from}", location.name),
            None => format!("{}, {name}", location.name),
        };
        record(tx, *actor, *now, "room.changed", Some(row.id.0), &details).await?;
        calendars_changed(tx, row.kind_id).await
    }
}

/// Gives a kind another name.
///
/// # Errors
/// [`AppError::Invalid`] naming `kind_name`; [`AppError::NotFound`].
pub async fn rename_kind(app: &AppState, actor: Actor, kind: &str, name: &str) -> Result<(), AppError> {
    invalid([("kind_name", check_line(name, MAX_RESOURCE_NAME))])?;
    let kind = kind.parse().map_err(|_| AppError::NotFound)?;
    let unit = RenameKind { actor, kind, name: line(name), now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Gives a kind another name.
struct RenameKind {
    actor: Actor,
    kind: ResourceKindId,
    name: String,
    now: Timestamp,
}

impl WriteUnit for RenameKind {
    const NAME: &'static str = "rename_resource_kind";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update resource_kinds set name = $2 where id = $1";
        let known = kinds(tx).await?;
        let (_, before, _) = known.iter().find(|(id, ..)| *id == self.kind).ok_or(AppError::NotFound)?;
        let same = |name: &str| name.to_lowercase() == self.name.to_lowercase();
        if known.iter().any(|(id, name, _)| *id != self.kind && same(name)) {
            return Err(AppError::field("kind_name", FieldCode::NameTaken).into());
        }
        tx.execute(SQL, (self.kind, &self.name)).await?;
        let details = format!("{before} to {}", self.name);
        record(tx, self.actor, self.now, "room.kind_renamed", None, &details).await
    }
}

/// Raises the versions of the calendars of all doctors who need rooms or devices of this kind.
async fn calendars_changed(tx: &mut Tx<'_>, kind: ResourceKindId) -> Result<(), Error> {
    const SQL: &str = "update doctors set schedule_version = schedule_version + 1
        where id in (select doctor_id from visit_types where resource_kind_id = $1) returning id";
    let doctors: Vec<DoctorId> = tx.fetch_values(SQL, (kind,)).await?;
    doctors.into_iter().for_each(|doctor| tx.schedule_changed(doctor));
    Ok(())
}

async fn record(
    tx: &mut Tx<'_>,
    actor: Actor,
    now: Timestamp,
    action: &'static str,
    id: Option<Uuid>,
    details: &str,
) -> Result<(), Error> {
    audit::record(tx, actor.into(), now, Entry { action, subject: "room", subject_id: id, details }).await
}

//! A doctor's visit types. A change applies to appointments booked from then on: a booked appointment has its own copy.

use sqlx::FromRow;
use uuid::Uuid;

use super::{
    schedule::Audience,
    schedule_editor::ScheduleEditor,
    visit_type_form::{VisitTypeColumns, fresh, read},
};
use crate::{
    availability::{
        model::visit_types::{Unit, VisitTypeInput, VisitTypeList, VisitTypePageData, VisitTypeRow},
        server::bump,
    },
    clinic::server::{audit, load_settings},
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldCode},
    ids::{DoctorId, ResourceKindId, VisitTypeId},
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

const COLUMNS: &str = "select id, name, mode, minutes, buffer_before_minutes, buffer_after_minutes, step_minutes,
        notice_minutes, horizon_days, daily_cap, audience, needs_approval, cutoff_minutes, late_cancel, instructions,
        active, most_at_once, resource_kind_id
    from visit_types where doctor_id = $1 order by position, id";

/// The visit types of the doctor whose calendar `actor` may work on.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] for another doctor's calendar.
pub async fn visit_types(app: &AppState, actor: Actor, slug: &str) -> Result<VisitTypeList, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let editor = ScheduleEditor::open(conn, actor, slug, app.clock.now()).await?;
    let rows = columns(conn, editor.calendar.doctor).await?;
    let kinds = kinds(conn).await?;
    let rows = rows.into_iter().map(|columns| row(columns, &kinds)).collect();
    Ok(VisitTypeList { editing: editor.editing(), rows })
}

/// One visit type, or what a new one begins with when `id` is empty.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown one; those of [`visit_types`].
pub async fn visit_type(app: &AppState, actor: Actor, slug: &str, id: &str) -> Result<VisitTypePageData, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let editor = ScheduleEditor::open(conn, actor, slug, app.clock.now()).await?;
    let editing = editor.editing();
    let kinds = kinds(conn).await?.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    if id.is_empty() {
        let clinic = load_settings(conn, &app.settings.clinic).await?;
        let saved = fresh(clinic.cutoff_minutes);
        return Ok(VisitTypePageData { editing, id: String::new(), saved, last_offered: false, kinds });
    }
    let rows = columns(conn, editor.calendar.doctor).await?;
    let offered = rows.iter().filter(|row| row.active).count();
    let row = rows.into_iter().find(|row| row.id.to_string() == id).ok_or(AppError::NotFound)?;
    let last_offered = row.active && offered == 1;
    Ok(VisitTypePageData { editing, id: id.to_owned(), saved: row.into_input(), last_offered, kinds })
}

/// What to do with a doctor's visit types.
#[derive(Clone, Debug)]
pub struct VisitTypeChange {
    /// The doctor's slug, for staff.
    pub slug: String,
    /// As the page showed it.
    pub version: i64,
    /// The visit type's id; empty for a new one.
    pub id: String,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Save(Box<VisitTypeInput>),
    /// Whether patients can choose it.
    Offer(bool),
    /// One position up, or down, in the order in which patients see them.
    Move {
        up: bool,
    },
    Remove,
}

/// Changes a visit type in one unit.
///
/// # Errors
/// [`AppError::Invalid`] with fields such as `visit_type[minutes]`, or with `id` and [`FieldCode::InUse`] for the
/// removal of one that appointments or hours refer to; [`AppError::Conflict`] for a stale version; those of
/// [`visit_type`].
pub async fn change_visit_type(app: &AppState, actor: Actor, change: VisitTypeChange) -> Result<(), AppError> {
    Ok(app.db.write(ChangeVisitType { actor, change, now: app.clock.now() }).await?)
}

/// Carries out one change of a doctor's visit types and notes it in the audit log.
struct ChangeVisitType {
    actor: Actor,
    change: VisitTypeChange,
    now: Timestamp,
}

impl WriteUnit for ChangeVisitType {
    const NAME: &'static str = "change_visit_type";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let change = &self.change;
        let editor = ScheduleEditor::open(tx, self.actor, &change.slug, self.now).await?;
        let doctor = editor.calendar.doctor;
        bump(tx, doctor, change.version).await?;
        tx.schedule_changed(doctor);
        let id: Option<VisitTypeId> = change.id.parse().ok();
        let old = editor.visit_types.iter().find(|visit_type| Some(visit_type.id) == id);
        let (action, id, name) = match (&change.what, old) {
            (What::Save(typed), None) if change.id.is_empty() => {
                let new = read(VisitTypeId(Uuid::now_v7()), typed)?;
                refuse_taken_name(&editor, &new)?;
                refuse_unknown_kind(tx, &new).await?;
                insert(tx, doctor, &new).await?;
                ("visit_type.added", new.id, new.name)
            }
            (_, None) => return Err(AppError::NotFound.into()),
            (What::Save(typed), Some(old)) => {
                let new = read(old.id, typed)?;
                refuse_taken_name(&editor, &new)?;
                refuse_unknown_kind(tx, &new).await?;
                update(tx, doctor, &new).await?;
                ("visit_type.changed", new.id, new.name)
            }
            (What::Offer(active), Some(old)) => {
                offer(tx, old.id, *active).await?;
                (if *active { "visit_type.offered" } else { "visit_type.stopped" }, old.id, old.name.clone())
            }
            (What::Move { up }, Some(old)) => {
                reorder(tx, moved(&editor, old.id, *up)).await?;
                ("visit_type.moved", old.id, old.name.clone())
            }
            (What::Remove, Some(old)) => {
                remove(tx, old.id).await?;
                ("visit_type.removed", old.id, old.name.clone())
            }
        };
        let details = format!("{}: {name}", editor.calendar.name);
        let entry = audit::Entry { action, subject: "visit_type", subject_id: Some(id.0), details: &details };
        audit::record(tx, self.actor.into(), self.now, entry).await
    }
}

fn refuse_taken_name(editor: &ScheduleEditor, new: &VisitTypeColumns) -> Result<(), AppError> {
    let name = new.name.to_lowercase();
    let taken = editor.visit_types.iter().any(|other| other.id != new.id && other.name.to_lowercase() == name);
    if taken { Err(AppError::field("visit_type[name]", FieldCode::NameTaken)) } else { Ok(()) }
}

/// The kinds of rooms and devices, by name.
async fn kinds(conn: &mut Conn<'_>) -> Result<Vec<(ResourceKindId, String)>, Error> {
    const SQL: &str = "select id, name from resource_kinds order by name";
    conn.fetch_all(SQL, ()).await
}

async fn refuse_unknown_kind(conn: &mut Conn<'_>, new: &VisitTypeColumns) -> Result<(), Error> {
    let Some(kind) = new.resource_kind_id else { return Ok(()) };
    let known = kinds(conn).await?.iter().any(|(id, _)| *id == kind);
    if known { Ok(()) } else { Err(AppError::field("visit_type[needs]", FieldCode::Unknown).into()) }
}

/// The ids in their new order.
fn moved(editor: &ScheduleEditor, id: VisitTypeId, up: bool) -> Vec<VisitTypeId> {
    let mut ids: Vec<VisitTypeId> = editor.visit_types.iter().map(|visit_type| visit_type.id).collect();
    let at = ids.iter().position(|other| *other == id);
    let to = at.and_then(|at| if up { at.checked_sub(1) } else { Some(at + 1) });
    if let (Some(at), Some(to)) = (at, to.filter(|to| *to < ids.len())) {
        ids.swap(at, to);
    }
    ids
}

fn row(row: VisitTypeColumns, kinds: &[(ResourceKindId, String)]) -> VisitTypeRow {
    let about = format!(
        "{} minutes, {}, starts every {} minutes",
        row.minutes,
        row.mode.label().to_lowercase(),
        row.step_minutes
    );
    let mut notes = Vec::new();
    match (row.buffer_before_minutes, row.buffer_after_minutes) {
        (0, 0) => {}
        (before, 0) => notes.push(format!("{before} minutes free before")),
        (0, after) => notes.push(format!("{after} minutes free after")),
        (before, after) => notes.push(format!("{before} minutes free before and {after} after")),
    }
    match row.audience {
        Audience::New => notes.push("New patients only".to_owned()),
        Audience::Returning => notes.push("Returning patients only".to_owned()),
        Audience::Any => {}
    }
    if row.needs_approval {
        notes.push("Needs approval".to_owned());
    }
    if let Some(cap) = row.daily_cap {
        notes.push(format!("At most {cap} a day"));
    }
    if let Some((_, kind)) = kinds.iter().find(|(id, _)| Some(*id) == row.resource_kind_id) {
        notes.push(format!("Needs: {kind}"));
    }
    if row.most_at_once > 1 {
        notes.push(format!("Patients may book {} at once", row.most_at_once));
    }
    let (notice, unit) = Unit::split(row.notice_minutes.into());
    if notice > 0 {
        let unit = if notice == 1 { unit.into_str().trim_end_matches('s') } else { unit.into_str() };
        notes.push(format!("Booked at least {notice} {unit} ahead"));
    }
    VisitTypeRow { id: row.id.to_string(), name: row.name, about, notes, active: row.active }
}

async fn columns(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Vec<VisitTypeColumns>, Error> {
    conn.fetch_all(COLUMNS, (doctor,)).await
}

/// As the last of the list.
async fn insert(tx: &mut Tx<'_>, doctor: DoctorId, new: &VisitTypeColumns) -> Result<(), Error> {
    const SQL: &str = "insert into visit_types (id, doctor_id, name, mode, minutes, buffer_before_minutes,
            buffer_after_minutes, step_minutes, notice_minutes, horizon_days, daily_cap, audience, needs_approval,
            cutoff_minutes, late_cancel, instructions, active, most_at_once, resource_kind_id, position)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            (select coalesce(max(position), 0) + 1 from visit_types where doctor_id = $2))";
    write(tx, SQL, doctor, new).await
}

async fn update(tx: &mut Tx<'_>, doctor: DoctorId, new: &VisitTypeColumns) -> Result<(), Error> {
    const SQL: &str = "update visit_types set name = $3, mode = $4, minutes = $5, buffer_before_minutes = $6,
            buffer_after_minutes = $7, step_minutes = $8, notice_minutes = $9, horizon_days = $10, daily_cap = $11,
            audience = $12, needs_approval = $13, cutoff_minutes = $14, late_cancel = $15, instructions = $16,
            active = $17, most_at_once = $18, resource_kind_id = $19
        where id = $1 and doctor_id = $2";
    write(tx, SQL, doctor, new).await
}

/// Runs a statement whose placeholders are id, doctor and the columns of a visit type in their order.
async fn write(tx: &mut Tx<'_>, sql: &'static str, doctor: DoctorId, new: &VisitTypeColumns) -> Result<(), Error> {
    tx.execute(
        sql,
        (
            new.id,
            doctor,
            &new.name,
            new.mode,
            new.minutes,
            new.buffer_before_minutes,
            new.buffer_after_minutes,
            new.step_minutes,
            new.notice_minutes,
            new.horizon_days,
            new.daily_cap,
            new.audience,
            new.needs_approval,
            new.cutoff_minutes,
            new.late_cancel,
            &new.instructions,
            new.active,
            new.most_at_once,
            new.resource_kind_id,
        ),
    )
    .await?;
    Ok(())
}

async fn offer(tx: &mut Tx<'_>, id: VisitTypeId, active: bool) -> Result<(), Error> {
    const SQL: &str = "update visit_types set active = $2 where id = $1";
    tx.execute(SQL, (id, active)).await?;
    Ok(())
}

async fn reorder(tx: &mut Tx<'_>, ids: Vec<VisitTypeId>) -> Result<(), Error> {
    const SQL: &str = "update visit_types set position = $2 where id = $1";
    for (position, id) in (1_i32..).zip(ids) {
        tx.execute(SQL, (id, position)).await?;
    }
    Ok(())
}

#[derive(FromRow)]
struct Uses {
    appointments: i64,
    hours: i64,
}

/// Deletes one that nothing refers to: an appointment's history names its visit type for ever.
async fn remove(tx: &mut Tx<'_>, id: VisitTypeId) -> Result<(), Error> {
    const USES: &str = "select (select count(*) from appointment_terms where visit_type_id = $1) as appointments,
            (select count(*) from weekly_hours where visit_type_id = $1) as hours";
    const QUESTIONS: &str = "delete from questions where visit_type_id = $1";
    const SQL: &str = "delete from visit_types where id = $1";
    let uses: Uses = tx.fetch_one(USES, (id,)).await?;
    if uses.appointments + uses.hours > 0 {
        return Err(AppError::field("id", FieldCode::InUse).into());
    }
    tx.execute(QUESTIONS, (id,)).await?;
    tx.execute(SQL, (id,)).await?;
    Ok(())
}

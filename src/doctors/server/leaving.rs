//! A doctor who leaves the clinic: the doctor asks, the clinic's staff do it. No row is ever deleted, so that past
//! appointments keep the name.

use sqlx::FromRow;
use strum::EnumString;
use uuid::Uuid;

use crate::{
    accounts::{Permission, server::end_sessions},
    availability::server::{Calendar, bump, calendar_of, note_calendar_read, occupies},
    booking::{
        absence_resolution::{Choice, ResolutionCounts, ResolutionForm},
        server::{
            absence_resolution::{self, AbsenceResolution, ResolvedAppointment},
            time_off::tally_words,
        },
    },
    clinic::{DoctorStatus, server::audit},
    db::{Conn, Error, Tx, WriteUnit},
    doctors::model::leaving::{Leaving, LeavingStep, OwnLeaving},
    error::AppError,
    ids::{DoctorId, PersonId},
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

#[derive(FromRow)]
struct Row {
    person_id: Option<PersonId>,
    status: DoctorStatus,
    leave_requested_at: Option<Timestamp>,
}

async fn row(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Row, Error> {
    const SQL: &str = "select person_id, status, leave_requested_at from doctors where id = $1";
    conn.fetch_one(SQL, (doctor,)).await
}

fn asked_words(calendar: &Calendar, row: &Row, now: Timestamp) -> Option<String> {
    let date = |at: Timestamp| calendar.zone.local_date(at).day_words(calendar.zone.local_date(now));
    row.leave_requested_at.map(date)
}

/// What the doctor who is asking sees of leaving.
///
/// # Errors
/// [`AppError::NotFound`] when the account has no doctor's profile.
pub async fn own(app: &AppState, doctor: Actor) -> Result<OwnLeaving, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let calendar = calendar_of(conn, doctor, "").await?;
    let row = row(conn, calendar.doctor).await?;
    let appointments = absence_resolution::appointments_ahead(conn, calendar.doctor, (now, None), now).await?.len();
    Ok(OwnLeaving {
        asked: asked_words(&calendar, &row, now),
        leaving: row.status == DoctorStatus::Leaving,
        appointments: u32::try_from(appointments).unwrap_or(u32::MAX),
        name: calendar.name,
    })
}

/// The doctor asks to leave, or takes it back. Asking twice is asking once.
///
/// # Errors
/// [`AppError::Conflict`] when the clinic has begun already, [`AppError::NotFound`] when the account has no doctor's
/// profile.
pub async fn ask(app: &AppState, doctor: Actor, wants: bool) -> Result<(), AppError> {
    Ok(app.db.write(AskToLeave { doctor, wants, now: app.clock.now() }).await?)
}

/// Notes that a doctor wants to leave, or no longer does.
struct AskToLeave {
    doctor: Actor,
    wants: bool,
    now: Timestamp,
}

impl WriteUnit for AskToLeave {
    const NAME: &'static str = "ask_to_leave";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let calendar = calendar_of(tx, self.doctor, "").await?;
        let row = row(tx, calendar.doctor).await?;
        if matches!(row.status, DoctorStatus::Leaving | DoctorStatus::Deactivated) {
            return Err(AppError::Conflict.into());
        }
        if row.leave_requested_at.is_some() != self.wants {
            const SQL: &str = "update doctors set leave_requested_at = $2 where id = $1";
            let at = self.wants.then_some(self.now);
            tx.execute(SQL, (calendar.doctor, at)).await?;
            let action = if self.wants { "doctor.leave_requested" } else { "doctor.leave_withdrawn" };
            log(tx, &calendar, action, "", self.doctor, self.now).await?;
        }
        Ok(())
    }
}

/// A line in the audit log about this doctor.
async fn log(
    tx: &mut Tx<'_>,
    calendar: &Calendar,
    action: &'static str,
    more: &str,
    actor: Actor,
    now: Timestamp,
) -> Result<(), Error> {
    let details = [&calendar.name, more].concat();
    let subject_id = Some(calendar.doctor.0);
    audit::record(tx, actor.into(), now, audit::Entry { action, subject: "doctor", subject_id, details: &details })
        .await
}

/// The calendar of a doctor, for staff only.
async fn staffed(conn: &mut Conn<'_>, actor: Actor, slug: &str) -> Result<Calendar, Error> {
    actor.needs(Permission::ManagePeople)?;
    calendar_of(conn, actor, slug).await
}

/// How far a doctor's leaving has come, with the appointments ahead. `done` is what the last form did, as
/// [`ResolutionCounts::to_code`] wrote it.
///
/// # Errors
/// [`AppError::Forbidden`] for others than staff, [`AppError::NotFound`] for an unknown slug.
pub async fn leaving(app: &AppState, actor: Actor, slug: &str, done: &str) -> Result<Leaving, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let calendar = staffed(conn, actor, slug).await?;
    let row = row(conn, calendar.doctor).await?;
    let step = match row.status {
        DoctorStatus::Leaving => LeavingStep::Leaving,
        DoctorStatus::Deactivated => LeavingStep::Left,
        DoctorStatus::Active | DoctorStatus::Paused => LeavingStep::Here,
    };
    let under_way = step == LeavingStep::Leaving && under_way(conn, calendar.doctor, now).await? > 0;
    let list = absence_resolution::list(conn, calendar.doctor, (now, None), now).await?;
    let done = tally_words(conn, &ResolutionCounts::from_code(done)).await?;
    drop(reader);
    note_calendar_read(app, actor, calendar.doctor, &calendar.name).await;
    Ok(Leaving {
        asked: asked_words(&calendar, &row, now),
        step,
        under_way,
        list,
        done,
        slug: calendar.slug,
        name: calendar.name,
        version: calendar.version,
    })
}

/// Appointments that have begun, are not over, and are not closed.
async fn under_way(conn: &mut Conn<'_>, doctor: DoctorId, now: Timestamp) -> Result<i64, Error> {
    const SQL: &str = concat!(
        "select count(*) from appointments
        where doctor_id = $1 and starts_at <= $2 and ends_at > $2 and starts_at > $3 and status <> 'held' and ",
        occupies!("appointments", "$2")
    );
    let earliest = now.plus_minutes(-24 * 60);
    conn.fetch_value(SQL, (doctor, now, earliest)).await
}

async fn set_status(tx: &mut Tx<'_>, doctor: DoctorId, status: DoctorStatus) -> Result<(), Error> {
    const SQL: &str =
        "update doctors set status = $2, paused_by = case when $2 = 'paused' then 'admin' end where id = $1";
    tx.execute(SQL, (doctor, status)).await?;
    Ok(())
}

/// One step of leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Step {
    /// Patients no longer find the doctor, and nothing can be booked there.
    Start,
    /// The doctor stays after all: paused, until staff show them again.
    Stop,
    /// The account is closed; the doctor has left.
    Finish,
}

/// Takes a step.
///
/// # Errors
/// [`AppError::AppointmentsAhead`] for finishing while appointments are ahead or under way; [`AppError::Conflict`] when
/// the doctor is not at that point or the calendar changed since the page was made; [`AppError::Forbidden`] for others
/// than staff, [`AppError::NotFound`] for an unknown slug.
pub async fn go(app: &AppState, actor: Actor, slug: String, version: i64, step: Step) -> Result<(), AppError> {
    let unit = TakeLeavingStep { actor, slug, version, step, now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Takes one step of a doctor's leaving.
struct TakeLeavingStep {
    actor: Actor,
    slug: String,
    version: i64,
    step: Step,
    now: Timestamp,
}

impl WriteUnit for TakeLeavingStep {
    const NAME: &'static str = "take_leaving_step";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let (actor, now) = (self.actor, self.now);
        let calendar = staffed(tx, actor, &self.slug).await?;
        let possible = match self.step {
            Step::Start => matches!(calendar.status, DoctorStatus::Active | DoctorStatus::Paused),
            Step::Stop | Step::Finish => calendar.status == DoctorStatus::Leaving,
        };
        if !possible {
            return Err(AppError::Conflict.into());
        }
        bump(tx, calendar.doctor, self.version).await?;
        tx.schedule_changed(calendar.doctor);
        match self.step {
            Step::Start => {
                set_status(tx, calendar.doctor, DoctorStatus::Leaving).await?;
                absence_resolution::end_holds(tx, calendar.doctor, (now, None), now).await?;
                log(tx, &calendar, "doctor.leaving", "", actor, now).await
            }
            Step::Stop => {
                set_status(tx, calendar.doctor, DoctorStatus::Paused).await?;
                log(tx, &calendar, "doctor.stays", "", actor, now).await
            }
            Step::Finish => finish(tx, &calendar, actor, now).await,
        }
    }
}

async fn finish(tx: &mut Tx<'_>, calendar: &Calendar, actor: Actor, now: Timestamp) -> Result<(), Error> {
    let ahead = absence_resolution::appointments_ahead(tx, calendar.doctor, (now, None), now).await?.len();
    let appointments = i64::try_from(ahead).unwrap_or(i64::MAX) + under_way(tx, calendar.doctor, now).await?;
    if appointments > 0 {
        return Err(AppError::AppointmentsAhead { appointments }.into());
    }
    set_status(tx, calendar.doctor, DoctorStatus::Deactivated).await?;
    if let Some(user) = row(tx, calendar.doctor).await?.person_id {
        close_account(tx, user, now).await?;
    }
    log(tx, calendar, "doctor.left", "", actor, now).await
}

/// Bars this account from signing in, and ends its sessions.
async fn close_account(tx: &mut Tx<'_>, user: PersonId, now: Timestamp) -> Result<(), Error> {
    const SUSPEND: &str = "update persons set status = 'suspended' where id = $1";
    tx.execute(SUSPEND, (user,)).await?;
    end_sessions(tx, user, now).await
}

/// Resolves the appointments ahead of a doctor who is leaving: cancels them, hands them to colleagues, or leaves them
/// for later.
///
/// # Errors
/// [`AppError::Conflict`] when the doctor is not leaving, or an appointment changed since the page was made;
/// [`AppError::NotResolved`] naming the first appointment that cannot become what was chosen; [`AppError::Invalid`]
/// when a choice is missing; [`AppError::Forbidden`] for others than staff, [`AppError::NotFound`] for an unknown slug.
/// Nothing is changed then.
pub async fn resolve_appointments(
    app: &AppState,
    actor: Actor,
    slug: String,
    choices: ResolutionForm,
) -> Result<Vec<ResolvedAppointment>, AppError> {
    let unit = ResolveAppointments { actor, slug, choices, action: Uuid::now_v7(), now: app.clock.now() };
    app.db.write(unit).await.map_err(absence_resolution::in_words)
}

/// Resolves the appointments ahead of a doctor who is leaving.
struct ResolveAppointments {
    actor: Actor,
    slug: String,
    choices: ResolutionForm,
    /// What all appointments of one resolution have in common.
    action: Uuid,
    now: Timestamp,
}

impl WriteUnit for ResolveAppointments {
    const NAME: &'static str = "resolve_leaving_appointments";
    type Output = Vec<ResolvedAppointment>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<ResolvedAppointment>, Error> {
        let (actor, action, now) = (self.actor, self.action, self.now);
        let calendar = staffed(tx, actor, &self.slug).await?;
        let decisions = self.choices.decisions()?;
        if decisions.iter().any(|decision| decision.choice == Choice::MoveToNext) {
            return Err(AppError::BadRequest.into());
        }
        if calendar.status != DoctorStatus::Leaving {
            return Err(AppError::Conflict.into());
        }
        let appointments = absence_resolution::appointments_ahead(tx, calendar.doctor, (now, None), now).await?;
        let act = AbsenceResolution { doctor: calendar.doctor, by: actor.into(), action, back: None, now };
        let resolved = absence_resolution::resolve(tx, &act, appointments, &decisions).await?;
        let counts = absence_resolution::counts(&resolved);
        let more = format!(": {} appointments resolved", resolved.len() - counts.kept as usize);
        log(tx, &calendar, "doctor.appointments_resolved", &more, actor, now).await?;
        Ok(resolved)
    }
}

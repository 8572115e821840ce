//! One appointment behind the link of a message, for the reader of the message.
//!
//! A link is good for the appointment as it was when the message was written, until the appointment starts. It shows
//! what the message says, and lets its patient cancel; everything else takes signing in.

use super::{
    appointment::Appointment,
    calendar_file::file_of,
    cancel::cancel_appointment,
    thread::{kept, open_request},
    views,
    who::whose,
};
use crate::{
    accounts::{Role, model::care::CareScope, server::care::may_act},
    booking::{ActorRole, AppointmentSummary, CancelReason, LinkedAppointment, LinkedPage, Status},
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::{PersonId, SessionId},
    notifications::server::links::{self, Purpose, Stored},
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// What the link with this token shows now.
///
/// # Errors
/// [`AppError::NotFound`] for a token that was never given out for an appointment.
pub async fn linked(app: &AppState, token: &str) -> Result<LinkedPage, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let Linked { link, appointment } = Linked::find(conn, token, now).await?;
    if is_over(&link, &appointment, now) {
        return Ok(LinkedPage::Over);
    }
    if link.version != Some(appointment.version) {
        return Ok(LinkedPage::Changed);
    }
    let facts = views::summary(&appointment, now)?;
    let for_whom = whose(conn, patient_of(&link)?, &appointment).await?;
    let kept = kept(conn, &appointment).await?;
    let asked = open_request(conn, &appointment).await?.filter(|request| !request.ran_out(now));
    Ok(LinkedPage::Appointment(Box::new(LinkedAppointment {
        id: appointment.id,
        reference: appointment.reference.clone(),
        status: appointment.status,
        summary: AppointmentSummary {
            visit_type: String::new(),
            visit_type_name: String::new(),
            instructions: String::new(),
            for_whom,
            ..facts
        },
        change: views::change_with(views::change_now(&appointment, now), kept.as_ref(), now),
        kept: views::other_time(kept.as_ref(), now)?,
        asked: views::other_time(asked.as_ref(), now)?,
    })))
}

/// Cancels the appointment of a link, by the rules of [`super::cancel`], and says whether it was a request to move
/// another one, which stays. Cancelling twice is cancelling once.
///
/// # Errors
/// Those of [`super::cancel`]; [`AppError::Conflict`] for a link whose appointment changed or began,
/// [`AppError::NotFound`] for a token that was never given out for an appointment.
pub async fn cancel_linked(app: &AppState, token: &str, reason: Option<CancelReason>) -> Result<bool, AppError> {
    let unit = CancelLinked { token: token.to_owned(), reason, now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Cancels the appointment of a link.
struct CancelLinked {
    token: String,
    reason: Option<CancelReason>,
    now: Timestamp,
}

impl WriteUnit for CancelLinked {
    const NAME: &'static str = "cancel_linked_appointment";
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        let Linked { link, appointment } = Linked::find(tx, &self.token, self.now).await?;
        let cancelled = appointment.status == Status::Cancelled && appointment.cancelled_by == Some(ActorRole::Patient);
        if is_over(&link, &appointment, self.now) && !cancelled {
            return Err(AppError::Conflict.into());
        }
        let version = link.version.ok_or(Error::Corrupt("link without a version"))?;
        cancel_appointment(tx, patient_of(&link)?, appointment.id, version, self.reason, self.now).await?;
        Ok(appointment.would_replace.is_some())
    }
}

/// The calendar file of a link's appointment.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown token, and for an appointment that changed or began.
pub async fn linked_file(app: &AppState, token: &str) -> Result<String, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let Linked { link, appointment } = Linked::find(conn, token, app.clock.now()).await?;
    if is_over(&link, &appointment, app.clock.now()) || link.version != Some(appointment.version) {
        return Err(AppError::NotFound);
    }
    let reader = patient_of(&link)?;
    let name = whose(conn, reader, &appointment).await?;
    file_of(app, conn, &appointment, name.as_deref()).await
}

struct Linked {
    link: Stored,
    appointment: Appointment,
}

impl Linked {
    /// A link ends with its patient's account.
    async fn find(conn: &mut Conn<'_>, token: &str, now: Timestamp) -> Result<Linked, Error> {
        const SQL: &str = "select count(*) from persons where id = $1 and status = 'active'";
        let link = links::find(conn, Purpose::ManageAppointment, token).await?;
        let active: i64 = conn.fetch_value(SQL, (link.person_id,)).await?;
        let id = link.appointment_id.filter(|_| active > 0).ok_or(Error::App(AppError::NotFound))?;
        let appointment = Appointment::find(conn, id).await?;
        let (Some(reader), Some(patient)) = (link.person_id, appointment.patient_id) else {
            return Err(AppError::NotFound.into());
        };
        if !may_act(conn, reader, patient, CareScope::Book, now).await? {
            return Err(AppError::NotFound.into());
        }
        Ok(Linked { link, appointment })
    }
}

fn is_over(link: &Stored, appointment: &Appointment, now: Timestamp) -> bool {
    link.expires_at <= now || appointment.starts_at <= now
}

/// The holder of the link acts as the person it was sent to, without a session.
fn patient_of(link: &Stored) -> Result<Actor, Error> {
    let user: PersonId = link.person_id.ok_or(Error::App(AppError::NotFound))?;
    Ok(Actor { user, role: Role::Patient, session: SessionId(uuid::Uuid::nil()) })
}

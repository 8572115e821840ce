//! One visit behind the link of a message, for whoever has the message.
//!
//! A link is good for the visit as it was when the message was written, until the visit starts. It shows what the message
//! says, and lets its patient cancel; everything else takes signing in.

use super::{calendar::file_of, change::cancel_visit, record::Appointment, views};
use crate::{
    accounts::Role,
    booking::{ActorRole, CancelReason, LinkedPage, LinkedVisit, Status, VisitView},
    db::{Conn, Error, on},
    error::AppError,
    ids::{SessionId, UserId},
    notifications::server::links::{self, Purpose, Stored},
    server::{request::Actor, state::AppState},
    time::Instant,
};

/// What the link with this token shows now.
///
/// # Errors
/// [`AppError::NotFound`] for a token that was never given out for a visit.
pub async fn linked(app: &AppState, token: &str) -> Result<LinkedPage, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let Linked { link, visit } = Linked::find(&mut reader.conn(), token).await?;
    if is_over(&link, &visit, now) {
        return Ok(LinkedPage::Over);
    }
    if link.version != Some(visit.version) {
        return Ok(LinkedPage::Changed);
    }
    let facts = views::visit(&visit, now)?;
    Ok(LinkedPage::Visit(Box::new(LinkedVisit {
        id: visit.id,
        reference: visit.reference.clone(),
        status: visit.status,
        visit: VisitView { visit_type: String::new(), visit_name: String::new(), instructions: String::new(), ..facts },
        change: views::change_now(&visit, now),
    })))
}

/// Cancels the visit of a link, by the rules of [`super::cancel`]. Cancelling twice is cancelling once.
///
/// # Errors
/// Those of [`super::cancel`]; [`AppError::Conflict`] for a link whose visit changed or began, [`AppError::NotFound`] for
/// a token that was never given out for a visit.
pub async fn cancel_linked(app: &AppState, token: &str, reason: Option<CancelReason>) -> Result<(), AppError> {
    let (token, now) = (token.to_owned(), app.clock.now());
    let unit = app.db.write(move |mut tx| {
        let token = token.clone();
        async move {
            let conn = &mut tx.conn();
            let Linked { link, visit } = Linked::find(conn, &token).await?;
            let cancelled = visit.status == Status::Cancelled && visit.cancelled_by == Some(ActorRole::Patient);
            if is_over(&link, &visit, now) && !cancelled {
                return Err(AppError::Conflict.into());
            }
            let version = link.version.ok_or(Error::Corrupt("link without a version"))?;
            let doctor = cancel_visit(conn, patient_of(&link)?, visit.id, version, reason, now).await?;
            Ok((tx, doctor))
        }
    });
    app.directory.touch(unit.await?);
    Ok(())
}

/// The calendar file of a link's visit.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown token, and for a visit that changed or began.
pub async fn linked_file(app: &AppState, token: &str) -> Result<String, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let Linked { link, visit } = Linked::find(conn, token).await?;
    if is_over(&link, &visit, app.clock.now()) || link.version != Some(visit.version) {
        return Err(AppError::NotFound);
    }
    file_of(app, conn, &visit).await
}

struct Linked {
    link: Stored,
    visit: Appointment,
}

impl Linked {
    /// A link ends with its patient's account.
    async fn find(conn: &mut Conn<'_>, token: &str) -> Result<Linked, Error> {
        const SQL: &str = "select count(*) from users where id = $1 and status = 'active'";
        let link = links::find(conn, Purpose::ManageVisit, token).await?;
        let active: i64 = on!(conn, |c| sqlx::query_scalar(SQL).bind(link.user_id).fetch_one(c).await?);
        let id = link.appointment_id.filter(|_| active > 0).ok_or(Error::App(AppError::NotFound))?;
        let visit = Appointment::find(conn, id).await?;
        if visit.patient_id != link.user_id {
            return Err(AppError::NotFound.into());
        }
        Ok(Linked { link, visit })
    }
}

fn is_over(link: &Stored, visit: &Appointment, now: Instant) -> bool {
    link.expires_at <= now || visit.starts_at <= now
}

/// Who has the link stands for the patient it was sent to. No session is behind it.
fn patient_of(link: &Stored) -> Result<Actor, Error> {
    let user: UserId = link.user_id.ok_or(Error::App(AppError::NotFound))?;
    Ok(Actor { user, role: Role::Patient, session: SessionId(uuid::Uuid::nil()) })
}

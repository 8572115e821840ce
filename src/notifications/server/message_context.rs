//! What a message is about, read again when it is sent.

use super::{outbox::Claimed, reminders};
use crate::{
    booking::{
        Status,
        server::{Appointment, Thread, thread},
    },
    db::{Conn, Error, on},
    error::AppError,
    ids::{AppointmentId, UserId},
    notifications::model::Kind,
    time::Instant,
};

/// Addresses of people without e-mail end so; nothing is sent to them.
pub(super) const NOWHERE: &str = "@invalid";
/// Visits in one message. More than anybody has ahead.
const MOST_VISITS: usize = 500;

/// One visit of a message.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub row: Appointment,
    /// The appointment it was moved from.
    pub before: Option<Appointment>,
    pub thread: Thread,
}

/// What is still true of a message.
#[derive(Clone, Debug)]
pub(super) struct News {
    pub kind: Kind,
    /// The person's address, as stored.
    pub email: String,
    /// By time.
    pub visits: Vec<Visit>,
}

/// Why a row cannot become a message.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    /// The database cannot answer now; another time it may.
    #[error(transparent)]
    Database(Error),
    #[error("{0}")]
    Broken(&'static str),
    /// What it is about changed between taking the message and putting it together; the next round sees it as it is.
    #[error("changed meanwhile")]
    Changed,
}

impl From<Error> for Unreadable {
    fn from(error: Error) -> Self {
        match error {
            Error::Corrupt(what) => Unreadable::Broken(what),
            Error::App(AppError::NotFound) => Unreadable::Broken("no such visit"),
            other => Unreadable::Database(other),
        }
    }
}

/// What the message has to say now; nothing when nothing of it is true any more, or nobody can be told.
pub(super) async fn read(conn: &mut Conn<'_>, claimed: &Claimed, now: Instant) -> Result<Option<News>, Unreadable> {
    let kind = Kind::of_code(&claimed.kind).ok_or(Unreadable::Broken("unknown kind"))?;
    let ids: Vec<AppointmentId> =
        serde_json::from_str(&claimed.appointments).map_err(|_| Unreadable::Broken("list of visits"))?;
    if ids.is_empty() || ids.len() > MOST_VISITS {
        return Err(Unreadable::Broken("number of visits"));
    }
    let person = claimed.user_id.ok_or(Unreadable::Broken("no person"))?;
    let email = address(conn, person).await?;
    let mut visits = Vec::new();
    for id in ids {
        let row = Appointment::find(conn, id).await?;
        // nobody is told of somebody else's visit, whatever the row says
        if row.patient_id == Some(person) && still_true(kind, &row, claimed.created_at, now) {
            let thread = thread(conn, &row).await?;
            let before = match row.rescheduled_from {
                Some(before) => Some(Appointment::find(conn, before).await?),
                None => None,
            };
            visits.push(Visit { row, before, thread });
        }
    }
    visits.sort_by_key(|visit| visit.row.starts_at);
    Ok((!visits.is_empty()).then_some(News { kind, email, visits }))
}

/// The address of an account.
pub(super) async fn address(conn: &mut Conn<'_>, person: UserId) -> Result<String, Error> {
    const SQL: &str = "select email from users where id = $1";
    Ok(on!(conn, |c| sqlx::query_scalar(SQL).bind(person).fetch_one(c).await?))
}

/// Whether a message written at `since` still says the truth about this visit. What changed after it has a message of its
/// own.
fn still_true(kind: Kind, visit: &Appointment, since: Instant, now: Instant) -> bool {
    let ahead = visit.starts_at > now;
    let stands = matches!(visit.status, Status::Booked | Status::Arrived);
    let moved = ahead && (stands || visit.status == Status::Requested);
    match kind {
        Kind::VisitBooked | Kind::VisitAdded | Kind::RequestAccepted => ahead && stands,
        Kind::Reminder => visit.status == Status::Booked && reminders::still_helps(visit.starts_at, since, now),
        Kind::RequestReceived => ahead && visit.status == Status::Requested,
        Kind::RequestDeclined => visit.status == Status::Declined,
        Kind::RequestExpired => visit.status == Status::Expired,
        Kind::VisitsMoved => moved,
        Kind::VisitsCancelled => visit.status == Status::Cancelled,
        Kind::VisitsChanged => moved || (visit.status == Status::Cancelled && visit.updated_at <= since),
        // about no visit
        Kind::VerifyAddress
        | Kind::ResetPassword
        | Kind::PasswordChanged
        | Kind::AddressChanging
        | Kind::Invitation
        | Kind::DailyAgenda => false,
    }
}

//! A message as it would be sent now, for staff to read.
//!
//! No link is made for it: where a token would stand, it has dots.

use uuid::Uuid;

use super::{
    layout::Words,
    letter::Writing,
    links::{self, Link},
    message::written,
    news::Unreadable,
    outbox::Claimed,
};
use crate::{
    admin::server::settings::ClinicNow,
    db::{Conn, Error, on},
    error::AppError,
    server::settings::Settings,
    time::Instant,
};

/// Stands in the place of a token.
const DOTS: &str = "…";

/// What a message says.
pub enum Preview {
    /// Nothing of it is true any more, or nobody can be told.
    NotNeeded,
    /// It cannot be put together from what is stored.
    Unreadable,
    Message {
        words: Words,
        /// The HTML part as it is sent.
        document: String,
    },
}

/// What the message with this id says now.
///
/// # Errors
/// [`AppError::NotFound`]; the database's.
pub async fn preview(
    conn: &mut Conn<'_>,
    settings: &Settings,
    clinic: &ClinicNow,
    id: Uuid,
    now: Instant,
) -> Result<Preview, Error> {
    let mut claimed = load(conn, id).await?.ok_or(AppError::NotFound)?;
    let dots = |purpose| Link { purpose, token: DOTS.to_owned() };
    claimed.links = links::expected(&claimed).into_iter().map(dots).collect();
    let site = settings.public_url();
    let writing = Writing { settings, clinic, site: &site, claimed: &claimed, now };
    match written(conn, &writing).await {
        Ok(None) => Ok(Preview::NotNeeded),
        Ok(Some(letter)) => {
            let document = letter.words.document(&clinic.name)?;
            Ok(Preview::Message { words: letter.words, document })
        }
        Err(Unreadable::Broken(_)) => Ok(Preview::Unreadable),
        Err(Unreadable::Database(error)) => Err(error),
    }
}

/// The row as a worker would have it in hand.
async fn load(conn: &mut Conn<'_>, id: Uuid) -> Result<Option<Claimed>, Error> {
    const SQL: &str = "select id, kind, user_id, invitation_id, appointments, about, attempts,
            coalesce(leased_until, due_at) as leased_until, created_at
        from outbox where id = $1";
    Ok(on!(conn, |c| sqlx::query_as(SQL).bind(id).fetch_optional(c).await?))
}

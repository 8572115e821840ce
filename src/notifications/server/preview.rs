//! A message as it would be sent now, for staff to read.
//!
//! The content of a message depends on its links, so they are made as for sending and deleted before the unit commits:
//! no working link leaves the unit. The message has dots in place of each token.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    email::RenderContext,
    layout::Words,
    links::{self, Link},
    message::written,
    outbox::Claimed,
};
use crate::{
    clinic::server::ClinicSettings,
    config::Settings,
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    notifications::server::compose_error::ComposeError,
    state::AppState,
    time::Timestamp,
};

/// Replaces a token.
const DOTS: &str = "…";

/// What a message says.
pub enum Preview {
    /// Nothing of it is true any more, or it has no recipient.
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
pub async fn preview(app: &AppState, id: Uuid) -> Result<Preview, Error> {
    let clinic = app.clinic.now().await;
    app.db.write(PreviewMessage { id, clinic, settings: app.settings.clone(), now: app.clock.now() }).await
}

/// Makes a message's links, puts it together with them, and removes them.
struct PreviewMessage {
    id: Uuid,
    clinic: Arc<ClinicSettings>,
    settings: Arc<Settings>,
    now: Timestamp,
}

impl WriteUnit for PreviewMessage {
    const NAME: &'static str = "preview_message";
    type Output = Preview;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Preview, Error> {
        let mut claimed = load(tx, self.id).await?.ok_or(AppError::NotFound)?;
        claimed.links = links::make(tx, &claimed.linked(), self.now).await?;
        let preview = compose(tx, &self.settings, &self.clinic, &claimed, self.now).await?;
        links::unmake(tx, &claimed.links).await?;
        Ok(preview)
    }
}

async fn compose(
    conn: &mut Conn<'_>,
    settings: &Settings,
    clinic: &ClinicSettings,
    claimed: &Claimed,
    now: Timestamp,
) -> Result<Preview, Error> {
    let site = settings.public_url();
    match written(conn, &RenderContext { settings, clinic, site: &site, claimed, now }).await {
        Ok(None) | Err(ComposeError::ForOthers(_)) => Ok(Preview::NotNeeded),
        Ok(Some(email)) => {
            let secret = email.secret.unwrap_or_default();
            let dotted = |text: String| dots(text, &claimed.links, &secret);
            let Words { subject, plain, html } = email.words;
            let words = Words { subject: dotted(subject), plain: dotted(plain), html: dotted(html) };
            let document = words.document(&clinic.name)?;
            Ok(Preview::Message { words, document })
        }
        Err(ComposeError::Database(error)) => Err(error),
        Err(_) => Ok(Preview::Unreadable),
    }
}

/// The text without the tokens of these links, and without the secret, as it is and as HTML writes it.
fn dots(text: String, links: &[Link], secret: &str) -> String {
    let text = links.iter().fold(text, |text, link| text.replace(&link.token, DOTS));
    if secret.is_empty() {
        return text;
    }
    // of the characters that an address may have, HTML writes one in another way
    text.replace(secret, DOTS).replace(&secret.replace('&', "&#38;"), DOTS)
}

/// The row as a worker would hold it.
async fn load(conn: &mut Conn<'_>, id: Uuid) -> Result<Option<Claimed>, Error> {
    const SQL: &str = "select id, kind, person_id, invitation_id, appointments, about, attempts,
            coalesce(leased_until, due_at) as leased_until, created_at
        from outbox where id = $1";
    conn.fetch_optional(SQL, (id,)).await
}

//! One message and its content. Staff must ask to read it, and the log keeps the reader's name.

use uuid::Uuid;

use super::outbox;
use crate::{
    admin::model::outbox::{MessagePage, Says},
    clinic::server::audit::{Entry, record},
    clinic::server::clinic_zone,
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    notifications::{
        model::Kind,
        server::preview::{Preview, preview},
    },
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// Seconds for which a message stays shown to the person who asked.
const SHOWN_SECONDS: i64 = 600;
const SHOWN: &str = "message.shown";

/// One message, with what it says if this person asked for it just now.
///
/// # Errors
/// [`AppError::NotFound`]; the database's.
pub async fn page(app: &AppState, staff: Actor, id: Uuid) -> Result<MessagePage, AppError> {
    let now = app.clock.now();
    let (row, zone, asked) = {
        let mut reader = app.db.read().await?;
        let conn = &mut reader.conn();
        (outbox::row(conn, id).await?, clinic_zone(conn).await?, asked(conn, staff, id, now).await?)
    };
    let says = if asked { Some(says(preview(app, id).await?)) } else { None };
    let due = zone.moment_words(row.due_at, now);
    Ok(MessagePage { row: row.shown(&zone, now), due, says })
}

fn says(preview: Preview) -> Says {
    match preview {
        Preview::NotNeeded => Says::Nothing,
        Preview::Unreadable => Says::Unreadable,
        Preview::Message { words, document } => {
            Says::Words { subject: words.subject, plain: words.plain, html: document }
        }
    }
}

/// Whether this person asked for this message a moment ago.
async fn asked(conn: &mut Conn<'_>, staff: Actor, id: Uuid, now: Timestamp) -> Result<bool, Error> {
    const SQL: &str = "select count(*) from audit_entries
        where actor_id = $1 and action = $2 and subject_id = $3 and at > $4";
    let since = now.plus_seconds(-SHOWN_SECONDS);
    let found: i64 = conn.fetch_value(SQL, (staff.user, SHOWN, id, since)).await?;
    Ok(found > 0)
}

/// Records that this person asked to read this message.
///
/// # Errors
/// [`AppError::NotFound`]; the database's.
pub async fn ask(app: &AppState, staff: Actor, id: Uuid) -> Result<(), AppError> {
    Ok(app.db.write(AskForMessage { staff, id, now: app.clock.now() }).await?)
}

/// Records a request to read a message.
struct AskForMessage {
    staff: Actor,
    id: Uuid,
    now: Timestamp,
}

impl WriteUnit for AskForMessage {
    const NAME: &'static str = "ask_for_message";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let row = outbox::row(tx, self.id).await?;
        let details = row.kind.parse().map_or("Unknown", Kind::label);
        let entry = Entry { action: SHOWN, subject: "message", subject_id: Some(self.id), details };
        record(tx, self.staff.into(), self.now, entry).await
    }
}

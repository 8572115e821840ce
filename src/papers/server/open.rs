//! Opening a file: a link that lives for a minute, and the file behind it.
//!
//! The link needs no cookie, so that what runs in an opened file, were it to run, has no session to use. Only the
//! program can make one: it is encrypted with the keys of what patients entrust.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use super::row::{PaperRow, has_files, name_context};
use crate::{
    booking::server::entrusted,
    clinic::server::audit::{Entry, note},
    db::{Conn, Error},
    error::AppError,
    ids::{AppointmentId, PaperId},
    papers::{PaperKind, PaperState},
    state::AppState,
    web::{answer, request::Actor},
};

/// How long a link is good.
const SECONDS: i64 = 60;
const LINK: &[u8] = b"paper link";

/// A file that was opened.
pub struct OpenedPaper {
    pub kind: PaperKind,
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Notes that this person opens the file, and makes the link to it: a path. Where it cannot be noted, nothing is opened.
///
/// # Errors
/// [`AppError::NotFound`] for a file that this person may not see, that waits for the scanner or was taken away.
pub async fn link(app: &AppState, actor: Actor, id: AppointmentId, paper: PaperId) -> Result<String, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let (appointment, may_read) = entrusted(conn, actor, id, app.clock.now()).await?;
    if !may_read {
        return Err(AppError::Forbidden);
    }
    let row = PaperRow::find(conn, &appointment, paper).await?;
    if row.state != PaperState::Ready || !has_files(&appointment) {
        return Err(AppError::NotFound);
    }
    drop(reader);
    let (subject, subject_id) = ("paper", Some(paper.0));
    note(app, actor.into(), Entry { action: "paper.opened", subject, subject_id, details: &row.reference }).await?;
    let until = app.clock.now().plus_seconds(SECONDS);
    let said = [paper.0.as_bytes().as_slice(), &until.0.to_be_bytes()].concat();
    Ok(["/papers/", &URL_SAFE_NO_PAD.encode(app.data_keys.encrypt(LINK, &said))].concat())
}

/// The file behind a link.
///
/// # Errors
/// [`AppError::NotFound`] for what is no link, [`AppError::LinkOver`] for one whose minute is over or whose file was
/// taken away meanwhile.
pub async fn opened(app: &AppState, link: &str) -> Result<OpenedPaper, AppError> {
    let kept = URL_SAFE_NO_PAD.decode(link).map_err(|_| AppError::NotFound)?;
    let said = app.data_keys.decrypt(LINK, &kept).map_err(|_| AppError::NotFound)?;
    let (id, until) = said.split_first_chunk::<16>().ok_or(AppError::NotFound)?;
    let until = i64::from_be_bytes(until.try_into().map_err(|_| AppError::NotFound)?);
    if app.clock.now().0 >= until {
        return Err(AppError::LinkOver);
    }
    let id = PaperId(Uuid::from_bytes(*id));
    let (kind, name, key) = ready(&mut app.db.read().await?.conn(), id).await?.ok_or(AppError::LinkOver)?;
    let name = app.data_keys.decrypt(&name_context(id), &name).ok().and_then(|name| String::from_utf8(name).ok());
    let got = app.papers.store.get(&app.data_keys, id, &key).await;
    let bytes = got.map_err(|error| answer::internal("a file cannot be read", &error))?;
    Ok(OpenedPaper { kind, name: name.unwrap_or_default(), bytes })
}

/// Kind, name and key of a file that can be opened.
pub(super) async fn ready(conn: &mut Conn<'_>, id: PaperId) -> Result<Option<(PaperKind, Vec<u8>, Vec<u8>)>, Error> {
    const SQL: &str = "select kind, name, file_key from papers where id = $1 and state = 'ready'";
    conn.fetch_optional(SQL, (id,)).await
}

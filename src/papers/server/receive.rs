//! Files as a form sends them: read as they come, one in memory at a time, and no further than they may be long.

use std::time::Duration;

use axum::extract::{Multipart, multipart::Field};
use tokio::time::timeout;

use super::{
    add::add,
    row::{side, takes_files},
};
use crate::{
    booking::server::entrusted_to_change,
    error::AppError,
    ids::AppointmentId,
    papers::{MAX_FILES, MAX_MEGABYTES, Refusal},
    state::AppState,
    text::line,
    web::request::Actor,
};

/// The address to which files are sent, and that of the page with the form.
pub const SEND: &str = "/appointments/{id}/papers";
/// The name of the form's field.
const FIELD: &str = "files";
/// Bytes of one file.
const MAX_FILE: usize = MAX_MEGABYTES * 1024 * 1024;
/// Bytes of all files together, those that are refused included.
const MAX_ALL: usize = (MAX_FILES + 5) * MAX_FILE;
/// Files of one form that are looked at.
const MAX_LOOKED_AT: usize = 2 * MAX_FILES;
/// Characters of a name.
const MAX_NAME: usize = 100;
/// How long a browser may send nothing.
const IDLE: Duration = Duration::from_secs(30);

/// What became of the files of a form.
#[derive(Debug, Default)]
pub(super) struct Received {
    pub kept: usize,
    /// Name and reason of those that were not taken.
    pub refused: Vec<(String, Refusal)>,
    /// Bytes read so far.
    read: usize,
}

/// Takes the files of a form for an appointment. Those that are good are kept, whatever becomes of the others.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Forbidden`], the store's and the database's. What was kept before stays.
pub(super) async fn receive(
    app: &AppState,
    actor: Actor,
    id: AppointmentId,
    mut form: Multipart,
) -> Result<Received, AppError> {
    let turn = timeout(IDLE, app.papers.uploads.acquire()).await;
    let _turn = turn.map_err(|_| AppError::Unavailable { unchanged: true })?;
    let mut received = Received::default();
    loop {
        let mut field = match timeout(IDLE, form.next_field()).await {
            Ok(Ok(Some(field))) => field,
            Ok(Ok(None)) => return Ok(received),
            Ok(Err(_)) | Err(_) => {
                received.refused.push(("The last file".to_owned(), Refusal::Broken));
                return Ok(received);
            }
        };
        let is_file = field.name() == Some(FIELD);
        let sent_name = field.file_name().unwrap_or_default().to_owned();
        let name = shown_name(&sent_name);
        let read = read(&mut field, &mut received.read, is_file).await;
        // a form without a file has one without name and content
        if !is_file || (sent_name.is_empty() && matches!(&read, Ok(bytes) if bytes.is_empty())) {
            continue;
        }
        let outcome = match read {
            Ok(_) if received.kept + received.refused.len() >= MAX_LOOKED_AT => Err(Refusal::TooMany),
            Ok(bytes) => add(app, actor, id, &name, bytes).await?.map(|_| ()),
            Err(refusal) => Err(refusal),
        };
        match outcome {
            Ok(()) => received.kept += 1,
            Err(refusal) => received.refused.push((name, refusal)),
        }
        if received.read > MAX_ALL || outcome == Err(Refusal::Broken) {
            return Ok(received);
        }
    }
}

/// Refuses before anything is read.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Forbidden`], [`AppError::Conflict`] for an appointment that takes no more files.
pub(super) async fn may_send(app: &AppState, actor: Actor, id: AppointmentId) -> Result<(), AppError> {
    let mut reader = app.db.read().await?;
    let (appointment, may_read) = entrusted_to_change(&mut reader.conn(), actor, id, app.clock.now()).await?;
    if side(actor).is_none() || !may_read {
        return Err(AppError::Forbidden);
    }
    if takes_files(&appointment) { Ok(()) } else { Err(AppError::Conflict) }
}

/// The bytes of a file. One that is too long is read to its end and thrown away, so that the next one can be read.
async fn read(field: &mut Field<'_>, all: &mut usize, is_file: bool) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let mut length = 0_usize;
    loop {
        match timeout(IDLE, field.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                *all = all.saturating_add(chunk.len());
                length = length.saturating_add(chunk.len());
                if *all > MAX_ALL {
                    return Err(Refusal::TooLarge);
                }
                if length > MAX_FILE || !is_file {
                    bytes = Vec::new();
                } else {
                    bytes.extend_from_slice(&chunk);
                }
            }
            Ok(Ok(None)) if length > MAX_FILE => return Err(Refusal::TooLarge),
            Ok(Ok(None)) => return Ok(bytes),
            Ok(Err(_)) | Err(_) => return Err(Refusal::Broken),
        }
    }
}

/// The name as it is shown: without folders, in one line, and not too long.
fn shown_name(sent: &str) -> String {
    let name = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = line(&name.replace(|letter: char| letter.is_control(), " "));
    if name.is_empty() { "File without a name".to_owned() } else { name.chars().take(MAX_NAME).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_without_folders_in_one_line() {
        for (sent, shown) in [
            ("letter.pdf", "letter.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\Ana\\scan 1.jpg", "scan 1.jpg"),
            ("a\r\nb.pdf", "a b.pdf"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("", "File without a name"),
            ("/", "File without a name"),
        ] {
            assert_eq!(shown_name(sent), shown, "{sent:?}");
        }
        assert_eq!(shown_name(&"ä".repeat(500)).chars().count(), MAX_NAME);
    }
}

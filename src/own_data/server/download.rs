//! Handing a copy out: one file of it, or everything as an archive that is written while it is sent, so that a
//! patient's files are in memory one at a time.

use std::io::{self, Write};

use axum::{
    body::Body,
    extract::{Path, State},
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use tokio::{io::duplex, runtime::Handle};
use tokio_util::io::{ReaderStream, SyncIoBridge};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{ask::check, write::Files};
use crate::{
    clinic::server::audit::{Entry, note},
    db::{Conn, Error},
    error::AppError,
    ids::{ExportId, PaperId, PersonId},
    papers::server::bytes_of,
    state::AppState,
    time::Timestamp,
    web::{answer, request::Actor},
};

/// Bytes of the archive that are ready to be sent.
const AHEAD: usize = 64 * 1024;
/// In a page that is saved and opened later, nothing runs, loads or is sent.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; sandbox";

/// A file of a copy by its name.
#[derive(Clone, Copy)]
enum Wanted {
    Archive,
    Json,
    Page,
    Calendar,
}

impl Wanted {
    fn named(name: &str) -> Option<(Wanted, &'static str)> {
        Some(match name {
            "data.zip" => (Wanted::Archive, "application/zip"),
            "data.json" => (Wanted::Json, "application/json"),
            "data.html" => (Wanted::Page, "text/html; charset=utf-8"),
            "appointments.ics" => (Wanted::Calendar, "text/calendar; charset=utf-8"),
            _ => return None,
        })
    }
}

/// One file of a copy, for who could ask for it. That it is opened is noted first; where it cannot be noted, nothing is
/// opened.
pub async fn own_data_file(
    State(app): State<AppState>,
    actor: Result<Actor, AppError>,
    Path((id, name)): Path<(String, String)>,
) -> Response {
    let found = async {
        let actor = actor?;
        let (wanted, kind) = Wanted::named(&name).ok_or(AppError::NotFound)?;
        let id = id.parse().map_err(|_| AppError::NotFound)?;
        Ok((open(&app, actor, id, &name).await?, wanted, kind))
    };
    let (files, wanted, kind) = match found.await {
        Ok(found) => found,
        Err(error) => return answer::refuse(error),
    };
    let body = match wanted {
        Wanted::Json => Body::from(files.json),
        Wanted::Page => Body::from(files.html),
        Wanted::Calendar => Body::from(files.calendar),
        Wanted::Archive => archive(&app, files),
    };
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, ["attachment; filename=\"", &name, "\""].concat()),
        (CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, body).into_response()
}

async fn open(app: &AppState, actor: Actor, id: ExportId, name: &str) -> Result<Files, AppError> {
    let (person, content) = {
        let mut reader = app.db.read().await?;
        kept(&mut reader.conn(), actor, id, app.clock.now()).await?
    };
    let files = Files::read(&app.data_keys, id, &content)?;
    let (subject, subject_id) = ("user", Some(person.0));
    note(app, actor.into(), Entry { action: "own_data.opened", subject, subject_id, details: name }).await?;
    Ok(files)
}

/// The encrypted content of a copy, and whose it is.
async fn kept(conn: &mut Conn<'_>, actor: Actor, id: ExportId, now: Timestamp) -> Result<(PersonId, Vec<u8>), Error> {
    const SQL: &str = "select person_id, until_at, content from data_exports where id = $1 and content is not null";
    let found: Option<(PersonId, Timestamp, Vec<u8>)> = conn.fetch_optional(SQL, (id,)).await?;
    let (person, until, content) = found.ok_or(AppError::NotFound)?;
    check(conn, actor, person, now).await?;
    if until <= now { Err(AppError::LinkOver.into()) } else { Ok((person, content)) }
}

fn archive(app: &AppState, files: Files) -> Body {
    let (pipe, sent) = duplex(AHEAD);
    let (app, handle) = (app.clone(), Handle::current());
    tokio::task::spawn_blocking(move || {
        let paper = |id: PaperId| handle.block_on(bytes_of(&app, id));
        // a browser that went away reads no further
        if let Err(error) = write_archive(SyncIoBridge::new(pipe), files, paper) {
            tracing::debug!(%error, "an archive was not sent to its end");
        }
    });
    Body::from_stream(ReaderStream::new(sent))
}

fn write_archive(
    pipe: impl Write,
    files: Files,
    paper: impl Fn(PaperId) -> Result<Option<Vec<u8>>, AppError>,
) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(pipe);
    let plain = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, text) in [("data.html", files.html), ("data.json", files.json), ("appointments.ics", files.calendar)] {
        zip.start_file(name, plain)?;
        zip.write_all(text.as_bytes())?;
    }
    for (id, place) in files.papers {
        let (place, bytes) = match paper(id) {
            Ok(Some(bytes)) => (place, bytes),
            Ok(None) => (place + ".txt", b"This file was taken away after the copy was made.\n".to_vec()),
            Err(_) => (place + ".txt", b"This file could not be read just now. Please download again.\n".to_vec()),
        };
        zip.start_file(place, plain)?;
        zip.write_all(&bytes)?;
    }
    let mut pipe = zip.finish()?.into_inner();
    pipe.flush()
}

//! The demo's mailbox. It is there only while messages are written into a folder.

use std::path::PathBuf;

use uuid::Uuid;

use crate::{
    admin::model::mailbox::{Mailbox, MailboxMessage, MailboxRow, PER_PAGE},
    clinic::server::clinic_zone,
    config::TransportKind,
    error::AppError,
    notifications::server::mailbox::{self, ParsedMessage},
    state::AppState,
    time::{Timestamp, server::Zone},
    web::answer,
};

/// One page of the mailbox, the newest message first; a page past the end is the last one.
///
/// # Errors
/// [`AppError::NotFound`] without a mailbox.
pub async fn list(app: &AppState, page: u32) -> Result<Mailbox, AppError> {
    let (folder, zone) = (folder(app)?, zone(app).await?);
    let found = mailbox::list(folder.clone()).await.map_err(unreadable)?;
    let pages = u32::try_from(found.len()).unwrap_or(u32::MAX).div_ceil(PER_PAGE).max(1);
    let page = page.clamp(1, pages);
    let mut rows = Vec::new();
    for message in found.iter().skip(((page - 1) * PER_PAGE) as usize).take(PER_PAGE as usize) {
        if let Some(parsed) = mailbox::read(folder.clone(), message.id).await.map_err(unreadable)? {
            let sent = sent(&parsed, &zone, app.clock.now());
            rows.push(MailboxRow { id: message.id, subject: parsed.subject, to: parsed.to, sent });
        }
    }
    Ok(Mailbox { rows, page, pages })
}

/// One message of the mailbox.
///
/// # Errors
/// [`AppError::NotFound`] without a mailbox and for what is not in it.
pub async fn message(app: &AppState, id: &str) -> Result<MailboxMessage, AppError> {
    let (id, parsed) = find(app, id).await?;
    let sent = sent(&parsed, &zone(app).await?, app.clock.now());
    let ParsedMessage { subject, from, to, headers, text, files, .. } = parsed;
    Ok(MailboxMessage { id, subject, from, to, sent, files, headers, text })
}

/// The HTML part of one message, as it is.
///
/// # Errors
/// As [`message`].
pub async fn html(app: &AppState, id: &str) -> Result<String, AppError> {
    Ok(find(app, id).await?.1.html)
}

async fn find(app: &AppState, id: &str) -> Result<(Uuid, ParsedMessage), AppError> {
    let folder = folder(app)?;
    let id: Uuid = id.parse().map_err(|_| AppError::NotFound)?;
    let parsed = mailbox::read(folder, id).await.map_err(unreadable)?;
    Ok((id, parsed.ok_or(AppError::NotFound)?))
}

fn folder(app: &AppState) -> Result<PathBuf, AppError> {
    let mail = &app.settings.mail;
    if mail.transport == TransportKind::File { Ok(PathBuf::from(&mail.folder)) } else { Err(AppError::NotFound) }
}

async fn zone(app: &AppState) -> Result<Zone, AppError> {
    let mut reader = app.db.read().await?;
    Ok(clinic_zone(&mut reader.conn()).await?)
}

fn sent(parsed: &ParsedMessage, zone: &Zone, now: Timestamp) -> String {
    parsed.date.map(|date| zone.moment_words(date, now)).unwrap_or_default()
}

fn unreadable(error: std::io::Error) -> AppError {
    answer::internal("the folder of messages cannot be read", &error)
}

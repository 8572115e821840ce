//! Taking a file away: its key, its name and its bytes go, its row stays.

use super::row::{PaperRow, has_files};
use crate::{
    booking::server::{Author, entrusted},
    clinic::server::audit::{Entry, record},
    db::{Error, Tx, WriteUnit},
    error::AppError,
    ids::{AppointmentId, PaperId, PersonId},
    papers::PaperState,
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// Takes away a file that this person has sent. Done as well when it was taken away before.
///
/// # Errors
/// [`AppError::NotFound`] for a file that this person may not see, [`AppError::Forbidden`] for another person's.
pub async fn remove(app: &AppState, actor: Actor, id: AppointmentId, paper: PaperId) -> Result<(), AppError> {
    app.db.write(RemovePaper { actor, id, paper, now: app.clock.now() }).await?;
    // a store that is away now is asked again by a job
    if let Err(error) = delete_bytes(app, paper).await {
        tracing::warn!(%error, "the bytes of a file that was taken away cannot be deleted; trying again");
    }
    Ok(())
}

struct RemovePaper {
    actor: Actor,
    id: AppointmentId,
    paper: PaperId,
    now: Timestamp,
}

impl WriteUnit for RemovePaper {
    const NAME: &'static str = "remove_paper";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let (appointment, may_read) = entrusted(tx, self.actor, self.id, self.now).await?;
        if !may_read || !has_files(&appointment) {
            return Err(AppError::Forbidden.into());
        }
        let row = PaperRow::find(tx, &appointment, self.paper).await?;
        if row.added_by != self.actor.user {
            return Err(AppError::Forbidden.into());
        }
        end(tx, self.paper, PaperState::Removed, self.actor.into(), &row.reference, self.now).await
    }
}

/// Ends every file of a person's appointments. A job deletes their bytes.
///
/// # Errors
/// The database's.
pub async fn end_all(tx: &mut Tx<'_>, patient: PersonId, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "select id, reference from papers where patient_id = $1 and state in ('waiting', 'ready')
        order by id";
    let standing: Vec<(PaperId, String)> = tx.fetch_all(SQL, (patient,)).await?;
    for (id, reference) in standing {
        end(tx, id, PaperState::Removed, Author::SYSTEM, &reference, now).await?;
    }
    Ok(())
}

/// Ends a file that still stands, with its entry in the audit log.
pub(super) async fn end(
    tx: &mut Tx<'_>,
    id: PaperId,
    state: PaperState,
    by: Author,
    reference: &str,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "update papers set state = $2, name = $3, file_key = $3, ended_at = $4, ended_by = $5
        where id = $1 and state in ('waiting', 'ready')";
    let by_person: Option<PersonId> = by.actor;
    if tx.execute(SQL, (id, state, Vec::<u8>::new(), now, by_person)).await? == 0 {
        return Ok(());
    }
    let action = match state {
        PaperState::Infected => "paper.infected",
        PaperState::Expired => "paper.expired",
        _ => "paper.removed",
    };
    record(tx, by, now, Entry { action, subject: "paper", subject_id: Some(id.0), details: reference }).await
}

/// Deletes the bytes of a file that was taken away, and notes that they are gone.
pub(super) async fn delete_bytes(app: &AppState, id: PaperId) -> Result<(), AppError> {
    let deleted = app.papers.store.delete(id).await;
    deleted.map_err(|error| crate::web::answer::internal("the bytes of a file cannot be deleted", &error))?;
    Ok(app.db.write(NoteGone(id)).await?)
}

struct NoteGone(PaperId);

impl WriteUnit for NoteGone {
    const NAME: &'static str = "note_paper_gone";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update papers set bytes_gone = $2 where id = $1";
        tx.execute(SQL, (self.0, true)).await.map(|_| ())
    }
}

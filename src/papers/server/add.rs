//! One file, from its bytes to its row.

use uuid::Uuid;

use super::{
    clamd::{self, Verdict},
    content,
    row::{name_context, side, takes_files},
};
use crate::{
    booking::server::{Author, entrusted_to_change},
    clinic::server::audit::{Entry, record},
    db::{Error, Tx, WriteUnit},
    error::AppError,
    ids::{AppointmentId, PaperId},
    papers::{MAX_FILES, PaperKind, PaperState, Refusal},
    state::AppState,
    time::Timestamp,
    web::{answer, request::Actor},
};

const MEGABYTE: i64 = 1024 * 1024;

/// Checks the file, cleans it, keeps it and writes its row. The name is shown, and nothing else is done with it.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Forbidden`], the store's and the database's. A file that is not taken is no error
/// but a [`Refusal`]; of such a file nothing stays.
pub async fn add(
    app: &AppState,
    actor: Actor,
    appointment: AppointmentId,
    name: &str,
    bytes: Vec<u8>,
) -> Result<Result<PaperId, Refusal>, AppError> {
    if bytes.is_empty() {
        return Ok(Err(Refusal::Empty));
    }
    let Some(kind) = content::kind_of(&bytes) else {
        return Ok(Err(Refusal::NotAllowed));
    };
    let state = match app.papers.scan(&bytes).await {
        Verdict::Clean => PaperState::Ready,
        Verdict::Infected => return Ok(Err(Refusal::Infected)),
        Verdict::Away => PaperState::Waiting,
    };
    let bytes = match app.papers.clean(kind, bytes).await? {
        Ok(bytes) => bytes,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let id = PaperId(Uuid::now_v7());
    let put = app.papers.store.put(&app.data_keys, id, &bytes).await;
    let file_key = put.map_err(|error| answer::internal("a file cannot be kept", &error))?;
    let unit = AddPaper {
        actor,
        appointment,
        id,
        name: app.data_keys.encrypt(&name_context(id), name.as_bytes()),
        kind,
        size: i32::try_from(bytes.len()).unwrap_or(i32::MAX),
        file_key,
        state,
        quota: i64::from(app.settings.papers.quota_megabytes) * MEGABYTE,
        now: app.clock.now(),
    };
    let added = app.db.write(unit).await;
    if !matches!(added, Ok(None) | Err(Error::CommitUnknown(_))) {
        // nobody has its key, so what cannot be deleted now is nothing to anybody
        if let Err(error) = app.papers.store.delete(id).await {
            tracing::warn!(%error, "the bytes of a file that was not taken cannot be deleted");
        }
    }
    Ok(added?.map_or(Ok(id), Err))
}

impl super::PaperParts {
    /// What the virus scanner says; clean where there is none.
    pub(super) async fn scan(&self, bytes: &[u8]) -> Verdict {
        if self.clamd.is_empty() { Verdict::Clean } else { clamd::scan(&self.clamd, bytes).await }
    }

    async fn clean(&self, kind: PaperKind, bytes: Vec<u8>) -> Result<Result<Vec<u8>, Refusal>, AppError> {
        let _turn = self.images.acquire().await;
        let work = tokio::task::spawn_blocking(move || content::cleaned(kind, bytes));
        // a codec that panics on what it reads
        Ok(work.await.unwrap_or(Err(Refusal::Damaged)))
    }
}

struct AddPaper {
    actor: Actor,
    appointment: AppointmentId,
    id: PaperId,
    name: Vec<u8>,
    kind: PaperKind,
    size: i32,
    file_key: Vec<u8>,
    state: PaperState,
    quota: i64,
    now: Timestamp,
}

impl WriteUnit for AddPaper {
    const NAME: &'static str = "add_paper";
    type Output = Option<Refusal>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<Refusal>, Error> {
        const COUNT: &str = "select count(*) from papers
            where reference = $1 and added_role = $2 and state in ('waiting', 'ready')";
        const SUM: &str = "select cast(coalesce(sum(size), 0) as bigint) from papers
            where patient_id = $1 and state in ('waiting', 'ready')";
        const INSERT: &str = "insert into papers (id, reference, patient_id, added_by, added_role, name, kind, size,
                file_key, state, added_at, bytes_gone)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let (appointment, may_read) = entrusted_to_change(tx, self.actor, self.appointment, self.now).await?;
        let (Some(side), Some(patient), true) = (side(self.actor), appointment.patient_id, may_read) else {
            return Err(AppError::Forbidden.into());
        };
        if !takes_files(&appointment) {
            return Err(AppError::Conflict.into());
        }
        let files: i64 = tx.fetch_value(COUNT, (&appointment.reference, side)).await?;
        if usize::try_from(files).is_ok_and(|files| files >= MAX_FILES) {
            return Ok(Some(Refusal::TooMany));
        }
        let used: i64 = tx.fetch_value(SUM, (patient,)).await?;
        if used + i64::from(self.size) > self.quota {
            return Ok(Some(Refusal::Quota));
        }
        let author = Author::from(self.actor);
        let reference = appointment.reference.as_str();
        tx.execute(
            INSERT,
            (
                self.id,
                reference,
                patient,
                self.actor.user,
                side,
                &self.name,
                self.kind,
                self.size,
                &self.file_key,
                self.state,
                self.now,
                false,
            ),
        )
        .await?;
        let (subject, subject_id) = ("paper", Some(self.id.0));
        record(tx, author, self.now, Entry { action: "paper.added", subject, subject_id, details: reference }).await?;
        Ok(None)
    }
}

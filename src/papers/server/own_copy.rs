//! A person's files for the copy of their own data.

use super::{
    open::ready,
    row::{PaperRow, name_context},
};
use crate::{
    clinic::server::data_keys::DataKeys,
    db::{Conn, Error},
    error::AppError,
    ids::{PaperId, PersonId},
    papers::{PaperKind, PaperState},
    state::AppState,
    time::Timestamp,
    web::answer,
};

/// A file that was sent along with an appointment of the person.
pub struct OwnPaper {
    pub id: PaperId,
    pub reference: String,
    /// What its sender called it; None when it was taken away.
    pub name: Option<String>,
    pub kind: PaperKind,
    pub bytes: i32,
    pub state: PaperState,
    pub added_at: Timestamp,
    pub by: &'static str,
}

/// Every file of the person's appointments, the oldest first.
///
/// # Errors
/// The database's.
pub async fn own_papers(conn: &mut Conn<'_>, keys: &DataKeys, person: PersonId) -> Result<Vec<OwnPaper>, Error> {
    const SQL: &str = "select id, reference, added_by, added_role, name, kind, size, state, added_at
        from papers where patient_id = $1 order by added_at, id";
    let rows: Vec<PaperRow> = conn.fetch_all(SQL, (person,)).await?;
    let own = |row: PaperRow| OwnPaper {
        name: if row.state.stands() { row.name(keys).ok() } else { None },
        by: match row.added_role.as_str() {
            "doctor" => "the doctor",
            _ if row.added_by == person => "you",
            _ => "somebody who acts for you",
        },
        id: row.id,
        reference: row.reference,
        kind: row.kind,
        bytes: row.size,
        state: row.state,
        added_at: row.added_at,
    };
    Ok(rows.into_iter().map(own).collect())
}

/// What is in a file; None when it was taken away meanwhile or waits for the virus scanner.
///
/// # Errors
/// The store's.
pub async fn bytes_of(app: &AppState, id: PaperId) -> Result<Option<Vec<u8>>, AppError> {
    let found = ready(&mut app.db.read().await?.conn(), id).await?;
    let Some((_, name, key)) = found else { return Ok(None) };
    // a row whose name does not decrypt was changed from outside
    if app.data_keys.decrypt(&name_context(id), &name).is_err() {
        return Ok(None);
    }
    let got = app.papers.store.get(&app.data_keys, id, &key).await;
    got.map(Some).map_err(|error| answer::internal("a file cannot be read", &error))
}

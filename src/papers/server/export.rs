//! Files for an export.

use sqlx::FromRow;
use uuid::Uuid;

use super::row::name_context;
use crate::{
    clinic::server::data_keys::DataKeys,
    db::{Conn, Error},
    ids::{PaperId, PersonId},
    state::AppState,
    time::Timestamp,
};

/// A file, or what is left of one that was taken away.
#[derive(FromRow)]
pub struct PaperForExport {
    pub id: PaperId,
    pub reference: String,
    pub patient_id: PersonId,
    pub added_by: PersonId,
    pub added_role: String,
    /// What its sender called it; empty when it was taken away, or the key is missing with which it could be read.
    #[sqlx(skip)]
    pub name: String,
    #[sqlx(rename = "name")]
    sealed_name: Vec<u8>,
    pub kind: String,
    pub size: i32,
    file_key: Vec<u8>,
    pub state: String,
    pub added_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl PaperForExport {
    /// The next so many by id.
    ///
    /// # Errors
    /// The database's.
    pub async fn after(conn: &mut Conn<'_>, keys: &DataKeys, after: Uuid, most: usize) -> Result<Vec<Self>, Error> {
        const SQL: &str = "select id, reference, patient_id, added_by, added_role, name, kind, size, file_key, state,
                added_at, ended_at
            from papers where id > $1 order by id limit $2";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut rows: Vec<PaperForExport> = conn.fetch_all(SQL, (after, most)).await?;
        for row in &mut rows {
            let name = keys.decrypt(&name_context(row.id), &row.sealed_name).ok();
            row.name = name.and_then(|name| String::from_utf8(name).ok()).unwrap_or_default();
        }
        Ok(rows)
    }

    /// The bytes of a file that can be opened; none where the store does not have them, which the log says.
    pub async fn bytes(&self, app: &AppState) -> Option<Vec<u8>> {
        if self.state != "ready" {
            return None;
        }
        let got = app.papers.store.get(&app.data_keys, self.id, &self.file_key).await;
        got.inspect_err(|error| tracing::warn!(paper = %self.id, %error, "a file cannot be exported")).ok()
    }
}

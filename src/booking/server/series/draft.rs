//! What was typed into a form of several appointments that failed: it waits for the page to be shown again, because it
//! may be more than a cookie can carry.

use serde::{Deserialize, Serialize};

use crate::{
    booking::SentAnswers,
    clinic::server::data_keys::DataKeys,
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::{PersonId, SeriesId},
    state::AppState,
    time::Timestamp,
};

/// The typed text. It has no `Debug`, so that no log gets it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Draft {
    pub reason: String,
    pub one: SentAnswers,
    pub other: SentAnswers,
}

/// Ties a value to its row.
fn context(id: SeriesId, account: PersonId) -> Vec<u8> {
    [b"series draft ".as_slice(), id.0.as_bytes(), account.0.as_bytes()].concat()
}

impl Draft {
    /// The draft of this account under the key of its form.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(
        conn: &mut Conn<'_>,
        keys: &DataKeys,
        account: Option<PersonId>,
        key: &str,
    ) -> Result<Option<Draft>, Error> {
        const SQL: &str = "select content from series_drafts where id = $1 and account_id = $2";
        let (Some(account), Ok(id)) = (account, key.parse::<SeriesId>()) else { return Ok(None) };
        let content: Option<Vec<u8>> = conn.fetch_optional_value(SQL, (id, account)).await?;
        let plain = content.and_then(|content| keys.decrypt(&context(id, account), &content).ok());
        Ok(plain.and_then(|plain| serde_json::from_slice(&plain).ok()))
    }

    /// Keeps the draft in place of an earlier one of this account.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn keep(&self, app: &AppState, account: PersonId, key: &str) -> Result<(), AppError> {
        let Ok(id) = key.parse::<SeriesId>() else { return Ok(()) };
        let plain = serde_json::to_vec(self).map_err(|_| Error::Corrupt("series draft"))?;
        let content = app.data_keys.encrypt(&context(id, account), &plain);
        Ok(app.db.write(KeepDraft { id, account, content, now: app.clock.now() }).await?)
    }
}

/// Keeps what was typed, in place of what this account typed before.
struct KeepDraft {
    id: SeriesId,
    account: PersonId,
    /// Encrypted.
    content: Vec<u8>,
    now: Timestamp,
}

impl WriteUnit for KeepDraft {
    const NAME: &'static str = "keep_series_draft";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        // another account's form of the same key is nobody's business
        const SQL: &str = "insert into series_drafts (id, account_id, content, created_at) values ($1, $2, $3, $4)
            on conflict (id) do nothing";
        forget(tx, self.account).await?;
        tx.execute(SQL, (self.id, self.account, &self.content, self.now)).await?;
        Ok(())
    }
}

/// Forgets what was typed more than a day ago.
///
/// # Errors
/// The database cannot be written.
pub async fn forget_drafts(app: &AppState) -> Result<(), AppError> {
    Ok(app.db.write(ForgetDrafts { before: app.clock.now().day_before() }).await?)
}

/// Deletes old drafts.
struct ForgetDrafts {
    before: Timestamp,
}

impl WriteUnit for ForgetDrafts {
    const NAME: &'static str = "forget_series_drafts";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "delete from series_drafts where created_at < $1";
        tx.execute(SQL, (self.before,)).await?;
        Ok(())
    }
}

/// Forgets the drafts of an account whose form was booked.
///
/// # Errors
/// The database's.
pub(super) async fn forget(tx: &mut Tx<'_>, account: PersonId) -> Result<(), Error> {
    const SQL: &str = "delete from series_drafts where account_id = $1";
    tx.execute(SQL, (account,)).await?;
    Ok(())
}

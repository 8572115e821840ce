//! The keys in the database.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Batch, Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::PersonId,
    random,
    state::AppState,
    time::Timestamp,
};

/// The time for which a key is stored: a day.
const KEPT_MINUTES: i64 = 24 * 60;
/// The seconds after which a request without an answer counts as lost.
const LEASE_SECONDS: i64 = 30;

/// A key with its owner and its operation.
#[derive(Clone, Debug)]
pub struct Key {
    pub user: PersonId,
    /// `POST /appointments`
    pub operation: String,
    pub key: String,
}

/// A request with a key.
#[derive(Clone, Debug)]
pub struct KeyedRequest {
    pub key: Key,
    /// SHA-256 of everything that the answer depends on.
    pub hash: Vec<u8>,
}

/// A stored answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: i32,
    /// A JSON object of names and values.
    pub headers: String,
    /// The body; none for an answer with a secret.
    pub body: Option<String>,
}

/// The result of an attempt to take a key.
#[derive(Debug)]
pub enum Claimed {
    /// The key belongs to this request, which answers for it under this id.
    Taken(Uuid),
    /// The first request was answered. Its answer is missing when it had a secret.
    Answered(Option<Answer>),
    /// The key belongs to another request.
    Reused,
    /// The first request is under way.
    UnderWay,
}

/// The result of reading a key.
pub enum Look {
    At(Claimed),
    /// The key can be taken.
    Free,
}

#[derive(FromRow)]
struct Row {
    request_hash: Vec<u8>,
    lease_until: Timestamp,
    status: Option<i32>,
    headers: Option<String>,
    body: Option<String>,
    created_at: Timestamp,
}

impl Row {
    async fn find(conn: &mut Conn<'_>, key: &Key) -> Result<Option<Row>, Error> {
        const SQL: &str = "select request_hash, lease_until, status, headers, body, created_at
            from idempotency_keys where person_id = $1 and operation = $2 and key = $3";
        conn.fetch_optional(SQL, (key.user, &key.operation, &key.key)).await
    }

    /// The state of the key for a request with this hash.
    fn found(self, hash: &[u8], now: Timestamp) -> Look {
        if self.is_over(now) {
            return Look::Free;
        }
        Look::At(match self.status {
            _ if self.request_hash != hash => Claimed::Reused,
            Some(status) => {
                let headers = self.headers.unwrap_or_default();
                Claimed::Answered(self.body.map(|body| Answer { status, headers, body: Some(body) }))
            }
            None if self.lease_until > now => Claimed::UnderWay,
            None => return Look::Free,
        })
    }

    /// Whether the key's day is over.
    fn is_over(&self, now: Timestamp) -> bool {
        self.created_at <= now.plus_minutes(-KEPT_MINUTES)
    }
}

/// Reads the state of a key without taking it.
pub async fn look(app: &AppState, key: &Key, hash: &[u8]) -> Result<Look, Error> {
    let mut reader = app.db.read().await?;
    let row = Row::find(&mut reader.conn(), key).await?;
    Ok(row.map_or(Look::Free, |row| row.found(hash, app.clock.now())))
}

/// Takes the key if it is free.
pub async fn claim(app: &AppState, key: &Key, hash: &[u8]) -> Result<Claimed, Error> {
    let unit = ClaimKey { key: key.clone(), hash: hash.to_vec(), new: random::id(), now: app.clock.now() };
    app.db.write(unit).await
}

/// Takes a key that is free; otherwise reads its state.
struct ClaimKey {
    key: Key,
    hash: Vec<u8>,
    /// Names this attempt: an earlier one that lost the key changes nothing.
    new: Uuid,
    now: Timestamp,
}

impl WriteUnit for ClaimKey {
    const NAME: &'static str = "claim_idempotency_key";
    type Output = Claimed;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Claimed, Error> {
        const INSERT: &str = "insert into idempotency_keys
                (person_id, operation, key, request_hash, effect_id, lease_until, created_at)
            values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing";
        const AGAIN: &str =
            "update idempotency_keys set request_hash = $4, effect_id = $5, lease_until = $6, created_at = $7,
                status = null, headers = null, body = null
            where person_id = $1 and operation = $2 and key = $3";
        let ClaimKey { ref key, ref hash, new, now } = *self;
        if write(tx, INSERT, key, hash, (new, now), now).await? {
            return Ok(Claimed::Taken(new));
        }
        // an earlier request used this key
        let Some(row) = Row::find(tx, key).await? else { return Ok(Claimed::UnderWay) };
        let created_at = if row.is_over(now) { now } else { row.created_at };
        if let Look::At(found) = row.found(hash, now) {
            return Ok(found);
        }
        let taken = write(tx, AGAIN, key, hash, (new, created_at), now).await?;
        Ok(if taken { Claimed::Taken(new) } else { Claimed::UnderWay })
    }
}

async fn write(
    tx: &mut Tx<'_>,
    sql: &'static str,
    key: &Key,
    hash: &[u8],
    (effect, created_at): (Uuid, Timestamp),
    now: Timestamp,
) -> Result<bool, Error> {
    let lease = now.plus_seconds(LEASE_SECONDS);
    let changed = tx.execute(sql, (key.user, &key.operation, &key.key, hash, effect, lease, created_at)).await?;
    Ok(changed > 0)
}

/// Stores an answer with the write that makes what it tells of. A key whose day is over is used anew. A key that has an
/// answer fails the unit with [`AppError::KeyInUse`]: what it made must not be made again.
///
/// # Errors
/// A value cannot be encoded.
pub fn keep_along(
    batch: &mut Batch,
    request: &KeyedRequest,
    effect: Uuid,
    answer: &Answer,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "insert into idempotency_keys
            (person_id, operation, key, request_hash, effect_id, lease_until, status, headers, body, created_at)
        values ($1, $2, $3, $4, $5, $9, $6, $7, $8, $9)
        on conflict (person_id, operation, key) do update set
            request_hash = excluded.request_hash, effect_id = excluded.effect_id, lease_until = excluded.lease_until,
            status = excluded.status, headers = excluded.headers, body = excluded.body,
            created_at = excluded.created_at
        where idempotency_keys.created_at <= $10";
    let KeyedRequest { key, hash } = request;
    let over = now.plus_minutes(-KEPT_MINUTES);
    let binds =
        (key.user, &key.operation, &key.key, hash, effect, answer.status, &answer.headers, &answer.body, now, over);
    batch.add_or_fail(SQL, binds, AppError::KeyInUse)
}

/// Stores the answer for the case that the request is sent again.
pub async fn keep(app: &AppState, key: Key, effect: Uuid, answer: Answer) -> Result<(), Error> {
    app.db.write(KeepAnswer { key, effect, answer }).await
}

/// Writes an answer to its key, if the key is still of this request.
struct KeepAnswer {
    key: Key,
    effect: Uuid,
    answer: Answer,
}

impl WriteUnit for KeepAnswer {
    const NAME: &'static str = "keep_idempotent_answer";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update idempotency_keys set status = $5, headers = $6, body = $7
            where person_id = $1 and operation = $2 and key = $3 and effect_id = $4 and status is null";
        let KeepAnswer { key, effect, answer } = self;
        tx.execute(SQL, (key.user, &key.operation, &key.key, *effect, answer.status, &answer.headers, &answer.body))
            .await?;
        Ok(())
    }
}

/// Frees the key of a request that had no effect.
pub async fn forget(app: &AppState, key: Key, effect: Uuid) -> Result<(), Error> {
    const SQL: &str = "delete from idempotency_keys
        where person_id = $1 and operation = $2 and key = $3 and effect_id = $4 and status is null";
    app.db.write(EndKeyClaim { sql: SQL, key, effect }).await
}

/// Lets the same request run again at once.
pub async fn give_back(app: &AppState, key: Key, effect: Uuid) -> Result<(), Error> {
    const SQL: &str = "update idempotency_keys set lease_until = created_at
        where person_id = $1 and operation = $2 and key = $3 and effect_id = $4 and status is null";
    app.db.write(EndKeyClaim { sql: SQL, key, effect }).await
}

/// Ends the claim of a request that was not answered.
struct EndKeyClaim {
    /// The statement. Its placeholders are the three columns of the key and the id of the thing that the request makes.
    sql: &'static str,
    key: Key,
    effect: Uuid,
}

impl WriteUnit for EndKeyClaim {
    const NAME: &'static str = "end_idempotency_claim";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let key = &self.key;
        tx.execute(self.sql, (key.user, &key.operation, &key.key, self.effect)).await?;
        Ok(())
    }
}

/// Removes the keys whose day is over, and returns their number.
///
/// # Errors
/// The database cannot be reached.
pub async fn clear(app: &AppState) -> Result<u64, Error> {
    app.db.write(ClearKeys { before: app.clock.now().plus_minutes(-KEPT_MINUTES) }).await
}

/// Removes the keys that are as old as this or older.
struct ClearKeys {
    before: Timestamp,
}

impl WriteUnit for ClearKeys {
    const NAME: &'static str = "clear_idempotency_keys";
    type Output = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, Error> {
        const SQL: &str = "delete from idempotency_keys where created_at <= $1";
        tx.execute(SQL, (self.before,)).await
    }
}

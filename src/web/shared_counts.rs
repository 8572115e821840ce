//! Counts that all servers on one PostgreSQL database share.
//!
//! Each is one row and one statement, outside of any write unit: a count is right whatever other units do, and as one row
//! that many requests change it would make serializable units fail each other. No count waits for the disk; after a crash
//! of the database server the last ones may be missing.

use std::net::IpAddr;

use sqlx::PgPool;

use super::rate_limits::{Limited, MAX_WRONG_PASSWORDS, WRONG_PASSWORD_SECONDS};
use crate::{
    db::{Db, Pools},
    random::token_hash,
    time::Timestamp,
};

#[derive(Clone, Debug)]
pub(super) struct SharedCounts(PgPool);

impl SharedCounts {
    pub fn of(db: &Db) -> Option<Self> {
        match &db.pools {
            Pools::Postgres(pool) => Some(SharedCounts(pool.clone())),
            Pools::Sqlite { .. } => None,
        }
    }

    /// Counts one more for the address in the hour that began then; returns how many there are now.
    pub async fn take(&self, (what, network): (Limited, IpAddr), hour: Timestamp) -> Result<i32, sqlx::Error> {
        const SQL: &str = "with quick as (select set_config('synchronous_commit', 'off', true))
            insert into address_counts as known (key_hash, hour_at, taken)
            select $1::bytea, $2::timestamptz, 1 from quick
            on conflict (key_hash) do update set
                taken = case when known.hour_at < excluded.hour_at then 1 else known.taken + 1 end,
                hour_at = greatest(known.hour_at, excluded.hour_at)
            returning taken";
        let key = token_hash(&format!("{what:?} {network}"));
        sqlx::query_scalar(SQL).bind(key).bind(hour).fetch_one(&self.0).await
    }

    /// Forgets what was counted in hours that began before.
    pub async fn clear(&self, before: Timestamp) -> Result<(), sqlx::Error> {
        const SQL: &str = "delete from address_counts where hour_at < $1::timestamptz";
        sqlx::query(SQL).bind(before).execute(&self.0).await.map(|_| ())
    }

    /// When the count of wrong passwords will have fallen to nothing.
    pub async fn wrong_passwords_over(&self) -> Result<Option<Timestamp>, sqlx::Error> {
        const SQL: &str = "select hour_at from address_counts where key_hash = $1::bytea";
        sqlx::query_scalar(SQL).bind(website()).fetch_optional(&self.0).await
    }

    pub async fn count_wrong_password(&self, now: Timestamp) -> Result<(), sqlx::Error> {
        const SQL: &str = "with quick as (select set_config('synchronous_commit', 'off', true))
            insert into address_counts as known (key_hash, hour_at, taken)
            select $1::bytea, $3::timestamptz, 0 from quick
            on conflict (key_hash) do update set
                hour_at = least(greatest(known.hour_at, $2::timestamptz) + ($3 - $2), $4::timestamptz)";
        let one_more = now.plus_seconds(WRONG_PASSWORD_SECONDS);
        let most = now.plus_seconds(MAX_WRONG_PASSWORDS * WRONG_PASSWORD_SECONDS);
        let count = sqlx::query(SQL).bind(website()).bind(now).bind(one_more).bind(most);
        count.execute(&self.0).await.map(|_| ())
    }
}

/// The key of the count for the whole website.
fn website() -> Vec<u8> {
    token_hash("website")
}

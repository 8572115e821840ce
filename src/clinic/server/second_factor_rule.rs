//! The clinic's rule: whether doctors and staff need a second factor, and how long they have to set one up.

use sqlx::FromRow;

use crate::db::{Conn, Error, Tx};

/// The rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct SecondFactorRule {
    pub is_needed: bool,
    /// Days from the first sign-in under the rule.
    pub days: i32,
}

impl Default for SecondFactorRule {
    /// What holds while the clinic has saved nothing.
    fn default() -> Self {
        SecondFactorRule { is_needed: true, days: 14 }
    }
}

impl SecondFactorRule {
    /// The rule as it is saved.
    ///
    /// # Errors
    /// The database's.
    pub async fn load(conn: &mut Conn<'_>) -> Result<Self, Error> {
        const SQL: &str = "select is_needed, days from second_factor_rule where id = 1";
        Ok(conn.fetch_optional(SQL, ()).await?.unwrap_or_default())
    }

    /// Saves the rule. When it begins to hold, the days of everybody begin anew.
    ///
    /// # Errors
    /// The database's.
    pub async fn save(self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "insert into second_factor_rule (id, is_needed, days) values (1, $1, $2)
            on conflict (id) do update set is_needed = excluded.is_needed, days = excluded.days";
        const ANEW: &str = "delete from second_factor_grace";
        let before = Self::load(tx).await?;
        if self.is_needed && !before.is_needed {
            tx.execute(ANEW, ()).await?;
        }
        tx.execute(SQL, (self.is_needed, self.days)).await?;
        Ok(())
    }
}

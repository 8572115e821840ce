//! The clinic's rule about the second factor of doctors and staff.

use super::settings::invalid;
use crate::{
    admin::model::{second_factor::RuleView, settings::number_between},
    clinic::server::{
        SecondFactorRule,
        audit::{Entry, record},
    },
    db::{Error, Tx, WriteUnit},
    error::AppError,
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// Days that doctors and staff may have to set a second factor up.
const DAYS: (i64, i64) = (0, 90);

/// The rule for its form, straight from the database.
///
/// # Errors
/// The database's.
pub async fn view(app: &AppState) -> Result<RuleView, AppError> {
    let mut reader = app.db.read().await?;
    let SecondFactorRule { is_needed, days } = SecondFactorRule::load(&mut reader.conn()).await?;
    Ok(RuleView { is_needed, days })
}

/// Saves the rule; what changed goes to the audit log.
///
/// # Errors
/// [`AppError::Invalid`] naming `days`.
pub async fn save(app: &AppState, actor: Actor, is_needed: bool, days: &str) -> Result<(), AppError> {
    let days = number_between(days, DAYS);
    invalid([("days", days.err())])?;
    let rule = SecondFactorRule { is_needed, days: days.unwrap_or_default() };
    app.db.write(SaveRule { actor, rule, now: app.clock.now() }).await?;
    app.clinic.keep_second_factor_rule(rule);
    Ok(())
}

/// Saves the rule, if it is another one.
struct SaveRule {
    actor: Actor,
    rule: SecondFactorRule,
    now: Timestamp,
}

impl WriteUnit for SaveRule {
    const NAME: &'static str = "save_second_factor_rule";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let before = SecondFactorRule::load(tx).await?;
        if before == self.rule {
            return Ok(());
        }
        self.rule.save(tx).await?;
        let words =
            |rule: SecondFactorRule| format!("{}, {} days", if rule.is_needed { "yes" } else { "no" }, rule.days);
        let details = format!("doctors and staff need a second factor: {} to {}", words(before), words(self.rule));
        let entry = Entry { action: "settings.changed", subject: "settings", subject_id: None, details: &details };
        record(tx, self.actor.into(), self.now, entry).await
    }
}

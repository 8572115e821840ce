//! Browsers that are not asked for a code for 30 days.
//!
//! Such a browser has a cookie with one random token for each account that trusts it; the database keeps its SHA-256. A
//! token belongs to one account and opens nothing by itself: the password is always asked for. It is drawn for every
//! trust anew, so that nobody who had the browser before knows it.

use sqlx::FromRow;
use uuid::Uuid;

use super::proof::note;
use crate::{
    accounts::model::second_factor::TrustedBrowser,
    clinic::server::audit::Author,
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::{PersonId, TrustedBrowserId},
    random,
    state::AppState,
    time::{Timestamp, server::Zone},
    web::{request::Actor, user_agent::names},
};

/// Seconds for which a browser is trusted: 30 days.
pub(crate) const SECONDS: u32 = 30 * 24 * 3600;
/// Tokens in one browser. A family may share one.
const MAX_TOKENS: usize = 5;
/// Characters of the name of a browser.
const MAX_DEVICE: usize = 60;

/// A browser that is about to be trusted: everything random is drawn before the write unit, which may run twice.
#[derive(Clone)]
pub(crate) struct NewTrust {
    id: TrustedBrowserId,
    /// In the browser's cookie.
    pub token: String,
    device: String,
}

impl NewTrust {
    /// Of the browser that calls itself so.
    pub fn prepare(user_agent: &str) -> Self {
        let device = browser_words(user_agent).chars().take(MAX_DEVICE).collect();
        NewTrust { id: TrustedBrowserId(Uuid::now_v7()), token: random::token(), device }
    }

    /// Trusts the browser, in the unit that signs its person in.
    pub async fn begin(&self, tx: &mut Tx<'_>, by: Author, user: PersonId, now: Timestamp) -> Result<(), Error> {
        const SQL: &str = "insert into trusted_browsers
                (id, person_id, token_hash, device, created_at, last_used_at, expires_at)
            values ($1, $2, $3, $4, $5, $5, $6)";
        let (hash, until) = (random::token_hash(&self.token), now.plus_seconds(SECONDS.into()));
        tx.execute(SQL, (self.id, user, &hash, &self.device, now, until)).await?;
        note(tx, by, user, "second_factor.browser_trusted", &self.device, now).await
    }

    /// The value of the browser's cookie, with the tokens that it had.
    pub fn cookie_value(&self, before: &[String]) -> String {
        let before = before.iter().take(MAX_TOKENS - 1).map(String::as_str);
        std::iter::once(self.token.as_str()).chain(before).collect::<Vec<_>>().join(".")
    }
}

/// Whether one of these tokens makes the browser a trusted one of this person. Its use is noted.
pub(crate) async fn is_trusted(
    tx: &mut Tx<'_>,
    user: PersonId,
    tokens: &[String],
    now: Timestamp,
) -> Result<bool, Error> {
    const SQL: &str = "update trusted_browsers set last_used_at = $3
        where person_id = $1 and token_hash = $2 and revoked_at is null and expires_at > $3";
    for token in tokens.iter().take(MAX_TOKENS) {
        if tx.execute(SQL, (user, random::token_hash(token), now)).await? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

#[derive(FromRow)]
struct Stored {
    id: TrustedBrowserId,
    device: String,
    created_at: Timestamp,
    last_used_at: Timestamp,
    expires_at: Timestamp,
}

/// The browsers that a person trusts now, the newest first.
pub(super) async fn list(
    conn: &mut Conn<'_>,
    user: PersonId,
    zone: &Zone,
    now: Timestamp,
) -> Result<Vec<TrustedBrowser>, Error> {
    const SQL: &str = "select id, device, created_at, last_used_at, expires_at from trusted_browsers
        where person_id = $1 and revoked_at is null and expires_at > $2 order by created_at desc, id desc";
    let stored: Vec<Stored> = conn.fetch_all(SQL, (user, now)).await?;
    let shown = |browser: Stored| TrustedBrowser {
        id: browser.id,
        device: if browser.device.is_empty() { "A browser".to_owned() } else { browser.device },
        since: zone.moment_words(browser.created_at, now),
        used: zone.moment_words(browser.last_used_at, now),
        until: zone.moment_words(browser.expires_at, now),
    };
    Ok(stored.into_iter().map(shown).collect())
}

/// Ends the trust in a browser. A second call is fine.
///
/// # Errors
/// [`AppError::NotFound`], also for another person's.
pub async fn revoke(app: &AppState, actor: Actor, id: TrustedBrowserId) -> Result<(), AppError> {
    Ok(app.db.write(RevokeTrust { actor, id, now: app.clock.now() }).await?)
}

/// Ends the trust in one browser of this person.
struct RevokeTrust {
    actor: Actor,
    id: TrustedBrowserId,
    now: Timestamp,
}

impl WriteUnit for RevokeTrust {
    const NAME: &'static str = "revoke_trusted_browser";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const KNOWN: &str = "select device from trusted_browsers where id = $1 and person_id = $2";
        const SQL: &str = "update trusted_browsers set revoked_at = $2 where id = $1 and revoked_at is null";
        let (actor, now) = (self.actor, self.now);
        let device: Option<String> = tx.fetch_optional_value(KNOWN, (self.id, actor.user)).await?;
        let device = device.ok_or(AppError::NotFound)?;
        if tx.execute(SQL, (self.id, now)).await? == 0 {
            return Ok(());
        }
        note(tx, actor.into(), actor.user, "second_factor.browser_revoked", &device, now).await
    }
}

/// Ends the trust in every browser of a person.
pub(crate) async fn end_all(tx: &mut Tx<'_>, user: PersonId, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "update trusted_browsers set revoked_at = $2 where person_id = $1 and revoked_at is null";
    tx.execute(SQL, (user, now)).await?;
    Ok(())
}

/// What a browser calls itself, in words a person knows: "Firefox on Windows". Empty when it is none of those.
fn browser_words(user_agent: &str) -> String {
    match names(user_agent) {
        (Some(browser), Some(system)) => [browser, " on ", system].concat(),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_as_its_owner_knows_it() {
        for (sent, words) in [
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.0", ""),
            ("<script>", ""),
        ] {
            assert_eq!(browser_words(sent), words, "{sent}");
        }
    }

    #[test]
    fn a_browser_keeps_the_newest_tokens() {
        let new = NewTrust::prepare("");
        let before: Vec<String> = (0..7).map(|n| n.to_string()).collect();
        assert_eq!(new.cookie_value(&before), [&new.token, ".0.1.2.3"].concat());
        assert_eq!(new.cookie_value(&[]), new.token);
    }
}

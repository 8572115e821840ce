//! Slows down guessing of codes.
//!
//! Codes are asked for only after the right password, so whoever guesses them knows it. An attempt counts before the code
//! is looked at, and a right code takes it back. A browser that has signed in to the account before counts for itself,
//! and so does a session; everything else counts for its network, and for all networks together. A new password takes
//! nothing back: it is no proof of the second factor.

use uuid::Uuid;

use super::super::{
    account_mail,
    pace::{Count, NETWORK, PAIR, take_back},
    sign_in_attempts::mark,
};
use crate::{
    db::{self, Tx, WriteUnit},
    error::AppError,
    ids::{PersonId, SessionId},
    notifications::model::Kind,
    random::token_hash,
    state::AppState,
    time::Timestamp,
    web::{rate_limits::neighbourhood, request::RequestContext},
};

/// Wrong codes after which the owner is told, at most once a day.
const WARN_AT: i64 = 5;
const DAY: i64 = 24 * 3600;

/// Where one attempt counts.
#[derive(Clone)]
pub(crate) struct CodeAttempt {
    user: PersonId,
    own: Vec<u8>,
    /// None for a browser or session that the account knows.
    everywhere: Option<Vec<u8>>,
    /// Of a person who is signed in.
    pub session: Option<SessionId>,
}

impl CodeAttempt {
    /// Of a person who signs in to the account with this address.
    pub fn at_sign_in(user: PersonId, email: &str, request_context: &RequestContext) -> Self {
        let device = request_context.device.as_ref().filter(|device| device.knows(&mark(email)));
        let (own, everywhere) = match device {
            Some(device) => (format!("code device {} {user}", device.id), None),
            None => {
                let network = neighbourhood(request_context.address);
                (format!("code pair {network} {user}"), Some(token_hash(&format!("code account {user}"))))
            }
        };
        CodeAttempt { user, own: token_hash(&own), everywhere, session: None }
    }

    /// Of a person who is signed in.
    pub fn in_session(user: PersonId, session: SessionId) -> Self {
        let own = token_hash(&format!("code session {session} {user}"));
        CodeAttempt { user, own, everywhere: None, session: Some(session) }
    }

    /// Counts the attempt.
    ///
    /// # Errors
    /// [`AppError::TooManyAttempts`]: it comes too early and does not count.
    pub async fn count(self, app: &AppState) -> Result<CountedCode, AppError> {
        let unit = CountCode { attempt: self.clone(), message: Uuid::now_v7(), now: app.clock.now() };
        match app.db.write(unit).await? {
            wait if wait > 0 => {
                Err(AppError::TooManyAttempts { wait_seconds: u32::try_from(wait).unwrap_or(u32::MAX) })
            }
            _ => Ok(CountedCode(self)),
        }
    }
}

/// An attempt that was let through and counts as a wrong code, until it is forgiven.
#[derive(Clone)]
pub(crate) struct CountedCode(CodeAttempt);

impl CountedCode {
    /// The code was right.
    pub async fn forgive(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), db::Error> {
        const OWN: &str = "delete from sign_in_failures where key_hash = $1";
        tx.execute(OWN, (&self.0.own,)).await?;
        match &self.0.everywhere {
            Some(everywhere) => take_back(tx, everywhere, NETWORK.drains, now).await,
            None => Ok(()),
        }
    }
}

/// Counts an attempt that does not come too early; else returns the seconds until it may come.
struct CountCode {
    attempt: CodeAttempt,
    /// Names the message to the owner.
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for CountCode {
    const NAME: &'static str = "count_code_attempt";
    type Output = i64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<i64, db::Error> {
        let (CodeAttempt { user, own, everywhere, .. }, now) = (&self.attempt, self.now);
        let wait_of = |count: Option<Count>| count.map_or(0, |count| count.blocked_until.0 - now.0);
        let own_count = Count::find(tx, own).await?;
        let mut wait = wait_of(own_count);
        let mut all = None;
        if let Some(everywhere) = everywhere {
            all = Count::find(tx, everywhere).await?;
            wait = wait.max(wait_of(all));
        }
        if wait > 0 {
            return Ok(wait);
        }
        PAIR.add(tx, own, None, own_count, now).await?;
        if let Some(everywhere) = everywhere {
            NETWORK.add(tx, everywhere, None, all, now).await?;
        }
        let (counted, drains) = if everywhere.is_some() { (all, NETWORK.drains) } else { (own_count, PAIR.drains) };
        // the attempt that follows this many wrong ones
        if counted.map_or(0, |count| count.now(drains, now)) == WARN_AT
            && account_mail::wait(tx, Kind::WrongCodes, *user, DAY, now).await? == 0
        {
            account_mail::send(tx, Kind::WrongCodes, *user, self.message, now).await?;
        }
        Ok(0)
    }
}

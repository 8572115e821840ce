//! A sign-in that is under way at the provider.
//!
//! What has to come back, and what proves to the provider that this browser began it, waits in an encrypted cookie. It is
//! good for one return: the answer to it takes the cookie away, whatever it is.

use axum::http::HeaderMap;
use cookie::Cookie;
use serde::{Deserialize, Serialize};

use crate::{
    accounts::server::second_step::with_next,
    ids::SessionId,
    random,
    state::AppState,
    time::Timestamp,
    web::{
        cookies::{self, DIRECTORY},
        local_path::is_local,
    },
};

/// Seconds that a sign-in at the provider may take: passwords are typed there, and codes.
const SECONDS: u32 = 600;
/// Bytes of a path to go on with. A longer one would not fit into the cookie.
const LONGEST_PATH: usize = 1_500;

/// What the person wants of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Wanted {
    SignIn,
    /// To prove again who they are, in this session.
    Again(SessionId),
}

/// A sign-in that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pending {
    pub state: String,
    pub nonce: String,
    /// Of PKCE: the provider has its SHA-256.
    pub verifier: String,
    pub began: Timestamp,
    pub wanted: Wanted,
    /// The page to go to afterwards, one of this website; may be empty.
    pub next: String,
}

impl Pending {
    pub fn new(wanted: Wanted, next: &str, now: Timestamp) -> Self {
        let next = if is_local(next) && next.len() <= LONGEST_PATH { next } else { "" };
        let [state, nonce, verifier] = [(); 3].map(|()| random::token());
        Pending { state, nonce, verifier, began: now, wanted, next: next.to_owned() }
    }

    /// The one that the browser sent, if this server made it and its time is not over.
    pub fn of(app: &AppState, headers: &HeaderMap) -> Option<Self> {
        let text = cookies::unseal(DIRECTORY, headers, app.keys.cookies(), app.settings.is_https())?;
        let pending: Pending = serde_json::from_str(&text).ok()?;
        (app.clock.now() < pending.began.plus_seconds(SECONDS.into())).then_some(pending)
    }

    /// The cookie for the browser. It is sent along when the provider leads back here, because that is a link.
    pub fn cookie(&self, app: &AppState) -> Cookie<'static> {
        let value = cookies::seal(DIRECTORY, serde_json::to_string(self).unwrap_or_default(), app.keys.cookies());
        cookies::set(DIRECTORY, &value, SECONDS, app.settings.is_https()).into_owned()
    }

    /// Whether this is the state that the provider was given.
    pub fn has_state(&self, state: &str) -> bool {
        // hashes, so that the time of the comparison says nothing
        random::token_hash(state) == random::token_hash(&self.state)
    }

    /// The page that says what went wrong: the one that the person came from.
    pub fn page(&self) -> String {
        page(matches!(self.wanted, Wanted::Again(_)), &self.next)
    }
}

/// The page from which people leave for the provider, with the one to go to afterwards.
pub(super) fn page(again: bool, next: &str) -> String {
    with_next(if again { "/account/again" } else { "/sign-in" }, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sign_in_has_secrets_of_its_own_and_goes_on_within_this_website() {
        let new = |next: &str| Pending::new(Wanted::SignIn, next, Timestamp(0));
        let (one, other) = (new("/admin?a=b"), new("//evil.example"));
        assert!(one.has_state(&one.state) && !one.has_state(&other.state) && !one.has_state(""));
        assert!(one.nonce != other.nonce && one.verifier != other.verifier && one.nonce != one.state);
        assert_eq!((one.page().as_str(), other.page().as_str()), ("/sign-in?next=/admin%3Fa%3Db", "/sign-in"));
        assert_eq!(new(&["/", &"x".repeat(LONGEST_PATH)].concat()).next, "");
        let again = Pending::new(Wanted::Again(SessionId(uuid::Uuid::nil())), "/account", Timestamp(0));
        assert_eq!(again.page(), "/account/again?next=/account");
    }
}

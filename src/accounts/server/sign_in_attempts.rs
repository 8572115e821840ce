//! Slows down password guessing without keeping owners out.
//!
//! An attempt counts before the password is checked, so that parallel guesses cannot outrun the count; a right password
//! takes the attempt back. Every address is counted alike, whether or not it has an account. What is counted is named
//! by a SHA-256, which names neither person nor network.
//!
//! - A browser that has signed in to the account before, by the cookie of [`crate::web::device`], has a count of its
//!   own, which nobody else can raise. So has a session whose owner is asked for the password again.
//! - Everything else is counted for the pair of account and network, and for the network. A network from which the
//!   account was signed in to in the last [`KNOWN_DAYS`] days is not a stranger's.
//! - Strangers' wrong passwords are also counted for the account and for the whole website. While
//!   there are many, a stranger's first attempt only begins a wait of a quarter of an hour at most; after it the
//!   pair's own attempts are let through, whatever other strangers do meanwhile.
//!
//! A count falls by one every so many seconds, so that it has an end without a right password too.

use std::net::IpAddr;

use super::{
    pace::{ACCOUNT, ACCOUNT_DRAINS, Count, NETWORK, NETWORK_IN_SPRAY, PAIR, SITE, WARN_AT, take_back, write},
    warning,
};
use crate::{
    db::{self, Conn, Tx, WriteUnit},
    error::AppError,
    ids::SessionId,
    random::token_hash,
    state::AppState,
    time::Timestamp,
    web::{rate_limits::neighbourhood, request::RequestContext},
};

/// Days for which a network is remembered from which an account was signed in to.
const KNOWN_DAYS: i64 = 90;
const DAY: i64 = 24 * 60 * 60;
/// Counts that are kept. A flood from more networks makes the oldest ones forgotten.
const MAX_ROWS: i64 = 200_000;

/// Where one attempt counts.
#[derive(Clone)]
pub(super) struct Attempt {
    /// The address, as it is stored.
    email: String,
    account: Vec<u8>,
    /// The pair of the account and who tries.
    own: Vec<u8>,
    /// None for a device or session that the account knows.
    elsewhere: Option<Elsewhere>,
}

/// What else counts an attempt that comes from no known device.
#[derive(Clone)]
struct Elsewhere {
    network: Vec<u8>,
    /// The pair of account and network, as [`remember`] notes it.
    place: Vec<u8>,
    strangers: Vec<u8>,
}

impl Attempt {
    /// Of a person who signs in.
    pub fn new(email: &str, request_context: &RequestContext) -> Self {
        let account = account_hash(email);
        let device = request_context.device.as_ref().filter(|device| device.knows(&mark(email)));
        let network = neighbourhood(request_context.address);
        let (own, elsewhere) = match device {
            Some(device) => (token_hash(&format!("device {} {email}", device.id)), None),
            None => {
                let elsewhere = Elsewhere {
                    network: token_hash(&format!("network {network}")),
                    place: place(email, request_context.address),
                    strangers: token_hash(&format!("strangers {email}")),
                };
                (token_hash(&format!("pair {network} {email}")), Some(elsewhere))
            }
        };
        Attempt { email: email.to_owned(), account, own, elsewhere }
    }

    /// Of a person who is signed in and types the password again. Nobody else can make them wait.
    pub fn in_session(email: &str, session: SessionId) -> Self {
        let own = token_hash(&format!("session {session} {email}"));
        Attempt { email: email.to_owned(), account: account_hash(email), own, elsewhere: None }
    }

    /// Counts the attempt.
    ///
    /// # Errors
    /// [`AppError::TooManyAttempts`]: it comes too early and does not count.
    pub async fn count(self, app: &AppState) -> Result<Counted, AppError> {
        let now = app.clock.now();
        let site = app.limits.wrong_passwords(now).await;
        let email = self.email.clone();
        match app.db.write(CountAttempt { attempt: self.clone(), site, now }).await? {
            Verdict::Wait(seconds) => {
                Err(AppError::TooManyAttempts { wait_seconds: u32::try_from(seconds).unwrap_or(u32::MAX) })
            }
            Verdict::Counted { strangers } => {
                if strangers == Some(WARN_AT) {
                    // beside the request: its answer must not take longer for an address that has an account
                    tokio::spawn(warning::warn_owner(app.clone(), email));
                }
                Ok(Counted { attempt: self, stranger: strangers.is_some() })
            }
        }
    }
}

/// An attempt that was let through and counts as a wrong password, until it is forgiven.
#[derive(Clone)]
pub(super) struct Counted {
    attempt: Attempt,
    stranger: bool,
}

impl Counted {
    /// The password was wrong.
    pub fn failed(&self, app: &AppState) {
        if self.stranger {
            app.limits.count_wrong_password(app.clock.now());
        }
    }

    /// The password was right: the count of the pair ends, and the others lose this attempt.
    pub async fn forgive(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), db::Error> {
        const OWN: &str = "delete from sign_in_failures where key_hash = $1";
        tx.execute(OWN, (&self.attempt.own,)).await?;
        if let Some(elsewhere) = &self.attempt.elsewhere {
            take_back(tx, &elsewhere.network, NETWORK.drains, now).await?;
            if self.stranger {
                take_back(tx, &elsewhere.strangers, ACCOUNT_DRAINS, now).await?;
            }
        }
        Ok(())
    }
}

/// Counts an attempt that does not come too early.
struct CountAttempt {
    attempt: Attempt,
    /// Wrong passwords of strangers on the whole website.
    site: i64,
    now: Timestamp,
}

/// What became of an attempt.
enum Verdict {
    /// Seconds until it may come.
    Wait(i64),
    /// It counts. For a stranger, with the account's wrong passwords of strangers, this one included.
    Counted { strangers: Option<i64> },
}

impl WriteUnit for CountAttempt {
    const NAME: &'static str = "count_sign_in_attempt";
    type Output = Verdict;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Verdict, db::Error> {
        let (attempt, now) = (&self.attempt, self.now);
        let own = Count::find(tx, &attempt.own).await?;
        let mut wait = own.map_or(0, |own| own.blocked_until.0 - now.0);
        let Some(elsewhere) = &attempt.elsewhere else {
            if wait > 0 {
                return Ok(Verdict::Wait(wait));
            }
            PAIR.add(tx, &attempt.own, Some(&attempt.account), own, now).await?;
            return Ok(Verdict::Counted { strangers: None });
        };
        let network = Count::find(tx, &elsewhere.network).await?;
        wait = wait.max(network.map_or(0, |network| network.blocked_until.0 - now.0));
        let stranger = !is_known(tx, &elsewhere.place, now).await?;
        let strangers = Count::find(tx, &elsewhere.strangers).await?;
        let before = strangers.map_or(0, |count| count.now(ACCOUNT_DRAINS, now));
        let floor = if stranger { ACCOUNT.floor(before).max(SITE.floor(self.site)) } else { 0 };
        match own {
            Some(own) => wait = wait.max(own.updated_at.0 + floor - now.0).max(0),
            None if floor > 0 => {
                // the attempt that begins the wait is refused, and noted
                let until = now.plus_seconds(floor);
                write(tx, &attempt.own, Some(&attempt.account), (now, until), now).await?;
                wait = wait.max(floor);
            }
            None => {}
        }
        if wait > 0 {
            return Ok(Verdict::Wait(wait));
        }
        PAIR.add(tx, &attempt.own, Some(&attempt.account), own, now).await?;
        let pace = if stranger && self.site >= SITE.free { NETWORK_IN_SPRAY } else { NETWORK };
        pace.add(tx, &elsewhere.network, None, network, now).await?;
        if !stranger {
            return Ok(Verdict::Counted { strangers: None });
        }
        let (drains_at, strangers) = Count::one_more(strangers, ACCOUNT_DRAINS, now);
        write(tx, &elsewhere.strangers, Some(&attempt.account), (drains_at, now), now).await?;
        Ok(Verdict::Counted { strangers: Some(strangers) })
    }
}

/// Ends the counts of an account, whose owner has a new password.
pub(super) async fn forgive_account(tx: &mut Tx<'_>, email: &str) -> Result<(), db::Error> {
    const SQL: &str = "delete from sign_in_failures where account_hash = $1";
    tx.execute(SQL, (account_hash(email),)).await?;
    Ok(())
}

/// Notes that a link for a new password was asked for. Nothing reads it: an address without an account costs a write
/// too, so that the time of the answer says nothing.
pub(super) async fn note_request(tx: &mut Tx<'_>, email: &str, now: Timestamp) -> Result<(), db::Error> {
    write(tx, &token_hash(&format!("link {email}")), None, (now, now), now).await
}

/// The key under which the place of a sign-in is remembered.
pub(super) fn place(email: &str, address: IpAddr) -> Vec<u8> {
    token_hash(&format!("place {} {email}", neighbourhood(address)))
}

/// What stands for the account in the cookie of a device.
pub(super) fn mark(email: &str) -> String {
    let hash = token_hash(&format!("mark {email}"));
    let bits = hash.iter().take(16).fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
    format!("{bits:032x}")
}

fn account_hash(email: &str) -> Vec<u8> {
    token_hash(&format!("account {email}"))
}

/// Remembers that an account was signed in to from this place.
pub(super) async fn remember(tx: &mut Tx<'_>, place: &[u8], now: Timestamp) -> Result<(), db::Error> {
    const SQL: &str = "insert into sign_in_networks (key_hash, seen_at) values ($1, $2)
        on conflict (key_hash) do update set seen_at = excluded.seen_at";
    tx.execute(SQL, (place, now)).await?;
    Ok(())
}

/// Whether an account was signed in to from this place in the last [`KNOWN_DAYS`] days.
pub(super) async fn is_known(conn: &mut Conn<'_>, place: &[u8], now: Timestamp) -> Result<bool, db::Error> {
    const SQL: &str = "select count(*) from sign_in_networks where key_hash = $1 and seen_at > $2";
    let found: i64 = conn.fetch_value(SQL, (place, now.plus_seconds(-KNOWN_DAYS * DAY))).await?;
    Ok(found > 0)
}

/// Removes counts that are over, the oldest ones if there are too many, and places that were not used for long.
///
/// # Errors
/// The database cannot be read or written.
pub async fn clear(app: &AppState) -> Result<u64, db::Error> {
    const OLDEST_KEPT: &str = "select updated_at from sign_in_failures order by updated_at desc limit 1 offset $1";
    let now = app.clock.now();
    let too_many: Option<Timestamp> = {
        let mut reader = app.db.read().await?;
        reader.conn().fetch_optional_value(OLDEST_KEPT, (MAX_ROWS,)).await?
    };
    let counts = too_many.unwrap_or(Timestamp(0)).max(now.plus_seconds(-DAY));
    app.db.write(ClearAttempts { counts, places: now.plus_seconds(-KNOWN_DAYS * DAY) }).await
}

/// Removes what is as old as these moments or older.
struct ClearAttempts {
    counts: Timestamp,
    places: Timestamp,
}

impl WriteUnit for ClearAttempts {
    const NAME: &'static str = "clear_sign_in_attempts";
    type Output = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, db::Error> {
        const COUNTS: &str = "delete from sign_in_failures where updated_at <= $1";
        const PLACES: &str = "delete from sign_in_networks where seen_at <= $1";
        Ok(tx.execute(COUNTS, (self.counts,)).await? + tx.execute(PLACES, (self.places,)).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::device::Device;

    fn from(address: [u8; 4], device: Option<Device>) -> RequestContext {
        RequestContext { address: IpAddr::from(address), device, ..RequestContext::anonymous() }
    }

    #[test]
    fn counts_name_no_person_and_a_network_is_a_neighbourhood() {
        let one = Attempt::new("ana@clinic.example", &from([192, 0, 2, 1], None));
        let near = Attempt::new("ana@clinic.example", &from([192, 0, 2, 200], None));
        let far = Attempt::new("ana@clinic.example", &from([192, 0, 3, 1], None));
        let other = Attempt::new("ben@clinic.example", &from([192, 0, 2, 1], None));
        assert_eq!((one.account.len(), one.own.len()), (32, 32));
        assert!(one.own == near.own && one.own != far.own && one.own != other.own);
        assert!(one.account == far.account && one.account != other.account);
    }

    #[test]
    fn a_device_counts_for_itself_where_it_has_signed_in_before() {
        let device = Device::signed_in(None, mark("ana@clinic.example"));
        let at_home = Attempt::new("ana@clinic.example", &from([192, 0, 2, 1], Some(device.clone())));
        let away = Attempt::new("ana@clinic.example", &from([198, 51, 100, 1], Some(device.clone())));
        assert!(at_home.own == away.own && at_home.elsewhere.is_none());
        let other = Attempt::new("ben@clinic.example", &from([192, 0, 2, 1], Some(device)));
        assert!(other.elsewhere.is_some());
    }
}

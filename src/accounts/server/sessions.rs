//! Sessions: one row per signed-in browser or program.
//!
//! A browser holds two cookies: an access token for some minutes, which names the session, and a refresh token, which
//! gets the next one. A refresh token works once; the database keeps its SHA-256. A token that comes back later than a
//! parallel request could send it was stolen or copied, and ends the session for all its holders.

use crate::{
    accounts::Role,
    config::{SessionSettings, Settings},
    db::{self, Tx, WriteUnit},
    error::AppError,
    ids::{PersonId, SessionId},
    notifications::model::Kind,
    random,
    state::AppState,
    time::Timestamp,
    web::access_tokens,
    web::cookies,
    web::device::Device,
    web::rate_limits::neighbourhood,
    web::request::{Actor, RequestContext},
};
use cookie::Cookie;
use std::net::IpAddr;
use uuid::Uuid;

use super::{account_mail, lifetime::Lifetime, personal_tokens, sign_in_attempts};

/// Seconds during which a used refresh token is still accepted: requests that were sent side by side carry the same.
const PARALLEL_SECONDS: i64 = 60;

/// A session that has just begun or been renewed: what the browser or program needs to go on.
pub struct Signed {
    pub actor: Actor,
    /// The access token.
    pub access: String,
    /// The refresh token, which works once.
    pub refresh: String,
    /// Seconds until the session ends.
    seconds_left: u32,
    /// What the browser is from now on; none when the session was only renewed.
    device: Option<Device>,
}

impl Signed {
    fn new(
        app: &AppState,
        actor: Actor,
        refresh: String,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<Self, AppError> {
        let minutes = app.settings.session.access_minutes;
        let access =
            access_tokens::issue(&app.keys, &app.settings.public_url(), actor.user, actor.session, now, minutes)?;
        let seconds_left = u32::try_from(expires.0 - now.0).unwrap_or(0);
        Ok(Signed { actor, access, refresh, seconds_left, device: None })
    }

    /// Seconds for which the access token is good.
    #[must_use]
    pub fn access_seconds(&self, settings: &Settings) -> u32 {
        (settings.session.access_minutes * 60).min(self.seconds_left)
    }

    /// The cookie by which the browser is known after a sign-in.
    #[must_use]
    pub fn device_cookie(&self, app: &AppState) -> Option<Cookie<'static>> {
        Some(self.device.as_ref()?.cookie(app.keys.cookies(), app.settings.is_https()))
    }

    /// The cookies that keep a browser signed in.
    #[must_use]
    pub fn cookies(&self, settings: &Settings) -> [Cookie<'_>; 2] {
        let https = settings.is_https();
        [
            cookies::set(cookies::ACCESS, &self.access, self.access_seconds(settings), https),
            cookies::set(cookies::REFRESH, &self.refresh, self.seconds_left, https),
        ]
    }
}

/// A session that is about to begin: everything random is drawn before the write unit, which may run twice.
#[derive(Clone)]
pub(super) struct NewSession {
    id: SessionId,
    refresh: String,
    now: Timestamp,
    expires: Timestamp,
    /// The session that this browser had until now; it ends.
    former: Option<SessionId>,
    /// Where it begins, as [`sign_in_attempts::remember`] notes it.
    place: Vec<u8>,
    address: IpAddr,
    /// The browser, which knows the account from now on.
    device: Device,
    /// Whether it knew the account before.
    is_known_device: bool,
    /// Browser and system in words.
    agent: String,
}

impl NewSession {
    /// Of the account with this address.
    pub(super) fn prepare(app: &AppState, request_context: &RequestContext, email: &str) -> Self {
        let now = app.clock.now();
        NewSession {
            id: SessionId(Uuid::now_v7()),
            refresh: random::token(),
            now,
            expires: now.plus_minutes(i64::from(app.settings.session.days) * 24 * 60),
            former: request_context.actor.map(|actor| actor.session),
            place: sign_in_attempts::place(email, request_context.address),
            address: request_context.address,
            is_known_device: request_context
                .device
                .as_ref()
                .is_some_and(|device| device.knows(&sign_in_attempts::mark(email))),
            agent: request_context.agent.clone(),
            device: Device::signed_in(request_context.device.as_ref(), sign_in_attempts::mark(email)),
        }
    }

    /// Tells the owner by mail of a sign-in from a browser and a network that the account does not know. Afterwards it
    /// knows both, so there is one message for a device at most, and none for the first sign-in of an account.
    pub(super) async fn tell_owner(&self, tx: &mut Tx<'_>, user: PersonId) -> Result<(), db::Error> {
        const EARLIER: &str = "select count(*) from (select 1 from sessions where person_id = $1 limit 1) s";
        if self.is_known_device || sign_in_attempts::is_known(tx, &self.place, self.now).await? {
            return Ok(());
        }
        let earlier: i64 = tx.fetch_value(EARLIER, (user,)).await?;
        if earlier == 0 || account_mail::wait(tx, Kind::NewDevice, user, 0, self.now).await? > 0 {
            return Ok(());
        }
        account_mail::send_about(tx, Kind::NewDevice, user, self.id.0, &self.id.to_string(), self.now).await
    }

    /// Writes the session of this person, in the unit that signed them in.
    pub(super) async fn begin(&self, tx: &mut Tx<'_>, user: PersonId) -> Result<(), db::Error> {
        const FORGET: &str = "delete from refresh_tokens where session_id in \
            (select id from sessions where person_id = $1 and expires_at <= $2)";
        tx.execute(FORGET, (user, self.now)).await?;
        if let Some(former) = self.former {
            end(tx, former, self.now).await?;
        }
        sign_in_attempts::remember(tx, &self.place, self.now).await?;
        const INSERT: &str = "insert into sessions \
            (id, person_id, created_at, expires_at, proved_at, seen_at, device, network) \
            values ($1, $2, $3, $4, $3, $3, $5, $6)";
        let network = network_hash(user, self.address);
        tx.execute(INSERT, (self.id, user, self.now, self.expires, &self.agent, &network)).await?;
        issue_refresh(tx, &self.refresh, self.id, self.now).await
    }

    /// Notes that the clinic's directory proved who this is, in the unit that began the session.
    pub(super) async fn note_directory(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        const SQL: &str = "update sessions set directory_at = $1 where id = $2";
        tx.execute(SQL, (self.now, self.id)).await?;
        Ok(())
    }

    pub(super) fn signed(self, app: &AppState, user: PersonId, role: Role) -> Result<Signed, AppError> {
        let actor = Actor { user, role, session: self.id };
        let signed = Signed::new(app, actor, self.refresh, self.now, self.expires)?;
        Ok(Signed { device: Some(self.device), ..signed })
    }
}

/// What stands for the network of a person's session: whoever reads it learns no address, and cannot compare people.
pub(super) fn network_hash(user: PersonId, address: IpAddr) -> Vec<u8> {
    random::token_hash(&format!("session network {user} {}", neighbourhood(address)))
}

/// The person of this session, if it goes on and the account is in good standing. `used_from` is where the session is in
/// use; that is noted beside the request, once in a while.
///
/// # Errors
/// The database cannot be read.
pub async fn find(app: &AppState, session: SessionId, used_from: Option<IpAddr>) -> Result<Option<Actor>, db::Error> {
    const SQL: &str = "select p.id, p.role, s.created_at, s.seen_at from sessions s join persons p on p.id = s.person_id \
        where s.id = $1 and s.revoked_at is null and s.expires_at > $2 and p.status = 'active'";
    let now = app.clock.now();
    let row: Option<(PersonId, Role, Timestamp, Timestamp)> = app.db.fetch_optional(SQL, (session, now)).await?;
    let Some((user, role, created_at, seen_at)) = row else {
        return Ok(None);
    };
    let lifetime = Lifetime::of(role, &app.settings.session);
    if lifetime.end(created_at, seen_at) <= now {
        return Ok(None);
    }
    if let Some(address) = used_from
        && now.0 - seen_at.0 >= lifetime.step()
    {
        let (db, unit) = (app.db.clone(), NoteUse { session, network: network_hash(user, address), now });
        tokio::spawn(async move {
            if let Err(error) = db.write(unit).await {
                tracing::warn!(%error, "the use of a session is not noted; it may end too early");
            }
        });
    }
    Ok(Some(Actor { user, role, session }))
}

/// Notes that a session is in use.
struct NoteUse {
    session: SessionId,
    network: Vec<u8>,
    now: Timestamp,
}

impl WriteUnit for NoteUse {
    const NAME: &'static str = "note_use_of_session";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        note_use(tx, self.session, &self.network, self.now).await
    }
}

async fn note_use(tx: &mut Tx<'_>, session: SessionId, network: &[u8], now: Timestamp) -> Result<(), db::Error> {
    const SQL: &str = "update sessions set seen_at = $1, network = $2 where id = $3 and seen_at < $1";
    tx.execute(SQL, (now, network, session)).await?;
    Ok(())
}

/// The result of presenting a refresh token.
pub enum Renewed {
    /// A new pair of tokens; the old refresh token is used up.
    Fresh(Signed),
    /// Another request renewed the session a moment ago. This one is let in and gets no new tokens.
    Parallel(Actor),
    /// The token belongs to a session of this person that is over.
    Over(PersonId),
    /// The token belongs to no session.
    Anonymous,
}

/// Renews a session by its refresh token. `used_from` is where the session is in use.
///
/// # Errors
/// The database cannot be read or written.
pub async fn renew(app: &AppState, token: &str, used_from: Option<IpAddr>) -> Result<Renewed, AppError> {
    let hash = random::token_hash(token);
    // a made-up token must not cost a write
    let found = stored(&mut app.db.read().await.map_err(AppError::from)?.conn(), &hash).await?;
    let Some(Stored { person_id, .. }) = found else {
        return Ok(Renewed::Anonymous);
    };
    let (now, next) = (app.clock.now(), random::token());
    let settings = app.settings.session.clone();
    let unit = RotateRefreshToken { hash, next: next.clone(), settings, used_from, now };
    Ok(match app.db.write(unit).await? {
        Rotation::Rotated(actor, expires) => Renewed::Fresh(Signed::new(app, actor, next, now, expires)?),
        Rotation::Parallel(actor) => Renewed::Parallel(actor),
        Rotation::Refused => Renewed::Over(person_id),
    })
}

/// What became of a refresh token.
enum Rotation {
    Rotated(Actor, Timestamp),
    Parallel(Actor),
    Refused,
}

/// Uses up a refresh token and gives the session the next one.
struct RotateRefreshToken {
    /// SHA-256 of the token.
    hash: Vec<u8>,
    /// The token that replaces it.
    next: String,
    /// When sessions end.
    settings: SessionSettings,
    used_from: Option<IpAddr>,
    now: Timestamp,
}

impl WriteUnit for RotateRefreshToken {
    const NAME: &'static str = "rotate_refresh_token";
    type Output = Rotation;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Rotation, db::Error> {
        const USE: &str = "update refresh_tokens set used_at = $1 where token_hash = $2 and used_at is null";
        let now = self.now;
        let Some(found) = stored(tx, &self.hash).await? else {
            return Ok(Rotation::Refused);
        };
        let actor = Actor { user: found.person_id, role: found.role, session: found.session_id };
        let ends = Lifetime::of(found.role, &self.settings).end(found.created_at, found.seen_at);
        if found.revoked_at.is_some() || found.expires_at.min(ends) <= now || found.status != "active" {
            return Ok(Rotation::Refused);
        }
        if let Some(used) = found.used_at {
            if now.0 - used.0 <= PARALLEL_SECONDS {
                return Ok(Rotation::Parallel(actor));
            }
            tracing::warn!(session = %found.session_id, "a used refresh token came back: the session ends");
            end(tx, found.session_id, now).await?;
            return Ok(Rotation::Refused);
        }
        tx.execute(USE, (now, &self.hash)).await?;
        if let Some(address) = self.used_from {
            note_use(tx, found.session_id, &network_hash(found.person_id, address), now).await?;
        }
        issue_refresh(tx, &self.next, found.session_id, now).await?;
        Ok(Rotation::Rotated(actor, found.expires_at))
    }
}

#[derive(sqlx::FromRow)]
struct Stored {
    session_id: SessionId,
    used_at: Option<Timestamp>,
    person_id: PersonId,
    created_at: Timestamp,
    seen_at: Timestamp,
    expires_at: Timestamp,
    revoked_at: Option<Timestamp>,
    role: Role,
    status: String,
}

async fn stored(conn: &mut db::Conn<'_>, hash: &[u8]) -> Result<Option<Stored>, db::Error> {
    const SQL: &str = "select t.session_id, t.used_at, s.person_id, s.created_at, s.seen_at, s.expires_at, s.revoked_at, \
            p.role, p.status \
        from refresh_tokens t join sessions s on s.id = t.session_id join persons p on p.id = s.person_id \
        where t.token_hash = $1";
    conn.fetch_optional(SQL, (hash,)).await
}

async fn issue_refresh(tx: &mut Tx<'_>, token: &str, session: SessionId, now: Timestamp) -> Result<(), db::Error> {
    const SQL: &str = "insert into refresh_tokens (token_hash, session_id, issued_at) values ($1, $2, $3)";
    let hash = random::token_hash(token);
    tx.execute(SQL, (&hash, session, now)).await?;
    Ok(())
}

/// Ends a session. Ending it twice is fine.
pub(super) async fn end(tx: &mut Tx<'_>, session: SessionId, now: Timestamp) -> Result<(), db::Error> {
    const SQL: &str = "update sessions set revoked_at = $1 where id = $2 and revoked_at is null";
    tx.execute(SQL, (now, session)).await?;
    Ok(())
}

/// Ends every session of a person but this one.
pub(super) async fn end_others(
    tx: &mut db::Tx<'_>,
    user: PersonId,
    kept: SessionId,
    now: Timestamp,
) -> Result<(), db::Error> {
    const SQL: &str = "update sessions set revoked_at = $1 where person_id = $2 and id <> $3 and revoked_at is null";
    tx.execute(SQL, (now, user, kept)).await?;
    Ok(())
}

/// Ends every session of a person, and what their programs may do.
pub(crate) async fn end_all(tx: &mut db::Tx<'_>, user: PersonId, now: Timestamp) -> Result<(), db::Error> {
    personal_tokens::revoke_all(tx, user, now).await?;
    const SQL: &str = "update sessions set revoked_at = $1 where person_id = $2 and revoked_at is null";
    tx.execute(SQL, (now, user)).await?;
    Ok(())
}

//! The sessions of one account, as its owner sees and ends them.
//!
//! Every request reads its session's row, so a session that is ended here is over at once, for its access token too and
//! on every server.

use sqlx::FromRow;

use super::{
    Role,
    lifetime::Lifetime,
    sessions::{self, network_hash},
    sign_in_log,
};
use crate::{
    accounts::model::sessions::{SessionItem, SessionList},
    clinic::server::clinic_zone,
    config::SessionSettings,
    db::{Error, Tx, WriteUnit},
    error::AppError,
    ids::SessionId,
    state::AppState,
    time::Timestamp,
    web::{
        forms,
        request::{Actor, RequestContext},
    },
};

/// Sessions that are shown. An account of a program may have many more.
const MOST: i64 = 100;

/// The sessions that go on, this one first and then those used last.
///
/// # Errors
/// [`AppError::Unauthenticated`]; the database cannot be read.
pub async fn list(app: &AppState, request_context: &RequestContext) -> Result<SessionList, AppError> {
    const SQL: &str = "select id, created_at, seen_at, device, network from sessions \
        where person_id = $1 and revoked_at is null and expires_at > $2 order by seen_at desc, id limit $3";
    let actor = request_context.actor.ok_or(AppError::Unauthenticated)?;
    let now = app.clock.now();
    let (rows, zone) = {
        let mut reader = app.db.read().await?;
        let conn = &mut reader.conn();
        let rows: Vec<Row> = conn.fetch_all(SQL, (actor.user, now, MOST)).await?;
        (rows, clinic_zone(conn).await?)
    };
    let lifetime = Lifetime::of(actor.role, &app.settings.session);
    let here = network_hash(actor.user, request_context.address);
    let mut rows: Vec<Row> = rows.into_iter().filter(|row| lifetime.end(row.created_at, row.seen_at) > now).collect();
    rows.sort_by_key(|row| row.id != actor.session);
    let shown = |row: Row| SessionItem {
        id: row.id,
        is_current: row.id == actor.session,
        is_same_network: row.network.as_ref() == Some(&here),
        device: if row.device.is_empty() { "Unknown device".to_owned() } else { row.device },
        began: zone.moment_words(row.created_at, now),
        seen: zone.moment_words(row.seen_at, now),
    };
    Ok(SessionList { sessions: rows.into_iter().map(shown).collect() })
}

#[derive(FromRow)]
struct Row {
    id: SessionId,
    created_at: Timestamp,
    seen_at: Timestamp,
    device: String,
    network: Option<Vec<u8>>,
}

/// Which sessions to end.
#[derive(Clone, Copy)]
pub enum Ended {
    One(SessionId),
    /// All but the one that asks.
    Others,
}

/// Ends sessions of the signed-in person. A second call is fine.
///
/// # Errors
/// [`AppError::NotFound`], also for another person's session.
pub async fn end(app: &AppState, actor: Actor, ended: Ended) -> Result<(), AppError> {
    Ok(app.db.write(EndSessions { actor, ended, now: app.clock.now() }).await?)
}

/// Ends one or all other sessions of an account.
struct EndSessions {
    actor: Actor,
    ended: Ended,
    now: Timestamp,
}

impl WriteUnit for EndSessions {
    const NAME: &'static str = "end_own_sessions";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const OWN: &str = "select count(*) from sessions where id = $1 and person_id = $2";
        let (actor, now) = (self.actor, self.now);
        let action = match self.ended {
            Ended::One(session) => {
                let own: i64 = tx.fetch_value(OWN, (session, actor.user)).await?;
                if own == 0 {
                    return Err(AppError::NotFound.into());
                }
                sessions::end(tx, session, now).await?;
                "user.session_ended"
            }
            Ended::Others => {
                sessions::end_others(tx, actor.user, actor.session, now).await?;
                "user.other_sessions_ended"
            }
        };
        sign_in_log::ended(tx, actor, action, now).await
    }
}

/// Goes to the page of the sessions, which says once what was done: `one` or `others`.
pub fn back(app: &AppState, done: &str) {
    forms::say_once(app, "account/sessions", vec![("done".into(), done.into())]);
    leptos_axum::redirect("/account/sessions");
}

/// Seconds for which the session goes on if nothing more happens in it, the request that asks included.
///
/// # Errors
/// [`AppError::Unauthenticated`]; the database cannot be read.
pub async fn seconds_left(app: &AppState, actor: Actor) -> Result<u32, AppError> {
    const SQL: &str = "select created_at from sessions where id = $1";
    let began: Option<Timestamp> = {
        let mut reader = app.db.read().await?;
        reader.conn().fetch_optional_value(SQL, (actor.session,)).await?
    };
    let now = app.clock.now();
    let end = Lifetime::of(actor.role, &app.settings.session).end(began.ok_or(AppError::Unauthenticated)?, now);
    Ok(u32::try_from(end.0 - now.0).unwrap_or(0))
}

/// Seconds without use after which sessions of this role end, if their pages warn before: those of doctors and staff.
#[must_use]
pub fn warned_after(role: Role, settings: &SessionSettings) -> Option<u32> {
    (role != Role::Patient).then(|| u32::try_from(Lifetime::of(role, settings).idle).unwrap_or(u32::MAX))
}

/// Forgets devices and networks of sessions that are over, once the day has come on which they would have ended at the
/// latest. That a session was there stays known.
///
/// # Errors
/// The database cannot be written.
pub async fn forget_devices(app: &AppState) -> Result<u64, Error> {
    const ANY: &str = "select count(*) from (select 1 from sessions where device <> '' and expires_at <= $1 limit 1) s";
    let now = app.clock.now();
    let any: i64 = {
        let mut reader = app.db.read().await?;
        reader.conn().fetch_value(ANY, (now,)).await?
    };
    if any == 0 { Ok(0) } else { app.db.write(ForgetDevices { now }).await }
}

/// Empties the device and the network of sessions that are over.
struct ForgetDevices {
    now: Timestamp,
}

impl WriteUnit for ForgetDevices {
    const NAME: &'static str = "forget_devices";
    type Output = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, Error> {
        const SQL: &str = "update sessions set device = '', network = null where device <> '' and expires_at <= $1";
        tx.execute(SQL, (self.now,)).await
    }
}

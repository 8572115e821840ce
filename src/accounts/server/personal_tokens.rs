//! Personal tokens: what lets a program act for one person, within scopes that the person chose.
//!
//! A token has 256 random bits. The database keeps only its SHA-256, so the token can be shown only when it is made. A
//! token acts for its owner while the account is in good standing, and ends when all sessions of the account are ended.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    accounts::{
        Role,
        model::personal_tokens::{MAX_TOKEN_DAYS, MAX_TOKEN_NAME, MAX_TOKENS, PersonalToken, Scope, TokenList},
    },
    clinic::server::{
        audit::{Entry, record},
        clinic_zone,
    },
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldCode, FieldError},
    ids::{PersonId, SessionId, TokenId},
    random,
    state::AppState,
    text::{check_line, line},
    time::{Timestamp, server::Zone},
    web::forms,
    web::request::Actor,
};

/// How every personal token begins, so that it is recognised where it should not be.
pub const PREFIX: &str = "dsk_";
/// Seconds for which the moment of the last use may lag behind.
const SEEN_SECONDS: i64 = 300;
const DAY_MINUTES: i64 = 24 * 60;

/// The requested token.
#[derive(Clone, Debug)]
pub struct NewToken {
    pub name: String,
    pub scopes: Vec<Scope>,
    /// Days until it ends; none: it does not end by itself.
    pub days: Option<u32>,
}

impl NewToken {
    /// As the page's form sends it: `scope` is `read` or `change`, `days` a number or `never`.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming `scope` or `days`.
    pub fn typed(role: Role, name: String, scope: &str, days: &str) -> Result<Self, AppError> {
        let scopes = match scope {
            "read" => Ok(vec![Scope::Read]),
            "change" => Ok(vec![Scope::Read, Scope::to_change(role)]),
            _ => Err(FieldCode::Unknown),
        };
        let days = match days {
            "never" => Ok(None),
            number => number.parse().map(Some).map_err(|_| FieldCode::Unknown),
        };
        match (scopes, days) {
            (Ok(scopes), Ok(days)) => Ok(NewToken { name, scopes, days }),
            (scopes, days) => Err(invalid([
                ("name", check_line(&name, MAX_TOKEN_NAME)),
                ("scope", scopes.err()),
                ("days", days.err()),
            ])),
        }
    }

    fn check(&self, role: Role) -> Result<(), AppError> {
        let allowed = [Scope::Read, Scope::to_change(role)];
        let scopes = if self.scopes.is_empty() {
            Some(FieldCode::Missing)
        } else {
            self.scopes.iter().any(|scope| !allowed.contains(scope)).then_some(FieldCode::Unknown)
        };
        let days = self.days.is_some_and(|days| !(1..=MAX_TOKEN_DAYS).contains(&days));
        let days = days.then_some(FieldCode::OutOfRange(1, MAX_TOKEN_DAYS.into()));
        let error =
            invalid([("name", check_line(&self.name, MAX_TOKEN_NAME)), ("scopes", scopes), ("expires_in_days", days)]);
        if matches!(&error, AppError::Invalid { fields } if fields.is_empty()) { Ok(()) } else { Err(error) }
    }

    fn scope_words(&self) -> String {
        let mut scopes = self.scopes.clone();
        scopes.sort_unstable();
        scopes.dedup();
        scopes.iter().map(Scope::into_str).collect::<Vec<_>>().join(" ")
    }
}

fn invalid(checks: [(&str, Option<FieldCode>); 3]) -> AppError {
    let wrong = |(field, code): (&str, Option<FieldCode>)| Some(FieldError { field: field.into(), code: code? });
    AppError::Invalid { fields: checks.into_iter().filter_map(wrong).collect() }
}

/// A token as the database keeps it.
#[derive(Clone, Debug, FromRow)]
pub struct Stored {
    pub id: TokenId,
    pub name: String,
    scopes: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

impl Stored {
    /// What it may do.
    #[must_use]
    pub fn scopes(&self) -> Vec<Scope> {
        scopes_of(&self.scopes)
    }

    fn shown(self, zone: &Zone, now: Timestamp) -> PersonalToken {
        let words = |at: Timestamp| zone.moment_words(at, now);
        PersonalToken {
            id: self.id,
            changes: self.scopes().iter().any(|scope| *scope != Scope::Read),
            made: words(self.created_at),
            used: self.last_used_at.map(words),
            ends: self.expires_at.map(words),
            over: self.expires_at.is_some_and(|end| end <= now),
            name: self.name,
        }
    }
}

fn scopes_of(words: &str) -> Vec<Scope> {
    words.split(' ').filter_map(|word| word.parse().ok()).collect()
}

/// A token that has just been made; it cannot be shown again.
pub struct Made {
    pub token: String,
    pub stored: Stored,
}

impl Made {
    /// Has the next page show the token, once.
    pub fn show_once(self, app: &AppState) {
        let values = vec![("token".into(), self.token), ("name".into(), self.stored.name)];
        forms::say_once(app, "account/make_token", values);
    }
}

/// Makes a token for the signed-in person.
///
/// # Errors
/// [`AppError::Invalid`] naming `name`, `scopes` or `expires_in_days`; [`AppError::TooManyTokens`].
pub async fn create(app: &AppState, actor: Actor, new_token: NewToken) -> Result<Made, AppError> {
    new_token.check(actor.role)?;
    let now = app.clock.now();
    let token = [PREFIX, &random::token()].concat();
    let stored = Stored {
        id: TokenId(Uuid::now_v7()),
        name: line(&new_token.name),
        scopes: new_token.scope_words(),
        created_at: now,
        expires_at: new_token.days.map(|days| now.plus_minutes(i64::from(days) * DAY_MINUTES)),
        last_used_at: None,
    };
    let unit = CreateToken { actor, hash: random::token_hash(&token), stored: stored.clone() };
    app.db.write(unit).await?;
    tracing::info!(user = %actor.user, token = %stored.id, "a personal token was made");
    Ok(Made { token, stored })
}

/// Writes a new token, unless its owner has too many.
struct CreateToken {
    actor: Actor,
    /// SHA-256 of the token.
    hash: Vec<u8>,
    stored: Stored,
}

impl WriteUnit for CreateToken {
    const NAME: &'static str = "create_personal_token";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const COUNT: &str = "select count(*) from api_tokens
            where person_id = $1 and revoked_at is null and (expires_at is null or expires_at > $2)";
        const SQL: &str = "insert into api_tokens (id, person_id, name, token_hash, scopes, created_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7)";
        let Stored { id, name, scopes, created_at, expires_at, .. } = &self.stored;
        let all: i64 = tx.fetch_value(COUNT, (self.actor.user, *created_at)).await?;
        if all >= i64::from(MAX_TOKENS) {
            return Err(AppError::TooManyTokens { most: MAX_TOKENS }.into());
        }
        tx.execute(SQL, (*id, self.actor.user, name, &self.hash, scopes, *created_at, *expires_at)).await?;
        // its name is typed by its owner and may say anything
        let made = Entry { action: "token.made", subject: "token", subject_id: Some(id.0), details: scopes };
        record(tx, self.actor.into(), *created_at, made).await
    }
}

/// The tokens of the signed-in person, newest first, without revoked ones; and the clinic's zone.
///
/// # Errors
/// The database cannot be read.
pub async fn list(app: &AppState, actor: Actor) -> Result<(Vec<Stored>, Zone), AppError> {
    const SQL: &str = "select id, name, scopes, created_at, expires_at, last_used_at from api_tokens
        where person_id = $1 and revoked_at is null order by created_at desc, id desc";
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let read = async |conn: &mut Conn<'_>| -> Result<(Vec<Stored>, Zone), Error> {
        let tokens = conn.fetch_all(SQL, (actor.user,)).await?;
        Ok((tokens, clinic_zone(conn).await?))
    };
    Ok(read(&mut reader.conn()).await?)
}

/// The same for the page.
///
/// # Errors
/// The database cannot be read.
pub async fn own(app: &AppState, actor: Actor) -> Result<TokenList, AppError> {
    let (tokens, zone) = list(app, actor).await?;
    let now = app.clock.now();
    let tokens = tokens.into_iter().map(|token| token.shown(&zone, now)).collect();
    Ok(TokenList { role: actor.role, tokens })
}

/// Revokes a token. A second call is fine.
///
/// # Errors
/// [`AppError::NotFound`], also for another person's.
pub async fn revoke(app: &AppState, actor: Actor, id: TokenId) -> Result<(), AppError> {
    let unit = RevokeToken { id, actor, now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Revokes one token of this person.
struct RevokeToken {
    id: TokenId,
    actor: Actor,
    now: Timestamp,
}

impl WriteUnit for RevokeToken {
    const NAME: &'static str = "revoke_personal_token";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const KNOWN: &str = "select count(*) from api_tokens where id = $1 and person_id = $2";
        const SQL: &str =
            "update api_tokens set revoked_at = $3 where id = $1 and person_id = $2 and revoked_at is null";
        let known: i64 = tx.fetch_value(KNOWN, (self.id, self.actor.user)).await?;
        if known == 0 {
            return Err(AppError::NotFound.into());
        }
        if tx.execute(SQL, (self.id, self.actor.user, self.now)).await? == 0 {
            return Ok(());
        }
        let revoked = Entry { action: "token.revoked", subject: "token", subject_id: Some(self.id.0), details: "" };
        record(tx, self.actor.into(), self.now, revoked).await
    }
}

/// Revokes every token of a person.
pub(super) async fn revoke_all(tx: &mut Tx<'_>, user: PersonId, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "update api_tokens set revoked_at = $1 where person_id = $2 and revoked_at is null";
    tx.execute(SQL, (now, user)).await?;
    Ok(())
}

#[derive(FromRow)]
struct Found {
    id: TokenId,
    scopes: String,
    last_used_at: Option<Timestamp>,
    person_id: PersonId,
    role: Role,
}

/// Whose token this is and what it allows, if it is good. Its use is noted.
///
/// # Errors
/// The database cannot be read.
pub async fn find(app: &AppState, token: &str) -> Result<Option<(Actor, Vec<Scope>)>, AppError> {
    const SQL: &str = "select t.id, t.scopes, t.last_used_at, t.person_id, p.role
        from api_tokens t join persons p on p.id = t.person_id
        where t.token_hash = $1 and t.revoked_at is null and (t.expires_at is null or t.expires_at > $2)
            and p.status = 'active'";
    let (hash, now) = (random::token_hash(token), app.clock.now());
    let found: Option<Found> = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        let read = async |conn: &mut Conn<'_>| -> Result<Option<Found>, Error> {
            conn.fetch_optional(SQL, (&hash, now)).await
        };
        read(&mut reader.conn()).await?
    };
    let Some(found) = found else {
        return Ok(None);
    };
    if found.last_used_at.is_none_or(|last| last.plus_seconds(SEEN_SECONDS) <= now) {
        note_use(app, found.id, now).await;
    }
    // no session has this id, so nothing that ends sessions touches one
    let actor = Actor { user: found.person_id, role: found.role, session: SessionId(found.id.0) };
    Ok(Some((actor, scopes_of(&found.scopes))))
}

/// A use that cannot be noted is no reason to refuse it.
async fn note_use(app: &AppState, id: TokenId, now: Timestamp) {
    if let Err(error) = app.db.write(NoteUse { id, now }).await {
        tracing::warn!(token = %id, %error, "the use of a personal token could not be noted");
    }
}

/// Notes the use of a token, unless one was noted a moment ago.
struct NoteUse {
    id: TokenId,
    now: Timestamp,
}

impl WriteUnit for NoteUse {
    const NAME: &'static str = "note_personal_token_use";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update api_tokens set last_used_at = $2
            where id = $1 and (last_used_at is null or last_used_at <= $3)";
        tx.execute(SQL, (self.id, self.now, self.now.plus_seconds(-SEEN_SECONDS))).await?;
        Ok(())
    }
}

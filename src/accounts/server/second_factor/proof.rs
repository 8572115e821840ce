//! A typed code: whether it is right, and that it is right only once.

use sqlx::FromRow;
use uuid::Uuid;

use super::{
    attempts::{CodeAttempt, CountedCode},
    passkeys::{
        assertion::{self, UsedPasskey},
        store,
    },
    recovery,
    totp::{self, Fit},
};
use crate::{
    clinic::server::audit::{Author, Entry, record},
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldCode},
    ids::PersonId,
    notifications::{
        model::Kind,
        server::{Notice, To, enqueue_notice},
    },
    state::AppState,
    text::figures,
    time::Timestamp,
};

/// The second factor of a person as it is stored.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Stored {
    pub secret: Option<Vec<u8>>,
    pub confirmed_at: Option<Timestamp>,
    pub pending_secret: Option<Vec<u8>>,
    pub pending_at: Option<Timestamp>,
    last_step: i64,
    refused_step: Option<i64>,
}

impl Stored {
    pub async fn find(conn: &mut Conn<'_>, user: PersonId) -> Result<Option<Stored>, Error> {
        const SQL: &str = "select secret, confirmed_at, pending_secret, pending_at, last_step, refused_step
            from second_factors where person_id = $1";
        conn.fetch_optional(SQL, (user,)).await
    }
}

/// What a secret is encrypted for.
pub(super) fn context(user: PersonId) -> Vec<u8> {
    format!("second factor {user}").into_bytes()
}

/// The secret that was stored.
pub(super) fn decrypted(app: &AppState, user: PersonId, kept: &[u8]) -> Result<Vec<u8>, AppError> {
    let read = app.data_keys.decrypt(&context(user), kept);
    read.map_err(|error| crate::web::answer::internal("reading the secret of a second factor", &error))
}

/// What a person typed where a code is asked for.
enum Typed {
    Code(String),
    Recovery {
        position: i32,
        code: String,
    },
    /// The answer of a passkey, which a script of the page put there.
    Passkey(String),
}

impl Typed {
    /// # Errors
    /// [`AppError::Invalid`] naming `code`.
    fn read(typed: &str) -> Result<Typed, AppError> {
        if typed.starts_with('{') {
            return Ok(Typed::Passkey(typed.to_owned()));
        }
        let plain: String = figures(typed).chars().filter(|sign| !matches!(sign, ' ' | '-')).collect();
        if plain.is_empty() {
            return Err(AppError::field("code", FieldCode::Missing));
        }
        if plain.len() == 6 && plain.bytes().all(|sign| sign.is_ascii_digit()) {
            return Ok(Typed::Code(plain));
        }
        match recovery::read(&plain) {
            Some((position, code)) => Ok(Typed::Recovery { position, code }),
            None => Err(AppError::field("code", FieldCode::NotACode)),
        }
    }
}

/// Six digits out of what was typed, where only a telephone's code will do.
///
/// # Errors
/// [`AppError::Invalid`] naming `code`.
pub(super) fn six_digits(typed: &str) -> Result<String, AppError> {
    match Typed::read(typed)? {
        Typed::Code(code) => Ok(code),
        Typed::Recovery { .. } | Typed::Passkey(_) => Err(AppError::field("code", FieldCode::NotACode)),
    }
}

#[derive(Clone, Debug)]
enum Right {
    Code { step: i64 },
    Recovery { position: i32, hash: String },
    Passkey(UsedPasskey),
}

/// A right code, to be used up in the unit that follows.
#[derive(Clone)]
pub(crate) struct Proof {
    user: PersonId,
    right: Right,
    attempt: CountedCode,
    /// Names the message about a recovery code.
    message: Uuid,
}

/// Looks at a code for a person's second factor; of a person who is signed in, at the answer of a passkey as well.
///
/// # Errors
/// [`AppError::Invalid`] naming `code`; [`AppError::TooManyAttempts`]; [`AppError::Conflict`] without a second factor.
pub(crate) async fn prove(
    app: &AppState,
    user: PersonId,
    attempt: CodeAttempt,
    typed: &str,
) -> Result<Proof, AppError> {
    let typed = Typed::read(typed)?;
    let session = attempt.session;
    let attempt = attempt.count(app).await?;
    let looked = match typed {
        Typed::Passkey(sent) => {
            let session = session.ok_or_else(|| AppError::field("code", FieldCode::NotACode))?;
            let used = assertion::prove(app, user, session, &sent).await?;
            return Ok(Proof { user, right: Right::Passkey(used), attempt, message: Uuid::now_v7() });
        }
        Typed::Code(code) => look_at_code(app, user, &code).await,
        Typed::Recovery { position, code } => look_at_recovery_code(app, user, position, &code).await,
    };
    match looked {
        Ok(right) => Ok(Proof { user, right, attempt, message: Uuid::now_v7() }),
        Err((error, burnt)) => {
            if matches!(error, AppError::Invalid { .. }) {
                app.db.write(NoteWrongCode { user, burnt, now: app.clock.now() }).await?;
            }
            Err(error)
        }
    }
}

type Looked = Result<Right, (AppError, Option<i64>)>;

fn wrong(code: FieldCode) -> (AppError, Option<i64>) {
    (AppError::field("code", code), None)
}

async fn look_at_code(app: &AppState, user: PersonId, code: &str) -> Looked {
    let stored = async {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        let conn = &mut reader.conn();
        Ok((Stored::find(conn, user).await?, store::count(conn, user).await?))
    };
    let (stored, passkeys): (Option<Stored>, i64) = stored.await.map_err(|error: AppError| (error, None))?;
    let Some((secret, stored)) = stored.and_then(|stored| Some((stored.secret.clone()?, stored))) else {
        return Err(if passkeys > 0 { wrong(FieldCode::WrongCode) } else { (AppError::Conflict, None) });
    };
    let secret = decrypted(app, user, &secret).map_err(|error| (error, None))?;
    match totp::fit(&secret, code, app.clock.now()) {
        Fit::Now(step) if step <= stored.last_step || Some(step) == stored.refused_step => {
            Err(wrong(FieldCode::CodeUsed))
        }
        Fit::Now(step) => Ok(Right::Code { step }),
        // it was told that this code would be right at another time, so it must not be right then
        Fit::Off { step, seconds } => Err((AppError::field("code", FieldCode::ClockWrong(seconds)), Some(step))),
        Fit::No => Err(wrong(FieldCode::WrongCode)),
    }
}

async fn look_at_recovery_code(app: &AppState, user: PersonId, position: i32, code: &str) -> Looked {
    let hash = async {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        Ok(recovery::hash_at(&mut reader.conn(), user, position).await?)
    };
    let hash: Option<String> = hash.await.map_err(|error: AppError| (error, None))?;
    let fits = app.hasher.verify(code, hash.as_deref()).await.map_err(|error| (error, None))?;
    let hash = hash.filter(|_| fits).ok_or_else(|| wrong(FieldCode::WrongRecoveryCode))?;
    Ok(Right::Recovery { position, hash })
}

impl Proof {
    /// Uses the code up, in the unit that does what it is for. Of two requests with one code, one gets on.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming `code`, which was used meanwhile.
    pub async fn use_up(&self, tx: &mut Tx<'_>, by: Author, now: Timestamp) -> Result<(), Error> {
        let used = match &self.right {
            Right::Code { step } => use_step(tx, self.user, *step).await?,
            Right::Recovery { position, hash } => recovery::use_up(tx, self.user, *position, hash, now).await?,
            Right::Passkey(passkey) => passkey.note_use(tx, now).await?,
        };
        if !used {
            return Err(AppError::field("code", FieldCode::CodeUsed).into());
        }
        self.attempt.forgive(tx, now).await?;
        if matches!(self.right, Right::Recovery { .. }) {
            note(tx, by, self.user, "second_factor.recovery_code_used", "", now).await?;
            tell(tx, self.user, "recovery_code", self.message, now).await?;
        }
        Ok(())
    }
}

/// Remembers the step of a code, unless that or a later one is remembered already.
async fn use_step(tx: &mut Tx<'_>, user: PersonId, step: i64) -> Result<bool, Error> {
    const SQL: &str = "update second_factors set last_step = $2
        where person_id = $1 and confirmed_at is not null and last_step < $2
            and (refused_step is null or refused_step <> $2)";
    Ok(tx.execute(SQL, (user, step)).await? > 0)
}

/// Writes an entry about a person's second factor.
pub(super) async fn note(
    tx: &mut Tx<'_>,
    by: Author,
    user: PersonId,
    action: &'static str,
    details: &str,
    now: Timestamp,
) -> Result<(), Error> {
    record(tx, by, now, Entry { action, subject: "user", subject_id: Some(user.0), details }).await
}

/// Tells the owner by mail what became of the second factor. `message` names the message.
pub(super) async fn tell(
    tx: &mut Tx<'_>,
    user: PersonId,
    what: &'static str,
    message: Uuid,
    now: Timestamp,
) -> Result<(), Error> {
    let kind = Kind::SecondFactorChanged;
    let dedupe_key = &[kind.into_str(), ":", &message.to_string()].concat();
    enqueue_notice(tx, now, Notice { kind, to: To::Person(user), about: what, dedupe_key }).await
}

/// Notes a wrong code, and the step of one that was told to come too early or too late.
struct NoteWrongCode {
    user: PersonId,
    burnt: Option<i64>,
    now: Timestamp,
}

impl WriteUnit for NoteWrongCode {
    const NAME: &'static str = "note_wrong_code";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const BURN: &str = "update second_factors set refused_step = $2 where person_id = $1";
        if let Some(step) = self.burnt {
            tx.execute(BURN, (self.user, step)).await?;
        }
        let by = Author { actor: None, role: crate::clinic::ActorRole::Visitor };
        note(tx, by, self.user, "second_factor.failed", "", self.now).await
    }
}

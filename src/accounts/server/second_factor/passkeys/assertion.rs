//! The answer of a passkey: whether it is right, and what it says of its device.

use webauthn_rs::prelude::{AuthenticationResult, DiscoverableAuthentication, PublicKeyCredential, WebauthnError};

use super::{
    challenge::{Ceremony, Holder, KeepChallenge, broken, relying_party, take},
    store::{self, Stored},
};
use crate::{
    clinic::{
        ActorRole,
        server::audit::{Author, Entry, record},
    },
    db::{Error, Tx, WriteUnit},
    error::{AppError, FieldCode},
    ids::{PasskeyId, PersonId, SessionId},
    state::AppState,
    time::Timestamp,
    web::{answer::internal, request::Actor},
};

/// A passkey that gave the right answer, to be noted in the unit that follows.
#[derive(Clone, Debug)]
pub(crate) struct UsedPasskey {
    id: PasskeyId,
    pub(super) user: PersonId,
    /// What was kept of it, with the counter of its device.
    before: String,
    after: String,
}

impl UsedPasskey {
    fn new(stored: &Stored, result: &AuthenticationResult) -> Result<Self, AppError> {
        let mut passkey = stored.passkey()?;
        passkey.update_credential(result);
        let after = serde_json::to_string(&passkey).map_err(|error| internal("keeping a passkey", &error))?;
        Ok(UsedPasskey { id: stored.id, user: stored.person_id, before: stored.credential.clone(), after })
    }

    /// Notes the use, in the unit that does what the passkey is for. False: it was removed or used meanwhile.
    pub async fn note_use(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<bool, Error> {
        const SQL: &str = "update passkeys set credential = $3, last_used_at = $4 where id = $1 and credential = $2";
        Ok(tx.execute(SQL, (self.id, &self.before, &self.after, now)).await? > 0)
    }
}

/// Why an answer is refused, and whose passkey it names.
pub(super) struct Refused {
    pub user: Option<PersonId>,
    pub why: &'static str,
}

/// The answer as the browser sent it.
pub(super) fn read(sent: &str) -> Option<PublicKeyCredential> {
    serde_json::from_str(sent).ok()
}

/// What is wrong with an answer, for the audit log.
pub(super) fn reason(error: &WebauthnError) -> &'static str {
    match error {
        WebauthnError::MismatchedChallenge => "it answers another challenge",
        WebauthnError::InvalidRPOrigin | WebauthnError::InvalidRPIDHash | WebauthnError::CredentialCrossOrigin => {
            "it was made for another website"
        }
        WebauthnError::UserNotVerified | WebauthnError::UserNotPresent => "its owner did not unlock it",
        WebauthnError::CredentialPossibleCompromise => "its counter went back: there may be a copy of it",
        WebauthnError::AuthenticationFailure => "its signature is wrong",
        WebauthnError::CredentialNotFound => "it is not one of this account",
        _ => "its answer is not as it has to be",
    }
}

/// Writes down that an answer was refused, and returns what its sender gets.
pub(super) async fn refuse(app: &AppState, field: &str, refused: Refused) -> AppError {
    tracing::warn!(reason = refused.why, "a passkey was refused");
    if let Some(user) = refused.user {
        let unit = NoteRefused { user, why: refused.why, now: app.clock.now() };
        if let Err(error) = app.db.write(unit).await {
            return error.into();
        }
    }
    AppError::field(field, FieldCode::WrongPasskey)
}

/// Notes a refused answer in the name of an account.
struct NoteRefused {
    user: PersonId,
    why: &'static str,
    now: Timestamp,
}

impl WriteUnit for NoteRefused {
    const NAME: &'static str = "note_refused_passkey";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let by = Author { actor: None, role: ActorRole::Visitor };
        let (subject_id, details) = (Some(self.user.0), self.why);
        record(tx, by, self.now, Entry { action: "passkey.refused", subject: "user", subject_id, details }).await
    }
}

/// Looks at an answer that names no account: the passkey says whose it is.
pub(super) async fn discovered(
    app: &AppState,
    state: DiscoverableAuthentication,
    answer: &PublicKeyCredential,
) -> Result<Result<UsedPasskey, Refused>, AppError> {
    let party = relying_party(app).await?;
    let Ok((handle, credential_id)) = party.identify_discoverable_authentication(answer) else {
        return Ok(Err(Refused { user: None, why: "it does not say whose it is" }));
    };
    let stored = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        store::find(&mut reader.conn(), credential_id).await?
    };
    let Some(stored) = stored else {
        return Ok(Err(Refused { user: None, why: "it is not known here" }));
    };
    let user = Some(stored.person_id);
    if stored.person_id.0 != handle {
        return Ok(Err(Refused { user, why: "it is not one of this account" }));
    }
    match party.finish_discoverable_authentication_v2(answer, state, stored.passkey()?) {
        Ok(result) => Ok(Ok(UsedPasskey::new(&stored, &result)?)),
        Err(error) => Ok(Err(Refused { user, why: reason(&error) })),
    }
}

/// Asks the passkeys of a signed-in person, in place of a code. Returns what the browser needs.
///
/// # Errors
/// [`AppError::NotFound`] without a passkey, and where browsers keep none for this website.
pub async fn ask(app: &AppState, actor: Actor) -> Result<String, AppError> {
    let party = relying_party(app).await?;
    let kept = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        store::list(&mut reader.conn(), actor.user).await?
    };
    let known = kept.iter().map(Stored::passkey).collect::<Result<Vec<_>, _>>()?;
    if known.is_empty() {
        return Err(AppError::NotFound);
    }
    let (options, state) = party.start_passkey_authentication(&known).map_err(|error| broken(&error))?;
    let ceremony = Ceremony::Prove { user: actor.user, state }.text()?;
    app.db
        .write(KeepChallenge { holder_hash: Holder::Session(actor.session).hash(), ceremony, now: app.clock.now() })
        .await?;
    serde_json::to_string(&options.public_key).map_err(|error| internal("asking for a passkey", &error))
}

/// Looks at the answer of a person who is signed in.
///
/// # Errors
/// [`AppError::Invalid`] naming `code`.
pub(crate) async fn prove(
    app: &AppState,
    user: PersonId,
    session: SessionId,
    sent: &str,
) -> Result<UsedPasskey, AppError> {
    let refused = |why| Refused { user: Some(user), why };
    // whatever else is wrong with the answer, its challenge is over
    let taken = take(app, Holder::Session(session)).await?;
    let Some(answer) = read(sent) else {
        return Err(refuse(app, "code", refused("its answer is not as it has to be")).await);
    };
    let state = match taken {
        Some(Ceremony::Prove { user: asked, state }) if asked == user => state,
        _ => return Err(refuse(app, "code", refused("nothing was asked, or too long ago")).await),
    };
    let result = match relying_party(app).await?.finish_passkey_authentication(&answer, &state) {
        Ok(result) => result,
        Err(error) => return Err(refuse(app, "code", refused(reason(&error))).await),
    };
    let stored = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        store::find(&mut reader.conn(), result.cred_id()).await?
    };
    match stored.filter(|stored| stored.person_id == user) {
        Some(stored) => UsedPasskey::new(&stored, &result),
        None => Err(refuse(app, "code", refused("it is not one of this account")).await),
    }
}

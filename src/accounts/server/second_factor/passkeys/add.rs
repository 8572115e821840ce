//! Adding a passkey. It begins with what proves the account's owner, and ends with the answer of the new passkey.

use uuid::Uuid;
use webauthn_rs::prelude::{CreationChallengeResponse, Passkey, RegisterPublicKeyCredential};

use super::{
    assertion::{Refused, reason, refuse},
    challenge::{Ceremony, Holder, broken, keep, relying_party, take, waiting},
    store,
};
use crate::{
    accounts::{
        model::second_factor::NewPasskey,
        server::{
            account_row::Account,
            second_factor::{
                address_first, is_confirmed,
                proof::{Proof, note, tell},
                prove_in_session,
                recovery::NewCodes,
                rule, trusted,
            },
            sessions,
            staff_directory::signs_in_only_there,
        },
    },
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::PasskeyId,
    state::AppState,
    text::line,
    time::Timestamp,
    web::{answer::internal, request::Actor},
};

/// Passkeys of one account.
const MOST: usize = 10;
/// Characters of a passkey's name.
const MAX_NAME: usize = 60;

/// Begins to add a passkey. Who has a second factor types a code, a recovery code, or answers with another passkey.
/// `browser` is the browser in words.
///
/// # Errors
/// [`AppError::Invalid`] naming `code`; [`AppError::TooManyAttempts`]; [`AppError::Conflict`] for a patient whose address is
/// not confirmed, and with ten passkeys; [`AppError::Forbidden`] for an account that the clinic's directory alone opens;
/// [`AppError::NotFound`] where browsers keep no passkeys for this website.
pub async fn begin(app: &AppState, actor: Actor, typed: &str, browser: &str) -> Result<(), AppError> {
    if signs_in_only_there(app, actor.user).await? {
        return Err(AppError::Forbidden);
    }
    let party = relying_party(app).await?;
    let (account, is_on, kept) = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        let conn = &mut reader.conn();
        let account = Account::find(conn, actor.user).await?;
        (account, is_confirmed(conn, actor.user).await?, store::list(conn, actor.user).await?)
    };
    if kept.len() >= MOST || (!is_on && address_first(app, &account)) {
        return Err(AppError::Conflict);
    }
    let proof = if is_on { Some(prove_in_session(app, actor, typed).await?) } else { None };
    let known = kept.into_iter().map(|passkey| passkey.credential_id).collect();
    let started = party.start_passkey_registration(actor.user.0, &account.email, &account.display_name, Some(known));
    let (options, state) = started.map_err(|error| broken(&error))?;
    let name = if browser.is_empty() { "Passkey" } else { browser }.to_owned();
    let ceremony = Ceremony::Add { user: actor.user, state: Box::new(state), options: discoverable(&options)?, name };
    let unit = BeginPasskey { actor, ceremony: ceremony.text()?, proof, now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// What the browser needs. The library leaves it to the device whether a passkey can say whose it is; a sign-in without a
/// password needs that it can.
fn discoverable(options: &CreationChallengeResponse) -> Result<String, AppError> {
    let read = serde_json::to_value(&options.public_key);
    let mut options = read.map_err(|error| internal("asking for a new passkey", &error))?;
    if let Some(wanted) = options.get_mut("authenticatorSelection").and_then(|wanted| wanted.as_object_mut()) {
        wanted.insert("residentKey".to_owned(), "required".into());
        wanted.insert("requireResidentKey".to_owned(), true.into());
    }
    Ok(options.to_string())
}

/// Keeps the challenge of a new passkey.
struct BeginPasskey {
    actor: Actor,
    ceremony: String,
    /// None while there is no second factor.
    proof: Option<Proof>,
    now: Timestamp,
}

impl WriteUnit for BeginPasskey {
    const NAME: &'static str = "begin_passkey";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let (actor, now) = (self.actor, self.now);
        match &self.proof {
            Some(proof) => proof.use_up(tx, actor.into(), now).await?,
            None if is_confirmed(tx, actor.user).await? => return Err(AppError::Conflict.into()),
            None => {}
        }
        keep(tx, &Holder::Session(actor.session).hash(), &self.ceremony, now).await
    }
}

/// The new passkey that waits for the answer of this session's browser.
pub(crate) async fn begun(conn: &mut Conn<'_>, actor: Actor, now: Timestamp) -> Result<Option<NewPasskey>, AppError> {
    Ok(match waiting(conn, Holder::Session(actor.session), now).await? {
        Some(Ceremony::Add { user, options, name, .. }) if user == actor.user => Some(NewPasskey { options, name }),
        _ => None,
    })
}

/// Adds a passkey by the answer of the browser. Every other session ends. Returns recovery codes, which can be shown only
/// now, when it is the account's first second factor; else none.
///
/// # Errors
/// [`AppError::Conflict`] when nothing was asked, or too long ago, and for a passkey that is here already;
/// [`AppError::Invalid`] naming `credential`.
pub async fn add(app: &AppState, actor: Actor, typed_name: &str, sent: &str) -> Result<Vec<String>, AppError> {
    // whatever is wrong with the answer, its challenge is over
    let taken = take(app, Holder::Session(actor.session)).await?;
    let refused = |why| Refused { user: Some(actor.user), why };
    let Some(Ceremony::Add { user, state, name, .. }) = taken else {
        return Err(AppError::Conflict);
    };
    if user != actor.user {
        return Err(refuse(app, "credential", refused("it was asked of another person")).await);
    }
    let answer: Option<RegisterPublicKeyCredential> = serde_json::from_str(sent).ok();
    let Some(answer) = answer else {
        return Err(refuse(app, "credential", refused("its answer is not as it has to be")).await);
    };
    let passkey = match relying_party(app).await?.finish_passkey_registration(&answer, &state) {
        Ok(passkey) => passkey,
        Err(error) => return Err(refuse(app, "credential", refused(reason(&error))).await),
    };
    let is_first = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        !is_confirmed(&mut reader.conn(), actor.user).await?
    };
    let codes = if is_first { Some(NewCodes::draw(&app.hasher).await?) } else { None };
    let unit = AddPasskey {
        actor,
        id: PasskeyId(Uuid::now_v7()),
        credential: serde_json::to_string(&passkey).map_err(|error| internal("keeping a passkey", &error))?,
        passkey,
        name: called(typed_name, &name),
        codes: codes.clone(),
        message: Uuid::now_v7(),
        now: app.clock.now(),
    };
    app.db.write(unit).await?;
    tracing::info!(user = %actor.user, "a passkey was added");
    Ok(codes.map(|codes| codes.codes).unwrap_or_default())
}

/// The typed name in one line, as long as it may be; the browser's where none was typed. A name is no reason to make a person
/// begin again.
fn called(typed: &str, browser: &str) -> String {
    let typed = line(typed);
    let name = if typed.is_empty() { browser } else { &typed };
    name.chars().filter(|sign| !sign.is_control()).take(MAX_NAME).collect()
}

/// Keeps a new passkey.
struct AddPasskey {
    actor: Actor,
    id: PasskeyId,
    passkey: Passkey,
    /// The same as JSON.
    credential: String,
    name: String,
    /// For an account that has no second factor yet.
    codes: Option<NewCodes>,
    /// Names the message that tells the owner.
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for AddPasskey {
    const NAME: &'static str = "add_passkey";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "insert into passkeys (id, person_id, credential_id, credential, name, created_at)
            values ($1, $2, $3, $4, $5, $6)";
        let (actor, now) = (self.actor, self.now);
        let credential_id = self.passkey.cred_id().to_vec();
        if store::find(tx, &credential_id).await?.is_some() {
            return Err(AppError::Conflict.into());
        }
        match &self.codes {
            Some(codes) => codes.store(tx, actor.user).await?,
            // it was turned off meanwhile, with its recovery codes
            None if !is_confirmed(tx, actor.user).await? => return Err(AppError::Conflict.into()),
            None => {}
        }
        tx.execute(SQL, (self.id, actor.user, credential_id, &self.credential, &self.name, now)).await?;
        rule::end_grace(tx, actor.user).await?;
        trusted::end_all(tx, actor.user, now).await?;
        sessions::end_others(tx, actor.user, actor.session, now).await?;
        note(tx, actor.into(), actor.user, "passkey.added", &self.name, now).await?;
        tell(tx, actor.user, "passkey_added", self.message, now).await
    }
}

//! What a passkey has to sign: drawn here, kept in the database for five minutes, and deleted when its answer comes,
//! whatever that is. It waits for the browser, or the session, that asked, and for the purpose it was asked for.

use serde::{Deserialize, Serialize};
use url::Url;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, PasskeyAuthentication, PasskeyRegistration, Webauthn, WebauthnBuilder, WebauthnError,
};

use crate::{
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::{PersonId, SessionId},
    random,
    state::AppState,
    time::Timestamp,
    web::answer::internal,
};

/// Seconds for which a challenge waits for its answer.
pub(crate) const SECONDS: u32 = 300;

/// The name and the origin by which browsers keep passkeys for this website. None at an address for which they keep
/// none: the number of a machine, or plain http elsewhere than on the own machine.
fn own_address(app: &AppState) -> Option<(String, Url)> {
    let origin = Url::parse(&app.settings.public_origin()).ok()?;
    let name = origin.domain()?.to_owned();
    let is_own_machine = name == "localhost" || name.ends_with(".localhost");
    (origin.scheme() == "https" || is_own_machine).then_some((name, origin))
}

/// Whether browsers keep passkeys for this website.
pub(crate) fn is_offered(app: &AppState) -> bool {
    own_address(app).is_some()
}

/// What makes and checks challenges for this website.
///
/// # Errors
/// [`AppError::NotFound`] where browsers keep no passkeys for it.
pub(super) async fn relying_party(app: &AppState) -> Result<Webauthn, AppError> {
    let (name, origin) = own_address(app).ok_or(AppError::NotFound)?;
    let clinic = app.clinic.now().await.name.clone();
    let built = WebauthnBuilder::new(&name, &origin).and_then(|builder| builder.rp_name(&clinic).build());
    built.map_err(|error| broken(&error))
}

/// A failure of the library that no answer of a device explains.
pub(super) fn broken(error: &WebauthnError) -> AppError {
    internal("asking for a passkey", error)
}

/// What a challenge is for, and what the library keeps of it.
#[derive(Serialize, Deserialize)]
pub(super) enum Ceremony {
    /// A new passkey of this person. `options` is what the browser needs, `name` how it may be called.
    Add { user: PersonId, state: Box<PasskeyRegistration>, options: String, name: String },
    /// In place of a code, by a person who is signed in.
    Prove { user: PersonId, state: PasskeyAuthentication },
    /// A sign-in; of this person alone, whose password was typed before.
    SignIn { user: Option<PersonId>, state: DiscoverableAuthentication },
}

impl Ceremony {
    pub fn text(&self) -> Result<String, AppError> {
        serde_json::to_string(self).map_err(|error| internal("keeping the challenge of a passkey", &error))
    }
}

/// For whom a challenge waits. Each has one at a time.
#[derive(Clone, Copy)]
pub(super) enum Holder<'a> {
    /// The browser that has this token in a cookie.
    Browser(&'a str),
    Session(SessionId),
}

impl Holder<'_> {
    pub fn hash(self) -> Vec<u8> {
        match self {
            Holder::Browser(token) => random::token_hash(&["passkey browser ", token].concat()),
            Holder::Session(session) => random::token_hash(&["passkey session ", &session.to_string()].concat()),
        }
    }
}

/// Keeps a challenge, in the place of the one that its holder had.
pub(super) async fn keep(tx: &mut Tx<'_>, holder_hash: &[u8], ceremony: &str, now: Timestamp) -> Result<(), Error> {
    const OVER: &str = "delete from passkey_challenges where expires_at <= $1";
    const SQL: &str = "insert into passkey_challenges (holder_hash, ceremony, expires_at) values ($1, $2, $3)
        on conflict (holder_hash) do update set ceremony = excluded.ceremony, expires_at = excluded.expires_at";
    tx.execute(OVER, (now,)).await?;
    tx.execute(SQL, (holder_hash.to_vec(), ceremony, now.plus_seconds(SECONDS.into()))).await?;
    Ok(())
}

/// The challenge that waits for this holder, if its time is not over. Changes nothing.
pub(super) async fn waiting(
    conn: &mut Conn<'_>,
    holder: Holder<'_>,
    now: Timestamp,
) -> Result<Option<Ceremony>, AppError> {
    const SQL: &str = "select ceremony from passkey_challenges where holder_hash = $1 and expires_at > $2";
    let kept: Option<String> = conn.fetch_optional_value(SQL, (holder.hash(), now)).await.map_err(AppError::from)?;
    // one that another version of this program wrote counts as over
    Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
}

/// Takes the challenge of this holder away. Of two requests for one, one gets it.
pub(super) async fn take(app: &AppState, holder: Holder<'_>) -> Result<Option<Ceremony>, AppError> {
    let kept = app.db.write(TakeChallenge { holder_hash: holder.hash(), now: app.clock.now() }).await?;
    Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
}

/// Keeps one challenge.
pub(super) struct KeepChallenge {
    /// SHA-256 of what its holder has.
    pub holder_hash: Vec<u8>,
    pub ceremony: String,
    pub now: Timestamp,
}

impl WriteUnit for KeepChallenge {
    const NAME: &'static str = "keep_passkey_challenge";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        keep(tx, &self.holder_hash, &self.ceremony, self.now).await
    }
}

/// Takes one challenge away.
struct TakeChallenge {
    holder_hash: Vec<u8>,
    now: Timestamp,
}

impl WriteUnit for TakeChallenge {
    const NAME: &'static str = "take_passkey_challenge";
    type Output = Option<String>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<String>, Error> {
        const FIND: &str = "select ceremony from passkey_challenges where holder_hash = $1 and expires_at > $2";
        const SQL: &str = "delete from passkey_challenges where holder_hash = $1";
        let found: Option<String> = tx.fetch_optional_value(FIND, (&self.holder_hash, self.now)).await?;
        let taken = tx.execute(SQL, (&self.holder_hash,)).await? > 0;
        Ok(found.filter(|_| taken))
    }
}

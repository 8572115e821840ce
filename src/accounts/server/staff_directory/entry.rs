//! What becomes of a person whom the directory has proved: a session, or a refusal, and a line in the audit log.

use super::{
    groups::Allowed,
    identity::{self, Account, Found, find},
    proof::{Proved, not_proved},
};
use crate::{
    accounts::{
        Role,
        model::check_name,
        server::{
            NewAccount, Signed, account_row, recent_sign_in,
            sessions::{self, NewSession},
            sign_in_log,
        },
    },
    clinic::server::audit::{Author, Entry, record},
    db::{self, Tx, Violation, WriteUnit},
    error::{AppError, DirectoryRefusal},
    ids::{PersonId, SessionId},
    random,
    state::AppState,
    text::line,
    time::Timestamp,
    web::request::{Actor, RequestContext},
};

/// Signs a person of the directory in; the session that this browser had until now ends. The directory asks for a second
/// factor, so none is asked for here.
///
/// # Errors
/// [`AppError::DirectoryRefused`]; [`AppError::LastAdmin`] where a group would take the last admin away.
pub(super) async fn enter(app: &AppState, sender: &RequestContext, person: Proved) -> Result<Signed, AppError> {
    let allowed = Allowed::by(&app.settings.oidc, &person.groups);
    let found = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        let conn = &mut reader.conn();
        match find(conn, allowed, &person).await.map_err(AppError::from) {
            Ok(found) => found,
            Err(error) => {
                let known = identity::known(conn, &person).await?;
                drop(reader);
                return Err(shut_out(app, known, error).await);
            }
        }
    };
    let now = app.clock.now();
    let (new, email, user, role) = match &found {
        Found::Account { account, role, .. } => (None, account.email.clone(), account.id, *role),
        Found::New { email, role } => {
            let contact = (name_of(&person, email), email.clone(), None);
            // a password that nobody knows: no other way in can be told from one that is merely wrong
            let account = NewAccount::with_password(app, contact, *role, &random::token()).await?;
            let id = account.id;
            (Some(account), email.clone(), id, *role)
        }
    };
    let session = NewSession::prepare(app, sender, &email);
    let unit = SignInByDirectory { person, allowed, found, new, user, role, session: session.clone(), now };
    app.db.write(unit).await.map_err(|error| match error.violation() {
        Some(Violation::EmailTaken) => not_proved("another account was made meanwhile").into(),
        _ => AppError::from(error),
    })?;
    session.signed(app, user, role)
}

/// What the person is called, as the directory says.
fn name_of(person: &Proved, email: &str) -> String {
    let name = line(&person.name);
    if check_name(&name).is_none() {
        return name;
    }
    email.split('@').next().unwrap_or_default().to_owned()
}

/// Begins a session of a person of the directory.
struct SignInByDirectory {
    person: Proved,
    allowed: Allowed,
    /// What was found before.
    found: Found,
    /// The account that is made.
    new: Option<NewAccount>,
    user: PersonId,
    role: Role,
    session: NewSession,
    now: Timestamp,
}

impl WriteUnit for SignInByDirectory {
    const NAME: &'static str = "sign_in_by_directory";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        let (user, role, now) = (self.user, self.role, self.now);
        // suspended, linked or given another role meanwhile
        if find(tx, self.allowed, &self.person).await? != self.found {
            return Err(AppError::from(not_proved("the account has changed meanwhile")).into());
        }
        match (&self.found, &self.new) {
            (Found::New { .. }, Some(account)) => {
                account.insert(tx).await?;
                account_row::prove_address(tx, user, now).await?;
                self.link(tx, Some(now)).await?;
                note(tx, user, "user.made_by_directory", &account.name, now).await?;
            }
            (Found::New { .. }, None) => return Err(AppError::BadRequest.into()),
            (Found::Account { account, is_first, .. }, _) => {
                if *is_first {
                    self.link(tx, None).await?;
                    note(tx, user, "user.linked_to_directory", &account.display_name, now).await?;
                }
                if account.role != role {
                    change_role(tx, account, role, now).await?;
                }
            }
        }
        sign_in_log::signed_in_by_directory(tx, user, role, now).await?;
        self.session.tell_owner(tx, user).await?;
        self.session.begin(tx, user).await?;
        self.session.note_directory(tx).await
    }
}

impl SignInByDirectory {
    async fn link(&self, tx: &mut Tx<'_>, made_at: Option<Timestamp>) -> Result<(), db::Error> {
        const SQL: &str = "insert into directory_identities (issuer, subject, person_id, linked_at, made_at)
            values ($1, $2, $3, $4, $5)";
        let (issuer, subject) = (&self.person.issuer, &self.person.subject);
        tx.execute(SQL, (issuer, subject, self.user, self.now, made_at)).await?;
        Ok(())
    }
}

async fn note(
    tx: &mut Tx<'_>,
    user: PersonId,
    action: &'static str,
    details: &str,
    now: Timestamp,
) -> Result<(), db::Error> {
    let entry = Entry { action, subject: "user", subject_id: Some(user.0), details };
    record(tx, Author::SYSTEM, now, entry).await
}

/// Gives a member of staff the role that their groups say.
async fn change_role(tx: &mut Tx<'_>, account: &Account, role: Role, now: Timestamp) -> Result<(), db::Error> {
    const SQL: &str = "update persons set role = $1, version = version + 1 where id = $2";
    if account.role == Role::Admin && account_row::other_admins(tx, account.id).await? == 0 {
        return Err(AppError::LastAdmin.into());
    }
    tx.execute(SQL, (role, account.id)).await?;
    let to = match role {
        Role::Admin => "admin",
        _ => "receptionist",
    };
    let details = [&account.display_name, ": ", to].concat();
    note(tx, account.id, "user.role_by_directory", &details, now).await
}

/// Notes that the directory does not let a known person in. An account that was made for the person ends everywhere: that
/// a group was lost shows only when somebody signs in.
async fn shut_out(app: &AppState, known: Option<Account>, error: AppError) -> AppError {
    let is_refused = matches!(error, AppError::DirectoryRefused { .. });
    let Some(account) = known.filter(|_| is_refused) else {
        return error;
    };
    sign_in_log::refused_by_directory(app, account.id, account.role);
    let is_lost = error == AppError::from(DirectoryRefusal::NoGroup) && account.is_made;
    if is_lost && let Err(error) = app.db.write(EndSessions { user: account.id, now: app.clock.now() }).await {
        return error.into();
    }
    error
}

/// Ends every session of a person, and what their programs may do.
struct EndSessions {
    user: PersonId,
    now: Timestamp,
}

impl WriteUnit for EndSessions {
    const NAME: &'static str = "end_sessions_by_directory";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        sessions::end_all(tx, self.user, self.now).await
    }
}

/// Takes what the directory has proved as the password of the session's person, typed again.
///
/// # Errors
/// [`AppError::DirectoryRefused`], also where another person has signed in there; [`AppError::Unauthenticated`] when the
/// session is not the one that left.
pub(super) async fn prove_again(
    app: &AppState,
    actor: Option<Actor>,
    left: SessionId,
    person: Proved,
) -> Result<(), AppError> {
    let actor = actor.filter(|actor| actor.session == left).ok_or(AppError::Unauthenticated)?;
    let known = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        identity::linked(&mut reader.conn(), &person).await?
    };
    let account = known.filter(|account| account.id == actor.user).ok_or(DirectoryRefusal::OtherPerson)?;
    if let Err(why) = Allowed::by(&app.settings.oidc, &person.groups).role(account.role) {
        return Err(shut_out(app, Some(account), why.into()).await);
    }
    Ok(app.db.write(ProveAgain { actor, now: app.clock.now() }).await?)
}

/// Notes that the directory has proved again whose session this is.
struct ProveAgain {
    actor: Actor,
    now: Timestamp,
}

impl WriteUnit for ProveAgain {
    const NAME: &'static str = "prove_again_by_directory";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        recent_sign_in::given(tx, self.actor.session, self.now).await?;
        sign_in_log::proved_by_directory(tx, self.actor, self.now).await
    }
}

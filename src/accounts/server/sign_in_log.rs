//! What the audit log keeps of signing in and out: doctors and staff alone.
//!
//! Patients' sign-ins are left out: they would soon be most of a log that is never shortened, and the table of sessions
//! has each of them. A wrong password is noted when the address belongs to a doctor or to staff. What was typed is kept
//! nowhere.

use super::Role;
use crate::{
    clinic::{
        ActorRole,
        server::audit::{Author, Entry, record},
    },
    db::{Error, Tx, WriteUnit},
    ids::PersonId,
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

fn is_kept(role: Role) -> bool {
    role.may(crate::accounts::Permission::WorkAtDesk)
}

/// Notes a sign-in, in the unit that begins its session.
pub(super) async fn signed_in(tx: &mut Tx<'_>, user: PersonId, role: Role, now: Timestamp) -> Result<(), Error> {
    own(tx, user, role, "user.signed_in", now).await
}

/// The same of a sign-in by the clinic's directory.
pub(super) async fn signed_in_by_directory(
    tx: &mut Tx<'_>,
    user: PersonId,
    role: Role,
    now: Timestamp,
) -> Result<(), Error> {
    own(tx, user, role, "user.signed_in_by_directory", now).await
}

/// Notes that the clinic's directory proved again who has this session, in the unit that counts it.
pub(super) async fn proved_by_directory(tx: &mut Tx<'_>, actor: Actor, now: Timestamp) -> Result<(), Error> {
    own(tx, actor.user, actor.role, "user.proved_by_directory", now).await
}

/// Notes a sign-out, in the unit that ends the session.
pub(super) async fn signed_out(tx: &mut Tx<'_>, actor: Actor, now: Timestamp) -> Result<(), Error> {
    own(tx, actor.user, actor.role, "user.signed_out", now).await
}

/// Notes that the password was typed again, in the unit that counts it.
pub(super) async fn typed_again(tx: &mut Tx<'_>, actor: Actor, now: Timestamp) -> Result<(), Error> {
    own(tx, actor.user, actor.role, "user.typed_password_again", now).await
}

/// Notes that sessions were ended from another one, in the unit that ends them.
pub(super) async fn ended(tx: &mut Tx<'_>, actor: Actor, action: &'static str, now: Timestamp) -> Result<(), Error> {
    own(tx, actor.user, actor.role, action, now).await
}

async fn own(tx: &mut Tx<'_>, user: PersonId, role: Role, action: &'static str, now: Timestamp) -> Result<(), Error> {
    if !is_kept(role) {
        return Ok(());
    }
    let by = Author { actor: Some(user), role: role.into() };
    record(tx, by, now, Entry { action, subject: "user", subject_id: Some(user.0), details: "" }).await
}

/// Notes a wrong password for this account, if there is one. It is written apart from the answer, so that the answer
/// takes as long for every address.
pub(super) fn failed(app: &AppState, account: Option<(PersonId, Role)>) {
    let Some((user, _)) = account.filter(|(_, role)| is_kept(*role)) else { return };
    note_failure(app, user, "user.sign_in_failed");
}

/// Notes that a person whom the clinic's directory knows was not let in as this account.
pub(super) fn refused_by_directory(app: &AppState, user: PersonId, role: Role) {
    if is_kept(role) {
        note_failure(app, user, "user.refused_by_directory");
    }
}

fn note_failure(app: &AppState, user: PersonId, action: &'static str) {
    let (db, unit) = (app.db.clone(), NoteFailure { user, action, now: app.clock.now() });
    tokio::spawn(async move {
        if let Err(error) = db.write(unit).await {
            tracing::error!(%error, "a failed sign-in is missing in the audit log");
        }
    });
}

/// Notes a sign-in to an account that failed.
struct NoteFailure {
    user: PersonId,
    action: &'static str,
    now: Timestamp,
}

impl WriteUnit for NoteFailure {
    const NAME: &'static str = "note_failed_sign_in";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const NAME: &str = "select display_name from persons where id = $1";
        let name: String = tx.fetch_value(NAME, (self.user,)).await?;
        let by = Author { actor: None, role: ActorRole::Visitor };
        let subject_id = Some(self.user.0);
        let action = self.action;
        record(tx, by, self.now, Entry { action, subject: "user", subject_id, details: &name }).await
    }
}

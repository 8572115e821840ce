//! Removing a passkey.

use uuid::Uuid;

use crate::{
    accounts::server::second_factor::{
        is_confirmed, is_needed,
        proof::{Proof, note, tell},
        prove_in_session, remove as remove_all,
    },
    db::{Error, Tx, WriteUnit},
    error::AppError,
    ids::PasskeyId,
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// Removes one of the signed-in person's passkeys. The last second factor takes the recovery codes along.
///
/// # Errors
/// [`AppError::Invalid`] naming `code`; [`AppError::TooManyAttempts`]; [`AppError::NotFound`], also for another person's;
/// [`AppError::Forbidden`] for the last second factor of those who need one by the clinic's rule.
pub async fn remove(app: &AppState, actor: Actor, id: PasskeyId, typed: &str) -> Result<(), AppError> {
    const SQL: &str = "select count(*) from passkeys where id = $1 and person_id = $2";
    let known: i64 = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        reader.conn().fetch_value(SQL, (id, actor.user)).await.map_err(AppError::from)?
    };
    if known == 0 {
        return Err(AppError::NotFound);
    }
    let is_needed = is_needed(app, actor.role).await;
    let proof = prove_in_session(app, actor, typed).await?;
    let unit = RemovePasskey { actor, id, proof, is_needed, message: Uuid::now_v7(), now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Deletes a passkey of a person who has proved who they are.
struct RemovePasskey {
    actor: Actor,
    id: PasskeyId,
    proof: Proof,
    /// Whether a second factor has to stay.
    is_needed: bool,
    /// Names the message that tells the owner.
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for RemovePasskey {
    const NAME: &'static str = "remove_passkey";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const NAME: &str = "select name from passkeys where id = $1 and person_id = $2";
        const SQL: &str = "delete from passkeys where id = $1";
        let (actor, now) = (self.actor, self.now);
        let name: Option<String> = tx.fetch_optional_value(NAME, (self.id, actor.user)).await?;
        let name = name.ok_or(AppError::NotFound)?;
        self.proof.use_up(tx, actor.into(), now).await?;
        tx.execute(SQL, (self.id,)).await?;
        if !is_confirmed(tx, actor.user).await? {
            if self.is_needed {
                return Err(AppError::Forbidden.into());
            }
            remove_all(tx, actor.user, now).await?;
        }
        note(tx, actor.into(), actor.user, "passkey.removed", &name, now).await?;
        tell(tx, actor.user, "passkey_removed", self.message, now).await
    }
}

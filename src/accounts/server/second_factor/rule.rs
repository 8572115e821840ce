//! Who still has to set a second factor up, and until when.

use crate::{
    accounts::Role,
    db::{Conn, Error, Tx},
    error::AppError,
    ids::PersonId,
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

const DAY: i64 = 24 * 3600;

/// Whether the clinic's rule is about people of this role.
pub(crate) fn is_about(role: Role) -> bool {
    role != Role::Patient
}

/// Notes that a person without a second factor has signed in, unless it was noted before.
pub(crate) async fn begin_grace(tx: &mut Tx<'_>, user: PersonId, role: Role, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "insert into second_factor_grace (person_id, began_at) values ($1, $2)
        on conflict (person_id) do nothing";
    if is_about(role) {
        tx.execute(SQL, (user, now)).await?;
    }
    Ok(())
}

/// The person has a second factor now.
pub(super) async fn end_grace(tx: &mut Tx<'_>, user: PersonId) -> Result<(), Error> {
    const SQL: &str = "delete from second_factor_grace where person_id = $1";
    tx.execute(SQL, (user,)).await?;
    Ok(())
}

/// Until when this person has to set a second factor up; none for those who need none or have one, and in a session that
/// began by the clinic's directory, which asks for one itself.
///
/// # Errors
/// The database cannot be read.
pub async fn due(app: &AppState, actor: Actor) -> Result<Option<Timestamp>, AppError> {
    const SQL: &str = "select began_at from second_factor_grace where person_id = $1 and not exists
        (select 1 from sessions where id = $2 and directory_at is not null)";
    let rule = app.clinic.second_factor_rule().await;
    if !is_about(actor.role) || !rule.is_needed {
        return Ok(None);
    }
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let read = async |conn: &mut Conn<'_>| -> Result<Option<Timestamp>, Error> {
        conn.fetch_optional_value(SQL, (actor.user, actor.session)).await
    };
    let began = read(&mut reader.conn()).await?;
    Ok(began.map(|began| began.plus_seconds(i64::from(rule.days) * DAY)))
}

//! A person's own account: what is kept of them, and what they may change themselves.

use sqlx::FromRow;

use crate::{
    accounts::{
        Role,
        model::{check_name, check_phone, kept_phone},
        server::{match_candidates, person_record::ChangedBy, person_words},
    },
    db::{self, Conn, Tx, WriteUnit},
    error::{AppError, FieldError},
    ids::PersonId,
    state::AppState,
    text::{line, server::telephone::Country},
    time::Timestamp,
    web::request::Actor,
};

/// An account as its owner sees it.
#[derive(Clone, Debug, FromRow)]
pub struct Me {
    pub id: PersonId,
    pub name: String,
    pub email: String,
    pub phone: Option<String>,
    pub role: Role,
}

/// What to change; nothing of it changes nothing.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub name: Option<String>,
    /// An empty one takes the number away.
    pub phone: Option<String>,
}

/// The signed-in account.
///
/// # Errors
/// The database cannot be read.
pub async fn me(app: &AppState, actor: Actor) -> Result<Me, AppError> {
    Ok(stored(&mut app.db.read().await?.conn(), actor.user).await?)
}

/// Changes a person's own name or phone number.
///
/// # Errors
/// [`AppError::Invalid`] naming `name` or `phone`.
pub async fn change(app: &AppState, actor: Actor, change: Change) -> Result<Me, AppError> {
    let fields = wrong_fields(&change);
    if !fields.is_empty() {
        return Err(AppError::Invalid { fields });
    }
    Ok(app
        .db
        .write(ChangeMe {
            user: actor.user,
            change,
            country: app.settings.clinic.phone_country(),
            now: app.clock.now(),
        })
        .await?)
}

/// Changes what an account keeps of its owner, and returns what it keeps now.
struct ChangeMe {
    user: PersonId,
    change: Change,
    country: Country,
    now: Timestamp,
}

impl WriteUnit for ChangeMe {
    const NAME: &'static str = "change_me";
    type Output = Me;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Me, db::Error> {
        const SQL: &str = "update persons set display_name = $2, phone = $3 where id = $1";
        let mut me = stored(tx, self.user).await?;
        if let Some(name) = &self.change.name {
            me.name = line(name);
        }
        if let Some(phone) = &self.change.phone {
            let phone = kept_phone(phone);
            me.phone = (!phone.is_empty()).then_some(phone);
        }
        tx.execute(SQL, (me.id, &me.name, &me.phone)).await?;
        person_words::index(tx, me.id, self.country).await?;
        let by = ChangedBy { actor: Some(me.id), now: self.now, country: self.country };
        match_candidates::look(tx, me.id, by).await?;
        Ok(me)
    }
}

fn wrong_fields(change: &Change) -> Vec<FieldError> {
    let checks = [
        ("name", change.name.as_deref().and_then(check_name)),
        ("phone", change.phone.as_deref().and_then(check_phone)),
    ];
    let wrong = |(field, code): (&str, Option<_>)| Some(FieldError { field: field.into(), code: code? });
    checks.into_iter().filter_map(wrong).collect()
}

async fn stored(conn: &mut Conn<'_>, user: PersonId) -> Result<Me, db::Error> {
    const SQL: &str = "select id, display_name as name, email, phone, role from persons where id = $1";
    let me: Option<Me> = conn.fetch_optional(SQL, (user,)).await?;
    me.ok_or(db::Error::App(AppError::Unauthenticated))
}

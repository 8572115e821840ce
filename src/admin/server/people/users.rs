//! Accounts, as the clinic's staff manage them: searching, shutting out, letting in again.

use sqlx::FromRow;

use crate::{
    accounts::{
        Permission, Role,
        server::{
            care::care_of,
            end_sessions, other_admins,
            people_search::{Among, PeopleSearch},
            second_factor,
        },
    },
    admin::{
        model::people::{ListedUser, ManagedUser, UserList},
        server::invitations::page_of,
    },
    clinic::server::audit::{Entry, record},
    clinic::server::clinic_zone,
    db::{Conn, Error, Statement, Tx, WriteUnit, ids_json, in_ids},
    error::AppError,
    ids::PersonId,
    state::AppState,
    time::{Timestamp, server::Zone},
    web::request::Actor,
};

/// Accounts on one page.
const PER_PAGE: i64 = 20;

/// One page of the accounts that a search finds (`accounts/server/people_search.rs`), by name; with nothing typed, of all
/// of them. A page past the end is the last one.
///
/// # Errors
/// The database cannot be read.
pub async fn search(app: &AppState, query: &str, page: u32) -> Result<UserList, AppError> {
    const COUNT: &str = "select count(*) from persons p where p.status not in ('merged', 'closed')";
    const ALL: &str = "select p.id, p.display_name, coalesce(p.email, '') as email, p.role, p.status, p.created_at,
            p.mail_failed_at, (select max(s.created_at) from sessions s where s.person_id = p.id) as signed_in_at
        from persons p where p.status not in ('merged', 'closed') order by p.search_text, p.id limit $1 offset $2";
    const FOUND: Statement = in_ids!(
        "select p.id, p.display_name, coalesce(p.email, '') as email, p.role, p.status, p.created_at,
            p.mail_failed_at, (select max(s.created_at) from sessions s where s.person_id = p.id) as signed_in_at
        from persons p where p.id",
        " order by p.search_text, p.id limit $2 offset $3"
    );
    let search = PeopleSearch::read(query, app.settings.clinic.phone_country());
    let now = app.clock.now();
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let read = async |conn: &mut Conn<'_>| -> Result<UserList, Error> {
        let found = if search.typed.is_empty() { None } else { Some(search.find(conn, Among::Everybody).await?) };
        let all = match &found {
            Some(found) => i64::try_from(found.len()).unwrap_or(i64::MAX),
            None => conn.fetch_value(COUNT, ()).await?,
        };
        let (page, pages) = page_of(page, all, PER_PAGE);
        let skipped = i64::from(page - 1) * PER_PAGE;
        let rows: Vec<Row> = match found {
            Some(found) => {
                conn.fetch_all(FOUND, (ids_json(found.into_iter().map(|id| id.0)), PER_PAGE, skipped)).await?
            }
            None => conn.fetch_all(ALL, (PER_PAGE, skipped)).await?,
        };
        let zone = clinic_zone(conn).await?;
        let users = rows.into_iter().map(|row| row.listed(&zone, now)).collect();
        let query = search.typed.clone();
        Ok(UserList { query, users, all: u32::try_from(all).unwrap_or(u32::MAX), page, pages })
    };
    Ok(read(&mut reader.conn()).await?)
}

/// One account.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn user(app: &AppState, staff: Actor, id: PersonId) -> Result<ManagedUser, AppError> {
    const DOCTOR: &str = "select slug, status = 'active' from doctors where person_id = $1";
    const AHEAD: &str = "select count(*) from appointments
        where patient_id = $1 and status in ('requested', 'booked') and would_replace is null and starts_at > $2";
    let now = app.clock.now();
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let read = async |conn: &mut Conn<'_>| -> Result<ManagedUser, Error> {
        let row = Row::find(conn, id).await?;
        let doctor = conn.fetch_optional(DOCTOR, (id,)).await?;
        let ahead: i64 = conn.fetch_value(AHEAD, (id, now)).await?;
        let zone = clinic_zone(conn).await?;
        let second_factor = second_factor::on_since(conn, id).await?;
        Ok(ManagedUser {
            second_factor_since: second_factor.map(|at| zone.moment_words(at, now)),
            since: zone.local_date(row.created_at).date_words(),
            mail_fails_since: row.mail_failed_at.map(|at| zone.moment_words(at, now)),
            user: row.listed(&zone, now),
            appointments_ahead: u32::try_from(ahead).unwrap_or(u32::MAX),
            doctor,
            care: care_of(conn, id, now).await?,
            own: id == staff.user,
        })
    };
    Ok(read(&mut reader.conn()).await?)
}

/// Suspends an account: in one unit the account is suspended and every session of it ends. A second call is fine.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::LastAdmin`]; [`AppError::Forbidden`] for one's own account;
/// [`AppError::Unauthenticated`] when the caller's own account has been suspended.
pub async fn suspend(app: &AppState, staff: Actor, id: PersonId) -> Result<(), AppError> {
    Ok(app.db.write(SuspendUser { staff, id, now: app.clock.now() }).await?)
}

/// Shuts a person out, unless that was done before.
struct SuspendUser {
    staff: Actor,
    id: PersonId,
    now: Timestamp,
}

impl WriteUnit for SuspendUser {
    const NAME: &'static str = "suspend_user";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let SuspendUser { staff, id, now } = *self;
        if !Row::find(tx, staff.user).await?.is_active() {
            return Err(AppError::Unauthenticated.into());
        }
        let person = Row::find(tx, id).await?;
        if person.is_active() {
            if person.role.may(Permission::ManagePeople) && other_admins(tx, id).await? == 0 {
                return Err(AppError::LastAdmin.into());
            }
            if id == staff.user {
                return Err(AppError::Forbidden.into());
            }
            person.change(tx, "suspended").await?;
            end_sessions(tx, id, now).await?;
            person.audit(tx, staff, "user.suspended", now).await?;
        }
        Ok(())
    }
}

/// Lets a suspended account sign in again. A second call is fine.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn reactivate(app: &AppState, staff: Actor, id: PersonId) -> Result<(), AppError> {
    Ok(app.db.write(ReactivateUser { staff, id, now: app.clock.now() }).await?)
}

/// Lets a person in again who is shut out.
struct ReactivateUser {
    staff: Actor,
    id: PersonId,
    now: Timestamp,
}

impl WriteUnit for ReactivateUser {
    const NAME: &'static str = "reactivate_user";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let ReactivateUser { staff, id, now } = *self;
        let person = Row::find(tx, id).await?;
        if !person.is_active() {
            // one that began while the account was being suspended must not come to life
            end_sessions(tx, id, now).await?;
            person.change(tx, "active").await?;
            person.audit(tx, staff, "user.reactivated", now).await?;
        }
        Ok(())
    }
}

#[derive(FromRow)]
struct Row {
    id: PersonId,
    display_name: String,
    email: String,
    role: Role,
    status: String,
    created_at: Timestamp,
    mail_failed_at: Option<Timestamp>,
    signed_in_at: Option<Timestamp>,
}

impl Row {
    async fn find(conn: &mut Conn<'_>, id: PersonId) -> Result<Row, Error> {
        const SQL: &str = "select p.id, p.display_name, coalesce(p.email, '') as email, p.role, p.status, p.created_at, p.mail_failed_at,
                (select max(s.created_at) from sessions s where s.person_id = p.id) as signed_in_at
            from persons p where p.id = $1 and p.status not in ('merged', 'closed')";
        let found = conn.fetch_optional(SQL, (id,)).await?;
        found.ok_or(Error::App(AppError::NotFound))
    }

    fn is_active(&self) -> bool {
        self.status == "active"
    }

    fn listed(self, zone: &Zone, now: Timestamp) -> ListedUser {
        ListedUser {
            suspended: !self.is_active(),
            id: self.id,
            name: self.display_name,
            email: self.email,
            role: self.role,
            last_sign_in: self.signed_in_at.map(|at| zone.moment_words(at, now)),
            signed_in_at: self.signed_in_at,
            created_at: self.created_at,
            mail_failed_at: self.mail_failed_at,
        }
    }

    async fn change(&self, tx: &mut Tx<'_>, status: &str) -> Result<(), Error> {
        const SQL: &str = "update persons set status = $1 where id = $2";
        tx.execute(SQL, (status, self.id)).await?;
        Ok(())
    }

    async fn audit(&self, tx: &mut Tx<'_>, staff: Actor, action: &'static str, now: Timestamp) -> Result<(), Error> {
        let entry = Entry { action, subject: "user", subject_id: Some(self.id.0), details: &self.display_name };
        record(tx, staff.into(), now, entry).await
    }
}

//! Reading the audit log: a page at a time, or as a table for a spreadsheet.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    accounts::Permission,
    admin::model::audit::{AuditLine, AuditPageData, AuditQuery, SYSTEM, VISITOR, action_words, code_words},
    clinic::{
        ActorRole,
        server::{
            audit::{Entry, note},
            clinic_zone,
        },
    },
    db::{Conn, Error},
    error::{AppError, FieldCode},
    ids::{AuditEntryId, PersonId},
    state::AppState,
    time::{
        Timestamp,
        server::{LocalDate, Zone, utc_stamp},
    },
    web::{csv, request::Actor},
};

/// Lines on one page.
const PAGE: u32 = 50;
/// Lines of one file.
const MAX_LINES: i64 = 10_000;
/// The actor of a change made without an account.
const NO_PERSON: &str = "Command line or system";
/// The actor of what was tried without signing in.
const NOT_SIGNED_IN: &str = "Not signed in";

/// An entry of the log as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct Row {
    pub id: AuditEntryId,
    pub at: Timestamp,
    /// None for a change made without an account.
    pub actor_id: Option<PersonId>,
    pub actor_role: ActorRole,
    pub who: Option<String>,
    /// A code such as `doctor.approved`.
    pub action: String,
    /// A code such as `doctor`.
    pub subject_kind: String,
    pub subject_id: Option<Uuid>,
    /// Of the doctor it was done to.
    slug: Option<String>,
    /// The name of what it was done to, and what changed.
    pub details: String,
}

/// One page of lines as they are stored, the newest first.
#[derive(Clone, Debug)]
pub struct Rows {
    pub rows: Vec<Row>,
    /// Lines that fit the filters.
    pub total: u32,
    /// From 1; a page past the end is the last one.
    pub page: u32,
    pub pages: u32,
    /// The clinic's.
    pub zone: Zone,
}

/// What the filters mean.
#[derive(Default)]
struct Filter {
    actor: Option<PersonId>,
    /// Only what was done without an account, in this role.
    without_account: Option<ActorRole>,
    action: Option<String>,
    from: Option<Timestamp>,
    /// Itself excluded.
    until: Option<Timestamp>,
}

impl Filter {
    /// Reads the filters, as far as they can be read; the error says what cannot.
    fn read(query: &AuditQuery, zone: &Zone) -> (Filter, Option<AppError>) {
        let mut problem = None;
        let mut date = |field: &'static str, text: &str| {
            let read: Option<LocalDate> = text.parse().ok();
            if read.is_none() && !text.is_empty() {
                problem = Some(AppError::field(field, FieldCode::NotADate));
            }
            read
        };
        let from = date("from", &query.from).map(|first| zone.window_start(first, 0));
        let until = date("until", &query.until).map(|last| zone.window_start(last.plus_days(1), 0));
        let without_account = match query.actor.as_str() {
            SYSTEM => Some(ActorRole::System),
            VISITOR => Some(ActorRole::Visitor),
            _ => None,
        };
        let actor = query.actor.parse().ok();
        if actor.is_none() && without_account.is_none() && !query.actor.is_empty() {
            problem = Some(AppError::field("actor", FieldCode::Unknown));
        }
        let action = (!query.action.is_empty()).then(|| query.action.clone());
        (Filter { actor, without_account, action, from, until }, problem)
    }
}

/// A page of the log, newest entry first. A filter that cannot be read is ignored, and named.
///
/// # Errors
/// The database's.
pub async fn page(app: &AppState, query: AuditQuery) -> Result<AuditPageData, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let (found, problem) = find(conn, &query).await?;
    let Rows { rows, total, page, pages, zone } = found;
    Ok(AuditPageData {
        lines: rows.into_iter().map(|row| row.in_words(&zone, now)).collect(),
        total,
        page,
        pages,
        actors: actors(conn).await?,
        actions: actions(conn).await?,
        zone_words: zone.label(),
        problem,
        query,
    })
}

/// A page of the log as facts.
///
/// # Errors
/// [`AppError::Invalid`] for a filter that cannot be read; the database's.
pub async fn entries(app: &AppState, query: &AuditQuery) -> Result<Rows, AppError> {
    let mut reader = app.db.read().await?;
    match find(&mut reader.conn(), query).await? {
        (_, Some(problem)) => Err(problem),
        (found, None) => Ok(found),
    }
}

async fn find(conn: &mut Conn<'_>, query: &AuditQuery) -> Result<(Rows, Option<AppError>), Error> {
    let zone = clinic_zone(conn).await?;
    let (filter, problem) = Filter::read(query, &zone);
    let total = count(conn, &filter).await?;
    let pages = total.div_ceil(PAGE).max(1);
    let page = query.page.clamp(1, pages);
    let rows = rows(conn, &filter, PAGE.into(), (page - 1) * PAGE).await?;
    Ok((Rows { rows, total, page, pages, zone }, problem))
}

/// The file for a member of staff, whose download the log keeps as well.
///
/// # Errors
/// [`AppError::Forbidden`] for others; as [`file`].
pub async fn export(app: &AppState, actor: Actor, query: &AuditQuery) -> Result<String, AppError> {
    actor.needs(Permission::ReadAuditLog)?;
    let file = file(app, query).await?;
    let entry = Entry { action: "audit_log.exported", subject: "audit_log", subject_id: None, details: "" };
    note(app, actor.into(), entry).await?;
    Ok(file)
}

/// The newest entries that fit the filters, as CSV: at most ten thousand, and then the last line says so.
///
/// # Errors
/// [`AppError::Invalid`] for a filter that cannot be read; the database's.
pub async fn file(app: &AppState, query: &AuditQuery) -> Result<String, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let zone = clinic_zone(conn).await?;
    let (filter, problem) = Filter::read(query, &zone);
    if let Some(problem) = problem {
        return Err(problem);
    }
    let mut rows = rows(conn, &filter, MAX_LINES + 1, 0).await?;
    let more = rows.len() > MAX_LINES as usize;
    rows.truncate(MAX_LINES as usize);
    let time = format!("Time ({})", zone.name());
    let head = [&time, "Time (UTC)", "Who", "Action", "What happened", "Subject", "Subject id", "Details"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    table.extend(rows.into_iter().map(|row| row.cells(&zone)));
    if more {
        table.push(vec!["Only the newest 10,000 lines are here. Choose dates to see older ones.".to_owned()]);
    }
    csv::text(table)
}

impl Row {
    /// As a row of the file.
    fn cells(self, zone: &Zone) -> Vec<String> {
        let who = self.who();
        let (local, utc) = (zone.local_start_text(self.at), utc_stamp(self.at));
        let (what, subject) = (action_words(&self.action), code_words(&self.subject_kind));
        let id = self.subject_id.map(|id| id.to_string()).unwrap_or_default();
        vec![local, utc, who, self.action, what, subject, id, self.details]
    }

    fn in_words(self, zone: &Zone, now: Timestamp) -> AuditLine {
        AuditLine {
            when: zone.moment_words(self.at, now),
            who: self.who(),
            what: action_words(&self.action),
            subject: code_words(&self.subject_kind),
            href: self.href(),
            details: self.details,
        }
    }

    fn who(&self) -> String {
        let nobody = if self.actor_role == ActorRole::Visitor { NOT_SIGNED_IN } else { NO_PERSON };
        self.who.clone().unwrap_or_else(|| nobody.to_owned())
    }

    fn href(&self) -> Option<String> {
        match (self.subject_kind.as_str(), self.subject_id, &self.slug) {
            ("doctor", _, Some(slug)) => Some(format!("/admin/doctors/{slug}")),
            ("patient", Some(id), _) => Some(format!("/patients/{id}")),
            ("patient_pair", ..) => Some("/patients/matches".to_owned()),
            ("user", Some(id), _) => Some(format!("/admin/users/{id}")),
            ("location", Some(id), _) if self.action != "location.removed" => Some(format!("/admin/locations/{id}")),
            ("room", Some(id), _) => Some(format!("/admin/rooms/{id}")),
            ("invitation", ..) => Some("/admin/invitations".to_owned()),
            ("message", Some(id), _) => Some(format!("/admin/outbox/{id}")),
            ("specialty", ..) => Some("/admin/specialties".to_owned()),
            ("closure", ..) => Some("/admin/closures".to_owned()),
            ("appointment", Some(id), _) => Some(format!("/appointments/{id}")),
            ("settings", ..) => Some("/admin/settings".to_owned()),
            _ => None,
        }
    }
}

async fn count(conn: &mut Conn<'_>, filter: &Filter) -> Result<u32, Error> {
    const SQL: &str = "select count(*) from audit_entries a
        where (a.actor_id = $1 or $1 is null) and (a.actor_id is null and a.actor_role = $2 or $2 is null)
            and (a.action = $3 or $3 is null)
            and (a.at >= $4 or $4 is null) and (a.at < $5 or $5 is null)";
    let count: i64 = conn
        .fetch_value(SQL, (filter.actor, filter.without_account, &filter.action, filter.from, filter.until))
        .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

async fn rows(conn: &mut Conn<'_>, filter: &Filter, most: i64, skip: u32) -> Result<Vec<Row>, Error> {
    const SQL: &str = "
        select a.id, a.at, a.actor_id, a.actor_role, p.display_name as who, a.action, a.subject_kind, a.subject_id,
            d.slug, a.details
        from audit_entries a
        left join persons p on p.id = a.actor_id
        left join doctors d on d.id = a.subject_id
        where (a.actor_id = $1 or $1 is null) and (a.actor_id is null and a.actor_role = $2 or $2 is null)
            and (a.action = $3 or $3 is null)
            and (a.at >= $4 or $4 is null) and (a.at < $5 or $5 is null)
        order by a.at desc, a.id desc limit $6 offset $7";
    conn.fetch_all(
        SQL,
        (filter.actor, filter.without_account, &filter.action, filter.from, filter.until, most, i64::from(skip)),
    )
    .await
}

/// The doctors and staff in the log, by name, and those without a name. Patients are left out: they are many.
async fn actors(conn: &mut Conn<'_>) -> Result<Vec<(String, String)>, Error> {
    const SQL: &str = "select distinct p.id, p.display_name from audit_entries a join persons p on p.id = a.actor_id
        where p.role <> 'patient' order by p.display_name, p.id";
    let rows: Vec<(PersonId, String)> = conn.fetch_all(SQL, ()).await?;
    let people = rows.into_iter().map(|(id, name)| (id.to_string(), name));
    let others = [(VISITOR, NOT_SIGNED_IN), (SYSTEM, NO_PERSON)];
    Ok(people.chain(others.map(|(value, name)| (value.to_owned(), name.to_owned()))).collect())
}

/// Every kind of action in the log.
async fn actions(conn: &mut Conn<'_>) -> Result<Vec<(String, String)>, Error> {
    const SQL: &str = "select distinct action from audit_entries order by action";
    let codes: Vec<String> = conn.fetch_values(SQL, ()).await?;
    Ok(codes.into_iter().map(|code| (code.clone(), action_words(&code))).collect())
}

//! The audit log and the statistics.

use axum::extract::{OriginalUri, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    accounts::Permission,
    admin::{
        model::{
            audit::AuditQuery as AuditFilters,
            statistics::{Figure as Shown, StatisticsQuery as Wanted},
        },
        server::{
            audit_log::{self, Row, Rows},
            statistics,
        },
    },
    api::{
        auth::ReadAccess,
        dto::on_clock,
        extract::Query,
        paging::{Paged, check_page},
        problem::Problem,
        roles::Staff,
    },
    error::{AppError, FieldCode},
    state::AppState,
    time::server::{LocalDate, Zone},
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(list_audit)).routes(routes!(read_statistics))
}

/// The filters and the page of the audit log.
#[derive(Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// The id of an account, `system` for the command line and the system, or `visitor` for what was tried without
    /// signing in.
    actor: String,
    /// A code such as `doctor.approved`.
    action: String,
    /// The first day, by the clinic's calendar.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// The last day of the list.
    #[param(value_type = Option<String>, format = Date)]
    until: Option<String>,
    /// The page, counted from 1, of fifty lines. A page past the end is empty.
    #[param(value_type = i64, minimum = 1, maximum = 4294967295_i64)]
    page: u32,
}

impl Default for AuditQuery {
    fn default() -> Self {
        let AuditFilters { actor, action, .. } = AuditFilters::default();
        AuditQuery { actor, action, from: None, until: None, page: 1 }
    }
}

/// Checks the text of a named day. In a form, an empty field means no day and blanks around a day are ignored; a
/// program that sends either gets an error.
fn day(field: &str, text: Option<String>) -> Result<String, AppError> {
    match text {
        Some(text) if text.parse::<LocalDate>().is_err() => Err(AppError::field(field, FieldCode::NotADate)),
        text => Ok(text.unwrap_or_default()),
    }
}

/// A line of the audit log.
#[derive(Serialize, ToSchema)]
struct AuditEntry {
    id: String,
    #[schema(format = DateTime)]
    at: String,
    /// The clinic's time zone by its IANA name.
    zone: String,
    /// The account of the person who acted; null for the command line, the system, and a person who did not sign in.
    actor_id: Option<String>,
    actor: Option<String>,
    /// A code such as `doctor.approved`.
    action: String,
    /// The kind of thing that was changed or opened: `doctor`, `user` and so on.
    subject: String,
    subject_id: Option<String>,
    /// The name of the thing, and what changed.
    details: String,
}

impl AuditEntry {
    fn new(zone: &Zone, row: Row) -> Self {
        AuditEntry {
            id: row.id.to_string(),
            at: on_clock(zone, row.at),
            zone: zone.name().to_owned(),
            actor_id: row.actor_id.map(|id| id.to_string()),
            actor: row.who,
            action: row.action,
            subject: row.subject_kind,
            subject_id: row.subject_id.map(|id| id.to_string()),
            details: row.details,
        }
    }
}

/// The audit log
#[utoipa::path(
    get,
    path = "/staff/audit",
    tag = "staff",
    security(("bearer" = [])),
    params(AuditQuery),
    responses((
        status = 200,
        description = "One page, the newest line first. `X-Total-Count` counts all lines; `Link` has the other pages.",
        body = Vec<AuditEntry>,
    )),
)]
async fn list_audit(
    State(app): State<AppState>,
    Staff(ReadAccess(staff)): Staff<ReadAccess>,
    address: OriginalUri,
    Query(query): Query<AuditQuery>,
) -> Result<Paged<AuditEntry>, Problem> {
    staff.needs(Permission::ReadAuditLog)?;
    let AuditQuery { actor, action, from, until, page } = query;
    let (from, until) = (day("from", from)?, day("until", until)?);
    let filters = AuditFilters { actor, action, from, until, page: check_page(page)? };
    let Rows { rows, total, pages, zone, .. } = audit_log::entries(&app, &filters).await?;
    let items = rows.into_iter().map(|row| AuditEntry::new(&zone, row)).collect();
    Ok(Paged { items, total, page, pages, address })
}

/// The days and the doctor of the statistics.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatisticsQuery {
    /// The first day; left out, four weeks in all.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// The last day; left out, today.
    #[param(value_type = Option<String>, format = Date)]
    until: Option<String>,
    /// A doctor's slug, from `GET /staff/doctors`; left out, all doctors.
    doctor: String,
}

/// The statistics of some days.
#[derive(Serialize, ToSchema)]
struct Statistics {
    /// The first day.
    #[schema(format = Date)]
    from: String,
    /// The last day that is counted.
    #[schema(format = Date)]
    until: String,
    /// A doctor's slug; null for all doctors.
    doctor: Option<String>,
    /// The tables; empty when there are no appointments on these days.
    figures: Vec<Figure>,
}

/// One table of numbers.
#[derive(Serialize, ToSchema)]
struct Figure {
    /// `days`, `hours`, `missed`, `lead` or `cancelled`.
    id: String,
    heading: String,
    /// The result in a sentence.
    finding: String,
    /// A description of the numbers.
    counted: String,
    /// The headings of the columns. The first one is that of the labels.
    columns: Vec<String>,
    rows: Vec<FigureRow>,
}

/// One row of a table.
#[derive(Serialize, ToSchema)]
struct FigureRow {
    /// The row for programs: `2026-11-03`.
    code: String,
    /// The row for people: "Tuesday 3 November".
    label: String,
    /// Numbers, or words in place of a missing number.
    cells: Vec<String>,
}

impl From<Shown> for Figure {
    fn from(figure: Shown) -> Self {
        let Shown { id, heading, finding, counted, table, .. } = figure;
        let rows = table.rows.into_iter().map(|row| FigureRow { code: row.code, label: row.label, cells: row.cells });
        Figure { id, heading, finding, counted, columns: table.columns, rows: rows.collect() }
    }
}

/// Statistics
#[utoipa::path(
    get,
    path = "/staff/statistics",
    tag = "staff",
    security(("bearer" = [])),
    params(StatisticsQuery),
    responses((
        status = 200,
        description = "The figures of the website's page.",
        body = Statistics,
    )),
)]
async fn read_statistics(
    State(app): State<AppState>,
    Staff(ReadAccess(staff)): Staff<ReadAccess>,
    Query(query): Query<StatisticsQuery>,
) -> Result<axum::Json<Statistics>, Problem> {
    staff.needs(Permission::ReadStatistics)?;
    let StatisticsQuery { from, until, doctor } = query;
    let (from, until) = (day("from", from)?, day("until", until)?);
    let found = statistics::checked(&app, Wanted { from, until, doctor }).await?;
    let Wanted { from, until, doctor } = found.query;
    let figures = found.figures.into_iter().map(Figure::from).collect();
    let doctor = Some(doctor).filter(|slug| !slug.is_empty());
    Ok(axum::Json(Statistics { from, until, doctor, figures }))
}

//! The table of addresses.

use std::sync::OnceLock;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::QueryRejection},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode, Uri,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LAST_MODIFIED, VARY},
    },
    middleware::{from_fn, from_fn_with_state, map_response, map_response_with_state},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use leptos::{prelude::provide_context, server_fn::axum::server_fn_paths};
use leptos_axum::{AxumRouteListing, ErrorHandler, LeptosRoutes, generate_route_list};
use serde::Deserialize;
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    accounts::{
        Permission,
        server::{recent_sign_in::require_recent_sign_in, staff_directory::routes as staff_directory},
    },
    admin::{
        model::{audit::AuditQuery, statistics::StatisticsQuery},
        server::{audit_log, mailbox, statistics},
    },
    api,
    app::{App, shell},
    booking,
    desk::server as desk,
    error::AppError,
    ids::AppointmentId,
    own_data::server as own_data,
    papers::server as papers,
    state::AppState,
    web::{
        answer, base_path, compression, forms, frame, islands, mailed_links, page_cache,
        password_again::refuse_download, request::Actor, request_log, scrape, security, session, tasks, well_known,
    },
};

/// Everything this server answers. Serve it with `into_make_service_with_connect_info::<SocketAddr>()`.
pub fn build(app: AppState) -> Router {
    let website = with_routes(Router::new(), plain_routes())
        .merge(scrape::on_website(&app))
        .merge(built_files(&app))
        .merge(pages(&app))
        .layer(from_fn_with_state(app.clone(), security::refuse_foreign))
        // scripts of other websites may be allowed here, and no cookie counts
        .merge(api::router(&app))
        .layer(CatchPanicLayer::custom(security::panic_answer))
        .layer(from_fn(answer::negotiate))
        .layer(from_fn_with_state(app.clone(), security::headers))
        .layer(from_fn_with_state(app.clone(), request_log::around))
        .with_state(app.clone());
    base_path::mount(website, &app.settings)
}

type Route = (&'static str, MethodRouter<AppState>);

/// Addresses for programs.
fn plain_routes() -> Vec<Route> {
    vec![
        ("/healthz", get(|| async { "alive\n" })),
        ("/readyz", get(ready)),
        ("/version", get(|| async { Json(json!({ "version": env!("CARGO_PKG_VERSION") })) })),
        ("/.well-known/security.txt", get(well_known::security_txt)),
        ("/.well-known/change-password", get(well_known::change_password)),
        // needs no cookie, and gets none
        ("/papers/{link}", get(papers::file)),
    ]
}

/// Signing in by the clinic's directory, where the browser goes from link to link.
fn directory_links() -> Vec<Route> {
    vec![
        (staff_directory::LEAVE, get(staff_directory::leave)),
        (staff_directory::RETURN, get(staff_directory::come_back)),
    ]
}

/// What people download.
fn downloads() -> Vec<Route> {
    vec![
        ("/appointments/{id}/calendar.ics", get(calendar_file)),
        ("/appointments/{id}/papers/{paper}", get(papers::open_paper)),
        ("/account/data/{id}/{file}", get(own_data_copy)),
        ("/appointment/{token}/calendar.ics", get(mailed_links::appointment_file)),
        ("/calendar/{file}", get(mailed_links::calendar_feed)),
        ("/admin/audit.csv", get(audit_file)),
        ("/admin/statistics.csv", get(statistics_file)),
        ("/admin/mailbox/{id}/html", get(mailbox_html)),
        ("/desk/changes", get(desk::changes)),
    ]
}

fn with_routes(router: Router<AppState>, routes: Vec<Route>) -> Router<AppState> {
    routes.into_iter().fold(router, |router, (path, answers)| router.route(path, answers))
}

/// Every address that this server answers at, as method and pattern: pages, downloads, server functions and addresses
/// for programs. Leaves out files, and the API, which [`api::addresses`] lists.
#[must_use]
pub fn addresses() -> Vec<(Method, String)> {
    let got = |path: &str| (Method::GET, path.to_owned());
    let pages = page_routes();
    let pages = pages.iter().map(|page| got(page.path()));
    let others = plain_routes().into_iter().chain(downloads()).chain(directory_links()).map(|(path, _)| got(path));
    let functions = server_fn_paths().map(|(path, method)| (method, path.to_owned()));
    let posted = [mailed_links::STOP_REMINDERS, papers::SEND].map(|path| (Method::POST, path.to_owned()));
    pages.chain(others).chain(functions).chain(posted).collect()
}

/// What depends on who is asking: pages, downloads, the page for addresses that lead nowhere, and the server functions
/// under `/fn`, which come with the pages.
fn pages(app: &AppState) -> Router<AppState> {
    let options = app.leptos.clone();
    let context = page_context(app);
    let with_frame = from_fn_with_state(app.clone(), frame::attach);
    let not_found = ErrorHandler::new_with_context(context.clone(), shell, options.clone());
    let not_found = Router::new().fallback_service(not_found).layer(with_frame.clone());
    let files = app.site.service(not_found);
    let files = Router::new().fallback_service(files).layer(map_response(cache_public_file));
    let pages = Router::new()
        .leptos_routes_with_context(app, page_routes(), context, move || shell(options.clone()))
        .layer(with_frame);
    with_routes(with_routes(pages, downloads()), directory_links())
        .route(mailed_links::STOP_REMINDERS, post(mailed_links::stop_reminders))
        // reads files in pieces and stops by itself
        .route(papers::SEND, post(papers::send_papers).layer(DefaultBodyLimit::disable()))
        .route("/fn/{*name}", post(async || answer::refuse(AppError::NotFound)))
        .fallback_service(files)
        .layer(from_fn_with_state(app.clone(), forms::around))
        .layer(from_fn_with_state(app.clone(), session::attach))
        .layer(map_response(islands::scripts_where_needed))
        .layer(from_fn_with_state(app.clone(), page_cache::around))
        .layer(compression::layer())
}

/// The addresses of the pages, found once for the whole process: while Leptos looks for them, it keeps every page in
/// the process from loading, and a page that begins to load at that moment waits for ever (leptos-rs/leptos#4773).
fn page_routes() -> Vec<AxumRouteListing> {
    static ROUTES: OnceLock<Vec<AxumRouteListing>> = OnceLock::new();
    let find = || {
        tasks::keep_request();
        generate_route_list(App)
    };
    ROUTES.get_or_init(find).clone()
}

/// Script, WASM and style sheet as cargo-leptos built them. Of a compressed copy beside one, made with it by
/// `--precompress`, the browser gets the one that it accepts; without a copy it gets the file itself.
fn built_files(app: &AppState) -> Router<AppState> {
    let nothing = Router::new().fallback(async || StatusCode::NOT_FOUND);
    Router::new()
        .route_service("/pkg/{*path}", app.site.service(nothing))
        .layer(map_response_with_state(app.clone(), cache_built_file))
}

/// A name with a hash in it never means another content.
async fn cache_built_file(State(app): State<AppState>, mut response: Response) -> Response {
    let found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let forever = app.site.has_hashes() && found;
    let caching = if forever { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
    response
}

/// A file of `public` has a plain name, which may mean another content after an update: it is asked for again in an
/// hour. Pages, which come by here too, have no date.
async fn cache_public_file(mut response: Response) -> Response {
    if response.headers().contains_key(LAST_MODIFIED) || response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
        response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    response
}

fn page_context(app: &AppState) -> impl Fn() + Clone + Send + Sync + 'static {
    let app = app.clone();
    move || {
        provide_context(app.clone());
        provide_context(app.site.addresses());
        frame::provide();
        forms::provide_flash(&app);
    }
}

/// 200 while this process accepts requests and the database, whose migrations ran before it listened, answers.
async fn ready(State(app): State<AppState>) -> (StatusCode, &'static str) {
    if app.readiness.is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    match app.db.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "no database\n")
        }
    }
}

/// The appointment as a file for the person's own calendar.
async fn calendar_file(
    State(app): State<AppState>,
    actor: Result<Actor, AppError>,
    Path(id): Path<String>,
) -> Response {
    let file = async {
        let id: AppointmentId = id.parse().map_err(|_| AppError::NotFound)?;
        booking::server::calendar_file(&app, actor?, id).await
    };
    match file.await {
        Ok(file) => {
            let headers = [
                (CONTENT_TYPE, "text/calendar; charset=utf-8"),
                (CONTENT_DISPOSITION, "attachment; filename=\"appointment.ics\""),
            ];
            (headers, file).into_response()
        }
        Err(error) => answer::refuse(error),
    }
}

/// The audit log as a table, with the filters of its page.
async fn audit_file(
    State(app): State<AppState>,
    actor: Result<Actor, AppError>,
    uri: Uri,
    headers: HeaderMap,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Response {
    let pairs = pairs.into_iter().map(|(name, value)| (name.into(), value));
    let file = async {
        let staff = recently(&app, actor, Permission::ReadAuditLog).await?;
        audit_log::export(&app, staff, &AuditQuery::from_pairs(pairs)).await
    };
    match file.await {
        Ok(file) => {
            let headers = [
                (CACHE_CONTROL, "no-store"),
                (CONTENT_TYPE, "text/csv; charset=utf-8"),
                (CONTENT_DISPOSITION, "attachment; filename=\"audit-log.csv\""),
            ];
            (headers, file).into_response()
        }
        Err(error) => refuse_download(error, &headers, &page_of_link("/admin/audit", &uri)),
    }
}

/// A file of a person's own data, for who typed the password a moment ago.
async fn own_data_copy(
    State(app): State<AppState>,
    actor: Result<Actor, AppError>,
    headers: HeaderMap,
    path: Path<(String, String)>,
) -> Response {
    let recent = async {
        let actor = actor?;
        require_recent_sign_in(&app, actor).await?;
        Ok(actor)
    };
    match recent.await {
        Ok(actor) => own_data::own_data_file(State(app.clone()), Ok(actor), path).await,
        Err(error) => refuse_download(error, &headers, "/account/data"),
    }
}

/// Who may do this and typed the password a moment ago.
async fn recently(app: &AppState, actor: Result<Actor, AppError>, permission: Permission) -> Result<Actor, AppError> {
    let actor = actor?;
    actor.needs(permission)?;
    require_recent_sign_in(app, actor).await?;
    Ok(actor)
}

/// The page on which the link of a download stands, with the same question.
fn page_of_link(page: &str, uri: &Uri) -> String {
    uri.query().map_or_else(|| page.to_owned(), |query| [page, "?", query].concat())
}

/// Which figure, whether for sharing outside the clinic, and what the page of statistics is asked.
#[derive(Deserialize)]
struct StatisticsFile {
    #[serde(default)]
    which: String,
    #[serde(default)]
    suppress: bool,
    #[serde(flatten)]
    query: StatisticsQuery,
}

/// The numbers of one figure, for staff.
async fn statistics_file(
    State(app): State<AppState>,
    actor: Result<Actor, AppError>,
    uri: Uri,
    headers: HeaderMap,
    asked: Result<Query<StatisticsFile>, QueryRejection>,
) -> Response {
    let file = async {
        let actor = recently(&app, actor, Permission::ReadStatistics).await?;
        let Query(asked) = asked.map_err(|_| AppError::BadRequest)?;
        statistics::export(&app, actor, &asked.which, asked.query, asked.suppress).await
    };
    match file.await {
        Ok((name, text)) => {
            let attachment = ["attachment; filename=\"", &name, "\""].concat();
            ([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, attachment)], text)
                .into_response()
        }
        Err(error) => refuse_download(error, &headers, &page_of_link("/admin/statistics", &uri)),
    }
}

/// A message of the demo's mailbox as a mail program shows it: a document of its own with its own styles, which can
/// only be read and have its links followed.
async fn mailbox_html(
    State(app): State<AppState>,
    actor: Result<Actor, AppError>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
        frame-ancestors 'none'; sandbox allow-top-navigation-by-user-activation";
    let html = async {
        recently(&app, actor, Permission::ReadMessages).await?;
        mailbox::html(&app, &id).await
    };
    match html.await {
        Ok(html) => {
            ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)], html).into_response()
        }
        Err(error) => refuse_download(error, &headers, "/admin/mailbox"),
    }
}

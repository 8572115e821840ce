//! The addresses of files: where they are sent, where they are opened, and what is behind a link.

use axum::{
    extract::{Multipart, Path, State, multipart::MultipartRejection},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, SET_COOKIE},
    },
    response::{IntoResponse, Response},
};

use super::{
    open::{self, OpenedPaper},
    receive::{Received, may_send, receive},
};
use crate::{
    error::AppError,
    papers::{PaperKind, pages},
    state::AppState,
    web::{answer, cookies, forms, local_path::encode, request::Actor},
};

/// Names in a note; the cookie that carries it has its limit.
const MAX_NAMED: usize = 12;
/// Characters of a name in a note.
const MAX_NAME: usize = 40;

/// Takes the files of a form. A page without scripts goes back to its page; a script gets no content and loads the page
/// itself. What became of the files stands there once.
pub async fn send_papers(
    State(app): State<AppState>,
    actor: Result<Actor, AppError>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let page = ["/appointments/", &id, "/papers"].concat();
    let received = async {
        let id = id.parse().map_err(|_| AppError::NotFound)?;
        let actor = actor?;
        may_send(&app, actor, id).await?;
        receive(&app, actor, id, form.map_err(|_| AppError::BadRequest)?).await
    };
    let received = match received.await {
        Ok(received) => received,
        Err(AppError::Unauthenticated) if answer::accepts_html(&headers) => {
            return seen_other(&["/sign-in?next=", &encode(&page)].concat());
        }
        Err(error) => return answer::refuse(error),
    };
    let mut response =
        if answer::accepts_html(&headers) { seen_other(&page) } else { StatusCode::NO_CONTENT.into_response() };
    let note = forms::note_cookie(&app, pages::SENT, noted(&received));
    if let Some(cookie) = cookies::header(&note) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

fn seen_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/")));
    response
}

/// How many were kept, and each that was not: its reason and its name.
fn noted(received: &Received) -> Vec<(String, String)> {
    let short = |name: &str| -> String { name.chars().take(MAX_NAME).collect() };
    let refused = received.refused.iter().take(MAX_NAMED);
    let refused = refused.map(|(name, why)| (<&str>::from(*why).to_owned(), short(name)));
    let more = received.refused.len().saturating_sub(MAX_NAMED);
    [(pages::KEPT.to_owned(), received.kept.to_string()), (pages::MORE.to_owned(), more.to_string())]
        .into_iter()
        .chain(refused)
        .collect()
}

/// Leads to a file through a link that lives for a minute.
pub async fn open_paper(
    State(app): State<AppState>,
    actor: Result<Actor, AppError>,
    Path((id, paper)): Path<(String, String)>,
) -> Response {
    let link = async {
        let actor = actor?;
        let ids = (id.parse().map_err(|_| AppError::NotFound)?, paper.parse().map_err(|_| AppError::NotFound)?);
        open::link(&app, actor, ids.0, ids.1).await
    };
    match link.await {
        Ok(link) => {
            let mut response = seen_other(&link);
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => answer::refuse(error),
    }
}

/// The file behind a link. No cookie is read.
pub async fn file(State(app): State<AppState>, Path(link): Path<String>) -> Response {
    match open::opened(&app, &link).await {
        Ok(paper) => handed_out(paper),
        Err(error) => answer::refuse(error),
    }
}

/// A photo that was redrawn here may be shown; everything else is saved. Nothing in either may run, load or be framed.
fn handed_out(paper: OpenedPaper) -> Response {
    const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";
    let (kind, extension, shown) = match paper.kind {
        PaperKind::Pdf => ("application/pdf", ".pdf", "attachment"),
        PaperKind::Jpeg => ("image/jpeg", ".jpg", "inline"),
        PaperKind::Png => ("image/png", ".png", "inline"),
        PaperKind::Heic => ("image/heic", ".heic", "attachment"),
    };
    let lower = paper.name.to_lowercase();
    let has_extension = lower.ends_with(extension) || (extension == ".jpg" && lower.ends_with(".jpeg"));
    let name = if has_extension { paper.name } else { [&paper.name, extension].concat() };
    // RFC 6266: a plain name for the oldest programs, and the name itself in UTF-8
    let disposition = [shown, "; filename=\"paper", extension, "\"; filename*=UTF-8''", &encode(&name)].concat();
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, disposition),
        (CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, paper.bytes).into_response()
}

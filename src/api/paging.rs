//! Lists in pages: the body is a plain array, `Link` (RFC 8288) has the other pages and `X-Total-Count` the total.

use axum::{
    Json,
    extract::OriginalUri,
    http::{HeaderValue, Uri, header::LINK},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::names::TOTAL_COUNT;
use crate::{
    error::{AppError, FieldCode},
    web::local_path::without,
};

/// The page of a list.
#[derive(Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The page, counted from 1. A page past the end is empty.
    #[param(value_type = i64, minimum = 1, maximum = 4294967295_i64)]
    pub page: u32,
}

impl Default for PageQuery {
    fn default() -> Self {
        PageQuery { page: 1 }
    }
}

/// Refuses page 0: pages are counted from 1.
pub fn check_page(page: u32) -> Result<u32, AppError> {
    if page == 0 { Err(AppError::field("page", FieldCode::OutOfRange(1, u32::MAX.into()))) } else { Ok(page) }
}

/// One page of a list, as an answer.
pub struct Paged<T> {
    /// Those of the last page for a page past the end, which are not sent.
    pub items: Vec<T>,
    /// The number of things on all pages together.
    pub total: u32,
    /// The requested page, counted from 1. It may lie past the end.
    pub page: u32,
    /// The number of pages, at least 1.
    pub pages: u32,
    /// The address of the request.
    pub address: OriginalUri,
}

impl<T: Serialize> IntoResponse for Paged<T> {
    fn into_response(self) -> Response {
        let OriginalUri(address) = &self.address;
        let link = links(address, self.page, self.pages);
        // past the end there is nothing, where the website shows the last page
        let items = if self.page <= self.pages { self.items } else { Vec::new() };
        let mut response = Json(items).into_response();
        let headers = response.headers_mut();
        headers.insert(TOTAL_COUNT, HeaderValue::from(self.total));
        if let Ok(link) = HeaderValue::try_from(link) {
            headers.insert(LINK, link);
        }
        response
    }
}

fn links(address: &Uri, page: u32, pages: u32) -> String {
    let mut links = vec![(1, "first"), (pages, "last")];
    if page > 1 {
        links.push((page.saturating_sub(1).min(pages), "prev"));
    }
    if page < pages {
        links.push((page.saturating_add(1), "next"));
    }
    let link = |(page, rel): (u32, &str)| format!("<{}>; rel=\"{rel}\"", on_page(address, page));
    links.into_iter().map(link).collect::<Vec<_>>().join(", ")
}

/// The same address for another page.
fn on_page(address: &Uri, page: u32) -> String {
    let page = format!("page={page}");
    let mut query = without(address, &["page"]);
    query.push(&page);
    format!("{}?{}", address.path(), query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_keep_the_question_and_change_the_page() {
        let address: Uri = "/api/v1/doctors?q=a%20b&page=2&sort=name".parse().unwrap();
        let links = links(&address, 2, 3);
        assert!(links.contains("</api/v1/doctors?q=a%20b&sort=name&page=3>; rel=\"next\""), "{links}");
        assert!(links.contains("&page=1>; rel=\"prev\"") && links.contains("&page=3>; rel=\"last\""), "{links}");
    }

    #[test]
    fn the_ends_have_no_way_on() {
        let address: Uri = "/api/v1/doctors".parse().unwrap();
        assert!(!links(&address, 1, 1).contains("next") && !links(&address, 1, 1).contains("prev"));
        let past = links(&address, u32::MAX, 3);
        assert!(past.contains("page=3>; rel=\"prev\"") && !past.contains("next"), "{past}");
    }
}

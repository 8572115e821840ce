//! The scripts that make islands live, only on pages that have some.
//!
//! The head of a page is made before its body, so it always names them. Afterwards it is known whether there is
//! anything for them to do.

use axum::{
    body::{Body, to_bytes},
    http::header::{CONTENT_LENGTH, CONTENT_TYPE},
    response::Response,
};

use crate::web::answer;

/// How Leptos marks an island in a page.
const ISLAND: &str = "<leptos-island";
/// How the scripts of [`crate::ui::IslandScripts`] begin, and end.
const SCRIPTS: (&str, &str) = ("<link rel=\"modulepreload\"", "</script>");

/// Leaves the scripts for islands out of a page without any.
pub async fn scripts_where_needed(response: Response) -> Response {
    let is_page = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // the body is a page that is complete in memory already
    let html = match to_bytes(body, usize::MAX).await {
        Ok(html) => html,
        Err(error) => return answer::refuse(answer::internal("a page broke off", &error)),
    };
    let Some(without) = std::str::from_utf8(&html).ok().and_then(without_scripts) else {
        return Response::from_parts(parts, Body::from(html));
    };
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(without))
}

/// The page without the scripts for islands, if it names them in vain.
fn without_scripts(html: &str) -> Option<String> {
    if html.contains(ISLAND) {
        return None;
    }
    let (before, rest) = html.split_once(SCRIPTS.0)?;
    let (_, after) = rest.split_once(SCRIPTS.1)?;
    Some([before, after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "<head><link rel=\"icon\"><script>a()</script><link rel=\"modulepreload\" href=\"/pkg/x.js\">\
        <link rel=\"preload\" href=\"/pkg/x.wasm\"><script type=\"module\">b()</script><title>x</title></head>";

    #[test]
    fn a_page_without_islands_loses_their_scripts_and_nothing_else() {
        let page = [HEAD, "<p>text</p>"].concat();
        let without = without_scripts(&page).unwrap();
        assert_eq!(without, "<head><link rel=\"icon\"><script>a()</script><title>x</title></head><p>text</p>");
        assert_eq!(without_scripts(&without), None);
    }

    #[test]
    fn a_page_with_an_island_keeps_them() {
        let page = [HEAD, "<leptos-island data-component=\"x\"></leptos-island>"].concat();
        assert_eq!(without_scripts(&page), None);
        // an island that somebody typed is text
        assert!(without_scripts(&[HEAD, "&lt;leptos-island"].concat()).is_some());
    }
}

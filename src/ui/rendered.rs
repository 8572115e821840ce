//! A part of a page that is written at once.

use leptos::{prelude::*, tachys::html::InertElement};

/// The HTML of a view, for content that waits for nothing more. The views of a page that is made asynchronously are
/// otherwise gone through twice, with several allocations for each element the first time.
///
/// Only the server calls it, and nothing in the view may wait for a resource. Islands in it come to life as elsewhere.
#[must_use]
pub fn rendered(view: AnyView) -> AnyView {
    InertElement::new(view.to_html()).into_any()
}

//! The hidden field that every form has.

use leptos::prelude::*;

use super::answer;
use crate::flash::PAGE_FIELD;

/// Names the page that the form stands on, so that the browser comes back to it. Belongs into every form that posts to
/// a server function.
#[component]
pub fn FormPage() -> impl IntoView {
    view! { <input type="hidden" name=PAGE_FIELD value=answer::page() /> }
}

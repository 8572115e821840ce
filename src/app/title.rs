//! The title of a page, as the browser's tab and screen readers say it.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::ui::escaped;

/// Sets the title, with "Error: " in front of it when the page's form has `failed`.
#[component]
pub fn PageTitle(#[prop(into)] text: String, #[prop(optional)] failed: bool) -> impl IntoView {
    let text = if failed { ["Error: ", &text].concat() } else { text };
    view! { <Title text=escaped(&text) /> }
}

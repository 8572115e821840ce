//! A doctor's coming visits, one after another.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/doctor/list`
#[component]
pub fn ListPage() -> impl IntoView {
    view! { <NotFound /> }
}

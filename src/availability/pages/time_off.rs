//! Time off, and what becomes of the visits in it.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/doctor/time-off`: coming time off, and the form for more.
#[component]
pub fn TimeOffPage() -> impl IntoView {
    view! { <NotFound /> }
}

/// `/doctor/time-off/visits?from=&until=`: the visits in it, and what becomes of each.
#[component]
pub fn TimeOffVisitsPage() -> impl IntoView {
    view! { <NotFound /> }
}

//! Weekly hours, as their doctor edits them.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/doctor/availability`: weekly hours.
#[component]
pub fn HoursPage() -> impl IntoView {
    view! { <NotFound /> }
}

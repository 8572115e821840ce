//! A doctor's week.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/doctor/week?of=2026-12-03`
#[component]
pub fn WeekPage() -> impl IntoView {
    view! { <NotFound /> }
}

//! Visits that doctors and staff add for a patient.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/doctor/add?date=&start=`: add a visit for a patient.
#[component]
pub fn AddVisitPage() -> impl IntoView {
    view! { <NotFound /> }
}

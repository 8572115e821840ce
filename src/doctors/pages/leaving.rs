//! A doctor who leaves the clinic.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/doctor/leave`: a doctor asks to leave.
#[component]
pub fn LeavePage() -> impl IntoView {
    view! { <NotFound /> }
}

/// `/admin/doctors/:slug/leaving`: staff deal with the visits ahead.
#[component]
pub fn LeavingPage() -> impl IntoView {
    view! { <NotFound /> }
}

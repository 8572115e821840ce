//! The kinds of visit a doctor offers.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/doctor/visit-types`
#[component]
pub fn VisitTypesPage() -> impl IntoView {
    view! { <NotFound /> }
}

/// `/doctor/visit-types/:id`: one visit type, or `new`.
#[component]
pub fn VisitTypePage() -> impl IntoView {
    view! { <NotFound /> }
}

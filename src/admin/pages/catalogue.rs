//! Specialties.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/admin/specialties`
#[component]
pub fn SpecialtiesPage() -> impl IntoView {
    view! { <NotFound /> }
}

//! Locations and the days on which they are closed.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/admin/locations`
#[component]
pub fn LocationsPage() -> impl IntoView {
    view! { <NotFound /> }
}

/// `/admin/locations/:id`: one location, or `new`.
#[component]
pub fn LocationPage() -> impl IntoView {
    view! { <NotFound /> }
}

/// `/admin/closures`
#[component]
pub fn ClosuresPage() -> impl IntoView {
    view! { <NotFound /> }
}

//! The profile, as its doctor edits it.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/doctor/profile`
#[component]
pub fn OwnProfilePage() -> impl IntoView {
    view! { <NotFound /> }
}

/// `/doctor/profile/preview`: the profile as patients see it.
#[component]
pub fn PreviewPage() -> impl IntoView {
    view! { <NotFound /> }
}

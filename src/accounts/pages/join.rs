//! Joining by invitation.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/invite/:code`: who invites whom, and the form to join.
#[component]
pub fn InvitePage() -> impl IntoView {
    view! { <NotFound /> }
}

/// `/doctor/waiting`: a doctor whom staff must still approve.
#[component]
pub fn WaitingPage() -> impl IntoView {
    view! { <NotFound /> }
}

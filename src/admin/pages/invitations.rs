//! Invitations to join as doctor or staff.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/admin/invitations`: who was invited, and the form to invite.
#[component]
pub fn InvitationsPage() -> impl IntoView {
    view! { <NotFound /> }
}

//! The audit log.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/admin/audit`: who did what, when.
#[component]
pub fn AuditPage() -> impl IntoView {
    view! { <NotFound /> }
}

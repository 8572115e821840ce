//! What the clinic decides about itself.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/admin/settings`: name, telephone, emergency line, rules.
#[component]
pub fn SettingsPage() -> impl IntoView {
    view! { <NotFound /> }
}

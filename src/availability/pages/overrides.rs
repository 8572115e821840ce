//! Changes to single dates.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/doctor/overrides`: single dates.
#[component]
pub fn OverridesPage() -> impl IntoView {
    view! { <NotFound /> }
}

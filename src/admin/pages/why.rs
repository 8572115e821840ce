//! Why a time is not offered.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/admin/why`: the reasons why a time is not offered.
#[component]
pub fn WhyPage() -> impl IntoView {
    view! { <NotFound /> }
}

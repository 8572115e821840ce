//! Statistics for the clinic.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/admin/statistics`
#[component]
pub fn StatisticsPage() -> impl IntoView {
    view! { <NotFound /> }
}

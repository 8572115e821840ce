//! Stands in for the live part of the desk in the browser's part of all other pages.

use leptos::prelude::*;

use crate::desk::model::Watched;

/// Nothing.
#[component]
pub fn LiveDesk(watched: Watched) -> impl IntoView {
    drop(watched);
}

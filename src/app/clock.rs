//! Whose clock a page goes by.

use leptos::prelude::*;

use super::frame::use_frame;

/// Stands on each page whose times are the clinic's and no location's. Nothing while one clock is all there is.
#[component]
pub fn ClinicClock() -> impl IntoView {
    use_frame().clinic.clock.map(|clock| view! { <p class="muted small">"Times are " {clock} "."</p> })
}

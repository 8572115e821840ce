//! The row of links that the pages of one doctor's work share.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

use crate::ui::SectionNav;

/// The query with which staff say whose calendar they look at; empty for a doctor's own.
#[must_use]
pub fn whose_query(doctor: &str) -> String {
    if doctor.is_empty() { String::new() } else { ["?doctor=", doctor].concat() }
}

/// The doctor that this page's address names; empty for a doctor's own pages.
#[must_use]
pub fn named_doctor() -> String {
    use_query_map().with_untracked(|query| query.get("doctor")).unwrap_or_default()
}

/// Stands first on every page of a doctor's work. Staff, who look at the calendar of the doctor named in the address, stay
/// with that doctor.
#[component]
pub fn DoctorNav() -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    let whose = whose_query(&named_doctor());
    let links = [
        ("/doctor", "Day"),
        ("/doctor/week", "Week"),
        ("/doctor/list", "List"),
        ("/doctor/availability", "Weekly hours"),
        ("/doctor/overrides", "Single dates"),
        ("/doctor/time-off", "Time off"),
        ("/doctor/visit-types", "Visit types"),
        ("/doctor/profile", "Profile"),
    ];
    let links = links.map(|(href, text)| ([href, &whose].concat(), text)).to_vec();
    view! { <SectionNav label="Your work" path links /> }
}

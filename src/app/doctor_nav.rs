//! The row of links that the pages of one doctor's work share.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

use crate::ui::SectionNav;

/// The query with which staff say whose calendar they look at; empty for a doctor's own.
#[must_use]
pub fn whose_query(doctor: &str) -> String {
    if doctor.is_empty() { String::new() } else { ["?doctor=", doctor].concat() }
}

/// An address of a doctor's work, which may have a query, for the reader of this calendar: staff stay with the doctor
/// of this slug.
#[must_use]
pub fn doctor_link(address: &str, doctor: &str) -> String {
    if doctor.is_empty() {
        return address.to_owned();
    }
    let joint = if address.contains('?') { "&doctor=" } else { "?doctor=" };
    [address, joint, doctor].concat()
}

/// The doctor that this page's address names; empty for a doctor's own pages.
#[must_use]
pub fn named_doctor() -> String {
    use_query_map().with_untracked(|query| query.get("doctor")).unwrap_or_default()
}

/// Stands first on every page of a doctor's work. Staff, who look at the calendar of the doctor named in the address,
/// stay with that doctor.
#[component]
pub fn DoctorNav() -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    let doctor = named_doctor();
    let label = if doctor.is_empty() { "Your work" } else { "This doctor\u{2019}s work" };
    let links = [
        ("/doctor", "Day"),
        ("/doctor/week", "Week"),
        ("/doctor/list", "List"),
        ("/patients", "Patients"),
        ("/doctor/availability", "Weekly hours"),
        ("/doctor/overrides", "Single dates"),
        ("/doctor/time-off", "Time off"),
        ("/doctor/visit-types", "Visit types"),
        ("/doctor/waiting-list", "Waiting list"),
        ("/doctor/profile", "Profile"),
    ];
    let links = links.map(|(href, text)| (doctor_link(href, &doctor), text)).to_vec();
    view! { <SectionNav label path links /> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_staff_keep_the_doctor() {
        assert_eq!(doctor_link("/doctor/week?of=2026-12-03", ""), "/doctor/week?of=2026-12-03");
        assert_eq!(doctor_link("/doctor/week", "ana-silva"), ["/doctor/week", &whose_query("ana-silva")].concat());
        assert_eq!(doctor_link("/doctor?date=2026-12-03", "ana-silva"), "/doctor?date=2026-12-03&doctor=ana-silva");
    }
}

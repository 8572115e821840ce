//! The links that the pages of one doctor's work share.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

use super::admin_nav::clinic_groups;
use crate::{
    accounts::Permission,
    app::use_frame,
    ui::{NavGroup, SectionNav},
};

/// The query with which staff and colleagues say whose calendar they look at; empty for a doctor's own.
#[must_use]
pub fn whose_query(doctor: &str) -> String {
    if doctor.is_empty() { String::new() } else { ["?doctor=", doctor].concat() }
}

/// An address of a doctor's work, which may have a query, for the reader of this calendar: staff and colleagues
/// stay with the doctor of this slug.
#[must_use]
pub fn doctor_link(address: &str, doctor: &str) -> String {
    if doctor.is_empty() {
        return address.to_owned();
    }
    let joint = if address.contains('?') { "&doctor=" } else { "?doctor=" };
    [address, joint, doctor].concat()
}

/// Whether the reader changes hours, time off, visit types and profile of this calendar, and not its appointments alone:
/// its doctor, and staff. `doctor` is the slug in the page's address, empty for a doctor's own calendar.
#[must_use]
pub fn edits_calendar(doctor: &str) -> bool {
    let own = doctor.is_empty() && use_frame().may(Permission::KeepOwnCalendar);
    own || use_frame().may(Permission::EditEveryCalendar)
}

/// The doctor that this page's address names; empty for a doctor's own pages.
#[must_use]
pub fn named_doctor() -> String {
    use_query_map().with_untracked(|query| query.get("doctor")).unwrap_or_default()
}

/// Stands first on every page of a doctor's work. Who looks at the calendar of a doctor named in the address, as staff
/// and colleagues do, stays with that doctor.
#[component]
pub fn DoctorNav() -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    let (frame, doctor) = (use_frame(), named_doctor());
    let clinic = frame.may(Permission::WorkInEveryCalendar);
    let label = if clinic { "Clinic" } else { "Your work" };
    let groups = if clinic { clinic_groups(&frame) } else { own_groups() };
    let open = (!doctor.is_empty()).then(|| {
        let name = if clinic { "Doctors" } else { THEIR_WORK };
        let mut links = DESK.to_vec();
        if edits_calendar(&doctor) {
            links.extend(CALENDAR);
            links.extend(PROFILE);
        }
        let links = links.into_iter().map(|(href, text)| (doctor_link(href, &doctor), text)).collect();
        NavGroup { name, links }
    });
    view! { <SectionNav label path groups open /> }
}

/// What a doctor opens in a colleague's calendar.
const THEIR_WORK: &str = "A colleague\u{2019}s calendar";

const DESK: [(&str, &str); 4] =
    [("/doctor", "Day"), ("/doctor/week", "Week"), ("/doctor/list", "List"), ("/doctor/waiting-list", "Waiting list")];
const CALENDAR: [(&str, &str); 4] = [
    ("/doctor/availability", "Weekly hours"),
    ("/doctor/overrides", "Single dates"),
    ("/doctor/time-off", "Time off"),
    ("/doctor/visit-types", "Visit types"),
];
const PROFILE: [(&str, &str); 2] = [("/doctor/profile", "Profile"), ("/doctor/colleagues", "Colleagues")];

/// The groups of a doctor's own pages, in the order of the clinic's.
fn own_groups() -> Vec<NavGroup> {
    let groups = [
        ("Desk", DESK.to_vec()),
        ("Patients", vec![("/patients", "Patients")]),
        ("Calendar", CALENDAR.to_vec()),
        ("You", PROFILE.to_vec()),
    ];
    let own = |(href, text): (&str, &'static str)| (href.to_owned(), text);
    groups.into_iter().filter_map(|(name, links)| NavGroup::of(name, links.into_iter().map(own))).collect()
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

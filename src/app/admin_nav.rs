//! The links that the staff's pages share.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    accounts::Permission,
    app::{Frame, use_frame},
    ui::{NavGroup, SectionNav},
};

/// The first element on every staff page: the groups of its pages, in one order everywhere, and the pages of the group
/// that is open. Only what this person may open is there.
#[component]
pub fn AdminNav() -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    view! { <SectionNav label="Clinic" path groups=clinic_groups(&use_frame()) /> }
}

/// The groups of the staff's pages for the person who is signed in.
pub(super) fn clinic_groups(frame: &Frame) -> Vec<NavGroup> {
    let pages = |links: &[(&str, &'static str, Permission)]| -> Vec<(String, &'static str)> {
        let open = links.iter().filter(|(.., permission)| frame.may(*permission));
        open.map(|(href, text, _)| ((*href).to_owned(), *text)).collect()
    };
    let desk = pages(&[
        ("/admin", "Overview", Permission::SeeOverview),
        ("/desk", "Day of all doctors", Permission::WorkInEveryCalendar),
    ]);
    let doctors = pages(&[
        ("/admin/doctors", "All doctors", Permission::ManagePeople),
        ("/admin/availability-explainer", "Missing times", Permission::ExplainTimes),
    ]);
    let patients = pages(&[
        ("/patients", "Find a patient", Permission::ReadEveryPatient),
        ("/patients/matches", "Same person?", Permission::MergePatients),
    ]);
    let mut messages = pages(&[("/admin/outbox", "All messages", Permission::ReadMessages)]);
    if frame.has_mailbox {
        messages.extend(pages(&[("/admin/mailbox", "Mailbox", Permission::ReadMessages)]));
    }
    let reports = pages(&[("/admin/statistics", "Statistics", Permission::ReadStatistics)]);
    let clinic = pages(&[
        ("/admin/users", "Accounts", Permission::ManagePeople),
        ("/admin/invitations", "Invitations", Permission::ManagePeople),
        ("/admin/locations", "Locations", Permission::ManageClinic),
        ("/admin/specialties", "Specialties", Permission::ManageClinic),
        ("/admin/closures", "Closures", Permission::ManageClinic),
        ("/admin/settings", "Settings", Permission::ManageClinic),
        ("/admin/audit", "Audit log", Permission::ReadAuditLog),
    ]);
    let groups = [
        ("Desk", desk),
        ("Doctors", doctors),
        ("Patients", patients),
        ("Messages", messages),
        ("Reports", reports),
        ("Clinic", clinic),
    ];
    groups.into_iter().filter_map(|(name, links)| NavGroup::of(name, links)).collect()
}

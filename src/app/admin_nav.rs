//! The row of links that the staff's pages share.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{app::use_frame, ui::SectionNav};

/// The first element on every staff page.
#[component]
pub fn AdminNav() -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    let links = [
        ("/admin", "Overview"),
        ("/patients", "Patients"),
        ("/admin/doctors", "Doctors"),
        ("/admin/invitations", "Invitations"),
        ("/admin/users", "Accounts"),
        ("/admin/specialties", "Specialties"),
        ("/admin/locations", "Locations"),
        ("/admin/closures", "Closures"),
        ("/admin/availability-explainer", "Missing times"),
        ("/admin/statistics", "Statistics"),
        ("/admin/outbox", "Messages"),
        ("/admin/audit", "Audit log"),
        ("/admin/settings", "Settings"),
    ];
    let mailbox = use_frame().has_mailbox.then_some(("/admin/mailbox", "Mailbox"));
    let links = links.into_iter().chain(mailbox).map(|(href, text)| (href.to_owned(), text)).collect();
    view! { <SectionNav label="Clinic" path links /> }
}

//! The row of links that the staff's pages share.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::ui::SectionNav;

/// Stands first on every page of the staff.
#[component]
pub fn AdminNav() -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    let links = [
        ("/admin", "Overview"),
        ("/admin/doctors", "Doctors"),
        ("/admin/invitations", "Invitations"),
        ("/admin/users", "Accounts"),
        ("/admin/specialties", "Specialties"),
        ("/admin/locations", "Locations"),
        ("/admin/closures", "Closures"),
        ("/admin/why", "Why not?"),
        ("/admin/statistics", "Statistics"),
        ("/admin/outbox", "Messages"),
        ("/admin/audit", "Audit log"),
        ("/admin/settings", "Settings"),
    ];
    let links = links.map(|(href, text)| (href.to_owned(), text)).to_vec();
    view! { <SectionNav label="Clinic" path links /> }
}

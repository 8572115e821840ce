//! Doctors and users, as staff manage them.

use leptos::prelude::*;

use crate::app::NotFound;

/// `/admin/doctors`: doctors who wait for approval first, then all.
#[component]
pub fn DoctorsPage() -> impl IntoView {
    view! { <NotFound /> }
}

/// `/admin/doctors/:slug`: approve, reject, pause one doctor.
#[component]
pub fn DoctorPage() -> impl IntoView {
    view! { <NotFound /> }
}

/// `/admin/users?q=`: search accounts.
#[component]
pub fn UsersPage() -> impl IntoView {
    view! { <NotFound /> }
}

/// `/admin/users/:id`: one account; suspend it.
#[component]
pub fn UserPage() -> impl IntoView {
    view! { <NotFound /> }
}

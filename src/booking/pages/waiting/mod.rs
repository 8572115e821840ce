//! The pages of the waiting list: joining it, one's own places on it, an offer, and a doctor's list.

mod doctor_list;
mod join;
mod mine;
mod offer;

use leptos::prelude::*;

pub use doctor_list::DoctorWaitingListPage;
pub use join::JoinWaitingListPage;
pub use mine::MyWaitingListPage;
pub use offer::{LinkedOfferPage, OfferPage};

use crate::{
    app::{leaving_target, use_frame},
    booking::DaysPage,
};

/// The page on which one joins the waiting list for a doctor and visit type.
pub(super) fn join_path(doctor_slug: &str, visit_type: &str) -> String {
    ["/waiting-list/join?doctor=", doctor_slug, "&visit_type=", visit_type].concat()
}

/// The page on which one asks for an earlier time than that of an appointment.
pub(super) fn earlier_path(appointment: &str) -> String {
    ["/waiting-list/join?appointment=", appointment].concat()
}

/// Leads a patient to the waiting list from a page whose times do not suit them.
pub(super) fn or_wait(page: &DaysPage) -> impl IntoView + use<> {
    let person = page.person.map(|id| ["&person=", &id.to_string()].concat()).unwrap_or_default();
    let href = [&join_path(&page.subject.doctor_slug, &page.subject.visit_type), person.as_str()].concat();
    let may_wait = !page.days.is_empty() && !use_frame().is_clinic();
    may_wait.then(|| {
        view! {
            <p class="section">"No time that suits you? " <a href=href target=leaving_target()>"Join the waiting list"</a></p>
        }
    })
}

//! What is looked at once more before an appointment is booked, and what is offered instead once its time is lost.

use leptos::prelude::*;

use super::{
    details::change_time_path,
    facts::{appointment_row, location_text, phone_link, when_row},
    nearest::NearestToHold,
};
use crate::{availability::TimeOption, booking::HoldView, ui::SummaryRow};

/// What a person has to know who could take this for a booking.
pub(super) fn not_yet(hold: &HoldView) -> &'static str {
    if hold.needs_approval { "Not requested yet" } else { "Not booked yet" }
}

/// What was chosen.
pub(super) fn rows(hold: &HoldView) -> Vec<SummaryRow> {
    let summary = &hold.summary;
    vec![
        SummaryRow::new("For", hold.patient.clone().unwrap_or_default()),
        SummaryRow::new("Doctor", summary.doctor_name.clone()),
        appointment_row(summary),
        when_row(summary),
        SummaryRow::new("Where", location_text(summary)),
    ]
}

/// The rule that is agreed to, and the button that books, for a form around them.
pub(super) fn confirm_part(hold: &HoldView, busy: bool) -> impl IntoView + use<> {
    let approval = hold.needs_approval.then(|| {
        view! { <p>"The doctor looks at your request first. The time is yours as soon as it is accepted."</p> }
    });
    let button = if hold.needs_approval { "Send request" } else { "Confirm appointment" };
    view! {
        <section class="card" aria-labelledby="confirm-heading">
            <h2 id="confirm-heading">{not_yet(hold)}</h2>
            {approval}
            <p>{hold.summary.rule.clone()}</p>
            {see_mine(busy)}
            <button class="btn btn-large btn-wide" type="submit">
                {button}
            </button>
        </section>
    }
}

/// Where the patient finds the other appointment at that time.
fn see_mine(busy: bool) -> impl IntoView + use<> {
    busy.then(|| {
        view! {
            <p>
                <a href="/appointments">"See my appointments"</a>
            </p>
        }
    })
}

/// The time is gone: others close to it, with what was typed.
pub(super) fn instead(hold: &HoldView, times: Vec<TimeOption>, busy: bool) -> impl IntoView + use<> {
    let none = times.is_empty().then(|| {
        let phone = phone_link(&hold.summary.phone);
        view! { <p>"There are no other times to book online. Call " {phone} " to ask."</p> }
    });
    view! {
        <section class="card stack" aria-labelledby="instead-heading">
            <h2 id="instead-heading">{not_yet(hold)}</h2>
            <p>"Your details are kept. Choose another time."</p>
            {see_mine(busy)}
            <NearestToHold
                doctor_slug=hold.summary.doctor_slug.clone()
                visit_type=hold.summary.visit_type.clone()
                previous=Some(hold.id)
                person=hold.person
                times
            />
            {none}
            <p>
                <a href=change_time_path(hold)>"See all times"</a>
            </p>
        </section>
    }
}

//! Free times close to one that is gone, each one press away.

use leptos::{prelude::*, server_fn::ServerFn};

use super::messages::NEAREST_ID;
use crate::{
    app::{FormPage, leaving_target, zoned},
    availability::TimeOption,
    booking::actions::HoldTime,
    ids::{AppointmentId, PersonId},
};

/// Holds one of the nearest times instead. What was typed for `previous` comes along. Nothing when there are no times.
#[component]
pub(super) fn NearestToHold(
    doctor_slug: String,
    visit_type: String,
    previous: Option<AppointmentId>,
    person: Option<PersonId>,
    times: Vec<TimeOption>,
) -> impl IntoView {
    (!times.is_empty()).then(|| {
        view! {
            <form
                method="post"
                action=HoldTime::PATH
                target=leaving_target()
                data-sending="We are holding this time for you."
            >
                <FormPage />
                {hold_fields(doctor_slug, visit_type, previous, person)} {nearest_buttons(times)}
            </form>
        }
    })
}

/// What a form that holds a time says besides the time.
pub(super) fn hold_fields(
    doctor_slug: String,
    visit_type: String,
    previous: Option<AppointmentId>,
    person: Option<PersonId>,
) -> impl IntoView + use<> {
    view! {
        <input type="hidden" name="doctor" value=doctor_slug />
        <input type="hidden" name="visit_type" value=visit_type />
        {previous.map(|id| view! { <input type="hidden" name="previous" value=id.to_string() /> })}
        {person.map(|id| view! { <input type="hidden" name="person" value=id.to_string() /> })}
    }
}

/// Buttons that send `start`, for a form around them.
pub(super) fn nearest_buttons(times: Vec<TimeOption>) -> impl IntoView + use<> {
    let buttons = times
        .into_iter()
        .enumerate()
        .map(|(index, time)| {
            view! {
                <button
                    type="submit"
                    class="btn btn-secondary"
                    id=(index == 0).then_some(NEAREST_ID)
                    name="start"
                    value=time.start.0.to_string()
                >
                    {zoned(&time.full, &time.zone_words)}
                </button>
            }
        })
        .collect_view();
    view! {
        <h2>"Nearest free times"</h2>
        <div class="btns">{buttons}</div>
    }
}

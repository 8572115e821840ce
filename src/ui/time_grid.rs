//! The free times of one day, as radio buttons.

use leptos::prelude::*;

use super::field::error_text;
use crate::availability::{DayPart, TimeOption};

/// The field that a form with times sends, unless it says otherwise.
pub const TIMES_FIELD: &str = "start";

/// Morning, afternoon and evening, each a group of times. All of them are one choice: the form sends the start in
/// seconds since 1970. A screen reader hears weekday, date and time of each. The first one has the group's name as its
/// id, so that an error can link to it. Where the clocks of the times differ, each says its own.
#[component]
pub fn TimeGrid(
    /// Name of the field in the form.
    #[prop(default = TIMES_FIELD)]
    name: &'static str,
    /// In the order of time.
    times: Vec<TimeOption>,
    /// The start chosen at first, in seconds since 1970.
    #[prop(default = None)]
    chosen: Option<i64>,
    /// The words of what is wrong, when something is.
    #[prop(default = None)]
    error: Option<String>,
) -> impl IntoView {
    let first = times.first().map(|time| time.start.0);
    let zone = times.first().map(|time| time.zone_words.clone());
    let zones_differ = times.iter().any(|time| Some(&time.zone_words) != zone.as_ref());
    let groups = [(DayPart::Morning, "Morning"), (DayPart::Afternoon, "Afternoon"), (DayPart::Evening, "Evening")]
        .into_iter()
        .map(|(part, title)| {
            let slots = times
                .iter()
                .filter(|time| time.part == part)
                .map(|time| {
                    let start = time.start.0;
                    let id = (Some(start) == first).then_some(name);
                    slot(name, id, time, zones_differ, Some(start) == chosen)
                })
                .collect::<Vec<_>>();
            if slots.is_empty() {
                return ().into_any();
            }
            view! {
                <fieldset class="time-part">
                    <legend>{title}</legend>
                    <div class="slots">{slots}</div>
                </fieldset>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <div>
            {error_text(name, error.as_deref())}
            {groups}
        </div>
    }
}

fn slot(name: &'static str, id: Option<&'static str>, time: &TimeOption, with_zone: bool, checked: bool) -> AnyView {
    let said = |words: &str| if with_zone { [words, " ", &time.zone_words].concat() } else { words.to_owned() };
    view! {
        <label class="slot">
            <input
                type="radio"
                id=id
                name=name
                value=time.start.0.to_string()
                checked=checked
                aria-label=said(&time.full)
            />
            <span aria-hidden="true">{said(&time.label)}</span>
        </label>
    }
    .into_any()
}

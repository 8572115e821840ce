//! The days on which something is free, as radio buttons.

use leptos::prelude::*;

use super::field::{error_text, hint_text};
use crate::availability::DayOption;

/// One label per day: its name, the location where it is not that of all, the number of times; the parts of the day are
/// heard. The form sends the ISO date.
/// The first one has the group's name as its id, so that an error can link to it. The days stand side by side.
#[component]
pub fn DayList(
    /// Name of the field in the form.
    #[prop(default = "day")]
    name: &'static str,
    #[prop(into)] legend: String,
    days: Vec<DayOption>,
    /// The ISO date chosen at first; empty for none.
    #[prop(optional, into)]
    chosen: String,
    #[prop(optional, into)] hint: String,
    /// What a script needs of each day to show its times: [`crate::availability::packed`].
    #[prop(optional)]
    times: Vec<String>,
    /// The words of what is wrong, when something is.
    #[prop(default = None)]
    error: Option<String>,
) -> impl IntoView {
    let mut times = times.into_iter();
    let rows = days
        .into_iter()
        .enumerate()
        .map(|(index, day)| {
            let checked = day.date == chosen;
            let count = [day.count.to_string().as_str(), if day.count == 1 { " time" } else { " times" }].concat();
            view! {
                <label class="day-row">
                    <input
                        type="radio"
                        id=(index == 0).then_some(name)
                        name=name
                        value=day.date
                        checked=checked
                        data-day=times.as_slice().first().map(|_| day.label.clone())
                        data-times=times.next()
                    />
                    <span class="day-name">{day.label}</span>
                    <span class="visually-hidden">{day.parts}</span>
                    {(!day.location.is_empty()).then(|| view! { <span class="day-place">{day.location}</span> })}
                    <span class="day-count">{count}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="group">
            <legend>
                <h2 tabindex="-1">{legend}</h2>
            </legend>
            {hint_text(name, hint)}
            {error_text(name, error.as_deref())}
            <div class="day-list">{rows}</div>
        </fieldset>
    }
}

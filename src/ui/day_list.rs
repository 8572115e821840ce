//! The days on which something is free, as radio buttons.

use leptos::prelude::*;

use super::field::{error_text, hint_text};
use crate::availability::DayOption;

/// One row per day: its name, the parts of the day and the location, the number of times. The form sends the ISO date.
/// The first one has the group's name as its id, so that an error can link to it.
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
    /// The words of what is wrong, when something is.
    #[prop(default = None)]
    error: Option<String>,
) -> impl IntoView {
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
                    />
                    <span>
                        <span class="day-name">{day.label}</span>
                        <span class="day-parts">{day.parts}</span>
                        {(!day.location.is_empty())
                            .then(|| view! { <span class="day-parts">{day.location}</span> })}
                    </span>
                    <span class="day-count">{count}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="group">
            <legend>
                <h2>{legend}</h2>
            </legend>
            {hint_text(name, hint)}
            {error_text(name, error.as_deref())}
            <div class="day-list">{rows}</div>
        </fieldset>
    }
}

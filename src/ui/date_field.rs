//! A date that people know by heart or copy from paper: three fields to type in, no calendar.

use leptos::prelude::*;

use super::field::{described, error_text, hint_text, invalid};

/// The three parts as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DateParts {
    pub day: String,
    pub month: String,
    pub year: String,
}

/// Day, month and year. The form sends `<name>_day`, `<name>_month` and `<name>_year`; the day's id is `name`, so that
/// an error can link to it.
#[component]
pub fn DateField(
    name: &'static str,
    /// The question, such as "Date of birth".
    #[prop(into)]
    legend: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional)] value: DateParts,
    /// The words of what is wrong, when something is.
    #[prop(default = None)]
    error: Option<String>,
    /// Set for the person's own date of birth, so that the browser can fill it in.
    #[prop(optional)]
    birthday: bool,
) -> impl IntoView {
    let error = error.as_deref();
    let ids = described(name, !hint.is_empty(), error);
    let part = |suffix: &'static str, label: &'static str, value: String, token: &'static str| {
        let field = [name, "_", suffix].concat();
        let id = if suffix == "day" { name.to_string() } else { field.clone() };
        let width = if suffix == "year" { "input input-year" } else { "input" };
        view! {
            <div>
                <label for=id.clone()>{label}</label>
                <input
                    class=width
                    id=id
                    name=field
                    type="text"
                    inputmode="numeric"
                    value=value
                    autocomplete=birthday.then_some(token)
                    aria-invalid=invalid(error)
                />
            </div>
        }
    };
    view! {
        <fieldset
            class="field"
            class:field-error=error.is_some()
            aria-describedby=ids
        >
            <legend class="label">{legend}</legend>
            {hint_text(name, hint)}
            {error_text(name, error)}
            <div class="date-parts">
                {part("day", "Day", value.day, "bday-day")}
                {part("month", "Month", value.month, "bday-month")}
                {part("year", "Year", value.year, "bday-year")}
            </div>
        </fieldset>
    }
}

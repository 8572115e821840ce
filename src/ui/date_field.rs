//! A date that people know by heart or copy from paper: three fields to type in, no calendar.

use leptos::prelude::*;

use super::field::{described, error_text, hint_text, invalid};
use crate::{text::figures, time::typed_date};

/// The three parts as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DateParts {
    pub day: String,
    pub month: String,
    pub year: String,
}

impl DateParts {
    /// A date such as "2026-12-03" in its parts; another text as far as blanks divide it into three.
    #[must_use]
    pub fn of(date: &str) -> DateParts {
        let plain = |part: &str| part.trim_start_matches('0').to_owned();
        if let [year, month, day] = date.split('-').collect::<Vec<_>>()[..]
            && year.len() == 4
        {
            return DateParts { day: plain(day), month: plain(month), year: year.to_owned() };
        }
        let mut parts = date.split(' ').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        DateParts { day: part(), month: part(), year: part() }
    }

    /// The parts that the form's fields `<name>_day` and so on have, as `get` knows them.
    pub fn read(name: &str, get: impl Fn(&str) -> String) -> DateParts {
        let part = |suffix: &str| get(&[name, suffix].concat());
        DateParts { day: part("_day"), month: part("_month"), year: part("_year") }
    }

    /// The date as "2026-12-03"; none when a part cannot be read. Whether such a day exists is the server's to say.
    #[must_use]
    pub fn iso(&self) -> Option<String> {
        let (year, month, day) = typed_date(&figures(&self.day), &figures(&self.month), &figures(&self.year))?;
        let padded = |number: i8| if number < 10 { ["0", &number.to_string()].concat() } else { number.to_string() };
        let year = year.to_string();
        Some([&"0".repeat(4_usize.saturating_sub(year.len())), &year, "-", &padded(month), "-", &padded(day)].concat())
    }

    /// The date as "2026-12-03"; what cannot be read as it was typed, so that it can be named and shown again; empty when
    /// nothing was typed.
    #[must_use]
    pub fn text(&self) -> String {
        let typed = || [self.day.trim(), self.month.trim(), self.year.trim()].join(" ");
        if *self == DateParts::default() { String::new() } else { self.iso().unwrap_or_else(typed) }
    }
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

#[cfg(test)]
mod tests {
    use super::DateParts;

    fn parts(day: &str, month: &str, year: &str) -> DateParts {
        DateParts { day: day.into(), month: month.into(), year: year.into() }
    }

    #[test]
    fn a_date_is_read_in_one_way_and_comes_back_as_it_was_typed() {
        assert_eq!(parts("3", " 12 ", "2026").iso().as_deref(), Some("2026-12-03"));
        assert_eq!(parts("03", "dec", "2026").text(), "2026-12-03");
        assert_eq!(DateParts::of("2026-12-03"), parts("3", "12", "2026"));
        for wrong in
            [parts("32", "1", "2026"), parts("3", "13", "2026"), parts("-3", "1", "2026"), parts("3", "1", "26")]
        {
            assert_eq!(wrong.iso(), None, "{wrong:?}");
            assert_eq!(DateParts::of(&wrong.text()), wrong);
        }
        assert_eq!(parts("", "x", "2026").text(), " x 2026");
        assert_eq!(DateParts::of(" x 2026"), parts("", "x", "2026"));
        assert_eq!(DateParts::default().text(), "");
    }
}

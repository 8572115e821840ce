//! The free times of one day, as radio buttons.

use leptos::{prelude::*, tachys::html::InertElement};

use super::field::{error_text, escaped_attribute};
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
    view! {
        <div>
            {error_text(name, error.as_deref())}
            {InertElement::new(time_groups(name, &times, chosen)).into_any()}
        </div>
    }
}

/// The groups of [`TimeGrid`] as HTML, which the server and the browser write alike.
#[must_use]
pub fn time_groups(name: &str, times: &[TimeOption], chosen: Option<i64>) -> String {
    let first = times.first().map(|time| time.start.0);
    let zone = times.first().map(|time| time.zone_words.as_str());
    let zones_differ = times.iter().any(|time| Some(time.zone_words.as_str()) != zone);
    let mut html = String::new();
    for part in [DayPart::Morning, DayPart::Afternoon, DayPart::Evening] {
        let mut rest = times.iter().filter(|time| time.part == part).peekable();
        if rest.peek().is_none() {
            continue;
        }
        html += "<fieldset class=\"time-part\"><legend>";
        html += part.label();
        html += "</legend><div class=\"slots\">";
        for time in rest {
            let start = Some(time.start.0);
            slot(&mut html, (name, start == first, start == chosen), time, zones_differ);
        }
        html += "</div></fieldset>";
    }
    html
}

fn slot(html: &mut String, (name, is_first, checked): (&str, bool, bool), time: &TimeOption, with_zone: bool) {
    let zone = if with_zone { [" ", &time.zone_words].concat() } else { String::new() };
    let id = if is_first { [" id=\"", name, "\""].concat() } else { String::new() };
    let start = time.start.0.to_string();
    let said = escaped_attribute(&[&time.full, zone.as_str()].concat());
    let shown = escaped_attribute(&[&time.label, zone.as_str()].concat());
    *html += &[
        "<label class=\"slot\"><input type=\"radio\"",
        &id,
        " name=\"",
        name,
        "\" value=\"",
        &start,
        "\"",
        if checked { " checked" } else { "" },
        " aria-label=\"",
        &said,
        "\"><span aria-hidden=\"true\">",
        &shown,
        "</span></label>",
    ]
    .concat();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn time(start: i64, part: DayPart, zone_words: &str) -> TimeOption {
        TimeOption {
            start: Timestamp(start),
            label: "9am".into(),
            full: "Thursday 3 December, 9am".into(),
            part,
            location: String::new(),
            zone_words: zone_words.into(),
            zone: String::new(),
            offset_minutes: 0,
        }
    }

    #[test]
    fn each_part_of_the_day_with_times_is_a_group_and_the_first_time_has_the_id() {
        let times = [time(60, DayPart::Morning, "London time"), time(120, DayPart::Evening, "London time")];
        let html = time_groups("start", &times, Some(120));
        assert_eq!(html.matches("<fieldset").count(), 2, "{html}");
        assert!(html.contains("<legend>Morning</legend>") && !html.contains("Afternoon"), "{html}");
        assert_eq!(html.matches("id=\"start\"").count(), 1, "{html}");
        assert!(html.contains("value=\"120\" checked aria-label=\"Thursday 3 December, 9am\">"), "{html}");
        assert_eq!(time_groups("start", &[], None), "");
    }

    #[test]
    fn clocks_that_differ_are_named_and_no_name_is_markup() {
        let times = [time(60, DayPart::Morning, "a \"<b>\" time"), time(120, DayPart::Morning, "London time")];
        let html = time_groups("start", &times, None);
        assert!(html.contains("9am London time</span>"), "{html}");
        assert!(!html.contains("<b>") && html.contains("&quot;&lt;b>&quot;"), "{html}");
    }
}

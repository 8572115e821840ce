//! The times of one day. The server writes them into the page, and the browser writes those of another day alike.

use leptos::{prelude::*, tachys::html::InertElement};

use super::locations::{common_zone, locations_text};
use crate::{
    booking::DayTimes,
    ui::{TIMES_FIELD, device_zone::NOTE, escaped_attribute, time_groups},
};

/// The element around the times of a day.
pub(super) const DAY_ID: &str = "day-times";
/// Its heading.
pub(super) const HEADING_ID: &str = "times-heading";

/// Heading, locations and times of the chosen day, for a form around them. With `focus` the heading takes the focus,
/// because the day was chosen on the page before.
pub(super) fn day_times(day: &DayTimes, error: Option<&str>, focus: bool) -> impl IntoView + use<> {
    let html = day_html(day, error, focus);
    view! {
        <div id=DAY_ID data-date=day.date.clone()>
            {InertElement::new(html).into_any()}
        </div>
    }
}

/// What stands in [`DAY_ID`].
pub(super) fn day_html(day: &DayTimes, error: Option<&str>, focus: bool) -> String {
    let zone = match common_zone(&day.times) {
        Some(zone) => ["All times are ", zone, ", the clinic\u{2019}s own time."].concat(),
        None => "Each time is by the clock of its location.".to_owned(),
    };
    let mut html = ["<h2 id=\"", HEADING_ID, "\" tabindex=\"-1\""].concat();
    html += if focus { " autofocus>Times on " } else { ">Times on " };
    html += &escaped_attribute(&day.label);
    html += "</h2>";
    for place in locations_text(&day.times) {
        html += &["<p class=\"muted\">", &escaped_attribute(&place), "</p>"].concat();
    }
    html += &["<p class=\"hint\">", &escaped_attribute(&zone), "</p>"].concat();
    if let Some(first) = day.times.first() {
        html += &["<p class=\"hint ", NOTE, "\" data-at=\"", &first.start.0.to_string()].concat();
        html += &["\" data-offset=\"", &first.offset_minutes.to_string(), "\" data-time=\""].concat();
        html += &[&escaped_attribute(&first.label), "\" hidden></p>"].concat();
    }
    if let Some(error) = error {
        html += &["<p class=\"error-text\" id=\"", TIMES_FIELD, "-error\">"].concat();
        html += "<span class=\"visually-hidden\">Error: </span>";
        html += &[&escaped_attribute(error), "</p>"].concat();
    }
    html + &time_groups(TIMES_FIELD, &day.times, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_says_its_name_and_what_is_wrong_and_no_word_is_markup() {
        let day = DayTimes { date: "2026-12-03".into(), label: "Thursday 3 <b>".into(), times: Vec::new() };
        let html = day_html(&day, Some("Choose a \"time\""), true);
        assert!(html.contains("tabindex=\"-1\" autofocus>Times on Thursday 3 &lt;b></h2>"), "{html}");
        assert!(html.contains("</span>Choose a &quot;time&quot;</p>"), "{html}");
        assert!(!day_html(&day, None, false).contains("autofocus"));
    }
}

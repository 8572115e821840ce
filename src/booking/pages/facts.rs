//! The facts of an appointment in the forms in which several pages show them.

use leptos::prelude::*;

use crate::{
    app::{tel_href, zoned},
    booking::{AppointmentDetails, AppointmentSummary, Mode, Status},
    ui::{SummaryRow, Tag, Tone},
};

/// "Follow-up, 15 minutes, in person"
pub(super) fn appointment_words(name: &str, minutes: &str, mode: Mode) -> String {
    [name, ", ", minutes, " minutes, ", mode_words(mode)].concat()
}

/// The mode within a sentence.
fn mode_words(mode: Mode) -> &'static str {
    match mode {
        Mode::InPerson => "in person",
        Mode::Video => "by video",
        Mode::Phone => "by phone",
    }
}

/// Where the appointment takes place, in two lines.
pub(super) fn location_text(summary: &AppointmentSummary) -> String {
    match summary.mode {
        Mode::InPerson => [&summary.location, "\n", &summary.address].concat(),
        mode => [mode.label(), "\n", &summary.location].concat(),
    }
}

/// "2:20pm to 2:35pm"
pub(super) fn span_words(summary: &AppointmentSummary) -> String {
    [&summary.from, " to ", &summary.to].concat()
}

/// "Thursday 3 December, 2:20pm": day and time of the beginning, with the clock where there are several.
pub(super) fn start_words(summary: &AppointmentSummary) -> String {
    [&summary.day, ", ", &zoned(&summary.from, &summary.zone)].concat()
}

/// Date and time in two lines.
pub(super) fn when_words(summary: &AppointmentSummary) -> String {
    [&summary.date, "\n", &span_words(summary), " (", &summary.zone, ")"].concat()
}

/// "For Ana Novak", above a heading, where the reader acts for the patient.
pub(super) fn for_whom(summary: &AppointmentSummary) -> impl IntoView + use<> {
    for_person(summary.for_whom.as_deref())
}

/// The same by the name alone.
pub(super) fn for_person(name: Option<&str>) -> impl IntoView + use<> {
    name.map(str::to_owned).map(|name| {
        view! {
            <p class="lead">
                "For " <strong>
                    <bdi>{name}</bdi>
                </strong>
            </p>
        }
    })
}

/// Who is to be seen, as one row of a summary; none for the reader's own appointment.
pub(super) fn for_row(summary: &AppointmentSummary) -> Option<SummaryRow> {
    summary.for_whom.clone().map(|name| SummaryRow::new("For", name))
}

/// The visit type, as one row of a summary.
pub(super) fn appointment_row(summary: &AppointmentSummary) -> SummaryRow {
    SummaryRow::new(
        "Appointment",
        appointment_words(&summary.visit_type_name, &summary.minutes.to_string(), summary.mode),
    )
}

/// Date and time, as one row of a summary, with the time of the reader's device where that is another.
pub(super) fn when_row(summary: &AppointmentSummary) -> SummaryRow {
    SummaryRow::new("When", when_words(summary)).at(summary.starts_at, summary.offset_minutes)
}

/// What the patient wrote, or that there is nothing.
pub(super) fn text_or_none(text: &str) -> &str {
    if text.is_empty() { "Nothing given" } else { text }
}

/// The status as a tag. It includes who cancelled an appointment. Staff read "Booked", as everywhere on their pages.
pub(super) fn status_tag(appointment: &AppointmentDetails) -> impl IntoView + use<> {
    let tone = match appointment.status {
        Status::Booked | Status::Arrived => Tone::Success,
        Status::Requested => Tone::Warning,
        _ => Tone::Plain,
    };
    let cancelled_by = appointment.cancelled_by.clone().filter(|_| appointment.status == Status::Cancelled);
    let for_staff = appointment.patient.is_some();
    let word = if for_staff { appointment.status.clinic_words() } else { appointment.status.label() };
    let text = cancelled_by.unwrap_or_else(|| word.to_owned());
    view! { <Tag tone text /> }
}

/// The date as a leaf of a calendar. Decoration: the same date is next to it in words.
pub(super) fn date_tile(summary: &AppointmentSummary, past: bool) -> impl IntoView + use<> {
    let (weekday, day, month) = summary.tile.clone();
    let month: String = month.chars().take(3).collect();
    view! {
        <div class="date-tile" class:date-tile-past=past aria-hidden="true">
            <span class="date-tile-month">{month}</span>
            <span class="date-tile-day">{day}</span>
            <span class="date-tile-weekday">{weekday}</span>
        </div>
    }
}

/// A telephone number as a link that dials it.
pub(super) fn phone_link(phone: &str) -> impl IntoView + use<> {
    view! { <a href=tel_href(phone)>{phone.to_owned()}</a> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_stands_inside_the_sentence() {
        assert_eq!(appointment_words("Follow-up", "15", Mode::Video), "Follow-up, 15 minutes, by video");
    }
}

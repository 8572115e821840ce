//! What a patient keeps after booking or moving.

use leptos::prelude::*;

use super::{
    address::{appointment_path, failed, own_appointment_in_path},
    facts::{appointment_row, for_row, location_text, phone_link, span_words, text_or_none},
};
use crate::{
    app::{PageTitle, use_frame},
    booking::{AppointmentDetails, Change, Status},
    ui::{ButtonKind, ButtonLink, Glyph, Icon, SummaryList, SummaryRow},
};

/// `/appointments/:id/done`: the confirmation.
#[component]
pub fn DonePage() -> impl IntoView {
    let appointment = own_appointment_in_path();
    let content = move || {
        Suspend::new(async move {
            match appointment.await {
                Ok(appointment) => done_view(appointment),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn done_view(appointment: AppointmentDetails) -> AnyView {
    let summary = &appointment.summary;
    let page = appointment_path(appointment.id, "");
    let when = [&summary.date, ", ", &span_words(summary)].concat();
    let mut rows: Vec<SummaryRow> = for_row(summary).into_iter().collect();
    rows.extend([
        SummaryRow::new("Doctor", summary.doctor_name.clone()),
        appointment_row(summary),
        SummaryRow::new("Where", location_text(summary)),
        SummaryRow::new("Clinic phone", text_or_none(&summary.phone)),
        SummaryRow::new("Time zone", summary.zone.clone()).at(summary.starts_at, summary.offset_minutes),
    ]);
    if !summary.instructions.is_empty() {
        rows.push(SummaryRow::new("Please note", summary.instructions.clone()));
    }
    let change = (appointment.change == Change::Free).then(|| {
        view! {
            <ButtonLink href=page.clone() kind=ButtonKind::Secondary>
                {if appointment.is_move_request { "Change or withdraw the request" } else { "Move or cancel" }}
            </ButtonLink>
        }
    });
    view! {
        <div class="split">
            <div>
                {panel(&appointment)} <h2>{when}</h2> <SummaryList rows />
                <div class="btns">
                    {(appointment.status.occupies() && !appointment.is_move_request)
                        .then(|| calendar_link(&appointment, "btn"))} {change}
                </div>
            </div>
            <aside class="card" aria-labelledby="next-heading">
                <h2 id="next-heading">"What happens next"</h2>
                {next_steps(&appointment)}
                <p>{summary.rule.clone()}</p>
                <p>"If you cannot come, call " {phone_link(&summary.phone)} "."</p>
                <p class="no-print">"You can print this page to keep it."</p>
                <p>
                    <a href="/appointments">"My appointments"</a>
                </p>
            </aside>
        </div>
    }
    .into_any()
}

/// What has happened, in one line, and the reference.
fn panel(appointment: &AppointmentDetails) -> impl IntoView + use<> {
    let moved = appointment.moved_from.is_some();
    let (class, glyph, title) = match appointment.status {
        Status::Requested => ("panel panel-waiting", Glyph::Clock, "Request sent"),
        Status::Booked if moved => ("panel", Glyph::Check, "Your appointment has been moved"),
        Status::Booked | Status::Arrived => ("panel", Glyph::Check, "Appointment confirmed"),
        _ => ("panel panel-waiting", Glyph::Info, "This appointment has changed"),
    };
    let waiting = (appointment.status == Status::Requested).then(|| view! { <p>"Waiting for approval"</p> });
    view! {
        <PageTitle text=title />
        <div class=class>
            <span class="panel-icon">
                <Icon glyph />
            </span>
            <div>
                <h1 tabindex="-1">{title}</h1>
                {waiting}
                <p>"Your reference is " <span class="reference">{appointment.reference.clone()}</span></p>
            </div>
        </div>
    }
}

fn next_steps(appointment: &AppointmentDetails) -> impl IntoView + use<> {
    let keeps = appointment.kept.as_ref().filter(|_| appointment.status == Status::Requested).map(|kept| {
        view! {
            <li>
                <Icon glyph=Glyph::Check />
                <span>
                    "You keep " <strong>{kept.when.clone()}</strong> " until the new time is accepted."
                </span>
            </li>
        }
    });
    let words = match appointment.status {
        Status::Requested if appointment.is_move_request => {
            "Your appointment is not moved yet: the doctor has to accept the new time first. Until then we keep this time for you as well. The answer appears under My appointments."
        }
        Status::Requested => {
            "The appointment is not booked yet: the doctor has to accept it first. Until then we keep this time for you. The answer appears under My appointments."
        }
        Status::Booked | Status::Arrived => "Your appointment is booked. You do not need to do anything else.",
        _ => "Open it under My appointments to see what has changed.",
    };
    // who has an account of their own gets the messages, and the page cannot say whether they do
    let own = appointment.summary.for_whom.is_none();
    let mailed = mail_note(appointment.status).filter(|_| own).map(|words| {
        view! {
            <li>
                <Icon glyph=Glyph::Mail />
                <span>{words}</span>
            </li>
        }
    });
    view! {
        <ul class="facts facts-column">
            <li>
                <Icon glyph=Glyph::Check />
                <span>{words}</span>
            </li>
            {mailed}
            {keeps}
        </ul>
    }
}

/// Where the confirmation goes that every booking, request and move writes; none while the clinic sends no messages.
fn mail_note(status: Status) -> Option<String> {
    let frame = use_frame();
    let writes = frame.clinic.sends_mail && matches!(status, Status::Requested | Status::Booked);
    let reader = frame.signed_in_user.filter(|_| writes)?;
    Some(["We sent a confirmation to ", &masked(&reader.email), ". It can take a few minutes to arrive."].concat())
}

/// An address that its owner recognizes, on a screen that others may see: "a…@example.org".
fn masked(email: &str) -> String {
    let (name, host) = email.rsplit_once('@').unwrap_or((email, ""));
    let first: String = name.chars().take(1).collect();
    [&first, "\u{2026}@", host].concat()
}

/// The link to the calendar file.
pub(super) fn calendar_link(appointment: &AppointmentDetails, class: &'static str) -> impl IntoView + use<> {
    view! {
        <a class=class href=appointment_path(appointment.id, "/calendar.ics") rel="external" download="appointment.ics">
            <Icon glyph=Glyph::Calendar />
            "Add to calendar"
        </a>
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn an_address_shows_its_first_letter_and_its_host() {
        assert_eq!(masked("ana.novak@example.org"), "a\u{2026}@example.org");
        assert_eq!(masked("\u{f6}sten@example.org"), "\u{f6}\u{2026}@example.org");
    }
}

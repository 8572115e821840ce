//! One appointment, its history, and what can still be done with it.

use leptos::prelude::*;

use super::{
    address::{appointment_in_path, appointment_path, failed, times_path},
    device_zone::DeviceZone,
    done::calendar_link,
    facts::{appointment_row, date_tile, day_words, location_text, phone_link, status_tag, text_or_none, when_words},
};
use crate::{
    app::PageTitle,
    booking::{AppointmentDetails, Change, HistoryEntry, PatientReason, Status, front_desk::ClinicSide},
    ui::{Glyph, Icon, Notice, SummaryList, SummaryRow, Tone},
};

/// `/appointments/:id`: for its patient, and without the patient's buttons for its doctor and for clinic staff.
#[component]
pub fn AppointmentPage() -> impl IntoView {
    let appointment = appointment_in_path();
    let content = move || {
        Suspend::new(async move {
            match appointment.await {
                Ok(appointment) => appointment_view(appointment),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn appointment_view(appointment: AppointmentDetails) -> AnyView {
    let summary = &appointment.summary;
    let title = [&day_words(summary), ", ", &summary.from].concat();
    let past = appointment.change == Change::Finished;
    let (back, back_words) = match &appointment.clinic {
        None => ("/appointments".to_owned(), "My appointments"),
        Some(side) => (side.day.clone(), "The day"),
    };
    let what_to_do = match &appointment.clinic {
        None => actions(&appointment).into_any(),
        Some(side) => clinic_actions(&appointment, side).into_any(),
    };
    view! {
        <PageTitle text=["Appointment on ", &title].concat() />
        <a class="back-link" href=back>
            <Icon glyph=Glyph::ChevronLeft />
            {back_words}
        </a>
        {notice(&appointment)}
        <div class="appt-head">
            {date_tile(summary, past)}
            <div>
                <h1 tabindex="-1">{title}</h1>
                <p>
                    {status_tag(&appointment)} " " <span class="muted">"Reference"</span> " "
                    <span class="reference">{appointment.reference.clone()}</span>
                </p>
            </div>
        </div>
        <div class="split">
            <div>
                <SummaryList rows=rows(&appointment) />
                <DeviceZone at=summary.starts_at offset_minutes=summary.offset_minutes />
                <section class="section" aria-labelledby="history-heading">
                    <h2 id="history-heading">"History"</h2>
                    {history(appointment.history.clone())}
                </section>
            </div>
            <aside class="card" aria-label="What you can do">
                {what_to_do}
                {appointment.status.occupies().then(|| calendar(&appointment))}
                <p class="muted small no-print">"You can print this page to keep it."</p>
            </aside>
        </div>
    }
    .into_any()
}

fn calendar(appointment: &AppointmentDetails) -> impl IntoView + use<> {
    view! {
        <ul class="actions">
            <li>{calendar_link(appointment, "btn btn-secondary btn-wide")}</li>
        </ul>
    }
}

/// What its reader must know first about an appointment that is not simply booked.
fn notice(appointment: &AppointmentDetails) -> impl IntoView + use<> {
    let for_clinic = appointment.clinic.is_some();
    let (tone, title, text) = match appointment.status {
        Status::Declined | Status::Expired if for_clinic => return None,
        Status::Requested => {
            let answer = match (&appointment.answer_by, for_clinic) {
                (Some(until), true) => ["Accept or decline it on the day. It runs out ", until, "."].concat(),
                (Some(until), false) => ["The doctor answers until ", until, "."].concat(),
                (None, true) => "Accept or decline it on the day.".to_owned(),
                (None, false) => "The doctor has not answered yet.".to_owned(),
            };
            (Tone::Warning, "Waiting for approval", [&answer, " The time is kept until then."].concat())
        }
        Status::Rescheduled => (Tone::Info, "This appointment was moved", "It has a new time.".to_owned()),
        Status::Cancelled => {
            (Tone::Info, "This appointment is cancelled", "Another patient can book the time now.".to_owned())
        }
        Status::Declined => (
            Tone::Info,
            "The doctor declined this request",
            "Choose another time, or call the clinic to ask.".to_owned(),
        ),
        Status::Expired => (
            Tone::Info,
            "This request ran out",
            "The clinic did not answer in time. Book again, or call the clinic to ask.".to_owned(),
        ),
        _ => return None,
    };
    let moved_to = appointment.moved_to.map(|id| {
        view! {
            <p>
                <a href=appointment_path(id, "")>"See the new appointment"</a>
            </p>
        }
    });
    Some(view! {
        <Notice tone title>
            <p>{text}</p>
            {moved_to}
        </Notice>
    })
}

fn rows(appointment: &AppointmentDetails) -> Vec<SummaryRow> {
    let summary = &appointment.summary;
    let mut rows = Vec::new();
    if let Some(patient) = &appointment.patient {
        rows.push(SummaryRow::new("Patient", patient.name.clone()));
        rows.push(SummaryRow::new("Patient\u{2019}s phone", text_or_none(&patient.phone)));
    }
    if let Some(side) = &appointment.clinic {
        if side.overbook {
            rows.push(SummaryRow::new("Overbooked", "It was booked over another appointment."));
        }
        if !side.override_reason.is_empty() {
            rows.push(SummaryRow::new("Rule set aside", side.override_reason.clone()));
        }
    }
    rows.extend([
        SummaryRow::new("Doctor", summary.doctor_name.clone()),
        appointment_row(summary),
        SummaryRow::new("When", when_words(summary)),
        SummaryRow::new("Where", location_text(summary)),
        SummaryRow::new("Clinic phone", text_or_none(&summary.phone)),
        SummaryRow::new("Reason", reason_words(&appointment.reason)),
    ]);
    if !summary.instructions.is_empty() {
        rows.push(SummaryRow::new("Please note", summary.instructions.clone()));
    }
    rows
}

fn reason_words(reason: &PatientReason) -> &str {
    match reason {
        PatientReason::Withheld => {
            "The patient wrote one. Only the doctor reads it: the doctor does not share reasons with clinic staff."
        }
        reason => text_or_none(reason.text()),
    }
}

/// Newest first.
fn history(entries: Vec<HistoryEntry>) -> impl IntoView + use<> {
    let line = |entry: HistoryEntry| {
        view! {
            <li>
                <p class="muted small">{entry.when}</p>
                <p>{entry.what}</p>
            </li>
        }
    };
    view! { <ol class="timeline">{entries.into_iter().rev().map(line).collect_view()}</ol> }
}

/// What the doctor and staff can do now. Arrived, completed and did not attend are noted on the day.
fn clinic_actions(appointment: &AppointmentDetails, side: &ClinicSide) -> impl IntoView + use<> {
    let page = |part| appointment_path(appointment.id, part);
    let links = [
        side.can_move.then(|| ("btn btn-secondary btn-wide", page("/move"), "Move")),
        side.can_cancel.then(|| ("btn btn-quiet btn-danger btn-wide", page("/cancel"), "Cancel the appointment")),
        Some(("btn btn-quiet btn-wide", side.day.clone(), "See the day")),
    ];
    view! { <ul class="actions">{links.into_iter().flatten().map(action_link).collect_view()}</ul> }
}

fn action_link((class, href, text): (&'static str, String, &'static str)) -> impl IntoView + use<> {
    view! {
        <li>
            <a class=class href=href>
                {text}
            </a>
        </li>
    }
}

/// What the patient can do now, and until when.
fn actions(appointment: &AppointmentDetails) -> impl IntoView + use<> {
    let summary = &appointment.summary;
    let page = |part| appointment_path(appointment.id, part);
    let move_it = || ("btn btn-wide", page("/move"), "Choose a new time");
    let cancel = || ("btn btn-quiet btn-danger btn-wide", page("/cancel"), "Cancel appointment");
    let again = || ("btn btn-wide", times_path(&summary.doctor_slug, &summary.visit_type), "Book again");
    let (links, words) = match appointment.change {
        Change::Free => (vec![move_it(), cancel()], summary.rule.clone()),
        Change::LateCancelOnly => (vec![cancel()], summary.rule.clone()),
        Change::CallClinic => (Vec::new(), "It is too late to change this appointment online.".to_owned()),
        Change::Finished => (vec![again()], String::new()),
    };
    let call = (appointment.change == Change::CallClinic).then(|| {
        let phone = phone_link(&summary.phone);
        view! { <p>"If you cannot come, call " {phone} "."</p> }
    });
    view! {
        <ul class="actions">{links.into_iter().map(action_link).collect_view()}</ul>
        <p class="muted small">{words}</p>
        {call}
    }
}

//! One appointment, its history, and what can still be done with it.

use leptos::prelude::*;

use super::{
    address::{appointment_in_path, appointment_path, failed, times_path},
    answers::{answers_section, open_questions},
    done::calendar_link,
    facts::{
        appointment_row, date_tile, for_row, location_text, phone_link, start_words, status_tag, text_or_none, when_row,
    },
    series_booked::series_path,
    undo::{UNDO, undo_form},
    video::{FIELDS, joining, video_form},
    waiting::earlier_path,
};
use crate::{
    app::{FormState, PageTitle},
    booking::{AppointmentDetails, Change, HistoryEntry, PatientReason, Status, front_desk::ClinicSide},
    ids::AppointmentId,
    ui::{ErrorSummary, Glyph, Icon, Notice, SummaryList, SummaryRow, Tone},
};

/// `/appointments/:id`: for its patient, and without the patient's buttons for its doctor and for clinic staff.
#[component]
pub fn AppointmentPage(
    /// What other features show of the appointment, above its history.
    #[prop(optional)]
    sections: Option<fn(AppointmentId) -> AnyView>,
) -> impl IntoView {
    let appointment = appointment_in_path();
    let states = [FormState::of("booking/video_url"), FormState::of(UNDO)];
    let content = move || {
        let states = states.clone();
        Suspend::new(async move {
            match appointment.await {
                Ok(appointment) => appointment_view(appointment, &states, sections),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn appointment_view(
    appointment: AppointmentDetails,
    [state, undone]: &[FormState; 2],
    sections: Option<fn(AppointmentId) -> AnyView>,
) -> AnyView {
    let summary = &appointment.summary;
    let title = start_words(summary);
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
        <PageTitle text=["Appointment on ", &title].concat() failed=state.failed() || undone.failed() />
        <ErrorSummary errors=[state.lines(FIELDS), undone.lines(&[])].concat() />
        <a class="back-link" href=back>
            <Icon glyph=Glyph::ChevronLeft />
            {back_words}
        </a>
        {notice(&appointment)} {asked_notice(&appointment)} {open_questions(&appointment)}
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
                {answers_section(&appointment)}
                {video_form(&appointment, state)}
                {sections.map(|sections| sections(appointment.id))}
                <section class="section" aria-labelledby="history-heading">
                    <h2 id="history-heading">"History"</h2>
                    {history(appointment.history.clone())}
                </section>
            </div>
            <aside class="card" aria-label="What you can do">
                {joining(&appointment)}
                {together(&appointment)}
                {what_to_do}
                {(appointment.status.occupies() && !appointment.is_move_request).then(|| calendar(&appointment))}
                <p class="muted small no-print">"You can print this page to keep it."</p>
            </aside>
        </div>
    }
    .into_any()
}

/// The appointments that it was booked with.
fn together(appointment: &AppointmentDetails) -> impl IntoView + use<> {
    appointment.series.as_ref().map(|mark| {
        view! {
            <p>
                "This is " {mark.words()} " appointments that were booked together. "
                <a href=series_path(mark.id, "")>"See all of them"</a>
            </p>
        }
    })
}

fn calendar(appointment: &AppointmentDetails) -> impl IntoView + use<> {
    view! {
        <ul class="actions">
            <li>{calendar_link(appointment, "btn btn-secondary btn-wide")}</li>
        </ul>
    }
}

/// The request to move this appointment that waits for an answer.
fn asked_notice(appointment: &AppointmentDetails) -> impl IntoView + use<> {
    let for_clinic = appointment.clinic.is_some();
    appointment.asked.clone().map(|asked| {
        let (title, text) = if for_clinic {
            (
                "The patient asks for another time",
                ["The request is for ", &asked.when, ". Until it is accepted, this time stands."].concat(),
            )
        } else {
            (
                "You asked for another time",
                ["Your request is for ", &asked.when, ". You keep this time until the new time is accepted."].concat(),
            )
        };
        view! {
            <Notice tone=Tone::Info title>
                <p>{text}</p>
                <p>
                    <a href=appointment_path(asked.id, "")>"See the request"</a>
                </p>
            </Notice>
        }
    })
}

/// What became of a request to move, and which appointment stays.
fn request_notice(appointment: &AppointmentDetails) -> Option<AnyView> {
    let for_clinic = appointment.clinic.is_some();
    let answer = appointment.answer_by.as_ref().map(|until| ["The doctor answers until ", until, ". "].concat());
    let (title, lead) = match appointment.status {
        Status::Requested if for_clinic => ("A request to move", "Accept or decline it on the day. ".to_owned()),
        Status::Requested => ("Waiting for approval", answer.unwrap_or_default()),
        Status::Declined => ("The new time was declined", String::new()),
        Status::Expired => ("This request ran out", "The clinic did not answer in time. ".to_owned()),
        Status::Cancelled => ("This request has ended", String::new()),
        _ => return None,
    };
    let kept = appointment.kept.clone();
    let keeps = kept.as_ref().map(|kept| match (for_clinic, appointment.status) {
        (true, Status::Requested) => {
            ["Accepted, it takes the place of ", &kept.when, ", which stands until then."].concat()
        }
        (true, _) => [&kept.when, " stands."].concat(),
        (false, Status::Requested) => ["You keep ", &kept.when, " until the new time is accepted."].concat(),
        (false, _) => ["You keep your appointment at ", &kept.when, "."].concat(),
    });
    let link = kept.map(|kept| {
        view! {
            <p>
                <a href=appointment_path(kept.id, "")>"See the appointment"</a>
            </p>
        }
    });
    let tone = if appointment.status == Status::Requested { Tone::Warning } else { Tone::Info };
    Some(
        view! {
            <Notice tone title>
                <p>{lead} {keeps}</p>
                {link}
            </Notice>
        }
        .into_any(),
    )
}

/// What its reader must know first about an appointment that is not simply booked.
fn notice(appointment: &AppointmentDetails) -> Option<AnyView> {
    let for_clinic = appointment.clinic.is_some();
    if appointment.is_move_request && appointment.status != Status::Rescheduled {
        return request_notice(appointment);
    }
    let (tone, title, text) = match appointment.status {
        Status::Declined | Status::Expired if for_clinic => return None,
        Status::Requested => {
            let answer = match (&appointment.answer_by, for_clinic) {
                (Some(until), true) => ["Accept or decline it on the page of its day, ", until, "."].concat(),
                (Some(until), false) => ["The doctor answers ", until, "."].concat(),
                (None, true) => "Accept or decline it on the page of its day.".to_owned(),
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
    Some(
        view! {
            <Notice tone title>
                <p>{text}</p>
                {moved_to}
            </Notice>
        }
        .into_any(),
    )
}

fn rows(appointment: &AppointmentDetails) -> Vec<SummaryRow> {
    let summary = &appointment.summary;
    let mut rows: Vec<SummaryRow> = for_row(summary).into_iter().collect();
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
        if !side.resource.is_empty() {
            rows.push(SummaryRow::new("Room or device", side.resource.clone()));
        }
    }
    rows.extend([
        SummaryRow::new("Doctor", summary.doctor_name.clone()),
        appointment_row(summary),
        when_row(summary),
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
    let person = appointment.patient.as_ref().and_then(|patient| patient.id);
    let links = [
        side.can_move.then(|| ("btn btn-secondary btn-wide", page("/move"), "Move")),
        side.can_cancel.then(|| ("btn btn-quiet btn-danger btn-wide", page("/cancel"), "Cancel the appointment")),
        Some(("btn btn-quiet btn-wide", side.day.clone(), "See the day")),
        person.map(|id| {
            ("btn btn-quiet btn-wide", ["/patients/", &id.to_string()].concat(), "See the patient\u{2019}s record")
        }),
    ];
    view! {
        {side.undo.map(undo_form)}
        <ul class="actions">{links.into_iter().flatten().map(action_link).collect_view()}</ul>
    }
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
    let cancel_words = if appointment.is_move_request { "Withdraw the request" } else { "Cancel appointment" };
    let cancel = || ("btn btn-quiet btn-danger btn-wide", page("/cancel"), cancel_words);
    let again = || match &appointment.kept {
        Some(kept) => ("btn btn-wide", appointment_path(kept.id, ""), "See the appointment"),
        None => ("btn btn-wide", times_path(&summary.doctor_slug, &summary.visit_type), "Book again"),
    };
    let earlier = || {
        let href = earlier_path(&appointment.id.to_string());
        // a request has no time to give up yet
        (appointment.status == Status::Booked).then_some((
            "btn btn-secondary btn-wide",
            href,
            "Tell me if an earlier time comes free",
        ))
    };
    let (links, words) = match appointment.change {
        Change::Free => {
            ([Some(move_it()), earlier(), Some(cancel())].into_iter().flatten().collect(), summary.rule.clone())
        }
        Change::LateCancelOnly => (vec![cancel()], summary.rule.clone()),
        Change::CallClinic if appointment.only_seen => (Vec::new(), summary.rule.clone()),
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

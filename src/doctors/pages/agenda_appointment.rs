//! One appointment as a line of a doctor's day or list, with what can be done about it.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    app::{FormPage, FormState, error_words},
    booking::{
        Attendance,
        actions::{AnswerRequest, attendance::NoteAttendance},
    },
    doctors::{AgendaAppointment, AgendaState},
    error::AppError,
    ui::{Button, ButtonKind, ErrorLine, Tag, Tone},
};

/// Where a line stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Under the heading of its day.
    InDay,
    /// Among the requests of all days.
    Request,
}

/// What went wrong with a button of the page that was pressed last.
pub(super) fn problems() -> Vec<ErrorLine> {
    let (noted, answered) = (FormState::of("booking/attendance"), FormState::of("booking/answer"));
    let text = noted.error().map(note_problem).or_else(|| answered.error().map(answer_problem));
    text.into_iter().map(|text| ErrorLine { field: String::new(), text }).collect()
}

fn note_problem(error: &AppError) -> String {
    match error {
        AppError::Conflict => {
            "Nothing was changed: the appointment has changed since you opened the page. This is how it stands now."
                .to_owned()
        }
        AppError::TimeGone { wanted, .. } => [
            "Another patient has booked ",
            wanted,
            ", or is booking it now, so this appointment cannot be set back to booked.",
        ]
        .concat(),
        AppError::PatientBusy { with, .. } => {
            let which = if with.is_empty() { " at that time" } else { " then: " };
            ["This one cannot be set back to booked. The patient now has another appointment", which, with, "."]
                .concat()
        }
        other => error_words(other),
    }
}

fn answer_problem(error: &AppError) -> String {
    match error {
        AppError::Conflict => {
            "Nothing was changed: this request was answered, cancelled or ran out since you opened the page.".to_owned()
        }
        other => error_words(other),
    }
}

/// The appointment's line. Its name leads to the appointment's own page, where the patient's note stands.
pub(super) fn appointment_line(appointment: &AgendaAppointment, style: Style) -> AnyView {
    let (class, tone) = match appointment.state {
        AgendaState::Waiting => ("agenda-item agenda-waiting", Tone::Warning),
        AgendaState::Coming => ("agenda-item", Tone::Success),
        AgendaState::Unclear => ("agenda-item agenda-waiting", Tone::Plain),
        AgendaState::Done => ("agenda-item agenda-done", Tone::Plain),
    };
    let day = (style == Style::Request).then(|| view! { <span class="agenda-until">{appointment.day.clone()}</span> });
    // a request may stand twice on a page
    let id = (style == Style::InDay).then(|| ["appointment-", &appointment.id.to_string()].concat());
    let overlaps = appointment.overlaps.then(|| view! { <Tag tone=Tone::Danger text="Overlaps" /> });
    let answer_by =
        appointment.answer_by.clone().map(|until| view! { <p class="small no-print">"Answer " {until}</p> });
    let phone = (!appointment.phone.is_empty()).then(|| [" ", &appointment.phone].concat());
    let moves_from = appointment.moves_from.clone().map(|from| {
        view! { <p class="small">"Asks to move from " {from} ". That time stands until you accept."</p> }
    });
    let more = [". ", &appointment.location, ". Reference ", &appointment.reference].concat();
    view! {
        <li class=class id=id>
            <p class="agenda-time">
                {day} {appointment.time.clone()} " "
                <span class="agenda-until">{until_words(&appointment.until, &appointment.other_zone)}</span>
            </p>
            <div>
                <p class="agenda-who">
                    <strong>
                        <a href=["/appointments/", &appointment.id.to_string()].concat()>
                            <bdi>{appointment.patient.clone()}</bdi>
                        </a>
                    </strong>
                    " "
                    <Tag tone text=appointment.status.clone() />
                    " "
                    {overlaps}
                    <span class="print-only">{phone}</span>
                </p>
                <p class="muted small">
                    {appointment.appointment.clone()} <span class="no-print">{more}</span>
                </p>
                {moves_from} {answer_by}
            </div>
            {buttons(appointment, style)}
        </li>
    }
    .into_any()
}

fn buttons(appointment: &AgendaAppointment, style: Style) -> AnyView {
    let question =
        (appointment.state == AgendaState::Unclear).then(|| view! { <strong>"Did the patient come?"</strong> });
    let answers = (appointment.state == AgendaState::Waiting).then(|| {
        let form = |accept, kind, words| answer_form(appointment, accept, kind, words);
        view! {
            {form("true", ButtonKind::Secondary, "Accept")}
            {form("false", ButtonKind::QuietDanger, "Decline")}
        }
    });
    let links = (style != Style::Request).then(|| {
        view! {
            {appointment.is_call.then(|| link(appointment, "", "btn btn-quiet", "Video call"))}
            {appointment.can_move.then(|| link(appointment, "/move", "btn btn-quiet", "Move"))}
            {appointment.can_cancel.then(|| link(appointment, "/cancel", "btn btn-quiet btn-danger", "Cancel"))}
        }
    });
    view! {
        <div class="btns">
            {question} {answers} {mark_form(appointment)} {links}
        </div>
    }
    .into_any()
}

/// "to 2:40pm", with the zone where it is not the calendar's.
pub(super) fn until_words(until: &str, other_zone: &str) -> String {
    let gap = if other_zone.is_empty() { "" } else { " " };
    ["to ", until, gap, other_zone].concat()
}

/// Says to screen readers which appointment a button is about.
fn about(appointment: &AgendaAppointment) -> AnyView {
    let words = [": ", &appointment.patient, ", ", &appointment.time].concat();
    view! { <span class="visually-hidden">{words}</span> }.into_any()
}

fn link(appointment: &AgendaAppointment, page: &'static str, class: &'static str, words: &'static str) -> AnyView {
    view! {
        <a class=class href=["/appointments/", &appointment.id.to_string(), page].concat()>
            {words}
            {about(appointment)}
        </a>
    }
    .into_any()
}

/// Arrived, completed, did not attend, undo: as far as each can be said now.
fn mark_form(appointment: &AgendaAppointment) -> Option<AnyView> {
    let unclear = appointment.state == AgendaState::Unclear;
    let marks = appointment.marks.iter().copied();
    let marks: Vec<Attendance> = marks.filter(|mark| !unclear || *mark != Attendance::Arrived).collect();
    if marks.is_empty() {
        return None;
    }
    let button = |mark: Attendance| {
        let kind = match mark {
            Attendance::Arrived | Attendance::Completed => ButtonKind::Secondary,
            Attendance::NoShow | Attendance::Undo => ButtonKind::Quiet,
        };
        let about = about(appointment);
        view! {
            <Button kind name="mark" value=mark.into_str()>
                {mark.label()}
                {about}
            </Button>
        }
    };
    let buttons = marks.into_iter().map(button).collect_view();
    Some(
        view! {
            <form method="post" action=NoteAttendance::PATH>
                <FormPage />
                <input type="hidden" name="id" value=appointment.id.to_string() />
                <input type="hidden" name="version" value=appointment.version.to_string() />
                {buttons}
            </form>
        }
        .into_any(),
    )
}

fn answer_form(
    appointment: &AgendaAppointment,
    accept: &'static str,
    kind: ButtonKind,
    words: &'static str,
) -> AnyView {
    let (id, patient) = (appointment.id.to_string(), appointment.patient.clone());
    let version = appointment.version.to_string();
    view! {
        <form method="post" action=AnswerRequest::PATH>
            <FormPage />
            <input type="hidden" name="id" value=id />
            <input type="hidden" name="version" value=version />
            <input type="hidden" name="accept" value=accept />
            <Button kind>
                {words} <span class="visually-hidden">" the request of " {patient}</span>
            </Button>
        </form>
    }
    .into_any()
}

//! Moving an appointment, for its doctor and for staff.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    address::{appointment_path, in_query},
    appointment_card::AppointmentCard,
    clinic_time::{ClinicForm, time_fields},
    picker::{Picked, PickerPage, day_picker},
};
use crate::{
    app::{FormPage, PageTitle, zoned},
    booking::{
        AppointmentDetails,
        actions::front_desk::{MoveAppointment, move_page},
        front_desk::{ClinicMove, ClinicSide, TimeForm},
    },
    error::AppError,
    ui::{ErrorSummary, Glyph, Icon, Notice},
};

/// What the address and the last attempt say about the new time.
pub(super) fn asked_time(form: &ClinicForm, picked: &Picked) -> TimeForm {
    let address = TimeForm {
        start: in_query("start").unwrap_or_default(),
        date: picked.day.clone().unwrap_or_default(),
        ..TimeForm::default()
    };
    form.time(address)
}

/// The days and times, while the appointment can still be moved and the doctor still has its visit type.
pub(super) async fn load(
    appointment: &AppointmentDetails,
    side: &ClinicSide,
    from: Option<String>,
    time: TimeForm,
) -> Result<Option<ClinicMove>, AppError> {
    if side.can_move { move_page(appointment.id, from, time).await } else { Ok(None) }
}

pub(super) fn move_view(
    appointment: AppointmentDetails,
    page: Option<ClinicMove>,
    picked: &Picked,
    form: &ClinicForm,
) -> AnyView {
    match page {
        Some(page) => choose(appointment, page, picked, form),
        None => cannot(appointment),
    }
}

fn choose(appointment: AppointmentDetails, page: ClinicMove, picked: &Picked, form: &ClinicForm) -> AnyView {
    let id = appointment.id;
    let ClinicMove { days, day } = page;
    let problems = picked.problems(&days, form.lines(day.wanted.as_ref()));
    let other = match (&appointment.kept, &appointment.asked) {
        (Some(kept), _) => Some(
            ["This is a request to move ", &kept.when, ". Moving it books the new time, and that one ends."].concat(),
        ),
        (None, Some(asked)) => {
            Some(["The patient asked for ", &asked.when, ". That request ends when you move the appointment."].concat())
        }
        (None, None) => None,
    };
    let patient = appointment.patient.map(|patient| patient.name).unwrap_or_default();
    let place = PickerPage { path: appointment_path(id, "/move"), keep: Vec::new() };
    let current = days.subject.moving.as_ref().map(|moving| zoned(&moving.when, &appointment.summary.zone));
    view! {
        <PageTitle text="Move an appointment" failed=!problems.is_empty() />
        {back(&appointment_path(id, ""))}
        <ErrorSummary errors=problems />
        <div class="page-head">
            <h1 tabindex="-1">"Move the appointment of " <bdi>{patient}</bdi></h1>
            <p class="lead">
                {days.subject.visit_type_name.clone()} " with " <bdi>{days.subject.doctor_name.clone()}</bdi>
            </p>
        </div>
        <Notice>
            <p>
                "It is on " <strong>{current}</strong> " now, and stays there until you press the button. "
                "The patient sees the new time under \u{201c}My appointments\u{201d}."
            </p>
            {other.map(|words| view! { <p>{words}</p> })}
        </Notice>
        <div class="picker">
            {day_picker(&place, &days, picked)}
            <section aria-label="The new time">
                <form method="post" action=MoveAppointment::PATH novalidate>
                    <FormPage />
                    <input type="hidden" name="id" value=id.to_string() />
                    <input type="hidden" name="version" value=appointment.version.to_string() />
                    {time_fields(&day, form)}
                    <button class="btn btn-large" type="submit">
                        "Move the appointment"
                    </button>
                </form>
            </section>
        </div>
    }
    .into_any()
}

fn cannot(appointment: AppointmentDetails) -> AnyView {
    let can_move = appointment.clinic.is_some_and(|side| side.can_move);
    let text = if can_move {
        "The doctor no longer offers this visit type. Cancel this appointment and add another one instead."
    } else {
        "It is over, or it was cancelled or moved before."
    };
    view! {
        <PageTitle text="This appointment cannot be moved" />
        {back(&appointment_path(appointment.id, ""))}
        <div class="split">
            <div>
                <h1 tabindex="-1">"This appointment cannot be moved"</h1>
                <p class="lead">{text}</p>
            </div>
            <aside aria-label="The appointment">
                <AppointmentCard summary=appointment.summary />
            </aside>
        </div>
    }
    .into_any()
}

fn back(href: &str) -> impl IntoView + use<> {
    view! {
        <a class="back-link" href=href.to_owned()>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to the appointment"
        </a>
    }
}

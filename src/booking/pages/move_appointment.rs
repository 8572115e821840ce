//! Moving an appointment to another time.

use leptos::{prelude::*, server_fn::ServerFn};
use serde::{Deserialize, Serialize};

use super::{
    address::{appointment_path, failed, id_in_path},
    appointment_card::AppointmentCard,
    choose::{choose, go_on, problems, times_section},
    clinic_move,
    clinic_time::ClinicForm,
    day_times::day_times,
    facts::{for_whom, phone_link},
    locations::kind_words,
    messages::{missing_time, nearest_of, time_problems},
    nearest::nearest_buttons,
    picker::{Picked, PickerPage, day_picker, no_times},
};
use crate::{
    app::{FormPage, FormState, PageTitle, zoned},
    availability::TimeOption,
    booking::{
        AppointmentDetails, Change, DaysPage, Status,
        actions::{MoveAppointment, appointment, days},
        front_desk::{ClinicMove, TimeForm},
    },
    error::AppError,
    ids::AppointmentId,
    ui::{Glyph, Icon, Notice},
};

/// What the page knows: the appointment, and the free times when it can be moved.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
enum MoveData {
    Patient(AppointmentDetails, Option<Box<DaysPage>>),
    Clinic(AppointmentDetails, Option<Box<ClinicMove>>),
}

/// `/appointments/:id/move?from=&day=`: the same days and times as when booking. Choosing one and pressing the button
/// moves the appointment; until then it stays as it is. Doctors and staff may choose other times too.
#[component]
pub fn MovePage() -> impl IntoView {
    let id = id_in_path();
    let picked = Picked::from_query();
    let state = FormState::of("booking/move");
    let form = ClinicForm::of("front_desk/move");
    let asked = clinic_move::asked_time(&form, &picked);
    let data = Resource::new_blocking(
        {
            let picked = picked.clone();
            move || (id, picked.clone(), asked.clone())
        },
        |(id, picked, asked)| load(id, picked, asked),
    );
    let content = move || {
        let (picked, state, form) = (picked.clone(), state.clone(), form.clone());
        Suspend::new(async move {
            match data.await {
                Ok(MoveData::Patient(appointment, Some(page))) => move_view(appointment, *page, &picked, &state),
                Ok(MoveData::Patient(appointment, None)) => cannot_move(appointment),
                Ok(MoveData::Clinic(appointment, page)) => {
                    clinic_move::move_view(appointment, page.map(|page| *page), &picked, &form)
                }
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

async fn load(id: Option<AppointmentId>, picked: Picked, asked: TimeForm) -> Result<MoveData, AppError> {
    let appointment = appointment(id.ok_or(AppError::NotFound)?).await?;
    if let Some(side) = &appointment.clinic {
        let page = clinic_move::load(&appointment, side, picked.from, asked).await?;
        return Ok(MoveData::Clinic(appointment, page.map(Box::new)));
    }
    if appointment.change != Change::Free {
        return Ok(MoveData::Patient(appointment, None));
    }
    let (doctor, summary) = (appointment.summary.doctor_slug.clone(), appointment.summary.visit_type.clone());
    match days(doctor, summary, picked.from, picked.month, picked.day, Some(appointment.id), None).await {
        Ok(page) => Ok(MoveData::Patient(appointment, Some(Box::new(page)))),
        // the doctor, or this visit type, can no longer be booked
        Err(AppError::NotFound) => Ok(MoveData::Patient(appointment, None)),
        Err(error) => Err(error),
    }
}

fn move_view(appointment: AppointmentDetails, page: DaysPage, picked: &Picked, state: &FormState) -> AnyView {
    let id = appointment.id;
    let subject = page.subject.clone();
    let version = subject.moving.as_ref().map_or(appointment.version, |summary| summary.version);
    let current =
        subject.moving.as_ref().map(|moving| zoned(&moving.when, &appointment.summary.zone)).unwrap_or_default();
    let kind = kind_words(&page);
    let place = PickerPage { path: appointment_path(id, "/move"), keep: Vec::new() };
    let picker = day_picker(&place, &page, picked);
    let errors = picked.problems(&page, time_problems(state));
    let failed = !errors.is_empty();
    let focus = picked.day.is_some() && !failed;
    let none = no_times(&page);
    let near = nearest_of(state);
    let nearest = (!near.is_empty()).then(|| nearest_form(id, version, near));
    let error = missing_time(state);
    let button = if subject.needs_approval { "Ask for this time" } else { "Move my appointment" };
    let (hint, keeps) = what_happens(subject.needs_approval, &appointment, &current);
    let times = page.day.map(|day| {
        view! {
            <form method="post" action=MoveAppointment::PATH data-sending="We are moving your appointment.">
                <FormPage />
                {move_fields(id, version)}
                {day_times(&day, error.as_deref(), focus)}
                {go_on(hint, button)}
            </form>
        }
    });
    let content = view! {
        {nearest}
        <div class="picker">
            {picker}
            {times_section(times, none)}
        </div>
    };
    let content = choose(&subject, None, content.into_any());
    view! {
        <PageTitle text="Move your appointment" failed />
        {back(id)}
        {problems(errors)}
        <div class="page-head">
            <h1 tabindex="-1">"Choose a new time with " <bdi>{subject.doctor_name}</bdi></h1>
            {for_whom(&appointment.summary)}
            <p class="lead">{kind}</p>
        </div>
        <Notice>
            <p>
                {if appointment.is_move_request {
                    "You are choosing another time than "
                } else {
                    "You are moving your appointment from "
                }} <strong>{current}</strong> ". " {keeps}
            </p>
        </Notice>
        {content}
    }
    .into_any()
}

/// The nearest times, each a button that moves the appointment there.
fn nearest_form(id: AppointmentId, version: i32, near: Vec<TimeOption>) -> impl IntoView + use<> {
    view! {
        <form method="post" action=MoveAppointment::PATH>
            <FormPage />
            {move_fields(id, version)} {nearest_buttons(near)}
        </form>
    }
}

/// What the button does, and what stays until then. `asks`: the doctor has to agree. `current` is when the appointment
/// is now.
fn what_happens(asks: bool, appointment: &AppointmentDetails, current: &str) -> (&'static str, String) {
    let booked = match (&appointment.kept, appointment.status) {
        (Some(kept), _) => Some(kept.when.as_str()),
        (None, Status::Booked) => Some(current),
        (None, _) => None,
    };
    match (asks, booked) {
        (false, _) => (
            "The button moves your appointment at once. There is no further step.",
            "It stays there until you press the button.".to_owned(),
        ),
        (true, Some(booked)) => (
            "The button sends a request to the doctor, who has to agree first.",
            ["You keep ", booked, " until the new time is accepted."].concat(),
        ),
        (true, None) => (
            "The button sends a request for this time to the doctor, in place of the one before.",
            "Your request stays as it is until you press the button.".to_owned(),
        ),
    }
}

/// What a form that moves says besides the time.
fn move_fields(id: AppointmentId, version: i32) -> impl IntoView + use<> {
    view! {
        <input type="hidden" name="id" value=id.to_string() />
        <input type="hidden" name="version" value=version.to_string() />
    }
}

fn back(id: AppointmentId) -> impl IntoView + use<> {
    view! {
        <a class="back-link" href=appointment_path(id, "")>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to the appointment"
        </a>
    }
}

/// Why the appointment cannot be moved online, and what to do instead.
fn cannot_move(appointment: AppointmentDetails) -> AnyView {
    let summary = appointment.summary;
    let (title, text) = match appointment.change {
        Change::Finished => {
            ("This appointment can no longer be moved", "It is over, or it was cancelled or moved before.")
        }
        Change::LateCancelOnly | Change::CallClinic => (
            "You cannot move this appointment online",
            "It is too close to the appointment. Please call to ask for another time.",
        ),
        Change::Free => (
            "You cannot move this appointment online",
            "This visit type has no times online at the moment. Please call to move it.",
        ),
    };
    view! {
        <PageTitle text=title />
        {back(appointment.id)}
        <div class="split">
            <div>
                <h1 tabindex="-1">{title}</h1>
                <p class="lead">{text}</p>
                <p>{summary.location.clone()} ": " {phone_link(&summary.phone)}</p>
            </div>
            <aside aria-label="Your appointment">
                <AppointmentCard summary />
            </aside>
        </div>
    }
    .into_any()
}

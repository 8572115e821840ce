//! Cancelling an appointment: a page of its own, so that a patient does not cancel by accident.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    address::{appointment_in_path, appointment_path, failed, times_path},
    appointment_card::AppointmentCard,
    clinic_cancel,
    facts::phone_link,
    messages::whole_form,
};
use crate::{
    app::{FormPage, FormState, PageTitle, zoned},
    booking::{AppointmentDetails, CancelReason, Change, Status, actions::Cancel},
    ui::{Button, ButtonKind, ButtonLink, Choice, Choices, ErrorSummary, Glyph, Icon},
};

/// `/appointments/:id/cancel`: asks once more, and why. The time is free again at once.
#[component]
pub fn CancelPage() -> impl IntoView {
    let appointment = appointment_in_path();
    let state = FormState::of("booking/cancel");
    let content = move || {
        let state = state.clone();
        Suspend::new(async move {
            match appointment.await {
                Ok(appointment) if appointment.clinic.is_some() => clinic_cancel::cancel_view(appointment, &state),
                Ok(appointment) => cancel_view(appointment, &state),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn cancel_view(appointment: AppointmentDetails, state: &FormState) -> AnyView {
    let summary = appointment.summary.clone();
    let when = [&summary.day, " at ", &zoned(&summary.from, &summary.zone)].concat();
    let open = matches!(appointment.change, Change::Free | Change::LateCancelOnly);
    let (title, text) = question_words(&appointment, &when);
    let problems = whole_form(state);
    let asked = appointment.asked.as_ref().map(|asked| {
        view! { <p>{["Your request to move it to ", &asked.when, " ends too."].concat()}</p> }
    });
    let phone = (appointment.change == Change::CallClinic).then(|| {
        let phone = phone_link(&summary.phone);
        view! { <p>{summary.location.clone()} ": " {phone}</p> }
    });
    view! {
        <PageTitle text=title.clone() failed=state.failed() />
        <a class="back-link" href=appointment_path(appointment.id, "")>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to the appointment"
        </a>
        <ErrorSummary errors=problems />
        <div class="split">
            <div>
                <h1 tabindex="-1">{title}</h1>
                <p class="lead">{text}</p>
                {asked}
                {phone}
                {open.then(|| question(&appointment, state))}
                {(appointment.change == Change::Finished).then(|| instead(&appointment))}
            </div>
            <aside aria-label="Your appointment">
                <AppointmentCard summary />
            </aside>
        </div>
    }
    .into_any()
}

/// The heading and what it means. `when` is the appointment's moment.
fn question_words(appointment: &AppointmentDetails, when: &str) -> (String, String) {
    if appointment.only_seen && appointment.change == Change::CallClinic {
        let text = "You can see this appointment and not change it. If the patient cannot come, please call.";
        return ("You cannot cancel this appointment".to_owned(), text.to_owned());
    }
    let keeps = appointment.kept.as_ref().map(|kept| ["You keep your appointment at ", &kept.when, "."].concat());
    match appointment.change {
        Change::Free | Change::LateCancelOnly if appointment.is_move_request => {
            (["Withdraw your request for ", when, "?"].concat(), keeps.unwrap_or_default())
        }
        Change::Finished if appointment.is_move_request => {
            ("This request has ended".to_owned(), keeps.unwrap_or_else(|| "There is nothing to withdraw.".to_owned()))
        }
        Change::Free => (
            ["Cancel your appointment on ", when, "?"].concat(),
            "This cannot be undone. To keep your place, choose a new time instead.".to_owned(),
        ),
        Change::LateCancelOnly => (
            ["Cancel your appointment on ", when, "?"].concat(),
            "It is late to cancel. You can still do it, but the clinic notes that it was late. This cannot be undone."
                .to_owned(),
        ),
        Change::CallClinic => (
            "You can no longer cancel this appointment online".to_owned(),
            "It is too close to the appointment. If you cannot come, please call.".to_owned(),
        ),
        Change::Finished => (
            finished_title(appointment.status).to_owned(),
            ["It was on ", when, ". There is nothing to cancel."].concat(),
        ),
    }
}

/// Why, and the button.
fn question(appointment: &AppointmentDetails, state: &FormState) -> impl IntoView + use<> {
    let (id, version) = (appointment.id, appointment.version);
    let move_it = (appointment.change == Change::Free).then(|| {
        view! {
            <ButtonLink href=appointment_path(id, "/move") kind=ButtonKind::Secondary>
                "Choose a new time"
            </ButtonLink>
        }
    });
    let reasons =
        CancelReason::OF_PATIENTS.into_iter().map(|reason| Choice::new(reason.into_str(), reason.label())).collect();
    let (legend, button) = if appointment.is_move_request {
        ("Why do you withdraw it? (optional)", "Withdraw the request")
    } else {
        ("Why are you cancelling? (optional)", "Cancel appointment")
    };
    view! {
        <form method="post" action=Cancel::PATH>
            <FormPage />
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="version" value=version.to_string() />
            <Choices
                name="reason"
                legend
                choices=reasons
                chosen=state.typed("reason")
            />
            <div class="btns">
                {move_it}
                <Button kind=ButtonKind::Danger>{button}</Button>
            </div>
        </form>
    }
}

fn finished_title(status: Status) -> &'static str {
    match status {
        Status::Cancelled => "This appointment is already cancelled",
        Status::Declined => "The doctor declined this request",
        Status::Expired => "This request ran out",
        Status::Rescheduled => "This appointment was moved",
        _ => "This appointment is over",
    }
}

/// Where to go from an appointment that is over or cancelled.
fn instead(appointment: &AppointmentDetails) -> impl IntoView + use<> {
    let summary = &appointment.summary;
    let (href, words) = match (appointment.moved_to, &appointment.kept) {
        (Some(id), _) => (appointment_path(id, ""), "See the new appointment"),
        (None, Some(kept)) => (appointment_path(kept.id, ""), "See the appointment"),
        (None, None) => (times_path(&summary.doctor_slug, &summary.visit_type), "Book again"),
    };
    view! {
        <div class="btns">
            <ButtonLink href=href>{words}</ButtonLink>
            <ButtonLink href="/appointments" kind=ButtonKind::Secondary>
                "My appointments"
            </ButtonLink>
        </div>
    }
}

//! Cancelling an appointment, for its doctor and for staff.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{address::appointment_path, appointment_card::AppointmentCard, messages::whole_form};
use crate::{
    app::{FormPage, FormState, PageTitle},
    booking::{AppointmentDetails, CancelReason, actions::Cancel},
    ui::{Button, ButtonKind, ButtonLink, Choice, Choices, ErrorSummary, Glyph, Icon},
};

/// Whose appointment, why, and what happens then.
pub(super) fn cancel_view(appointment: AppointmentDetails, state: &FormState) -> AnyView {
    let (id, summary) = (appointment.id, appointment.summary.clone());
    let can_cancel = appointment.clinic.as_ref().is_some_and(|side| side.can_cancel);
    let day = appointment.clinic.as_ref().map(|side| side.day.clone()).unwrap_or_default();
    let patient = appointment.patient.as_ref().map(|patient| patient.name.clone()).unwrap_or_default();
    let problems = whole_form(state);
    let title = if can_cancel { "Cancel this appointment?" } else { "There is nothing to cancel" };
    let what = if can_cancel {
        question(&appointment, state).into_any()
    } else {
        view! {
            <p class="lead">"The appointment is over, or it was cancelled or moved before."</p>
            <ButtonLink href=day kind=ButtonKind::Secondary>
                "See the day"
            </ButtonLink>
        }
        .into_any()
    };
    view! {
        <PageTitle text=title failed=state.failed() />
        <a class="back-link" href=appointment_path(id, "")>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to the appointment"
        </a>
        <ErrorSummary errors=problems />
        <div class="split">
            <div>
                <h1 tabindex="-1">{title}</h1>
                <p class="lead">
                    <bdi>{patient}</bdi>
                    ", "
                    {summary.day.clone()}
                    " at "
                    {summary.from.clone()}
                </p>
                {what}
            </div>
            <aside aria-label="The appointment">
                <AppointmentCard summary />
            </aside>
        </div>
    }
    .into_any()
}

fn question(appointment: &AppointmentDetails, state: &FormState) -> impl IntoView + use<> {
    let (id, version) = (appointment.id, appointment.version);
    let can_move = appointment.clinic.as_ref().is_some_and(|side| side.can_move);
    let move_it = can_move.then(|| {
        view! {
            <ButtonLink href=appointment_path(id, "/move") kind=ButtonKind::Secondary>
                "Move it instead"
            </ButtonLink>
        }
    });
    let reasons =
        CancelReason::OF_CLINIC.into_iter().map(|reason| Choice::new(reason.into_str(), reason.label())).collect();
    let other = match (&appointment.kept, &appointment.asked) {
        (Some(kept), _) => Some(["This is a request to move ", &kept.when, ". That appointment stays."].concat()),
        (None, Some(asked)) => Some(
            [
                "The patient asked to move it to ",
                &asked.when,
                ". That request ends too. To keep the patient, accept it instead.",
            ]
            .concat(),
        ),
        (None, None) => None,
    };
    view! {
        {other.map(|words| view! { <p>{words}</p> })}
        <p>"The time is free again at once. The patient sees it under \u{201c}My appointments\u{201d}."</p>
        <form method="post" action=Cancel::PATH>
            <FormPage />
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="version" value=version.to_string() />
            <Choices
                name="reason"
                legend="Why is it cancelled? (optional)"
                choices=reasons
                chosen=state.typed("reason")
            />
            <div class="btns">
                {move_it} <Button kind=ButtonKind::Danger>"Cancel the appointment"</Button>
            </div>
        </form>
    }
}

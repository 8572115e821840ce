//! What the doctor should know, once a time is held.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    address::{appointment_path, failed, hold_path, id_in_path, times_path},
    appointment_card::AppointmentCard,
    facts::for_whom,
    hold_strip::hold_strip,
    messages::whole_form,
    who::ask_who,
};
use crate::{
    app::{Fields, FormPage, FormState, PageTitle},
    booking::{
        HoldPage, HoldView,
        actions::{SaveDetails, held},
    },
    error::AppError,
    ids::AppointmentId,
    ui::{ButtonKind, ButtonLink, Empty, ErrorLine, ErrorSummary, Field, Glyph, Icon, TextArea},
};

/// The fields of the form and what they are.
const FIELDS: Fields = &[("reason", "your note"), ("phone", "your phone number")];

/// The hold that the path names.
pub(super) fn hold_in_path() -> Resource<Result<HoldPage, AppError>> {
    let id = id_in_path();
    Resource::new_blocking(
        move || id,
        |id| async move {
            match id {
                Some(id) => held(id).await,
                None => Err(AppError::NotFound),
            }
        },
    )
}

/// `/book/:id`: a note for the doctor and a phone number. A visitor signs in first; the time stays held meanwhile.
#[component]
pub fn DetailsPage() -> impl IntoView {
    let hold = hold_in_path();
    let (state, not_longer) = (FormState::of("booking/details"), FormState::of("booking/extend"));
    let who = FormState::of("booking/person");
    let content = move || {
        let (state, not_longer, who) = (state.clone(), not_longer.clone(), who.clone());
        Suspend::new(async move {
            match hold.await {
                Ok(HoldPage::Hold(hold)) if !hold.persons.is_empty() => ask_who(*hold, &who),
                Ok(HoldPage::Hold(hold)) if hold.patient.is_some() => details_view(*hold, &state, &not_longer),
                Ok(HoldPage::Hold(hold)) => sign_in_wall(*hold, &not_longer),
                Ok(HoldPage::Booked { id }) => already_booked(id),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

/// What is wrong with the form: its fields, or all of it.
fn problems(state: &FormState) -> Vec<ErrorLine> {
    let in_fields = FIELDS.iter().any(|(field, _)| state.code_for(field).is_some());
    if in_fields { state.lines(FIELDS) } else { whole_form(state) }
}

fn details_view(hold: HoldView, state: &FormState, not_longer: &FormState) -> AnyView {
    let id = hold.id;
    let summary = hold.summary.clone();
    let steps = if hold.answers.is_some() { "Step 1 of 3" } else { "Step 1 of 2" };
    view! {
        <PageTitle text="Your details" failed=state.failed() />
        <BackToTimes hold=hold.clone() />
        <ErrorSummary errors=problems(state) />
        <div class="split">
            <div>
                <p class="eyebrow">{steps}</p>
                {for_whom(&summary)}
                <h1 tabindex="-1">"What should " <bdi>{summary.doctor_name.clone()}</bdi> " know?"</h1>
                {hold_strip(&hold, not_longer)}
                <form method="post" action=SaveDetails::PATH novalidate>
                    <FormPage />
                    <input type="hidden" name="id" value=id.to_string() />
                    <TextArea
                        name="reason"
                        label="Reason for your appointment"
                        hint="A few words help the doctor prepare. The doctor reads them; clinic staff do only if the doctor lets them. Do not write anything urgent here."
                        value=state.kept("reason", &hold.reason)
                        error=state.problem("reason", FIELDS)
                        optional=true
                    />
                    <Field
                        name="phone"
                        kind="tel"
                        label="Phone number"
                        hint="We only call if the appointment has to change."
                        value=state.kept("phone", &hold.phone)
                        error=state.problem("phone", FIELDS)
                        autocomplete="tel"
                        optional=true
                    />
                    <div class="btns">
                        <button class="btn btn-large" type="submit">
                            "Continue"
                        </button>
                    </div>
                </form>
            </div>
            <aside aria-label="Your appointment">
                <AppointmentCard summary />
            </aside>
        </div>
    }
    .into_any()
}

/// The visitor is not signed in: two ways to continue, and the time stays held.
pub(super) fn sign_in_wall(hold: HoldView, not_longer: &FormState) -> AnyView {
    let summary = hold.summary.clone();
    let next = hold_path(hold.id, "");
    view! {
        <PageTitle text="Sign in to finish" />
        <BackToTimes hold=hold.clone() />
        <div class="split">
            <div>
                <h1 tabindex="-1">"Sign in or create an account to finish"</h1>
                <p class="lead">"An account lets you see, move and cancel your appointment later. Your time is kept."</p>
                {hold_strip(&hold, not_longer)}
                <div class="btns">
                    <a class="btn btn-large" href=["/sign-in?next=", &next].concat()>
                        "Sign in"
                    </a>
                    <a class="btn btn-secondary btn-large" href=["/register?next=", &next].concat()>
                        "Create an account"
                    </a>
                </div>
            </div>
            <aside aria-label="Your appointment">
                <AppointmentCard summary />
            </aside>
        </div>
    }
    .into_any()
}

/// The link to the times from which this one was chosen. What was saved comes along.
#[component]
fn BackToTimes(hold: HoldView) -> impl IntoView {
    view! {
        <a class="back-link" href=change_time_path(&hold)>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to times"
        </a>
    }
}

/// Where another time is chosen for a hold.
pub(super) fn change_time_path(hold: &HoldView) -> String {
    let times = times_path(&hold.summary.doctor_slug, &hold.summary.visit_type);
    let person = hold.person.filter(|_| hold.chooses).map(|id| ["&person=", &id.to_string()].concat());
    [&times, "&hold=", &hold.id.to_string(), &person.unwrap_or_default()].concat()
}

/// The hold has become an appointment: the patient went back after the last step.
pub(super) fn already_booked(id: AppointmentId) -> AnyView {
    let title = "You have already confirmed this appointment";
    view! {
        <PageTitle text=title />
        <h1 tabindex="-1">{title}</h1>
        <Empty glyph=Glyph::Check title="There is nothing more to do here">
            <p>"It was booked only once. Open it to see its details."</p>
            <div class="btns">
                <ButtonLink href=appointment_path(id, "")>"See the appointment"</ButtonLink>
                <ButtonLink href="/doctors" kind=ButtonKind::Secondary>
                    "Book another one"
                </ButtonLink>
            </div>
        </Empty>
    }
    .into_any()
}

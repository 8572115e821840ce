//! The page on which a booking is finished, once a time is held.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    address::{appointment_path, failed, hold_path, id_in_path, profile_path, times_path},
    appointment_card::AppointmentCard,
    check::{confirm_part, instead, rows},
    hold_strip::hold_strip,
    messages::{is_lost, line, nearest, time_lines},
    questions::{Problems, introduction, question_fields, title, wrong_together},
    who::ask_who,
};
use crate::{
    app::{Fields, FormPage, FormState, PageTitle},
    availability::TimeOption,
    booking::{
        AskedPage, HoldPage, HoldView,
        actions::{Confirm, SaveDetails, answers::asked, held},
    },
    error::AppError,
    ids::AppointmentId,
    ui::{ButtonKind, ButtonLink, Empty, ErrorLine, ErrorSummary, Field, Glyph, Icon, SummaryList, TextArea},
};

/// The fields of the form and what they are.
const FIELDS: Fields = &[("reason", "your note"), ("phone", "your phone number")];
const TITLE: &str = "Check and confirm your appointment";

/// The hold that the path names, and what its doctor asks before it when it is to be finished.
fn page_in_path() -> Resource<Result<(HoldPage, Option<AskedPage>), AppError>> {
    let id = id_in_path();
    Resource::new_blocking(
        move || id,
        |id| async move {
            let id = id.ok_or(AppError::NotFound)?;
            let page = held(id).await?;
            let asks = match &page {
                HoldPage::Hold(hold) => is_to_be_finished(hold) && hold.answers.is_some(),
                HoldPage::Booked { .. } => false,
            };
            let asked = if asks { Some(asked(id).await?) } else { None };
            Ok((page, asked))
        },
    )
}

/// Whether it is known whom the time is for.
fn is_to_be_finished(hold: &HoldView) -> bool {
    hold.persons.is_empty() && hold.patient.is_some()
}

/// `/book/:id`: what was chosen, a note for the doctor and a phone number, the doctor's questions, and the button that
/// books. A visitor signs in first; the time stays held meanwhile.
#[component]
pub fn DetailsPage() -> impl IntoView {
    let page = page_in_path();
    let forms = Forms {
        confirmed: FormState::of("booking/confirm"),
        kept: FormState::of("booking/details"),
        instead: FormState::of("booking/hold"),
        not_longer: FormState::of("booking/extend"),
    };
    let who = FormState::of("booking/person");
    let content = move || {
        let (forms, who) = (forms.clone(), who.clone());
        Suspend::new(async move {
            match page.await {
                Ok((HoldPage::Hold(hold), _)) if !hold.persons.is_empty() => ask_who(*hold, &who),
                Ok((HoldPage::Hold(hold), asked)) if is_to_be_finished(&hold) => finish_view(&hold, asked, &forms),
                Ok((HoldPage::Hold(hold), _)) => sign_in_wall(*hold, &forms.not_longer),
                Ok((HoldPage::Booked { id }, _)) => already_booked(id),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

/// What became of the forms that lead to this page when they fail.
#[derive(Clone)]
struct Forms {
    confirmed: FormState,
    /// The same fields, sent to choose something else first.
    kept: FormState,
    /// One of the nearest times, once the held one was lost.
    instead: FormState,
    not_longer: FormState,
}

impl Forms {
    /// The form that has what was typed.
    fn typed(&self) -> &FormState {
        if self.kept.failed() { &self.kept } else { &self.confirmed }
    }

    /// The later step's error.
    fn error(&self) -> Option<&AppError> {
        self.instead.error().or(self.typed().error())
    }

    /// Free times to choose instead, once the held one is lost.
    fn nearest(&self) -> Option<Vec<TimeOption>> {
        let error = self.error()?;
        is_lost(error).then(|| nearest(error).to_vec())
    }

    /// Whether the patient has another appointment then.
    fn is_busy(&self) -> bool {
        matches!(self.typed().error(), Some(AppError::PatientBusy { .. }))
    }

    /// What is wrong: each field, in the order of the page, or all of it.
    fn lines(&self, answers: &Problems) -> Vec<ErrorLine> {
        if let Some(error) = self.instead.error() {
            return time_lines(error);
        }
        let state = self.typed();
        let named = FIELDS.iter().filter_map(|(field, _)| Some(line(field, state.problem(field, FIELDS)?)));
        let named: Vec<ErrorLine> = named.chain(answers.summary.iter().cloned()).collect();
        match (state.error(), wrong_together(state)) {
            (Some(_), _) if !named.is_empty() => named,
            (Some(_), Some(text)) => vec![line("", text.to_owned())],
            (Some(error), None) => time_lines(error),
            (None, _) => Vec::new(),
        }
    }
}

/// Everything that is left to do, on one page. When the time is lost, the nearest ones replace the form.
fn finish_view(hold: &HoldView, asked: Option<AskedPage>, forms: &Forms) -> AnyView {
    let state = forms.typed();
    let asked = asked.filter(|page| !page.questions.is_empty());
    let questions = asked.as_ref().map(|page| page.questions.as_slice()).unwrap_or_default();
    let answers = Problems::of(questions, state);
    let errors = forms.lines(&answers);
    let failed = !errors.is_empty();
    let (strip, rest) = match forms.nearest() {
        Some(times) => (None, instead(hold, times, forms.is_busy()).into_any()),
        None => {
            let questions = asked.map(|page| questions_part(&page, hold, state, &answers));
            let form = view! {
                <form method="post" action=Confirm::PATH novalidate class="stack">
                    <FormPage />
                    <input type="hidden" name="id" value=hold.id.to_string() />
                    {fields(hold, state)}
                    {questions}
                    {confirm_part(hold, forms.is_busy())}
                    {changes(hold)}
                </form>
            };
            (Some(hold_strip(hold, &forms.not_longer)), form.into_any())
        }
    };
    view! {
        <PageTitle text=TITLE failed />
        <ErrorSummary errors />
        <div class="narrow stack">
            <h1 tabindex="-1">{TITLE}</h1>
            {strip}
            <div class="card">
                <SummaryList rows=rows(hold) />
            </div>
            {rest}
        </div>
    }
    .into_any()
}

/// The note for the doctor and the phone number.
fn fields(hold: &HoldView, state: &FormState) -> impl IntoView + use<> {
    // the server has kept what is right; a long text may not have come back with the form
    let value = |field: &str, saved: &str| {
        let sent = state.values().iter().any(|(name, _)| name == field);
        if sent { state.typed(field) } else { saved.to_owned() }
    };
    view! {
        <div>
            <TextArea
                name="reason"
                label="Reason for your appointment"
                hint="A few words help the doctor prepare. The doctor reads them; clinic staff do only if the doctor lets them. Do not write anything urgent here."
                value=value("reason", &hold.reason)
                error=state.problem("reason", FIELDS)
                optional=true
            />
            <Field
                name="phone"
                kind="tel"
                label="Phone number"
                hint="We only call if the appointment has to change."
                value=value("phone", &hold.phone)
                error=state.problem("phone", FIELDS)
                autocomplete="tel"
                optional=true
            />
        </div>
    }
}

fn questions_part(page: &AskedPage, hold: &HoldView, state: &FormState, problems: &Problems) -> impl IntoView + use<> {
    view! {
        <section aria-labelledby="questions-heading">
            <h2 id="questions-heading">{title(&hold.summary)}</h2>
            {introduction(page, &hold.summary, state.failed())}
            {question_fields(page, state, problems)}
        </section>
    }
}

/// Buttons that keep what was typed and lead to where something else is chosen. They come after the button that books:
/// the first button of a form is the one that the enter key presses.
fn changes(hold: &HoldView) -> impl IntoView + use<> {
    let profile = profile_path(&hold.summary.doctor_slug);
    let whom = hold.chooses.then(|| (hold_path(hold.id, "/who"), "Change who it is for"));
    let others = [
        (change_time_path(hold), "Change the time"),
        (profile, "Change the visit type"),
        ("/doctors".to_owned(), "Change the doctor"),
    ];
    let buttons = whom.into_iter().chain(others).map(|(path, words)| {
        view! {
            <button class="btn-link" type="submit" formaction=SaveDetails::PATH name="to" value=path>
                {words}
            </button>
        }
    });
    view! {
        <section class="section" aria-labelledby="change-heading">
            <h2 id="change-heading">"Is something not right?"</h2>
            <p>"What you have typed is kept."</p>
            <div class="btns">{buttons.collect_view()}</div>
        </section>
    }
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

/// The link to the times from which this one was chosen.
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

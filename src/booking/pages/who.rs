//! Who an appointment is for: asked when the account acts for more than its owner.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::{hooks::use_query_map, params::ParamsMap};

use super::{
    address::{failed, hold_path, id_in_path, profile_path},
    appointment_card::AppointmentCard,
    messages::sentence,
};
use crate::{
    accounts::model::care::ActedFor,
    app::{FormPage, FormState, PageTitle},
    booking::{
        DaysPage, HoldView, Whom,
        actions::{ChoosePerson, who},
    },
    error::AppError,
    ids::AppointmentId,
    ui::{Choice, Choices, ErrorLine, ErrorSummary, Glyph, Icon},
};

pub(super) const QUESTION: &str = "Who is this appointment for?";
pub(super) const QUESTION_OF_SEVERAL: &str = "Who are these appointments for?";
const CHOOSE: &str = "Choose who the appointment is for";

/// The people as choices: the owner of the account is "Me".
pub(super) fn person_choices(persons: &[ActedFor]) -> impl Iterator<Item = Choice> + use<> {
    let choice = |person: &ActedFor| match person.own {
        true => Choice { detail: person.name.clone(), ..Choice::new(person.id.to_string(), "Me") },
        false => Choice::new(person.id.to_string(), person.name.clone()),
    };
    persons.iter().map(choice).collect::<Vec<_>>().into_iter()
}

/// `/book/:id/who`: another person for a held time.
#[component]
pub fn WhoPage() -> impl IntoView {
    let id = id_in_path();
    let state = FormState::of("booking/person");
    let page = Resource::new_blocking(move || id, |id| async move { who(id.ok_or(AppError::NotFound)?).await });
    let content = move || {
        let state = state.clone();
        Suspend::new(async move {
            match page.await {
                Ok(page) => ask_who(HoldView { persons: page.persons, ..*page.hold }, &state),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

/// The question about a time that is held.
pub(super) fn ask_who(hold: HoldView, state: &FormState) -> AnyView {
    let missing = state.code_for("person").map(|_| CHOOSE.to_owned());
    let errors: Vec<ErrorLine> = state
        .error()
        .map(|error| match &missing {
            Some(text) => ErrorLine { field: "person".to_owned(), text: text.clone() },
            None => ErrorLine { field: String::new(), text: sentence(error) },
        })
        .into_iter()
        .collect();
    let chosen = hold.person.map(|id| id.to_string()).unwrap_or_default();
    view! {
        <PageTitle text=QUESTION failed=state.failed() />
        <a class="back-link" href=hold_path(hold.id, "")>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to your details"
        </a>
        <ErrorSummary errors />
        <div class="split">
            <div>
                <h1 tabindex="-1">{QUESTION}</h1>
                <form method="post" action=ChoosePerson::PATH novalidate>
                    <FormPage />
                    <input type="hidden" name="id" value=hold.id.to_string() />
                    <Choices
                        name="person"
                        legend="Choose one person"
                        choices=person_choices(&hold.persons).collect()
                        chosen
                        error=missing
                    />
                    <div class="btns">
                        <button class="btn btn-large" type="submit">
                            "Continue"
                        </button>
                    </div>
                </form>
                <p>
                    <a href="/account/people">"Add a child, or a person you care for"</a>
                </p>
            </div>
            <aside aria-label="The appointment">
                <AppointmentCard summary=hold.summary />
            </aside>
        </div>
    }
    .into_any()
}

/// The question before the times are shown, which depend on the answer.
pub(super) fn ask_first(page: DaysPage, previous: Option<AppointmentId>) -> AnyView {
    let subject = page.subject;
    let profile = profile_path(&subject.doctor_slug);
    let hold = previous.map(|id| ("hold".to_owned(), id.to_string()));
    let about = Before {
        back: (profile.clone(), ["Back to ", &subject.doctor_name].concat()),
        question: QUESTION,
        what: [&subject.doctor_name, ", ", &subject.visit_type_name].concat(),
        page: [&profile, "/times"].concat(),
        keep: [("visit_type".to_owned(), subject.visit_type)].into_iter().chain(hold).collect(),
    };
    ask_before(&page.persons, about)
}

/// A page that is shown when it is known whom it is for.
pub(super) struct Before {
    /// Address and words of the link back.
    pub back: (String, String),
    pub question: &'static str,
    /// What is to be booked.
    pub what: String,
    /// Its address, and the fields of that.
    pub page: String,
    pub keep: Vec<(String, String)>,
}

/// Names and values of the address of this page, without the person.
pub(super) fn kept_fields() -> Vec<(String, String)> {
    let query = use_query_map().get_untracked().into_iter();
    query.map(|(name, value)| (name.into_owned(), value)).filter(|(name, _)| name != "person").collect()
}

/// Asks whom a page is for.
pub(super) fn ask_before(persons: &[ActedFor], before: Before) -> AnyView {
    let Before { back, question, what, page, keep } = before;
    let keep = keep.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    let me = persons.iter().find(|person| person.own).map(|person| person.id.to_string()).unwrap_or_default();
    view! {
        <PageTitle text=question />
        <a class="back-link" href=back.0>
            <Icon glyph=Glyph::ChevronLeft />
            <bdi>{back.1}</bdi>
        </a>
        <div class="narrow">
            <h1 tabindex="-1">{question}</h1>
            <p class="lead">
                <bdi>{what}</bdi>
            </p>
            <form method="get" action=page>
                {keep.collect_view()}
                <Choices
                    name="person"
                    legend="Choose one person"
                    choices=person_choices(persons).collect()
                    chosen=me
                />
                <div class="btns">
                    <button class="btn btn-large" type="submit">
                        "Continue"
                    </button>
                </div>
            </form>
            <p>
                <a href="/account/people">"Add a child, or a person you care for"</a>
            </p>
        </div>
    }
    .into_any()
}

/// Who was chosen before, with a way back to the question.
pub(super) fn chosen_before(whom: &Whom, page: &str, keep: &[(String, String)]) -> Option<impl IntoView + use<>> {
    let query: ParamsMap = keep.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let change = [page, &query.to_query_string()].concat();
    whom.chosen().map(|person| chosen_person(person, &change))
}

/// Whom the times are for, with a way to choose another person.
pub(super) fn chosen_person(person: &ActedFor, change: &str) -> impl IntoView + use<> {
    let name = if person.own { "you".to_owned() } else { person.name.clone() };
    let change = change.to_owned();
    view! {
        <p class="lead">
            "For " <strong>
                <bdi>{name}</bdi>
            </strong> ". " <a href=change>"Change" <span class="visually-hidden">" who it is for"</span></a>
        </p>
    }
}

//! The forms about acting for others: a child, an adult, a carer, an account of one's own.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use crate::{
    accounts::{
        actions::care::{AddChild, AskCare, OwnAccountLink, own_care},
        model::care::CareScope,
    },
    app::{Failure, Fields, FormPage, FormState, PageTitle},
    ui::{Button, Choice, Choices, DateField, ErrorSummary, Field, Glyph, Icon},
};

const CHILD: Fields = &[("name", "the child\u{2019}s name"), ("birth_date", "the birth date")];
const OTHER: Fields = &[("email", "the email address"), ("scope", "what is allowed"), ("until", "the last day")];
const LINK: Fields = &[("email", "their email address")];

/// A page of a signed-in patient; others are told that it is not for them.
fn own_page(show: impl Fn() -> AnyView + Send + Sync + 'static) -> impl IntoView {
    let care = Resource::new_blocking(|| (), |()| own_care());
    let page = move || {
        care.get().map(|care| match care {
            Ok(_) => show(),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

/// `/account/people/child`: a child's name and birth date.
#[component]
pub fn AddChildPage() -> impl IntoView {
    let state = FormState::of("account/add_child");
    let born = state.date("birth_date", "");
    own_page(move || {
        view! {
            <PageTitle text="Add a child" failed=state.failed() />
            <div class="narrow">
                <BackToPeople />
                <ErrorSummary errors=state.lines(CHILD) />
                <h1 tabindex="-1">"Add a child"</h1>
                <p class="lead">"A child needs no email address. We write to you about their appointments."</p>
                <form method="post" action=AddChild::PATH novalidate>
                    <FormPage />
                    <Field
                        name="name"
                        label="Full name of the child"
                        autocomplete="off"
                        value=state.typed("name")
                        error=state.problem("name", CHILD)
                    />
                    <DateField
                        name="birth_date"
                        legend="Birth date"
                        hint="For example, 3 12 2019"
                        value=born.clone()
                        error=state.problem("birth_date", CHILD)
                    />
                    <Button>"Add the child"</Button>
                </form>
            </div>
        }
        .into_any()
    })
}

/// `/account/people/adult`: asks an adult whether one may act for them.
#[component]
pub fn AskAdultPage() -> impl IntoView {
    view! {
        <AskForm
            lets=false
            title="Ask to book for an adult"
            lead="We ask them, and nothing changes until they accept. They can end it at any time, and so can you."
            address="Their email address"
            question="What do you want to do for them?"
            button="Ask them"
        />
    }
}

/// `/account/people/carer`: lets another person act for the reader.
#[component]
pub fn LetActPage() -> impl IntoView {
    view! {
        <AskForm
            lets=true
            title="Let another person act for you"
            lead="They have to accept first. You can end it at any time, and so can they."
            address="The email address of their account here"
            question="What may they do for you?"
            button="Let them"
        />
    }
}

/// `/account/people/parent?person=`: asks the other parent of a child to act for it too.
#[component]
pub fn InviteParentPage() -> impl IntoView {
    let child = use_query_map().with_untracked(|query| query.get("person")).unwrap_or_default();
    view! {
        <AskForm
            lets=false
            child
            title="Ask the other parent"
            lead="They see the name of the child and yours, and nothing changes until they accept. You can end it at any time, and so can they."
            address="The email address of their account here"
            question="What may they do for the child?"
            button="Ask them"
        />
    }
}

#[component]
fn AskForm(
    lets: bool,
    #[prop(optional)] child: String,
    title: &'static str,
    lead: &'static str,
    address: &'static str,
    question: &'static str,
    button: &'static str,
) -> impl IntoView {
    let state = FormState::of("account/ask_care");
    let until = state.date("until", "");
    let chosen = if state.failed() { state.typed("scope") } else { CareScope::Book.into_str().to_owned() };
    own_page(move || {
        view! {
            <PageTitle text=title failed=state.failed() />
            <div class="narrow">
                <BackToPeople />
                <ErrorSummary errors=state.lines(OTHER) />
                <h1 tabindex="-1">{title}</h1>
                <p class="lead">{lead}</p>
                <form method="post" action=AskCare::PATH novalidate>
                    <FormPage />
                    <input type="hidden" name="lets" value=lets.to_string() />
                    {child_field(&child)}
                    <Field
                        name="email"
                        label=address
                        kind="email"
                        autocomplete="off"
                        value=state.typed("email")
                        error=state.problem("email", OTHER)
                    />
                    <Choices
                        name="scope"
                        legend=question
                        choices=[CareScope::Book, CareScope::See]
                            .map(|scope| Choice::new(scope.into_str(), scope.label()))
                            .to_vec()
                        chosen=chosen.clone()
                        error=state.problem("scope", OTHER)
                    />
                    <DateField
                        name="until"
                        legend="Last day (optional)"
                        hint="Leave it empty, and it goes on until one of you ends it."
                        value=until.clone()
                        error=state.problem("until", OTHER)
                    />
                    <Button>{button}</Button>
                </form>
            </div>
        }
        .into_any()
    })
}

/// `/account/people/own-account?person=`: a link to an account of their own for a person who is old enough.
#[component]
pub fn OwnAccountPage() -> impl IntoView {
    let state = FormState::of("account/own_account_link");
    let person = use_query_map().with_untracked(|query| query.get("person")).unwrap_or_default();
    own_page(move || {
        view! {
            <PageTitle text="An account of their own" failed=state.failed() />
            <div class="narrow">
                <BackToPeople />
                <ErrorSummary errors=state.lines(LINK) />
                <h1 tabindex="-1">"An account of their own"</h1>
                <p class="lead">
                    "We send a link to their address, and their record stays theirs. When they choose a password, you no longer act for them, unless they let you."
                </p>
                <form method="post" action=OwnAccountLink::PATH novalidate>
                    <FormPage />
                    <input type="hidden" name="person" value=person.clone() />
                    <Field
                        name="email"
                        label="Their email address"
                        kind="email"
                        autocomplete="off"
                        value=state.typed("email")
                        error=state.problem("email", LINK)
                    />
                    <Button>"Send the link"</Button>
                </form>
            </div>
        }
        .into_any()
    })
}

/// The child of a question to its other parent.
fn child_field(child: &str) -> impl IntoView + use<> {
    let child = Some(child.to_owned()).filter(|child| !child.is_empty());
    child.map(|child| view! { <input type="hidden" name="child" value=child /> })
}

#[component]
fn BackToPeople() -> impl IntoView {
    view! {
        <a class="back-link" href="/account/people">
            <Icon glyph=Glyph::ChevronLeft />
            "People you book for"
        </a>
    }
}

//! One's own tokens for programs.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    accounts::{
        Role,
        actions::personal_tokens::{MakeToken, RevokeToken, own_tokens},
        model::personal_tokens::{PersonalToken, TokenList},
    },
    app::{ClinicClock, Failure, Fields, FormPage, FormState, PageTitle},
    flash::Note,
    ui::{Button, ButtonKind, Choice, Choices, Column, Empty, ErrorSummary, Field, Glyph, Notice, Select, Table, Tone},
};

const FIELDS: Fields =
    &[("name", "a name for the token"), ("scope", "what the program may do"), ("days", "how long it works")];
const USUAL_DAYS: &str = "90";
const COLUMNS: [Column; 6] = [
    Column::text("Name"),
    Column::text("May"),
    Column::text("Made"),
    Column::text("Last used"),
    Column::text("Works until"),
    Column::text("Change"),
];

/// `/account/tokens`: the form for a new token, and those there are.
#[component]
pub fn TokensPage() -> impl IntoView {
    let note = Note::for_action("account/make_token");
    let (make, revoke) = (FormState::of("account/make_token"), FormState::of("account/revoke_token"));
    let tokens = Resource::new_blocking(|| (), |()| own_tokens());
    let page = move || {
        tokens.get().map(|tokens| match tokens {
            Ok(tokens) => show(tokens, note.as_ref(), &make, &revoke),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(own: TokenList, note: Option<&Note>, make: &FormState, revoke: &FormState) -> AnyView {
    let mut errors = make.lines(FIELDS);
    errors.extend(revoke.lines(&[]));
    let rows = if own.tokens.is_empty() {
        view! {
            <Empty glyph=Glyph::Check title="You have no tokens">
                <p>"No program acts for you."</p>
            </Empty>
        }
        .into_any()
    } else {
        table(own.tokens)
    };
    view! {
        <PageTitle text="Tokens for programs" failed=!errors.is_empty() />
        <a class="back-link" href="/account">
            <crate::ui::Icon glyph=Glyph::ChevronLeft />
            "Back to your account"
        </a>
        <ErrorSummary errors />
        <div class="page-head">
            <h1 tabindex="-1">"Tokens for programs"</h1>
            <p class="lead">
                "With a token, a program can act for you without your password. Most people never need one."
            </p>
            <ClinicClock />
        </div>
        <Notice tone=Tone::Warning>
            <p>"The clinic will never ask you for a token. If a person asks you for one, please call us."</p>
        </Notice>
        {note.map(new_token)}
        <section class="section" aria-labelledby="new">
            <h2 id="new">"Make a token"</h2>
            {form(own.role, make)}
        </section>
        <div class="section">
            <h2 id="made">"Your tokens"</h2>
            {rows}
        </div>
    }
    .into_any()
}

/// The token, for the only time.
fn new_token(note: &Note) -> impl IntoView + use<> {
    let (token, name) = (note.value("token").to_owned(), note.value("name").to_owned());
    view! {
        <Notice tone=Tone::Success title="Copy this token now">
            <p>
                "It is for " <bdi>{name}</bdi>
                ". Keep it as safe as a password. We cannot show it again. If it gets lost, revoke it and make a new one."
            </p>
            <div class="field field-wide">
                <label class="label" for="new-token">
                    "Your new token"
                </label>
                <input class="input" id="new-token" type="text" readonly autocomplete="off" spellcheck="false" value=token />
            </div>
        </Notice>
    }
}

fn form(role: Role, state: &FormState) -> impl IntoView + use<> {
    let change = match role {
        Role::Patient => "See your details and appointments, and book, move and cancel appointments for you.",
        Role::Doctor => "See and change your calendar, your hours and your appointments.",
        Role::Receptionist => "See and change the calendars of all doctors, as you can.",
        Role::Admin => "See and change everything that you can see and change for the clinic.",
    };
    let look = match role {
        Role::Patient => "See your details and appointments, and change nothing.",
        Role::Doctor | Role::Receptionist | Role::Admin => "See what you can see, and change nothing.",
    };
    let typed = |field: &str, usual: &str| if state.failed() { state.typed(field) } else { usual.to_owned() };
    view! {
        <form method="post" action=MakeToken::PATH novalidate>
            <FormPage />
            <Field
                name="name"
                label="Name"
                hint="So that you know later what it is for, like “Calendar on my phone”."
                autocomplete="off"
                value=state.typed("name")
                error=state.problem("name", FIELDS)
            />
            <Choices
                name="scope"
                legend="What may the program do?"
                choices=vec![
                    Choice { detail: look.into(), ..Choice::new("read", "Only look") },
                    Choice { detail: change.into(), ..Choice::new("change", "Look and change") },
                ]
                chosen=typed("scope", "read")
                error=state.problem("scope", FIELDS)
            />
            <Select
                name="days"
                label="How long it works"
                choices=vec![
                    Choice::new("30", "30 days"),
                    Choice::new(USUAL_DAYS, "90 days"),
                    Choice::new("366", "One year"),
                    Choice::new("never", "Until I revoke it"),
                ]
                chosen=typed("days", USUAL_DAYS)
                error=state.problem("days", FIELDS)
            />
            <Button>"Make the token"</Button>
        </form>
    }
}

fn table(tokens: Vec<PersonalToken>) -> AnyView {
    let rows = tokens.into_iter().map(row).collect();
    view! { <Table label="made" columns=&COLUMNS rows /> }.into_any()
}

fn row(token: PersonalToken) -> Vec<AnyView> {
    let ends = match token.ends {
        Some(ends) if token.over => ["Ended on ", &ends].concat(),
        Some(ends) => ends,
        None => "You revoke it".to_owned(),
    };
    let name = token.name.clone();
    let revoke = view! {
        <form method="post" action=RevokeToken::PATH>
            <FormPage />
            <input type="hidden" name="id" value=token.id.to_string() />
            <Button kind=ButtonKind::Link>
                "Revoke" <span class="visually-hidden">" the token " {name}</span>
            </Button>
        </form>
    };
    vec![
        view! { <bdi class="breakable">{token.name}</bdi> }.into_any(),
        if token.changes { "Look and change" } else { "Only look" }.into_any(),
        token.made.into_any(),
        token.used.unwrap_or_else(|| "Never".to_owned()).into_any(),
        ends.into_any(),
        revoke.into_any(),
    ]
}

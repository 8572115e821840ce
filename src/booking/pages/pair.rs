//! Two different doctors on one day, one after the other.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_location;

use super::{
    address::{failed, in_query},
    messages::{line, sentence},
};
use crate::{
    app::{Fields, FormPage, FormState, PageTitle, sign_in_address},
    booking::{
        actions::series::{BookPair, pair_page},
        series::{PairOption, PairPage as Pairs, PairPart},
    },
    error::AppError,
    ui::{
        Button, ButtonKind, ButtonLink, Choice, Choices, Empty, ErrorLine, ErrorSummary, Field, Glyph, Notice, Select,
        TextArea, Tone,
    },
};

/// The fields of the form that books.
const FIELDS: Fields = &[("reason", "the reason"), ("phone", "the phone number")];
const CHOOSE: &str = "Choose two times";
const TWO_DOCTORS: &str = "Choose two different doctors";

/// `/pair?first=&second=`: two doctors are chosen, then two times.
#[component]
pub fn PairPage() -> impl IntoView {
    let (first, second) = (in_query("first").unwrap_or_default(), in_query("second").unwrap_or_default());
    let state = FormState::of("booking/pair");
    let asked = (first.clone(), second.clone());
    let page = Resource::new_blocking(move || asked.clone(), |(first, second)| pair_page(first, second));
    let content = move || {
        let (state, first, second) = (state.clone(), first.clone(), second.clone());
        Suspend::new(async move {
            match page.await {
                Ok(page) => pair_view(page, first, second, &state),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn problems(page: &Pairs, state: &FormState) -> Vec<ErrorLine> {
    let mut lines: Vec<ErrorLine> = page.is_same.then(|| line("second", TWO_DOCTORS.to_owned())).into_iter().collect();
    match state.error() {
        Some(error) if error.code_for("pair").is_some() => lines.push(line("pair", CHOOSE.to_owned())),
        Some(error @ (AppError::TimeGone { .. } | AppError::PatientBusy { .. })) => {
            lines.push(line("pair", [&sentence(error), " Nothing was booked."].concat()));
        }
        Some(AppError::Invalid { .. }) => lines.extend(state.lines(FIELDS)),
        Some(error) => lines.push(line("", sentence(error))),
        None => {}
    }
    lines
}

fn pair_view(page: Pairs, first: String, second: String, state: &FormState) -> AnyView {
    let problems = problems(&page, state);
    let failed = !problems.is_empty();
    let title = "Two doctors on one day";
    let chosen = !first.is_empty() && !second.is_empty() && !page.is_same;
    let times = match page.parts.as_slice() {
        [one, other] if !page.options.is_empty() => Some(pair_form(&page, one, other, state)),
        _ if chosen => Some(no_pairs()),
        _ => None,
    };
    let choices = || {
        let doctors = page.doctors.iter().map(|(slug, name)| Choice::new(slug, name));
        std::iter::once(Choice::new("", "Choose a doctor")).chain(doctors).collect::<Vec<_>>()
    };
    let same = page.is_same.then(|| TWO_DOCTORS.to_owned());
    view! {
        <PageTitle text=title failed />
        <ErrorSummary errors=problems />
        <div class="page-head">
            <h1 tabindex="-1">{title}</h1>
            <p class="lead">"One after the other, at the same clinic, with at most an hour between them."</p>
        </div>
        <section class="section" aria-labelledby="who">
            <h2 id="who">"Which doctors?"</h2>
            <form method="get" action="/pair">
                <Select name="first" label="One doctor" choices=choices() chosen=first />
                <Select name="second" label="The other doctor" choices=choices() chosen=second error=same />
                <Button kind=ButtonKind::Secondary>"Show times"</Button>
            </form>
        </section>
        {times}
    }
    .into_any()
}

fn no_pairs() -> AnyView {
    view! {
        <Empty glyph=Glyph::Calendar title="No times on one day">
            <p>"These two doctors have no free times near each other that can be booked online. Book them one by one."</p>
            <div class="btns">
                <ButtonLink href="/doctors" kind=ButtonKind::Secondary>
                    "See the doctors"
                </ButtonLink>
            </div>
        </Empty>
    }
    .into_any()
}

/// "Tuesday 6 January, 9am with Dr Silva", then the other one with the minutes between.
fn choice(option: &PairOption, one: &PairPart, other: &PairPart) -> Choice {
    let (sooner, with, later, then) = if option.first_is_first {
        (&option.first, &one.doctor_name, &option.second, &other.doctor_name)
    } else {
        (&option.second, &other.doctor_name, &option.first, &one.doctor_name)
    };
    let time = later.rsplit_once(", ").map_or(later.as_str(), |(_, time)| time);
    let gap = match option.gap {
        0 => "straight after".to_owned(),
        gap => [&gap.to_string(), " minutes between"].concat(),
    };
    Choice {
        value: option.value.clone(),
        label: [sooner, " with ", with].concat(),
        detail: ["then ", time, " with ", then, ", ", &gap].concat(),
    }
}

fn pair_form(page: &Pairs, one: &PairPart, other: &PairPart, state: &FormState) -> AnyView {
    let what = |part: &PairPart| {
        [&part.doctor_name, ": ", &part.visit_type_name, ", ", &part.minutes.to_string(), " minutes"].concat()
    };
    let choices = page.options.iter().map(|option| choice(option, one, other)).collect();
    let error = state.code_for("pair").map(|_| CHOOSE.to_owned());
    let hidden = [
        ("key", page.key.to_string()),
        ("first", one.doctor.clone()),
        ("first_type", one.visit_type.clone()),
        ("second", other.doctor.clone()),
        ("second_type", other.visit_type.clone()),
    ];
    let hidden = hidden.map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).into_iter();
    let ends = if page.is_signed_in { details(page, state) } else { sign_in() };
    view! {
        <section class="section" aria-labelledby="times">
            <h2 id="times">"Which times?"</h2>
            <p class="muted">{what(one)} ". " {what(other)} "."</p>
            <form method="post" action=BookPair::PATH novalidate>
                <FormPage />
                {hidden.collect_view()}
                <Choices
                    name="pair"
                    legend="Two times on one day"
                    choices
                    chosen=state.typed("pair")
                    error
                />
                {ends}
            </form>
        </section>
    }
    .into_any()
}

fn sign_in() -> AnyView {
    let here = use_location();
    let href = sign_in_address(&here.pathname.get_untracked(), &here.search.get_untracked());
    view! {
        <Notice tone=Tone::Info title="Sign in to book">
            <p>"The times are not held for you meanwhile."</p>
            <ButtonLink href>"Sign in"</ButtonLink>
        </Notice>
    }
    .into_any()
}

fn details(page: &Pairs, state: &FormState) -> AnyView {
    view! {
        <TextArea
            name="reason"
            label="Reason for the appointments"
            hint="What both doctors should know."
            rows="2"
            optional=true
            value=state.typed("reason")
            error=state.problem("reason", FIELDS)
        />
        <Field
            name="phone"
            label="Phone number"
            kind="tel"
            autocomplete="tel"
            optional=true
            value=state.kept("phone", &page.phone)
            error=state.problem("phone", FIELDS)
        />
        <p class="hint">"Both are booked together, or none."</p>
        <button class="btn btn-large" type="submit">
            "Book both appointments"
        </button>
    }
    .into_any()
}

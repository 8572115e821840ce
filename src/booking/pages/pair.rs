//! Two different doctors on one day, one after the other.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_location;

use super::{
    address::{failed, in_query},
    messages::{line, sentence},
    questions_together::{changed, problems_of, questions_of, typed_again},
    who::{Before, QUESTION_OF_SEVERAL, ask_before, chosen_before, kept_fields},
};
use crate::{
    app::{Fields, FormPage, FormState, PageTitle, sign_in_address},
    booking::{
        actions::series::{BookPair, pair_page},
        series::{PairOption, PairPage as Pairs, PairPart, PairQuery},
    },
    error::AppError,
    ui::{
        Button, ButtonKind, ButtonLink, Choice, Choices, Empty, ErrorLine, ErrorSummary, Field, Glyph, Notice, Select,
        TextArea, Tone,
    },
};

/// The fields of the form that books.
const FIELDS: Fields = &[("reason", "the reason"), ("phone", "the phone number")];
/// Where the answers to the doctor who was chosen first stand in the form, and those to the other one.
const FORMS: [&str; 2] = ["one", "other"];
const TITLE: &str = "Two doctors on one day";
const CHOOSE: &str = "Choose two times";
const TWO_DOCTORS: &str = "Choose two different doctors";

/// `/pair?first=&second=&person=`: two doctors are chosen, then two times. Who acts for others says first whom both are
/// for.
#[component]
pub fn PairPage() -> impl IntoView {
    let value = |name: &str| in_query(name).unwrap_or_default();
    let state = FormState::of("booking/pair");
    let (first, second, draft) = (value("first"), value("second"), state.typed("key"));
    let query = PairQuery { first, second, person: value("person"), draft };
    let (asked, keep) = (query.clone(), kept_fields());
    let page = Resource::new_blocking(move || asked.clone(), pair_page);
    let content = move || {
        let (state, query, keep) = (state.clone(), query.clone(), keep.clone());
        Suspend::new(async move {
            match page.await {
                Ok(page) if page.whom.is_open() => ask_whom(&page, keep),
                Ok(page) => pair_view(page, query, &keep, &state),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn ask_whom(page: &Pairs, keep: Vec<(String, String)>) -> AnyView {
    let about = Before {
        back: ("/doctors".to_owned(), "Back to the doctors".to_owned()),
        question: QUESTION_OF_SEVERAL,
        what: TITLE.to_owned(),
        page: "/pair".to_owned(),
        keep,
    };
    ask_before(&page.whom.persons, about)
}

fn problems(page: &Pairs, state: &FormState) -> Vec<ErrorLine> {
    let mut lines: Vec<ErrorLine> = page.is_same.then(|| line("second", TWO_DOCTORS.to_owned())).into_iter().collect();
    if state.code_for("pair").is_some() {
        lines.push(line("pair", CHOOSE.to_owned()));
    }
    for (form, part) in FORMS.into_iter().zip(&page.parts) {
        lines.extend(problems_of(form, &part.asked, state));
    }
    match state.error() {
        Some(error @ (AppError::TimeGone { .. } | AppError::PatientBusy { .. })) => {
            lines.push(line("pair", [&sentence(error), " Nothing was booked."].concat()));
        }
        Some(AppError::Invalid { .. }) => {
            let own = state.lines(FIELDS).into_iter().filter(|line| !line.field.is_empty());
            lines.extend(own);
        }
        Some(error) => lines.push(changed(error).unwrap_or_else(|| line("", sentence(error)))),
        None => {}
    }
    lines
}

fn pair_view(page: Pairs, query: PairQuery, keep: &[(String, String)], state: &FormState) -> AnyView {
    let PairQuery { first, second, person, .. } = query;
    let problems = problems(&page, state);
    let failed = !problems.is_empty();
    let whose = chosen_before(&page.whom, "/pair", keep);
    let chosen = !first.is_empty() && !second.is_empty() && !page.is_same;
    let times = match page.parts.as_slice() {
        [one, other] if !page.options.is_empty() => Some(pair_form(&page, one, other, &person, state)),
        _ if chosen => Some(no_pairs()),
        _ => None,
    };
    let choices = || {
        let doctors = page.doctors.iter().map(|(slug, name)| Choice::new(slug, name));
        std::iter::once(Choice::new("", "Choose a doctor")).chain(doctors).collect::<Vec<_>>()
    };
    let same = page.is_same.then(|| TWO_DOCTORS.to_owned());
    view! {
        <PageTitle text=TITLE failed />
        <ErrorSummary errors=problems />
        <div class="page-head">
            <h1 tabindex="-1">{TITLE}</h1>
            <p class="lead">"One after the other, at the same clinic, with at most an hour between them."</p>
            {whose}
        </div>
        <section class="section" aria-labelledby="who">
            <h2 id="who">"Which doctors?"</h2>
            <form method="get" action="/pair">
                {person_field(&person)}
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

/// Who is to be seen, when that was chosen.
fn person_field(person: &str) -> impl IntoView + use<> {
    let person = Some(person.to_owned()).filter(|person| !person.is_empty());
    person.map(|person| view! { <input type="hidden" name="person" value=person /> })
}

fn pair_form(page: &Pairs, one: &PairPart, other: &PairPart, person: &str, state: &FormState) -> AnyView {
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
                {hidden.collect_view()} {person_field(person)}
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
    let asked = FORMS.into_iter().zip(&page.parts);
    let asked = asked.map(|(form, part)| questions_of(form, &part.doctor_name, &part.asked, state)).collect_view();
    view! {
        <TextArea
            name="reason"
            label="Reason for the appointments"
            hint="What both doctors should know."
            rows="2"
            optional=true
            value=typed_again("reason", state, &page.reason)
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
        {asked}
        <p class="hint">"Both are booked together, or none."</p>
        <button class="btn btn-large" type="submit">
            "Book both appointments"
        </button>
    }
    .into_any()
}

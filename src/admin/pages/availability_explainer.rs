//! Why a time is not offered.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    admin::{
        actions::availability_explainer::availability_explainer,
        model::availability_explainer::{ExplainerAnswer, ExplainerPageData, ExplainerQuery},
    },
    app::{AdminNav, Failure, Fields, PageTitle, doctor_link, edits_calendar, problem_words},
    ui::{Button, Choice, DateField, DateParts, ErrorLine, ErrorSummary, Field, Notice, Select, Tone},
};

const FIELDS: Fields = &[("visit_type", "a visit type"), ("date", "a date"), ("time", "a time")];

/// `/admin/availability-explainer?doctor.visit_type&date&time`: the reasons why a time is not offered. First the form
/// asks for the doctor, then for the rest.
#[component]
pub fn AvailabilityExplainerPage() -> impl IntoView {
    let query = use_query_map().with_untracked(|query| {
        let get = |name: &str| query.get(name).unwrap_or_default().trim().to_owned();
        let whole = get("date");
        let date = if whole.is_empty() { DateParts::read("date", get).text() } else { whole };
        ExplainerQuery { doctor: get("doctor"), visit_type: get("visit_type"), date, time: get("time") }
    });
    let data = Resource::new_blocking(move || query.clone(), availability_explainer);
    let page = move || {
        data.get().map(|data| match data {
            Ok(data) => show(data),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn problem(data: &ExplainerPageData, field: &str) -> Option<String> {
    let code = data.problems.iter().find(|problem| problem.field == field)?.code;
    Some(problem_words(code, field, FIELDS))
}

fn show(data: ExplainerPageData) -> AnyView {
    let errors: Vec<ErrorLine> = FIELDS
        .iter()
        .filter_map(|(field, _)| Some(ErrorLine { field: (*field).to_owned(), text: problem(&data, field)? }))
        .collect();
    let answer = data.answer.clone().map(answer);
    let form = if data.query.doctor.is_empty() { choose_doctor(&data) } else { ask(&data) };
    view! {
        <PageTitle text="Why is a time not offered?" failed=!errors.is_empty() />
        <AdminNav />
        <ErrorSummary errors />
        <div class="page-head">
            <h1 tabindex="-1">"Why is a time not offered?"</h1>
            <p class="lead">"Choose a doctor, a visit type and a time, and read every reason."</p>
        </div>
        {answer}
        {form}
    }
    .into_any()
}

fn choose_doctor(data: &ExplainerPageData) -> AnyView {
    let choices = data.doctors.iter().map(|(slug, name)| Choice::new(slug.clone(), name.clone())).collect();
    view! {
        <form method="get" action="/admin/availability-explainer">
            <Select name="doctor" label="Doctor" choices />
            <Button>"Continue"</Button>
        </form>
    }
    .into_any()
}

fn ask(data: &ExplainerPageData) -> AnyView {
    let query = data.query.clone();
    let doctor = data.doctors.iter().find(|(slug, _)| *slug == query.doctor).map(|(_, name)| name.clone());
    let choices: Vec<Choice> =
        data.visit_types.iter().map(|(id, name)| Choice::new(id.clone(), name.clone())).collect();
    if choices.is_empty() {
        let add = edits_calendar(&query.doctor).then(|| {
            let href = doctor_link("/doctor/visit-types", &query.doctor);
            view! {
                <a href=href>"Add a visit type"</a>
                " or "
            }
        });
        return view! {
            <p>
                {doctor.clone()} " has no visit types yet, so nothing is offered. " {add}
                <a href="/admin/availability-explainer">"Choose another doctor"</a> "."
            </p>
        }
        .into_any();
    }
    view! {
        <h2>{doctor}</h2>
        <p>
            <a href="/admin/availability-explainer">"Choose another doctor"</a>
        </p>
        <form method="get" action="/admin/availability-explainer" novalidate>
            <input type="hidden" name="doctor" value=query.doctor />
            <Select
                name="visit_type"
                label="Visit type"
                choices
                chosen=query.visit_type
                error=problem(data, "visit_type")
            />
            <DateField name="date" legend="Date" value=DateParts::of(&query.date) error=problem(data, "date") />
            <Field
                name="time"
                label="Time"
                hint=["In ", &data.zone_words, ", like 14:00 or 2pm."].concat()
                value=query.time
                error=problem(data, "time")
            />
            <Button>"Show the reasons"</Button>
        </form>
    }
    .into_any()
}

fn answer(answer: ExplainerAnswer) -> AnyView {
    let offered = answer.reasons.is_empty();
    let tone = if offered { Tone::Success } else { Tone::Info };
    let title = if offered { answer.when } else { [&answer.when, ": not offered"].concat() };
    let text = if offered {
        view! { <p>"This time is offered to patients."</p> }.into_any()
    } else {
        let reasons = answer.reasons.into_iter().map(|reason| view! { <li>{reason}</li> }).collect_view();
        view! { <ul>{reasons}</ul> }.into_any()
    };
    let nearest = if answer.nearest.is_empty() {
        view! { <p>"No time of this visit type is offered at all."</p> }.into_any()
    } else {
        let nearest = answer.nearest.into_iter().map(|time| view! { <li>{time}</li> }).collect_view();
        view! {
            <p>"The nearest times that are offered:"</p>
            <ul>{nearest}</ul>
        }
        .into_any()
    };
    view! {
        <Notice tone title>
            {text}
            {nearest}
            <p>
                <a href=answer.day_href>"Open the doctor's day"</a>
            </p>
            <p class="muted small">
                "A visitor who has not signed in sees this, as a new patient does. A patient's other appointments can rule out more times."
            </p>
        </Notice>
    }
    .into_any()
}

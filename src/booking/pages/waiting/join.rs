//! Joining the waiting list.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    app::{Fields, FormPage, FormState, PageTitle},
    booking::{
        actions::waiting::{JoinWaitingList, join_page},
        pages::{
            address::{failed, in_query, times_path},
            facts::for_person,
            who::{Before, ask_before, chosen_before, kept_fields},
        },
        waiting::{DAY_PARTS, JoinPage, JoinQuery, MAX_ENTRIES, NOTICES, ONLY_THIS_DOCTOR, WEEKDAYS},
    },
    error::FieldCode,
    ui::{Button, Choice, Choices, DateField, ErrorLine, ErrorSummary, Notice, Select, Tone},
};

const FIELDS: Fields = &[
    ("whom", "whom you wait for"),
    ("weekdays", "at least one day of the week"),
    ("parts", "at least one part of the day"),
    ("earliest", "the first day"),
    ("latest", "the last day"),
    ("notice", "how long before you must know"),
];

/// `/waiting-list/join?doctor=&visit_type=`, or with `?appointment=` for an earlier time than that of an appointment.
#[component]
pub fn JoinWaitingListPage() -> impl IntoView {
    let value = |name: &str| in_query(name).unwrap_or_default();
    let (doctor, visit_type) = (value("doctor"), value("visit_type"));
    let query = JoinQuery { doctor, visit_type, appointment: value("appointment"), person: value("person") };
    let keep = kept_fields();
    let state = FormState::of("waiting/join");
    let page = Resource::new_blocking(move || query.clone(), join_page);
    let content = move || {
        let (state, keep) = (state.clone(), keep.clone());
        Suspend::new(async move {
            match page.await {
                Ok(page) if page.choice.is_open() => ask_whom(&page, keep),
                Ok(page) => join_view(&page, &keep, &state),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

/// Who waits comes first.
fn ask_whom(page: &JoinPage, keep: Vec<(String, String)>) -> AnyView {
    let about = Before {
        back: (times_path(&page.query.doctor, &page.query.visit_type), "Back to the times".to_owned()),
        question: "Who is waiting for an appointment?",
        what: [&page.visit_type_name, " with ", &page.doctor_name].concat(),
        page: PATH.to_owned(),
        keep,
    };
    ask_before(&page.choice.persons, about)
}

const PATH: &str = "/waiting-list/join";

/// Who waits: with a way to choose another person, unless an appointment says it.
fn whose(page: &JoinPage, keep: &[(String, String)]) -> AnyView {
    match chosen_before(&page.choice, PATH, keep) {
        Some(chosen) => chosen.into_any(),
        None => for_person(page.for_whom.as_deref()).into_any(),
    }
}

fn join_view(page: &JoinPage, keep: &[(String, String)], state: &FormState) -> AnyView {
    let title = if page.keeps.is_some() { "Tell me if an earlier time comes free" } else { "Join the waiting list" };
    let already = page.waits_already.then(|| {
        view! {
            <Notice tone=Tone::Info title="You are on this waiting list">
                <p>"Here you can change what suits you. You keep your place."</p>
            </Notice>
        }
    });
    let (has, stays) = match &page.for_whom {
        Some(name) => ([name, " has"].concat(), [name, " keeps it until you accept a new one."].concat()),
        None => ("You have".to_owned(), "You keep your current appointment until you accept a new one.".to_owned()),
    };
    let keeps = page.keeps.as_ref().map(|keeps| {
        view! {
            <p>
                {has} " an appointment on " {keeps.clone()} ". " <strong>{stays}</strong>
            </p>
        }
    });
    let what = [&page.visit_type_name, " with ", &page.doctor_name].concat();
    view! {
        <PageTitle text=title failed=state.failed() />
        <ErrorSummary errors=lines(state) />
        <div class="narrow">
            <h1 tabindex="-1">{title}</h1>
            <p class="lead">
                <bdi>{what}</bdi>
            </p>
            {whose(page, keep)} {already} {keeps}
            <p>
                "When a time comes free that suits you, we keep it for you and send you an email. You have 30 \
                 minutes to answer, or 10 minutes when it starts within a day. We ask nobody between 9pm and 8am."
            </p>
            {form(page, state)}
        </div>
    }
    .into_any()
}

/// The lines of the error summary. That one has too many places belongs to no field.
fn lines(state: &FormState) -> Vec<ErrorLine> {
    if state.code_for("waiting") == Some(FieldCode::InUse) {
        let most = MAX_ENTRIES.to_string();
        let text = ["You are on ", &most, " waiting lists, the most that you can be on. Leave one first."].concat();
        return vec![ErrorLine { field: String::new(), text }];
    }
    let mut lines = state.lines(FIELDS);
    for line in &mut lines {
        if let Some(words) = group_problem(state, &line.field) {
            line.text = words;
        }
    }
    lines
}

/// What is wrong with a group of boxes of which none is ticked.
fn group_problem(state: &FormState, field: &str) -> Option<String> {
    let words = match field {
        "weekdays" => "Choose at least one day of the week",
        "parts" => "Choose at least one part of the day",
        _ => return None,
    };
    state.code_for(field).map(|_| words.to_owned())
}

fn form(page: &JoinPage, state: &FormState) -> impl IntoView + use<> {
    let notices = NOTICES.iter().map(|(minutes, words)| Choice::new(minutes.to_string(), *words)).collect();
    let notice = state.kept("notice", &page.notice.to_string());
    let button = if page.waits_already { "Save" } else { "Join the waiting list" };
    let (earliest, latest) = (state.date("earliest", &page.earliest), state.date("latest", &page.latest));
    view! {
        <form method="post" action=JoinWaitingList::PATH novalidate>
            <FormPage />
            <input type="hidden" name="doctor" value=page.query.doctor.clone() />
            <input type="hidden" name="visit_type" value=page.query.visit_type.clone() />
            <input type="hidden" name="appointment" value=page.query.appointment.clone() />
            <input type="hidden" name="person" value=page.query.person.clone() />
            {whom(page, state)}
            {boxes("weekdays", "weekdays[]", "Which days suit you?", &WEEKDAYS, &page.weekdays, state)}
            {boxes("parts", "parts[]", "Which parts of the day?", &DAY_PARTS, &page.parts, state)}
            <DateField
                name="earliest"
                legend="From which day on?"
                value=earliest
                error=state.problem("earliest", FIELDS)
            />
            <DateField
                name="latest"
                legend="Until which day?"
                hint="After this day you are no longer on the list."
                value=latest
                error=state.problem("latest", FIELDS)
            />
            <Select
                name="notice"
                label="How long before the appointment must you know?"
                choices=notices
                chosen=notice
                error=state.problem("notice", FIELDS)
            />
            <Button>{button}</Button>
        </form>
    }
}

/// The doctor alone, or any doctor of the same specialty at a place.
fn whom(page: &JoinPage, state: &FormState) -> AnyView {
    if page.any_doctor.is_empty() {
        return view! { <input type="hidden" name="whom" value=ONLY_THIS_DOCTOR /> }.into_any();
    }
    let only = Choice::new(ONLY_THIS_DOCTOR, ["Only ", &page.doctor_name].concat());
    let any = page.any_doctor.iter().map(|(value, words)| Choice::new(value, words));
    let (choices, chosen) = ([only].into_iter().chain(any).collect(), state.kept("whom", &page.whom));
    view! {
        <Choices
            name="whom"
            legend="Whom do you want to see?"
            choices
            chosen
            error=state.problem("whom", FIELDS)
        />
    }
    .into_any()
}

/// Boxes of which several may be ticked. The first one has the group's name as its id, so that an error can link to it.
fn boxes(
    id: &'static str,
    name: &'static str,
    legend: &'static str,
    all: &[(&'static str, &'static str)],
    saved: &[String],
    state: &FormState,
) -> impl IntoView + use<> {
    let problem = group_problem(state, id);
    let error_id = [id, "-error"].concat();
    let described = problem.as_ref().map(|_| error_id.clone());
    let items = all
        .iter()
        .enumerate()
        .map(|(index, (value, label))| {
            let checked = state.ticked_among(name, value, saved.iter().any(|one| one == value));
            view! {
                <label class="check">
                    <input
                        type="checkbox"
                        id=(index == 0).then_some(id)
                        name=name
                        value=*value
                        checked=checked
                    />
                    <span>{*label}</span>
                </label>
            }
        })
        .collect_view();
    let failed = problem.is_some();
    let error = problem.map(|words| {
        view! {
            <p class="error-text" id=error_id>
                {words}
            </p>
        }
    });
    view! {
        <fieldset class="group" class:field-error=failed aria-describedby=described>
            <legend>{legend}</legend>
            {error}
            <div class="row">{items}</div>
        </fieldset>
    }
}

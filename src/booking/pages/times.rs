//! Choosing a day and a time with one doctor.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::{
    address::{failed, in_query, profile_path, times_path},
    locations::kind_words,
    messages::{missing_time, nearest_of, time_problems},
    nearest::{NearestToHold, hold_fields},
    picker::{Picked, PickerPage, day_picker, day_times, no_times},
    waiting::or_wait,
    who::{ask_first, chosen_person},
};
use crate::{
    app::{FormPage, FormState, PageTitle, leaving_target, use_frame},
    booking::{
        BookingSubject, DayTimes, DaysPage,
        actions::{HoldTime, days},
    },
    ids::{AppointmentId, PersonId},
    ui::{ErrorSummary, Glyph, Icon, rendered},
};

/// `/doctors/:slug/times?visit_type=&person=&from=&day=&hold=`: the days and times of one doctor and visit type. Choosing a
/// time holds it and goes on to the details. `hold` names an earlier hold whose details come along. Who acts for others says
/// first whom it is for.
#[component]
pub fn TimesPage() -> impl IntoView {
    let slug = use_params_map().with_untracked(|params| params.get("slug")).unwrap_or_default();
    let appointment = in_query("visit_type").unwrap_or_default();
    let previous = in_query("hold").and_then(|id| id.parse().ok());
    let person = in_query("person").and_then(|id| id.parse().ok());
    let picked = Picked::from_query();
    let state = FormState::of("booking/hold");
    let page = Resource::new_blocking(
        {
            let picked = picked.clone();
            move || (slug.clone(), appointment.clone(), picked.clone())
        },
        move |(slug, appointment, picked)| days(slug, appointment, picked.from, picked.day, None, person),
    );
    let content = move || {
        let (picked, state) = (picked.clone(), state.clone());
        Suspend::new(async move {
            match page.await {
                Ok(page) if page.person.is_none() && !page.persons.is_empty() => rendered(ask_first(page, previous)),
                Ok(page) => rendered(times_view(page, &picked, &state, previous)),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn times_view(page: DaysPage, picked: &Picked, state: &FormState, previous: Option<AppointmentId>) -> AnyView {
    let subject = page.subject.clone();
    let profile = profile_path(&subject.doctor_slug);
    let title = ["Choose a time with ", &subject.doctor_name].concat();
    let kind = kind_words(&page);
    let approval = subject.needs_approval.then(|| {
        view! { <p class="muted">"The doctor confirms this visit type before it is booked."</p> }
    });
    let several = several_link(&page, &profile);
    let hold = previous.map(|id| ("hold", id.to_string()));
    let whose = page.person.map(|id| ("person", id.to_string()));
    let keep = [("visit_type", subject.visit_type.clone())].into_iter().chain(hold).chain(whose).collect();
    let place = PickerPage { path: [&profile, "/times"].concat(), keep };
    let (for_whom, person) = (for_whom(&page, previous), page.person);
    let picker = day_picker(&place, &page, picked);
    let problems = picked.problems(&page, time_problems(state));
    let failed = !problems.is_empty();
    let none = no_times(&page);
    let wait = or_wait(&page);
    let error = missing_time(state);
    let times = page.day.map(|day| times_form(&subject, day, (previous, person), error));
    view! {
        <PageTitle text=title failed />
        {back(&profile, &subject.doctor_name)}
        <ErrorSummary errors=problems />
        <div class="page-head">
            <h1 tabindex="-1">"Choose a time with " <bdi>{subject.doctor_name}</bdi></h1>
            <p class="lead">
                {kind} ". "
                <a href=profile>"Change" <span class="visually-hidden">" the visit type"</span></a>
            </p>
            {for_whom}
            {approval}
            {several}
        </div>
        <div class="stack">
            <NearestToHold
                doctor_slug=subject.doctor_slug
                visit_type=subject.visit_type
                previous
                person
                times=nearest_of(state)
            />
            <div class="picker">
                {picker} <section aria-label="Times">{times} {none}</section>
            </div>
            {wait}
        </div>
    }
    .into_any()
}

/// Who was chosen, with a way to choose another one: the page without a person.
fn for_whom(page: &DaysPage, previous: Option<AppointmentId>) -> Option<impl IntoView + use<>> {
    let chosen = page.persons.iter().find(|one| Some(one.id) == page.person)?;
    let hold = previous.map(|id| ["&hold=", &id.to_string()].concat()).unwrap_or_default();
    let change = [&times_path(&page.subject.doctor_slug, &page.subject.visit_type), hold.as_str()].concat();
    Some(chosen_person(chosen, &change))
}

/// The link back to the doctor.
fn back(profile: &str, doctor: &str) -> impl IntoView + use<> {
    let (profile, doctor) = (profile.to_owned(), doctor.to_owned());
    view! {
        <a class="back-link" href=profile>
            <Icon glyph=Glyph::ChevronLeft />
            <span>"Back to " <bdi>{doctor}</bdi></span>
        </a>
    }
}

/// The times of a day, to choose one and hold it.
fn times_form(
    subject: &BookingSubject,
    day: DayTimes,
    (previous, person): (Option<AppointmentId>, Option<PersonId>),
    error: Option<String>,
) -> impl IntoView + use<> {
    view! {
        <form method="post" action=HoldTime::PATH target=leaving_target()>
            <FormPage />
            {hold_fields(subject.doctor_slug.clone(), subject.visit_type.clone(), previous, person)}
            {day_times(subject, day, person, error)}
            <p class="hint">{next_words()}</p>
            <button class="btn btn-large" type="submit">
                "Continue"
            </button>
        </form>
    }
}

/// The way to several appointments at once, where patients may book them.
fn several_link(page: &DaysPage, profile: &str) -> impl IntoView + use<> {
    let subject = &page.subject;
    let offered = subject.most_at_once > 1 && page.refused.is_none() && !use_frame().is_clinic();
    offered.then(|| {
        let person = page.person.map(|id| ["&person=", &id.to_string()].concat()).unwrap_or_default();
        let href = [profile, "/series?visit_type=", &subject.visit_type, &person].concat();
        view! {
            <p>
                <a href=href target=leaving_target()>"Book several appointments at once"</a>
            </p>
        }
    })
}

/// What comes after a time is chosen.
fn next_words() -> &'static str {
    if use_frame().is_clinic() {
        "On the next page you choose the patient."
    } else {
        "We hold the time you choose while you finish booking."
    }
}

//! Choosing a day and a time with one doctor.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    address::{failed, in_query, profile_path, times_path},
    choose::{choose_to_book, problems},
    messages::time_problems,
    picker::Picked,
    who::{ask_first, chosen_person},
};
use crate::{
    app::{FormState, PageTitle},
    booking::{DaysPage, actions::days},
    ids::AppointmentId,
    ui::{Glyph, Icon, rendered},
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
        move |(slug, appointment, picked)| days(slug, appointment, picked.from, picked.month, picked.day, None, person),
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
    let for_whom = for_whom(&page, previous);
    let errors = picked.problems(&page, time_problems(state));
    let failed = !errors.is_empty();
    let content = choose_to_book(page, picked, state, previous);
    view! {
        <PageTitle text=title failed />
        {back(&profile, &subject.doctor_name)}
        {problems(errors)}
        <div class="page-head">
            <h1 tabindex="-1">"Choose a time with " <bdi>{subject.doctor_name}</bdi></h1>
            {for_whom}
        </div>
        {content}
    }
    .into_any()
}

/// The same part of the page on a doctor's own page, for whoever can book there without saying first whom it is for. None
/// where there is no free time.
#[must_use]
pub fn times_here(page: DaysPage) -> Option<AnyView> {
    let asks_first = page.person.is_none() && !page.persons.is_empty();
    if asks_first || page.days.is_empty() {
        return None;
    }
    let picked = Picked::default();
    let content = choose_to_book(page, &picked, &FormState::default(), None);
    Some(view! { {problems(Vec::new())} {content} }.into_any())
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

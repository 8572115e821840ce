//! The part of a page on which a time is chosen: visit types, days, times. `live_picker` exchanges it in the browser for
//! the same part of the page that a press would lead to.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    address::profile_path,
    choose_ids::{CHOOSE_ID, CHOSEN_ID, NOTICE_ID, PROBLEMS_ID, TIMES_ID},
    day_times::day_times,
    live_picker::LivePicker,
    locations::kind_words,
    messages::{missing_time, nearest_of},
    nearest::{NearestToHold, hold_fields},
    picker::{Picked, PickerPage, day_picker, no_times},
    waiting::or_wait,
};
use crate::{
    app::{FormState, leaving_target, use_frame},
    booking::{BookingSubject, DayTimes, DaysPage, KindOption, actions::HoldTime},
    flash::PAGE_FIELD,
    ids::{AppointmentId, PersonId},
    ui::{Choice, Choices, ErrorLine, ErrorSummary},
};

/// What is wrong, above the heading of a page.
pub(super) fn problems(errors: Vec<ErrorLine>) -> impl IntoView {
    view! {
        <div id=PROBLEMS_ID>
            <ErrorSummary errors />
        </div>
    }
}

/// The part, with what makes it live. `person` and `moving` are whose times these are.
pub(super) fn choose(subject: &BookingSubject, person: Option<PersonId>, content: AnyView) -> impl IntoView + use<> {
    view! {
        <div
            id=CHOOSE_ID
            class="stack"
            data-doctor=subject.doctor_slug.clone()
            data-visit-type=subject.visit_type.clone()
            data-moving=subject.moving.as_ref().map(|moving| moving.id.to_string())
            data-person=person.map(|id| id.to_string())
            data-changes=subject.changes.clone()
        >
            {content}
        </div>
        <LivePicker />
    }
}

/// The times, or why there are none.
pub(super) fn times_section(times: Option<impl IntoView>, none: impl IntoView) -> impl IntoView {
    view! {
        <section id=TIMES_ID aria-label="Times">
            <div id=NOTICE_ID tabindex="-1"></div>
            {times}
            {none}
        </section>
    }
}

/// The part for a booking. `previous` names an earlier hold, whose details come along.
pub(super) fn choose_to_book(
    page: DaysPage,
    picked: &Picked,
    state: &FormState,
    previous: Option<AppointmentId>,
) -> AnyView {
    let subject = page.subject.clone();
    let profile = profile_path(&subject.doctor_slug);
    let hold = previous.map(|id| ("hold", id.to_string()));
    let whose = page.person.map(|id| ("person", id.to_string()));
    let of_person: Vec<_> = hold.into_iter().chain(whose).collect();
    let kind = ("visit_type", subject.visit_type.clone());
    let place = PickerPage {
        path: [&profile, "/times"].concat(),
        keep: std::iter::once(kind).chain(of_person.iter().cloned()).collect(),
    };
    let kinds = kinds(&page, &place.path, of_person);
    let approval = subject.needs_approval.then(|| {
        view! { <p class="muted">"The doctor confirms this visit type before it is booked."</p> }
    });
    let several = several_link(&page, &profile);
    let picker = day_picker(&place, &page, picked);
    let (none, wait) = (no_times(&page), or_wait(&page));
    let error = missing_time(state);
    let focus = picked.day.is_some() && error.is_none() && !state.failed();
    let person = page.person;
    let form_page = place.at(picked);
    let times = page.day.map(|day| times_form(&subject, &day, (previous, person), error, (form_page, focus)));
    let content = view! {
        {kinds}
        {approval}
        {several}
        <NearestToHold
            doctor_slug=subject.doctor_slug.clone()
            visit_type=subject.visit_type.clone()
            previous
            person
            times=nearest_of(state)
        />
        <div class="picker">
            {picker}
            {times_section(times, none)}
        </div>
        {wait}
    };
    choose(&subject, person, content.into_any()).into_any()
}

/// The visit types, when there are several; else the one of this page in words.
fn kinds(page: &DaysPage, action: &str, keep: Vec<(&'static str, String)>) -> AnyView {
    if page.kinds.len() < 2 {
        return view! { <p class="lead">{kind_words(page)}</p> }.into_any();
    }
    let choice =
        |kind: &KindOption| Choice { value: kind.id.clone(), label: kind.name.clone(), detail: kind.detail.clone() };
    let choices = page.kinds.iter().map(choice).collect();
    let keep = keep.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    view! {
        <form class="kinds" method="get" action=action.to_owned()>
            {keep.collect_view()}
            <Choices
                name="visit_type"
                legend="What kind of appointment do you need?"
                choices
                chosen=page.subject.visit_type.clone()
            />
            <button class="btn btn-secondary by-hand" type="submit">
                "Show days"
            </button>
        </form>
    }
    .into_any()
}

/// The times of a day, to choose one and hold it. A form that fails comes back to `form_page`.
fn times_form(
    subject: &BookingSubject,
    day: &DayTimes,
    (previous, person): (Option<AppointmentId>, Option<PersonId>),
    error: Option<String>,
    (form_page, focus): (String, bool),
) -> impl IntoView + use<> {
    view! {
        <form
            method="post"
            action=HoldTime::PATH
            target=leaving_target()
            data-sending="We are holding this time for you."
        >
            <input type="hidden" name=PAGE_FIELD value=form_page />
            {hold_fields(subject.doctor_slug.clone(), subject.visit_type.clone(), previous, person)}
            {day_times(day, error.as_deref(), focus)}
            {go_on(next_words(), "Continue")}
        </form>
    }
}

/// What was chosen, and the button that goes on. On a phone they stay in sight while the times are scrolled.
pub(super) fn go_on(hint: &'static str, button: &'static str) -> impl IntoView {
    view! {
        <div class="go-on">
            <p class="hint" id=CHOSEN_ID>
                {hint}
            </p>
            <button class="btn btn-large" type="submit">
                {button}
            </button>
        </div>
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

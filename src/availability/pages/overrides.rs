//! Changes to single dates.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;
use strum::VariantArray;

use super::{
    address::{page, was_saved},
    appointments_outside::{AppointmentsOutside, appointments_outside, keep},
    cells::{hidden, lines},
    window_rows::{WindowRows, typed_windows, window_list, window_what},
};
use crate::{
    app::{DoctorNav, Failure, FormPage, FormState, PageTitle, named_doctor},
    availability::{
        actions::overrides::{RemoveDate, SaveDate, single_dates},
        model::{
            hours::{Editing, MAX_WINDOWS},
            overrides::{ChangedDate, DateChange, SingleDates},
        },
    },
    error::FieldCode,
    ui::{Button, ButtonKind, ButtonLink, Choice, Choices, DateField, DateParts, ErrorSummary, Notice, Tone},
};

/// Rows for hours that a form begins with.
const ROWS: usize = 2;

/// `/doctor/overrides?date=2026-12-03`: the coming dates that differ, and the form for one of them.
#[component]
pub fn OverridesPage() -> impl IntoView {
    let states = [FormState::of("availability/save_date"), FormState::of("availability/remove_date")];
    let asked = use_query_map().with_untracked(|query| query.get("date")).unwrap_or_default();
    let doctor = named_doctor();
    let dates = Resource::new_blocking(move || doctor.clone(), single_dates);
    let page = move || {
        let [save, remove] = &states;
        dates.get().map(|dates| match dates {
            Ok(dates) => show(dates, save, remove, &asked),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! {
        <DoctorNav />
        <Suspense>{page}</Suspense>
    }
}

fn what(name: &str, code: FieldCode) -> String {
    match name {
        "date" => "the date".to_owned(),
        "change" => "what is different".to_owned(),
        window => window_what(window, code),
    }
}

fn show(page: SingleDates, save: &FormState, remove: &FormState, asked: &str) -> AnyView {
    let SingleDates { editing, dates } = page;
    let typed = save.date("date", asked);
    let asked = typed.iso().unwrap_or_default();
    let before = dates.iter().find(|date| date.date == asked).cloned();
    let mut errors = lines(save, what);
    errors.extend(lines(remove, what));
    let news = (was_saved() && !save.failed() && !remove.failed()).then(|| {
        view! {
            <Notice tone=Tone::Success>
                <p>"The date is saved. Patients see the new times at once."</p>
            </Notice>
        }
    });
    let removal =
        appointments_outside(remove).map(|(appointments, all)| remove_anyway(&editing, remove, appointments, all));
    let list = if dates.is_empty() {
        view! { <p class="muted">"Every date has its weekly hours."</p> }.into_any()
    } else {
        let rows = dates.into_iter().map(|date| row(date, &editing)).collect_view();
        view! { <ol class="entries">{rows}</ol> }.into_any()
    };
    view! {
        <PageTitle text="Single dates" failed=save.failed() || remove.failed() />
        <ErrorSummary errors />
        <div class="page-head">
            <h1 tabindex="-1">"Single dates"</h1>
            <p class="lead">
                {["Dates that differ from the weekly hours", &for_whom(&editing), ": a day off, other hours, or more of them."].concat()}
            </p>
        </div>
        {news}
        {removal}
        {list}
        <section class="section" aria-labelledby="change-date">
            <h2 id="change-date">"Change a date"</h2>
            {form(&editing, save, typed, before)}
        </section>
    }
    .into_any()
}

fn for_whom(editing: &Editing) -> String {
    if editing.doctor.is_empty() { String::new() } else { [" of ", &editing.name].concat() }
}

fn row(date: ChangedDate, editing: &Editing) -> AnyView {
    let query = ["date=", &date.date].concat();
    let href = [&page("/doctor/overrides", &editing.doctor, &query), "#change-date"].concat();
    let windows = window_list(date.windows, editing.locations.len() > 1);
    let on_date = [" ", &date.words].concat();
    let what = [" what is different on ", &date.words].concat();
    view! {
        <li class="entry">
            <h3>{date.words}</h3>
            <div>
                <p class="window-time">{date.change.label()}</p>
                {windows}
            </div>
            <div class="btns">
                <ButtonLink href=href kind=ButtonKind::Quiet>
                    "Change" <span class="visually-hidden">{on_date}</span>
                </ButtonLink>
                <form method="post" action=RemoveDate::PATH>
                    <FormPage />
                    {hidden(&editing.doctor, editing.version)}
                    <input type="hidden" name="date" value=date.date />
                    <Button kind=ButtonKind::QuietDanger>
                        "Remove" <span class="visually-hidden">{what}</span>
                    </Button>
                </form>
            </div>
        </li>
    }
    .into_any()
}

fn remove_anyway(editing: &Editing, state: &FormState, appointments: Vec<String>, all: u32) -> AnyView {
    view! {
        <AppointmentsOutside appointments all />
        <form method="post" action=RemoveDate::PATH>
            <FormPage />
            {hidden(&editing.doctor, editing.version)}
            <input type="hidden" name="date" value=state.typed("date") />
            {keep(Some(all))}
            <div class="btns">
                <Button>"Remove anyway; these appointments stay booked"</Button>
                <ButtonLink href=page("/doctor/overrides", &editing.doctor, "") kind=ButtonKind::Quiet>
                    "Cancel"
                </ButtonLink>
            </div>
        </form>
    }
    .into_any()
}

/// The form for one date, with what it has now when it has something.
fn form(editing: &Editing, state: &FormState, date: DateParts, before: Option<ChangedDate>) -> AnyView {
    let stale = (state.is_stale() && before.is_some()).then(|| {
        view! {
            <p>"This date has been changed since you opened the page: see the list above. Save again to put yours in its place."</p>
        }
    });
    let outside = appointments_outside(state);
    let all = outside.as_ref().map(|(_, all)| *all);
    let saved = before.as_ref().map_or("", |date| date.change.into_str());
    let chosen = state.kept("change", saved);
    let typed = || typed_windows(|name| state.typed(name));
    let rows = if state.failed() { typed() } else { before.map(|date| date.inputs).unwrap_or_default() };
    let spare = if rows.len() < ROWS { ROWS - rows.len() } else { usize::from(rows.len() < MAX_WINDOWS) };
    let rows = WindowRows { day: "this date", editing, state, rows, spare, weekly: false };
    let problem = state.problem_of("date", "the date");
    let choices = DateChange::VARIANTS
        .iter()
        .map(|change| Choice {
            value: change.into_str().into(),
            label: change.label().into(),
            detail: change.meaning().into(),
        })
        .collect();
    let save = if all.is_some() { "Save anyway; these appointments stay booked" } else { "Save" };
    view! {
        {stale}
        {outside.map(|(appointments, all)| view! { <AppointmentsOutside appointments all /> })}
        <form class="card form-card" method="post" action=SaveDate::PATH novalidate>
            <FormPage />
            {hidden(&editing.doctor, editing.version)}
            {keep(all)}
            <DateField name="date" legend="Date" hint="For example, 3 12 2026." value=date error=problem />
            <Choices
                name="change"
                legend="What is different?"
                choices
                chosen
                error=state.problem_of("change", "what is different")
            />
            <fieldset class="group">
                <legend>"Hours on this date"</legend>
                <p class="hint">"For different hours, or for more. Type times as you like: 9, 9:30, 1730, 5pm."</p>
                {rows.view()}
            </fieldset>
            <div class="btns">
                <Button>{save}</Button>
            </div>
        </form>
    }
    .into_any()
}

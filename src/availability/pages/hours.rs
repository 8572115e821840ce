//! Weekly hours, as their doctor edits them.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    address::{page, was_saved},
    appointments_outside::appointments_outside,
    cells::lines,
    hours_form::{DayForm, typed_day},
    week_row::{day_address, week_row},
    window_rows::{window_list, window_what},
};
use crate::{
    app::{DoctorNav, Failure, FormState, PageTitle, named_doctor},
    availability::{
        actions::hours::week_hours,
        model::hours::{DayHours, Editing, HoursDraft, Preview, WeekHours, weekday_name},
    },
    ui::{ButtonLink, ErrorSummary, Glyph, Icon, Notice, Tone},
};

/// `/doctor/availability?day=1`: the week, with the form of one weekday open in it. The form also comes here, with all of
/// its fields in the address, to have the times counted before anything is saved.
#[component]
pub fn HoursPage() -> impl IntoView {
    let state = FormState::of("availability/save_hours");
    let query = use_query_map().get_untracked();
    let in_query = |name: &str| query.get(name).unwrap_or_default();
    let typed = if state.failed() { typed_day(|name| state.typed(name)) } else { typed_day(in_query) };
    let opened = typed.as_ref().map(|day| day.weekday).or_else(|| in_query("day").parse().ok());
    let counted = !state.failed() || appointments_outside(&state).is_some();
    // a form whose times are counted goes on from what it was opened with: a count is no look at what others saved since
    let version = in_query("version").parse().ok().filter(|_| !state.failed());
    let asked_for = (named_doctor(), typed.clone().filter(|_| counted));
    let week = Resource::new_blocking(move || asked_for.clone(), |(doctor, draft)| week_hours(doctor, draft));
    let page = move || {
        week.get().map(|week| match week {
            Ok(week) => show(week, version, &state, typed.as_ref(), opened),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! {
        <DoctorNav />
        <Suspense>{page}</Suspense>
    }
}

fn show(
    week: WeekHours,
    version: Option<i64>,
    state: &FormState,
    typed: Option<&HoursDraft>,
    opened: Option<u8>,
) -> AnyView {
    let WeekHours { mut editing, days, preview } = week;
    editing.version = version.unwrap_or(editing.version);
    let empty = days.iter().all(|day| day.windows.is_empty());
    let whom = if editing.doctor.is_empty() { "you" } else { &editing.name };
    let lead = ["When patients can book ", whom, ", week by week."].concat();
    let begin = (empty && opened.is_none()).then(|| {
        view! {
            <p>"There are no hours yet. Begin with one day, then copy it to the others."</p>
            <p>
                <ButtonLink href=day_address(&editing, 1)>"Set Monday's hours"</ButtonLink>
            </p>
        }
    });
    let preview_lines = (!preview.of_draft).then(|| {
        view! {
            <div class="card">
                <h2>"What patients see"</h2>
                {preview_text(&preview)}
            </div>
        }
    });
    let row = |day: DayHours| match opened == Some(day.weekday) {
        true => open_row(DayForm { day, editing: &editing, state, typed, preview: &preview }),
        false => week_row(day, &editing, opened.is_some()),
    };
    let rows = days.into_iter().map(row).collect_view();
    view! {
        <PageTitle text="Weekly hours" failed=state.failed() />
        <ErrorSummary errors=lines(state, window_what) />
        <div class="page-head">
            <h1 tabindex="-1">"Weekly hours"</h1>
            <p class="lead">{lead}</p>
        </div>
        {news(&editing, state)}
        <div class="split">
            <div>
                {begin}
                <ol class="entries">{rows}</ol>
            </div>
            <aside aria-label="What patients see">
                {preview_lines}
                <p class="muted small">
                    "A holiday or a single different day? Use "
                    <a href=page("/doctor/time-off", &editing.doctor, "")>"time off"</a> " or "
                    <a href=page("/doctor/overrides", &editing.doctor, "")>"single dates"</a> "."
                </p>
            </aside>
        </div>
    }
    .into_any()
}

/// The one notice of the page.
fn news(editing: &Editing, state: &FormState) -> AnyView {
    if was_saved() && !state.failed() {
        return view! {
            <Notice tone=Tone::Success>
                <p>"The hours are saved. Patients see the new times at once."</p>
            </Notice>
        }
        .into_any();
    }
    if editing.visit_types.is_empty() {
        let types = page("/doctor/visit-types", &editing.doctor, "");
        return view! {
            <Notice tone=Tone::Warning>
                <p>
                    "There is no visit type yet, so patients cannot book. "
                    <a href=types>"Add a visit type"</a> " as well."
                </p>
            </Notice>
        }
        .into_any();
    }
    (!editing.shown)
        .then(|| {
            view! {
                <Notice>
                    <p>"Patients cannot see this doctor now. The hours count as soon as they can."</p>
                </Notice>
            }
        })
        .into_any()
}

/// The weekday whose form is open.
fn open_row(form: DayForm<'_>) -> AnyView {
    let weekday = form.day.weekday;
    view! {
        <li class="entry entry-open" id=["day-", &weekday.to_string()].concat()>
            <h2>{weekday_name(weekday)}</h2>
            {form.view()}
        </li>
    }
    .into_any()
}

/// The windows of a day as they are saved.
pub(super) fn saved_hours(day: DayHours, editing: &Editing) -> AnyView {
    if day.windows.is_empty() {
        return view! { <p class="muted">"No hours"</p> }.into_any();
    }
    window_list(day.windows, editing.locations.len() > 1)
}

/// "Patients will see 24 times a week for Follow-up."
pub(super) fn preview_text(preview: &Preview) -> AnyView {
    if preview.lines.is_empty() {
        return view! { <p>"Nothing: no visit type is offered."</p> }.into_any();
    }
    let lines = preview
        .lines
        .iter()
        .map(|line| {
            let times = if line.times == 1 { " time a week for " } else { " times a week for " };
            view! {
                <li>
                    <Icon glyph=Glyph::Clock />
                    <span>"Patients will see " <strong>{line.times}</strong> {times} {line.visit_type.clone()} "."</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <ul class="facts facts-column">{lines}</ul>
        <p class="muted small">
            {["Counted from ", &preview.first, " to ", &preview.last, ", without times that are taken already."].concat()}
        </p>
    }
    .into_any()
}

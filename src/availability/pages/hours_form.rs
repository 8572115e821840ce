//! The form of one weekday.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    address::page,
    appointments_outside::{AppointmentsOutside, appointments_outside, keep},
    cells::{copy_name, hidden, id_of},
    hours::{preview_text, saved_hours},
    live_count::{COUNT_ID, LiveCount},
    window_rows::{WindowRows, typed_windows},
};
use crate::{
    app::{FormPage, FormState},
    availability::{
        actions::hours::SaveHours,
        model::hours::{DayHours, Editing, HoursDraft, MAX_WINDOWS, Preview, weekday_name},
    },
    ui::{Button, ButtonKind, ButtonLink, Notice, Tone},
};

/// The form of one weekday as it was typed; none when it was not sent. `value` is what a control of this name holds.
pub(super) fn typed_day(value: impl Fn(&str) -> String) -> Option<HoursDraft> {
    let weekday = value("weekday").parse().ok()?;
    let copy = (1..=7_u8).filter(|day| !value(&copy_name(*day)).is_empty()).collect();
    Some(HoursDraft { weekday, windows: typed_windows(value), copy })
}

/// What the form of one weekday shows.
pub(super) struct DayForm<'a> {
    pub day: DayHours,
    pub editing: &'a Editing,
    pub state: &'a FormState,
    /// What was typed and is not saved.
    pub typed: Option<&'a HoursDraft>,
    pub preview: &'a Preview,
}

impl DayForm<'_> {
    pub fn view(self) -> AnyView {
        let DayForm { day, editing, state, typed, preview } = self;
        let (weekday, name) = (day.weekday, weekday_name(day.weekday));
        let outside = appointments_outside(state);
        let all = outside.as_ref().map(|(_, all)| *all);
        let list = outside.map(|(appointments, all)| {
            let preview = preview.of_draft.then(|| preview_text(preview));
            view! {
                <AppointmentsOutside appointments all>
                    <p>"With the new hours:"</p>
                    {preview}
                </AppointmentsOutside>
            }
        });
        let rows = typed.map_or_else(|| day.inputs.clone(), |typed| typed.windows.clone());
        let spare = usize::from(rows.len() < MAX_WINDOWS);
        let rows = WindowRows { day: name, editing, state, rows, spare, weekly: true };
        let save = if all.is_some() { "Save anyway; these appointments stay booked" } else { "Save" };
        view! {
            {state.is_stale().then(|| stale(day, editing))}
            {list}
            <form method="post" action=SaveHours::PATH novalidate>
                <FormPage />
                {hidden(&editing.doctor, editing.version)}
                <input type="hidden" name="weekday" value=weekday.to_string() />
                {keep(all)}
                <p class="hint" id="how-to-type">
                    "Type times as you like: 9, 9:30, 1730, 5pm. To remove hours, clear both of their times."
                </p>
                {rows.view()}
                {copies(weekday, typed)}
                {count(typed.filter(|_| !state.failed()), preview)}
                <div class="btns">
                    <Button>
                        {save} <span class="visually-hidden">{[", ", name].concat()}</span>
                    </Button>
                    <button
                        class=[ButtonKind::Quiet.class(), " by-hand"].concat()
                        formmethod="get"
                        formaction=["/doctor/availability#", COUNT_ID].concat()
                    >
                        "Count the times"
                    </button>
                    <ButtonLink href=page("/doctor/availability", &editing.doctor, "") kind=ButtonKind::Quiet>
                        "Cancel"
                    </ButtonLink>
                </div>
            </form>
            <LiveCount />
        }
        .into_any()
    }
}

/// How many times patients would see. Empty until it is asked for; it changes while the form is being typed.
fn count(asked: Option<&HoursDraft>, preview: &Preview) -> AnyView {
    let words = asked.map(|_| match preview.of_draft {
        true => {
            let counted = preview_text(preview);
            view! {
                <p>
                    <strong>"With these hours, which are not saved yet:"</strong>
                </p>
                {counted}
            }
            .into_any()
        }
        false => view! { <p>"The times can be counted when all hours above are complete."</p> }.into_any(),
    });
    view! {
        <div class="times-count" id=COUNT_ID aria-live="polite">
            {words}
        </div>
    }
    .into_any()
}

/// The values that were saved meanwhile, next to what was typed.
fn stale(day: DayHours, editing: &Editing) -> AnyView {
    let name = weekday_name(day.weekday);
    let saved = saved_hours(day, editing);
    view! {
        <Notice tone=Tone::Warning title="Changed since you opened the page">
            <p>{["This is saved for ", name, " now:"].concat()}</p>
            {saved}
            <p>"What you typed is below. It was not saved. Save again to put it in its place."</p>
        </Notice>
    }
    .into_any()
}

fn copies(weekday: u8, typed: Option<&HoursDraft>) -> AnyView {
    let ticked = typed.map_or(&[][..], |typed| &typed.copy);
    let boxes = (1..=7_u8)
        .filter(|day| *day != weekday)
        .map(|day| {
            let name = copy_name(day);
            let id = id_of(&name);
            view! {
                <label class="check">
                    <input
                        type="checkbox"
                        id=id
                        name=name
                        value=day.to_string()
                        checked=ticked.contains(&day)
                    />
                    <span>{weekday_name(day)}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="group">
            <legend>"Copy to other days"</legend>
            <p class="hint">"These days get the same hours instead of their own."</p>
            <div class="row">{boxes}</div>
        </fieldset>
    }
    .into_any()
}

//! The form of one weekday.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    address::page,
    appointments_outside::{AppointmentsOutside, appointments_outside, keep},
    cells::{copy_name, hidden, id_of},
    hours::{copied, preview_text, saved_hours},
    window_rows::{WindowRows, typed_windows},
};
use crate::{
    app::{FormPage, FormState},
    availability::{
        actions::hours::SaveHours,
        model::hours::{DayHours, Editing, MAX_WINDOWS, Preview, weekday_name},
    },
    ui::{Button, ButtonKind, ButtonLink, Notice, Tone},
};

/// What the form of one weekday shows.
pub(super) struct DayForm<'a> {
    pub day: DayHours,
    pub editing: &'a Editing,
    pub state: &'a FormState,
    pub preview: &'a Preview,
}

impl DayForm<'_> {
    pub fn view(self) -> AnyView {
        let DayForm { day, editing, state, preview } = self;
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
        let rows = if state.failed() { typed_windows(state) } else { day.inputs.clone() };
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
                {copies(weekday, state)}
                <div class="btns">
                    <Button>
                        {save} <span class="visually-hidden">{[", ", name].concat()}</span>
                    </Button>
                    <ButtonLink href=page("/doctor/availability", &editing.doctor, "") kind=ButtonKind::Quiet>
                        "Cancel"
                    </ButtonLink>
                </div>
            </form>
        }
        .into_any()
    }
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

fn copies(weekday: u8, state: &FormState) -> AnyView {
    let ticked = copied(state);
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

//! One weekday of the week on one screen: its windows as chips, and small forms that add a window or copy the day. What
//! a window has besides its times is in the form of the whole day. Each form sends the whole day to the same place.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    address::page,
    cells::{copy_name, hidden},
};
use crate::{
    app::FormPage,
    availability::{
        actions::hours::SaveHours,
        model::hours::{DayHours, Editing, MAX_WINDOWS, WindowInput, WindowWords, weekday_name},
    },
    ui::{Button, ButtonKind, ButtonLink},
};

/// The row of a weekday whose form is not open. While the form of another day is, there are no small ones: one thing at
/// a time.
pub(super) fn week_row(day: DayHours, editing: &Editing, other_is_open: bool) -> AnyView {
    let DayHours { weekday, windows, inputs } = day;
    let name = weekday_name(weekday);
    let several = editing.locations.len() > 1;
    let add = (inputs.len() < MAX_WINDOWS && !other_is_open).then(|| add_form(weekday, &inputs, editing));
    let copy = (!inputs.is_empty() && !other_is_open).then(|| copy_form(weekday, &inputs, editing));
    let href = day_address(editing, weekday);
    let chips = match windows.is_empty() {
        true => view! { <p class="muted">"No hours"</p> }.into_any(),
        false => {
            let chip = |window| view! { <li>{chip(window, &href, several)}</li> };
            view! { <ul class="chips">{windows.into_iter().map(chip).collect_view()}</ul> }.into_any()
        }
    };
    view! {
        <li class="entry week-row" id=["day-", &weekday.to_string()].concat()>
            <h2>{name}</h2>
            {chips}
            {add}
            {copy}
            <ButtonLink href=href kind=ButtonKind::Quiet>
                "Change"
                <span class="visually-hidden">{[" the hours of ", name].concat()}</span>
            </ButtonLink>
        </li>
    }
    .into_any()
}

/// The page with the form of a weekday open.
pub(super) fn day_address(editing: &Editing, weekday: u8) -> String {
    let day = weekday.to_string();
    [&page("/doctor/availability", &editing.doctor, &["day=", &day].concat()), "#day-", &day].concat()
}

/// A window in words; it leads to the form that has all of it.
fn chip(window: WindowWords, href: &str, several_locations: bool) -> AnyView {
    let mut notes = window.notes;
    if several_locations {
        notes.insert(0, window.location);
    }
    let notes = (!notes.is_empty()).then(|| view! { <span class="small">{notes.join(". ")}</span> });
    view! {
        <a class="chip" href=href.to_owned()>
            <b>{window.time}</b>
            " "
            {notes}
        </a>
    }
    .into_any()
}

/// Every form of a day begins with what the day has already.
fn day_form(weekday: u8, inputs: &[WindowInput], editing: &Editing, fields: AnyView) -> AnyView {
    let kept = inputs.iter().enumerate().flat_map(|(row, window)| {
        let WindowInput { from, to, location, visit_type, since, until, every, .. } = window.clone();
        let parts = [
            ("from", from),
            ("to", to),
            ("location", location),
            ("visit_type", visit_type),
            ("since", since),
            ("until", until),
            ("every", every),
        ];
        let said = parts.into_iter().filter(|(_, value)| !value.is_empty());
        said.map(move |(part, value)| view! { <input type="hidden" name=name_of(row, part) value=value /> })
    });
    let kept = kept.collect_view();
    view! {
        <form method="post" action=SaveHours::PATH novalidate>
            <FormPage />
            {hidden(&editing.doctor, editing.version)}
            <input type="hidden" name="weekday" value=weekday.to_string() />
            {kept}
            {fields}
        </form>
    }
    .into_any()
}

fn name_of(row: usize, part: &str) -> String {
    ["windows[", &row.to_string(), "][", part, "]"].concat()
}

fn add_form(weekday: u8, inputs: &[WindowInput], editing: &Editing) -> AnyView {
    let (row, name) = (inputs.len(), weekday_name(weekday));
    let time = |part: &'static str, label: &'static str| {
        let id = ["add-", &weekday.to_string(), "-", part].concat();
        view! {
            <div class="cell">
                <label class="label" for=id.clone()>
                    <span class="visually-hidden">{[name, ", new hours, "].concat()}</span>
                    {label}
                </label>
                <input class="input" id=id name=name_of(row, part) type="text" autocomplete="off" />
            </div>
        }
    };
    let location = match editing.locations.as_slice() {
        [only] => view! { <input type="hidden" name=name_of(row, "location") value=only.id.clone() /> }.into_any(),
        _ => location_cell(weekday, row, editing),
    };
    let fields = view! {
        <div class="cells">
            {time("from", "From")} {time("to", "To")} {location} <Button>
                "Add" <span class="visually-hidden">{[" these hours to ", name].concat()}</span>
            </Button>
        </div>
        <p class="hint small">"Such as 9, 9:30, 1730 or 5pm. They repeat every week from today, for all visit types."</p>
    };
    view! {
        <details class="week-tool" name="week-tool">
            <summary class="btn btn-quiet">
                "Add" <span class="visually-hidden">{[" hours on ", name].concat()}</span>
            </summary>
            {day_form(weekday, inputs, editing, fields.into_any())}
        </details>
    }
    .into_any()
}

fn location_cell(weekday: u8, row: usize, editing: &Editing) -> AnyView {
    let id = ["add-", &weekday.to_string(), "-location"].concat();
    let options = editing.locations.iter().map(|location| {
        view! {
            <option value=location.id.clone() selected=location.id == editing.usual_location>
                {location.name.clone()}
            </option>
        }
    });
    let options = options.collect_view();
    view! {
        <div class="cell">
            <label class="label" for=id.clone()>
                <span class="visually-hidden">{[weekday_name(weekday), ", new hours, "].concat()}</span>
                "Location"
            </label>
            <select class="input select" id=id name=name_of(row, "location")>
                {options}
            </select>
        </div>
    }
    .into_any()
}

fn copy_form(weekday: u8, inputs: &[WindowInput], editing: &Editing) -> AnyView {
    let name = weekday_name(weekday);
    let boxes = (1..=7_u8).filter(|day| *day != weekday).map(|day| {
        view! {
            <label class="check">
                <input type="checkbox" name=copy_name(day) value=day.to_string() />
                <span>{weekday_name(day)}</span>
            </label>
        }
    });
    let boxes = boxes.collect_view();
    let fields = view! {
        <fieldset class="group">
            <legend>{["Copy ", name, " to"].concat()}</legend>
            <div class="row">{boxes}</div>
        </fieldset>
        <p class="hint small">"The days that you choose get these hours instead of their own."</p>
        <Button kind=ButtonKind::Secondary>
            "Copy" <span class="visually-hidden">{[" the hours of ", name].concat()}</span>
        </Button>
    };
    view! {
        <details class="week-tool" name="week-tool">
            <summary class="btn btn-quiet">
                "Copy to\u{2026}" <span class="visually-hidden">{[" from ", name].concat()}</span>
            </summary>
            {day_form(weekday, inputs, editing, fields.into_any())}
        </details>
    }
    .into_any()
}

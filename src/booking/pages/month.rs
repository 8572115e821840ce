//! A month in the picker: each day with free times is a link to them. The list of days stays one press away.

use leptos::prelude::*;

use super::picker::PickerPage;
use crate::{
    availability::model::hours::weekday_name,
    booking::{Month, MonthDay},
    ui::{Glyph, Icon},
};

/// The month as a table. `chosen` is the date whose times are shown.
pub(super) fn month_table(place: &PickerPage, month: Month, chosen: Option<&str>) -> impl IntoView + use<> {
    let turn = |to: Option<&String>, label: &'static str, glyph: Glyph| {
        to.map(|to| {
            view! {
                <a class="btn btn-quiet" href=place.link("month", to) data-in-place="" aria-label=label>
                    <Icon glyph />
                </a>
            }
        })
    };
    let previous = turn(month.previous.as_ref(), "Previous month", Glyph::ChevronLeft);
    let next = turn(month.next.as_ref(), "Next month", Glyph::ChevronRight);
    let head = (1..=7).map(weekday_name).map(|name| view! { <th scope="col" abbr=name>{name.get(..2)}</th> });
    let head = head.collect_view();
    let cell = |day: Option<MonthDay>| view! { <td>{day.map(|day| day_cell(place, &month.month, day, chosen))}</td> };
    let weeks = month.weeks.iter().cloned().map(|week| view! { <tr>{week.map(cell)}</tr> });
    let is_free = month.weeks.iter().flatten().flatten().any(|day| day.count > 0);
    let hint = if is_free { "The small number is how many times are free." } else { "No free times in this month." };
    view! {
        <div class="days month-view">
            <div class="month-head">
                {previous}
                <h2 tabindex="-1">{month.label.clone()}</h2>
                {next}
            </div>
            <table>
                <caption class="visually-hidden">{["Days of ", &month.label].concat()}</caption>
                <thead>
                    <tr>{head}</tr>
                </thead>
                <tbody>{weeks.collect_view()}</tbody>
            </table>
            <p class="hint">{hint}</p>
            <a class="btn btn-quiet" href=place.bare() data-in-place="">
                "Next available days"
            </a>
        </div>
    }
}

fn day_cell(place: &PickerPage, month: &str, day: MonthDay, chosen: Option<&str>) -> AnyView {
    if day.count == 0 {
        return view! { <span class="month-day">{day.number}</span> }.into_any();
    }
    let times = if day.count == 1 { " time" } else { " times" };
    let current = (chosen == Some(day.date.as_str())).then_some("date");
    let href = [&place.link("month", month), "&day=", &day.date].concat();
    view! {
        <a class="month-day" href=href data-in-place="times" aria-current=current>
            <span class="visually-hidden">{day.label} ", "</span>
            <span aria-hidden="true">{day.number}</span>
            <small>{day.count} <span class="visually-hidden">{times}</span></small>
        </a>
    }
    .into_any()
}

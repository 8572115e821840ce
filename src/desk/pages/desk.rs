//! The page: all doctors of a location side by side on one day.

use leptos::prelude::*;

use super::{
    address::asked,
    column::column_view,
    live::LiveDesk,
    tools::{about, choices, key, left_out, turn},
};
use crate::{
    accounts::Permission,
    app::{Failure, PageTitle, use_frame},
    desk::{
        actions::read_desk,
        model::{DeskDay, Watched},
    },
    doctors::pages::place,
    ui::{Empty, Glyph, rendered},
};

/// `/desk?location=&date=2026-12-03&doctor=`
#[component]
pub fn DeskPage() -> impl IntoView {
    let asked = asked();
    let day = Resource::new_blocking(move || asked.clone(), read_desk);
    let page = move || {
        day.get().map(|day| match day {
            Ok(day) => rendered(show(&day)),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(day: &DeskDay) -> AnyView {
    let heading = if day.is_today { ["Today, ", &day.title].concat() } else { day.title.clone() };
    view! {
        <PageTitle text=["Desk, ", &day.title].concat() />
        <div class="desk-bar bleed">
            <div>
                <h1 tabindex="-1">{heading}</h1>
                <p class="muted">{about(day)}</p>
            </div>
            {turn(day)}
            {choices(day)}
        </div>
        <div class="bleed desk">{live(day)} {columns(day)} {key()} {left_out(day)}</div>
    }
    .into_any()
}

/// What makes the columns live.
fn live(day: &DeskDay) -> Option<AnyView> {
    let watched = Watched {
        location: day.location.id,
        date: day.date.clone(),
        range: day.range,
        now_minute: day.now.as_ref().map(|(minute, _)| *minute),
        changes: day.changes.clone(),
        undo: day.undo.clone(),
    };
    (!day.columns.is_empty()).then(|| view! { <LiveDesk watched /> }.into_any())
}

fn columns(day: &DeskDay) -> AnyView {
    if day.columns.is_empty() {
        return view! {
            <Empty glyph=Glyph::Calendar title="No doctor works here on this day">
                <p>"Choose another day or another location."</p>
            </Empty>
        }
        .into_any();
    }
    let hours = day.hours.iter().map(|hour| view! { <span>{hour.clone()}</span> }).collect_view();
    let now = day.now.as_ref().map(|(minute, words)| {
        view! {
            <p class=["desk-now ", &place(((minute - day.range.first) / 5, 0), 0)].concat()>
                <span class="visually-hidden">"Now: "</span>
                <b>{words.clone()}</b>
            </p>
        }
    });
    // what is shorter than a quarter of an hour needs more room to be pressed
    let is_fine = day.columns.iter().flat_map(|column| &column.entries).any(|entry| entry.rows < 3);
    let class = if is_fine { "desk-grid places desk-fine" } else { "desk-grid places" };
    let blocks = use_frame().may(Permission::EditEveryCalendar).then_some("");
    let columns: Vec<AnyView> = day.columns.iter().map(|column| column_view(column, &day.date)).collect();
    view! {
        <div class="desk-scroll" role="region" aria-label="The day of each doctor" tabindex="0">
            <div class=class id="desk" data-date=day.date.clone() data-blocks=blocks>
                <div class="desk-hours" aria-hidden="true">
                    {hours}
                </div>
                {columns}
                {now}
            </div>
        </div>
    }
    .into_any()
}

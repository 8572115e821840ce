//! Blocking time by dragging over it. What is let go is not blocked yet: the page of time off opens with these hours, and
//! says which appointments are in them. Whoever does not drag has the key on a free time, and that page itself.

use leptos::{ev::MouseEvent, leptos_dom::helpers::location, prelude::*, web_sys};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::{
    grid::{FreeTime, link_of, place_of, rows_of, slug_of},
    place::{self, Place, SNAP, STEP, first_minute, list_at, minute_at},
    state::{Blocking, Desk},
};
use crate::{
    time::clock_words,
    ui::{base_path, is_plain_press},
};

/// From and until, as minutes from the beginning of the column.
fn span(blocking: &Blocking) -> (u16, u16) {
    let Blocking { from, to, .. } = *blocking;
    (from.min(to), from.max(to) + SNAP)
}

/// Whether a stretch is being marked.
pub fn is_under_way(desk: Desk) -> bool {
    desk.blocking.with_value(Option::is_some)
}

/// Whether the reader may change the calendars that are shown.
fn is_allowed() -> bool {
    document().get_element_by_id("desk").is_some_and(|grid| grid.has_attribute("data-blocks"))
}

/// The mouse goes down: on a free time, or where nothing is.
pub fn started(desk: Desk, event: &MouseEvent) {
    desk.blocking.set_value(None);
    if !is_plain_press(event) || !is_allowed() {
        return;
    }
    let Some(list) = list_at(event) else { return };
    let entry = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let entry = entry.and_then(|element| element.closest("li").ok().flatten());
    if entry.is_some_and(|entry| !entry.class_list().contains("free")) {
        return;
    }
    if let (Some(slug), Some(minute)) = (slug_of(&list), minute_at(&list, event)) {
        desk.blocking.set_value(Some(Blocking { slug, from: minute, to: minute, dragged: false }));
        if link_of(event.target()).is_none() {
            // no text is marked on the way
            event.prevent_default();
        }
    }
}

/// The mouse moves.
pub fn over(desk: Desk, event: &MouseEvent) {
    let Some(blocking) = desk.blocking.get_value() else { return };
    // let go outside of the window
    if event.buttons() & 1 == 0 {
        cancelled(desk);
        return;
    }
    let Some(list) = list_at(event).filter(|list| slug_of(list).as_ref() == Some(&blocking.slug)) else { return };
    let Some(to) = minute_at(&list, event).filter(|to| *to != blocking.to) else { return };
    let blocking = Blocking { to, dragged: true, ..blocking };
    let (from, until) = span(&blocking);
    let first = first_minute(desk);
    let words = ["Block ", &clock_words(first + from), " to ", &clock_words(first + until)].concat();
    let time = FreeTime { slug: blocking.slug.clone(), start: None, words: String::new() };
    let place = Place { time, step: (from / STEP).into(), list };
    place::show(&place, ((until - from) / STEP).into(), &words, false);
    desk.blocking.set_value(Some(blocking));
}

/// The mouse is let go.
pub fn dropped(desk: Desk) {
    let Some(blocking) = desk.blocking.get_value() else { return };
    if blocking.dragged {
        open(desk, &blocking.slug, span(&blocking));
    } else {
        desk.blocking.set_value(None);
    }
}

/// Nothing is blocked after all; whether something was being marked.
pub fn cancelled(desk: Desk) -> bool {
    place::hide();
    desk.blocking.try_update_value(Option::take).flatten().is_some()
}

/// Whether a click is the end of dragging, and means nothing else.
pub fn ends_with(desk: Desk) -> bool {
    desk.blocking.with_value(|blocking| blocking.as_ref().is_some_and(|blocking| blocking.dragged))
}

/// Blocks a free time, by the key. Whether the reader may.
pub fn free_time(desk: Desk, link: &Element) -> bool {
    let (Some((slug, step)), Some(entry)) = (place_of(link), link.parent_element()) else { return false };
    let (Ok(step), Ok(rows)) = (u16::try_from(step), u16::try_from(rows_of(&entry))) else { return false };
    if is_allowed() {
        open(desk, &slug, (step * STEP, (step + rows) * STEP));
    }
    is_allowed()
}

/// Opens the page of time off with these minutes from the beginning of a column.
fn open(desk: Desk, slug: &str, (from, until): (u16, u16)) {
    let first = first_minute(desk);
    let clock = |minute: u16| {
        let minute = (first + minute).min(24 * 60 - 1);
        let (hour, minute) = (minute / 60, minute % 60);
        [hour.to_string().as_str(), if minute < 10 { ":0" } else { ":" }, &minute.to_string()].concat()
    };
    let date = desk.watched.with_value(|watched| watched.date.clone());
    let base = base_path().unwrap_or_default();
    let (from, until) = (clock(from), clock(until));
    let parts =
        [base.as_str(), "/doctor/time-off?doctor=", slug, "&date=", &date, "&start=", &from, "&end=", &until, "#add"];
    // an address of our own server is never refused
    let _ = location().assign(&parts.concat());
}

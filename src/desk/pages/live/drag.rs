//! Moving an appointment by dragging its card. While it is over a place, the server is asked what Move would ask, and
//! the place says in words from when until when the appointment would be there, or why it cannot. Whoever does not drag
//! has the button and the key.

use std::time::Duration;

use leptos::{ev::DragEvent, prelude::*, task::spawn_local, web_sys};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::{
    card::{begin, move_to},
    grid::{self, FreeTime, Target, rows_of, slug_of, target_of},
    outcome::refusal,
    state::{Desk, Dragged, Moved, Panel},
};
use crate::{
    booking::actions::front_desk::check_move, doctors::pages::place as place_classes, time::clock_words, ui::say,
};

/// A place that is passed more quickly is not asked for.
const PAUSE: Duration = Duration::from_millis(120);
/// A dragged card snaps to this many minutes where no free time says a start.
const SNAP: u32 = 15;

const OTHER_DOCTOR: &str = "another doctor\u{2019}s. An appointment moves within its own doctor\u{2019}s day.";

/// A card begins to be dragged.
pub fn started(desk: Desk, event: &DragEvent) {
    let Some(link) = grid::link_of(event.target()) else { return };
    let Some(Target::Card(id)) = target_of(&link) else { return };
    let rows = link.parent_element().map(|entry| rows_of(&entry)).unwrap_or_default();
    let dragged = begin(&link, id).map(|moved| Dragged { moved, rows, over: None, step: 0, answer: None });
    desk.dragged.set_value(dragged);
    desk.back.set_value(grid::place_of(&link));
}

/// It is over something. Only a place of the desk takes it.
pub fn over(desk: Desk, event: &DragEvent) {
    let Some(dragged) = desk.dragged.get_value() else { return };
    let Some(place) = place_at(desk, event) else { return clear(desk) };
    event.prevent_default();
    if dragged.over.as_ref() == Some(&place.time) {
        return;
    }
    let other = place.time.slug != dragged.moved.slug;
    let words =
        [place.time.words.as_str(), if other { ": " } else { "" }, if other { OTHER_DOCTOR } else { "" }].concat();
    show(&place, dragged.rows, &words, other);
    let time = place.time.clone();
    desk.dragged.set_value(Some(Dragged {
        over: Some(time.clone()),
        step: place.step,
        answer: None,
        ..dragged.clone()
    }));
    if other {
        return;
    }
    let ask = move || {
        let still = desk.dragged.try_with_value(|now| now.as_ref().is_some_and(|now| now.over.as_ref() == Some(&time)));
        if still == Some(true) {
            spawn_local(ask(desk, dragged.moved, place, dragged.rows));
        }
    };
    set_timeout(ask, PAUSE);
}

async fn ask(desk: Desk, moved: Moved, place: Place, rows: u32) {
    let answer = check_move(moved.id, moved.version, desk.time_form(&place.time)).await;
    let still = desk.dragged.try_update_value(|now| match now {
        Some(now) if now.over.as_ref() == Some(&place.time) => {
            now.answer = Some(answer.clone());
            true
        }
        _ => false,
    });
    if still == Some(true) {
        let words = match &answer {
            Ok(words) => words.clone(),
            Err(error) => [&place.time.words, ": ", &refusal(error)].concat(),
        };
        show(&place, rows, &words, answer.is_err());
    }
}

/// It is let go.
pub fn dropped(desk: Desk, event: &DragEvent) {
    let Some(Dragged { moved, over, step, answer, .. }) = desk.dragged.get_value() else { return };
    clear(desk);
    desk.dragged.set_value(None);
    let Some(time) = over else { return };
    event.prevent_default();
    desk.back.set_value(Some((time.slug.clone(), step)));
    match answer {
        _ if time.slug != moved.slug => desk.panel.set(Some(Panel::Move(moved, time, None))),
        Some(Err(error)) => {
            let why = refusal(&error);
            say(&why);
            desk.panel.set(Some(Panel::Move(moved, time, Some(why))));
        }
        // allowed, or not answered yet: moving asks the same once more
        Some(Ok(_)) | None => spawn_local(async move {
            if let Err(error) = move_to(desk, &moved, &time).await {
                desk.panel.set(Some(Panel::Move(moved, time, Some(refusal(&error)))));
            }
        }),
    }
}

/// Dragging has ended, wherever.
pub fn ended(desk: Desk) {
    clear(desk);
    desk.dragged.set_value(None);
}

/// A place of a column.
#[derive(Clone)]
struct Place {
    time: FreeTime,
    /// The step at which it begins.
    step: u32,
    list: Element,
}

/// The place under the pointer: a free time, or anything else in a column of time.
fn place_at(desk: Desk, event: &DragEvent) -> Option<Place> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let list = target.closest("#desk ol").ok().flatten()?;
    if let Some(link) = grid::link_of(event.target())
        && let Some(Target::Free(time)) = target_of(&link)
    {
        let (_, step) = grid::place_of(&link)?;
        return Some(Place { time, step, list });
    }
    // a list without columns of time has no other places
    let hours = document().query_selector(".desk-hours span").ok().flatten()?.dyn_into::<HtmlElement>().ok()?;
    let hour = u32::try_from(hours.offset_height()).ok().filter(|height| *height > 0)?;
    let target_is_list = target == list;
    let (target, list_box) = (target.dyn_ref::<HtmlElement>()?, list.dyn_ref::<HtmlElement>()?);
    let within = if target_is_list { 0 } else { target.offset_top() - list_box.offset_top() };
    let minute = u32::try_from(within + event.offset_y()).ok()? * 60 / hour / SNAP * SNAP;
    let first = desk.watched.with_value(|watched| watched.range.first);
    let words = clock_words(first + u16::try_from(minute).ok()?);
    Some(Place { time: FreeTime { slug: slug_of(&list)?, start: None, words }, step: minute / 5, list })
}

/// Shows where the card would be, with words.
fn show(place: &Place, rows: u32, words: &str, refused: bool) {
    let shown = document().get_element_by_id(DROP).or_else(|| document().create_element("li").ok());
    let Some(shown) = shown else { return };
    let steps = (u16::try_from(place.step).unwrap_or_default(), u16::try_from(rows.max(1)).unwrap_or(1));
    let look = if refused { " desk-drop refused" } else { " desk-drop" };
    let class = [place_classes(steps, 0).as_str(), look].concat();
    shown.set_id(DROP);
    shown.set_class_name(&class);
    shown.set_text_content(Some(words));
    // only moves within the page
    let _ = place.list.append_child(&shown);
}

const DROP: &str = "desk-drop";

fn clear(desk: Desk) {
    if let Some(shown) = document().get_element_by_id(DROP) {
        shown.remove();
    }
    desk.dragged.update_value(|dragged| {
        if let Some(dragged) = dragged {
            (dragged.over, dragged.answer) = (None, None);
        }
    });
}

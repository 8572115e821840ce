//! Moving an appointment by dragging its card. While it is over a place, the server is asked what Move would ask, and
//! the place says in words from when until when the appointment would be there, or why it cannot. Whoever does not drag
//! has the button and the key.

use std::time::Duration;

use leptos::{ev::DragEvent, prelude::*, task::spawn_local};

use super::{
    block,
    card::{begin, move_to},
    grid::{self, Target, rows_of, target_of},
    outcome::refusal,
    place::{self, Place, place_at, show},
    state::{Desk, Dragged, Moved, Panel},
};
use crate::{booking::actions::front_desk::check_move, ui::say};

/// A place that is passed more quickly is not asked for.
const PAUSE: Duration = Duration::from_millis(120);

const OTHER_DOCTOR: &str = "another doctor\u{2019}s. An appointment moves within its own doctor\u{2019}s day.";

/// A card begins to be dragged.
pub fn started(desk: Desk, event: &DragEvent) {
    let Some(link) = grid::link_of(event.target()) else { return };
    // over free times and what is between them the mouse blocks time, and drags no link
    if block::is_under_way(desk) {
        return event.prevent_default();
    }
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

fn clear(desk: Desk) {
    place::hide();
    desk.dragged.update_value(|dragged| {
        if let Some(dragged) = dragged {
            (dragged.over, dragged.answer) = (None, None);
        }
    });
}

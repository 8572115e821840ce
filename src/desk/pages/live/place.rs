//! Places of a column under the mouse, and what is shown there while something is dragged.

use leptos::{ev::MouseEvent, prelude::*, web_sys};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::{
    grid::{self, FreeTime, Target, slug_of, target_of},
    state::Desk,
};
use crate::{doctors::pages::place as place_classes, time::clock_words};

/// What is dragged snaps to this many minutes where no free time says a start.
pub const SNAP: u16 = 15;
/// Minutes of a step of a column.
pub const STEP: u16 = 5;
/// Id of what is shown.
const SHOWN: &str = "desk-drop";

/// A place of a column.
#[derive(Clone)]
pub struct Place {
    pub time: FreeTime,
    /// The step at which it begins.
    pub step: u32,
    pub list: Element,
}

/// The place under the mouse: a free time, or anything else in a column of time.
pub fn place_at(desk: Desk, event: &MouseEvent) -> Option<Place> {
    let list = list_at(event)?;
    if let Some(link) = grid::link_of(event.target())
        && let Some(Target::Free(time)) = target_of(&link)
    {
        let (_, step) = grid::place_of(&link)?;
        return Some(Place { time, step, list });
    }
    let minute = minute_at(&list, event)?;
    let words = clock_words(first_minute(desk) + minute);
    Some(Place { time: FreeTime { slug: slug_of(&list)?, start: None, words }, step: (minute / STEP).into(), list })
}

/// The column's list in which the mouse is.
pub fn list_at(event: &MouseEvent) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest("#desk ol").ok().flatten()
}

/// The minute of the day at which the columns begin.
pub fn first_minute(desk: Desk) -> u16 {
    desk.watched.with_value(|watched| watched.range.first)
}

/// Minutes from the beginning of the column to the mouse, in steps of [`SNAP`]. A list without columns of time has none.
pub fn minute_at(list: &Element, event: &MouseEvent) -> Option<u16> {
    let hours = document().query_selector(".desk-hours span").ok().flatten()?.dyn_into::<HtmlElement>().ok()?;
    let hour = hours.offset_height();
    let list: &HtmlElement = list.dyn_ref()?;
    let mut element: HtmlElement = event.target()?.dyn_into().ok()?;
    let mut within = event.offset_y();
    while element != *list {
        within += element.offset_top();
        let parent: HtmlElement = element.offset_parent()?.dyn_into().ok()?;
        if !list.contains(Some(&parent)) {
            within -= list.offset_top();
            break;
        }
        element = parent;
    }
    let minute = within.checked_mul(60)?.checked_div(hour)?;
    Some(u16::try_from(minute).ok()? / SNAP * SNAP)
}

/// Shows a place with words, so many steps long.
pub fn show(place: &Place, rows: u32, words: &str, refused: bool) {
    let shown = document().get_element_by_id(SHOWN).or_else(|| document().create_element("li").ok());
    let Some(shown) = shown else { return };
    let steps = (u16::try_from(place.step).unwrap_or_default(), u16::try_from(rows.max(1)).unwrap_or(1));
    let look = if refused { " desk-drop refused" } else { " desk-drop" };
    let class = [place_classes(steps, 0).as_str(), look].concat();
    shown.set_id(SHOWN);
    shown.set_class_name(&class);
    shown.set_text_content(Some(words));
    // only moves within the page
    let _ = place.list.append_child(&shown);
}

/// Takes away what is shown.
pub fn hide() {
    if let Some(shown) = document().get_element_by_id(SHOWN) {
        shown.remove();
    }
}

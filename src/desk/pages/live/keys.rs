//! Mouse and keys.

use leptos::{ev::MouseEvent, prelude::*, task::spawn_local, web_sys};
use web_sys::KeyboardEvent;

use super::{
    block,
    card::{begin, note, start_moving},
    grid::{Target, link_of, target_of, walk},
    state::{Desk, Panel},
    undo::undo_last,
};
use crate::{
    booking::Attendance,
    ui::{base_path, is_plain_press},
};

/// A click on a link of the desk opens its panel; with a key held, the browser does what it does with links.
pub fn clicked(desk: Desk, event: &MouseEvent) {
    if !is_plain_press(event) {
        return;
    }
    if block::ends_with(desk) {
        return event.prevent_default();
    }
    if let Some(link) = link_of(event.target())
        && desk.open(&link)
    {
        event.prevent_default();
    }
}

/// A key, while no panel is open. Letters mean something only on a link of the desk, so that nothing happens to whoever
/// dictates or types elsewhere.
pub fn pressed(desk: Desk, event: &KeyboardEvent) {
    let held = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
    if held && event.key().eq_ignore_ascii_case("k") {
        // not the browser's own search, whatever is open
        event.prevent_default();
        if desk.panel.with_untracked(Option::is_none) {
            desk.panel.set(Some(Panel::Palette));
        }
        return;
    }
    if event.ctrl_key() || event.meta_key() || event.alt_key() || desk.panel.with_untracked(Option::is_some) {
        return;
    }
    let key = event.key();
    let done = match (link_of(event.target()), key.as_str()) {
        (_, "Escape") if block::cancelled(desk) => true,
        (_, "Escape") => desk.moving.try_update(Option::take).flatten().is_some(),
        (Some(_), "?") => {
            desk.panel.set(Some(Panel::Keys));
            true
        }
        (Some(_), "z") => undo_last(desk),
        (Some(link), _) => walk(&link, &key) || act(desk, &link, &key),
        (None, _) => false,
    };
    if done {
        event.prevent_default();
    }
}

/// A letter on a card.
fn act(desk: Desk, link: &web_sys::Element, key: &str) -> bool {
    let Some(Target::Card(id)) = target_of(link) else { return key == "b" && block::free_time(desk, link) };
    let mark = match key {
        "a" => Attendance::Arrived,
        "c" => Attendance::Completed,
        "n" => Attendance::NoShow,
        "u" => Attendance::Undo,
        "m" => {
            if let Some(moved) = begin(link, id) {
                start_moving(desk, moved);
            }
            return true;
        }
        _ => return false,
    };
    spawn_local(note(desk, link.clone(), id, mark));
    true
}

/// The keys in words.
pub fn help(desk: Desk) -> AnyView {
    const KEYS: [(&str, &str); 14] = [
        ("Ctrl K", "go to a patient, a doctor, a day or a reference, or do something: from anywhere on this page"),
        ("Arrows", "go to the time above or below, or to the doctor beside"),
        ("Home, End", "go to the first and the last time of the doctor"),
        ("Enter", "book a free time; open an appointment"),
        ("a", "the patient has arrived"),
        ("c", "the appointment is completed"),
        ("n", "the patient did not attend"),
        ("u", "undo: booked again"),
        ("m", "move the appointment: then choose a free time of its doctor with Enter"),
        ("b", "block a free time, for those who may: the page of time off opens with its hours"),
        ("z", "undo the last move or cancellation, within three minutes"),
        ("Escape", "close the panel; stop moving"),
        ("?", "show these keys"),
        ("/", "find a patient: from anywhere, unless you switch it off in your account"),
    ];
    let rows = KEYS.map(|(key, words)| view! { <div><dt><kbd>{key}</kbd></dt><dd>{words}</dd></div> }).collect_view();
    view! {
        <h2 id="desk-panel-title" tabindex="-1">
            "Keys"
        </h2>
        <p class="muted">
            "Letters work while a time or an appointment has the focus. A card can also be dragged to another time, and dragging
            over free time blocks it."
        </p>
        <dl class="desk-keys">{rows}</dl>
        <p>
            <a href=[base_path().unwrap_or_default().as_str(), "/account#keys"].concat()>"Switch the key / off or on"</a>
        </p>
        <button class="btn btn-secondary" type="button" on:click=move |_| desk.close()>
            "Close"
        </button>
    }
    .into_any()
}

//! Presses of the mouse on what a page answers itself.

use leptos::web_sys::MouseEvent;

/// Whether the main button was pressed with no key held. Of every other press the browser makes what it makes of links: a
/// new tab, a window, a file to keep.
#[must_use]
pub fn is_plain_press(event: &MouseEvent) -> bool {
    let held = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
    event.button() == 0 && !held
}

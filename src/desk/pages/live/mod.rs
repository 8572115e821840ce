//! What makes the desk live: columns that follow every change, panels to book and to change, and keys for all of it. A
//! part of its own in the browser, loaded on this page alone.

mod book;
mod card;
mod grid;
mod keys;
mod listen;
mod patient;
mod state;

use leptos::{ev, html, prelude::*};

use self::{
    book::book_panel,
    card::{card_panel, move_panel},
    state::{Desk, Panel},
};
use crate::desk::model::Watched;

/// Makes the desk live. Nothing in the server's HTML but a closed dialog.
#[island]
pub fn LiveDesk(watched: Watched) -> impl IntoView {
    let desk = Desk::new(watched);
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        grid::rove();
        listen::start(desk);
        let click = window_event_listener(ev::click, move |event| keys::clicked(desk, &event));
        let press = window_event_listener(ev::keydown, move |event| keys::pressed(desk, &event));
        on_cleanup(move || {
            click.remove();
            press.remove();
        });
    });
    Effect::new(move |_| {
        let open = desk.panel.with(Option::is_some);
        let Some(dialog) = dialog.get() else { return };
        if open && !dialog.open() {
            // it can only be open already
            let _ = dialog.show_modal();
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
    let closed = move |_| {
        desk.close();
        desk.reload_if_stale();
        if let Some(place) = desk.back.get_value().filter(|_| grid::focus_is_lost()) {
            grid::focus_near(&place);
        }
    };
    let panel = move || match desk.panel.get() {
        None => ().into_any(),
        Some(Panel::Book(time)) => book_panel(desk, time),
        Some(Panel::Card(id)) => card_panel(desk, id),
        Some(Panel::Move(moved, time)) => move_panel(desk, moved, time),
        Some(Panel::Keys) => keys::help(desk),
    };
    view! {
        {move || desk.lost.get().map(|why| view! { <p class="desk-note desk-lost">{why}</p> })}
        {move || desk.moving.get().map(|moved| card::moving_note(desk, &moved))}
        <button
            class="btn btn-quiet desk-keys-button no-print"
            type="button"
            on:click=move |_| desk.panel.set(Some(Panel::Keys))
        >
            "Keys " <kbd>"?"</kbd>
        </button>
        <dialog class="desk-panel" aria-labelledby="desk-panel-title" node_ref=dialog on:close=closed>
            {panel}
        </dialog>
    }
}

//! What makes the desk live: columns that follow every change, panels to book and to change, and keys for all of it. A
//! part of its own in the browser, loaded on this page alone.

mod block;
mod book;
mod card;
mod drag;
mod grid;
mod keys;
mod listen;
mod outcome;
mod palette;
mod patient;
mod place;
mod state;
mod undo;

use leptos::{ev, html, leptos_dom::helpers::WindowListenerHandle, prelude::*};

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
        undo::end_all_in_time(desk);
        hear(desk);
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
        Some(Panel::Move(moved, time, why)) => move_panel(desk, moved, time, why),
        Some(Panel::Keys) => keys::help(desk),
        Some(Panel::Palette) => palette::palette_panel(desk),
    };
    view! {
        {move || desk.lost.get().map(|why| view! { <p class="desk-note desk-lost">{why}</p> })}
        {move || desk.moving.get().map(|moved| card::moving_note(desk, &moved))}
        {move || undo::notes(desk)}
        {move || desk.trouble.get().map(|why| trouble(desk, why))}
        {buttons(desk)}
        <dialog class="desk-panel" aria-labelledby="desk-panel-title" node_ref=dialog on:close=closed>
            {panel}
        </dialog>
    }
}

/// Listens to mouse and keys as long as the page is open.
fn hear(desk: Desk) {
    let listeners = [
        window_event_listener(ev::mousedown, move |event| {
            listen::pressed(desk, event.button() == 0 && place::list_at(&event).is_some());
            block::started(desk, &event);
        }),
        window_event_listener(ev::mousemove, move |event| {
            // it may have been let go outside of the window
            if event.buttons() & 1 == 0 {
                listen::pressed(desk, false);
            }
            block::over(desk, &event);
        }),
        window_event_listener(ev::mouseup, move |_| {
            listen::pressed(desk, false);
            block::dropped(desk);
        }),
        window_event_listener(ev::blur, move |_| listen::pressed(desk, false)),
        window_event_listener(ev::click, move |event| keys::clicked(desk, &event)),
        window_event_listener(ev::keydown, move |event| keys::pressed(desk, &event)),
        window_event_listener(ev::dragstart, move |event| {
            listen::pressed(desk, false);
            drag::started(desk, &event);
        }),
        window_event_listener(ev::dragover, move |event| drag::over(desk, &event)),
        window_event_listener(ev::drop, move |event| drag::dropped(desk, &event)),
        window_event_listener(ev::dragend, move |_| drag::ended(desk)),
    ];
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
}

fn buttons(desk: Desk) -> AnyView {
    view! {
        <div class="desk-buttons no-print">
            <button
                class="btn btn-quiet"
                type="button"
                aria-keyshortcuts="Control+K"
                on:click=move |_| desk.panel.set(Some(Panel::Palette))
            >
                "Go to\u{2026} " <kbd>"Ctrl K"</kbd>
            </button>
            <button class="btn btn-quiet" type="button" on:click=move |_| desk.panel.set(Some(Panel::Keys))>
                "Keys " <kbd>"?"</kbd>
            </button>
        </div>
    }
    .into_any()
}

/// Why something could not be done, until it is read.
fn trouble(desk: Desk, why: String) -> AnyView {
    view! {
        <p class="desk-note desk-lost no-print">
            {why} " "
            <button class="btn-link" type="button" on:click=move |_| desk.trouble.set(None)>
                "Close"
                <span class="visually-hidden">" this message"</span>
            </button>
        </p>
    }
    .into_any()
}

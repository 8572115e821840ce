//! Taking back what was moved or cancelled on this page, as long as nobody is told.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};

use super::{
    outcome::{after, refusal},
    state::Desk,
};
use crate::{booking::actions::front_desk::undo, desk::model::Undoable, ids::AppointmentId, ui::say};

/// Seconds in which a move and a cancellation can be taken back; the server has the last word.
pub const OPEN: u32 = 3 * 60;

/// Offers to take this back until its time is over.
pub fn offer(desk: Desk, done: Undoable) {
    desk.undo.update(|all| all.push(done.clone()));
    end_in_time(desk, &done);
}

/// Ends what the page offers since it was loaded.
pub fn end_all_in_time(desk: Desk) {
    desk.undo.with_untracked(|all| all.iter().for_each(|done| end_in_time(desk, done)));
}

fn end_in_time(desk: Desk, done: &Undoable) {
    let id = done.id;
    set_timeout(move || forget(desk, id), Duration::from_secs(done.left.into()));
}

fn forget(desk: Desk, id: AppointmentId) {
    // the page may be left by now
    desk.undo.try_update(|all| all.retain(|done| done.id != id));
}

/// Says above the columns what can be taken back, the newest first.
pub fn notes(desk: Desk) -> AnyView {
    let note = move |done: Undoable| {
        let words = [&done.words, ". Messages about it wait three minutes. "].concat();
        let name = [" ", &done.words].concat();
        view! {
            <p class="desk-note desk-undo no-print">
                {words}
                <button class="btn-link" type="button" on:click=move |_| take_back(desk, done.clone())>
                    "Undo"
                    <span class="visually-hidden">{name}</span>
                </button>
            </p>
        }
    };
    desk.undo.get().into_iter().rev().map(note).collect_view().into_any()
}

/// Takes back what was done last; whether there is something.
pub fn undo_last(desk: Desk) -> bool {
    let last = desk.undo.with_untracked(|all| all.last().cloned());
    let found = last.is_some();
    match last {
        Some(done) => take_back(desk, done),
        None => say("There is nothing to undo."),
    }
    found
}

fn take_back(desk: Desk, done: Undoable) {
    // one press is one request
    forget(desk, done.id);
    spawn_local(async move {
        match undo(done.id, done.version).await {
            Ok(stands) => after(desk, &done.slug, stands, &["Undone: ", &done.words, "."].concat()).await,
            Err(error) => {
                let words = [&done.words, ": ", &refusal(&error)].concat();
                desk.trouble.set(Some(words.clone()));
                say(&words);
            }
        }
    });
}

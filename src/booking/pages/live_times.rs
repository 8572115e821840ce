//! Times that another booking takes leave the list while its page is open.

use std::time::Duration;

use leptos::{html, prelude::*, task::spawn_local, web_sys};
use wasm_bindgen::JsCast;

use crate::{
    booking::actions::free_times,
    ids::{AppointmentId, PersonId},
    ui::{Events, TIMES_FIELD, say},
};

/// How often the page asks by itself while it receives no changes. Choosing a time that was taken a moment ago is
/// harmless: the server says so and shows the nearest ones.
const PAUSE: Duration = Duration::from_secs(20);

/// Watches the times of one day and takes away those that are gone. When the chosen one is among them, it says so and
/// takes the focus. Nothing in the server's HTML.
#[island]
pub fn LiveTimes(
    doctor: String,
    visit_type: String,
    /// "2026-12-03"
    day: String,
    moving: Option<AppointmentId>,
    /// Who is to be seen, when that is not the reader.
    person: Option<PersonId>,
    /// The starts that the page lists, in unix seconds, with their clock times.
    listed: Vec<(i64, String)>,
    /// Where the page learns that the doctor's times changed.
    changes: String,
) -> impl IntoView {
    let lost = RwSignal::new(None::<String>);
    let list = List {
        day: StoredValue::new((doctor, visit_type, day)),
        moving,
        person,
        shown: StoredValue::new(listed),
        asking: StoredValue::new(Asking::Idle),
        lost,
    };
    let notice = NodeRef::<html::Div>::new();
    Effect::new(move |_| watch(list, changes.clone()));
    Effect::new(move |_| {
        if lost.with(Option::is_some)
            && let Some(notice) = notice.get()
        {
            // Focus can only fail on a node that left the page meanwhile.
            let _ = notice.focus();
        }
    });
    move || {
        lost.get().map(|time| {
            view! {
                <div class="notice notice-warning" tabindex="-1" node_ref=notice>
                    <div class="notice-body">
                        <p>{time} " is no longer free. Please choose another time."</p>
                    </div>
                </div>
            }
        })
    }
}

/// The list on the page, and whether it is being compared with the server's.
#[derive(Clone, Copy)]
struct List {
    /// Doctor, visit type and date.
    day: StoredValue<(String, String, String)>,
    moving: Option<AppointmentId>,
    person: Option<PersonId>,
    shown: StoredValue<Vec<(i64, String)>>,
    asking: StoredValue<Asking>,
    /// The chosen time, once it is gone.
    lost: RwSignal<Option<String>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Asking {
    Idle,
    UnderWay,
    /// Something changed while the answer was under way.
    Again,
    /// The last question had no answer.
    Failed,
}

impl List {
    /// Compares the list with the server's, one question at a time.
    fn ask(self) {
        let before = self.asking.get_value();
        if matches!(before, Asking::UnderWay | Asking::Again) {
            self.asking.set_value(Asking::Again);
        } else {
            self.asking.set_value(Asking::UnderWay);
            spawn_local(self.compare());
        }
    }

    async fn compare(self) {
        loop {
            let (doctor, visit_type, day) = self.day.get_value();
            let answer = free_times(doctor, visit_type, day, self.moving, self.person).await;
            let next = if answer.is_ok() { Asking::Idle } else { Asking::Failed };
            if let Ok(free) = answer {
                let gone = self.shown.try_update_value(|shown| take_away(shown, &free)).unwrap_or_default();
                report(&gone, self.shown, self.lost);
            }
            let again = self.asking.get_value() == Asking::Again;
            self.asking.set_value(if again { Asking::UnderWay } else { next });
            if !again {
                return;
            }
        }
    }
}

/// Has the list compared when the doctor's times change, and from time to time while no change is reported. A hidden
/// page does neither and starts again when it is shown.
fn watch(list: List, changes: String) {
    let stream = StoredValue::new_local(None::<Events>);
    let listen = move || {
        let shown = !document().hidden();
        stream.set_value(shown.then(|| Events::open(&changes, move || list.ask())).flatten());
    };
    listen();
    let relisten = listen.clone();
    let visibility = window_event_listener_untyped("visibilitychange", move |_| relisten());
    let look = move || {
        if document().hidden() {
            return;
        }
        let hears = stream.with_value(|stream| stream.as_ref().is_some_and(Events::is_open));
        if stream.with_value(|stream| stream.as_ref().is_none_or(Events::is_given_up)) {
            listen();
        }
        if !hears || list.asking.get_value() == Asking::Failed {
            list.ask();
        }
    };
    let interval = set_interval_with_handle(look, PAUSE);
    on_cleanup(move || {
        visibility.remove();
        if let Ok(interval) = interval {
            interval.clear();
        }
    });
}

/// A time that has left the list.
struct Gone {
    label: String,
    was_chosen: bool,
}

/// Removes the times that are no longer free from the page and from the list.
fn take_away(shown: &mut Vec<(i64, String)>, free: &[i64]) -> Vec<Gone> {
    let mut gone = Vec::new();
    shown.retain(|(start, label)| {
        let still_free = free.contains(start);
        if !still_free {
            gone.push(Gone { label: label.clone(), was_chosen: remove_from_page(*start) });
        }
        still_free
    });
    gone
}

/// Removes one time, and its part of the day when it was the last one there. Whether it was the chosen one.
fn remove_from_page(start: i64) -> bool {
    let selector = ["input[name=", TIMES_FIELD, "][value='", &start.to_string(), "']"].concat();
    let Some(input) = document().query_selector(&selector).ok().flatten() else {
        return false;
    };
    let was_chosen = input.dyn_ref::<web_sys::HtmlInputElement>().is_some_and(web_sys::HtmlInputElement::checked);
    let part = input.closest("fieldset").ok().flatten();
    if let Some(slot) = input.closest("label").ok().flatten() {
        slot.remove();
    }
    if let Some(part) = part
        && part.query_selector("input").ok().flatten().is_none()
    {
        part.remove();
    }
    was_chosen
}

fn report(gone: &[Gone], shown: StoredValue<Vec<(i64, String)>>, lost: RwSignal<Option<String>>) {
    if gone.is_empty() {
        return;
    }
    let left = shown.with_value(Vec::len);
    say(&taken_words(gone.len(), left));
    if let Some(chosen) = gone.iter().find(|time| time.was_chosen) {
        lost.try_set(Some(chosen.label.clone()));
    }
}

/// "2 times are no longer free. 9 left."
fn taken_words(taken: usize, left: usize) -> String {
    let taken = match taken {
        1 => "1 time is no longer free. ".to_owned(),
        more => more.to_string() + " times are no longer free. ",
    };
    match left {
        0 => taken + "None is left on this day.",
        left => taken + &left.to_string() + " left.",
    }
}

#[cfg(test)]
mod tests {
    use super::taken_words;

    #[test]
    fn one_time_and_several_read_right() {
        assert_eq!(taken_words(1, 9), "1 time is no longer free. 9 left.");
        assert_eq!(taken_words(2, 1), "2 times are no longer free. 1 left.");
        assert_eq!(taken_words(1, 0), "1 time is no longer free. None is left on this day.");
    }
}

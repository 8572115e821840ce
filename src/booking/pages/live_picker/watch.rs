//! Times that another booking takes leave the list while its page is open.

use std::time::Duration;

use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local, web_sys::HtmlInputElement};
use wasm_bindgen::JsCast;

use super::{super::choose_ids::CHOOSE_ID, part};
use crate::{
    booking::actions::FreeTimes,
    ui::{Events, TIMES_FIELD, call, say},
};

/// How often the page asks by itself while it receives no changes. Choosing a time that was taken a moment ago is
/// harmless: the server says so and shows the nearest ones.
const PAUSE: Duration = Duration::from_secs(20);

/// Compares the times that are shown with the server's, and takes away those that are gone. When the chosen one is among
/// them, it says so and takes the focus.
#[derive(Clone, Copy)]
pub struct Watch {
    asking: StoredValue<Asking>,
    /// The address of the stream, and the stream.
    stream: StoredValue<(String, Option<Events>), LocalStorage>,
}

impl Default for Watch {
    fn default() -> Self {
        Watch { asking: StoredValue::new(Asking::Idle), stream: StoredValue::new_local((String::new(), None)) }
    }
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

impl Watch {
    /// Compares the list with the server's, one question at a time.
    pub fn ask(self) {
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
            let day = part::shown_day();
            let free = match &day {
                Some(day) => call(FreeTimes::PATH, &values(day)).await.filter(|called| called.ok),
                None => None,
            };
            let free = free.and_then(|called| called.numbers());
            let next = if day.is_none() || free.is_some() { Asking::Idle } else { Asking::Failed };
            // another day may be shown by now
            if let Some(free) = free.filter(|_| part::shown_day() == day) {
                report(&take_away(&free));
            }
            let again = self.asking.get_value() == Asking::Again;
            self.asking.set_value(if again { Asking::UnderWay } else { next });
            if !again {
                return;
            }
        }
    }

    /// Has the list compared when the doctor's times change, and from time to time while no change is reported. A hidden
    /// page does neither and starts again when it is shown.
    pub fn start(self) {
        self.listen();
        let visibility = window_event_listener_untyped("visibilitychange", move |_| {
            self.close();
            self.listen();
        });
        let look = move || {
            if document().hidden() {
                return;
            }
            let hears = self.stream.with_value(|(_, stream)| stream.as_ref().is_some_and(Events::is_open));
            if self.stream.with_value(|(_, stream)| stream.as_ref().is_none_or(Events::is_given_up)) {
                self.close();
                self.listen();
            }
            if !hears || self.asking.get_value() == Asking::Failed {
                self.ask();
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

    /// Opens the stream that the part names, unless it is open.
    pub fn listen(self) {
        let changes = part::fact("changes").unwrap_or_default();
        if document().hidden() || self.stream.with_value(|(open, _)| *open == changes) {
            return;
        }
        let stream = Events::open(&changes, move || self.ask());
        self.stream.set_value((changes, stream));
    }

    fn close(self) {
        self.stream.set_value((String::new(), None));
    }
}

/// Whose free times are asked for, as the server function takes it.
fn values(day: &str) -> String {
    let mut values = ["day=", day].concat();
    for (name, fact) in [("doctor", "doctor"), ("visit_type", "visit-type"), ("moving", "moving"), ("person", "person")]
    {
        if let Some(value) = part::fact(fact) {
            values += &["&", name, "=", &value].concat();
        }
    }
    values
}

/// A time that has left the list.
struct Gone {
    label: String,
    was_chosen: bool,
}

/// Removes the times that are no longer free from the page.
fn take_away(free: &[f64]) -> Vec<Gone> {
    let gone = part::shown_times().into_iter().filter(|(start, _)| !free.contains(&(*start as f64)));
    gone.map(|(start, label)| Gone { label, was_chosen: remove_from_page(start) }).collect()
}

/// Removes one time, and its part of the day when it was the last one there. Whether it was the chosen one.
fn remove_from_page(start: i64) -> bool {
    let selector = ["#", CHOOSE_ID, " input[name=", TIMES_FIELD, "][value='", &start.to_string(), "']"].concat();
    let Some(input) = part::find(&selector) else {
        return false;
    };
    let was_chosen = input.dyn_ref::<HtmlInputElement>().is_some_and(HtmlInputElement::checked);
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

fn report(gone: &[Gone]) {
    if gone.is_empty() {
        return;
    }
    let left = part::shown_times().len();
    part::set_count(left);
    say(&taken_words(gone.len(), left));
    if let Some(chosen) = gone.iter().find(|time| time.was_chosen) {
        part::show_chosen();
        part::notice(&[&chosen.label, " is no longer free. Please choose another time."].concat());
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

//! Times that somebody else takes leave the list while its page is open.

use std::time::Duration;

use leptos::{html, prelude::*, task::spawn_local, web_sys};
use wasm_bindgen::JsCast;

use crate::{
    booking::actions::free_times,
    ids::AppointmentId,
    ui::{TIMES_FIELD, say},
};

/// How often the page asks, while it is looked at. Choosing a time that was taken a moment ago is harmless: the server
/// says so and offers the nearest ones.
const PAUSE: Duration = Duration::from_secs(20);

/// Watches the times of one day and takes away those that are gone. When the chosen one is among them, it says so and
/// takes the focus. Nothing in the server's HTML.
#[island]
pub fn LiveTimes(
    doctor: String,
    visit: String,
    /// "2026-12-03"
    day: String,
    moving: Option<AppointmentId>,
    /// The starts that the page lists, in unix seconds, with their clock times.
    listed: Vec<(i64, String)>,
) -> impl IntoView {
    let shown = StoredValue::new(listed);
    let lost = RwSignal::new(None::<String>);
    let notice = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        let (doctor, visit, day) = (doctor.clone(), visit.clone(), day.clone());
        let ask = move || {
            if document().hidden() {
                return;
            }
            let answer = free_times(doctor.clone(), visit.clone(), day.clone(), moving);
            spawn_local(async move {
                if let Ok(free) = answer.await {
                    let gone = shown.try_update_value(|shown| take_away(shown, &free)).unwrap_or_default();
                    report(&gone, shown, lost);
                }
            });
        };
        if let Ok(handle) = set_interval_with_handle(ask, PAUSE) {
            on_cleanup(move || handle.clear());
        }
    });
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
                        <p>{time} " was just booked by someone else. Please choose another time."</p>
                    </div>
                </div>
            }
        })
    }
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

/// "2 times were taken. 9 left."
fn taken_words(taken: usize, left: usize) -> String {
    let taken = match taken {
        1 => "1 time was taken. ".to_owned(),
        more => more.to_string() + " times were taken. ",
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
        assert_eq!(taken_words(1, 9), "1 time was taken. 9 left.");
        assert_eq!(taken_words(2, 1), "2 times were taken. 1 left.");
        assert_eq!(taken_words(1, 0), "1 time was taken. None is left on this day.");
    }
}

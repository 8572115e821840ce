//! What makes choosing a time live: another day shows at once, another visit type or later days take their place in the
//! page without a new one, times that others take go away, and a press on the button holds the time.
//!
//! The server's HTML stays the one description of the page. The times of the days in the list come along with it; for
//! everything else the browser asks for the page that a press would lead to, and shows its part. Where that has no such
//! part, it goes there.

mod part;
mod watch;

use std::time::Duration;

use leptos::{
    ev,
    leptos_dom::helpers::location,
    prelude::*,
    task::spawn_local,
    web_sys::{self, Element, HtmlInputElement},
};
use wasm_bindgen::JsCast;

use self::{part::Focus, watch::Watch};
use super::choose_ids::CHOOSE_ID;
use crate::ui::{FetchedPage, Form, Sent, TIMES_FIELD, device_zone::note_device_zones, is_plain_press, say, send};

/// How long the browser waits for another press of an arrow key before it asks for the days of a visit type.
const SETTLE: Duration = Duration::from_millis(150);
const NO_ANSWER: &str = "We could not reach the clinic. Please check your connection and try again.";

/// Makes the part of the page that chooses a time live. Nothing in the server's HTML.
#[island]
pub fn LivePicker() -> impl IntoView {
    Effect::new(move |_| {
        let picker = Picker { asked: StoredValue::new(0), sending: StoredValue::new(false), watch: Watch::default() };
        picker.catch_up();
        picker.watch.start();
        let changed = window_event_listener(ev::change, move |event| picker.changed(input_of(event.target())));
        let submitted = window_event_listener(ev::submit, move |event| picker.submitted(&event));
        let clicked = window_event_listener(ev::click, move |event| picker.clicked(&event));
        let shown = window_event_listener_untyped("pageshow", move |_| picker.send_ends());
        on_cleanup(move || {
            for listener in [changed, submitted, clicked, shown] {
                listener.remove();
            }
        });
    });
}

/// The part of the page, as it answers.
#[derive(Clone, Copy)]
struct Picker {
    /// Numbers what the browser asked for: only the last answer counts.
    asked: StoredValue<u32>,
    /// Whether a form is under way.
    sending: StoredValue<bool>,
    watch: Watch,
}

/// What belongs to the part.
fn in_part(target: Option<web_sys::EventTarget>) -> Option<Element> {
    let element: Element = target?.dyn_into().ok()?;
    let selector = ["#", CHOOSE_ID].concat();
    element.closest(&selector).ok().flatten().map(|_| element)
}

fn input_of(target: Option<web_sys::EventTarget>) -> Option<HtmlInputElement> {
    in_part(target)?.dyn_into().ok()
}

impl Picker {
    /// Shows what was chosen before the page became live, or what the browser remembers of it.
    fn catch_up(self) {
        if let Some(kind) = part::checked("visit_type").filter(|kind| part::fact("visit-type") != Some(kind.value())) {
            self.changed(Some(kind));
        } else if let Some(day) = part::checked("day").filter(|day| part::shown_day() != Some(day.value())) {
            self.show_day(&day);
        }
        part::show_chosen();
        note_device_zones();
    }

    fn changed(self, input: Option<HtmlInputElement>) {
        let Some(input) = input else { return };
        match input.name().as_str() {
            "visit_type" => {
                let number = self.next();
                let ask = move || {
                    if self.asked.get_value() == number {
                        self.submit(&input, None, Focus::Kind);
                    }
                };
                part::wait(true);
                set_timeout(ask, SETTLE);
            }
            "day" => self.show_day(&input),
            TIMES_FIELD => part::show_chosen(),
            _ => {}
        }
    }

    /// Shows the times of a day: those that came with the page, or the page's of that day.
    fn show_day(self, day: &HtmlInputElement) {
        if !part::show_day(day) {
            self.submit(day, None, Focus::Day);
            return;
        }
        self.next();
        if let Some(form) = form_of(day, None) {
            part::replace_address(&form.address());
        }
        say(&part::words());
        self.watch.ask();
    }

    fn submitted(self, event: &web_sys::SubmitEvent) {
        let Some(form) = in_part(event.target()) else { return };
        // such a form leaves the frame of another website
        if form.has_attribute("target") {
            return;
        }
        event.prevent_default();
        let is_shown = || part::shown_day() == part::checked("day").map(|day| day.value());
        match form.class_name().as_str() {
            "days" if is_shown() => {
                if let Some(form) = form_of(&form, None) {
                    part::replace_address(&form.address());
                }
                part::focus(Some(Focus::Times));
            }
            "kinds" => self.submit(&form, None, Focus::Days),
            _ => self.submit(&form, event.submitter(), Focus::Times),
        }
    }

    /// Sends the form of an element as a press on `button` would.
    fn submit(self, element: &Element, button: Option<web_sys::HtmlElement>, focus: Focus) {
        let Some(form) = form_of(element, button.as_deref()) else { return };
        if form.only_asks {
            self.go(form.address(), focus);
        } else if !self.sending.get_value() && !part::waits() {
            self.sending.set_value(true);
            let chosen = form.values.contains(&[TIMES_FIELD, "="].concat());
            part::send_begins(element, button.as_deref(), chosen);
            spawn_local(self.send(form));
        }
    }

    /// A link to other days, or to the times of one.
    fn clicked(self, event: &web_sys::MouseEvent) {
        if !is_plain_press(event) {
            return;
        }
        let link = in_part(event.target()).and_then(|element| element.closest("a[data-in-place]").ok().flatten());
        let Some(link) = link else { return };
        let times = link.get_attribute("data-in-place").as_deref() == Some("times");
        if let Some(address) = link.get_attribute("href") {
            event.prevent_default();
            self.go(address, if times { Focus::Times } else { Focus::Days });
        }
    }

    fn next(self) -> u32 {
        self.asked.update_value(|number| *number += 1);
        self.asked.get_value()
    }

    /// Shows the part of the page at this address.
    fn go(self, address: String, focus: Focus) {
        let number = self.next();
        part::wait(true);
        spawn_local(async move {
            let page = FetchedPage::read(&address).await;
            if self.asked.get_value() != number {
                return;
            }
            part::wait(false);
            let follows = matches!(focus, Focus::Days | Focus::Times) || part::has_focus();
            match page {
                None => self.failed(),
                Some(page) if part::put(&page) => {
                    part::replace_address(&address);
                    self.has_new_part(follows.then_some(focus));
                }
                Some(_) => leave(&address),
            }
        });
    }

    async fn send(self, form: Form) {
        match send(&form).await {
            // the page stays as it is until the next one is there
            Some(Sent::Done(address)) => leave(&address),
            Some(Sent::Failed(page)) => {
                self.send_ends();
                if part::put(&page) {
                    part::replace_address(&page.address);
                    self.has_new_part(Some(Focus::Times));
                } else {
                    leave(&page.address);
                }
            }
            None => {
                self.send_ends();
                part::notice(NO_ANSWER);
            }
        }
    }

    fn send_ends(self) {
        self.sending.set_value(false);
        part::send_ends();
    }

    /// Without an answer, what is chosen is again what is shown.
    fn failed(self) {
        part::choose_what_is_shown();
        part::notice(NO_ANSWER);
    }

    /// What follows when the part was exchanged. What is wrong takes the focus in any case, and is read from there.
    fn has_new_part(self, focus: Option<Focus>) {
        part::show_chosen();
        note_device_zones();
        if !part::focus(focus) {
            say(&part::words());
        }
        self.watch.listen();
    }
}

fn form_of(element: &Element, button: Option<&Element>) -> Option<Form> {
    let form = element.closest("form").ok().flatten()?;
    Form::of(&form, button)
}

/// Goes to another page.
fn leave(address: &str) {
    // an address of our own server is never refused
    let _ = location().assign(address);
}

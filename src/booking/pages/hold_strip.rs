//! How long a time is still held, and one press to keep it longer.

use std::time::Duration;

use leptos::{
    ev,
    prelude::*,
    server_fn::ServerFn,
    task::spawn_local,
    web_sys::{self, Element, js_sys::Date},
};
use wasm_bindgen::JsCast;

use crate::{
    app::{FormPage, FormState, error_words},
    booking::{HoldLeft, HoldView, actions::ExtendHold},
    error::AppError,
    ids::AppointmentId,
    ui::{Called, Form, Glyph, Icon, call, say},
};

/// Minutes left at which a screen reader is told, and never in between.
const TELL_AT: [i64; 3] = [5, 2, 1];
/// How often the browser looks at its clock.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A minute in the milliseconds of the browser's clock.
const MINUTE: f64 = 60_000.0;
/// The element of the strip, which says the minutes that are left in `data-minutes`.
const STRIP_ID: &str = "hold";

/// What is said once the hold has run out.
const STOPPED: &str = "We stopped holding this time for you. Nothing you typed is lost. \
     Go on: if the time is still free, you can book it.";
const HOLDING: &str = "We are holding this time for ";
const NOT_LONGER: &str = "We cannot hold it any longer than this.";
const NOT_AGAIN: &str = "We can no longer hold it. It may still be free: go on to find out.";

/// The strip of a hold: "We are holding this time for 9 more minutes." `not_longer` is the form that keeps it longer, as
/// it was sent before this page was made.
pub(super) fn hold_strip(hold: &HoldView, not_longer: &FormState) -> impl IntoView + use<> {
    let left = &hold.left;
    let words = match left.words() {
        Some(words) => view! { {HOLDING} <strong>{words}</strong> "." }.into_any(),
        None => STOPPED.into_any(),
    };
    let problem = not_longer.error().map(|error| view! { <p class="error-text">{problem(error)}</p> });
    view! {
        <div class="hold" id=STRIP_ID data-minutes=left.minutes.map(|minutes| minutes.to_string())>
            <Icon glyph=Glyph::Clock />
            <p>{words}</p>
            {left.extendable.then(|| keep_form(hold.id, left.minutes.is_some()))}
            {problem}
        </div>
        <LiveHold />
    }
}

fn keep_form(id: AppointmentId, live: bool) -> impl IntoView + use<> {
    view! {
        <form method="post" action=ExtendHold::PATH>
            <FormPage />
            <input type="hidden" name="id" value=id.to_string() />
            <button class="btn-link" type="submit">
                {keep_words(live)}
            </button>
        </form>
    }
}

fn keep_words(live: bool) -> &'static str {
    if live { "Keep it longer" } else { "Hold it again" }
}

fn problem(error: &AppError) -> String {
    match error {
        AppError::Conflict => NOT_LONGER.to_owned(),
        AppError::HoldExpired { .. } => NOT_AGAIN.to_owned(),
        other => error_words(other),
    }
}

/// In the browser the minutes of the strip count down, and the hold is made longer in place, so that what is being typed
/// next to it stays. Nothing in the server's HTML.
#[island]
pub fn LiveHold() -> impl IntoView {
    Effect::new(move |_| {
        let minutes = strip().and_then(|strip| strip.get_attribute("data-minutes")?.parse().ok());
        let hold =
            Hold { minutes: StoredValue::new(None), end: StoredValue::new(0.0), asking: StoredValue::new(false) };
        hold.begin(minutes);
        let submitted = window_event_listener(ev::submit, move |event| hold.submitted(&event));
        let interval = set_interval_with_handle(move || hold.look(), LOOK_EVERY);
        on_cleanup(move || {
            submitted.remove();
            if let Ok(interval) = interval {
                interval.clear();
            }
        });
    });
}

fn strip() -> Option<Element> {
    document().get_element_by_id(STRIP_ID)
}

fn in_strip(selector: &str) -> Option<Element> {
    strip()?.query_selector(selector).ok().flatten()
}

/// A hold as the browser counts it. The clock is asked each time, because a device that sleeps misses its timers.
#[derive(Clone, Copy)]
struct Hold {
    minutes: StoredValue<Option<i64>>,
    /// When it has surely ended, by the browser's clock.
    end: StoredValue<f64>,
    /// Whether a question for more is under way.
    asking: StoredValue<bool>,
}

impl Hold {
    fn begin(self, minutes: Option<i64>) {
        self.minutes.set_value(minutes);
        // the minutes were rounded down, so the hold surely ends within one more
        self.end.set_value(Date::now() + MINUTE * (minutes.unwrap_or_default() + 1) as f64);
    }

    /// Counts the minutes down, tells a screen reader when few are left, and changes the sentence when none is.
    fn look(self) {
        let rest = ((self.end.get_value() - Date::now()) / MINUTE).ceil() as i64 - 1;
        let rest = (rest >= 0).then_some(rest);
        let Some(before) = self.minutes.get_value().filter(|before| rest != Some(*before)) else { return };
        self.minutes.set_value(rest);
        show(rest);
        let passed = |mark: &i64| *mark < before && rest.is_some_and(|rest| rest <= *mark);
        if rest.is_none() {
            say("We stopped holding this time. Nothing you typed is lost.");
        } else if TELL_AT.iter().any(passed) {
            say(&holding_words(rest));
        }
    }

    fn submitted(self, event: &web_sys::SubmitEvent) {
        let form = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(form) = form.filter(|form| in_strip("form").as_ref() == Some(form)) else { return };
        event.prevent_default();
        if let Some(form) = Form::of(&form, None)
            && !self.asking.get_value()
        {
            self.asking.set_value(true);
            spawn_local(async move {
                self.answered(call(ExtendHold::PATH, &form.values).await.as_ref());
                self.asking.set_value(false);
            });
        }
    }

    fn answered(self, answer: Option<&Called>) {
        if let Some(wrong) = in_strip(".error-text") {
            wrong.remove();
        }
        let longer = answer.filter(|answer| answer.ok);
        let Some(longer) = longer else {
            let code = answer.and_then(Called::code);
            wrong(match code.as_deref() {
                Some("conflict") => NOT_LONGER,
                Some("hold_expired") => NOT_AGAIN,
                _ => "We could not find out whether it is held longer. Please try again.",
            });
            return;
        };
        let minutes = longer.number("minutes").map(|minutes| minutes as i64);
        self.begin(minutes);
        show(minutes);
        say(&holding_words(minutes));
        if let Some(form) = in_strip("form").filter(|_| !longer.flag("extendable")) {
            form.remove();
        }
    }
}

/// Writes the sentence of the strip, and what the button does.
fn show(minutes: Option<i64>) {
    if let Some(sentence) = in_strip("p") {
        match left(minutes).words() {
            Some(words) => sentence.set_inner_html(&[HOLDING, "<strong>", &words, "</strong>."].concat()),
            None => sentence.set_text_content(Some(STOPPED)),
        }
    }
    if let Some(button) = in_strip("button") {
        button.set_text_content(Some(keep_words(minutes.is_some())));
    }
}

/// Says below the sentence why it is not held longer.
fn wrong(text: &str) {
    let shown = document().create_element("p").ok();
    if let Some((strip, shown)) = strip().zip(shown) {
        shown.set_class_name("error-text");
        shown.set_text_content(Some(text));
        // cannot fail for a new element
        let _ = strip.append_child(&shown);
        say(text);
    }
}

fn left(minutes: Option<i64>) -> HoldLeft {
    HoldLeft { minutes, extendable: false }
}

/// The sentence of the strip, for a screen reader.
fn holding_words(minutes: Option<i64>) -> String {
    left(minutes).words().map(|words| [HOLDING, &words, "."].concat()).unwrap_or_default()
}

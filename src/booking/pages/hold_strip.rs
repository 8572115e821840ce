//! How long a time is still held, and one press to keep it longer.

use std::time::Duration;

use leptos::{prelude::*, web_sys::js_sys::Date};

use crate::{
    app::{FormPage, FormState, error_words},
    booking::{HoldLeft, HoldView, actions::ExtendHold},
    error::AppError,
    ids::AppointmentId,
    ui::{Glyph, Icon, say},
};

/// Minutes left at which a screen reader is told, and never in between.
const TELL_AT: [i64; 3] = [5, 2, 1];
/// How often the browser looks at its clock.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A minute in the milliseconds of the browser's clock.
const MINUTE: f64 = 60_000.0;

/// What is said once the hold has run out.
const STOPPED: &str = "We stopped holding this time for you. Nothing you typed is lost. \
     Go on: if the time is still free, you can book it.";

/// The strip of a hold. `not_longer` is the form that keeps it longer, as it was sent before this page was made.
pub(super) fn hold_strip(hold: &HoldView, not_longer: &FormState) -> impl IntoView + use<> {
    let problem = not_longer.error().cloned();
    view! { <HoldStrip id=hold.id left=hold.left.clone() problem /> }
}

/// "We are holding this time for 9 more minutes." In the browser the minutes count down, and the hold is made longer in
/// place, so that what is being typed next to it stays.
#[island]
pub fn HoldStrip(id: AppointmentId, left: HoldLeft, problem: Option<AppError>) -> impl IntoView {
    let left = RwSignal::new(left);
    // counts the answers of the server, from each of which the minutes count down
    let held = RwSignal::new(0);
    let action = ServerAction::<ExtendHold>::new();
    Effect::new(move |_| {
        if let Some(Ok(longer)) = action.value().get() {
            say(&holding_words(&longer));
            left.set(longer);
            held.set(held.get_untracked() + 1);
        }
    });
    Effect::new(move |_| {
        held.track();
        watch(left);
    });
    let error = move || match action.value().get() {
        Some(Err(error)) => Some(error),
        Some(Ok(_)) => None,
        None => problem.clone(),
    };
    // apart from the minutes, so that a button with the focus stays as they count down
    let offer = Memo::new(move |_| left.with(|left| left.extendable.then_some(left.minutes.is_some())));
    let words = move || {
        left.with(|left| match left.words() {
            Some(words) => view! { "We are holding this time for " <strong>{words}</strong> "." }.into_any(),
            None => STOPPED.into_any(),
        })
    };
    view! {
        <div class="hold">
            <Icon glyph=Glyph::Clock />
            <p>{words}</p>
            {move || offer.get().map(|live| keep_form(action, id, live))}
            {move || error().map(|error| view! { <p class="error-text">{label(&error)}</p> })}
        </div>
    }
}

fn keep_form(action: ServerAction<ExtendHold>, id: AppointmentId, live: bool) -> impl IntoView + use<> {
    view! {
        <ActionForm action>
            <FormPage />
            <input type="hidden" name="id" value=id.to_string() />
            <button class="btn-link" type="submit">
                {if live { "Keep it longer" } else { "Hold it again" }}
            </button>
        </ActionForm>
    }
}

fn label(error: &AppError) -> String {
    match error {
        AppError::Conflict => "We cannot hold it any longer than this.".to_owned(),
        AppError::HoldExpired { .. } => "We can no longer hold it. It may still be free: go on to find out.".to_owned(),
        other => error_words(other),
    }
}

/// Counts the minutes down, tells a screen reader when few are left, and changes the sentence when none is. The clock is
/// asked each time, because a device that sleeps misses its timers. What an earlier answer of the server began ends.
fn watch(left: RwSignal<HoldLeft>) {
    let Some(minutes) = left.with_untracked(|left| left.minutes) else {
        return;
    };
    // the minutes were rounded down, so the hold surely ends within one more
    let end = Date::now() + MINUTE * (minutes + 1) as f64;
    let look = move || {
        let rest = ((end - Date::now()) / MINUTE).ceil() as i64 - 1;
        let rest = (rest >= 0).then_some(rest);
        let Some(before) = left.with_untracked(|left| left.minutes).filter(|before| rest != Some(*before)) else {
            return;
        };
        left.update(|left| left.minutes = rest);
        let passed = |mark: &i64| *mark < before && rest.is_some_and(|rest| rest <= *mark);
        if rest.is_none() {
            say("We stopped holding this time. Nothing you typed is lost.");
        } else if TELL_AT.iter().any(passed) {
            say(&left.with_untracked(holding_words));
        }
    };
    if let Ok(interval) = set_interval_with_handle(look, LOOK_EVERY) {
        on_cleanup(move || interval.clear());
    }
}

/// The sentence of the strip, for a screen reader.
fn holding_words(left: &HoldLeft) -> String {
    left.words().map(|words| ["We are holding this time for ", &words, "."].concat()).unwrap_or_default()
}

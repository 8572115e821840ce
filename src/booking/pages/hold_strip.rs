//! Until when a time is held, and one press to keep it longer.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    app::{FormPage, FormState, error_words},
    booking::{HoldLeft, HoldView, actions::ExtendHold},
    error::AppError,
    ids::AppointmentId,
    ui::{Glyph, Icon, say},
};

/// Minutes left at which a screen reader is told, and never in between.
const TELL_AT: [i64; 3] = [5, 2, 1];

/// The words around the time that is held and the end of the hold.
const HOLDING: [&str; 3] = ["We are holding ", " for you until ", "."];
/// The same once the hold has run out.
const STOPPED: [&str; 3] = [
    "We stopped holding ",
    " for you at ",
    ". Nothing you typed is lost. Go on: if the time is still free, you can book it.",
];

/// The strip of a hold. `not_longer` is the form that keeps it longer, as it was sent before this page was made.
pub(super) fn hold_strip(hold: &HoldView, not_longer: &FormState) -> impl IntoView + use<> {
    let problem = not_longer.error().cloned();
    view! { <HoldStrip id=hold.id time=hold.summary.from.clone() left=hold.left.clone() problem /> }
}

/// "We are holding 2:20pm for you until 10:42am." In the browser the hold is made longer in place, so that what is
/// being typed next to it stays.
#[island]
pub fn HoldStrip(
    id: AppointmentId,
    /// The time that is held, as the clinic's clocks show it.
    time: String,
    left: HoldLeft,
    problem: Option<AppError>,
) -> impl IntoView {
    let left = RwSignal::new(left);
    let action = ServerAction::<ExtendHold>::new();
    Effect::new(move |_| {
        if let Some(Ok(longer)) = action.value().get() {
            say(&["We are holding the time until ", &longer.until, "."].concat());
            left.set(longer);
        }
    });
    Effect::new(move |_| watch(left));
    let error = move || match action.value().get() {
        Some(Err(error)) => Some(error),
        Some(Ok(_)) => None,
        None => problem.clone(),
    };
    let words_of = move |part: usize| {
        let words = left.with(|left| if left.minutes.is_some() { HOLDING } else { STOPPED });
        words.get(part).copied()
    };
    view! {
        <div class="hold">
            <Icon glyph=Glyph::Clock />
            <p>
                {move || words_of(0)} <strong>{time}</strong> {move || words_of(1)}
                <strong>{move || left.with(|left| left.until.clone())}</strong> {move || words_of(2)}
            </p>
            {move || left.with(|left| left.extendable.then(|| keep_form(action, id, left.minutes.is_some())))}
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

/// Tells a screen reader when little time is left, and changes the sentence when none is. Asked again for each change
/// of the hold; timers of the one before end.
fn watch(left: RwSignal<HoldLeft>) {
    let Some(minutes) = left.with(|left| left.minutes) else {
        return;
    };
    for mark in TELL_AT.into_iter().filter(|mark| *mark < minutes) {
        after_minutes(minutes - mark, move || say(minutes_words(mark)));
    }
    // the minutes were rounded down, so the hold surely ends within one more
    after_minutes(minutes + 1, move || {
        say("We stopped holding the time. Nothing you typed is lost.");
        left.update(|left| left.minutes = None);
    });
}

fn after_minutes(minutes: i64, tell: impl FnOnce() + 'static) {
    let pause = Duration::from_secs(u64::try_from(minutes).unwrap_or(0) * 60);
    if let Ok(handle) = set_timeout_with_handle(tell, pause) {
        on_cleanup(move || handle.clear());
    }
}

fn minutes_words(minutes: i64) -> &'static str {
    match minutes {
        1 => "We hold the time for 1 more minute.",
        2 => "We hold the time for 2 more minutes.",
        _ => "We hold the time for 5 more minutes.",
    }
}

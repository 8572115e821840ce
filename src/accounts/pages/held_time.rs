//! Shown to a person who signs in on the way to a booking: the chosen time is kept.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, location::Url};

use crate::{
    booking::{AppointmentSummary, HoldPage, actions::held, hold_in_address},
    ui::{Glyph, Icon},
};

/// The page to go to afterwards, as the address of this page names it. The server follows only paths of this website.
pub(super) fn next_page() -> String {
    use_query_map().with_untracked(|query| query.get("next")).unwrap_or_default()
}

/// This account page of the two, with the same page to go to afterwards.
pub(super) fn with_next(path: &str, next: &str) -> String {
    if next.is_empty() {
        return path.to_owned();
    }
    [path, "?next=", &Url::escape(next)].concat()
}

/// Which time is kept, and for how long, in words.
pub(super) type Kept = (String, String);

/// The time that this browser, or its account, still holds when `next` leads to its booking.
pub(super) async fn kept_time(next: &str) -> Option<Kept> {
    match held(hold_in_address(next)?).await {
        Ok(HoldPage::Hold(hold)) => {
            let AppointmentSummary { date, from, zone, .. } = &hold.summary;
            Some(([date, ", ", from, " (", zone, ")"].concat(), hold.left.words()?))
        }
        _ => None,
    }
}

/// Says how long a time is still held.
pub(super) fn kept_note((time, left): Kept) -> impl IntoView {
    view! {
        <div class="hold">
            <Icon glyph=Glyph::Clock />
            <p>
                "Your time is kept: " <strong>{time}</strong> ". We are holding this time for " <strong>{left}</strong> "."
            </p>
        </div>
    }
}

/// Says how long a time is still held, when `next` leads to its booking. Not inside of what waits for something else: such
/// a page loads the time together with that, by [`kept_time`].
#[component]
pub fn KeptTime(next: String) -> impl IntoView {
    let hold = Resource::new_blocking(move || next.clone(), |next| async move { kept_time(&next).await });
    view! { <Suspense>{move || hold.get().flatten().map(kept_note)}</Suspense> }
}

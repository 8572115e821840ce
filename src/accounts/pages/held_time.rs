//! Shown to a person who signs in on the way to a booking: the chosen time is kept.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, location::Url};

use crate::{
    booking::{AppointmentSummary, HoldPage, actions::held},
    ids::AppointmentId,
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

/// Says how long a time is still held, when `next` leads to its booking.
#[component]
pub fn KeptTime(next: String) -> impl IntoView {
    let id = hold_of(&next);
    let hold = Resource::new_blocking(
        move || id,
        |id| async move {
            match held(id?).await {
                Ok(HoldPage::Hold(hold)) => {
                    let AppointmentSummary { date, from, zone, .. } = &hold.summary;
                    Some(([date, ", ", from, " (", zone, ")"].concat(), hold.left.words()?))
                }
                _ => None,
            }
        },
    );
    let note = move || {
        hold.get().flatten().map(|(time, left)| {
            view! {
                <div class="hold">
                    <Icon glyph=Glyph::Clock />
                    <p>
                        "Your time is kept: " <strong>{time}</strong> ". We are holding this time for "
                        <strong>{left}</strong> "."
                    </p>
                </div>
            }
        })
    };
    view! { <Suspense>{note}</Suspense> }
}

/// The held appointment in an address such as `/book/{id}/who`.
fn hold_of(next: &str) -> Option<AppointmentId> {
    let rest = next.strip_prefix("/book/")?;
    rest.split(['/', '?']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_is_found_in_the_address_of_its_booking_only() {
        let id = "0197f2c4-0000-7000-8000-000000000001";
        assert!(hold_of(&format!("/book/{id}")).is_some());
        assert!(hold_of(&format!("/book/{id}/who?x=1")).is_some());
        assert!(hold_of(&format!("/appointments/{id}")).is_none());
        assert!(hold_of("/book/else").is_none());
    }
}

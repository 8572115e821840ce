//! One quiet voice for screen readers: what changed on a page without a navigation.

use leptos::prelude::*;

const ID: &str = "status";

/// The region that screen readers speak. It is in the server's HTML from the start, because screen readers often miss a
/// region that is added later.
#[component]
pub fn StatusRegion() -> impl IntoView {
    view! { <div id=ID class="visually-hidden" role="status"></div> }
}

/// Says `text` politely. In the browser only: islands call it from effects and event handlers.
pub fn say(text: &str) {
    let Some(region) = document().get_element_by_id(ID) else {
        return;
    };
    // Only a change is announced, and a trailing space is not heard.
    let again = region.text_content().as_deref() == Some(text);
    region.set_text_content(Some(&[text, if again { "\u{a0}" } else { "" }].concat()));
}

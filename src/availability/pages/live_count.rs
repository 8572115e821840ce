//! Counts the times that patients will see while the hours of a day are being typed. The browser asks for the page that a
//! press on "Count the times" would lead to, and shows its count.

use std::time::Duration;

use leptos::{
    ev,
    prelude::*,
    task::spawn_local,
    web_sys::{Element, EventTarget},
};
use wasm_bindgen::JsCast;

use crate::ui::{FetchedPage, Form};

/// The element that says how many times there are.
pub(super) const COUNT_ID: &str = "times-count";
/// How long nothing must be typed before the browser asks.
const SETTLE: Duration = Duration::from_millis(400);

/// Keeps the count of the page right. Nothing in the server's HTML.
#[island]
pub fn LiveCount() -> impl IntoView {
    Effect::new(move |_| {
        let asked = StoredValue::new(0_u32);
        let typed = window_event_listener(ev::input, move |event| {
            let Some(form) = counted_form(event.target()) else { return };
            asked.update_value(|number| *number += 1);
            let number = asked.get_value();
            // only what was typed last counts
            let is_last = move || asked.get_value() == number;
            let count = move || {
                if is_last() {
                    spawn_local(show_count(form, is_last));
                }
            };
            set_timeout(count, SETTLE);
        });
        on_cleanup(move || typed.remove());
    });
}

/// The form around this element, if its times are counted.
fn counted_form(target: Option<EventTarget>) -> Option<Element> {
    let form = target?.dyn_into::<Element>().ok()?.closest("form").ok().flatten()?;
    form.query_selector(&["#", COUNT_ID].concat()).ok().flatten().map(|_| form)
}

/// The page that counts what the form says.
fn count_address(form: &Element) -> Option<String> {
    let button = form.query_selector("button[formaction]").ok().flatten()?;
    let action = button.get_attribute("formaction")?;
    let page = action.split('#').next()?;
    Some([page, "?", &Form::of(form, None)?.values].concat())
}

async fn show_count(form: Element, is_last: impl Fn() -> bool) {
    let Some(address) = count_address(&form) else { return };
    let counted = FetchedPage::read(&address).await.and_then(|page| page.part(COUNT_ID));
    // without an answer, nothing: the number of other hours must not stay
    let counted = counted.map(|counted| counted.inner_html()).unwrap_or_default();
    if let Some(shown) = document().get_element_by_id(COUNT_ID).filter(|_| is_last())
        // what is the same is not read out again
        && shown.inner_html() != counted
    {
        shown.set_inner_html(&counted);
    }
}

//! The part as it stands in the document: what is chosen, what is shown, and putting something else there.

use leptos::{
    prelude::{document, window},
    web_sys::{Element, HtmlElement, HtmlInputElement},
};
use wasm_bindgen::{JsCast, prelude::JsValue};

use super::super::{
    choose_ids::{CHOOSE_ID, CHOSEN_ID, NOTICE_ID, PROBLEMS_ID, TIMES_ID},
    day_times::{DAY_ID, HEADING_ID, day_html},
};
use crate::{
    availability::{TimeOption, unpacked},
    booking::DayTimes,
    flash::PAGE_FIELD,
    ui::{FetchedPage, TIMES_FIELD, base_path, device_zone::note_device_zones, say},
};

/// What begins the title of a page with mistakes.
const ERROR: &str = "Error: ";

/// What waits for an answer.
const WAITING: &str = "#choose .picker";

/// Where the focus goes.
#[derive(Clone, Copy, PartialEq)]
pub enum Focus {
    /// To the visit type that is chosen.
    Kind,
    /// To the day that is chosen.
    Day,
    /// To the heading of the list of days.
    Days,
    /// To the heading of the times.
    Times,
}

pub fn find(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

fn by_id(id: &str) -> Option<Element> {
    document().get_element_by_id(id)
}

/// A fact of the part, which the server wrote into it.
pub fn fact(name: &str) -> Option<String> {
    by_id(CHOOSE_ID)?.get_attribute(&["data-", name].concat())
}

/// The radio button that is chosen among those of this name.
pub fn checked(name: &str) -> Option<HtmlInputElement> {
    find(&["#", CHOOSE_ID, " input[name=", name, "]:checked"].concat())?.dyn_into().ok()
}

/// The date whose times are shown.
pub fn shown_day() -> Option<String> {
    by_id(DAY_ID)?.get_attribute("data-date")
}

/// The starts that are shown, in unix seconds, with their clock times.
pub fn shown_times() -> Vec<(i64, String)> {
    let Some(slots) = by_id(DAY_ID).map(|day| day.get_elements_by_class_name("slot")) else { return Vec::new() };
    let time = |slot: Element| {
        let input = slot.query_selector("input").ok().flatten()?;
        Some((input.get_attribute("value")?.parse().ok()?, slot.text_content()?))
    };
    (0..slots.length()).filter_map(|place| slots.item(place)).filter_map(time).collect()
}

fn times_of(day: &HtmlInputElement) -> Option<(String, Vec<TimeOption>)> {
    let label = day.get_attribute("data-day")?;
    let times = unpacked(&day.get_attribute("data-times")?, &label);
    Some((label, times))
}

/// Shows the times of a day, if they came with the page.
pub fn show_day(day: &HtmlInputElement) -> bool {
    let (Some((label, times)), Some(shown)) = (times_of(day), by_id(DAY_ID)) else { return false };
    let day = DayTimes { date: day.value(), label, times };
    shown.set_inner_html(&day_html(&day, None, false));
    set(&shown, "data-date", &day.date);
    forget_problems();
    show_chosen();
    note_device_zones();
    true
}

/// What was wrong belongs to what was shown before.
fn forget_problems() {
    for id in [PROBLEMS_ID, NOTICE_ID] {
        if let Some(element) = by_id(id) {
            element.set_inner_html("");
            element.set_class_name("");
        }
    }
    let title = document().title();
    if let Some(title) = title.strip_prefix(ERROR) {
        document().set_title(title);
    }
}

/// Puts the part of another page in place of this one's. False when that page has none.
pub fn put(page: &FetchedPage) -> bool {
    let (Some(part), Some(problems)) = (page.part(CHOOSE_ID), page.part(PROBLEMS_ID)) else { return false };
    let (Some(old_part), Some(old_problems)) = (by_id(CHOOSE_ID), by_id(PROBLEMS_ID)) else { return false };
    let open = find(".other-date[open]").is_some();
    // they can only fail for elements that left the page meanwhile
    let _ = old_part.replace_with_with_node_1(&part);
    let _ = old_problems.replace_with_with_node_1(&problems);
    document().set_title(&page.document.title());
    if open && let Some(other) = find(".other-date") {
        set(&other, "open", "");
    }
    true
}

/// Shows the time that is chosen beside the button, in place of what the button does.
pub fn show_chosen() {
    let Some(shown) = by_id(CHOSEN_ID) else { return };
    if let Some(words) = checked(TIMES_FIELD).and_then(|time| time.get_attribute("aria-label")) {
        if !shown.has_attribute("data-hint") {
            set(&shown, "data-hint", &shown.text_content().unwrap_or_default());
        }
        shown.set_text_content(Some(&words));
        shown.set_class_name("chosen");
    } else if let Some(hint) = shown.get_attribute("data-hint") {
        shown.set_text_content(Some(&hint));
        shown.set_class_name("hint");
    }
}

/// What is shown, for a screen reader.
pub fn words() -> String {
    let text = |id: &str| by_id(id).and_then(|element| element.text_content());
    let Some(heading) = text(HEADING_ID) else {
        let empty = find(&["#", CHOOSE_ID, " .empty h2"].concat());
        return empty.and_then(|empty| empty.text_content()).unwrap_or_default();
    };
    match shown_times().len() {
        1 => heading + ": 1 time.",
        more => [heading.as_str(), ": ", &more.to_string(), " times."].concat(),
    }
}

/// Sets the number of times that the list says of the chosen day.
pub fn set_count(count: usize) {
    let row = checked("day").and_then(|day| day.closest("label").ok().flatten());
    if let Some(shown) = row.and_then(|row| row.query_selector(".day-count").ok().flatten()) {
        shown.set_text_content(Some(
            &[count.to_string().as_str(), if count == 1 { " time" } else { " times" }].concat(),
        ));
    }
}

/// Marks days and times as those of another choice while the answer is under way: they cannot be chosen meanwhile.
pub fn wait(begins: bool) {
    let Some(part) = find(WAITING) else { return };
    for name in ["inert", "aria-busy"] {
        if begins {
            set(&part, name, "true");
        } else {
            // cannot fail for a fixed, valid name
            let _ = part.remove_attribute(name);
        }
    }
}

/// Whether an answer is under way.
pub fn waits() -> bool {
    find(WAITING).is_some_and(|part| part.has_attribute("inert"))
}

/// Shows that a form is under way, and once a time is `chosen` says so in the words that the form has for it.
pub fn send_begins(form: &Element, button: Option<&Element>, chosen: bool) {
    if let Some(button) = button {
        set(button, "aria-busy", "true");
    }
    if let Some(words) = form.get_attribute("data-sending").filter(|_| chosen) {
        if let Ok(Some(shown)) = form.query_selector(&["#", CHOSEN_ID].concat()) {
            shown.set_text_content(Some(&words));
        }
        say(&words);
    }
}

pub fn send_ends() {
    while let Some(button) = find(&["#", CHOOSE_ID, " button[aria-busy]"].concat()) {
        // cannot fail for a fixed, valid name
        let _ = button.remove_attribute("aria-busy");
    }
    show_chosen();
}

/// Says something above the times, and takes the focus there.
pub fn notice(text: &str) {
    let Some(notice) = by_id(NOTICE_ID) else { return };
    notice.set_inner_html("<div class=\"notice-body\"><p></p></div>");
    notice.set_class_name("notice notice-warning");
    if let Ok(Some(words)) = notice.query_selector("p") {
        words.set_text_content(Some(text));
    }
    focus_on(&notice);
}

/// Chooses the visit type and the day again that are shown.
pub fn choose_what_is_shown() {
    for (name, value) in [("visit_type", fact("visit-type")), ("day", shown_day())] {
        let selector = ["#", CHOOSE_ID, " input[name=", name, "][value='", &value.unwrap_or_default(), "']"].concat();
        if let Some(Ok(input)) = find(&selector).map(JsCast::dyn_into::<HtmlInputElement>) {
            input.set_checked(true);
        }
    }
}

/// Whether the focus is in the part.
pub fn has_focus() -> bool {
    let part = by_id(CHOOSE_ID);
    part.zip(document().active_element()).is_some_and(|(part, focused)| part.contains(Some(&focused)))
}

/// Moves the focus: to what is wrong, if something is, which is answered with true.
pub fn focus(focus: Option<Focus>) -> bool {
    if let Some(wrong) = find(&["#", PROBLEMS_ID, " .error-summary"].concat()) {
        focus_on(&wrong);
        return true;
    }
    let heading = || find(&["#", CHOOSE_ID, " :is(.days, .empty) h2"].concat());
    let target = match focus {
        None => None,
        Some(Focus::Kind) => checked("visit_type").map(Into::into),
        Some(Focus::Day) => checked("day").map(Into::into),
        Some(Focus::Days) => heading(),
        Some(Focus::Times) => by_id(HEADING_ID).or_else(heading),
    };
    if let Some(target) = target {
        if target.tag_name() == "H2" {
            set(&target, "tabindex", "-1");
        }
        focus_on(&target);
    }
    false
}

fn focus_on(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        // Focus can only fail on a node that left the page meanwhile.
        let _ = element.focus();
    }
}

/// Keeps the browser's address in step with what is shown, and the page to which a form that fails comes back.
pub fn replace_address(address: &str) {
    let state = JsValue::NULL;
    if let Ok(history) = window().history() {
        // refused only when it is called hundreds of times in a few seconds: then the address is of a moment ago
        let _ = history.replace_state_with_url(&state, "", Some(address));
    }
    let page = find(&["#", TIMES_ID, " input[name=", PAGE_FIELD, "]"].concat());
    if let (Some(page), true) = (page, address.starts_with('/')) {
        let base = base_path().unwrap_or_default();
        set(&page, "value", address.strip_prefix(base.as_str()).unwrap_or(address));
    }
}

fn set(element: &Element, name: &str, value: &str) {
    // cannot fail for a fixed, valid name
    let _ = element.set_attribute(name, value);
}

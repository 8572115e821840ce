//! The columns as they stand in the document: what a link means, where the focus goes, putting a new list in place.

use leptos::{prelude::*, web_sys};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::{desk::model::ColumnPatch, ids::AppointmentId, ui::base_path};

/// Steps of a column in an hour.
const STEPS: u32 = 12;

/// A time of a doctor.
#[derive(Clone, Debug, PartialEq)]
pub struct FreeTime {
    /// The doctor's slug.
    pub slug: String,
    /// In unix seconds; none for a place that is no free time.
    pub start: Option<i64>,
    /// "10:30am", by the clock of the location.
    pub words: String,
}

/// What a link in a column leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    Free(FreeTime),
    Card(AppointmentId),
}

/// The links of the desk around what was clicked, or has the focus.
pub fn link_of(target: Option<web_sys::EventTarget>) -> Option<Element> {
    let element: Element = target?.dyn_into().ok()?;
    element.closest("#desk ol a").ok().flatten()
}

/// What a link leads to.
pub fn target_of(link: &Element) -> Option<Target> {
    let href = link.get_attribute("href")?;
    if let Some((_, start)) = href.split_once("&start=") {
        let words = text_of(link, "b");
        return Some(Target::Free(FreeTime { slug: slug_of(link)?, start: Some(start.parse().ok()?), words }));
    }
    Some(Target::Card(href.rsplit('/').next()?.parse().ok()?))
}

/// The doctor in whose column something stands.
pub fn slug_of(element: &Element) -> Option<String> {
    element.closest("section").ok().flatten()?.get_attribute("data-slug")
}

/// The slugs of all columns whose doctors are among these ids, with blanks between them; of all columns for `all`.
pub fn slugs_of(ids: &str) -> Vec<String> {
    let told = |section: &Element| {
        ids == "all" || section.get_attribute("data-doctor").is_some_and(|id| ids.split(' ').any(|told| told == id))
    };
    sections().into_iter().filter(told).filter_map(|section| section.get_attribute("data-slug")).collect()
}

fn sections() -> Vec<Element> {
    let grid = document().get_element_by_id("desk");
    grid.map(|grid| children(&grid))
        .unwrap_or_default()
        .into_iter()
        .filter(|child| child.tag_name() == "SECTION")
        .collect()
}

fn section(slug: &str) -> Option<Element> {
    sections().into_iter().find(|section| section.get_attribute("data-slug").as_deref() == Some(slug))
}

fn children(element: &Element) -> Vec<Element> {
    let children = element.children();
    (0..children.length()).filter_map(|place| children.item(place)).collect()
}

/// The links of a column, in order, each with the step at which it begins.
fn links(section: &Element) -> Vec<(u32, Element)> {
    let list = section.query_selector("ol").ok().flatten();
    let entries = list.map(|list| children(&list)).unwrap_or_default();
    let link = |entry: Element| Some((step_of(&entry), entry.first_element_child().filter(|a| a.tag_name() == "A")?));
    entries.into_iter().filter_map(link).collect()
}

/// The step at which an entry begins, as its classes say.
fn step_of(entry: &Element) -> u32 {
    let part = |name: &str, class: &str| class.strip_prefix(name).and_then(|number| number.parse::<u32>().ok());
    let value = |class: &str| part("h", class).map(|hours| hours * STEPS).or(part("m", class)).unwrap_or_default();
    entry.class_name().split(' ').map(value).sum()
}

/// How many steps an entry takes, as its classes say.
pub fn rows_of(entry: &Element) -> u32 {
    let part = |name: &str, class: &str| class.strip_prefix(name).and_then(|number| number.parse::<u32>().ok());
    let value = |class: &str| part("s", class).map(|hours| hours * STEPS).or(part("t", class)).unwrap_or_default();
    entry.class_name().split(' ').map(value).sum()
}

/// The version of the appointment that a card shows.
pub fn version_of(link: &Element) -> Option<i32> {
    link.get_attribute("data-version")?.parse().ok()
}

/// The text of a part of a link: the time in `b`, the patient in `bdi`.
pub fn text_of(link: &Element, part: &str) -> String {
    link.query_selector(part).ok().flatten().and_then(|part| part.text_content()).unwrap_or_default()
}

/// Where a link stands: its column, and the step at which its entry begins.
pub fn place_of(link: &Element) -> Option<(String, u32)> {
    Some((slug_of(link)?, step_of(&link.parent_element()?)))
}

/// Makes one link of the desk the one that the Tab key reaches: the one with the focus, else the first.
pub fn rove() {
    let focused = document().active_element();
    let all: Vec<Element> = sections().iter().flat_map(links).map(|(_, link)| link).collect();
    let reached = all.iter().position(|link| focused.as_ref() == Some(link)).unwrap_or_default();
    for (place, link) in all.iter().enumerate() {
        // cannot fail for a fixed, valid name
        let _ = link.set_attribute("tabindex", if place == reached { "0" } else { "-1" });
    }
}

pub fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        // Focus can only fail on a node that left the page meanwhile.
        let _ = element.focus();
    }
    rove();
}

/// Moves the focus from a link by an arrow key; whether there is something to do.
pub fn walk(from: &Element, key: &str) -> bool {
    let Some((slug, step)) = place_of(from) else { return false };
    let sections = sections();
    let Some(column) = sections.iter().position(|section| section.get_attribute("data-slug").as_ref() == Some(&slug))
    else {
        return false;
    };
    let own = sections.get(column).map(links).unwrap_or_default();
    let place = own.iter().position(|(_, link)| link == from).unwrap_or_default();
    let beside = |column: usize| nearest(&links(sections.get(column)?), step);
    let to = match key {
        "ArrowDown" => own.get(place + 1).map(|(_, link)| link.clone()),
        "ArrowUp" => place.checked_sub(1).and_then(|place| own.get(place)).map(|(_, link)| link.clone()),
        "ArrowRight" => (column + 1..sections.len()).find_map(beside),
        "ArrowLeft" => (0..column).rev().find_map(beside),
        "Home" => own.first().map(|(_, link)| link.clone()),
        "End" => own.last().map(|(_, link)| link.clone()),
        _ => return false,
    };
    if let Some(to) = to {
        focus(&to);
    }
    true
}

fn nearest(links: &[(u32, Element)], step: u32) -> Option<Element> {
    links.iter().min_by_key(|(other, _)| other.abs_diff(step)).map(|(_, link)| link.clone())
}

/// The card of an appointment, if it stands on the page.
pub fn card(id: AppointmentId) -> Option<Element> {
    let selector = ["#desk a[href$='/appointments/", &id.to_string(), "']"].concat();
    document().query_selector(&selector).ok().flatten()
}

/// Gives the focus to a link of a column: the one that begins nearest to a step.
pub fn focus_near((slug, step): &(String, u32)) {
    if let Some(link) = section(slug).and_then(|section| nearest(&links(&section), *step)) {
        focus(&link);
    }
}

/// Whether nothing that is shown has the focus. A button of a dialog that has just been closed keeps it until the page
/// is painted.
pub fn focus_is_lost() -> bool {
    let hidden = |element: &Element| element.closest("dialog:not([open])").ok().flatten().is_some();
    document().active_element().is_none_or(|element| element.tag_name() == "BODY" || hidden(&element))
}

/// Moves the addresses of a new list below the path that the website shares its host with.
fn below_base_path(section: &Element) {
    let Some(base) = base_path().filter(|base| !base.is_empty()) else { return };
    for (_, link) in links(section) {
        let href = link.get_attribute("href").filter(|href| !href.starts_with(&base));
        if let Some(href) = href {
            // cannot fail for a fixed, valid name
            let _ = link.set_attribute("href", &[base.as_str(), &href].concat());
        }
    }
}

/// Puts a column's new list in place. The focus stays on the same link, or goes to the one next to where it was. Whether
/// the column reads otherwise than before.
pub fn put(patch: &ColumnPatch) -> bool {
    let Some(section) = section(&patch.slug) else { return false };
    let before = section.text_content();
    let focused = document().active_element().filter(|element| section.contains(Some(element)));
    let place = focused.as_ref().and_then(place_of);
    let href = focused.and_then(|link| link.get_attribute("href"));
    if let Ok(Some(summary)) = section.query_selector(".desk-head p") {
        summary.set_text_content(Some(&patch.summary));
    }
    if let Ok(Some(list)) = section.query_selector("ol, .desk-empty") {
        list.set_outer_html(&patch.html);
    }
    below_base_path(&section);
    if let Some(place) = place {
        let same = links(&section).into_iter().find(|(_, link)| link.get_attribute("href") == href);
        match same {
            Some((_, link)) => focus(&link),
            None => focus_near(&place),
        }
    }
    rove();
    section.text_content() != before
}

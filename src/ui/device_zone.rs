//! A note for patients whose device shows another time than the clinic's.

use leptos::{
    prelude::*,
    web_sys::{Element, js_sys::Date},
};
use wasm_bindgen::JsValue;

use crate::time::{Timestamp, clock_words};

const DAY_MINUTES: i64 = 24 * 60;
/// The class of such a note, which says its moment in `data-at`, the clinic's minutes east of UTC in `data-offset`, and
/// in `data-time` the clinic's time, where that does not stand beside it.
pub const NOTE: &str = "device-zone";

/// Says what the device's clock shows at a moment of the clinic: "6:30am on your device". Nothing when the clocks agree,
/// and nothing in the server's HTML, because only the device knows its zone.
#[component]
pub fn DeviceZone(
    at: Timestamp,
    /// The clinic's minutes east of UTC at that moment.
    offset_minutes: i32,
) -> impl IntoView {
    view! {
        <p
            class=["hint ", NOTE].concat()
            data-at=at.0.to_string()
            data-offset=offset_minutes.to_string()
            hidden
        ></p>
        <DeviceZones />
    }
}

/// Writes the notes of the page. Nothing in the server's HTML.
#[island]
pub fn DeviceZones() -> impl IntoView {
    Effect::new(|_| note_device_zones());
}

/// Writes the notes that the page has now. In the browser only.
pub fn note_device_zones() {
    let notes = document().get_elements_by_class_name(NOTE);
    for note in (0..notes.length()).filter_map(|place| notes.item(place)) {
        if let Some(words) = note_words(&note) {
            note.set_text_content(Some(&words));
            // cannot fail for a fixed, valid name
            let _ = note.remove_attribute("hidden");
        }
    }
}

fn note_words(note: &Element) -> Option<String> {
    let at = Timestamp(note.get_attribute("data-at")?.parse().ok()?);
    let words = device_words(at, note.get_attribute("data-offset")?.parse().ok()?, device_offset_minutes(at))?;
    Some(match note.get_attribute("data-time") {
        Some(time) => [&time, " is ", &words, "."].concat(),
        None => words + ".",
    })
}

/// The device's minutes east of UTC at that moment. In the browser only.
fn device_offset_minutes(at: Timestamp) -> i32 {
    let milliseconds = at.0 as f64 * 1000.0;
    -Date::new(&JsValue::from_f64(milliseconds)).get_timezone_offset() as i32
}

/// "6:30am on your device", "11pm the day before on your device"; nothing when the clocks agree.
fn device_words(at: Timestamp, clinic_offset: i32, device_offset: i32) -> Option<String> {
    if clinic_offset == device_offset {
        return None;
    }
    let local = |offset: i32| at.0.div_euclid(60) + i64::from(offset);
    let day = |offset: i32| local(offset).div_euclid(DAY_MINUTES);
    let minute = u16::try_from(local(device_offset).rem_euclid(DAY_MINUTES)).unwrap_or_default();
    let day = match day(device_offset) - day(clinic_offset) {
        0 => "",
        ..0 => " the day before",
        _ => " the day after",
    };
    Some([&clock_words(minute), day, " on your device"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_device_says_its_own_time() {
        // Thursday 3 December 2026, 8:30am in London
        let at = Timestamp(1_796_286_600);
        assert_eq!(device_words(at, 0, 0), None);
        assert_eq!(device_words(at, 0, 120).as_deref(), Some("10:30am on your device"));
        assert_eq!(device_words(at, 0, -120).as_deref(), Some("6:30am on your device"));
        assert_eq!(device_words(at, 0, -9 * 60).as_deref(), Some("11:30pm the day before on your device"));
        assert_eq!(device_words(at, 0, 14 * 60).as_deref(), Some("10:30pm on your device"));
        assert_eq!(
            device_words(at.plus_minutes(600), 0, 14 * 60).as_deref(),
            Some("8:30am the day after on your device")
        );
        assert_eq!(device_words(at, 60, 345).as_deref(), Some("2:15pm on your device"));
    }
}

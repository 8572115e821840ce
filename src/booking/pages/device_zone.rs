//! A note for patients whose device shows another time than the clinic's.

use leptos::{prelude::*, web_sys::js_sys::Date};
use wasm_bindgen::JsValue;

use crate::time::{Timestamp, clock_words};

const DAY_MINUTES: i64 = 24 * 60;

/// Says what the device's clock shows at a moment of the clinic: "6:30am on your device". Nothing when the clocks agree,
/// and nothing in the server's HTML, because only the device knows its zone.
#[island]
pub fn DeviceZone(
    at: Timestamp,
    /// The clinic's minutes east of UTC at that moment.
    offset_minutes: i32,
    /// The clinic's time, where the note does not stand beside it; empty where it does.
    time: String,
) -> impl IntoView {
    let device = RwSignal::new(offset_minutes);
    Effect::new(move |_| device.set(device_offset_minutes(at)));
    move || {
        let words = device_words(at, offset_minutes, device.get())?;
        let words = if time.is_empty() { words } else { [&time, " is ", &words].concat() };
        Some(view! { <p class="hint">{words} "."</p> })
    }
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

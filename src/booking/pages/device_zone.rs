//! A note for patients whose device shows another time than the clinic's.

use leptos::{prelude::*, web_sys::js_sys::Date};
use wasm_bindgen::JsValue;

use crate::time::Timestamp;

/// Says how far the device's clock is from the clinic's at that moment. Nothing when they agree, and nothing in the
/// server's HTML, because only the device knows its zone.
#[island]
pub fn DeviceZone(
    at: Timestamp,
    /// The clinic's minutes east of UTC at that moment.
    offset_minutes: i32,
) -> impl IntoView {
    let ahead = RwSignal::new(0);
    Effect::new(move |_| ahead.set(device_offset_minutes(at) - offset_minutes));
    move || difference_words(ahead.get()).map(|words| view! { <p class="hint">{words}</p> })
}

/// The device's minutes east of UTC at that moment. In the browser only.
fn device_offset_minutes(at: Timestamp) -> i32 {
    let milliseconds = at.0 as f64 * 1000.0;
    -Date::new(&JsValue::from_f64(milliseconds)).get_timezone_offset() as i32
}

/// "Your device is 2 hours ahead.", or nothing when it is not.
fn difference_words(minutes: i32) -> Option<String> {
    if minutes == 0 {
        return None;
    }
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    let mut words = String::from("Your device is ");
    if hours > 0 {
        words.push_str(&count(hours, " hour", " hours"));
    }
    if rest > 0 {
        words.push_str(if hours > 0 { " and " } else { "" });
        words.push_str(&count(rest, " minute", " minutes"));
    }
    words.push_str(if minutes > 0 { " ahead." } else { " behind." });
    Some(words)
}

fn count(number: i32, one: &str, many: &str) -> String {
    [number.to_string().as_str(), if number == 1 { one } else { many }].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_read_as_hours_and_minutes() {
        assert_eq!(difference_words(0), None);
        assert_eq!(difference_words(120).as_deref(), Some("Your device is 2 hours ahead."));
        assert_eq!(difference_words(-60).as_deref(), Some("Your device is 1 hour behind."));
        assert_eq!(difference_words(-345).as_deref(), Some("Your device is 5 hours and 45 minutes behind."));
        assert_eq!(difference_words(30).as_deref(), Some("Your device is 30 minutes ahead."));
    }
}

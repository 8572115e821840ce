//! A browser in words, as people know it: "Firefox on Windows".
//!
//! Only the names that a person would recognise are kept, never the whole header, which can tell one computer from most
//! others.

use axum::http::{HeaderMap, header::USER_AGENT};

/// What a program is called that signs in by the API.
pub const API_PROGRAM: &str = "docslot API program";
const UNKNOWN: &str = "Unknown browser";

/// Browsers by what only they write, the more particular first: most also write the names of others.
const BROWSERS: [(&str, &str); 10] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
/// Systems, the more particular first.
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
];

/// The sender's browser and system.
#[must_use]
pub fn words(headers: &HeaderMap) -> String {
    headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).map_or_else(|| UNKNOWN.to_owned(), of)
}

/// The browser and the system that a header `User-Agent` names, as far as people know them.
#[must_use]
pub fn names(agent: &str) -> (Option<&'static str>, Option<&'static str>) {
    let named =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    (named(&BROWSERS), named(&SYSTEMS))
}

fn of(agent: &str) -> String {
    match names(agent) {
        (Some(browser), Some(system)) => [browser, " on ", system].concat(),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => [UNKNOWN, " on ", system].concat(),
        (None, None) => UNKNOWN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn browsers_are_named_as_people_know_them() {
        const MOZILLA: &str = "Mozilla/5.0 ";
        const WEBKIT: &str = " AppleWebKit/537.36 (KHTML, like Gecko) ";
        for (system, rest, words) in [
            ("(Windows NT 10.0; Win64; x64; rv:140.0)", " Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
            ("(Macintosh; Intel Mac OS X 10.15; rv:140.0)", " Gecko/20100101 Firefox/140.0", "Firefox on Mac"),
            ("(X11; Linux x86_64)", "Chrome/140.0.0.0 Safari/537.36", "Chrome on Linux"),
            ("(X11; CrOS x86_64 14541.0.0)", "Chrome/140.0.0.0 Safari/537.36", "Chrome on ChromeOS"),
            ("(Windows NT 10.0; Win64; x64)", "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge on Windows"),
            (
                "(Linux; Android 10; K)",
                "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet on Android",
            ),
            (
                "(iPhone; CPU iPhone OS 18_6 like Mac OS X)",
                "Version/18.6 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "(iPhone; CPU iPhone OS 18_6 like Mac OS X)",
                "CriOS/140.0.0.0 Mobile/15E148 Safari/604.1",
                "Chrome on iPhone",
            ),
            ("(Macintosh; Intel Mac OS X 10_15_7)", "Version/18.6 Safari/605.1.15", "Safari on Mac"),
        ] {
            assert_eq!(of(&[MOZILLA, system, WEBKIT, rest].concat()), words);
        }
    }

    #[test]
    fn what_is_not_known_is_not_shown() {
        assert_eq!(of("curl/8.5.0"), "Unknown browser");
        assert_eq!(of(""), "Unknown browser");
        assert_eq!(of("<script>alert(1)</script> Windows"), "Unknown browser on Windows");
    }
}

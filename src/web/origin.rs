//! Which scheme and host are this website's own.
//!
//! The setting `server.public_url` says so. A proxy may put anything into `Host`, so the host of a request counts only
//! where no proxy has to be: at an address of this machine that the setting does not name.

use axum::http::{HeaderMap, Uri, header::HOST};
use url::Url;

use crate::config::{Settings, is_loopback};

/// The host and port that a request names.
#[must_use]
pub fn host<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<&'r str> {
    let named = || headers.get(HOST)?.to_str().ok();
    uri.authority().map(|authority| authority.as_str()).or_else(named)
}

/// Whether this scheme and host, as a browser writes them into `Origin`, are this website's. `host` is that of the
/// request.
#[must_use]
pub fn is_own(origin: &str, host: Option<&str>, settings: &Settings) -> bool {
    let here = settings.server.public_url.is_empty() && settings.server.address.ip().is_loopback();
    // a person at this machine may say localhost for 127.0.0.1
    origin == settings.public_origin() || (here && host.is_some_and(|host| is_loopback_origin(origin, host)))
}

fn is_loopback_origin(origin: &str, host: &str) -> bool {
    origin.strip_prefix("http://") == Some(host) && Url::parse(origin).is_ok_and(|url| is_loopback(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(address: &str, public_url: &str) -> Settings {
        let mut settings = Settings::default();
        settings.server.address = address.parse().unwrap();
        settings.server.public_url = public_url.into();
        settings
    }

    #[test]
    fn the_public_address_alone_is_own_where_it_is_set() {
        let settings = settings("127.0.0.1:3000", "https://clinic.example");
        for host in [None, Some("clinic.example"), Some("clinic.example:443"), Some("127.0.0.1:3000")] {
            assert!(is_own("https://clinic.example", host, &settings), "{host:?}");
            let foreign = ["http://clinic.example", "https://clinic.example:8443", "https://evil.example", "null", ""];
            for foreign in foreign.into_iter().chain(["http://127.0.0.1:3000", "https://127.0.0.1:3000"]) {
                assert!(!is_own(foreign, host, &settings), "{foreign} {host:?}");
            }
        }
        assert!(!is_own("https://evil.example", Some("evil.example"), &settings));
    }

    #[test]
    fn without_it_the_host_of_the_request_counts_on_this_machine() {
        let here = settings("127.0.0.1:3000", "");
        for host in ["127.0.0.1:3000", "localhost:3000", "[::1]:3000", "localhost"] {
            assert!(is_own(&format!("http://{host}"), Some(host), &here), "{host}");
            assert!(!is_own(&format!("https://{host}"), Some(host), &here), "{host}");
        }
        assert!(is_own("http://127.0.0.1:3000", None, &here));
        // a name that someone else's server of names leads here
        assert!(!is_own("http://evil.example:3000", Some("evil.example:3000"), &here));
        assert!(!is_own("http://localhost:8080", Some("localhost:3000"), &here));
        let everywhere = settings("0.0.0.0:3000", "");
        assert!(!is_own("http://localhost:3000", Some("localhost:3000"), &everywhere));
        let network = settings("10.0.0.7:80", "");
        assert!(is_own("http://10.0.0.7", Some("proxy"), &network));
    }

    #[test]
    fn the_host_is_that_of_the_request_line_or_else_of_the_header() {
        let headers = HeaderMap::from_iter([(HOST, "a.example".parse().unwrap())]);
        assert_eq!(host(&Uri::from_static("/x"), &headers), Some("a.example"));
        assert_eq!(host(&Uri::from_static("http://b.example:3000/x"), &headers), Some("b.example:3000"));
        assert_eq!(host(&Uri::from_static("/x"), &HeaderMap::new()), None);
    }
}

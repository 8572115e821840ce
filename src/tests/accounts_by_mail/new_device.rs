//! The message about a sign-in on a new device.

use docslot::{
    accounts::server::{self as accounts, Signed},
    config::Settings,
    web::{device::Device, request::RequestContext},
};

use super::{ANA, PASSWORD, Post, subject};
use crate::{both_databases, mail::everything};

const WRITTEN: &str = "select count(*) from outbox where kind = 'new_device'";

/// Signs in from this network, with the cookie of a device or without one.
async fn sign_in(post: &Post, email: &str, network: &str, device: Option<Device>) -> Signed {
    let address = network.parse().expect("an address");
    let agent = "Firefox on Windows".to_owned();
    let from = RequestContext { address, device, agent, ..RequestContext::anonymous() };
    accounts::sign_in(&post.app, &from, email, PASSWORD).await.expect("a session")
}

/// The device that a browser sends along after this sign-in.
fn device_of(post: &Post, signed: &Signed) -> Option<Device> {
    let cookie = signed.device_cookie(&post.app)?;
    let sent = format!("{}={}", cookie.name(), cookie.value());
    let headers = axum::http::HeaderMap::from_iter([(axum::http::header::COOKIE, sent.parse().ok()?)]);
    let settings: &Settings = &post.app.settings;
    Device::of(&headers, post.app.keys.cookies(), settings.is_https())
}

both_databases! {
    async fn the_owner_hears_once_of_a_device_and_network_that_are_not_known(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        post.registered(ANA).await;
        post.deliver().await;
        sign_in(&post, ANA, "127.0.0.1", None).await;
        assert_eq!(clinic.count(WRITTEN).await, 0, "the network of the registration is known");

        let signed = sign_in(&post, ANA, "198.51.100.7", None).await;
        let email = post.one().await;
        assert_eq!((email.to.as_str(), subject(&email).as_str()), (ANA, "Sign-in on a new device"));
        let text = everything(&email);
        for part in ["Firefox on Windows", "http://clinic.example/account/sessions", "Monday 5 January, 8am"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("198.51.100") && !text.contains(&signed.refresh), "{text}");
        let links: Vec<&str> = text.split("http").skip(1).filter(|link| link.contains("clinic.example/")).collect();
        assert!(links.iter().all(|link| link.contains("/account/sessions")), "nothing that signs in: {links:?}");

        sign_in(&post, ANA, "198.51.100.9", None).await;
        let device = device_of(&post, &signed);
        assert!(device.is_some());
        sign_in(&post, ANA, "203.0.113.1", device).await;
        assert_eq!(clinic.count(WRITTEN).await, 1, "the network, then the device is known");
        sign_in(&post, ANA, "192.0.2.1", None).await;
        assert_eq!(clinic.count(WRITTEN).await, 2);
    }

    async fn the_first_sign_in_of_an_account_is_no_news(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        accounts::create_admin(&post.app, "staff@example.org", "Sam Staff", PASSWORD).await.expect("an account");
        sign_in(&post, "staff@example.org", "198.51.100.7", None).await;
        assert_eq!(clinic.count(WRITTEN).await, 0);
        sign_in(&post, "staff@example.org", "203.0.113.1", None).await;
        assert_eq!(clinic.count(WRITTEN).await, 1);
    }
}

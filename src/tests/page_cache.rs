//! Pages kept for visitors: as fresh as if each had been made, and never of another person.

use crate::{
    both_databases,
    clinic::TOMORROW_9,
    web::{Answer, Web},
};

/// The nonce of a page's first script.
fn nonce(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("nonce=\"").expect("a script");
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// A page without what is its own.
fn common(page: &Answer) -> String {
    page.body.replace(&nonce(page), "")
}

both_databases! {
    async fn visitors_get_the_same_page_each_with_a_nonce_of_its_own(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let doctor = &clinic.doctors[0];
        let times = format!("/doctors/{}/times?visit_type={}", doctor.slug, doctor.visit_type);
        let profile = format!("/doctors/{}", doctor.slug);
        for path in ["/", "/help", "/doctors", &profile, &times] {
            let (first, second) = (web.browser().get(path).await, web.browser().get(path).await);
            assert_eq!((first.status, second.status), (200, 200));
            for page in [&first, &second] {
                let policy = page.header("content-security-policy");
                assert!(policy.contains(&format!("'nonce-{}'", nonce(page))), "{path}: {policy}");
            }
            assert_ne!(nonce(&first), nonce(&second), "{path}");
            assert_eq!(common(&first), common(&second), "{path}");
        }
    }

    async fn a_doctors_page_leads_back_to_the_list_that_its_reader_came_from(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let profile = format!("/doctors/{}", clinic.doctors[0].slug);
        let back = async |referer: &str| {
            let mut browser = web.browser();
            let referer = format!("http://{}{referer}", browser.address);
            let page = browser.send("GET", &profile, &[("accept", "text/html"), ("referer", &referer)], "").await;
            page.attributes("class=\"back-link\"", "href")
        };
        for list in ["/doctors?q=heart", "/doctors?q=skin", "/doctors"] {
            for _ in 0..2 {
                assert_eq!(back(list).await, [list]);
            }
        }
        // a page that is no list changes nothing
        assert_eq!(back("/help").await, ["/doctors"]);
    }

    async fn the_next_page_after_a_change_shows_it_within_the_same_second(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let doctor = &clinic.doctors[0];
        let times = format!("/doctors/{}/times?visit_type={}&day=2026-01-06", doctor.slug, doctor.visit_type);
        let free = async || web.browser().get(&times).await.attributes("name=\"start\"", "value");
        let before = free().await;
        assert!(before.contains(&TOMORROW_9.0.to_string()), "{before:?}");
        let patient = clinic.patient().await;
        clinic.book(patient, 0, TOMORROW_9).await.expect("booked");
        let after = free().await;
        assert!(!after.contains(&TOMORROW_9.0.to_string()), "{after:?}");
        assert_eq!(after.len() + 1, before.len());
    }

    async fn a_person_with_a_cookie_neither_gets_nor_leaves_a_kept_page(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut person = web.browser();
        person.get("/register").await;
        let fields = [
            ("name", "Ana Novak"),
            ("email", "ana@example.org"),
            ("phone", ""),
            ("password", "quiet green bicycle"),
            ("next", "/help"),
        ];
        person.post("/fn/register", &fields).await;
        assert!(web.browser().get("/help").await.text().contains("Sign in"));
        let own = person.get("/help").await.text();
        assert!(own.contains("Ana Novak") && own.contains("Sign out"), "{own}");
        let other = web.browser().get("/help").await.text();
        assert!(other.contains("Sign in") && !other.contains("Ana Novak"), "{other}");
    }
}

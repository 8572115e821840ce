//! What answers tell browsers: cookies, headers, who may send forms and who may show pages in a frame.

use docslot::{config::Settings, state::AppState, web::embedding::is_embeddable};

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    web::{Browser, Web},
};

const CLINIC_SITE: &str = "https://www.clinic.example";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// The clinic's app with other settings.
fn with(clinic: &TestClinic, change: impl FnOnce(&mut Settings)) -> AppState {
    let mut app = clinic.app.clone();
    let mut settings = (*app.settings).clone();
    change(&mut settings);
    app = app.with_settings(settings);
    app
}

fn with_https(clinic: &TestClinic) -> AppState {
    with(clinic, |settings| settings.server.public_url = "https://clinic.example".into())
}

/// Holds the first time of the first doctor.
async fn hold(clinic: &TestClinic, browser: &mut Browser) -> String {
    let doctor = &clinic.doctors[0];
    let (visit_type, start) = (doctor.visit_type.to_string(), TOMORROW_9.0.to_string());
    browser.get(&format!("/doctors/{}/times?visit_type={visit_type}&day=2026-01-06", doctor.slug)).await;
    let fields = [("doctor", doctor.slug.as_str()), ("visit_type", &visit_type), ("start", &start)];
    browser.post("/fn/booking/hold", &fields).await.location().to_owned()
}

/// Every link and form of a page, as where it leads and whether it opens in place of the whole window.
fn ways_out(body: &str) -> Vec<(String, bool)> {
    let tags = body.split('<').filter_map(|part| part.split_once('>')).map(|(tag, _)| tag);
    let tags = tags.filter(|tag| tag.starts_with("a ") || tag.starts_with("form "));
    let address = |tag: &str, name: &str| Some(tag.split_once(name)?.1.split_once('"')?.0.to_owned());
    tags.filter_map(|tag| {
        let address = address(tag, " href=\"").or_else(|| address(tag, " action=\""))?;
        Some((address, tag.contains(" target=\"_top\"")))
    })
    .collect()
}

both_databases! {
    async fn over_https_every_cookie_is_bound_to_its_host(clinic: TestClinic) {
        let web = Web::serve(&with_https(&clinic)).await;
        let mut browser = web.browser();
        browser.get("/").await;
        browser.post("/fn/set_theme", &[("theme", "dark")]).await;
        let details = hold(&clinic, &mut browser).await;
        browser.get("/register").await;
        browser.post("/fn/register", &[("name", "Ana"), ("email", "no address"), ("phone", ""), ("password", "short"), ("next", "/")]).await;
        let kept: Vec<&str> = browser.cookies.keys().map(String::as_str).collect();
        assert_eq!(kept, ["__Host-docslot-flash", "__Host-docslot-hold", "__Host-theme"]);
        let page = browser.get("/register").await;
        assert_eq!(page.status, 422, "the flash is read");
        assert!(page.body.contains("data-theme=\"dark\""), "the colours are read");
        assert_eq!(browser.get(&details).await.status, 200, "the hold is read");

        let password = "quiet green bicycle";
        let fields = [("name", "Ana Novak"), ("email", "ana@example.org"), ("phone", ""), ("password", password), ("next", "/")];
        assert_eq!(browser.post("/fn/register", &fields).await.location(), "/");
        assert!(browser.cookies.keys().all(|name| name.starts_with("__Host-")), "{:?}", browser.cookies.keys());
        assert_eq!(browser.get("/account").await.status, 200, "the session is read");

        // what a neighbour under the same domain could plant
        let mut planted = web.browser();
        for (name, value) in &browser.cookies {
            planted.cookies.insert(name.trim_start_matches("__Host-").to_owned(), value.clone());
        }
        let page = planted.get("/help").await;
        assert!(!page.body.contains("data-theme"), "another name is another cookie");
        assert_eq!(planted.get("/account").await.status, 302);
        assert_eq!(planted.get(&details).await.status, 404);
    }

    async fn https_is_kept_and_subdomains_only_when_asked_for(clinic: TestClinic) {
        const NAME: &str = "strict-transport-security";
        let web = Web::serve(&clinic.app).await;
        assert_eq!(web.browser().get("/help").await.header(NAME), "");
        let web = Web::serve(&with_https(&clinic)).await;
        assert_eq!(web.browser().get("/help").await.header(NAME), "max-age=31536000");
        let app = with(&clinic, |settings| {
            settings.server.public_url = "https://clinic.example".into();
            settings.server.hsts_subdomains = true;
        });
        let web = Web::serve(&app).await;
        assert_eq!(web.browser().get("/help").await.header(NAME), "max-age=31536000; includeSubDomains");
    }

    async fn other_websites_neither_open_nor_pull_in_what_is_here(clinic: TestClinic) {
        let app = with(&clinic, |settings| settings.api.cors_origins = vec!["https://app.example".into()]);
        let web = Web::serve(&app).await;
        let mut browser = web.browser();
        for path in ["/", "/doctors", "/help", "/sign-in", "/no/such/page", "/healthz", "/api/v1/doctors", "/api/docs"] {
            let answer = browser.get(path).await;
            assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
            assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{path}");
            assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
            assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        }
        // scripts that are let in are told so by CORS, which counts for them
        let answer = browser.send("GET", "/api/v1/doctors", &[("origin", "https://app.example")], "").await;
        assert_eq!(answer.header("access-control-allow-origin"), "https://app.example");
    }

    async fn http_and_https_are_two_websites(clinic: TestClinic) {
        for (app, own, other) in [(clinic.app.clone(), "http", "https"), (with_https(&clinic), "https", "http")] {
            let web = Web::serve(&app).await;
            let mut browser = web.browser();
            let host = if own == "https" { "clinic.example".to_owned() } else { web.address.to_string() };
            let foreign = format!("{other}://{host}");
            let answer = browser.send("POST", "/fn/set_theme", &[FORM, ("origin", &foreign)], "theme=dark").await;
            assert_eq!((answer.status, browser.cookies.len()), (403, 0), "{foreign}");
            let same = format!("{own}://{host}");
            let answer = browser.send("POST", "/fn/set_theme", &[FORM, ("origin", &same)], "theme=dark").await;
            assert_eq!((answer.status, browser.cookies.len()), (200, 1), "{same}");
        }
    }

    async fn programs_find_the_contact_and_the_page_of_passwords(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        assert_eq!(browser.get("/.well-known/security.txt").await.status, 404);
        let answer = browser.get("/.well-known/change-password").await;
        assert_eq!((answer.status, answer.location()), (303, "/account/password"));
        assert_eq!(browser.get("/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200").await.status, 404);

        let app = with(&clinic, |settings| {
            settings.server.public_url = "https://clinic.example".into();
            settings.server.security_contact = "mailto:security@clinic.example".into();
        });
        let web = Web::serve(&app).await;
        let answer = web.browser().send("GET", "/.well-known/security.txt", &[], "").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/plain; charset=utf-8"));
        let lines: Vec<&str> = answer.body.lines().collect();
        // 180 days after 5 January 2026
        assert_eq!(
            lines,
            [
                "Contact: mailto:security@clinic.example",
                "Expires: 2026-07-04T00:00:00+00:00",
                "Preferred-Languages: en",
                "Canonical: https://clinic.example/.well-known/security.txt",
            ]
        );
    }

    async fn the_clinics_own_website_may_show_public_pages_in_a_frame(clinic: TestClinic) {
        let doctor = &clinic.doctors[0];
        let times = format!("/doctors/{}/times?visit_type={}", doctor.slug, doctor.visit_type);
        let pages = ["/".to_owned(), "/doctors".into(), format!("/doctors/{}", doctor.slug), format!("{times}&day=2026-01-06"), times];
        let closed = Web::serve(&clinic.app).await;
        let app = with(&clinic, |settings| settings.server.embed_origins = vec![CLINIC_SITE.into(), "https://clinic.example".into()]);
        let open = Web::serve(&app).await;
        for path in &pages {
            let page = closed.browser().get(path).await;
            assert_eq!((page.status, page.header("x-frame-options")), (200, "DENY"), "{path}");
            assert!(!page.body.contains("_top"), "{path}: without the setting a page stays as it is");

            let mut browser = open.browser();
            let page = browser.get(path).await;
            assert_eq!((page.status, page.header("x-frame-options")), (200, ""), "{path}");
            let policy = page.header("content-security-policy");
            let ancestors = policy.split("frame-ancestors ").nth(1);
            assert_eq!(ancestors, Some("https://www.clinic.example https://clinic.example"), "{path}");
            assert_eq!(page.header("cross-origin-resource-policy"), "cross-origin", "{path}");
            assert!(browser.cookies.is_empty(), "{path} needs no cookie");
        }
        for path in ["/help", "/sign-in", "/register", "/appointments", "/no/such/page", "/api/docs", "/healthz"] {
            let page = open.browser().get(path).await;
            assert_eq!(page.header("x-frame-options"), "DENY", "{path}");
            assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
            assert_eq!(page.header("cross-origin-resource-policy"), "same-origin", "{path}");
        }
    }

    async fn what_leads_out_of_a_frame_opens_in_the_whole_window(clinic: TestClinic) {
        let app = with(&clinic, |settings| settings.server.embed_origins = vec![CLINIC_SITE.into()]);
        let web = Web::serve(&app).await;
        let doctor = &clinic.doctors[0];
        let times = format!("/doctors/{}/times?visit_type={}&day=2026-01-06", doctor.slug, doctor.visit_type);
        let profile = format!("/doctors/{}", doctor.slug);
        let mut forms = 0;
        for path in ["/", "/doctors", "/doctors?q=nobody+at+all", &profile, &times, "/doctors/nobody"] {
            let page = web.browser().get(path).await;
            for (address, on_top) in ways_out(&page.body) {
                // telephone numbers, and places on the same page
                if !address.starts_with('/') {
                    continue;
                }
                let target = address.split(['?', '#']).next().unwrap_or_default();
                // the colours are chosen where they are shown
                let stays = is_embeddable(&app.settings, target) || target == "/fn/set_theme";
                assert_eq!(on_top, !stays, "{path}: {address}");
                forms += u32::from(target == "/fn/booking/hold");
            }
            let ways = ways_out(&page.body);
            assert!(ways.iter().any(|(address, on_top)| address.starts_with("/sign-in") && *on_top), "{path}: {ways:?}");
        }
        assert!(forms >= 2, "times are held from the list of doctors and from the page of times");
        let elsewhere = web.browser().get("/help").await;
        assert!(!elsewhere.body.contains("_top"), "a page that no frame shows stays as it is");
    }
}

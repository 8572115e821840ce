//! The website's own address behind a proxy, whatever the proxy makes of a request.

use std::{fs, path::Path};

use docslot::{flash::PAGE_FIELD, state::AppState};

use crate::{
    both_databases,
    clinic::TestClinic,
    schema::source_files,
    web::{Answer, Browser, Web, form},
};

const PASSWORD: &str = "quiet green bicycle";
const SITE: &str = "https://clinic.example";

/// What a proxy leaves of a form's request: its host, and its referrer if there is one.
#[derive(Clone, Copy, Debug)]
struct Proxy {
    host: &'static str,
    /// Where the page's address goes in, if anywhere.
    referrer: Option<&'static str>,
}

/// As proxies and browsers are set up before anybody changes them.
const DEFAULTS: [Proxy; 5] = [
    // `proxy_pass` alone
    Proxy { host: "127.0.0.1:3000", referrer: Some("https://clinic.example{page}") },
    Proxy { host: "clinic.example:443", referrer: Some("https://clinic.example{page}") },
    Proxy { host: "clinic.example", referrer: None },
    Proxy { host: "clinic.example", referrer: Some("https://clinic.example/") },
    // all at once
    Proxy { host: "127.0.0.1:3000", referrer: None },
];

impl Proxy {
    async fn get(self, browser: &mut Browser, page: &str) -> Answer {
        browser.send("GET", page, &[("accept", "text/html"), ("host", self.host)], "").await
    }

    /// Fills in a form of the page, and sends it from `origin`, with or without what newer browsers say of it.
    async fn post(self, browser: &mut Browser, page: &str, origin: &str, fetch: bool, sent: &Sent<'_>) -> Answer {
        let shown = self.get(browser, page).await;
        assert_eq!(shown.status, 200, "{page}: {}", shown.text());
        let forms = shown.forms();
        let found = forms.iter().find(|form| form.action == sent.action).expect("the form");
        let own = found.page.clone().expect("a form that names its page");
        let fields: Vec<_> = sent.fields.iter().copied().chain([(PAGE_FIELD, own.as_str())]).collect();
        let referrer = self.referrer.map(|referrer| referrer.replace("{page}", page));
        let mut headers = vec![
            ("accept", "text/html"),
            ("host", self.host),
            ("origin", origin),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        headers.extend(referrer.as_deref().map(|referrer| ("referer", referrer)));
        headers.extend(fetch.then_some(("sec-fetch-site", "same-origin")));
        browser.send("POST", sent.action, &headers, &form(&fields)).await
    }

    /// Sends a form with a mistake and shows the page to which it leads, which must be its own.
    async fn fail(self, browser: &mut Browser, page: &str, fetch: bool, sent: &Sent<'_>) -> Answer {
        let answer = self.post(browser, page, SITE, fetch, sent).await;
        assert_eq!((answer.status, answer.header("location")), (303, page), "{self:?} {fetch} {}", answer.text());
        self.get(browser, page).await
    }
}

struct Sent<'a> {
    action: &'a str,
    fields: &'a [(&'a str, &'a str)],
}

fn at(clinic: &TestClinic, public_url: &str) -> AppState {
    let mut app = clinic.app.clone();
    let mut settings = (*app.settings).clone();
    settings.server.public_url = public_url.into();
    app = app.with_settings(settings);
    app
}

/// The addresses of [`crate::access`] do not show every state of every page, so this reads the pages themselves. A form
/// without an action posts to its own page.
#[test]
fn every_form_that_posts_to_a_function_begins_with_its_page() {
    let (mut forms, mut without) = (0, Vec::new());
    for file in source_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let text = fs::read_to_string(&file).expect("a source file");
        for form in text.split("<form").skip(1) {
            let Some((tag, content)) = form.split_once('>') else { continue };
            // files are not sent to a server function, and their handler knows its page
            let sends_files = tag.contains("enctype=\"multipart/form-data\"");
            if tag.contains("method=\"post\"") && tag.contains("action=") && !sends_files {
                forms += 1;
                // a form that stands on several pages says which one it goes back to
                let names_page = ["<FormPage />", "<input type=\"hidden\" name=PAGE_FIELD"];
                if !names_page.iter().any(|first| content.trim_start().starts_with(first)) {
                    without.push(format!("{}: <form{tag}>", file.display()));
                }
            }
        }
    }
    assert!(forms > 50, "only {forms} forms were found");
    assert!(without.is_empty(), "{}", without.join("\n"));
}

both_databases! {
    async fn behind_any_proxy_a_form_comes_back_to_its_page(clinic: TestClinic) {
        let web = Web::serve(&at(&clinic, SITE)).await;
        for (number, (proxy, fetch)) in DEFAULTS.iter().flat_map(|proxy| [(*proxy, true), (*proxy, false)]).enumerate() {
            let (mut browser, email) = (web.browser(), format!("person-{number}@example.org"));

            let wrong = Sent { action: "/fn/sign_in", fields: &[("email", &email), ("password", "wrong"), ("next", "/appointments")] };
            let page = proxy.fail(&mut browser, "/sign-in?next=/appointments", fetch, &wrong).await;
            assert_eq!(page.status, 401, "{proxy:?}");
            assert!(page.text().contains("Email or password is not right"), "{proxy:?} {}", page.text());
            assert!(page.body.contains(&format!("value=\"{email}\"")), "{proxy:?} {}", page.body);

            let fields = [("name", "Ana <Novak>"), ("email", "not-an-address"), ("phone", ""), ("password", PASSWORD), ("next", "/doctors")];
            let page = proxy.fail(&mut browser, "/register?next=/doctors", fetch, &Sent { action: "/fn/register", fields: &fields }).await;
            assert_eq!(page.status, 422, "{proxy:?}");
            assert!(page.body.contains("value=\"not-an-address\"") && page.body.contains("Ana &lt;Novak&gt;"), "{proxy:?}");

            let fields = [("name", "Ana Novak"), ("email", email.as_str()), ("phone", ""), ("password", PASSWORD), ("next", "/")];
            let made = proxy.post(&mut browser, "/register", SITE, fetch, &Sent { action: "/fn/register", fields: &fields }).await;
            assert_eq!(made.location(), "/", "{proxy:?}");

            let nameless = Sent { action: "/fn/account/profile", fields: &[("name", ""), ("phone", "020 7946 0999")] };
            let page = proxy.fail(&mut browser, "/account/profile", fetch, &nameless).await;
            assert_eq!(page.status, 422, "{proxy:?}");
            assert!(page.body.contains("value=\"020 7946 0999\""), "{proxy:?} {}", page.body);

            // a form that succeeds and names no page of its own leads back as well
            let dark = Sent { action: "/fn/set_theme", fields: &[("theme", "dark")] };
            let chosen = proxy.post(&mut browser, "/doctors?q=doctor&page=1", SITE, fetch, &dark).await;
            assert_eq!(chosen.location(), "/doctors?q=doctor&page=1", "{proxy:?}");
        }
    }

    async fn another_website_changes_nothing_behind_any_proxy(clinic: TestClinic) {
        let web = Web::serve(&at(&clinic, SITE)).await;
        let theme = Sent { action: "/fn/set_theme", fields: &[("theme", "dark")] };
        for proxy in DEFAULTS {
            let mut browser = web.browser();
            for origin in ["https://evil.example", "http://clinic.example", "http://127.0.0.1:3000", "https://127.0.0.1:3000", "null"] {
                let answer = proxy.post(&mut browser, "/doctors", origin, false, &theme).await;
                assert_eq!(answer.status, 403, "{proxy:?} {origin}");
                assert!(!browser.cookies.contains_key("theme"), "{proxy:?} {origin}");
            }
        }
    }

    async fn without_an_address_of_its_own_the_website_is_at_this_machine(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let theme = Sent { action: "/fn/set_theme", fields: &[("theme", "dark")] };
        for (host, origin, status) in [
            ("localhost:3000", "http://localhost:3000", 303),
            ("127.0.0.1:8080", "http://127.0.0.1:8080", 303),
            ("localhost:3000", "https://localhost:3000", 403),
            ("clinic.example", "http://clinic.example", 403),
            ("127.0.0.1:3000", "https://clinic.example", 403),
        ] {
            let answer = Proxy { host, referrer: None }.post(&mut web.browser(), "/doctors", origin, false, &theme).await;
            assert_eq!(answer.status, status, "{host} {origin}");
        }
    }

    async fn a_field_leads_to_no_other_website(clinic: TestClinic) {
        let web = Web::serve(&at(&clinic, SITE)).await;
        for page in ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", ""] {
            let mut browser = web.browser();
            browser.page = page.to_owned();
            for (action, fields) in [("/fn/sign_in", [("email", "x"), ("password", "y")]), ("/fn/set_theme", [("theme", "dark"), ("x", "y")])] {
                assert_eq!(browser.post(action, &fields).await.location(), "/", "{action} {page}");
            }
        }
    }

    async fn the_way_back_to_a_list_is_that_of_the_public_address(clinic: TestClinic) {
        let web = Web::serve(&at(&clinic, SITE)).await;
        for (referrer, back) in [
            ("https://clinic.example/doctors?q=doctor", "href=\"/doctors?q=doctor\""),
            ("http://127.0.0.1:3000/doctors?q=doctor", "href=\"/doctors\""),
            ("https://clinic.example/", "href=\"/doctors\""),
        ] {
            let headers = [("accept", "text/html"), ("host", "127.0.0.1:3000"), ("referer", referrer)];
            let page = web.browser().send("GET", "/doctors/doctor-1", &headers, "").await;
            assert!(page.body.contains(back), "{referrer}");
            assert_eq!(page.body.contains("/doctors?q=doctor"), back.contains("?q="), "{referrer}");
        }
    }
}

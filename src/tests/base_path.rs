//! The website below a path of a host that it shares: every address of every page, and what is sent back and forth.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use docslot::{state::AppState, web::router};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    access::{ROWS, one_of_each},
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    web::{Answer, Browser, Web},
};

const BASE: &str = "/booking";
const SITE: &str = "https://clinic.example/booking";
const PASSWORD: &str = "quiet green bicycle";

fn below(clinic: &TestClinic) -> AppState {
    let mut settings = (*clinic.app.settings).clone();
    settings.server.public_url = SITE.into();
    // the files beside those that the build makes
    settings.leptos.site_root = concat!(env!("CARGO_MANIFEST_DIR"), "/public").into();
    clinic.app.with_settings(settings)
}

/// The addresses in the attributes of a page that begin at the root of the host, each with what asks for it.
fn addresses(page: &Answer) -> BTreeSet<(&'static str, String)> {
    let tags = page.body.split('<').filter_map(|part| part.split_once('>')).map(|(tag, _)| tag);
    let mut found = BTreeSet::new();
    for tag in tags.filter(|tag| !tag.starts_with('/')) {
        for attribute in
            [" href=\"", " src=\"", " action=\"", " formaction=\"", " srcset=\"", " poster=\"", " content=\""]
        {
            let value = tag.split_once(attribute).and_then(|(_, rest)| Some(rest.split_once('"')?.0));
            let Some(value) = value.filter(|value| value.starts_with('/') && !value.starts_with("//")) else {
                continue;
            };
            let method = match attribute.contains("action") {
                true if tag.contains("method=\"post\"") => "POST",
                // an address without what is typed into the form is none of a page
                true => "FORM",
                false => "GET",
            };
            let value = value.replace("&amp;", "&");
            found.insert((method, value.split('#').next().unwrap_or_default().to_owned()));
        }
    }
    found
}

both_databases! {
    async fn every_address_of_every_page_is_below_the_path_and_answers(clinic: TestClinic) {
        let web = Web::serve(&below(&clinic)).await;
        // without the path, as a proxy that cuts it would ask
        let (mut browsers, fixture) = one_of_each(&clinic, &web).await;
        let functions: BTreeSet<String> = router::addresses().into_iter().filter(|(method, _)| method == "POST").map(|(_, path)| path).collect();
        let (mut wrong, mut seen, mut pages) = (Vec::new(), BTreeMap::new(), 0);
        for (address, example, _, expected) in ROWS.iter().filter(|row| row.0.starts_with("GET ")) {
            let path = [BASE, &fixture.fill(example)].concat();
            for (place, browser) in browsers.iter_mut().enumerate() {
                let before = browser.cookies.clone();
                let page = browser.get(&path).await;
                browser.cookies = before;
                if page.status != expected[place] {
                    wrong.push(format!("{address} for {place}: {} instead of {}", page.status, expected[place]));
                }
                if (300..400).contains(&page.status) && !page.header("location").starts_with("/booking/") {
                    wrong.push(format!("{address} for {place} leads to {}", page.header("location")));
                }
                if !page.header("content-type").starts_with("text/html") {
                    continue;
                }
                pages += 1;
                if page.body.contains("\"/pkg\"") || page.body.contains("(\"\", \"pkg\"") {
                    wrong.push(format!("{address} for {place}: its script looks for WASM at the root"));
                }
                for (method, found) in addresses(&page) {
                    match found.strip_prefix(BASE).filter(|rest| rest.starts_with('/')) {
                        None => wrong.push(format!("{address} for {place} names {found}")),
                        Some(inside) if method == "POST" && !functions.contains(inside) && !inside.starts_with("/reminders/") && !inside.ends_with("/papers") => {
                            wrong.push(format!("{address} for {place} posts to {found}"));
                        }
                        Some(_) => drop(seen.entry((method, found)).or_insert(place)),
                    }
                }
            }
        }
        let mut asked = 0;
        // the files that the build makes are not there in a test
        for ((method, found), place) in seen.iter().filter(|((method, found), _)| *method == "GET" && !found.starts_with("/booking/pkg/")) {
            let before = browsers[*place].cookies.clone();
            let answer = browsers[*place].send(method, found, &[("accept", "text/html")], "").await;
            browsers[*place].cookies = before;
            asked += 1;
            if !matches!(answer.status, 200 | 302 | 303) {
                wrong.push(format!("{found} for {place}: {}", answer.status));
            }
        }
        println!("{pages} pages, {} addresses, {asked} asked for", seen.len());
        assert!(pages > 300 && asked > 100 && seen.keys().any(|(_, found)| found.ends_with("/pkg/docslot.css")), "{pages} {asked}");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn a_visitor_registers_and_books_below_the_path(clinic: TestClinic) {
        let web = Web::serve(&below(&clinic)).await;
        let doctor = &clinic.doctors[0];
        let visit_type = doctor.visit_type.to_string();
        let times = format!("/doctors/{}/times?visit_type={visit_type}&day=2026-01-06", doctor.slug);
        for cut in [false, true] {
            let mut browser = web.browser();
            let base = if cut { "" } else { BASE };
            let start = (TOMORROW_9.0 + if cut { 3_600 } else { 0 }).to_string();
            let at = |path: &str| [base, path].concat();
            // what comes back to a proxy that cuts the path is cut again
            let cut_again = |address: &str| if cut { address.strip_prefix(BASE).expect("the path").to_owned() } else { address.to_owned() };
            let page = browser.get(&at(&times)).await;
            let field = page.forms_below(BASE).into_iter().find(|form| form.action == "/fn/booking/hold").expect("a form");
            assert_eq!(field.page.as_deref(), Some(times.as_str()), "inside, a page has no path");
            browser.page = times.clone();
            let fields = [("doctor", doctor.slug.as_str()), ("visit_type", &visit_type), ("start", &start)];
            let held = browser.post(&at("/fn/booking/hold"), &fields).await;
            let details = held.location().to_owned();
            assert!(details.starts_with("/booking/book/"), "{details}");
            assert_eq!(held.header("set-cookie").split("; ").find(|part| part.starts_with("Path")), Some("Path=/booking"));
            assert_eq!(browser.get(&cut_again(&details)).await.status, 200, "the hold's cookie is read");

            browser.page = "/register".into();
            let email = format!("ana-{cut}@example.org");
            let mut fields = [("name", "Ana"), ("email", "no address"), ("phone", ""), ("password", PASSWORD), ("next", "/appointments")];
            let refused = browser.post(&at("/fn/register"), &fields).await;
            assert_eq!(refused.location(), "/booking/register");
            let page = browser.get(&at("/register")).await;
            assert!(page.status == 422 && page.body.contains("value=\"no address\""), "{}", page.text());
            fields[1].1 = &email;
            browser.page = "/register".into();
            assert_eq!(browser.post(&at("/fn/register"), &fields).await.location(), "/booking/appointments");

            let id = details.rsplit('/').next().expect("an id").to_owned();
            browser.page = format!("/book/{id}");
            let done = browser.post(&at("/fn/booking/confirm"), &[("id", &id)]).await;
            assert_eq!(done.location(), format!("/booking/appointments/{id}/done"));
            assert_eq!(browser.get(&cut_again(done.location())).await.status, 200);
            assert!(browser.cookies.keys().all(|name| name.starts_with("__Secure-")), "{:?}", browser.cookies.keys());
            // the way back to the list names the list
            let headers = [("accept", "text/html"), ("referer", "https://clinic.example/booking/doctors?q=doctor")];
            let page = browser.send("GET", &at("/doctors/doctor-1"), &headers, "").await;
            assert!(page.body.contains("href=\"/booking/doctors?q=doctor\""));
        }
    }

    async fn programs_find_what_belongs_to_the_host_and_what_is_below_the_path(clinic: TestClinic) {
        let app = below(&clinic);
        let mut settings = (*app.settings).clone();
        settings.server.security_contact = "mailto:security@clinic.example".into();
        let web = Web::serve(&app.with_settings(settings)).await;
        let mut program = web.browser();
        let ask = [("accept", "application/json")];
        let text = program.send("GET", "/.well-known/security.txt", &[], "").await.body;
        assert!(text.contains("Canonical: https://clinic.example/.well-known/security.txt"), "{text}");
        assert_eq!(program.send("GET", "/.well-known/change-password", &[], "").await.location(), "/booking/account/password");
        for path in ["/readyz", "/booking/readyz", "/booking", "/booking/", "/booking/favicon.svg"] {
            assert_eq!(program.send("GET", path, &[], "").await.status, 200, "{path}");
        }
        let document: serde_json::Value = serde_json::from_str(&program.send("GET", "/booking/api/openapi.json", &ask, "").await.body).expect("JSON");
        assert_eq!(document["servers"][0]["url"], "/booking/api/v1");
        let page = program.send("GET", "/booking/api/docs", &[("accept", "text/html")], "").await;
        assert!(page.body.contains("<code>/booking/api/v1"), "{}", page.text());
        assert!(addresses(&page).iter().all(|(_, found)| found.starts_with("/booking/")), "{:?}", addresses(&page));

        let gone = program.send("GET", "/booking/api/v1/doctors/nobody", &ask, "").await;
        assert_eq!(gone.header("content-type"), "application/problem+json");
        let problem: serde_json::Value = serde_json::from_str(&gone.body).expect("JSON");
        let kind = problem["type"].as_str().expect("a type").to_owned();
        assert_eq!(kind, "/booking/api/problems/not_found");
        assert_eq!(program.send("GET", &kind, &[], "").await.location(), "/booking/api/docs#problem-not_found");
        let list = program.send("GET", "/booking/api/v1/doctors", &ask, "").await;
        assert!(list.header("link").starts_with("</booking/api/v1/doctors?page=1>; rel=\"first\""), "{}", list.header("link"));
        let path = format!("/booking/api/v1/doctors/{}/slots/events", clinic.doctors[0].id);
        let mut stream = TcpStream::connect(web.address).await.expect("a connection");
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("a request");
        let (mut text, mut piece) = (String::new(), [0; 2048]);
        while !text.contains("data: ") {
            let read = timeout(Duration::from_secs(5), stream.read(&mut piece)).await.expect("an event at once");
            text.push_str(&String::from_utf8_lossy(&piece[..read.expect("an answer")]));
        }
    }

    async fn a_neighbour_on_the_host_gives_no_cookie_to_this_website(clinic: TestClinic) {
        let web = Web::serve(&below(&clinic)).await;
        let mut browser = web.browser();
        browser.page = "/".into();
        browser.post("/booking/fn/set_theme", &[("theme", "dark")]).await;
        assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["__Secure-theme"]);
        let dark = |page: Answer| page.body.contains("data-theme=\"dark\"");
        assert!(dark(browser.get("/booking/help").await));
        let value = browser.cookies["__Secure-theme"].clone();
        let mut neighbour: Browser = web.browser();
        for name in ["__Host-theme", "theme"] {
            neighbour.cookies = BTreeMap::from([(name.to_owned(), value.clone())]);
            assert!(!dark(neighbour.get("/booking/help").await), "{name}");
        }
    }
}

//! What a browser loads besides the page: script, WASM, style sheet and the files of `public`.

use std::{path::PathBuf, sync::Arc};

use docslot::{
    state::AppState,
    web::site::{self, MemoryFiles},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use uuid::Uuid;

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    web::{Answer, Browser, Web},
};

const FILES: [(&str, &str); 6] = [
    ("pkg/docslot.abc.js", "the script"),
    ("pkg/docslot.abc.js.br", "its brotli copy"),
    ("pkg/docslot.abc.js.gz", "the copy of gzip"),
    ("pkg/docslot.abc.css", "the style sheet, without a copy"),
    ("robots.txt", "for robots"),
    ("robots.txt.br", "for robots, shorter"),
];

/// A built website of a few letters; it goes when this is dropped.
struct Site(PathBuf);

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Site {
    fn build() -> Site {
        let folder = std::env::temp_dir().join(format!("docslot_site_{}", Uuid::now_v7().simple()));
        std::fs::create_dir_all(folder.join("pkg")).expect("a folder");
        for (name, text) in FILES {
            std::fs::write(folder.join(name), text).expect("a file");
        }
        Site(folder)
    }

    /// The app of the clinic with this website, whose files have hashes in their names.
    fn serve(&self, clinic: &TestClinic) -> AppState {
        let mut app = clinic.app.clone();
        let mut settings = (*app.settings).clone();
        settings.leptos.site_root = self.0.display().to_string();
        settings.leptos.hash_files = true;
        app = app.with_settings(settings);
        app
    }

    /// The app with the same website in its program, as a release has it.
    fn serve_from_memory(clinic: &TestClinic) -> AppState {
        const CHANGED: u64 = 1_700_000_000;
        let files = FILES.map(|(name, text)| (name.to_owned(), text.as_bytes(), CHANGED));
        let hidden = (".built".to_owned(), b"a mark".as_slice(), CHANGED);
        let site = site::Site::in_memory(MemoryFiles::with_dates(files.into_iter().chain([hidden])), "");
        clinic.app.with(|parts| parts.site = Arc::new(site))
    }

    /// Both ways to serve the same files.
    fn both(&self, clinic: &TestClinic) -> [AppState; 2] {
        [self.serve(clinic), Site::serve_from_memory(clinic)]
    }
}

async fn get(browser: &mut Browser, path: &str, accepted: &str) -> Answer {
    browser.send("GET", path, &[("accept-encoding", accepted)], "").await
}

/// The head of an answer to a browser that accepts gzip, in lower case. Its body is no text.
async fn head_with_gzip(web: &Web, path: &str) -> String {
    let mut stream = TcpStream::connect(web.address).await.expect("a connection");
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\naccept: text/html\r\naccept-encoding: gzip\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    let answer = String::from_utf8_lossy(&answer).to_ascii_lowercase();
    answer.split("\r\n\r\n").next().unwrap_or_default().to_owned()
}

/// Whether the page has an island, and whether it loads the scripts that make islands live.
fn island_and_scripts(page: &Answer) -> (bool, bool) {
    (page.body.contains("<leptos-island"), page.body.contains("modulepreload") && page.body.contains(".wasm"))
}

both_databases! {
    async fn the_browser_gets_the_copy_that_it_accepts(clinic: TestClinic) {
        const FOREVER: &str = "public, max-age=31536000, immutable";
        let site = Site::build();
        for app in site.both(&clinic) {
            let web = Web::serve(&app).await;
            let mut browser = web.browser();
            let script = "/pkg/docslot.abc.js";
            for (accepted, encoding, body) in [
                ("gzip, deflate, br, zstd", "br", "its brotli copy"),
                ("br", "br", "its brotli copy"),
                ("gzip, deflate", "gzip", "the copy of gzip"),
                ("gzip, br;q=0.5", "gzip", "the copy of gzip"),
                ("gzip, br;q=0", "gzip", "the copy of gzip"),
                ("identity", "", "the script"),
                ("zstd", "", "the script"),
            ] {
                let answer = get(&mut browser, script, accepted).await;
                assert_eq!((answer.status, answer.header("content-encoding")), (200, encoding), "{accepted}");
                assert_eq!(answer.body, body, "{accepted}");
                assert_eq!(answer.header("content-length"), body.len().to_string(), "{accepted}");
                assert!(answer.header("content-type").contains("javascript"), "{accepted}: {answer:?}");
                assert_eq!(answer.header("vary"), "accept-encoding", "{accepted}");
                assert_eq!(answer.header("cache-control"), FOREVER, "{accepted}");
                assert_eq!(answer.header("x-content-type-options"), "nosniff", "{accepted}");

                let known = answer.header("last-modified");
                let headers = [("accept-encoding", accepted), ("if-modified-since", known)];
                let again = browser.send("GET", script, &headers, "").await;
                assert_eq!((again.status, again.body.as_str()), (304, ""), "{accepted}");
                assert_eq!(again.header("vary"), "accept-encoding", "{accepted}");
                assert_eq!(again.header("cache-control"), FOREVER, "{accepted}");
            }
            let plain = browser.send("GET", script, &[], "").await;
            assert_eq!((plain.header("content-encoding"), plain.body.as_str()), ("", "the script"));
            let head = browser.send("HEAD", script, &[("accept-encoding", "br")], "").await;
            let sent = (head.status, head.header("content-encoding"), head.header("content-length"));
            assert_eq!(sent, (200, "br", "15"));
        }
    }

    async fn a_file_without_a_copy_is_still_served(clinic: TestClinic) {
        let site = Site::build();
        for app in site.both(&clinic) {
            let web = Web::serve(&app).await;
            let mut browser = web.browser();
            let style = get(&mut browser, "/pkg/docslot.abc.css", "br, gzip").await;
            assert_eq!((style.status, style.header("content-encoding")), (200, ""));
            assert_eq!(style.body, "the style sheet, without a copy");
            assert!(style.header("content-type").starts_with("text/css"), "{style:?}");
            let nothing = get(&mut browser, "/pkg/nothing.js", "br, gzip").await;
            assert_eq!((nothing.status, nothing.header("cache-control")), (404, "no-cache"));
        }
    }

    async fn a_file_of_public_is_kept_for_an_hour(clinic: TestClinic) {
        let site = Site::build();
        for app in site.both(&clinic) {
            let web = Web::serve(&app).await;
            let mut browser = web.browser();
            for (accepted, encoding, body) in [("br", "br", "for robots, shorter"), ("identity", "", "for robots")] {
                let answer = get(&mut browser, "/robots.txt", accepted).await;
                assert_eq!((answer.status, answer.header("content-encoding")), (200, encoding), "{accepted}");
                assert_eq!(answer.body, body);
                assert_eq!(answer.header("cache-control"), "public, max-age=3600");
                assert_eq!(answer.header("vary"), "accept-encoding");
                let known = ("if-modified-since", answer.header("last-modified"));
                let again = browser.send("GET", "/robots.txt", &[("accept-encoding", accepted), known], "").await;
                assert_eq!((again.status, again.header("cache-control")), (304, "public, max-age=3600"), "{accepted}");
            }
        }
    }

    async fn a_program_that_holds_its_site_names_and_sends_what_is_in_it(clinic: TestClinic) {
        let web = Web::serve(&Site::serve_from_memory(&clinic)).await;
        let mut browser = web.browser();
        for path in ["/", "/no/such/page", "/api/docs"] {
            let page = browser.get(path).await;
            assert!(page.body.contains("href=\"/pkg/docslot.abc.css\""), "{path}: {}", page.body);
        }
        let doctor = &clinic.doctors[0];
        let day = format!("/doctors/{}/times?visit_type={}&day=2026-01-06", doctor.slug, doctor.visit_type);
        let page = browser.get(&day).await;
        assert!(page.body.contains("\"docslot.abc\", \"docslot\", false);"), "the start of its islands: {}", page.body);
        assert!(page.body.contains("hydrateIslands(document.body"), "Leptos's script: {}", page.body);
        let script = get(&mut browser, "/pkg/docslot.abc.js", "br").await;
        assert_eq!(script.header("last-modified"), "Tue, 14 Nov 2023 22:13:20 GMT");
        for path in ["/.built", "/pkg", "/pkg/", "/pkg/../robots.txt", "/pkg/%2e%2e/robots.txt"] {
            let nothing = browser.get(path).await;
            assert_eq!(nothing.status, 404, "{path}: {}", nothing.body);
        }
    }

    async fn what_is_made_for_each_request_is_compressed_too(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        for path in ["/", "/doctors", "/no/such/page", "/api/v1/doctors", "/api/openapi.json", "/api/docs"] {
            let head = head_with_gzip(&web, path).await;
            assert!(head.contains("\r\ncontent-encoding: gzip"), "{path}: {head}");
            assert!(head.contains("\r\nvary: accept-encoding"), "{path}: {head}");
        }
    }

    async fn a_page_loads_the_scripts_of_islands_only_if_it_has_one(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        let doctor = &clinic.doctors[0];
        let times = format!("/doctors/{}/times?visit_type={}", doctor.slug, doctor.visit_type);
        let profile = format!("/doctors/{}", doctor.slug);
        for path in ["/", "/doctors", "/help", "/sign-in", "/register", "/no/such/page"] {
            let page = browser.get(path).await;
            assert_eq!(island_and_scripts(&page), (false, false), "{path}");
            assert!(page.body.contains("/pkg/docslot.css"), "{path} keeps its style sheet");
            let policy = page.header("content-security-policy");
            let nonces = page.attributes("src=\"/theme.js\"", "nonce");
            assert_eq!(nonces.len(), 1, "{path}");
            assert!(policy.contains(&format!("'nonce-{}'", nonces[0])), "{path}: {policy}");
        }

        for path in [&profile, &times, &format!("{times}&day=2026-01-06")] {
            let page = browser.get(path).await;
            assert_eq!(island_and_scripts(&page), (true, true), "{path}");
        }
        let fields = [
            ("doctor", doctor.slug.as_str()),
            ("visit_type", &doctor.visit_type.to_string()),
            ("start", &TOMORROW_9.0.to_string()),
        ];
        let details = browser.post("/fn/booking/hold", &fields).await.location().to_owned();
        let page = browser.get(&details).await;
        assert_eq!(island_and_scripts(&page), (true, true), "{details}");
    }

    async fn the_colours_are_chosen_without_islands(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        let pressed = |page: &Answer| {
            let buttons = page.attributes("name=\"theme\"", "value").into_iter();
            let pressed = page.attributes("name=\"theme\"", "aria-pressed");
            buttons.zip(pressed).filter(|(_, pressed)| pressed == "true").map(|(theme, _)| theme).collect::<Vec<_>>()
        };
        let page = browser.get("/doctors").await;
        assert_eq!(pressed(&page), ["system"]);
        let page = browser.submit("/fn/set_theme", &[("theme", "dark")]).await;
        assert_eq!(browser.page, "/doctors", "back on the page of the form");
        assert_eq!(pressed(&page), ["dark"]);
        assert!(page.body.contains("data-theme=\"dark\""));

        // as the script sends it
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin"), ("accept", "*/*")];
        let answer = browser.send("POST", "/fn/set_theme", &headers, "theme=light").await;
        assert_eq!(answer.status, 200);
        assert_eq!(pressed(&browser.get("/doctors").await), ["light"]);
    }
}

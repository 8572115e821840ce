//! What every answer says of itself and what none says: its kind, methods that are not meant, files that are not for
//! browsers, requests with two ends, and the inside of the program when it fails.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    access::{Fixture, ROWS, one_of_each},
    both_databases,
    web::{Answer, Browser, Web},
};

/// What only the program and its developers know.
const INSIDE: [&str; 9] =
    ["sqlx", "PoolClosed", "panicked", "stack backtrace", ".rs:", "src/", "select ", "postgres", "SQLite"];

/// What the server answers to these bytes, until it closes the connection or a second has passed.
async fn raw(web: &Web, request: &str) -> String {
    let mut stream = TcpStream::connect(web.address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(std::time::Duration::from_secs(1), reading).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Whether the kind of a body that is text also says its characters. JSON and event streams have one set by standard.
fn says_its_characters(answer: &Answer) -> bool {
    let kind = answer.header("content-type");
    let is_text = kind.starts_with("text/") || kind.contains("xml");
    answer.body.is_empty() || !kind.is_empty() && (!is_text || kind.to_ascii_lowercase().contains("charset=utf-8"))
}

/// Asks every address that is read, as everybody in turn, without signing anybody out.
async fn ask_everything(browsers: &mut [Browser], fixture: &Fixture, mut look: impl FnMut(&str, &Answer)) {
    for (address, example, ..) in ROWS.iter().filter(|(address, ..)| address.starts_with("GET ")) {
        for browser in &mut *browsers {
            let kept = browser.cookies.clone();
            let answer = browser.get(&fixture.fill(example)).await;
            browser.cookies = kept;
            look(address, &answer);
        }
    }
}

both_databases! {
    async fn every_body_says_its_kind_and_its_characters(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut browsers, fixture) = one_of_each(&clinic, &web).await;
        let (mut asked, mut wrong) = (0, Vec::new());
        ask_everything(&mut browsers, &fixture, |address, answer| {
            asked += 1;
            if !says_its_characters(answer) {
                wrong.push(format!("{address}: {:?}", answer.header("content-type")));
            }
        })
        .await;
        let mut visitor = web.browser();
        for path in ["/api/v1/doctors", "/api/v1/nothing", "/api/openapi.json", "/nothing", "/theme.js", "/favicon.svg", "/robots.txt"] {
            let answer = visitor.get(path).await;
            if !says_its_characters(&answer) {
                wrong.push(format!("{path}: {:?}", answer.header("content-type")));
            }
        }
        wrong.sort();
        wrong.dedup();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(asked > 500, "{asked}");
    }

    async fn methods_that_are_not_meant_do_nothing(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        for path in ["/", "/doctors", "/account", "/fn/set_theme", "/api/v1/doctors", "/healthz", "/theme.js"] {
            for method in ["TRACE", "TRACK", "DEBUG", "PROPFIND"] {
                let answer = browser.send(method, path, &[("sec-fetch-site", "same-origin"), ("x-secret", "echo")], "").await;
                assert!(matches!(answer.status, 400 | 403 | 404 | 405 | 501), "{method} {path}: {}", answer.status);
                assert!(!answer.body.contains("echo"), "{method} {path}");
            }
        }
    }

    async fn no_folder_is_listed_and_no_source_is_served(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        for path in [
            "/.git/config", "/.git/HEAD", "/.env", "/Cargo.toml", "/Leptos.toml", "/docslot.db", "/pkg", "/pkg/", "/public/",
            "/src/main.rs", "/..%2fCargo.toml", "/%2e%2e/Cargo.toml", "/pkg/..%2f..%2fCargo.toml", "/migrations/", "//etc/passwd",
        ] {
            let answer = browser.get(path).await;
            assert!(matches!(answer.status, 303 | 307 | 308 | 400 | 404), "{path}: {}", answer.status);
            assert!(!answer.body.contains("[package]") && !answer.body.contains("Index of"), "{path}");
        }
    }

    async fn a_request_has_one_end(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let head = "POST /fn/set_theme HTTP/1.1\r\nhost: clinic\r\nsec-fetch-site: same-origin\r\n";
        let hidden = "GET /hidden HTTP/1.1\r\nhost: clinic\r\n\r\n";
        for ends in [
            "content-length: 5\r\ncontent-length: 6",
            "transfer-encoding: xchunked",
            "transfer-encoding: chunked, identity",
            "content-length: +5",
            "content-length: 5, 6",
        ] {
            let answer = raw(&web, &format!("{head}{ends}\r\n\r\n0\r\n\r\n{hidden}")).await;
            assert!(answer.starts_with("HTTP/1.1 400"), "{ends}: {answer}");
            assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{ends}: what follows is no request: {answer}");
        }
        // the length counts for nothing beside chunks: what follows the last chunk is another request
        let both = format!("{head}content-length: {}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{hidden}", 5 + hidden.len());
        let answer = raw(&web, &both).await;
        let answers = answer.matches("HTTP/1.1 ").count();
        assert!(answer.starts_with("HTTP/1.1 400") && answers == 1 || answers == 2, "{answer}");
    }

    async fn a_name_that_comes_twice_has_one_meaning(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        // a page takes the same one each time, and a program is told
        let pages = [browser.get("/doctors?q=zzzz&q=doctor").await.text(), browser.get("/doctors?q=zzzz&q=doctor").await.text()];
        assert_eq!(pages[0], pages[1]);
        let answer = browser.send("GET", "/api/v1/doctors?page=1&page=2", &[], "").await;
        assert_eq!(answer.status, 422, "{}", answer.body);
    }

    async fn what_fails_says_nothing_of_the_inside(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut browsers, fixture) = one_of_each(&clinic, &web).await;
        clinic.close_database().await;
        let (mut failed, mut wrong) = (0, Vec::new());
        ask_everything(&mut browsers, &fixture, |address, answer| {
            failed += usize::from(answer.status >= 500);
            let told = INSIDE.into_iter().filter(|word| answer.status >= 500 && answer.body.contains(word));
            wrong.extend(told.map(|word| format!("{address} {}: {word}", answer.status)));
        })
        .await;
        for (method, path) in [("GET", "/api/v1/doctors"), ("POST", "/api/v1/login"), ("GET", "/api/v1/appointments")] {
            let json = [("content-type", "application/json")];
            let answer = web.browser().send(method, path, &json, r#"{"email":"a@example.org","password":"quiet green bicycle"}"#).await;
            assert!(method == "GET" || answer.status >= 500, "{path}: {}", answer.status);
            let told = INSIDE.into_iter().filter(|word| answer.body.contains(word));
            wrong.extend(told.map(|word| format!("{path} {}: {word}", answer.status)));
        }
        wrong.sort();
        wrong.dedup();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(failed > 100, "{failed} answers failed");
    }
}

//! Scripts in every text that people type: no page, message, picture, calendar file or table runs one, or has one that
//! would run. Pages are read as a browser reads them, by a tokenizer of HTML.

use std::cell::RefCell;

use docslot::accounts::Role;
use lol_html::{RewriteStrSettings, element, rewrite_str, text};
use mail_parser::MimeHeaders;

use crate::{
    access::{ROWS, one_of_each},
    both_databases,
    canaries::TEXTS,
    clinic::{TOMORROW_9, TestClinic},
    mail::{parsed, send_all, sending_to},
    smtp_sink::Sink,
    web::Web,
};

/// What is known to run where a page lets it: in a text, in an attribute with and without quotes, in a script, in JSON in a
/// script, in a comment, in SVG, in a style, in an address, and past filters that look for `<script>`. Each calls `evil`.
const CORPUS: [&str; 26] = [
    "<script>evil()</script>",
    "<ScRiPt >evil()</ScRiPt >",
    "<script/x>evil()</script>",
    "</script><script>evil()</script>",
    "<!--<script>evil()</script>-->",
    "--><script>evil()</script><!--",
    "</title><script>evil()</script>",
    "</textarea><script>evil()</script>",
    "</style><script>evil()</script>",
    "]]><script>evil()</script>",
    "\"><img src=x onerror=evil()>",
    "'><img src=x onerror=evil()>",
    "` onfocus=evil() autofocus=`",
    "\" onmouseover=\"evil()",
    "' onmouseover='evil()",
    " onload=evil() ",
    "<svg/onload=evil()>",
    "<svg><animate onbegin=evil() attributeName=x dur=1s>",
    "<math><mi xlink:href=javascript:evil()>",
    "<iframe srcdoc='<script>evil()</script>'>",
    "<a href=\"javascript:evil()\">x</a>",
    "javascript:evil()//",
    "<style>@import'javascript:evil()'</style>",
    "\\u003cscript\\u003eevil()\\u003c/script\\u003e",
    "&lt;script&gt;evil()&lt;/script&gt;",
    "</noscript><template><script>evil()</script></template>",
];

/// What a spreadsheet takes for a formula.
const FORMULAS: [&str; 7] =
    ["=1+1", "+1+1", "-1+1", "@SUM(1;1)", "=cmd|' /C calc'!A0", "\t=1+1", "=HYPERLINK(\"//evil.example\",\"x\")"];

fn corpus() -> String {
    CORPUS.join(" \u{b7} ")
}

/// What of a document would run `evil`, as a browser reads it.
fn runs(html: &str) -> Vec<String> {
    let (found, in_script) = (RefCell::new(Vec::new()), RefCell::new(String::new()));
    let note = |what: String| found.borrow_mut().push(what);
    let handlers = vec![
        element!("*", |element| {
            for attribute in element.attributes() {
                let (name, value) = (attribute.name(), attribute.value());
                let address =
                    value.trim_start_matches(|c: char| c.is_whitespace() || c.is_control()).to_ascii_lowercase();
                let runs_as_address =
                    ["javascript:", "vbscript:", "data:text/html"].iter().any(|start| address.starts_with(start));
                let is_address =
                    ["href", "src", "action", "formaction", "xlink:href", "data", "poster"].contains(&name.as_str());
                if name.starts_with("on") || name == "srcdoc" || (is_address && runs_as_address) {
                    note(format!("<{} {name}={value}>", element.tag_name()));
                }
            }
            // none of ours has such elements
            if ["iframe", "math", "animate", "object", "embed", "template"].contains(&element.tag_name().as_str()) {
                note(format!("<{}>", element.tag_name()));
            }
            in_script.borrow_mut().clear();
            Ok(())
        }),
        element!("script", |element| {
            let kind = element.get_attribute("type").unwrap_or_default();
            let is_data = kind == "application/ld+json" || kind == "application/json";
            *in_script.borrow_mut() = if is_data { "data" } else { "script" }.to_owned();
            Ok(())
        }),
        text!("script", |part| {
            if in_script.borrow().as_str() == "script" && part.as_str().contains("evil()") {
                note(format!("a script: {}", part.as_str().chars().take(80).collect::<String>()));
            }
            Ok(())
        }),
    ];
    let settings =
        handlers.into_iter().fold(RewriteStrSettings::new(), RewriteStrSettings::append_element_content_handler);
    rewrite_str(html, settings).expect("a document");
    found.into_inner()
}

/// Writes this text into every column that people type into.
async fn store_everywhere(clinic: &TestClinic, text: &str) {
    clinic.let_terms_change().await;
    for sql in TEXTS {
        let sql: &'static str = sql.replace("'M'", &format!("'{}'", text.replace('\'', "''"))).leak();
        clinic.execute(sql).await.expect("a text");
    }
}

#[test]
fn the_reader_finds_what_would_run_and_nothing_else() {
    for html in [
        "<p><script>evil()</script></p>",
        "<img src=x onerror=evil()>",
        "<a href=' javascript:evil()'>x</a>",
        "<svg/onload=evil()>",
        "<script type=module>let x = \"</script><script>evil()</script>\"</script>",
    ] {
        assert!(!runs(html).is_empty(), "{html}");
    }
    for html in [
        "<p title='<script>evil()</script>'>&lt;script>evil()&lt;/script></p>",
        "<script type=\"application/ld+json\">{\"name\":\"evil()\"}</script><script>good()</script>",
        "<a href=\"/doctors?q=javascript:evil()\">javascript:evil()</a>",
    ] {
        assert_eq!(runs(html), Vec::<String>::new(), "{html}");
    }
}

both_databases! {
    async fn no_script_of_the_corpus_runs_on_any_page(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut browsers, fixture) = one_of_each(&clinic, &web).await;
        store_everywhere(&clinic, &corpus()).await;
        let query: String = docslot::web::local_path::encode(&corpus());
        let (mut pages, mut shown, mut data, mut wrong) = (0, 0, 0, Vec::new());
        for (address, example, ..) in ROWS.iter().filter(|(address, ..)| address.starts_with("GET ")) {
            let stored = fixture.fill(example);
            let joint = if stored.contains('?') { "&" } else { "?" };
            for path in [stored.clone(), format!("{stored}{joint}q={query}&next={query}&query={query}&person={query}")] {
                for browser in &mut browsers {
                    let kept = browser.cookies.clone();
                    let answer = browser.get(&path).await;
                    browser.cookies = kept;
                    pages += 1;
                    shown += answer.body.matches("evil()").count();
                    data += answer.body.matches("application/ld+json").count();
                    let kind = answer.header("content-type");
                    if kind.starts_with("text/html") || kind.contains("svg") {
                        wrong.extend(runs(&answer.body).into_iter().map(|what| format!("{address}: {what}")));
                    }
                    if answer.status >= 500 {
                        wrong.push(format!("{address}: {}", answer.status));
                    }
                }
            }
        }
        wrong.dedup();
        println!("{} scripts in {} texts: {pages} pages show `evil()` {shown} times, 0 run; {data} with JSON-LD", CORPUS.len(), TEXTS.len());
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(pages > 800 && shown > 5_000 && data > 0, "{pages} pages, {shown} times, {data}");
    }

    async fn no_script_of_the_corpus_runs_in_a_message_or_breaks_a_calendar_file(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let mut settings = (*sending_to(&clinic, &sink).settings).clone();
        settings.clinic.name = corpus();
        let app = clinic.app.with_settings(settings);
        let patient = clinic.patient().await;
        let booked = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let other = clinic.book(patient, 1, TOMORROW_9.plus_minutes(60)).await.expect("a booking");
        crate::booking::cancel(&clinic, patient, other).await.expect("cancelled");
        store_everywhere(&clinic, &corpus()).await;
        clinic.execute("update outbox set state = 'queued', due_at = created_at").await.expect("queued");
        send_all(&app).await;
        let (mut files, mut messages) = (0, 0);
        for email in sink.emails() {
            let message = parsed(&email);
            let html = message.body_html(0).expect("HTML");
            assert_eq!(runs(&html), Vec::<String>::new());
            assert!(!html.contains("<script"), "{html}");
            messages += 1;
            for part in message.parts.iter().filter(|part| part.content_type().is_some_and(|kind| kind.ctype() == "text" && kind.subtype() == Some("calendar"))) {
                let file = part.text_contents().unwrap_or_default();
                let unfolded = file.replace("\r\n ", "");
                assert_eq!((unfolded.matches("BEGIN:VEVENT").count(), unfolded.matches("BEGIN:VCALENDAR").count()), (1, 1));
                for line in unfolded.lines() {
                    let name = line.split([':', ';']).next().unwrap_or_default();
                    assert!(name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-'), "{line}");
                }
                files += 1;
            }
        }
        let file = {
            let web = Web::serve(&clinic.app).await;
            let (mut browser, _) = crate::access::person(&clinic, &web, "desk@example.org", Role::Admin).await;
            browser.get(&format!("/appointments/{booked}/calendar.ics")).await
        };
        assert!(file.status != 200 || file.body.replace("\r\n ", "").matches("BEGIN:VEVENT").count() == 1);
        println!("{messages} messages and {files} calendar files");
        assert!(messages >= 2 && files >= 2, "{messages} messages, {files} files");
    }

    async fn no_cell_of_a_table_is_a_formula(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut browsers, _) = one_of_each(&clinic, &web).await;
        let staff = browsers.last_mut().expect("staff");
        let mut cells = 0;
        for formula in FORMULAS {
            store_everywhere(&clinic, formula).await;
            // names stand in the audit log as they were: an entry with one
            staff.get("/admin/specialties").await;
            staff.post("/fn/admin/add_specialty", &[("name", formula)]).await;
            for path in ["/admin/audit.csv", "/admin/statistics.csv?which=days", "/admin/statistics.csv?which=cancelled"] {
                let file = staff.get(path).await;
                if file.status != 200 {
                    assert!(path.contains("statistics"), "{path}: {}", file.status);
                    continue;
                }
                let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file.body.as_bytes());
                for row in reader.records() {
                    for cell in row.expect("a row").iter() {
                        cells += 1;
                        let number = cell.parse::<f64>().is_ok();
                        assert!(number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{path}: {cell:?}");
                    }
                }
            }
        }
        println!("{} formulas, {cells} cells", FORMULAS.len());
        assert!(cells > 100);
    }
}

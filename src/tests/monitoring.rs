//! What whoever watches the server sees: figures at `/metrics`, alerts and graphs made of them, and a log in which a
//! request can be found and a person cannot.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use docslot::{
    accounts::Role,
    api,
    cli::jobs,
    db::{Engine, Error, Pools, Tx, WriteUnit},
    error::AppError,
    state::AppState,
    web::router,
};
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use crate::{
    api::Program,
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic},
    front_desk::signed_in,
    mail::{send_all, sending_to},
    process,
    smtp_sink::Sink,
    web::{Browser, Web},
};

const TOKEN: &str = "0123456789abcdef-of-tests";
const PASSWORD: &str = "quiet green bicycle";

/// The samples of a page of figures: name and labels, and the value.
type Samples = BTreeMap<(String, BTreeMap<String, String>), f64>;

/// The app with a token for its figures.
fn watched(app: &AppState) -> AppState {
    let mut settings = (*app.settings).clone();
    settings.metrics.token = TOKEN.into();
    app.with_settings(settings)
}

async fn scrape(web: &Web) -> String {
    let authorization = format!("Bearer {TOKEN}");
    let answer = web.browser().send("GET", "/metrics", &[("authorization", &authorization)], "").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"), "{answer:?}");
    answer.body
}

/// Reads the text strictly: every sample belongs to the family named before it, and none comes twice.
fn samples(text: &str) -> Samples {
    let mut found = Samples::new();
    let mut family = "";
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            family = rest.split(' ').next().expect("a name");
            assert!(rest.len() > family.len() + 5, "no help: {line}");
            continue;
        }
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            assert!(rest.starts_with(family), "{line}");
            continue;
        }
        let (series, value) = line.rsplit_once(' ').expect("a value");
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        assert!(name.starts_with(family), "{name} in the family {family}");
        let labels = labels.trim_end_matches('}').split("\",").filter(|label| !label.is_empty()).map(|label| {
            let (key, value) = label.split_once("=\"").expect("a label");
            (key.to_owned(), value.trim_end_matches('"').to_owned())
        });
        let twice = found.insert((name.to_owned(), labels.collect()), value.parse().expect("a number"));
        assert!(twice.is_none(), "twice: {line}");
    }
    assert!(found.len() > 30, "{text}");
    found
}

/// The sum of the samples with this name and these labels; other labels may be anything.
fn sum(samples: &Samples, name: &str, labels: &[(&str, &str)]) -> f64 {
    let fits = |found: &BTreeMap<String, String>| {
        labels.iter().all(|(key, value)| found.get(*key).is_some_and(|found| found == value))
    };
    samples.iter().filter(|((found, labels), _)| found == name && fits(labels)).map(|(_, value)| value).sum()
}

/// Books the first time of tomorrow in a browser that is signed in; returns the id.
async fn book(clinic: &TestClinic, browser: &mut Browser, doctor: usize) -> String {
    let (doctor, start) = (&clinic.doctors[doctor], TOMORROW_9.0.to_string());
    let fields = [("doctor", &*doctor.slug), ("visit_type", &doctor.visit_type.to_string()), ("start", &start)];
    let held = browser.post("/fn/booking/hold", &fields).await;
    let id = held.location().trim_start_matches("/book/").to_owned();
    assert!(browser.post("/fn/booking/confirm", &[("id", &id)]).await.location().ends_with("/done"));
    id
}

/// Fails with a collision so many times, and then writes nothing.
struct Collides {
    left: AtomicU32,
}

impl WriteUnit for Collides {
    const NAME: &'static str = "test_collides";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        if self.left.load(Ordering::SeqCst) > 0 {
            self.left.fetch_sub(1, Ordering::SeqCst);
            tx.execute("do $$ begin raise exception 'collided' using errcode = '40001'; end $$", ()).await?;
        }
        Ok(())
    }
}

/// Refuses.
struct Refuses;

impl WriteUnit for Refuses {
    const NAME: &'static str = "test_refuses";
    type Output = ();

    async fn run(&self, _: &mut Tx<'_>) -> Result<(), Error> {
        Err(AppError::Conflict.into())
    }
}

both_databases! {
    async fn what_people_do_is_counted(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = watched(&sending_to(&clinic, &sink));
        let web = Web::serve(&app).await;
        let (mut patient, _) = signed_in(&clinic, &web, "ana@example.org", Role::Patient).await;
        let id = book(&clinic, &mut patient, 0).await;
        // the same time again, by somebody else
        let (mut other, _) = signed_in(&clinic, &web, "bo@example.org", Role::Patient).await;
        let doctor = &clinic.doctors[0];
        let wanted = [
            ("doctor", doctor.slug.clone()),
            ("visit_type", doctor.visit_type.to_string()),
            ("start", TOMORROW_9.0.to_string()),
        ];
        let wanted: Vec<(&str, &str)> = wanted.iter().map(|(name, value)| (*name, value.as_str())).collect();
        for _ in 0..2 {
            assert_eq!(other.post("/fn/booking/hold", &wanted).await.status, 303);
        }
        // one that is only held
        let start = TOMORROW_9.plus_minutes(60).0.to_string();
        let held = [wanted[0], wanted[1], ("start", start.as_str())];
        assert!(other.post("/fn/booking/hold", &held).await.location().starts_with("/book/"));
        let moved = TOMORROW_9.plus_minutes(120).0.to_string();
        let version = clinic.row(id.parse().expect("an id")).await.version.to_string();
        let fields = [("id", &*id), ("version", &version), ("start", &moved)];
        let done = patient.post("/fn/booking/move", &fields).await;
        let id = done.location().trim_start_matches("/appointments/").trim_end_matches("/done").to_owned();
        let version = clinic.row(id.parse().expect("an id")).await.version.to_string();
        let cancelled = patient.post("/fn/booking/cancel", &[("id", &id), ("version", &version)]).await;
        assert_eq!(cancelled.status, 303, "{}", cancelled.body);
        for password in ["wrong", "wrong", PASSWORD] {
            let fields = [("email", "ana@example.org"), ("password", password), ("next", "/")];
            assert_eq!(web.browser().post("/fn/sign_in", &fields).await.status, 303);
        }
        // a program
        let account = json!({ "email": "program@example.org", "password": PASSWORD, "role": "patient", "name": "P" });
        assert_eq!(Program::new(&web.without_mail().await).post("/register", &account).await.status(), 201);
        let mut program = Program::signed_in(&web, "program@example.org").await;
        let body = json!({ "doctor_id": clinic.doctors[1].id, "date": "2026-01-07" });
        assert_eq!(program.post("/book", &body).await.status(), 201);
        let body = json!({ "doctor_id": clinic.doctors[1].id, "date": "2026-01-04" });
        assert_ne!(program.post("/book", &body).await.status(), 201, "the past");

        let waiting = samples(&scrape(&web).await);
        let messages = clinic.count("select count(*) from outbox where state = 'queued'").await as f64;
        assert!(messages >= 5.0, "{messages}");
        assert_eq!(sum(&waiting, "docslot_outbox_messages", &[("state", "queued")]), messages);
        let sent = send_all(&app).await;
        let text = scrape(&web).await;
        let found = samples(&text);
        let of = |name: &str, labels: &[(&str, &str)]| sum(&found, name, labels);

        assert_eq!(of("docslot_holds_total", &[("door", "web")]), 2.0, "{text}");
        assert_eq!(of("docslot_bookings_total", &[("door", "web")]), 1.0);
        assert_eq!(of("docslot_bookings_total", &[("door", "api")]), 1.0);
        assert_eq!(of("docslot_bookings_total", &[("door", "desk")]), 0.0);
        assert_eq!(of("docslot_moves_total", &[]), 1.0);
        assert_eq!(of("docslot_cancellations_total", &[("door", "web")]), 1.0);
        assert_eq!(of("docslot_held_appointments", &[]), 1.0);
        let taken = [("act", "hold"), ("door", "web"), ("reason", "taken")];
        assert_eq!(of("docslot_refusals_total", &taken), 2.0, "{text}");
        assert_eq!(of("docslot_refusals_total", &[("act", "book"), ("door", "api")]), 1.0);
        assert_eq!(of("docslot_sign_ins_total", &[("outcome", "failed")]), 2.0);
        assert_eq!(of("docslot_sign_ins_total", &[("outcome", "succeeded")]), 2.0);
        assert_eq!(of("docslot_mail_attempts_total", &[("outcome", "sent")]), sent.sent as f64);
        assert!(sent.sent >= 4, "{sent:?}");
        let confirms = [("route", "/fn/booking/confirm"), ("method", "POST")];
        assert_eq!(of("docslot_http_requests_total", &confirms), 1.0);
        assert_eq!(of("docslot_http_request_duration_seconds_count", &confirms), 1.0);
        assert_eq!(of("docslot_http_requests_total", &[("route", "/fn/booking/hold"), ("method", "POST")]), 4.0);
        assert_eq!(of("docslot_http_requests_total", &[("route", "/api/v1/book"), ("status", "201")]), 1.0);
        let unit = [("unit", "confirm_hold"), ("outcome", "committed")];
        assert_eq!(of("docslot_write_units_total", &unit), 1.0, "{text}");
        assert_eq!(of("process_open_fds", &[]).min(3.0), 3.0);
        assert!(of("process_resident_memory_bytes", &[]) > 1e6);
        assert!((of("docslot_clock_timestamp_seconds", &[]) - of("process_start_time_seconds", &[])) < 600.0);
        assert_eq!(of("docslot_build_info", &[("version", env!("CARGO_PKG_VERSION"))]), 1.0);
        assert_eq!(of("docslot_database_connections_max", &[("pool", "write")]), on_sqlite(&app));
        assert!(of("docslot_database_clock_offset_seconds", &[]).abs() < 5.0);
        for secret in ["ana", "bo@", "example.org", "doctor-1", &id, TOKEN] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }

    async fn the_oldest_message_that_waits_has_an_age(clinic: TestClinic) {
        let app = watched(&clinic.app);
        let web = Web::serve(&app).await;
        signed_in(&clinic, &web, "ana@example.org", Role::Patient).await;
        clinic.clock.advance_seconds(1_234);
        let found = samples(&scrape(&web).await);
        assert_eq!(sum(&found, "docslot_outbox_oldest_age_seconds", &[]), 1_234.0);
        assert_eq!(NOW.plus_seconds(1_234), clinic.clock.now());
    }

    async fn figures_are_for_whoever_has_the_token(clinic: TestClinic) {
        let plain = Web::serve(&clinic.app).await;
        assert_eq!(plain.browser().get("/metrics").await.status, 404, "they are off");
        let web = Web::serve(&watched(&clinic.app)).await;
        let wrong = ["", "Bearer ", "Bearer 0123456789abcdef-of-test", "Basic 0123456789abcdef-of-tests", TOKEN];
        for authorization in wrong {
            let answer = web.browser().send("GET", "/metrics", &[("authorization", authorization)], "").await;
            assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer"), "{authorization}");
            assert!(!answer.body.contains("docslot_"), "{}", answer.body);
        }
        let query = web.browser().get(&format!("/metrics?token={TOKEN}")).await;
        assert_eq!(query.status, 401, "addresses stand in logs");
        scrape(&web).await;

        // an address of their own, where the website is not
        let mut settings = (*clinic.app.settings).clone();
        settings.metrics.address = "127.0.0.1:9464".into();
        let app = clinic.app.with_settings(settings);
        assert_eq!(Web::serve(&app).await.browser().get("/metrics").await.status, 404, "they are elsewhere");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(async move { axum::serve(listener, docslot::web::scrape::alone(app)).await });
        samples(&Browser::at(address).get("/metrics").await.body);
        assert_eq!(Browser::at(address).get("/").await.status, 404);
        server.abort();
    }

    async fn odd_addresses_and_methods_add_no_series(clinic: TestClinic) {
        let web = Web::serve(&watched(&clinic.app)).await;
        let seen = async |round: usize| {
            for n in 0..125 {
                let word = format!("{round}-{n}");
                let method = ["GET", "POST", "BREW", "DELETE"][n % 4];
                for path in [
                    format!("/{word}"),
                    format!("/doctors/{word}"),
                    format!("/appointment/{word}"),
                    format!("/fn/{word}"),
                    format!("/pkg/{word}.js"),
                    format!("/api/v1/{word}"),
                    format!("/api/v1/doctors/{word}"),
                    format!("/api/{word}?q={word}"),
                ] {
                    web.browser().send(method, &path, &[("x-request-id", &word)], "").await;
                }
            }
            let text = scrape(&web).await;
            let series = samples(&text).into_keys().filter(|(name, _)| name.starts_with("docslot_http"));
            (series.collect::<BTreeSet<_>>(), text)
        };
        let (first, _) = seen(1).await;
        let (second, text) = seen(2).await;
        let new: Vec<_> = second.difference(&first).collect();
        // the first scrape itself
        let new: Vec<_> = new.into_iter().filter(|(_, labels)| labels["route"] != "/metrics").collect();
        assert!(new.is_empty(), "{new:?}");
        assert!(first.len() < 600, "{}", first.len());
        assert!(!text.contains("1-7") && !text.contains("BREW"), "{text}");
    }

    async fn tries_and_outcomes_of_write_units_are_counted(clinic: TestClinic) {
        let web = Web::serve(&watched(&clinic.app)).await;
        let collisions = if matches!(clinic.app.db.pools, Pools::Postgres(_)) { 2 } else { 0 };
        clinic.app.db.write(Collides { left: AtomicU32::new(collisions) }).await.expect("written in the end");
        for _ in 0..3 {
            clinic.app.db.write(Refuses).await.expect_err("refused");
        }
        let found = samples(&scrape(&web).await);
        let unit = [("unit", "test_collides")];
        assert_eq!(sum(&found, "docslot_write_unit_tries_total", &unit), f64::from(collisions + 1));
        assert_eq!(sum(&found, "docslot_write_units_total", &unit), 1.0);
        assert_eq!(sum(&found, "docslot_write_unit_duration_seconds_count", &unit), 1.0);
        let refused = [("unit", "test_refuses"), ("outcome", "refused")];
        assert_eq!(sum(&found, "docslot_write_units_total", &refused), 3.0);
    }

    async fn figures_never_wait_for_a_connection(clinic: TestClinic) {
        let web = Web::serve(&watched(&clinic.app)).await;
        let mut readers = Vec::new();
        while readers.len() < 8 {
            readers.push(clinic.app.db.read().await.expect("a reader"));
        }
        let begun = std::time::Instant::now();
        let found = samples(&scrape(&web).await);
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
        let pool = if on_sqlite(&clinic.app) > 0.0 { "read" } else { "all" };
        assert_eq!(sum(&found, "docslot_database_connections", &[("pool", pool), ("state", "busy")]), 8.0);
        assert_eq!(sum(&found, "docslot_database_connections", &[("pool", pool), ("state", "idle")]), 0.0);
        assert!(!found.keys().any(|(name, _)| name == "docslot_outbox_messages"), "nothing was asked");
        let db = clinic.app.db.clone();
        let waits = tokio::spawn(async move { db.read().await.map(|_| ()) });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(sum(&samples(&scrape(&web).await), "docslot_database_waiting", &[("pool", pool)]), 1.0);
        drop(readers);
        waits.await.expect("a task").expect("a connection");
        tokio::time::sleep(Duration::from_millis(200)).await;
        let found = samples(&scrape(&web).await);
        assert_eq!(sum(&found, "docslot_database_waiting", &[("pool", pool)]), 0.0);
        assert!(found.keys().any(|(name, _)| name == "docslot_outbox_messages"));
    }

    async fn alerts_and_graphs_name_what_is_there(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let folder = std::env::temp_dir().join(format!("docslot_backups_{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir(&folder).expect("a folder");
        let mut settings = (*sending_to(&clinic, &sink).settings).clone();
        settings.metrics.backup_folder = folder.display().to_string();
        let app = watched(&clinic.app.with_settings(settings));
        let web = Web::serve(&app).await;
        let (mut patient, _) = signed_in(&clinic, &web, "ana@example.org", Role::Patient).await;
        book(&clinic, &mut patient, 0).await;
        let visit_type = clinic.doctors[0].visit_type.to_string();
        patient.post("/fn/booking/hold", &[("doctor", "nobody"), ("visit_type", &*visit_type), ("start", "1")]).await;
        send_all(&app).await;
        let (stop, stopped) = watch::channel(false);
        let job = tokio::spawn(jobs::run(app.clone(), stopped));
        let succeeded = |found: &Samples| {
            found.keys().filter(|(name, _)| name == "docslot_job_last_success_timestamp_seconds").count()
        };
        for _ in 0..50 {
            if succeeded(&samples(&scrape(&web).await)) == 15 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let backup = "docslot_backup_last_timestamp_seconds";
        assert_eq!(sum(&samples(&scrape(&web).await), backup, &[]), 0.0, "no backup yet");
        std::fs::write(folder.join("backup"), "x").expect("a file");
        let found = samples(&scrape(&web).await);
        stop.send_replace(true);
        job.await.expect("the jobs");
        std::fs::remove_dir_all(&folder).expect("removing the folder");
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs_f64();
        assert!((sum(&found, backup, &[]) - now).abs() < 60.0);
        assert_eq!(succeeded(&found), 15);

        let there: BTreeSet<&str> = found.keys().map(|(name, _)| name.as_str()).collect();
        let elsewhere = if on_sqlite(&app) > 0.0 { "docslot_database_clock_offset" } else { "docslot_commit_group_size" };
        for (file, least) in [("alerts.yml", 12), ("grafana.json", 25)] {
            let named = figures_named(&monitoring(file));
            assert!(named.len() >= least, "{file}: {named:?}");
            let missing = named.iter().filter(|name| !there.contains(name.as_str()) && !name.starts_with(elsewhere));
            assert_eq!(missing.collect::<Vec<_>>(), Vec::<&String>::new(), "{file}: {there:?}");
        }
    }

    async fn a_request_is_found_in_the_log_and_a_person_is_not(clinic: TestClinic) {
        for level in ["info", "debug", "trace"] {
            canaries(&clinic, level).await;
        }
    }
}

/// 1 on SQLite, 0 on PostgreSQL.
fn on_sqlite(app: &AppState) -> f64 {
    f64::from(u8::from(matches!(app.db.pools, Pools::Sqlite { .. })))
}

/// A file of `deploy/monitoring`.
fn monitoring(file: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/monitoring").join(file);
    std::fs::read_to_string(path).expect("a file")
}

/// Every figure of docslot that a text names.
fn figures_named(text: &str) -> BTreeSet<String> {
    let words = text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '_'));
    let named = words.filter(|word| word.starts_with("docslot_") || word.starts_with("process_"));
    named.map(str::to_owned).collect()
}

/// What must never be in a log.
const CANARIES: [&str; 11] = [
    "Canaryname",
    "canaryreason",
    "canarymail",
    "canary-pass-phrase",
    "CanaryTokenCanaryTokenCanaryTokenCanaryToken",
    "canaryquery",
    "canarypath",
    "canaryagent",
    "203.0.113.77",
    "7946098765",
    "canaryheader",
];

/// Walks pages and actions of the real program with values that must not be in its log at this level.
async fn canaries(clinic: &TestClinic, level: &str) {
    let path = std::env::temp_dir().join(format!("docslot_log_{}", uuid::Uuid::now_v7().simple()));
    let file = std::fs::File::create(&path).expect("a file");
    let settings = [
        ("DOCSLOT_TELEMETRY_LOG", level),
        ("DOCSLOT_TELEMETRY_FORMAT", "json"),
        ("DOCSLOT_SERVER_TRUSTED_PROXIES", "127.0.0.1"),
        ("DOCSLOT_METRICS_TOKEN", "CanaryTokenCanaryTokenCanaryTokenCanaryToken"),
    ];
    let program = process::start_logging(&clinic.url, &settings, Stdio::from(file));
    let mut browser = Browser::at(program.address);
    let mail = format!("canarymail-{level}@example.org");
    let fields = [
        ("name", "Canaryname Smith"),
        ("email", &*mail),
        ("phone", "020 7946098765"),
        ("password", "canary-pass-phrase"),
        ("next", "/"),
    ];
    browser.get("/register?next=canaryquery").await;
    assert_eq!(browser.post("/fn/register", &fields).await.status, 303);
    browser.post("/fn/register", &fields).await;
    let wrong = [("email", &*mail), ("password", "canary-pass-phrase-2"), ("next", "/canarypath")];
    browser.post("/fn/sign_in", &wrong).await;
    let token = CANARIES[4];
    let headers = [
        ("accept", "text/html"),
        ("user-agent", "canaryagent"),
        ("x-forwarded-for", "203.0.113.77"),
        ("x-request-id", "canaryheader"),
        ("authorization", "Bearer CanaryTokenCanaryTokenCanaryTokenCanaryToken"),
    ];
    let mut ids = BTreeSet::new();
    for page in [
        "/",
        "/doctors?q=canaryquery",
        "/doctors/canarypath",
        "/doctors/doctor-1?canaryquery=1",
        "/canarypath",
        "/help",
        "/account",
        "/appointments?tab=canaryquery",
        "/book/canarypath",
        "/appointments/canarypath",
        "/metrics",
        "/api/v1/doctors?q=canaryquery",
        "/api/v1/doctors/canarypath",
        "/api/v1/appointments?from=canaryquery",
        "/appointment/CanaryTokenCanaryTokenCanaryTokenCanaryToken",
        "/calendar/CanaryTokenCanaryTokenCanaryTokenCanaryToken.ics",
        "/reset/CanaryTokenCanaryTokenCanaryTokenCanaryToken",
        "/invite/CanaryTokenCanaryTokenCanaryTokenCanaryToken",
    ] {
        let answer = browser.send("GET", page, &headers, "").await;
        assert!(answer.status < 500, "{page}: {answer:?}");
        ids.insert(answer.header("x-request-id").to_owned());
        if page == "/metrics" {
            let shown = CANARIES.iter().find(|canary| answer.body.contains(**canary));
            assert_eq!((answer.status, shown), (200, None));
        }
    }
    assert!(ids.len() == 18 && ids.iter().all(|id| id.len() == 9), "an id of its own each: {ids:?}");
    browser
        .post("/fn/booking/details", &[("id", "canarypath"), ("reason", "canaryreason"), ("phone", "canaryreason")])
        .await;
    browser.post("/fn/account/profile", &[("name", "Canaryname Jones"), ("phone", "020 7946098765")]).await;
    browser.post("/fn/account/reset", &[("token", token), ("password", "canary-pass-phrase")]).await;
    let body = r#"{"email":"canarymail@example.org","password":"canary-pass-phrase","canaryquery":1}"#;
    browser.send("POST", "/api/v1/login", &[("content-type", "application/json")], body).await;
    let body = r#"{"reason":"canaryreason","doctor_id":"canarypath","#;
    browser.send("POST", "/api/v1/book", &[("content-type", "application/json"), headers[4]], body).await;

    // what a page cannot do it says under the id of its request, and so do the lines of the log
    clinic.execute("alter table doctors rename to doctors_elsewhere").await.expect("renaming");
    let visit_type = clinic.doctors[1].visit_type;
    let broken = browser.get(&format!("/doctors/doctor-2/times?visit_type={visit_type}&canaryquery=1")).await;
    clinic.execute("alter table doctors_elsewhere rename to doctors").await.expect("renaming back");
    assert_eq!(broken.status, 500, "{}", broken.text());
    let id = broken.header("x-request-id");
    assert!(broken.body.contains(&format!(">{id}<")), "{id}: {}", broken.text());
    drop(program);

    let log = std::fs::read_to_string(&path).expect("a log");
    std::fs::remove_file(&path).expect("removing the log");
    let shown: Vec<&str> = log.lines().filter(|line| CANARIES.iter().any(|canary| line.contains(canary))).collect();
    assert!(shown.is_empty(), "{level}: {shown:#?}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of_request = lines.iter().filter(|line| line["span"]["id"] == id || line["spans"][0]["id"] == id);
    let of_request: Vec<&Value> = of_request.collect();
    let with = |key: &str| of_request.iter().find(|line| !line["fields"][key].is_null());
    assert_eq!(with("reference").expect("the error")["fields"]["reference"], id, "{of_request:#?}");
    let answered = with("milliseconds").expect("the answer");
    assert_eq!((&answered["fields"]["status"], &answered["level"]), (&json!(500), &json!("WARN")), "{answered}");
    assert_eq!(answered["span"]["route"], "/doctors/{slug}/times", "{answered}");
}

#[test]
fn every_alert_says_how_grave_it_is_and_where_to_read_on() {
    let rules = monitoring("alerts.yml");
    let book = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/OPERATIONS.md"));
    let book = book.expect("the page");
    let headings: BTreeSet<&str> = book.lines().filter_map(|line| line.strip_prefix("### Docslot")).collect();
    let mut named = BTreeSet::new();
    for rule in rules.split("- alert: ").skip(1) {
        let name = rule.lines().next().expect("a name");
        for part in ["\n        for: ", "severity: ", "summary: "] {
            assert!(rule.contains(part), "{name}: no {part}");
        }
        assert!(rule.contains(&format!("runbook: docs/OPERATIONS.md#{}", name.to_lowercase())), "{name}");
        named.insert(name.trim_start_matches("Docslot"));
    }
    assert_eq!(named, headings, "docs/OPERATIONS.md has a paragraph for each");
    let routes: BTreeSet<String> =
        router::addresses().into_iter().chain(api::addresses()).map(|(_, route)| route).collect();
    for route in [
        "/fn/booking/hold",
        "/fn/booking/confirm",
        "/fn/booking/move",
        "/fn/front_desk/add",
        "/fn/front_desk/move",
        "/api/v1/holds",
        "/api/v1/appointments",
        "/api/v1/book",
    ] {
        let (start, end) = route.rsplit_once('/').expect("a path");
        assert!(routes.contains(route) && rules.contains(start) && rules.contains(end), "{route}");
    }
}

#[test]
fn the_dashboard_is_one_that_grafana_imports() {
    let board: Value = serde_json::from_str(&monitoring("grafana.json")).expect("JSON");
    assert!(board["schemaVersion"].as_u64() >= Some(36));
    let panels = board["panels"].as_array().expect("panels");
    let rows: Vec<&str> = panels.iter().filter(|p| p["type"] == "row").filter_map(|p| p["title"].as_str()).collect();
    assert_eq!(rows, ["Patients", "Pages", "Database", "Mail and jobs", "Process"]);
    let ids: BTreeSet<u64> = panels.iter().filter_map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids.len(), panels.len(), "one id each");
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel}");
        assert!(panel["targets"].as_array().is_some_and(|targets| !targets.is_empty()), "{panel}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_of_one_commit_are_counted_together() {
    TestClinic::run(Engine::Sqlite, |clinic| async move {
        let before = clinic.app.db.measures().group_sizes.read();
        let mut beside = SqliteConnection::connect(&clinic.url).await.expect("another connection");
        sqlx::query("begin immediate").execute(&mut beside).await.expect("the write lock");
        let mut tasks = JoinSet::new();
        for _ in 0..12 {
            let db = clinic.app.db.clone();
            tasks.spawn(async move { db.write(Collides { left: AtomicU32::new(0) }).await });
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        let [_, writer] = clinic.app.db.pool_figures().try_into().expect("two pools");
        assert_eq!(writer.waiting, 12);
        sqlx::query("rollback").execute(&mut beside).await.expect("the lock is free");
        assert!(tasks.join_all().await.iter().all(Result::is_ok));
        let (sum, count, buckets) = clinic.app.db.measures().group_sizes.read();
        assert_eq!((sum - before.0, count - before.1), (12.0, 1));
        assert_eq!(
            buckets.iter().zip(&before.2).map(|(after, before)| after.1 - before.1).collect::<Vec<_>>(),
            [0, 0, 0, 0, 1, 0, 0]
        );
    })
    .await;
}

//! The program itself: killed, stopped and misconfigured.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use docslot::{booking::Status, state::Clock, time::server::Zone};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{both_databases, clinic::TestClinic, web::Browser};

/// A running program; it is killed when this is dropped.
pub struct Program {
    pub child: Child,
    pub address: SocketAddr,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn command(database: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docslot"));
    command
        .env_clear()
        .envs(std::env::vars().filter(|(name, _)| name == "PATH"))
        .env("DATABASE_URL", database)
        .env("DOCSLOT_SERVER_ADDRESS", "127.0.0.1:0")
        .env("DOCSLOT_LEPTOS_HASH_FILES", "false")
        .current_dir(std::env::temp_dir());
    command
}

pub fn start(database: &str) -> Program {
    start_with(database, &[])
}

/// Starts the program and waits until it says where it listens.
pub fn start_with(database: &str, settings: &[(&str, &str)]) -> Program {
    start_logging(database, settings, Stdio::null())
}

/// As [`start_with`], with a log that goes there.
pub fn start_logging(database: &str, settings: &[(&str, &str)], log: Stdio) -> Program {
    let mut command = command(database);
    command.envs(settings.iter().copied()).stdout(Stdio::piped()).stderr(log);
    // from now on it is ended, also when what it says is not understood
    let mut program = Program { child: command.spawn().expect("the program"), address: ([127, 0, 0, 1], 0).into() };
    let out = program.child.stdout.take().expect("its output");
    let ready = BufReader::new(out).lines().map_while(Result::ok).find(|line| line.contains("is ready at"));
    let ready = ready.expect("a line that says where it listens");
    let address = ready.rsplit("://").next().and_then(|text| text.trim().parse().ok());
    program.address = address.expect("an address");
    program
}

pub fn terminate(program: &Program) {
    let kill = Command::new("kill").arg("-TERM").arg(program.child.id().to_string()).status();
    assert!(kill.expect("the kill command").success());
}

/// Resident memory of the program, in kB.
fn memory(program: &Program) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.child.id())).expect("its state");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// How many connections this process may have.
fn open_files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").expect("its limits");
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).expect("a limit");
    line.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(1_000_000)
}

/// A connection that listens to the changes of a doctor's times, from an address of its own.
struct Listener(TcpStream);

impl Listener {
    /// Waits for the first number.
    async fn open(address: SocketAddr, path: &str, from: usize) -> Listener {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let forwarded = format!("10.0.{}.{}", from / 250, from % 250);
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nx-forwarded-for: {forwarded}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("a request");
        let (mut text, mut piece) = (String::new(), [0; 2048]);
        while !text.contains("data: ") {
            let n = stream.read(&mut piece).await.expect("an answer");
            assert!(n > 0, "{text}");
            text.push_str(&String::from_utf8_lossy(&piece[..n]));
        }
        Listener(stream)
    }

    async fn ends(&mut self) -> bool {
        let mut rest = Vec::new();
        let read = self.0.read_to_end(&mut rest);
        tokio::time::timeout(Duration::from_secs(1), read).await.is_ok()
    }
}

/// Waits for the program's end and returns how long that took.
pub async fn time_to_end(program: &mut Program) -> Duration {
    let began = Instant::now();
    while program.child.try_wait().expect("its state").is_none() {
        assert!(began.elapsed() < Duration::from_secs(20), "it does not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    began.elapsed()
}

/// Registers and books the first free time of the first doctor; returns the appointment's id as the page names it.
/// Kills of one test. `DOCSLOT_TEST_KILLS` asks for more than `make test` takes the time for.
fn kills() -> usize {
    std::env::var("DOCSLOT_TEST_KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(4)
}

/// Posts JSON to the API; none when the program died before it had answered.
pub async fn post(address: SocketAddr, path: &str, headers: &str, body: &Value) -> Option<(u16, Value)> {
    let body = body.to_string();
    let length = body.len();
    let request = format!(
        "POST /api/v1{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         {headers}content-length: {length}\r\n\r\n{body}"
    );
    let mut stream = TcpStream::connect(address).await.ok()?;
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).ok()?))
}

/// Books under a key.
pub async fn ask(address: SocketAddr, token: &str, key: &str, body: &Value) -> Option<(u16, Value)> {
    let headers = format!("authorization: Bearer {token}\r\nidempotency-key: {key}\r\n");
    post(address, "/book", &headers, body).await
}

/// A booking that a program asked for.
struct Asked {
    patient: usize,
    key: String,
    body: Value,
    /// The id, once the booking was acknowledged.
    id: Option<String>,
}

/// Has one patient book day after day until the program is gone.
async fn book_on(address: SocketAddr, token: String, patient: usize, round: usize, doctor: String) -> Vec<Asked> {
    let today = Zone::parse("UTC").expect("a zone").local_date(Clock::system().now());
    let mut asked = Vec::new();
    for number in 0.. {
        let ahead = i64::try_from((round * 7 + patient * 3 + number) % 50 + 2).expect("a small number");
        let key = format!("{round}-{patient}-{number}");
        let body = json!({ "doctor_id": doctor, "date": today.plus_days(ahead).to_string() });
        let answer = ask(address, &token, &key, &body).await;
        let gone = answer.is_none();
        let id =
            answer.filter(|(status, _)| *status == 201).map(|(_, json)| json["id"].as_str().expect("an id").into());
        asked.push(Asked { patient, key, body, id });
        if gone {
            break;
        }
    }
    asked
}

/// Registers a patient, who is signed in then.
pub async fn register(browser: &mut Browser) {
    browser.get("/register").await;
    let fields = [
        ("name", "Ana Novak"),
        ("email", "ana@example.org"),
        ("phone", ""),
        ("password", "quiet green bicycle"),
        ("next", "/"),
    ];
    assert_eq!(browser.post("/fn/register", &fields).await.location(), "/");
}

pub async fn book(clinic: &TestClinic, browser: &mut Browser) -> String {
    register(browser).await;
    let doctor = &clinic.doctors[0];
    let appointment = doctor.visit_type.to_string();
    let days = browser.get(&format!("/doctors/{}/times?visit_type={appointment}", doctor.slug)).await;
    let day = days.attributes("name=\"day\"", "value").pop().expect("a day");
    let page = browser.get(&format!("/doctors/{}/times?visit_type={appointment}&day={day}", doctor.slug)).await;
    let start = page.attributes("name=\"start\"", "value").pop().expect("a time");
    let held = browser
        .post("/fn/booking/hold", &[("doctor", &doctor.slug), ("visit_type", &appointment), ("start", &start)])
        .await;
    let id = held.location().trim_start_matches("/book/").to_owned();
    let done = browser.post("/fn/booking/confirm", &[("id", &id)]).await;
    assert_eq!(done.location(), format!("/appointments/{id}/done"));
    id
}

both_databases! {
    async fn an_acknowledged_booking_survives_a_kill(clinic: TestClinic) {
        let mut program = start(&clinic.url);
        let id = book(&clinic, &mut Browser::at(program.address)).await;
        program.child.kill().expect("kill -9");
        program.child.wait().expect("its end");
        assert_eq!(clinic.status(id.parse().expect("an id")).await, Status::Booked);
        let again = start(&clinic.url);
        assert_eq!(Browser::at(again.address).get("/readyz").await.status, 200);
    }

    async fn of_bookings_under_load_a_kill_loses_none_that_was_acknowledged(clinic: TestClinic) {
        const SETTINGS: [(&str, &str); 2] =
            [("DOCSLOT_LIMITS_REGISTRATIONS", "0"), ("DOCSLOT_BOOKING_MAX_FUTURE_APPOINTMENTS", "1000")];
        let mut program = start_with(&clinic.url, &SETTINGS);
        let mut tokens = Vec::new();
        for patient in 0..8 {
            let email = format!("patient-{patient}@example.org");
            let person = json!({ "email": email, "password": "quiet green bicycle", "role": "patient" });
            let (status, json) = post(program.address, "/register", "", &person).await.expect("an answer");
            assert_eq!(status, 201, "{json}");
            tokens.push(json["token"].as_str().expect("a token").to_owned());
        }
        let mut asked = Vec::new();
        for round in 0..kills() {
            let mut tasks = tokio::task::JoinSet::new();
            for (patient, token) in tokens.iter().enumerate() {
                let doctor = clinic.doctors[(round + patient) % clinic.doctors.len()].id.to_string();
                tasks.spawn(book_on(program.address, token.clone(), patient, round, doctor));
            }
            let load = Duration::from_millis(rand::random_range(150..450));
            tokio::time::sleep(load).await;
            program.child.kill().expect("kill -9");
            program.child.wait().expect("its end");
            asked.extend(tasks.join_all().await.into_iter().flatten());
            program = start_with(&clinic.url, &SETTINGS);
        }
        let acknowledged: Vec<&Asked> = asked.iter().filter(|asked| asked.id.is_some()).collect();
        let mut lost = 0;
        for booking in &acknowledged {
            let id = booking.id.as_ref().expect("an id").parse().expect("a uuid");
            lost += usize::from(clinic.status(id).await != Status::Booked);
        }
        println!("{} kills, {} bookings acknowledged, {lost} lost", kills(), acknowledged.len());
        assert!(acknowledged.len() > kills(), "{} bookings in {} rounds", acknowledged.len(), kills());
        assert_eq!(lost, 0, "of {}", acknowledged.len());
        // what was not answered is booked with its answer, or not at all: asked again, it is never refused for its key
        for booking in asked.iter().filter(|asked| asked.id.is_none()) {
            let token = &tokens[booking.patient];
            let answer = ask(program.address, token, &booking.key, &booking.body).await;
            let (status, json) = answer.expect("an answer");
            assert!(status == 201 || json["code"] != "key_in_use", "{status} {json}");
        }
        let booked = clinic.count("select count(*) from appointments where status = 'booked'").await;
        let answers = clinic.count("select count(*) from idempotency_keys where status = 201").await;
        assert_eq!(booked, answers, "each booking has its answer, and each answer its booking");
    }

    async fn a_stop_is_not_held_up_by_idle_connections(clinic: TestClinic) {
        let mut program = start(&clinic.url);
        let mut idle = TcpStream::connect(program.address).await.expect("a connection");
        idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("a request");
        let mut answer = [0; 512];
        assert!(idle.read(&mut answer).await.expect("an answer") > 0);
        // the connection stays open and idle
        terminate(&program);
        let took = time_to_end(&mut program).await;
        assert!(took < Duration::from_secs(8), "{took:?}");
    }

    async fn no_level_of_logging_shows_the_secret_of_a_link(clinic: TestClinic) {
        let path = std::env::temp_dir().join(format!("docslot_log_{}", uuid::Uuid::now_v7().simple()));
        let file = std::fs::File::create(&path).expect("a file");
        let program = start_logging(&clinic.url, &[("DOCSLOT_TELEMETRY_LOG", "trace")], Stdio::from(file));
        let secret = "Secret-Secret-Secret-Secret-Secret-Secret-_";
        let mut browser = Browser::at(program.address);
        for place in ["/appointment/", "/reminders/", "/verify/", "/reset/", "/open-account/", "/invite/", "/calendar/"] {
            for end in ["", ".ics", "/calendar.ics", "?cancel=yes"] {
                browser.get(&format!("{place}{secret}{end}")).await;
            }
            browser.send("POST", &format!("{place}{secret}"), &[("accept", "text/html")], "").await;
        }
        for function in [
            "appointment/linked",
            "appointment/cancel",
            "reminders/linked",
            "account/reset_link",
            "account/reset",
            "account/registration",
            "account/open",
            "account/verification",
            "account/verify",
        ] {
            assert_eq!(browser.post(&format!("/fn/{function}"), &[("token", secret)]).await.status, 303, "{function}");
        }
        for function in ["join", "join/invitation"] {
            assert_eq!(browser.post(&format!("/fn/{function}"), &[("code", secret)]).await.status, 303, "{function}");
        }
        drop(program);
        let log = std::fs::read_to_string(&path).expect("a log");
        std::fs::remove_file(&path).expect("removing the log");
        assert!(log.contains("/appointment/{token}"), "{log}");
        let shown: Vec<&str> = log.lines().filter(|line| line.contains(secret)).collect();
        assert!(shown.is_empty(), "{shown:#?}");
    }

    async fn no_level_of_logging_and_no_figure_shows_what_a_patient_writes(clinic: TestClinic) {
        const CANARIES: [&str; 5] = ["CANARYREASON", "CANARYNAME", "canaryaddress@example.org", "020 7946 0777", "canary green bicycle"];
        let path = std::env::temp_dir().join(format!("docslot_log_{}", uuid::Uuid::now_v7().simple()));
        let file = std::fs::File::create(&path).expect("a file");
        let token = "0123456789abcdef0123456789abcdef";
        let settings = [("DOCSLOT_TELEMETRY_LOG", "trace"), ("DOCSLOT_METRICS_TOKEN", token)];
        let program = start_logging(&clinic.url, &settings, Stdio::from(file));
        let mut browser = Browser::at(program.address);
        browser.get("/register").await;
        let [reason, name, email, phone, password] = CANARIES;
        let fields = [("name", name), ("email", email), ("phone", phone), ("password", password), ("next", "/doctors")];
        assert_eq!(browser.post("/fn/register", &fields).await.location(), "/doctors");
        let doctor = &clinic.doctors[0];
        let day = Clock::system().now().plus_minutes(3 * 24 * 60);
        let day = Zone::parse("Europe/London").expect("a zone").local_date(day).to_string();
        let page = browser.get(&format!("/doctors/{}/times?visit_type={}&day={day}", doctor.slug, doctor.visit_type)).await;
        let start = page.attributes("name=\"start\"", "value").first().expect("a time").clone();
        let visit_type = doctor.visit_type.to_string();
        let fields = [("doctor", doctor.slug.as_str()), ("visit_type", &visit_type), ("start", &start)];
        let details = browser.post("/fn/booking/hold", &fields).await.location().to_owned();
        let id = details.trim_start_matches("/book/").to_owned();
        browser.get(&details).await;
        // once wrong, so that what was typed travels back to its page
        browser.submit("/fn/booking/confirm", &[("id", &id), ("reason", reason), ("phone", "none at all")]).await;
        let done = browser.submit("/fn/booking/confirm", &[("id", &id), ("reason", reason), ("phone", phone)]).await;
        assert_eq!(done.status, 200, "{}", done.body);
        assert_eq!(clinic.count("select count(*) from appointments where reason = 'CANARYREASON'").await, 1);
        browser.get(&format!("/appointments/{id}/calendar.ics")).await;
        let figures = browser.send("GET", "/metrics", &[("authorization", &format!("Bearer {token}"))], "").await;
        assert!(figures.status == 200 && figures.body.contains("docslot_"), "{}", figures.status);
        drop(program);
        let log = std::fs::read_to_string(&path).expect("a log");
        std::fs::remove_file(&path).expect("removing the log");
        assert!(log.lines().count() > 100 && log.contains("/book/{id}"), "{} lines", log.lines().count());
        for canary in CANARIES {
            let shown: Vec<&str> = log.lines().chain(figures.body.lines()).filter(|line| line.contains(canary)).collect();
            assert!(shown.is_empty(), "{canary}: {shown:#?}");
        }
        println!("{} words in {} lines of a log at its most talkative and {} figures: 0 astray", CANARIES.len(), log.lines().count(), figures.body.lines().count());
    }

    async fn a_stop_is_not_held_up_by_listeners(clinic: TestClinic) {
        let mut program = start(&clinic.url);
        let path = format!("/api/v1/doctors/{}/slots/events", clinic.doctors[0].id);
        let mut stream = Listener::open(program.address, &path, 1).await;
        terminate(&program);
        let took = time_to_end(&mut program).await;
        assert!(took < Duration::from_secs(3), "{took:?}");
        assert!(stream.ends().await, "the stream is still open");
    }

    async fn a_thousand_idle_listeners_cost_little(clinic: TestClinic) {
        // the test's own connections are as many: on a machine that allows fewer, fewer must do
        let listeners = 1_000.min(open_files() / 2 - 200);
        let program = start_with(&clinic.url, &[("DOCSLOT_SERVER_TRUSTED_PROXIES", "127.0.0.1")]);
        let path = format!("/api/v1/doctors/{}/slots/events", clinic.doctors[0].id);
        drop(Listener::open(program.address, &path, 0).await);
        let before = memory(&program);
        let mut open = Vec::new();
        for n in 1..=listeners {
            open.push(Listener::open(program.address, &path, n).await);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        let grown = memory(&program).saturating_sub(before);
        println!("{listeners} listeners: {grown} kB more than {before} kB");
        assert!(grown < listeners * 100, "{listeners} listeners cost {grown} kB");
        let refused = Browser::at(program.address).get("/readyz").await;
        assert_eq!(refused.status, 200, "others are served");
    }

    async fn migrating_and_looking_at_the_settings_are_commands(clinic: TestClinic) {
        let migrated = command(&clinic.url).arg("migrate").output().expect("the program");
        assert!(migrated.status.success(), "{}", text(&migrated));
        let checked = command(&clinic.url).arg("check").output().expect("the program");
        let words = text(&checked);
        assert!(words.contains("hold_minutes = 10"), "{words}");
        if let Some((_, rest)) = clinic.url.split_once("://docslot:") {
            let password = rest.split('@').next().unwrap_or_default();
            assert!(!password.is_empty() && !words.contains(password), "a secret is shown");
        }
    }
}

#[test]
fn bad_settings_stop_the_program_with_one_line_that_names_the_key() {
    for (name, value, key) in [
        ("DOCSLOT_BOOKING_HOLD_MINUTES", "soon", "booking.hold_minutes"),
        ("DOCSLOT_SERVER_ADDRESS", "nowhere", "server.address"),
        ("DATABASE_URL", "mysql://x", "database.url"),
        ("DOCSLOT_BOOKING_HOLD_MINUTES", "-1", "booking.hold_minutes"),
    ] {
        let output = command("sqlite://never.db").env(name, value).output().expect("the program");
        assert_eq!(output.status.code(), Some(2), "{name}: {}", text(&output));
        let line = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        assert_eq!(line.lines().count(), 1, "{line}");
        // by the name under which it was set
        assert!(line.contains(key) || line.contains(name), "{line}");
    }
}

pub fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

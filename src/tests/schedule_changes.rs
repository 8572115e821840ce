//! Every page that shows a doctor's times hears of every change.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, Instant as Moment},
};

use docslot::{
    accounts::Role,
    admin::server::{
        closures, locations,
        people::{self, Decision},
    },
    availability::{
        model::overrides::DateDraft,
        server::{schedule_changes, visit_types::What},
    },
    booking::{
        Attendance,
        server::{self as booking, attendance::note_attendance, time_off},
    },
    config::Settings,
    db::{Db, Engine, Pools, engine_of},
    doctors::server::leaving::{self as leavings, Step},
    ids::DoctorId,
    state::AppState,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
    time::timeout,
};

use crate::{
    attendance::request,
    booking::{DAY, cancel, reschedule},
    both_databases,
    clinic::{TOMORROW_9, TestClinic, browser, person},
    clinic_pages::{closure, location_form, seen},
    editor::{self, tuesday, window},
    editor_dates,
    front_desk::{self, explained, form_for, overbooked},
    front_desk_moves::move_to,
    leaving, own_profile, time_off as absences,
    web::Web,
};

/// Makes a change and sees that those who listen to the doctor of this number have been told when it is done.
async fn told<T>(clinic: &TestClinic, doctor: usize, what: &str, change: impl Future<Output = T>) -> T {
    let doctor = clinic.doctors[doctor].id;
    let mut follows = clinic.app.schedule_changes.follow(doctor);
    let before = *follows.borrow_and_update();
    let done = change.await;
    assert!(follows.has_changed().expect("the hub"), "nobody was told: {what}");
    assert!(*follows.borrow() > before, "the number does not rise: {what}");
    done
}

/// A second process on the clinic's database.
pub async fn neighbour(clinic: &TestClinic) -> AppState {
    let db = Db::connect(&clinic.url, 4).await.expect("connecting");
    let mut settings = Settings::default();
    settings.leptos.hash_files = false;
    AppState::with_clock(settings, db, clinic.clock.clone()).await.expect("a second app")
}

/// What a served app does besides answering, until the sender is dropped.
pub fn run(app: &AppState) -> watch::Sender<bool> {
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(schedule_changes::run(app.clone(), stopped));
    stop
}

async fn wait(follows: &mut watch::Receiver<u64>, most: Duration) -> Option<Duration> {
    let begun = Moment::now();
    timeout(most, follows.changed()).await.ok()?.expect("the hub");
    Some(begun.elapsed())
}

/// Until the two processes hear each other on PostgreSQL.
pub async fn connected(a: &AppState, b: &AppState) {
    if let Pools::Postgres(pool) = &a.db.pools {
        let sql = "select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen%'";
        for _ in 0..200 {
            let listening: i64 = sqlx::query_scalar(sql).fetch_one(pool).await.expect("a count");
            if listening == 2 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("they do not listen: {}", b.db.ping().await.is_ok());
    }
}

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A listener's connection.
struct Heard {
    stream: TcpStream,
    text: String,
}

impl Heard {
    async fn open(address: SocketAddr, path: &str, headers: &str) -> Heard {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.expect("a request");
        Heard { stream, text: String::new() }
    }

    /// Reads until `wanted` was heard; false when it was not in time, or the stream ended.
    async fn hears(&mut self, wanted: &str, most: Duration) -> bool {
        let read = async {
            let mut piece = [0; 4096];
            while !self.text.contains(wanted) {
                match self.stream.read(&mut piece).await {
                    Ok(0) | Err(_) => return false,
                    Ok(n) => self.text.push_str(&String::from_utf8_lossy(&piece[..n])),
                }
            }
            true
        };
        timeout(most, read).await.unwrap_or(false)
    }
}

fn path(doctor: DoctorId, query: &str) -> String {
    format!("/api/v1/doctors/{doctor}/slots/events{query}")
}

const SOON: Duration = Duration::from_secs(2);

both_databases! {
    async fn every_change_of_an_appointment_is_told(clinic: TestClinic) {
        let (patient, staff) = (clinic.patient().await, clinic.user(Role::Admin).await);
        let doctor = front_desk::doctor(&clinic, 0).await;
        let c = &clinic;
        let somebody = browser("somebody");
        let request = |doctor| clinic.request(doctor, TOMORROW_9);
        told(c, 0, "hold", booking::hold(&c.app, somebody.clone(), request(0))).await.expect("a hold");
        let other = booking::hold(&c.app, somebody, request(1));
        told(c, 0, "a hold given back for one with another doctor", other).await.expect("a hold");
        let hold = told(c, 0, "hold", booking::hold(&c.app, person(patient), request(0))).await.expect("a hold");
        let id = told(c, 0, "book", booking::confirm(&c.app, person(patient), hold)).await.expect("booked");
        let later = TOMORROW_9.plus_minutes(DAY);
        let id = told(c, 0, "move", reschedule(c, patient, id, later)).await.expect("moved");
        told(c, 0, "cancel", cancel(c, patient, id)).await.expect("cancelled");
        let added = front_desk::add(c, staff, form_for(c, patient, TOMORROW_9));
        let id = told(c, 0, "added by the clinic", added).await.expect("added");
        let mut form = form_for(c, clinic.patient().await, TOMORROW_9);
        form.time = overbooked(TOMORROW_9);
        told(c, 0, "overbooked", front_desk::add(c, staff, form)).await.expect("overbooked");
        let id = told(c, 0, "moved by the clinic", move_to(c, doctor, id, explained(TOMORROW_9.plus_minutes(60)))).await;
        let id = id.expect("moved");
        clinic.clock.set(TOMORROW_9.plus_minutes(61));
        for mark in [Attendance::NoShow, Attendance::Undo, Attendance::Arrived, Attendance::Completed] {
            let version = clinic.row(id).await.version;
            let noted = note_attendance(&c.app, doctor, id, version, mark);
            told(c, 0, "attendance", noted).await.expect("noted");
        }
    }

    async fn every_change_of_a_request_is_told(clinic: TestClinic) {
        let doctor = front_desk::doctor(&clinic, 0).await;
        let c = &clinic;
        for (minutes, accept) in [(0, true), (30, false)] {
            let start = TOMORROW_9.plus_minutes(minutes);
            let id = told(c, 0, "request", request(c, c.patient().await, start)).await;
            told(c, 0, "answer", c.answer(doctor, id, accept)).await.expect("answered");
        }
        request(c, c.patient().await, TOMORROW_9.plus_minutes(60)).await;
        clinic.clock.set(TOMORROW_9.plus_minutes(60));
        assert_eq!(told(c, 0, "a request that ran out", booking::expire_requests(&c.app)).await, Ok(1));
    }

    async fn every_change_of_a_calendar_is_told(clinic: TestClinic) {
        let doctor = editor::doctor(&clinic).await;
        let c = &clinic;
        let hours = editor::save(c, doctor, tuesday(vec![window(c, "9", "12")]), None);
        told(c, 0, "weekly hours", hours).await.expect("saved");
        let draft = DateDraft { date: "2026-01-07".into(), change: "closed".into(), ..DateDraft::default() };
        told(c, 0, "a date", editor_dates::save_date(c, doctor, draft, None)).await.expect("saved");
        told(c, 0, "a date", editor_dates::remove_date(c, doctor, "2026-01-07", None)).await.expect("removed");
        let appointment = c.doctors[0].visit_type.to_string();
        told(c, 0, "visit type", editor_dates::change(c, doctor, &appointment, What::Offer(false))).await.expect("hidden");
        told(c, 0, "visit type", editor_dates::change(c, doctor, &appointment, What::Offer(true))).await.expect("shown");
        let away = absences::add(c, doctor, absences::typed(["9", "1", "2026"], "", ""));
        told(c, 0, "time off", away).await.expect("away");
        let list = time_off::list(&c.app, doctor, "", "").await.expect("a list");
        let back = time_off::remove(&c.app, doctor, String::new(), list.version, list.items[0].id);
        told(c, 0, "time off", back).await.expect("back");
        let appointment = c.book(c.patient().await, 0, TOMORROW_9).await.expect("an appointment");
        let choices = absences::choices(c, &[(appointment, "h1")]).await;
        let resolved = told(c, 1, "handed to a colleague", absences::take_off(c, doctor, choices));
        told(c, 0, "time off with appointments", resolved).await.expect("resolved");
        told(c, 0, "hidden", own_profile::show(c, doctor, false)).await.expect("hidden");
        told(c, 0, "shown", own_profile::show(c, doctor, true)).await.expect("shown");
    }

    async fn every_change_by_staff_is_told(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let c = &clinic;
        let closed = closures::add(&c.app, staff, closure(c, ["6", "1", "2026"], None));
        told(c, 3, "closure", closed).await.expect("closed");
        let id = closures::closures(&c.app).await.expect("a list").coming[0].id;
        told(c, 3, "closure", closures::remove(&c.app, staff, id)).await.expect("open");
        let mut form = location_form(c, &seen(c, c.london).await);
        form.time_zone = "Europe/Paris".into();
        told(c, 3, "zone of a place", locations::save(&c.app, staff, form)).await.expect("saved");
        for decision in [Decision::Pause, Decision::Resume] {
            let version = people::doctor(&c.app, "doctor-1").await.expect("a doctor").version;
            told(c, 0, "pause", people::decide(&c.app, staff, "doctor-1", version, decision)).await.expect("decided");
        }
        let appointment = c.book(c.patient().await, 0, TOMORROW_9).await.expect("an appointment");
        told(c, 0, "leaving", leaving::go(c, staff, Step::Start)).await.expect("leaving");
        let choices = absences::choices(c, &[(appointment, "h1")]).await;
        let resolved = leavings::resolve_appointments(&c.app, staff, "doctor-1".into(), choices);
        let resolved = told(c, 1, "handed over by staff", resolved);
        told(c, 0, "resolved by staff", resolved).await.expect("resolved");
        told(c, 0, "staying", leaving::go(c, staff, Step::Stop)).await.expect("staying");
    }

    async fn a_listener_hears_over_http(clinic: TestClinic) {
        let (web, doctor) = (Web::serve(&clinic.app).await, clinic.doctors[0].id);
        let version = clinic.app.schedule_changes.version(doctor);
        let mut new = Heard::open(web.address, &path(doctor, ""), "accept-encoding: gzip, br\r\n").await;
        assert!(new.hears(&format!("data: {version}\n\n"), SOON).await, "the number comes at once: {}", new.text);
        let head = new.text.to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 200") && head.contains("content-type: text/event-stream"), "{head}");
        assert!(!head.contains("content-encoding"), "compression would hold events back: {head}");
        assert!(head.contains("retry: 3000"), "{head}");

        let mut knows = Heard::open(web.address, &path(doctor, &format!("?since={version}")), "").await;
        let mut comes_back = Heard::open(web.address, &path(doctor, "?since=1"), &format!("last-event-id: {version}\r\n")).await;
        for listener in [&mut knows, &mut comes_back] {
            assert!(listener.hears("retry", SOON).await);
            assert!(!listener.hears("data: ", Duration::from_millis(300)).await, "nothing changed: {}", listener.text);
        }
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        let version = clinic.app.schedule_changes.version(doctor);
        for listener in [&mut new, &mut knows, &mut comes_back] {
            assert!(listener.hears(&format!("id: {version}\ndata: {version}\n\n"), SOON).await, "{}", listener.text);
        }
    }

    async fn a_hidden_or_unknown_doctor_is_not_followed(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        clinic.execute("update doctors set status = 'paused' where slug = 'doctor-2'").await.expect("paused");
        let unknown = DoctorId(uuid::Uuid::now_v7());
        for doctor in [clinic.doctors[1].id.to_string(), unknown.to_string(), "nonsense".to_owned()] {
            let path = format!("/api/v1/doctors/{doctor}/slots/events");
            assert_eq!(web.browser().send("GET", &path, &[], "").await.status, 404, "{doctor}");
        }
        assert_eq!(web.browser().send("GET", &path(unknown, "?since=x"), &[], "").await.status / 100, 4);
    }

    async fn one_address_has_twenty_streams_and_a_closed_one_makes_room(clinic: TestClinic) {
        let (web, path) = (Web::serve(&clinic.app).await, path(clinic.doctors[0].id, ""));
        let mut streams = Vec::new();
        for _ in 0..20 {
            let mut stream = Heard::open(web.address, &path, "").await;
            assert!(stream.hears("data: ", SOON).await, "{}", stream.text);
            streams.push(stream);
        }
        let refused = web.browser().send("GET", &path, &[], "").await;
        assert_eq!((refused.status, refused.header("retry-after")), (429, "30"));
        streams.pop();
        let mut plan = false;
        for _ in 0..40 {
            let mut stream = Heard::open(web.address, &path, "").await;
            plan = plan || stream.hears("data: ", Duration::from_millis(100)).await;
        }
        assert!(plan, "a closed stream keeps its place");
    }

    /// On PostgreSQL within a second; an SQLite file has one process, and two find each other's changes by looking.
    async fn another_process_hears_of_a_change(clinic: TestClinic) {
        let (there, doctor) = (neighbour(&clinic).await, clinic.doctors[0].id);
        let _running = (run(&clinic.app), run(&there));
        connected(&clinic.app, &there).await;
        let _listener = there.schedule_changes.admit(HERE).expect("a place");
        let mut follows = there.schedule_changes.follow(doctor);
        let postgres = engine_of(&clinic.url) == Some(Engine::Postgres);
        let most = Duration::from_secs(if postgres { 1 } else { 6 });
        let mut took = Vec::new();
        for round in 0..if postgres { 10 } else { 2 } {
            // the look at the database finds changes, too: what it found counts as heard before the next one
            follows.borrow_and_update();
            let (somebody, request) = (browser(&round.to_string()), clinic.request(0, TOMORROW_9.plus_minutes(30 * round)));
            booking::hold(&clinic.app, somebody, request).await.expect("a hold");
            let heard = wait(&mut follows, most).await;
            took.push(heard.unwrap_or_else(|| panic!("nothing was heard in round {round}: {took:?}")));
        }
        println!("another process heard after {took:?}");
        there.db.close().await;
    }

    async fn what_was_never_told_is_found(clinic: TestClinic) {
        let (there, doctor) = (neighbour(&clinic).await, clinic.doctors[0].id);
        // the first process dies, as it were, before it tells another: nothing runs there
        let _running = run(&there);
        let _listener = there.schedule_changes.admit(HERE).expect("a place");
        let mut follows = there.schedule_changes.follow(doctor);
        // its first look learns what there is
        wait(&mut follows, Duration::from_secs(6)).await.expect("the first look");
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        assert!(wait(&mut follows, Duration::from_secs(8)).await.is_some(), "a booking");
        let hold = booking::hold(&clinic.app, browser("x"), clinic.request(0, TOMORROW_9.plus_minutes(30)));
        hold.await.expect("a hold");
        assert!(wait(&mut follows, Duration::from_secs(8)).await.is_some(), "a hold");
        // almost: what the directory keeps is read again, and told
        clinic.clock.advance_seconds(590);
        wait(&mut follows, Duration::from_secs(8)).await.expect("what was kept too long");
        clinic.clock.advance_seconds(15);
        assert!(wait(&mut follows, Duration::from_secs(8)).await.is_some(), "a hold that ran out");
        clinic.execute("update doctors set status = 'paused', schedule_version = schedule_version + 1").await.expect("paused");
        assert!(wait(&mut follows, Duration::from_secs(8)).await.is_some(), "a doctor who is hidden");
        there.db.close().await;
    }

    async fn after_a_broken_connection_every_listener_looks_again(clinic: TestClinic) {
        let Pools::Postgres(pool) = &clinic.app.db.pools else { return };
        let (there, doctor) = (neighbour(&clinic).await, clinic.doctors[0].id);
        let _running = (run(&clinic.app), run(&there));
        connected(&clinic.app, &there).await;
        let mut follows = there.schedule_changes.follow(doctor);
        let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity
            where datname = current_database() and query ilike 'listen%'";
        let ended: i64 = sqlx::query_scalar(sql).fetch_one(pool).await.expect("ended");
        assert_eq!(ended, 2);
        assert!(wait(&mut follows, Duration::from_secs(5)).await.is_some(), "nobody looks again");
        connected(&clinic.app, &there).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        follows.borrow_and_update();
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        assert!(wait(&mut follows, Duration::from_secs(1)).await.is_some(), "it listens again");
        there.db.close().await;
    }
}

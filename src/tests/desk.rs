//! The desk: who may use it, what it says in words, how large it gets, and what its live part is told.

use std::time::Duration;

use docslot::{
    accounts::Role,
    booking::{
        Action, ActorRole, Attendance, CancelReason, Status,
        front_desk::{AppointmentForm, NEW_PATIENT},
        server::{Author, answer_request, attendance::note_attendance, cancel, hold, reschedule},
    },
    db::Engine,
    desk::{
        model::{CardState, DeskColumn, DeskDay, DeskQuery, DeskThing, MAX_COLUMNS, Range},
        server as desk,
    },
    error::{AppError, FieldCode},
    ids::{AppointmentId, DoctorId},
    random,
    time::{Timestamp, server::Zone},
    web::request::Actor,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use uuid::Uuid;

use crate::{
    agenda::block,
    attendance::request,
    both_databases,
    clinic::{TOMORROW_9, TestClinic, browser, person},
    directory::{copy_first_doctor, sent},
    front_desk::{add, form, form_for, overbooked, signed_in},
    web::Web,
};

const TOMORROW: &str = "2026-01-06";

fn tomorrow() -> DeskQuery {
    DeskQuery { date: TOMORROW.into(), ..DeskQuery::default() }
}

async fn day_of(clinic: &TestClinic, staff: Actor, query: &DeskQuery) -> DeskDay {
    desk::day(&clinic.app, staff, query).await.expect("a desk")
}

/// What stands in a column before the first free time, each as "10am booked", and how many free times follow.
fn taken(column: &DeskColumn) -> (Vec<String>, usize) {
    let free = column.entries.iter().filter(|entry| matches!(entry.what, DeskThing::Free { .. })).count();
    let words = column.entries.iter().filter_map(|entry| match &entry.what {
        DeskThing::Appointment { state, overlaps, .. } => {
            Some(format!("{} {}{}", entry.time, state.words(), if *overlaps { ", overlaps" } else { "" }))
        }
        DeskThing::Held => Some(format!("{} held", entry.time)),
        DeskThing::Blocked { until, words } => Some(format!("{} to {until} {words}", entry.time)),
        DeskThing::Free { .. } => None,
    });
    (words.collect(), free)
}

/// Twenty more doctors like the first, so that there are enough to fill a page and more.
async fn more_doctors(clinic: &TestClinic, count: usize) -> Vec<DoctorId> {
    let mut doctors = Vec::new();
    for n in 0..count {
        let id = DoctorId(Uuid::now_v7());
        let slug = format!("extra-{n}");
        clinic
            .write(move |mut tx| {
                let slug = slug.clone();
                Box::pin(async move { copy_first_doctor(&mut tx, id, &slug).await })
            })
            .await;
        doctors.push(id);
    }
    doctors
}

both_databases! {
    async fn every_door_of_the_desk_refuses_whoever_may_not_use_it(clinic: TestClinic) {
        let app = &clinic.app;
        let booked = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        for actor in [clinic.patient().await, clinic.user(Role::Doctor).await] {
            let hours = Range { first: 540, last: 1020 };
            assert_eq!(desk::day(app, actor, &tomorrow()).await.err(), Some(AppError::Forbidden));
            assert_eq!(desk::columns(app, actor, &tomorrow(), hours).await.err(), Some(AppError::Forbidden));
            assert_eq!(desk::free_time(app, actor, "doctor-1", TOMORROW_9).await.err(), Some(AppError::Forbidden));
            assert_eq!(desk::patients(app, actor, "test").await.err(), Some(AppError::Forbidden));
            assert_eq!(desk::card(app, actor, booked).await.err(), Some(AppError::Forbidden));
        }
        let receptionist = clinic.user(Role::Receptionist).await;
        desk::day(app, receptionist, &tomorrow()).await.expect("a desk");
        let panel = desk::free_time(app, receptionist, "doctor-1", TOMORROW_9.plus_minutes(30)).await.expect("a free time");
        assert!(panel.visit_types.iter().any(|(id, words)| *id == panel.visit_type && !words.contains("not at this time")), "{panel:?}");
        assert!(!desk::patients(app, receptionist, "test").await.expect("patients").is_empty());
        assert_eq!(desk::card(app, receptionist, booked).await.expect("a card").id, booked);
        let staff = clinic.user(Role::Admin).await;
        let asked = |location: &str, date: &str| DeskQuery { location: location.into(), date: date.into(), ..DeskQuery::default() };
        let elsewhere = Uuid::now_v7().to_string();
        assert_eq!(desk::day(app, staff, &asked(&elsewhere, "")).await.err(), Some(AppError::NotFound));
        assert_eq!(desk::day(app, staff, &asked("", "soon")).await.err(), Some(AppError::field("date", FieldCode::NotADate)));
        assert_eq!(desk::card(app, staff, AppointmentId(Uuid::now_v7())).await.err(), Some(AppError::NotFound));
        assert_eq!(desk::card(app, staff, booked).await.expect("a card").status, "Booked");
        assert_eq!(desk::free_time(app, staff, "nobody", TOMORROW_9).await.err(), Some(AppError::NotFound));
        desk::day(app, staff, &tomorrow()).await.expect("a desk");
        desk::day(app, staff, &tomorrow()).await.expect("and once more");
        desk::card(app, staff, booked).await.expect("a card once more");
        let read = "select count(*) from audit_entries where action = 'desk.read'";
        assert_eq!(clinic.count(read).await, 2, "once for each of the two who read");
        let read = "select count(*) from audit_entries where action = 'appointment.read' and subject_id is not null";
        assert_eq!(clinic.count(read).await, 2);
    }

    async fn a_change_from_an_old_panel_changes_nothing(clinic: TestClinic) {
        let (app, staff) = (&clinic.app, clinic.user(Role::Receptionist).await);
        let booked = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        clinic.clock.advance_seconds(24 * 3600 + 1800);
        let old = desk::card(app, staff, booked).await.expect("a card");
        assert_eq!((old.can_move, old.can_cancel), (true, true));
        assert!(old.marks.contains(&Attendance::Arrived), "{:?}", old.marks);
        note_attendance(app, staff, booked, old.version, Attendance::Arrived).await.expect("a note");
        let refused = note_attendance(app, staff, booked, old.version, Attendance::NoShow).await;
        assert_eq!(refused.err(), Some(AppError::Conflict));
        let reason = Some(CancelReason::PatientAsked);
        assert_eq!(cancel(app, staff, booked, old.version, reason).await.err(), Some(AppError::Conflict));
        let now = desk::card(app, staff, booked).await.expect("a card");
        assert_eq!((now.status.as_str(), now.marks.contains(&Attendance::Undo)), ("Arrived", true));
        note_attendance(app, staff, booked, now.version, Attendance::Undo).await.expect("undone");
        let again = desk::card(app, staff, booked).await.expect("a card");
        cancel(app, staff, booked, again.version, reason).await.expect("cancelled");
        let over = desk::card(app, staff, booked).await.expect("a card");
        assert_eq!((over.status.as_str(), over.can_move, over.can_cancel, over.marks.len()), ("Cancelled", false, false, 0));
    }

    async fn a_request_is_answered_as_it_was_shown_or_not_at_all(clinic: TestClinic) {
        let (app, staff) = (&clinic.app, clinic.user(Role::Receptionist).await);
        let patient = clinic.patient().await;
        let asked = request(&clinic, patient, TOMORROW_9).await;
        let shown = desk::card(app, staff, asked).await.expect("a card").version;
        let moved = reschedule(app, person(patient), asked, shown, TOMORROW_9.plus_minutes(60)).await.expect("moved");
        // what the panel shows is no longer the request: neither row is answered
        assert_eq!(answer_request(app, staff, asked, shown, true).await, Err(AppError::Conflict));
        let now = desk::card(app, staff, moved).await.expect("a card").version;
        for accept in [true, false] {
            assert_eq!(answer_request(app, staff, moved, now + 1, accept).await, Err(AppError::Conflict));
            assert_eq!(clinic.status(moved).await, Status::Requested);
        }
        let happened = desk::happened(app, staff, asked).await.expect("a line");
        assert!(happened.starts_with("Request moved from Tuesday 6 January, 9am"), "{happened}");
        assert!(happened.contains(" by the patient, Monday 5 January, "), "{happened}");
        answer_request(app, staff, moved, now, true).await.expect("accepted");
        assert_eq!(clinic.status(moved).await, Status::Booked);

        // the same by the form of the page, which carries the version
        let web = Web::serve(app).await;
        let (mut reception, _) = signed_in(&clinic, &web, "reception@example.org", Role::Receptionist).await;
        let asked = request(&clinic, clinic.patient().await, TOMORROW_9.plus_minutes(120)).await;
        let version = clinic.row(asked).await.version;
        let id = asked.to_string();
        let form = |version: String| [("id", id.clone()), ("version", version), ("accept", "true".to_owned())];
        let send = async |reception: &mut crate::web::Browser, form: &[(&str, String)]| {
            let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            reception.submit("/fn/booking/answer", &fields).await
        };
        send(&mut reception, &form((version + 1).to_string())).await;
        assert_eq!(clinic.status(asked).await, Status::Requested, "a stale form changes nothing");
        send(&mut reception, &form(version.to_string())[..]).await;
        assert_eq!(clinic.status(asked).await, Status::Booked);
    }

    async fn each_state_is_told_in_words(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let at = |minutes| TOMORROW_9.plus_minutes(minutes);
        let first = clinic.book(clinic.patient().await, 0, at(0)).await.expect("a booking");
        let second = clinic.book(clinic.patient().await, 0, at(30)).await.expect("a booking");
        let third = clinic.book(clinic.patient().await, 0, at(60)).await.expect("a booking");
        let late = clinic.patient().await;
        add(&clinic, staff, AppointmentForm { time: overbooked(at(75)), ..form_for(&clinic, late, at(75)) }).await.expect("overbooked");
        hold(&clinic.app, browser("b"), clinic.request(0, at(120))).await.expect("a hold");
        block(&clinic, (at(240), at(300)), "team meeting").await;
        clinic.execute("update doctors set schedule_version = schedule_version + 1").await.expect("a new version");
        request(&clinic, clinic.patient().await, at(180)).await;

        let day = day_of(&clinic, staff, &tomorrow()).await;
        assert_eq!((day.title.as_str(), day.is_today, day.now.clone()), ("Tuesday 6 January", false, None));
        assert_eq!(day.hours.first().map(String::as_str), Some("9am"));
        assert_eq!(day.range, Range { first: 540, last: 1020 });
        assert_eq!(day.columns.iter().map(|column| column.slug.as_str()).collect::<Vec<_>>(), ["doctor-1", "doctor-2", "doctor-3", "doctor-4"]);
        let (words, free) = taken(&day.columns[0]);
        assert_eq!(words, [
            "9am booked",
            "9:30am booked",
            "10am booked, overlaps",
            "10:15am booked, overlaps",
            "11am held",
            "12 noon waits for approval",
            "1pm to 2pm Blocked: team meeting",
        ]);
        // 16 half hours without six that are taken or half taken, and the two that are blocked
        assert_eq!(free, 16 - 6 - 2);
        assert_eq!(day.columns[0].lanes, 2);
        assert_eq!(day.columns[1].summary, "No appointments, 16 free");

        clinic.clock.advance_seconds(25 * 3600 + 20 * 60);
        for (id, mark) in [(first, Attendance::Completed), (second, Attendance::NoShow), (third, Attendance::Arrived)] {
            let version = clinic.row(id).await.version;
            let noted = note_attendance(&clinic.app, staff, id, version, mark).await;
            assert_eq!(noted.is_ok(), mark != Attendance::NoShow, "9:30am is not begun at 9:20am");
        }
        clinic.clock.advance_seconds(45 * 60);
        let version = clinic.row(second).await.version;
        note_attendance(&clinic.app, staff, second, version, Attendance::NoShow).await.expect("a note");
        let day = day_of(&clinic, staff, &DeskQuery::default()).await;
        assert_eq!(day.now, Some((605, "10:05am".to_owned())));
        let (words, _) = taken(&day.columns[0]);
        assert_eq!(words[..3], ["9am completed", "9:30am did not attend", "10am arrived, overlaps"]);
        assert!(words.iter().all(|words| !words.ends_with("held")), "a hold that ran out takes nothing: {words:?}");
        assert_eq!(CardState::Unclear.words(), "over: did they come?");
    }

    async fn the_page_works_by_its_addresses_alone(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut staff, _) = signed_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        clinic.execute("update persons set display_name = '<b>Zoë</b> Ng' where role = 'patient'").await.expect("a name");
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 1, TOMORROW_9).await.expect("a booking");
        clinic.execute("update persons set display_name = '<b>Zoë</b> Ng' where role = 'patient'").await.expect("a name");
        let page = staff.get("/desk?date=2026-01-06&doctor=doctor-2&doctor=nobody").await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("&lt;b&gt;Zoë&lt;/b&gt; Ng"), "{}", page.body);
        assert_eq!(page.body.matches("data-slug=").count(), 1, "one doctor was chosen");
        assert!(page.body.contains(&format!("href=\"/appointments/{id}\"")));
        assert!(page.body.contains(&format!("/doctor/add?doctor=doctor-2&amp;start={}", TOMORROW_9.plus_minutes(30).0)), "{}", page.body);
        assert!(page.body.contains("date=2026-01-05&amp;doctor=doctor-2") && page.body.contains("date=2026-01-07&amp;doctor=doctor-2"));
        assert!(page.text().contains("Riverside. 1 booked, 15 free."), "{}", page.text());
        let add = staff.get(&format!("/doctor/add?doctor=doctor-2&start={}", TOMORROW_9.plus_minutes(30).0)).await;
        assert_eq!(add.status, 200, "a free time leads to the page that adds an appointment");
        let closed = staff.get("/desk?date=2026-01-06&location=nonsense").await;
        assert_eq!(closed.status, 404);
    }

    async fn whoever_listens_learns_whose_day_changed(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut staff, actor) = signed_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        let page = staff.get("/desk?date=2026-01-06").await;
        let since = page.body.split("/desk/changes?since=").nth(1).and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
        let since = since.expect("the address of the stream").to_owned();
        let mut stream = TcpStream::connect(staff.address).await.expect("a connection");
        let cookies: Vec<String> = staff.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let asked = format!("GET /desk/changes?since={since} HTTP/1.1\r\nhost: {}\r\ncookie: {}\r\n\r\n", staff.address, cookies.join("; "));
        stream.write_all(asked.as_bytes()).await.expect("a question");
        clinic.book(clinic.patient().await, 2, TOMORROW_9).await.expect("a booking");
        let wanted = format!("data: {}\n", clinic.doctors[2].id);
        let mut heard = String::new();
        let hear = async {
            while !heard.contains(&wanted) {
                let mut piece = [0; 4096];
                let length = stream.read(&mut piece).await.expect("a piece");
                assert!(length > 0, "the stream ended: {heard}");
                heard.push_str(&String::from_utf8_lossy(&piece[..length]));
            }
        };
        timeout(Duration::from_secs(5), hear).await.expect("the change was told");
        assert!(!heard.contains(&clinic.doctors[0].id.to_string()), "nobody else changed: {heard}");

        let staff = Actor { user: actor, role: Role::Admin, session: clinic.user(Role::Admin).await.session };
        let asked = DeskQuery { doctors: "doctor-3".into(), ..tomorrow() };
        let patches = desk::columns(&clinic.app, staff, &asked, Range { first: 540, last: 1020 }).await.expect("columns");
        assert!(!patches.reload && patches.columns.len() == 1);
        assert_eq!(patches.columns[0].summary, "1 booked, 15 free");
        assert!(patches.columns[0].html.starts_with("<ol") && patches.columns[0].html.contains("booked"), "{}", patches.columns[0].html);
        let narrow = desk::columns(&clinic.app, staff, &asked, Range { first: 600, last: 1020 }).await.expect("columns");
        assert!(narrow.reload && narrow.columns.is_empty(), "the page does not show 9am");
    }

    async fn a_new_patient_comes_with_a_birth_date(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let new = |born: &str| AppointmentForm { name: "Amy Okafor".into(), birth_date: born.into(), ..form(&clinic, NEW_PATIENT, TOMORROW_9) };
        let refused = |code| Some(AppError::field("birth_date", code));
        assert_eq!(add(&clinic, staff, new("31 2 1986")).await.err(), refused(FieldCode::NotADate));
        assert_eq!(add(&clinic, staff, new("1 1 2030")).await.err(), refused(FieldCode::InTheFuture));
        assert_eq!(clinic.count("select count(*) from persons where display_name = 'Amy Okafor'").await, 0);
        add(&clinic, staff, new("9 12 1986")).await.expect("a booking");
        let found = desk::patients(&clinic.app, staff, "okaf").await.expect("patients");
        assert_eq!(found.iter().map(|patient| patient.birth_date.as_str()).collect::<Vec<_>>(), ["9 December 1986"]);
    }
}

/// The desk for 4 and for 44 doctors, on PostgreSQL, where the driver reports statements in the task that sends them.
#[tokio::test]
async fn the_number_of_statements_does_not_grow_with_the_number_of_doctors() {
    TestClinic::run(Engine::Postgres, |clinic| async move {
        let staff = clinic.user(Role::Admin).await;
        desk::day(&clinic.app, staff, &tomorrow()).await.expect("the first reading of the day");
        let (day, few) = sent(desk::day(&clinic.app, staff, &tomorrow())).await;
        assert_eq!(day.expect("a desk").columns.len(), 4);
        more_doctors(&clinic, 40).await;
        let (day, cold) = sent(desk::day(&clinic.app, staff, &tomorrow())).await;
        let day = day.expect("a desk");
        assert_eq!((day.columns.len(), day.left_out, day.doctors.len()), (MAX_COLUMNS, 4, 44));
        let (_, warm) = sent(desk::day(&clinic.app, staff, &tomorrow())).await;
        assert!(few.len() > 4 && few.len() < 12, "statements were counted: {few:?}");
        assert_eq!(few, warm);
        assert!(cold.len() < few.len() + 12, "calendars are read together: {cold:?}");
    })
    .await;
}

/// Twenty doctors with twenty appointments each.
#[tokio::test]
async fn a_full_desk_is_a_small_page() {
    const BUDGET: usize = 120_000;
    TestClinic::run(Engine::Postgres, |clinic| async move {
        let web = Web::serve(&clinic.app).await;
        let (mut staff, _) = signed_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        let template = clinic.row(id).await;
        let mut doctors = more_doctors(&clinic, 16).await;
        doctors.extend(clinic.doctors.iter().map(|doctor| doctor.id));
        clinic
            .write(move |mut tx| {
                let (template, doctors) = (template.clone(), doctors.clone());
                Box::pin(async move {
                    let zone = Zone::parse("Europe/London").expect("a zone");
                    for doctor in doctors {
                        for place in 0..20 {
                            let mut row = template.clone();
                            (row.id, row.reference) = (AppointmentId(Uuid::now_v7()), random::reference());
                            (row.doctor_id, row.overbook, row.version, row.status) = (doctor, true, 1, Status::Booked);
                            row.starts_at = Timestamp(TOMORROW_9.0 + 86_400 + place * 20 * 60);
                            row.ends_at = row.starts_at.plus_minutes(20);
                            row.local_start = zone.local_start_text(row.starts_at);
                            row.insert(&mut tx, Action::Book, Author { actor: None, role: ActorRole::Admin }).await?;
                        }
                    }
                    Ok(())
                })
            })
            .await;
        let page = staff.get("/desk?date=2026-01-07").await;
        assert_eq!(page.body.matches("href=\"/appointments/").count(), 400);
        println!("a desk with 20 doctors and 400 appointments: {} bytes of HTML", page.body.len());
        if let Ok(file) = std::env::var("DOCSLOT_DESK_PAGE") {
            std::fs::write(file, &page.body).expect("the page as a file");
        }
        assert!(page.body.len() <= BUDGET, "{} bytes", page.body.len());
    })
    .await;
}

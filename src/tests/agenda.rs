//! The doctor's day, week and list: what stands in them, who may see them, and how large they get.

use docslot::{
    accounts::Role,
    booking::{
        Action, ActorRole, Attendance, Status,
        server::{Appointment, Author, attendance::note_attendance},
    },
    db::Error,
    doctors::{
        AgendaDay, AgendaEntry, AgendaState, Show, WeekThing,
        server::{agenda_day, agenda_list, agenda_week},
    },
    error::AppError,
    ids::{AppointmentId, PersonId},
    on,
    time::Timestamp,
    web::request::Actor,
};
use uuid::Uuid;

use crate::{
    attendance::{doctor, request},
    booking::DAY,
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, browser},
    web::{Browser, Web},
};

const PASSWORD: &str = "quiet green bicycle";
const TOMORROW: &str = "2026-01-06";

async fn day_of(clinic: &TestClinic, actor: Actor, date: &str) -> AgendaDay {
    agenda_day(&clinic.app, &actor, "", Some(date)).await.expect("a day")
}

/// Each line as "9am to 9:30am what".
fn lines(day: &AgendaDay) -> Vec<String> {
    let line = |entry: &AgendaEntry| match entry {
        AgendaEntry::Appointment(appointment) => {
            let overlaps = if appointment.overlaps { ", overlaps" } else { "" };
            format!("{} to {} {}{overlaps}", appointment.time, appointment.until, appointment.status)
        }
        AgendaEntry::Free(free) => format!("{} to {} free {}", free.time, free.until, free.minutes),
        AgendaEntry::Blocked { times: Some((from, until)), words } => format!("{from} to {until} {words}"),
        AgendaEntry::Blocked { times: None, words } => format!("all day {words}"),
    };
    day.entries.iter().map(line).collect()
}

pub async fn block(clinic: &TestClinic, (start, end): (Timestamp, Timestamp), reason: &'static str) {
    let doctor = clinic.doctors[0].id;
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "insert into time_off (id, doctor_id, starts_at, ends_at, private_reason)
                values ($1, $2, $3, $4, $5)";
                on!(tx, |c| {
                    let query = sqlx::query(sql).bind(Uuid::now_v7()).bind(doctor).bind(start).bind(end).bind(reason);
                    query.execute(c).await?.rows_affected()
                });
                Ok::<_, Error>(())
            })
        })
        .await;
}

/// Appointments like this one at other times, written as the clinic would overbook them.
async fn copies(clinic: &TestClinic, template: &Appointment, spans: Vec<(Timestamp, i64)>) {
    let template = template.clone();
    clinic
        .write(move |mut tx| {
            let (template, spans) = (template.clone(), spans.clone());
            Box::pin(async move {
                let zone = docslot::time::server::Zone::parse("Europe/London").expect("a zone");
                for (start, minutes) in spans {
                    let mut row = template.clone();
                    row.id = AppointmentId(Uuid::now_v7());
                    row.reference = docslot::random::reference();
                    (row.overbook, row.version, row.status) = (true, 1, Status::Booked);
                    (row.starts_at, row.ends_at) = (start, start.plus_minutes(minutes));
                    row.local_start = zone.local_start_text(start);
                    row.insert(&mut tx, Action::Book, Author { actor: None, role: ActorRole::Admin }).await?;
                }
                Ok(())
            })
        })
        .await;
}

/// A signed-in person with this role; a doctor gets the first doctor's calendar.
async fn sign_in(clinic: &TestClinic, web: &Web, email: &'static str, role: Role) -> Browser {
    let mut browser = web.browser();
    browser.get("/register").await;
    let fields = [("name", "Test Person"), ("email", email), ("phone", ""), ("password", PASSWORD), ("next", "/")];
    assert_eq!(browser.post("/fn/register", &fields).await.status, 303);
    let calendar = (role == Role::Doctor).then(|| clinic.doctors[0].id);
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let conn = &mut tx;
                let sql = "update persons set role = $2 where email = $1";
                on!(conn, |c| sqlx::query(sql).bind(email).bind(role).execute(c).await?.rows_affected());
                let sql = "select id from persons where email = $1";
                let user: PersonId = on!(conn, |c| sqlx::query_scalar(sql).bind(email).fetch_one(c).await?);
                let sql = "update doctors set person_id = $2 where id = $1";
                on!(conn, |c| sqlx::query(sql).bind(calendar).bind(user).execute(c).await?.rows_affected());
                Ok(())
            })
        })
        .await;
    browser
}

both_databases! {
    async fn a_day_has_appointments_gaps_and_blocked_time_in_order(clinic: TestClinic) {
        let me = doctor(&clinic, 0).await;
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(60)).await.expect("a booking");
        clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(105 - 15)).await.expect("right after it");
        clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(120)).await.expect("and another");
        block(&clinic, (TOMORROW_9.plus_minutes(240), TOMORROW_9.plus_minutes(300)), "team meeting").await;
        // a gap of 25 minutes is too short for an appointment of 30
        copies(&clinic, &clinic.row(id).await, vec![(TOMORROW_9.plus_minutes(130), 10), (TOMORROW_9.plus_minutes(175), 65)]).await;
        let day = day_of(&clinic, me, TOMORROW).await;
        assert_eq!(lines(&day), [
            "9am to 10am free 60",
            "10am to 10:30am Booked",
            "10:30am to 11am Booked",
            "11am to 11:30am Booked, overlaps",
            "11:10am to 11:20am Booked, overlaps",
            "11:55am to 1pm Booked",
            "1pm to 2pm Blocked: team meeting",
            "2pm to 5pm free 180",
        ]);
        assert_eq!(day.summary, "5 booked, 8 free");
        assert_eq!((day.title.as_str(), day.is_today), ("Tuesday 6 January", false));
        assert_eq!((day.previous.as_str(), day.next.as_str()), ("2026-01-05", "2026-01-07"));
        assert_eq!(day.owner.slug, "", "a doctor's own links name no doctor");
        clinic.clock.set(TOMORROW_9.plus_minutes(31));
        let day = day_of(&clinic, me, TOMORROW).await;
        assert!(day.is_today);
        assert_eq!(lines(&day)[0], "10am to 10:30am Booked", "what is left before it is too short");
        clinic.clock.set(TOMORROW_9.plus_minutes(301).plus_seconds(30));
        assert_eq!(lines(&day_of(&clinic, me, TOMORROW).await).last().expect("a line"), "2:05pm to 5pm free 175");
    }

    async fn a_time_that_a_patient_is_booking_is_not_free_while_it_is_held(clinic: TestClinic) {
        let me = doctor(&clinic, 0).await;
        let request = clinic.request(0, TOMORROW_9);
        docslot::booking::server::hold(&clinic.app, browser("b"), request).await.expect("a hold");
        let held = ["9am to 9:30am A patient is booking this time", "9:30am to 5pm free 450"];
        assert_eq!(lines(&day_of(&clinic, me, TOMORROW).await), held);
        clinic.clock.advance_seconds(10 * 60);
        assert_eq!(lines(&day_of(&clinic, me, TOMORROW).await), ["9am to 5pm free 480"]);
    }

    async fn a_day_says_why_it_is_closed(clinic: TestClinic) {
        let me = doctor(&clinic, 0).await;
        let (own, place) = (clinic.doctors[0].id, clinic.london);
        clinic
            .write(move |mut tx| Box::pin(async move {
                let conn = &mut tx;
                let sql = "insert into closures (id, location_id, first_date, last_date, reason) values ($1, $2, $3, $3, 'Stocktaking')";
                let date: docslot::time::server::LocalDate = "2026-01-08".parse().expect("a date");
                on!(conn, |c| sqlx::query(sql).bind(Uuid::now_v7()).bind(place).bind(date).execute(c).await?.rows_affected());
                let sql = "insert into overrides (id, doctor_id, local_date, kind) values ($1, $2, $3, 'closed')";
                let date = date.plus_days(1);
                on!(conn, |c| sqlx::query(sql).bind(Uuid::now_v7()).bind(own).bind(date).execute(c).await?.rows_affected());
                Ok::<_, Error>(())
            }))
            .await;
        // two days off from Saturday noon
        block(&clinic, (TOMORROW_9.plus_minutes(4 * DAY + 180), TOMORROW_9.plus_minutes(6 * DAY + 180)), "").await;
        assert_eq!(lines(&day_of(&clinic, me, "2026-01-08").await), ["all day Riverside is closed: Stocktaking"]);
        assert_eq!(lines(&day_of(&clinic, me, "2026-01-09").await), ["all day No appointments at Riverside on this date"]);
        assert_eq!(lines(&day_of(&clinic, me, "2026-01-10").await), ["9am to 12 noon free 180", "12 noon to midnight Blocked"]);
        let sunday = day_of(&clinic, me, "2026-01-11").await;
        assert_eq!((lines(&sunday), sunday.summary.as_str()), (vec!["all day Blocked".to_owned()], "No appointments"));
        let wrong = agenda_day(&clinic.app, &me, "", Some("2026-02-30")).await;
        assert!(matches!(wrong, Err(AppError::Invalid { .. })), "{wrong:?}");
    }

    async fn requests_of_any_coming_day_stand_on_top_with_their_limit(clinic: TestClinic) {
        let me = doctor(&clinic, 0).await;
        let far = request(&clinic, clinic.patient().await, TOMORROW_9.plus_minutes(9 * DAY)).await;
        let near = request(&clinic, clinic.patient().await, TOMORROW_9).await;
        let day = day_of(&clinic, me, "2026-01-05").await;
        let seen: Vec<_> = day.requests.iter().map(|appointment| (appointment.id, appointment.day.as_str(), appointment.answer_by.as_deref())).collect();
        assert_eq!(seen, [
            (near, "Tuesday 6 January", Some("before it starts")),
            (far, "Thursday 15 January", Some("by Thursday 8 January, 8am")),
        ]);
        assert_eq!(day.other_requests, 2);
        let own = day_of(&clinic, me, TOMORROW).await;
        assert_eq!(own.summary, "15 free, 1 waiting for approval");
        let others: Vec<_> = own.requests.iter().map(|appointment| appointment.id).collect();
        assert_eq!((others, own.other_requests), (vec![far], 1), "the request of the day itself stands in the day");
        clinic.clock.set(NOW.plus_minutes(3 * DAY));
        assert!(day_of(&clinic, me, "2026-01-05").await.requests.is_empty(), "both ran out");
    }

    async fn what_can_be_done_follows_the_hour(clinic: TestClinic) {
        let me = doctor(&clinic, 0).await;
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        let appointment = async |at: Timestamp| {
            clinic.clock.set(at);
            let day = day_of(&clinic, me, TOMORROW).await;
            let found = day.entries.into_iter().find_map(|entry| match entry {
                AgendaEntry::Appointment(appointment) => Some(*appointment),
                _ => None,
            });
            found.expect("the appointment")
        };
        let early = appointment(NOW).await;
        assert_eq!((early.marks.len(), early.can_move, early.can_cancel, early.state), (0, true, true, AgendaState::Coming));
        assert_eq!(appointment(TOMORROW_9).await.marks, [Attendance::Arrived, Attendance::Completed, Attendance::NoShow]);
        let over = appointment(TOMORROW_9.plus_minutes(30)).await;
        assert_eq!((over.state, over.can_move, over.can_cancel), (AgendaState::Unclear, false, false));
        note_attendance(&clinic.app, me, id, over.version, Attendance::Completed).await.expect("completed");
        let done = appointment(TOMORROW_9.plus_minutes(30)).await;
        assert_eq!((done.state, done.marks), (AgendaState::Done, vec![Attendance::Undo]));
        assert!(appointment(TOMORROW_9.plus_minutes(30 + 3 * DAY + 1)).await.marks.is_empty());
    }

    async fn doctors_see_their_own_and_staff_see_all(clinic: TestClinic) {
        let (me, other) = (doctor(&clinic, 0).await, doctor(&clinic, 1).await);
        let (staff, patient) = (clinic.user(Role::Admin).await, clinic.patient().await);
        clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let app = &clinic.app;
        let appointments = async |actor: Actor, slug: &str| {
            let day = agenda_day(app, &actor, slug, Some(TOMORROW)).await?;
            let week = agenda_week(app, &actor, slug, Some(TOMORROW)).await?;
            let list = agenda_list(app, &actor, slug, Show::All, 1).await?;
            assert_eq!((&day.owner, &day.owner), (&week.owner, &list.owner));
            let days = week.days.iter().flat_map(|day| &day.entries);
            let week = days.filter(|entry| matches!(entry.what, WeekThing::Appointment { .. })).count();
            let day = day.entries.iter().filter(|entry| matches!(entry, AgendaEntry::Appointment(_))).count();
            Ok::<_, AppError>((day, week, list.appointments.len()))
        };
        assert_eq!(appointments(me, "").await, Ok((1, 1, 1)));
        assert_eq!(appointments(me, "doctor-1").await, Ok((1, 1, 1)));
        assert_eq!(appointments(other, "").await, Ok((0, 0, 0)));
        assert_eq!(appointments(other, "doctor-1").await, Err(AppError::NotFound));
        assert_eq!(appointments(staff, "doctor-1").await, Ok((1, 1, 1)));
        assert_eq!(appointments(staff, "doctor-2").await, Ok((0, 0, 0)));
        for slug in ["", "nobody"] {
            assert_eq!(appointments(staff, slug).await, Err(AppError::NotFound), "{slug:?}");
        }
        assert_eq!(appointments(patient, "doctor-1").await, Err(AppError::Forbidden));
        let week = agenda_week(app, &patient, "", Some("nonsense")).await;
        assert_eq!(week.err(), Some(AppError::Forbidden), "who asks comes before what is asked");
    }

    async fn a_week_puts_overlapping_appointments_side_by_side(clinic: TestClinic) {
        let me = doctor(&clinic, 0).await;
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        copies(&clinic, &clinic.row(id).await, vec![(TOMORROW_9.plus_minutes(10), 60), (TOMORROW_9.plus_minutes(120), 20)]).await;
        clinic.clock.set(TOMORROW_9.plus_minutes(DAY));
        let week = agenda_week(&clinic.app, &me, "", Some(TOMORROW)).await.expect("a week");
        assert_eq!(week.title, "Monday 5 to Sunday 11 January", "the doctor works every day");
        assert_eq!((week.hours.first().map(String::as_str), week.hours.len()), (Some("9am"), 8));
        let tuesday = &week.days[1];
        assert_eq!((tuesday.lanes, tuesday.is_today), (2, false));
        let places: Vec<_> = tuesday.entries.iter().map(|entry| (entry.row, entry.rows, entry.lane)).collect();
        assert_eq!(places, [(0, 6, 1), (2, 12, 2), (24, 4, 0)], "free time of the past is not shown");
        let next = agenda_week(&clinic.app, &me, "", Some(&week.next)).await.expect("the next week");
        assert!(next.days.iter().all(|day| day.entries.len() == 1), "a free day is one gap");
        let turn = agenda_week(&clinic.app, &me, "", Some("2026-03-31")).await.expect("a week");
        assert_eq!(turn.title, "Monday 30 March to Sunday 5 April");
        clinic.execute("delete from weekly_hours where weekday > 3").await.expect("fewer hours");
        let short = agenda_week(&clinic.app, &me, "", Some("2027-01-04")).await.expect("a week");
        assert_eq!(short.title, "Monday 4 to Friday 8 January 2027");
    }

    async fn a_week_begins_with_what_is_still_to_come_and_shows_today(clinic: TestClinic) {
        let me = doctor(&clinic, 0).await;
        clinic.execute("delete from weekly_hours where weekday > 5").await.expect("no weekends");
        let week = async |of: Option<&str>| agenda_week(&clinic.app, &me, "", of).await.expect("a week");
        // Sunday 11 January
        clinic.clock.set(TOMORROW_9.plus_minutes(5 * DAY));
        let coming = week(None).await;
        assert_eq!((coming.title.as_str(), coming.is_this_week), ("Sunday 11 to Friday 16 January", true));
        assert_eq!(coming.days.iter().map(|day| day.is_today).collect::<Vec<_>>(), [true, false, false, false, false, false]);
        assert_eq!((coming.previous.as_str(), coming.next.as_str()), ("2026-01-05", "2026-01-19"));
        let past = week(Some("2026-01-07")).await;
        assert_eq!((past.title.as_str(), past.is_this_week), ("Monday 5 to Sunday 11 January", false), "with today");
        assert_eq!(past.next, "2026-01-12");
        // Saturday 10 January, a day without hours
        clinic.clock.set(TOMORROW_9.plus_minutes(4 * DAY));
        let saturday = week(None).await;
        assert_eq!((saturday.title.as_str(), saturday.is_this_week), ("Monday 5 to Saturday 10 January", true));
        assert!(saturday.days.last().is_some_and(|day| day.is_today && day.entries.is_empty()));
        clinic.clock.set(TOMORROW_9);
        assert_eq!(week(None).await.title, "Monday 5 to Friday 9 January");
    }

    async fn a_day_is_printed_with_what_a_desk_needs_and_no_reason(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = sign_in(&clinic, &web, "doctor@example.org", Role::Doctor).await;
        let patient = clinic.patient().await;
        let hold = docslot::booking::server::hold(&clinic.app, crate::clinic::person(patient), clinic.request(0, TOMORROW_9)).await.expect("a hold");
        docslot::booking::server::save_details(&clinic.app, crate::clinic::person(patient), hold, "SECRET-REASON", "020 7946 0333").await.expect("details");
        docslot::booking::server::confirm(&clinic.app, crate::clinic::person(patient), hold).await.expect("a booking");
        let page = browser.get(&format!("/doctor?date={TOMORROW}")).await;
        assert!(page.body.contains("class=\"print-only\"") && page.text().contains("Dr doctor-1, Tuesday 6 January"), "{}", page.text());
        assert!(page.text().contains("020 7946 0333") && !page.body.contains("SECRET-REASON"), "{}", page.text());
    }

    async fn a_week_of_200_appointments_stays_small(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = sign_in(&clinic, &web, "doctor@example.org", Role::Doctor).await;
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(7 * DAY)).await.expect("a booking");
        let monday = TOMORROW_9.plus_minutes(6 * DAY);
        let appointments = (0..200).filter(|n| *n != 40).map(|n| (monday.plus_minutes(n / 40 * DAY + n % 40 * 12), 12));
        copies(&clinic, &clinic.row(id).await, appointments.collect()).await;
        let page = browser.get("/doctor/week?of=2026-01-14").await;
        assert_eq!(page.status, 200);
        assert_eq!(page.attributes("href=\"/appointments/", "href").len(), 200);
        assert!(page.text().contains("200 booked"), "{}", page.text());
        println!("a week of 200 appointments: {} bytes", page.body.len());
        assert!(page.body.len() < 60_000, "{} bytes", page.body.len());
        assert!(!page.body.contains("style="), "no inline style");
    }

    async fn the_list_has_fifty_appointments_a_page_and_can_be_narrowed(clinic: TestClinic) {
        let me = doctor(&clinic, 0).await;
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        let more = (1..60).map(|n| (TOMORROW_9.plus_minutes(n / 10 * DAY + n % 10 * 30), 30));
        copies(&clinic, &clinic.row(id).await, more.collect()).await;
        request(&clinic, clinic.patient().await, TOMORROW_9.plus_minutes(20 * DAY)).await;
        let list = async |show, page| agenda_list(&clinic.app, &me, "", show, page).await.expect("a list");
        let first = list(Show::All, 1).await;
        assert_eq!((first.counts, first.pages, first.appointments.len()), ([61, 1, 60], 2, 50));
        assert!(first.appointments.iter().all(|appointment| !appointment.overlaps));
        let last = list(Show::All, 99).await;
        assert_eq!((last.page, last.appointments.len()), (2, 11));
        assert_eq!(list(Show::All, 0).await.page, 1);
        assert_eq!(list(Show::Waiting, 1).await.appointments[0].day, "Monday 26 January");
        assert_eq!(list(Show::Booked, 2).await.appointments.len(), 10);
        clinic.clock.set(TOMORROW_9.plus_minutes(29));
        assert_eq!(list(Show::Booked, 1).await.counts[2], 60, "under way");
        clinic.clock.set(TOMORROW_9.plus_minutes(30));
        assert_eq!(list(Show::Booked, 1).await.counts[2], 59, "over");
    }

    async fn an_appointment_is_noted_without_scripts(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = sign_in(&clinic, &web, "doctor@example.org", Role::Doctor).await;
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        clinic.clock.set(TOMORROW_9);
        let press = async |browser: &mut Browser, page: &crate::web::Answer, mark: &str| {
            assert!(page.attributes("name=\"mark\"", "value").iter().any(|value| value == mark), "{}", page.text());
            let version = page.attributes("name=\"version\"", "value").remove(0);
            let fields = [("id", id.to_string()), ("version", version), ("mark", mark.to_owned())];
            let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
            let answer = browser.post("/fn/booking/attendance", &fields).await;
            let (next, line) = answer.location().split_once('#').unwrap_or((answer.location(), ""));
            let page = browser.get(next).await;
            assert!(line.is_empty() || page.body.contains(&format!("id=\"{line}\"")), "{line}");
            page
        };
        let first = browser.get("/doctor").await;
        assert_eq!(first.status, 200);
        let page = press(&mut browser, &first, "arrived").await;
        assert_eq!((page.status, browser.page.as_str(), clinic.status(id).await), (200, "/doctor", Status::Arrived));
        let page = press(&mut browser, &page, "completed").await;
        assert_eq!(clinic.status(id).await, Status::Completed);
        assert_eq!(page.attributes("name=\"mark\"", "value"), ["undo"]);
        // the first page is still open in another tab
        let stale = press(&mut browser, &first, "no_show").await;
        assert_eq!(stale.status, 409);
        assert!(stale.text().contains("This is how it stands now") && stale.text().contains("Completed"), "{}", stale.text());
        let page = browser.get("/doctor").await;
        press(&mut browser, &page, "undo").await;
        assert_eq!(clinic.status(id).await, Status::Booked);

        let foreign = browser.post("/fn/booking/attendance", &[("id", &Uuid::now_v7().to_string()), ("mark", "arrived")]).await;
        assert_eq!(browser.get(foreign.location()).await.status, 404);
        let odd = browser.post("/fn/booking/attendance", &[("id", &id.to_string()), ("mark", "eaten")]).await;
        assert_eq!(browser.get(odd.location()).await.status, 422);
    }

    async fn pages_of_the_agenda_keep_the_doctor_that_staff_look_at(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = sign_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        let own = sign_in(&clinic, &web, "doctor@example.org", Role::Doctor).await;
        request(&clinic, clinic.patient().await, TOMORROW_9).await;
        for path in ["/doctor", "/doctor/week", "/doctor/list"] {
            let page = staff.get(&format!("{path}?doctor=doctor-1")).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(page.text().contains("Dr doctor-1"), "{}", page.text());
            let links = page.attributes("href=\"/doctor", "href");
            let lost: Vec<_> = links
                .iter()
                .filter(|href| !href.starts_with("/doctors") && !href.contains("doctor=doctor-1"))
                .collect();
            assert!(links.len() > 10 && lost.is_empty(), "{path}: {lost:?}");
            assert_eq!(staff.get(path).await.status, 404, "{path} of nobody");
            let mut own = own.clone();
            let page = own.get(path).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(!page.body.contains("?doctor="), "{path}");
            assert_eq!(own.get(&format!("{path}?doctor=doctor-2")).await.status, 404, "{path}");
        }
    }

    async fn a_patient_reads_that_a_request_ran_out(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = sign_in(&clinic, &web, "ana@example.org", Role::Patient).await;
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        let doctor = clinic.doctors[0].clone();
        browser.get(&format!("/doctors/{}/times?visit_type={}", doctor.slug, doctor.visit_type)).await;
        let start = TOMORROW_9.plus_minutes(9 * DAY).0.to_string();
        let fields = [("doctor", doctor.slug.as_str()), ("visit_type", &doctor.visit_type.to_string()), ("start", &start)];
        let details = browser.post("/fn/booking/hold", &fields).await.location().to_owned();
        let id = details.trim_start_matches("/book/").to_owned();
        browser.submit("/fn/booking/confirm", &[("id", &id)]).await;
        let page = browser.get(&format!("/appointments/{id}")).await;
        assert!(page.text().contains("The doctor answers by Thursday 8 January, 8am."), "{}", page.text());
        clinic.clock.set(NOW.plus_minutes(3 * DAY));
        docslot::booking::server::expire_requests(&clinic.app).await.expect("the job");
        let page = browser.get(&format!("/appointments/{id}")).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("The clinic did not answer in time") && page.text().contains("Book again"), "{}", page.text());
        let list = browser.get("/appointments?tab=cancelled").await;
        assert!(list.text().contains("Ran out") && list.text().contains("Book again"), "{}", list.text());
        let form = browser.get(&format!("/book/{id}")).await;
        assert!(form.body.contains(&format!("href=\"/appointments/{id}\"")), "the old form leads to the request");
    }
}

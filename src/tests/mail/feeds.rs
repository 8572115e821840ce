//! Private calendar feeds: what they hold, for whom, and for how long.

use docslot::{
    accounts::Role,
    error::AppError,
    notifications::{model::MAX_FEEDS, server::feeds},
    on,
    web::request::Actor,
};
use icalendar::parser::{Component, read_calendar, unfold};

use super::pages::signed_in;
use crate::{
    booking::{DAY, cancel, reschedule},
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    web::{Answer, Browser, Web},
};

async fn doctor(clinic: &TestClinic) -> Actor {
    let (actor, doctor) = (clinic.user(Role::Doctor).await, clinic.doctors[0].id);
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "update doctors set person_id = $2 where id = $1";
                on!(tx, |c| sqlx::query(sql).bind(doctor).bind(actor.user).execute(c).await?.rows_affected());
                Ok(())
            })
        })
        .await;
    actor
}

/// The path of a new feed.
async fn feed(clinic: &TestClinic, who: Actor, with_names: bool) -> String {
    let link = feeds::make(&clinic.app, who, with_names).await.expect("a feed");
    link[link.find("/calendar/").expect("a path")..].to_owned()
}

/// Every event: its properties in the order asked for.
fn events(answer: &Answer, names: &[&str]) -> Vec<Vec<String>> {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "text/calendar; charset=utf-8"),
        "{}",
        answer.body
    );
    assert!(answer.body.split("\r\n").all(|line| line.len() <= 75) && answer.body.ends_with("END:VCALENDAR\r\n"));
    let unfolded = unfold(&answer.body);
    let calendar = read_calendar(&unfolded).expect("a calendar");
    let get =
        |event: &Component<'_>, name: &str| event.find_prop(name).map_or(String::new(), |found| found.val.to_string());
    assert!(calendar.properties.iter().any(|property| property.name == "METHOD" && property.val.as_str() == "PUBLISH"));
    calendar.components.iter().map(|event| names.iter().map(|name| get(event, name)).collect()).collect()
}

async fn last_read(clinic: &TestClinic) -> i64 {
    clinic.count("select count(*) from calendar_feeds where last_read_at is not null").await
}

async fn with(browser: &mut Browser, path: &str, header: (&str, &str)) -> Answer {
    browser.send("GET", path, &[header], "").await
}

both_databases! {
    async fn a_patients_feed_is_their_appointments_each_one_event_through_its_moves(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let patient = clinic.patient().await;
        let first = clinic.book(patient, 0, TOMORROW_9.plus_minutes(2 * DAY)).await.expect("a booking");
        let second = clinic.book(patient, 1, TOMORROW_9.plus_minutes(3 * DAY)).await.expect("a booking");
        clinic.book(clinic.patient().await, 2, TOMORROW_9).await.expect("another person's");
        let path = feed(&clinic, patient, true).await;
        let mut program = web.browser();
        let names = ["UID", "SEQUENCE", "DTSTART", "SUMMARY", "STATUS"];
        let summary = "Appointment, Docslot Clinic";
        let event = |uid, sequence: &str, start: &str| vec![format!("{uid}@docslot"), sequence.to_owned(), start.to_owned(), summary.to_owned(), "CONFIRMED".to_owned()];
        let read = program.get(&path).await;
        assert_eq!(events(&read, &names), [event(first, "1", "20260108T090000Z"), event(second, "1", "20260109T090000Z")]);
        assert_eq!(read.body.matches("SUMMARY:Appointment\\, Docslot Clinic\r\n").count(), 2, "a comma is escaped");
        assert_eq!(read.body.matches("TRIGGER:-PT2H").count(), 2);
        assert_eq!(program.get(&path).await.body, read.body, "the same as long as nothing changed");

        clinic.clock.advance_seconds(60);
        let moved = reschedule(&clinic, patient, first, TOMORROW_9.plus_minutes(4 * DAY)).await.expect("moving");
        let read = program.get(&path).await;
        let found = events(&read, &names);
        assert_eq!((found.len(), &found[1][0], found[1][2].as_str()), (2, &format!("{first}@docslot"), "20260110T090000Z"));
        assert!(found[1][1].parse::<i64>().expect("a number") > 1);
        cancel(&clinic, patient, moved).await.expect("cancelling");
        assert_eq!(events(&program.get(&path).await, &names), [event(second, "1", "20260109T090000Z")]);
        // 30 days back, and no further
        clinic.clock.set(TOMORROW_9.plus_minutes(33 * DAY - 1));
        assert_eq!(events(&program.get(&path).await, &names).len(), 1);
        clinic.clock.set(TOMORROW_9.plus_minutes(33 * DAY));
        assert_eq!(events(&program.get(&path).await, &names).len(), 0);
    }

    async fn a_doctors_feed_is_busy_times_and_names_only_when_chosen(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let doctor = doctor(&clinic).await;
        let appointment = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        clinic.book(clinic.patient().await, 1, TOMORROW_9).await.expect("another doctor's");
        let (busy, named) = (feed(&clinic, doctor, false).await, feed(&clinic, doctor, true).await);
        let names = ["UID", "SUMMARY", "LOCATION", "DESCRIPTION"];
        let read = web.browser().get(&busy).await;
        assert_eq!(events(&read, &names), [[format!("{appointment}@docslot"), "Busy".to_owned(), String::new(), String::new()]]);
        for word in ["Test Person", "Riverside", "Consultation", &clinic.row(appointment).await.reference, "VALARM"] {
            assert!(!read.body.contains(word), "{}", read.body);
        }
        let read = web.browser().get(&named).await;
        assert_eq!(events(&read, &names)[0][1..3], ["Test Person".to_owned(), "Riverside, 4 Mill Lane".to_owned()]);
        assert!(!read.body.contains("Consultation"), "{}", read.body);
    }

    async fn a_feed_that_did_not_change_is_not_sent_again(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9.plus_minutes(2 * DAY)).await.expect("a booking");
        let path = feed(&clinic, patient, false).await;
        let mut program = web.browser();
        assert_eq!(program.get(&path).await.header("last-modified"), "", "the second of the change may not be over");
        clinic.clock.advance_seconds(10);
        let read = program.get(&path).await;
        let (tag, date) = (read.header("etag").to_owned(), read.header("last-modified").to_owned());
        assert_eq!((date.as_str(), read.header("cache-control")), ("Mon, 05 Jan 2026 08:00:00 GMT", "private, no-cache"));
        for header in [("if-none-match", tag.as_str()), ("if-none-match", &format!("\"other\", {tag}")), ("if-modified-since", &date)] {
            let same = with(&mut program, &path, header).await;
            assert_eq!((same.status, same.body.as_str(), same.header("etag")), (304, "", tag.as_str()), "{header:?}");
        }
        cancel(&clinic, patient, id).await.expect("cancelling");
        clinic.clock.advance_seconds(10);
        for header in [("if-none-match", tag.as_str()), ("if-modified-since", &date)] {
            assert_eq!(with(&mut program, &path, header).await.status, 200, "{header:?}");
        }
    }

    async fn a_feed_ends_with_its_recall_and_with_the_account(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (patient, other) = (clinic.patient().await, clinic.patient().await);
        let path = feed(&clinic, patient, false).await;
        let id = feeds::list(&clinic.app, patient).await.expect("a list").feeds[0].id;
        assert_eq!(feeds::revoke(&clinic.app, other, id).await, Err(AppError::NotFound));
        assert_eq!(web.browser().get(&path).await.status, 200);
        clinic.execute("update persons set status = 'suspended'").await.expect("a suspension");
        assert_eq!(web.browser().get(&path).await.status, 404);
        clinic.execute("update persons set status = 'active'").await.expect("a return");
        assert_eq!(web.browser().get(&path).await.status, 200);
        for _ in 0..2 {
            feeds::revoke(&clinic.app, patient, id).await.expect("a recall");
        }
        let known = with(&mut web.browser(), &path, ("if-none-match", "*")).await;
        assert_eq!((web.browser().get(&path).await.status, known.status), (404, 404));
        for path in ["/calendar/nothing.ics", &format!("/calendar/{}.ics", "A".repeat(43)), path.trim_end_matches(".ics")] {
            assert_eq!(web.browser().get(path).await.status, 404, "{path}");
        }
        for _ in 0..MAX_FEEDS {
            feed(&clinic, patient, false).await;
        }
        assert_eq!(feeds::make(&clinic.app, patient, false).await, Err(AppError::Conflict));
        assert_eq!(feeds::make(&clinic.app, clinic.user(Role::Admin).await, false).await, Err(AppError::Forbidden));
    }

    async fn reading_is_noted_once_an_hour(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let path = feed(&clinic, clinic.patient().await, false).await;
        web.browser().get(&path).await;
        // written apart from the answer
        for _ in 0..100 {
            if last_read(&clinic).await == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        assert_eq!(last_read(&clinic).await, 1);
        clinic.execute("update calendar_feeds set last_read_at = created_at").await.expect("a note");
        clinic.clock.advance_seconds(3_599);
        web.browser().get(&path).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(clinic.count("select count(*) from calendar_feeds where last_read_at = created_at").await, 1);
    }

    async fn the_address_of_a_feed_is_shown_once_and_stored_nowhere(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut patient = signed_in(&clinic, &web, "patient@example.org", Role::Patient).await;
        let page = patient.get("/account/calendar").await;
        assert!(page.text().contains("Make a private address") && !page.text().contains("names"), "{}", page.text());
        let page = patient.submit("/fn/account/make_feed", &[]).await;
        let address = page.attributes("id=\"feed-address\"", "value").pop().expect("an address");
        let path = &address[address.find("/calendar/").expect("a path")..];
        assert_eq!(web.browser().get(path).await.status, 200);
        let again = patient.get("/account/calendar").await;
        assert!(!again.body.contains(path.trim_end_matches(".ics")), "it is shown once");
        assert!(again.text().contains("Private addresses in use"), "{}", again.text());
        let token = path.trim_start_matches("/calendar/").trim_end_matches(".ics").to_owned();
        let hash = docslot::random::token_hash(&token);
        let stored = clinic.write(move |mut tx| {
            let hash = hash.clone();
            Box::pin(async move {
                let sql = "select count(*) from calendar_feeds where token_hash = $1";
                let found: i64 = on!(tx, |c| sqlx::query_scalar(sql).bind(&hash).fetch_one(c).await?);
                Ok(found)
            })
        }).await;
        assert_eq!(stored, 1, "as its hash");
        let id = again.attributes("name=\"id\"", "value").pop().expect("a feed");
        patient.get("/account/calendar").await;
        let page = patient.submit("/fn/account/revoke_feed", &[("id", &id)]).await;
        assert!(!page.text().contains("Private addresses in use"), "{}", page.text());
        assert_eq!(web.browser().get(path).await.status, 404);

        let mut doctor = signed_in(&clinic, &web, "doctor@example.org", Role::Doctor).await;
        assert!(doctor.get("/account/calendar").await.text().contains("Put the patients’ names into it"));
        let page = doctor.submit("/fn/account/make_feed", &[("with_names", "true")]).await;
        assert!(page.text().contains("Names"), "{}", page.text());
    }
}

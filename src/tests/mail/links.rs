//! The link to one appointment: what it shows, what it lets do, and when it is dead.

use docslot::{ids::AppointmentId, on, state::AppState, web::request::Actor};
use tokio::sync::watch;

use super::{Round, Worker, link, newest_to, plain, send_all, sending_to};
use crate::{
    booking::{DAY, cancel, reschedule},
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    smtp_sink::Sink,
    web::{Answer, Browser, Web},
};

/// A booked appointment of Thursday 8 January, and the path of its message's link.
async fn booked(clinic: &TestClinic, app: &AppState, sink: &Sink) -> (Actor, AppointmentId, String) {
    let patient = clinic.patient().await;
    let id = clinic.book(patient, 0, TOMORROW_9.plus_minutes(2 * DAY)).await.expect("a booking");
    send_all(app).await;
    (patient, id, link(&newest_to(sink, patient.user), "/appointment/"))
}

fn token(path: &str) -> &str {
    path.trim_start_matches("/appointment/")
}

async fn cancel_by_link(browser: &mut Browser, path: &str) -> Answer {
    browser.get(&format!("{path}?cancel=yes")).await;
    browser.submit("/fn/appointment/cancel", &[("token", token(path)), ("reason", "cannot_attend")]).await
}

async fn one_round(app: &AppState) -> Round {
    let (_keep, stop) = watch::channel(false);
    Worker::open(app).expect("a worker").expect("a way to send").round(&stop).await.expect("a round")
}

both_databases! {
    async fn a_link_shows_what_the_message_says_and_nothing_more(clinic: TestClinic) {
        clinic.execute("update visit_types set name = 'Chemotherapy', instructions = 'Fasting'").await.expect("a visit type");
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let web = Web::serve(&app).await;
        let (patient, id, path) = booked(&clinic, &app, &sink).await;
        clinic.book(patient, 1, TOMORROW_9.plus_minutes(3 * DAY)).await.expect("another one");
        clinic.write(move |mut tx| Box::pin(async move {
            let sql = "update appointments set reason = 'a lump' where id = $1";
            on!(tx, |c| sqlx::query(sql).bind(id).execute(c).await?.rows_affected());
            Ok(())
        })).await;
        let reference = clinic.row(id).await.reference;
        let page = web.browser().get(&path).await;
        assert_eq!(page.status, 200);
        for words in ["Thursday 8 January", "9am to 9:30am", "London time", "Dr doctor-1", "4 Mill Lane", "020 7946 0000", &reference, "Add to calendar", "Choose a new time", "Cancel appointment"] {
            assert!(page.text().contains(words), "no {words}: {}", page.text());
        }
        for path in [path.clone(), format!("{path}?cancel=yes")] {
            let page = web.browser().get(&path).await;
            for word in ["Chemotherapy", "Fasting", "a lump", "Test Person", "@example.org", "9 January"] {
                assert!(!page.body.contains(word), "{path} says {word}");
            }
            assert!(page.header("cache-control").contains("no-store"), "{}", page.header("cache-control"));
            let links = page.attributes("href=", "href");
            let with_secret: Vec<&String> = links.iter().filter(|href| href.contains(token(&path).trim_end_matches("?cancel=yes"))).collect();
            assert!(with_secret.iter().all(|href| href.starts_with("/appointment/")), "{with_secret:?}");
            let title = page.body.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).expect("a title").0;
            assert!(title.starts_with("Your appointment") || title.starts_with("Cancel your appointment?"), "{title}");
        }
        let file = web.browser().get(&format!("{path}/calendar.ics")).await;
        assert_eq!((file.status, file.header("content-type")), (200, "text/calendar; charset=utf-8"));
        assert!(file.body.contains(&format!("UID:{id}@docslot")) && file.body.contains("TRIGGER:-PT2H"), "{}", file.body);
    }

    async fn opening_a_link_changes_nothing_and_sending_its_form_cancels_once(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let web = Web::serve(&app).await;
        let (patient, id, path) = booked(&clinic, &app, &sink).await;
        let before = clinic.row(id).await;
        for path in [path.clone(), format!("{path}?cancel=yes"), format!("{path}/calendar.ics")] {
            assert_eq!(web.browser().get(&path).await.status, 200);
            assert_eq!(web.browser().send("HEAD", &path, &[], "").await.status, 200);
        }
        assert_eq!(clinic.row(id).await.version, before.version);
        assert_eq!(clinic.count("select count(*) from mail_links where used_at is not null").await, 0);
        // nor does a form of another site
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
        let sent = web.browser().send("POST", "/fn/appointment/cancel", &headers, &format!("token={}", token(&path))).await;
        assert_eq!(sent.status, 403);

        let mut browser = web.browser();
        let page = cancel_by_link(&mut browser, &path).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Your appointment is cancelled"), "{}", page.text());
        // the button was pressed twice
        let page = cancel_by_link(&mut browser, &path).await;
        assert!(page.text().contains("Your appointment is cancelled"), "{}", page.text());
        let row = clinic.row(id).await;
        assert_eq!((row.status, row.version), (docslot::booking::Status::Cancelled, before.version + 1));
        assert_eq!(clinic.count("select count(*) from appointment_events where action = 'cancel' and actor_role = 'patient'").await, 1);
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'appointments_cancelled'").await, 1);
        // a person who opens the message later
        let page = web.browser().get(&path).await;
        assert!(page.text().contains("This link is out of date"), "{}", page.text());
        send_all(&app).await;
        assert!(plain(&newest_to(&sink, patient.user)).starts_with("Your appointment is cancelled, as you asked."));
    }

    async fn a_link_dies_with_any_change_and_the_next_message_has_a_new_one(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let web = Web::serve(&app).await;
        let (patient, id, path) = booked(&clinic, &app, &sink).await;
        let moved = reschedule(&clinic, patient, id, TOMORROW_9.plus_minutes(2 * DAY + 60)).await.expect("moving");
        let page = web.browser().get(&path).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("This link is out of date") && !page.text().contains("Dr doctor-1"), "{}", page.text());
        assert_eq!(web.browser().get(&format!("{path}/calendar.ics")).await.status, 404);
        let page = cancel_by_link(&mut web.browser(), &path).await;
        assert_eq!(page.status, 409);
        assert_eq!(clinic.status(moved).await, docslot::booking::Status::Booked);

        send_all(&app).await;
        let newer = link(&newest_to(&sink, patient.user), "/appointment/");
        assert!(web.browser().get(&newer).await.text().contains("10am to 10:30am"));
        cancel(&clinic, patient, moved).await.expect("cancelling");
        assert!(web.browser().get(&newer).await.text().contains("This link is out of date"));
    }

    async fn a_link_tells_of_the_request_to_move_and_cancels_both(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let web = Web::serve(&app).await;
        let (patient, id, path) = booked(&clinic, &app, &sink).await;
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        let later = clinic.row(id).await.starts_at.plus_minutes(60);
        let first = reschedule(&clinic, patient, id, later).await.expect("a request");
        send_all(&app).await;
        let of_request = link(&newest_to(&sink, patient.user), "/appointment/");
        let page = web.browser().get(&of_request).await;
        assert!(page.text().contains("until the new time is accepted") && page.text().contains("Withdraw the request"), "{}", page.text());
        let page = cancel_by_link(&mut web.browser(), &of_request).await;
        assert!(page.text().contains("Your request is withdrawn"), "{}", page.text());
        let states = (clinic.status(id).await, clinic.status(first).await);
        assert_eq!(states, (docslot::booking::Status::Booked, docslot::booking::Status::Cancelled));

        let second = reschedule(&clinic, patient, id, later).await.expect("a request");
        let page = web.browser().get(&path).await;
        assert!(page.text().contains("You asked for another time"), "the link of the appointment is good: {}", page.text());
        let page = web.browser().get(&format!("{path}?cancel=yes")).await;
        assert!(page.text().contains("ends too"), "{}", page.text());
        let page = cancel_by_link(&mut web.browser(), &path).await;
        assert!(page.text().contains("Your appointment is cancelled"), "{}", page.text());
        let states = (clinic.status(id).await, clinic.status(second).await);
        assert_eq!(states, (docslot::booking::Status::Cancelled, docslot::booking::Status::Cancelled));
    }

    async fn a_link_is_over_when_the_appointment_starts_and_ends_with_the_account(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let web = Web::serve(&app).await;
        let (_, id, path) = booked(&clinic, &app, &sink).await;
        let start = clinic.row(id).await.starts_at;
        clinic.execute("update persons set status = 'suspended' where role = 'patient'").await.expect("a suspension");
        for path in [path.clone(), format!("{path}/calendar.ics"), "/appointment/nothing".to_owned(), format!("/appointment/{}", "A".repeat(43))] {
            assert_eq!(web.browser().get(&path).await.status, 404, "{path}");
        }
        clinic.execute("update persons set status = 'active'").await.expect("a return");
        clinic.clock.set(start.plus_seconds(-1));
        assert!(web.browser().get(&path).await.text().contains("Dr doctor-1"));
        clinic.clock.set(start);
        let page = web.browser().get(&path).await;
        assert!(page.text().contains("This link is no longer in use") && !page.text().contains("Dr doctor-1"), "{}", page.text());
        assert_eq!(web.browser().get(&format!("{path}/calendar.ics")).await.status, 404);
        assert_eq!(cancel_by_link(&mut web.browser(), &path).await.status, 409);
        assert_eq!(clinic.status(id).await, docslot::booking::Status::Booked);
    }

    async fn the_rules_of_late_cancelling_hold_for_links(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let web = Web::serve(&app).await;
        let (_, late, path) = booked(&clinic, &app, &sink).await;
        clinic.execute("update visit_types set late_cancel = 'deny'").await.expect("a rule");
        let (_, denied, closed) = {
            let patient = clinic.patient().await;
            let id = clinic.book(patient, 1, TOMORROW_9.plus_minutes(2 * DAY)).await.expect("a booking");
            send_all(&app).await;
            (patient, id, link(&newest_to(&sink, patient.user), "/appointment/"))
        };
        clinic.clock.set(TOMORROW_9.plus_minutes(2 * DAY - 60));
        let page = web.browser().get(&closed).await;
        assert!(page.text().contains("It is too late to change this appointment online") && !page.text().contains("Cancel appointment"), "{}", page.text());
        assert_eq!(cancel_by_link(&mut web.browser(), &closed).await.status, 409);
        assert_eq!(clinic.status(denied).await, docslot::booking::Status::Booked);
        let page = web.browser().get(&path).await;
        assert!(!page.text().contains("Choose a new time") && page.text().contains("Cancel appointment"), "{}", page.text());
        cancel_by_link(&mut web.browser(), &path).await;
        assert!(clinic.row(late).await.cancelled_late);
    }

    async fn an_appointment_that_changes_while_its_message_is_made_is_looked_at_again(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let web = Web::serve(&app).await;
        let patient = clinic.patient().await;
        clinic.book(patient, 0, TOMORROW_9.plus_minutes(2 * DAY)).await.expect("a booking");
        // the appointment changes right after the link was made
        match clinic.app.db.pools {
            docslot::db::Pools::Sqlite { .. } => {
                clinic.execute("create trigger meanwhile after insert on mail_links begin
                    update appointments set version = version + 1 where id = new.appointment_id; end").await.expect("a trigger");
            }
            docslot::db::Pools::Postgres(_) => {
                clinic.execute("create function meanwhile() returns trigger language plpgsql as $$ begin
                    update appointments set version = version + 1 where id = new.appointment_id; return new; end $$").await.expect("a function");
                clinic.execute("create trigger meanwhile after insert on mail_links for each row execute function meanwhile()").await.expect("a trigger");
            }
        }
        let round = one_round(&app).await;
        assert_eq!((round.claimed, round.sent, round.later), (1, 0, 1));
        assert_eq!(clinic.count("select count(*) from outbox where state = 'queued' and attempts = 0 and leased_until is null").await, 1);
        assert!(sink.emails().is_empty(), "no dead link is sent");
        match clinic.app.db.pools {
            docslot::db::Pools::Sqlite { .. } => clinic.execute("drop trigger meanwhile").await.expect("no trigger"),
            docslot::db::Pools::Postgres(_) => clinic.execute("drop trigger meanwhile on mail_links").await.expect("no trigger"),
        };
        assert_eq!(one_round(&app).await.sent, 1);
        let path = link(&newest_to(&sink, patient.user), "/appointment/");
        assert!(web.browser().get(&path).await.text().contains("Dr doctor-1"), "the link that is sent is alive");
    }
}

//! The staff's page of messages.

use docslot::{accounts::Role, on};

use super::{fill, send_all, sending_to};
use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    smtp_sink::{Answer, Sink},
    web::{Browser, Web},
};

pub async fn signed_in(clinic: &TestClinic, web: &Web, email: &'static str, role: Role) -> Browser {
    let at_once = web.without_mail().await;
    let mut browser = at_once.browser();
    browser.get("/register").await;
    let fields =
        [("name", "Ana Novak"), ("email", email), ("phone", ""), ("password", "quiet green bicycle"), ("next", "/")];
    assert_eq!(browser.post("/fn/register", &fields).await.status, 303);
    browser.address = web.address;
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "update persons set role = $2 where email = $1";
                on!(tx, |c| sqlx::query(sql).bind(email).bind(role).execute(c).await?.rows_affected());
                // the message by which they confirm their address is not what these tests look at
                on!(tx, |c| sqlx::query("delete from outbox").execute(c).await?.rows_affected());
                Ok(())
            })
        })
        .await;
    browser
}

both_databases! {
    async fn staff_see_what_waits_and_what_failed_and_try_it_again(clinic: TestClinic) {
        let sink = Sink::start(|n, _| if n == 0 { Answer::Refuse("554 5.7.1 no") } else { Answer::Accept }).await;
        let app = sending_to(&clinic, &sink);
        let web = Web::serve(&app).await;
        let mut staff = signed_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        let page = staff.get("/admin/outbox").await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("No messages are waiting to be sent.") && page.text().contains("No messages here"), "{}", page.text());

        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        send_all(&app).await;
        clinic.book(clinic.patient().await, 1, TOMORROW_9).await.expect("a booking");
        clinic.clock.advance_seconds(3 * 3_600);
        let page = staff.get("/admin/outbox").await;
        let text = page.text();
        for words in ["1 message has been waiting to be sent for 3 hours.", "Appointment booked", "Test Person", "Monday 5 January, 8am", "The mail server refused the message", "Retry"] {
            assert!(text.contains(words), "no {words}: {text}");
        }
        assert!(!page.body.contains("example.org") && !text.contains("Tuesday 6 January"), "addresses and texts stay out");
        let page = staff.get("/admin/outbox?state=failed").await;
        assert!(page.text().contains("The mail server refused the message"));
        assert!(!staff.get("/admin/outbox?state=sent").await.text().contains("Test Person"));

        let id = page.attributes("name=\"id\"", "value").pop().expect("a failed message");
        let page = staff.submit("/fn/admin/retry_message", &[("id", &id)]).await;
        assert!(page.text().contains("2 messages are waiting to be sent"), "{}", page.text());
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'message.retried'").await, 1);
        assert_eq!(send_all(&app).await.sent, 2);
        let again = staff.submit("/fn/admin/retry_message", &[("id", &id)]).await;
        assert_eq!(again.status, 409);
        assert!(again.text().contains("This has changed since you opened the page"), "{}", again.text());
        let nothing = uuid::Uuid::now_v7().to_string();
        staff.get("/admin/outbox").await;
        assert_eq!(staff.submit("/fn/admin/retry_message", &[("id", &nothing)]).await.status, 404);
    }

    async fn only_staff_see_messages(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut patient = signed_in(&clinic, &web, "patient@example.org", Role::Patient).await;
        let mut doctor = signed_in(&clinic, &web, "doctor@example.org", Role::Doctor).await;
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin"), ("accept", "*/*")];
        let id = format!("id={}", uuid::Uuid::now_v7());
        for (mut browser, status) in [(web.browser(), 401), (patient.clone(), 403), (doctor.clone(), 403)] {
            for (path, form) in [("/fn/admin/outbox", ""), ("/fn/admin/retry_message", id.as_str())] {
                assert_eq!(browser.send("POST", path, &headers, form).await.status, status, "{path}");
            }
        }
        assert_eq!(patient.get("/admin/outbox").await.status, 403);
        assert_eq!(doctor.get("/admin/outbox").await.status, 403);
    }

    async fn staff_are_told_when_no_mail_is_sent_at_all(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = signed_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        assert!(staff.get("/admin/outbox").await.text().contains("No mail is sent"));
    }

    async fn a_long_outbox_is_shown_in_pages_of_50(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = signed_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        fill(&clinic, patient.user, id, 70).await;
        for (path, rows) in [("/admin/outbox", 50), ("/admin/outbox?page=2", 21), ("/admin/outbox?page=99&state=queued", 21)] {
            let page = staff.get(path).await;
            assert_eq!(page.attributes("scope=\"row\"", "scope").len(), rows, "{path}");
        }
    }
}

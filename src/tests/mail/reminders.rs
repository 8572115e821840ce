//! Reminders: at their moment, once, only while they are true and wanted; and the one click that stops them.

use docslot::{
    accounts::Role, config::DaysBefore, ids::PersonId, notifications::server::reminders::enqueue_due, on,
    state::AppState, time::Timestamp, web::request::Actor,
};

use super::{link, newest_to, pages::signed_in, parsed, plain, send_all, sending_to, with_mail};
use crate::{
    booking::{DAY, cancel, reschedule},
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic},
    smtp_sink::Sink,
    web::Web,
};

/// Minutes from 9am to 2pm.
const TO_2PM: i64 = 5 * 60;

fn with_reminders(app: &AppState, days: &[i64], hour: u16) -> AppState {
    let mut settings = (*app.settings).clone();
    settings.mail.reminder_days = days.iter().map(|days| DaysBefore(*days)).collect();
    settings.mail.reminder_hour = hour;
    app.with_settings(settings)
}

async fn due(app: &AppState) -> usize {
    enqueue_due(app).await.expect("looking for reminders")
}

/// Leaves nothing but reminders to send.
async fn only_reminders(clinic: &TestClinic) {
    clinic.execute("update outbox set state = 'suppressed' where kind <> 'reminder'").await.expect("out of the way");
}

async fn switch_off(clinic: &TestClinic, person: PersonId) {
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "update persons set reminders = $2 where id = $1";
                on!(tx, |c| sqlx::query(sql).bind(person).bind(false).execute(c).await?.rows_affected());
                Ok(())
            })
        })
        .await;
}

async fn in_state(clinic: &TestClinic, state: &'static str) -> i64 {
    match state {
        "sent" => clinic.count("select count(*) from outbox where kind = 'reminder' and state = 'sent'").await,
        _ => clinic.count("select count(*) from outbox where kind = 'reminder' and state = 'suppressed'").await,
    }
}

async fn user_named(clinic: &TestClinic, email: &'static str) -> PersonId {
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "select id from persons where email = $1";
                let user: PersonId = on!(tx, |c| sqlx::query_scalar(sql).bind(email).fetch_one(c).await?);
                Ok(user)
            })
        })
        .await
}

both_databases! {
    async fn a_patient_is_reminded_at_2pm_a_week_and_a_day_before_and_once_each(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let patient = clinic.patient().await;
        // Thursday 15 January
        let start = TOMORROW_9.plus_minutes(9 * DAY);
        let id = clinic.book(patient, 0, start).await.expect("a booking");
        send_all(&app).await;
        for days in [7, 1] {
            let moment = start.plus_minutes(TO_2PM - days * DAY);
            clinic.clock.set(moment.plus_seconds(-1));
            assert_eq!(due(&app).await, 0, "{days} days before: too early");
            clinic.clock.set(moment);
            // several processes look at the same time
            let (first, second) = tokio::join!(due(&app), due(&app));
            assert!(first + second > 0, "{days} days before");
            assert_eq!(due(&app).await, 0, "it is written already");
            let round = send_all(&app).await;
            assert_eq!((round.sent, round.suppressed), (1, 0), "{days} days before");
        }
        clinic.clock.set(start.plus_minutes(-121));
        assert_eq!(due(&app).await, 0);
        assert_eq!(sink.emails().len(), 3);

        let email = newest_to(&sink, patient.user);
        assert_eq!(parsed(&email).subject(), Some("Reminder: your appointment on Thursday 15 January at 9am"));
        let (appointment, stop, reference) = (link(&email, "/appointment/"), link(&email, "/reminders/"), clinic.row(id).await.reference);
        let expected = format!("This is a reminder of your appointment. If you cannot come, please cancel it.\n\nWhen:      Thursday 15 January 2026, 9am to 9:30am (London time)\nDoctor:    Dr doctor-1\nWhere:     Riverside, 4 Mill Lane\nPhone:     020 7946 0000\nReference: {reference}\n\nTo see, move or cancel it:\nhttps://clinic.example{appointment}\n\nQuestions? Call Docslot Clinic on 020 7946 0100.\n\nTo stop reminders:\nhttps://clinic.example{stop}\n");
        assert_eq!(plain(&email), expected);
        let message = parsed(&email);
        let unfolded = |name: &str| message.header_raw(name).map(|value| value.split_whitespace().collect::<String>());
        assert_eq!(unfolded("List-Unsubscribe"), Some(format!("<https://clinic.example{stop}>")));
        assert_eq!(unfolded("List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
        assert_eq!(message.attachment_count(), 0);
    }

    async fn the_clock_of_the_place_counts_through_a_change_of_the_clocks(clinic: TestClinic) {
        // London's clocks go forward on Sunday 29 March 2026
        clinic.clock.set(NOW.plus_minutes(70 * DAY));
        let start = NOW.plus_minutes(84 * DAY);
        clinic.book(clinic.patient().await, 0, start).await.expect("Monday 30 March, 9am");
        clinic.clock.set(NOW.plus_minutes(83 * DAY + 5 * 60 - 1));
        assert_eq!(due(&clinic.app).await, 0);
        clinic.clock.advance_seconds(60);
        assert_eq!(due(&clinic.app).await, 1, "2pm in London is 1pm UTC by then");
    }

    async fn no_reminder_is_sent_for_an_appointment_that_was_agreed_after_the_moment(clinic: TestClinic) {
        let moment = TOMORROW_9.plus_minutes(TO_2PM - DAY);
        clinic.clock.set(moment.plus_minutes(-60));
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking before");
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        let accepted = clinic.book(clinic.patient().await, 1, TOMORROW_9).await.expect("a request");
        clinic.book(clinic.patient().await, 2, TOMORROW_9).await.expect("a request that waits");
        clinic.execute("update visit_types set needs_approval = (1 = 0)").await.expect("a rule");
        clinic.clock.set(moment.plus_minutes(60));
        clinic.book(clinic.patient().await, 3, TOMORROW_9).await.expect("a booking after");
        clinic.answer(clinic.user(Role::Admin).await, accepted, true).await.expect("accepting");
        assert_eq!(due(&clinic.app).await, 1, "only the first one");
        assert_eq!(due(&clinic.app).await, 0);
    }

    async fn no_reminder_is_sent_after_a_cancellation_a_move_or_the_switch(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let start = TOMORROW_9.plus_minutes(8 * DAY);
        let mut patients: Vec<Actor> = Vec::new();
        let mut appointments = Vec::new();
        for doctor in 0..4 {
            patients.push(clinic.patient().await);
            appointments.push(clinic.book(patients[doctor], doctor, start).await.expect("a booking"));
        }
        clinic.clock.set(start.plus_minutes(TO_2PM - 7 * DAY));
        assert_eq!(due(&app).await, 4);
        clinic.clock.advance_seconds(60);
        cancel(&clinic, patients[0], appointments[0]).await.expect("cancelling");
        reschedule(&clinic, patients[1], appointments[1], start.plus_minutes(DAY)).await.expect("moving");
        switch_off(&clinic, patients[2].user).await;
        only_reminders(&clinic).await;
        send_all(&app).await;
        assert_eq!((in_state(&clinic, "suppressed").await, in_state(&clinic, "sent").await), (3, 1));
        assert_eq!(newest_to(&sink, patients[3].user).to, format!("{}@example.org", patients[3].user));
        // the day before, only those that stand and whose patients want it
        clinic.clock.set(start.plus_minutes(TO_2PM - DAY));
        assert_eq!(due(&app).await, 1);
    }

    async fn after_an_outage_a_reminder_comes_late_and_not_too_late(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = with_reminders(&sending_to(&clinic, &sink), &[1], 14);
        // Tuesday, 3pm
        let start = TOMORROW_9.plus_minutes(6 * 60);
        clinic.book(clinic.patient().await, 0, start).await.expect("a booking");
        clinic.clock.set(start.plus_minutes(-120));
        assert_eq!(due(&app).await, 0, "two hours before, it is of no use");
        clinic.clock.set(start.plus_minutes(-121));
        assert_eq!(due(&app).await, 1);
        // written, and then mail was away
        clinic.clock.set(start.plus_minutes(-119));
        only_reminders(&clinic).await;
        assert_eq!(send_all(&app).await.suppressed, 1);

        let week = with_reminders(&app, &[7], 14);
        let later = TOMORROW_9.plus_minutes(20 * DAY);
        clinic.book(clinic.patient().await, 1, later).await.expect("a booking");
        let moment = later.plus_minutes(TO_2PM - 7 * DAY);
        clinic.clock.set(moment.plus_minutes(DAY));
        assert_eq!(due(&week).await, 0, "a day late is too late");
        clinic.clock.set(moment.plus_minutes(DAY - 1));
        assert_eq!(due(&week).await, 1);
        clinic.clock.advance_seconds(24 * 3_600);
        only_reminders(&clinic).await;
        assert_eq!(send_all(&week).await.suppressed, 1);
    }

    async fn settings_say_when_and_an_empty_list_is_never(clinic: TestClinic) {
        let start = TOMORROW_9.plus_minutes(9 * DAY);
        let patient = clinic.patient().await;
        clinic.book(patient, 0, start).await.expect("a booking");
        clinic.clock.set(start.plus_minutes(-2 * DAY));
        assert_eq!(due(&with_reminders(&clinic.app, &[], 9)).await, 0);
        assert_eq!(due(&with_reminders(&clinic.app, &[2], 10)).await, 0);
        switch_off(&clinic, patient.user).await;
        assert_eq!(due(&with_reminders(&clinic.app, &[2], 9)).await, 0, "none for a patient who switched them off");
        clinic.execute("update persons set reminders = (1 = 1)").await.expect("a choice");
        assert_eq!(due(&with_reminders(&clinic.app, &[2], 9)).await, 1);
    }

    async fn one_click_stops_reminders_and_nothing_else(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = with_mail(&clinic, &sink.url(), 1);
        let web = Web::serve(&app).await;
        let mut patient = signed_in(&clinic, &web, "patient@example.org", Role::Patient).await;
        let user = user_named(&clinic, "patient@example.org").await;
        let actor = Actor { user, ..clinic.patient().await };
        let start = TOMORROW_9.plus_minutes(9 * DAY);
        clinic.book(actor, 0, start).await.expect("a booking");
        send_all(&app).await;
        clinic.clock.set(start.plus_minutes(TO_2PM - 7 * DAY));
        assert_eq!(due(&app).await, 1);
        send_all(&app).await;
        let email = sink.emails().into_iter().rfind(|email| plain(email).contains("/reminders/")).expect("a reminder");
        let stop = link(&email, "/reminders/");
        let off = "select count(*) from persons where not reminders";
        let rest = "select sum(version) + (select count(*) from outbox) * 1000
            + (select count(*) from sessions where revoked_at is null) * 100000 from appointments";
        let before = clinic.count(rest).await;

        // a mail scanner opens the link; another site sends a form
        let mut scanner = web.browser();
        let page = scanner.get(&stop).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Stop reminders for your appointments?"), "{}", page.text());
        assert!(page.header("cache-control").contains("no-store"));
        let elsewhere = page.body.replace(&format!("name=\"form_page\" value=\"{stop}\""), "");
        assert!(elsewhere.len() < page.body.len(), "forms that come back to the page name it");
        assert!(!elsewhere.contains(stop.trim_start_matches("/reminders/")), "the secret stands nowhere else in the page");
        assert_eq!(scanner.send("HEAD", &stop, &[], "").await.status, 200);
        let foreign = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "cross-site")];
        assert_eq!(scanner.send("POST", &stop, &foreign, "List-Unsubscribe=One-Click").await.status, 403);
        assert_eq!(clinic.count(off).await, 0);

        // RFC 8058: no cookies, no origin, either encoding
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let multipart = [("content-type", "multipart/form-data; boundary=x")];
        let body = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
        for (headers, body) in [(&form, "List-Unsubscribe=One-Click"), (&multipart, body)] {
            clinic.execute("update persons set reminders = (1 = 1)").await.expect("a choice");
            assert_eq!(web.browser().send("POST", &stop, headers, body).await.status, 200);
            assert_eq!(clinic.count(off).await, 1);
        }
        assert_eq!(clinic.count(rest).await, before, "and nothing else");
        assert_eq!(web.browser().send("POST", "/reminders/nothing", &form, "").await.status, 404);

        // the page's own form, and the way back
        let answer = web.browser().post(&stop, &[]).await;
        assert_eq!((answer.status, answer.location()), (303, stop.as_str()));
        assert!(web.browser().get(&stop).await.text().contains("Reminders are off"));
        patient.get("/account/notifications").await;
        let page = patient.submit("/fn/account/choose_messages", &[("wanted", "yes")]).await;
        assert!(page.text().contains("Your choice is saved."), "{}", page.text());
        assert_eq!(clinic.count(off).await, 0);
        let page = patient.submit("/fn/account/choose_messages", &[("wanted", "perhaps")]).await;
        assert_eq!(page.status, 422);
        patient.submit("/fn/account/choose_messages", &[("wanted", "no")]).await;
        assert_eq!(clinic.count(off).await, 1);

        clinic.clock.advance_seconds(366 * 24 * 3_600);
        assert_eq!(web.browser().send("POST", &stop, &form, "").await.status, 404, "a year later");
    }
}

#[test]
fn the_moments_of_these_tests_are_what_they_say() {
    assert_eq!(NOW, Timestamp(1_767_600_000));
    assert_eq!(TOMORROW_9, NOW.plus_minutes(25 * 60));
}

//! The one page that is left after a time is held.

use docslot::booking::server::{self as booking, HoldRequest};

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic, person},
    front_desk::doctor,
    process::register,
    questions::ask,
    web::{Answer, Browser, Web},
};

/// Holds a time of the first doctor and returns the id of the hold.
async fn hold(clinic: &TestClinic, browser: &mut Browser) -> String {
    let doctor = &clinic.doctors[0];
    let (kind, start) = (doctor.visit_type.to_string(), TOMORROW_9.0.to_string());
    let fields = [("doctor", doctor.slug.as_str()), ("visit_type", &kind), ("start", &start)];
    browser.post("/fn/booking/hold", &fields).await.location().trim_start_matches("/book/").to_owned()
}

/// The address to which a button leads that keeps what was typed.
fn change(page: &Answer, words: &str) -> String {
    let button = page.body.split("<button").find(|button| button.contains(&format!(">{words}<"))).expect(words);
    assert!(button.contains("formaction=\"/fn/booking/details\""), "{button}");
    let value = button.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an address");
    value.replace("&amp;", "&")
}

both_databases! {
    async fn one_page_takes_everything_and_books(clinic: TestClinic) {
        let own = doctor(&clinic, 0).await;
        ask(&clinic, own, "Where does it hurt?", "text", true).await;
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        register(&mut browser).await;
        let id = hold(&clinic, &mut browser).await;
        let page = browser.get(&format!("/book/{id}")).await;
        for words in ["Not booked yet", "Tuesday 6 January 2026", "Questions from Dr doctor-1", "Reason for your appointment"] {
            assert!(page.text().contains(words), "{words}: {}", page.text());
        }
        let version = page.attributes("name=\"version\"", "value").pop().expect("of the questions");
        let fields = |reason, phone, answer| {
            [("id", id.as_str()), ("reason", reason), ("phone", phone), ("version", version.as_str()), ("answers[q1]", answer)]
        };
        let refused = browser.submit("/fn/booking/confirm", &fields("a cough", "x", " ")).await;
        assert_eq!(refused.status, 422);
        for words in ["Enter a phone number", "Answer the question \u{201C}Where does it hurt?\u{201D}"] {
            assert_eq!(refused.text().matches(words).count(), 2, "in the summary and beside the field: {}", refused.text());
        }
        assert!(refused.body.contains("href=\"#phone\"") && refused.body.contains("href=\"#q1\""));
        assert!(refused.text().contains("a cough"), "{}", refused.text());
        assert_eq!(refused.attributes("name=\"phone\"", "value"), ["x"]);
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked'").await, 0);

        let done = format!("/appointments/{id}/done");
        let booked = browser.post("/fn/booking/confirm", &fields("a cough", "020 7946 0100", "the knee")).await;
        assert_eq!(booked.location(), done);
        // pressed twice: the same appointment, as it was booked
        assert_eq!(browser.post("/fn/booking/confirm", &fields("no", "", "no")).await.location(), done);
        let booked = "select count(*) from appointments where status = 'booked' and reason is not null";
        assert_eq!(clinic.count(booked).await, 1);
        let page = browser.get(&format!("/appointments/{id}")).await;
        for words in ["a cough", "the knee"] {
            assert!(page.text().contains(words), "{words}: {}", page.text());
        }
        assert!(browser.get(&format!("/book/{id}")).await.text().contains("already confirmed"));
    }

    async fn a_time_that_is_lost_on_the_last_page_leads_to_the_nearest_ones_with_what_was_typed(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        register(&mut browser).await;
        let id = hold(&clinic, &mut browser).await;
        clinic.clock.advance_seconds(3_600);
        let patient = clinic.patient().await;
        clinic.book(patient, 0, TOMORROW_9).await.expect("booked");
        browser.get(&format!("/book/{id}")).await;
        let lost = browser.submit("/fn/booking/confirm", &[("id", &id), ("reason", "a cough"), ("phone", "")]).await;
        assert_eq!(lost.status, 409);
        assert!(lost.text().contains("Nearest free times") && lost.text().contains("Your details are kept"), "{}", lost.text());
        assert!(!lost.body.contains("/fn/booking/confirm"), "nothing is left to confirm");
        let near = lost.body.split("name=\"start\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a time");
        let doctor = &clinic.doctors[0];
        let kind = doctor.visit_type.to_string();
        let fields = [("doctor", doctor.slug.as_str()), ("visit_type", &kind), ("previous", &id), ("start", near)];
        let next = browser.submit("/fn/booking/hold", &fields).await;
        assert!(next.text().contains("a cough"), "{}", next.text());
    }

    async fn who_changes_the_time_first_finds_what_was_typed_again_whether_it_was_right_or_not(clinic: TestClinic) {
        let own = doctor(&clinic, 0).await;
        ask(&clinic, own, "What do you weigh?", "number", true).await;
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        register(&mut browser).await;
        let id = hold(&clinic, &mut browser).await;
        let page = browser.get(&format!("/book/{id}")).await;
        let to = change(&page, "Change the time");
        assert!(to.starts_with("/doctors/doctor-1/times?visit_type=") && to.ends_with(&format!("&hold={id}")), "{to}");
        assert_eq!(change(&page, "Change the visit type"), "/doctors/doctor-1");
        assert_eq!(change(&page, "Change the doctor"), "/doctors");
        let version = page.attributes("name=\"version\"", "value").pop().expect("of the questions");
        let typed = [
            ("id", id.as_str()),
            ("reason", "a cough"),
            ("phone", "no number"),
            ("version", &version),
            ("answers[q1]", "seventy"),
            ("to", &to),
        ];
        assert_eq!(browser.post("/fn/booking/details", &typed).await.location(), to);
        let times = browser.get(&to).await;
        assert_eq!(times.status, 200, "what is wrong waits: {}", times.text());
        let doctor = &clinic.doctors[0];
        let (kind, later) = (doctor.visit_type.to_string(), TOMORROW_9.plus_minutes(60).0.to_string());
        let fields = [("doctor", doctor.slug.as_str()), ("visit_type", &kind), ("previous", &id), ("start", &later)];
        let next = browser.submit("/fn/booking/hold", &fields).await;
        assert!(next.status == 200 && next.text().contains("a cough") && next.text().contains("10am"), "{}", next.text());
        assert_eq!(next.attributes("name=\"answers[q1]\"", "value"), ["seventy"]);
        // no address of another website is followed
        let id = browser.page.trim_start_matches("/book/").to_owned();
        for to in ["//evil.example", "https://evil.example/", "evil", ""] {
            let kept = browser.post("/fn/booking/details", &[("id", &id), ("to", to)]).await;
            assert_eq!(kept.location(), format!("/book/{id}"), "{to}");
        }
    }

    async fn questions_that_come_while_the_page_is_open_are_asked_before_anything_is_booked(clinic: TestClinic) {
        let own = doctor(&clinic, 0).await;
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        register(&mut browser).await;
        let id = hold(&clinic, &mut browser).await;
        browser.get(&format!("/book/{id}")).await;
        let key = ask(&clinic, own, "Where does it hurt?", "text", true).await;
        let typed = [("id", id.as_str()), ("reason", "a cough"), ("phone", "")];
        let asked = browser.submit("/fn/booking/confirm", &typed).await;
        assert_eq!(asked.status, 422);
        assert!(asked.text().contains("There is a problem Answer the question"), "{}", asked.text());
        assert!(asked.body.contains(&format!("id=\"q{key}\"")) && asked.text().contains("a cough"), "{}", asked.text());
        let version = asked.attributes("name=\"version\"", "value").pop().expect("of the questions");
        ask(&clinic, own, "Since when?", "text", true).await;
        let typed = [("id", id.as_str()), ("reason", "a cough"), ("version", &version), ("answers[q1]", "the knee")];
        let changed = browser.submit("/fn/booking/confirm", &typed).await;
        assert_eq!(changed.status, 409);
        assert!(changed.text().contains("The questions have changed since you opened this page"), "{}", changed.text());
        assert!(changed.text().contains("the knee") && changed.text().contains("Since when?"), "{}", changed.text());
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked'").await, 0);
    }

    async fn what_was_typed_for_the_chosen_hold_goes_before_that_of_an_empty_one(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let first = booking::hold(&clinic.app, person(patient), clinic.request(0, TOMORROW_9)).await.expect("a hold");
        booking::save_details(&clinic.app, person(patient), first, "a cough", "020 7946 0100").await.expect("kept");
        // it runs out, and another time is held from another page
        clinic.clock.advance_seconds(3_600);
        let other = clinic.request(0, TOMORROW_9.plus_minutes(60));
        let second = booking::hold(&clinic.app, person(patient), other).await.expect("a hold");
        let again = HoldRequest { previous: Some(first), ..clinic.request(0, TOMORROW_9.plus_minutes(120)) };
        let third = booking::hold(&clinic.app, person(patient), again).await.expect("a hold");
        assert_eq!((clinic.reason(second).await, clinic.reason(third).await), (String::new(), "a cough".to_owned()));
        // what was typed later stays where nothing came with the hold that is named
        booking::save_details(&clinic.app, person(patient), third, "a rash", "").await.expect("kept");
        let again = HoldRequest { previous: Some(second), ..clinic.request(0, TOMORROW_9.plus_minutes(180)) };
        let fourth = booking::hold(&clinic.app, person(patient), again).await.expect("a hold");
        assert_eq!(clinic.reason(fourth).await, "a rash");
    }
}

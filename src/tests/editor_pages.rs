//! The editor over HTTP, as a browser without scripts uses it.

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    editor::add_location,
    web::{Answer, Browser, Web},
};

/// A browser in which the first doctor is signed in.
async fn signed_in_doctor(clinic: &TestClinic, web: &Web) -> Browser {
    let mut browser = web.browser();
    browser.get("/register").await;
    let fields = [
        ("name", "Dr One"),
        ("email", "one@example.org"),
        ("phone", ""),
        ("password", "quiet green bicycle"),
        ("next", "/doctors"),
    ];
    assert_eq!(browser.post("/fn/register", &fields).await.location(), "/doctors");
    clinic.execute("update persons set role = 'doctor' where email = 'one@example.org'").await.expect("a role");
    clinic
        .execute(
            "update doctors set person_id = (select id from persons where email = 'one@example.org') where slug = 'doctor-1'",
        )
        .await
        .expect("a login");
    browser
}

async fn submit(browser: &mut Browser, path: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.submit(path, &fields).await
}

both_databases! {
    async fn the_week_is_edited_without_scripts(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = signed_in_doctor(&clinic, &web).await;
        let page = browser.get("/doctor/availability").await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Patients will see 112 times a week for Consultation"), "{}", page.text());
        let page = browser.get("/doctor/availability?day=2").await;
        assert_eq!(page.attributes("name=\"windows[0][from]\"", "value"), ["09:00"]);
        let ids = page.attributes(" id=\"", "id");
        let mut unique = ids.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), ids.len(), "ids are unique: {ids:?}");
        let location = clinic.london.to_string();
        let sent = |from: &'static str, more: &[(&'static str, &'static str)]| {
            let mut fields = vec![
                ("doctor".to_owned(), String::new()), ("version".into(), "1".into()), ("weekday".into(), "2".into()),
                ("windows[0][from]".into(), from.into()), ("windows[0][to]".into(), "12".into()), ("windows[0][location]".into(), location.clone()),
                ("windows[0][visit_type]".into(), String::new()), ("windows[0][since]".into(), "2026-01-05".into()),
                ("windows[0][until]".into(), String::new()), ("windows[0][every]".into(), "1".into()),
                ("windows[1][from]".into(), String::new()), ("windows[1][to]".into(), String::new()), ("windows[1][location]".into(), location.clone()),
            ];
            fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            fields
        };
        let page = submit(&mut browser, "/fn/availability/save_hours", &sent("half <past> nine", &[("copy[4]", "5")])).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("Enter a time, like 9, 9:30 or 17:30"), "{}", page.text());
        assert!(page.body.contains("half &lt;past> nine") || page.body.contains("half &lt;past&gt; nine"), "what was typed is kept");
        assert!(page.body.contains("href=\"#windows-0-from\""), "the summary leads to the field");
        assert_eq!(page.attributes(" checked", "name"), ["copy[4]"]);

        let patient = clinic.patient().await;
        clinic.book(patient, 0, TOMORROW_9).await.expect("9am");
        let page = submit(&mut browser, "/fn/availability/save_hours", &sent("930", &[("copy[4]", "5"), ("copy[6]", "7")])).await;
        assert_eq!(page.status, 409);
        assert!(page.text().contains("Tuesday 6 January, 9am") && page.text().contains("Save anyway; these appointments stay booked"), "{}", page.text());
        assert!(page.text().contains("With the new hours: Patients will see 79 times a week"), "{}", page.text());
        assert_eq!(page.attributes("name=\"keep_appointments\"", "value"), ["1"]);
        assert_eq!(page.attributes("name=\"windows[0][from]\"", "value"), ["930"]);
        let page = submit(&mut browser, "/fn/availability/save_hours", &sent("930", &[("copy[4]", "5"), ("copy[6]", "7"), ("keep_appointments", "1")])).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("The hours are saved") && page.text().contains("9:30am to 12 noon"), "{}", page.text());
        assert_eq!(page.text().matches("9:30am to 12 noon").count(), 3, "copied to two days: {}", page.text());
        assert!(page.text().contains("Patients will see 79 times a week for Consultation"), "as it was said: {}", page.text());

        // another tab still shows the first version
        browser.get("/doctor/availability?day=2").await;
        let page = submit(&mut browser, "/fn/availability/save_hours", &sent("8", &[])).await;
        assert_eq!(page.status, 409);
        assert!(page.text().contains("This is saved for Tuesday now: 9:30am to 12 noon"), "{}", page.text());
        assert_eq!(page.attributes("name=\"windows[0][from]\"", "value"), ["8"], "nothing typed is lost");
        assert_eq!(page.attributes("name=\"version\"", "value"), ["2"]);
    }

    async fn the_times_are_counted_before_anything_is_saved(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = signed_in_doctor(&clinic, &web).await;
        let page = browser.get("/doctor/availability?day=2").await;
        assert!(!page.text().contains("With these hours"), "nothing was typed");
        assert!(page.body.contains("formaction=\"/doctor/availability#times-count\""), "{}", page.body);
        let location = clinic.london.to_string();
        let address = |from: &str| {
            let fields = [
                ("form_page", "/doctor/availability?day=2"), ("version", "1"), ("weekday", "2"), ("windows[0][from]", from), ("windows[0][to]", "12"),
                ("windows[0][location]", &location), ("windows[0][every]", "1"), ("windows[1][from]", ""), ("copy[4]", "5"),
            ];
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            ["/doctor/availability?", &query].concat()
        };
        let page = browser.get(&address("930")).await;
        assert_eq!(page.status, 200);
        // 112 a week are 16 a day: two days have 10 instead
        assert!(page.text().contains("With these hours, which are not saved yet: Patients will see 90 times a week"), "{}", page.text());
        assert_eq!(page.attributes("name=\"windows[0][from]\"", "value"), ["930"], "as it was typed");
        assert_eq!(page.attributes(" checked", "name"), ["copy[4]"]);
        let own = page.attributes("name=\"form_page\"", "value");
        assert!(!own.is_empty() && own.iter().all(|page| page.contains("weekday=2") && !page.contains("form_page")), "{own:?}");
        assert!(page.body.contains("<details class=\"more\"") && !page.body.contains("<details class=\"more\" open"), "no date was typed");

        // saved meanwhile: what was counted does not overwrite it
        let other = [("doctor", ""), ("version", "1"), ("weekday", "3"), ("windows[0][from]", "9"), ("windows[0][to]", "17"), ("windows[0][location]", &location)];
        browser.post("/fn/availability/save_hours", &other).await;
        let page = browser.get(&address("930")).await;
        assert_eq!(page.attributes("name=\"version\"", "value"), ["1"]);
        let sent = [("doctor", ""), ("version", "1"), ("weekday", "2"), ("windows[0][from]", "930"), ("windows[0][to]", "12"), ("windows[0][location]", &location)];
        assert_eq!(browser.submit("/fn/availability/save_hours", &sent).await.status, 409);
        browser.get("/doctor/availability?day=2").await;

        let page = browser.get(&address("half nine")).await;
        assert!(page.text().contains("The times can be counted when all hours above are complete."), "{}", page.text());
        assert!(page.text().contains("Patients will see 112 times a week"), "what is saved stands beside it: {}", page.text());
        assert_eq!(page.attributes("name=\"windows[0][from]\"", "value"), ["half nine"]);
        let saved = browser.get("/doctor/availability").await;
        assert!(saved.text().contains("Patients will see 112 times a week"), "nothing was saved: {}", saved.text());
    }

    async fn the_fullest_day_comes_back_from_a_failed_form(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = signed_in_doctor(&clinic, &web).await;
        add_location(&clinic, "Harbour", "Europe/London").await;
        browser.get("/doctor/availability?day=2").await;
        let mut fields: Vec<(String, String)> = vec![("doctor".into(), String::new()), ("version".into(), "1".into()), ("weekday".into(), "2".into())];
        for row in 0..8 {
            for (part, value) in [
                ("from", format!("{}:30 am", row + 1)),
                ("to", format!("{}:15 am", row + 2)),
                ("location", clinic.london.to_string()),
                ("visit_type", clinic.doctors[0].visit_type.to_string()),
                ("since", "2026-01-05".into()),
                ("until", "31 12 2025".into()),
                ("every", "2".into()),
            ] {
                fields.push((format!("windows[{row}][{part}]"), value));
            }
        }
        fields.extend((0..7).map(|day| (format!("copy[{day}]"), (day + 1).to_string())));
        let page = submit(&mut browser, "/fn/availability/save_hours", &fields).await;
        assert_eq!(page.status, 422);
        for (name, value) in &fields[3..3 + 8 * 7] {
            if name.ends_with("[from]") || name.ends_with("[to]") || name.ends_with("[until]") {
                assert_eq!(page.attributes(&format!("name=\"{name}\""), "value"), std::slice::from_ref(value));
            }
        }
    }

    async fn dates_and_visit_types_are_edited_without_scripts(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = signed_in_doctor(&clinic, &web).await;
        browser.get("/doctor/overrides").await;
        let location = clinic.london.to_string();
        let fields = |change: &'static str, date: &'static str| {
            [("doctor", ""), ("version", "1"), ("date", date), ("change", change), ("windows[0][from]", "10"), ("windows[0][to]", "1 pm"), ("windows[0][location]", location.as_str())]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let page = submit(&mut browser, "/fn/availability/save_date", &fields("replace", "2026-01-01")).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("The date cannot be in the past"), "{}", page.text());
        assert_eq!(page.attributes("name=\"windows[0][to]\"", "value"), ["1 pm"]);
        let page = submit(&mut browser, "/fn/availability/save_date", &fields("replace", "2026-01-06")).await;
        assert!(page.text().contains("Tuesday 6 January Different hours 10am to 1pm"), "{}", page.text());
        let page = submit(&mut browser, "/fn/availability/remove_date", &[("version".into(), "2".into()), ("date".into(), "2026-01-06".into())]).await;
        assert!(page.text().contains("Every date has its weekly hours"), "{}", page.text());

        let visit_type = clinic.doctors[0].visit_type.to_string();
        let page = browser.get(&format!("/doctor/visit-types/{visit_type}")).await;
        assert_eq!(page.attributes("name=\"visit_type[minutes]\"", "value"), ["30"]);
        let mut fields: Vec<(String, String)> = vec![("version".into(), "3".into()), ("id".into(), visit_type.clone())];
        for (part, value) in [
            ("name", "Consultation"), ("mode", "video"), ("minutes", "many"), ("before", "-1"), ("after", "1500"), ("step", "30"), ("notice", "0"),
            ("notice_unit", "hours"), ("days_ahead", "60"), ("daily_cap", ""), ("audience", "any"), ("cutoff", "1"), ("cutoff_unit", "days"),
            ("late_cancel", "allow"), ("instructions", "</textarea><b>bold"), ("active", "true"),
        ] {
            fields.push((format!("visit_type[{part}]"), value.to_owned()));
        }
        let page = submit(&mut browser, "/fn/availability/save_visit_type", &fields).await;
        assert_eq!(page.status, 422);
        let text = page.text();
        for words in ["The length must be a whole number", "The time free before must be between 0 and 720", "The time free after must be between 0 and 720"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!page.body.contains("<b>bold"), "typed text does not run");
        for (name, value) in &mut fields {
            match name.as_str() {
                "visit_type[minutes]" => "15".clone_into(value),
                "visit_type[before]" | "visit_type[after]" => "0".clone_into(value),
                _ => {}
            }
        }
        let page = submit(&mut browser, "/fn/availability/save_visit_type", &fields).await;
        assert!(page.text().contains("15 minutes, by video, starts every 30 minutes"), "{}", page.text());
        browser.get(&format!("/doctor/visit-types/{visit_type}")).await;
        let page = submit(&mut browser, "/fn/availability/save_visit_type", &fields).await;
        assert_eq!(page.status, 409, "the same form again is a stale one");
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("an appointment");
        browser.get("/doctor/visit-types").await;
        let page = submit(&mut browser, "/fn/availability/remove_visit_type", &[("version".into(), "4".into()), ("id".into(), visit_type.clone())]).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("Stop offering it instead"), "{}", page.text());
        let page = submit(&mut browser, "/fn/availability/offer_visit_type", &[("version".into(), "4".into()), ("id".into(), visit_type), ("active".into(), "false".into())]).await;
        assert!(page.text().contains("online booking is closed"), "{}", page.text());
    }
}

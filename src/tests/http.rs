//! The whole way over HTTP, as a browser without scripts goes it, and what bad requests get.

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    web::{Browser, Web},
};

const PASSWORD: &str = "quiet green bicycle";

async fn register(browser: &mut Browser, email: &str, next: &str) {
    browser.get("/register").await;
    let fields = [("name", "Ana Novak"), ("email", email), ("phone", ""), ("password", PASSWORD), ("next", next)];
    let answer = browser.post("/fn/register", &fields).await;
    assert_eq!(answer.location(), next);
}

/// Holds a time of the first doctor and returns the address of its details.
async fn hold(clinic: &TestClinic, browser: &mut Browser, start: i64) -> String {
    let doctor = &clinic.doctors[0];
    browser.get(&format!("/doctors/{}/times?visit_type={}&day=2026-01-06", doctor.slug, doctor.visit_type)).await;
    let fields = [
        ("doctor", doctor.slug.as_str()),
        ("visit_type", &doctor.visit_type.to_string()),
        ("start", &start.to_string()),
    ];
    browser.post("/fn/booking/hold", &fields).await.location().to_owned()
}

both_databases! {
    async fn a_patient_books_moves_and_cancels_without_scripts(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        let page = browser.get("/doctors").await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Dr doctor-1"), "{}", page.text());

        let doctor = &clinic.doctors[0];
        let page = browser.get(&format!("/doctors/{}/times?visit_type={}&day=2026-01-06", doctor.slug, doctor.visit_type)).await;
        let times = page.attributes("name=\"start\"", "value");
        assert_eq!(times.len(), 16);
        assert_eq!(times[0], TOMORROW_9.0.to_string());

        let details = hold(&clinic, &mut browser, TOMORROW_9.0).await;
        let id = details.trim_start_matches("/book/").to_owned();
        let page = browser.get(&details).await;
        assert!(page.text().contains("Sign in"), "{}", page.text());
        register(&mut browser, "ana@example.org", &details).await;
        let page = browser.get(&details).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Not booked yet") && page.text().contains("Tuesday 6 January 2026"), "{}", page.text());
        let page = browser.submit("/fn/booking/confirm", &[("id", &id), ("reason", "a cough"), ("phone", "")]).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Tuesday 6 January 2026"), "{}", page.text());

        // the same form again: the same appointment
        let again = browser.post("/fn/booking/confirm", &[("id", &id)]).await;
        assert_eq!(again.location(), format!("/appointments/{id}/done"));
        let file = browser.get(&format!("/appointments/{id}/calendar.ics")).await;
        assert!(file.header("content-type").starts_with("text/calendar"));
        assert!(file.body.contains("DTSTART:20260106T090000Z"));

        let later = (TOMORROW_9.0 + 2 * 86_400).to_string();
        clinic.let_terms_change().await;
        clinic.execute("update appointment_terms set cutoff_minutes = 60").await.expect("an easier cut-off");
        let row = clinic.row(id.parse().expect("an id")).await;
        let moved = browser.post("/fn/booking/move", &[("id", &id), ("version", &row.version.to_string()), ("start", &later)]).await;
        let new = moved.location().trim_start_matches("/appointments/").trim_end_matches("/done").to_owned();
        assert_ne!(new, id);
        let version = clinic.row(new.parse().expect("an id")).await.version.to_string();
        let page = browser.submit("/fn/booking/cancel", &[("id", &new), ("version", &version), ("reason", "mistake")]).await;
        assert!(page.text().contains("Cancelled"), "{}", page.text());
        let list = browser.get("/appointments?tab=cancelled").await;
        assert!(list.text().contains("Thursday 8 January, 9am"), "{}", list.text());
    }

    async fn a_hold_says_how_many_minutes_are_left_on_every_page(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        let details = hold(&clinic, &mut browser, TOMORROW_9.0).await;
        let left = "We are holding this time for 10 more minutes";
        let wall = browser.get(&details).await;
        assert!(wall.text().contains("Sign in or create an account") && wall.text().contains(left), "{}", wall.text());
        for page in ["/sign-in", "/register"] {
            let text = browser.get(&format!("{page}?next={details}")).await.text();
            let kept = "Your time is kept: Tuesday 6 January 2026, 9am (London time)";
            assert!(text.contains(kept) && text.contains(left), "{page}: {text}");
        }
        register(&mut browser, "ana@example.org", &details).await;
        for (seconds, words) in [
            (0, left),
            (9 * 60, "We are holding this time for 1 more minute"),
            (1, "We are holding this time for less than a minute"),
            (60, "We stopped holding this time for you. Nothing you typed is lost."),
        ] {
            clinic.clock.advance_seconds(seconds);
            let text = browser.get(&details).await.text();
            assert!(text.contains(words), "{words}: {text}");
        }
    }

    async fn an_address_without_an_account_cannot_hold_the_whole_clinic(clinic: TestClinic) {
        let mut app = clinic.app.clone();
        let mut settings = (*app.settings).clone();
        settings.limits.holds = 2;
        app = app.with_settings(settings);
        let web = Web::serve(&app).await;
        for n in 0..2 {
            // a visitor who drops cookies is a new browser each time
            let held = hold(&clinic, &mut web.browser(), TOMORROW_9.0 + n * 1_800).await;
            assert!(held.starts_with("/book/"), "{held}");
        }
        let mut third = web.browser();
        let back = hold(&clinic, &mut third, TOMORROW_9.0 + 3_600).await;
        assert!(back.starts_with("/doctors/doctor-1/times"), "{back}");
        let page = third.get(&back).await;
        assert_eq!(page.status, 429);
        assert!(page.text().contains("Please wait"), "{}", page.text());
        assert_eq!(clinic.count("select count(*) from appointments").await, 2);

        let mut patient = web.browser();
        register(&mut patient, "ana@example.org", "/").await;
        let held = hold(&clinic, &mut patient, TOMORROW_9.0 + 3_600).await;
        assert!(held.starts_with("/book/"), "who has an account goes on: {held}");
    }

    async fn a_form_with_mistakes_comes_back_with_everything_but_the_password(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        browser.get("/register?next=/doctors").await;
        let fields = [("name", "Ana <Novak>"), ("email", "not-an-address"), ("phone", ""), ("password", "short-secret"), ("next", "/doctors")];
        let answer = browser.post("/fn/register", &fields).await;
        assert_eq!((answer.status, answer.location()), (303, "/register?next=/doctors"));
        let page = browser.get("/register?next=/doctors").await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("There is a problem"));
        assert!(page.body.contains("value=\"not-an-address\""), "what was typed is kept");
        assert!(page.body.contains("Ana &lt;Novak&gt;"), "and escaped");
        assert!(!page.body.contains("short-secret"), "passwords are not");
        assert!(page.body.contains("href=\"#email\""), "the summary leads to the field");
        let page = browser.get("/register?next=/doctors").await;
        assert_eq!(page.status, 200, "shown once");
    }

    async fn the_loser_of_a_race_keeps_what_was_typed_and_is_offered_three_times(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut slow, mut quick) = (web.browser(), web.browser());
        register(&mut slow, "slow@example.org", "/doctors").await;
        register(&mut quick, "quick@example.org", "/doctors").await;
        let details = hold(&clinic, &mut slow, TOMORROW_9.0).await;
        let id = details.trim_start_matches("/book/").to_owned();
        slow.get(&details).await;
        clinic.clock.advance_seconds(11 * 60);
        let won = hold(&clinic, &mut quick, TOMORROW_9.0).await;
        let won = won.trim_start_matches("/book/").to_owned();
        quick.submit("/fn/booking/confirm", &[("id", &won)]).await;
        slow.page = details.clone();
        let page = slow.submit("/fn/booking/confirm", &[("id", &id), ("reason", "a rash"), ("phone", "")]).await;
        assert_eq!(page.status, 409);
        assert!(page.text().contains("9:30am") && page.text().contains("10am") && page.text().contains("10:30am"), "{}", page.text());
        assert!(page.text().contains("Your details are kept"), "{}", page.text());
        assert!(slow.get(&details).await.text().contains("a rash"));

        // a time that is taken when it is chosen
        let doctor = &clinic.doctors[0];
        slow.get(&format!("/doctors/{}/times?visit_type={}&day=2026-01-06", doctor.slug, doctor.visit_type)).await;
        let start = TOMORROW_9.0.to_string();
        let page = slow.submit("/fn/booking/hold", &[("doctor", &doctor.slug), ("visit_type", &doctor.visit_type.to_string()), ("start", &start)]).await;
        assert_eq!(page.status, 409);
        assert!(page.text().contains("9:30am"), "{}", page.text());
        let page = slow.submit("/fn/booking/hold", &[("doctor", &doctor.slug), ("visit_type", &doctor.visit_type.to_string())]).await;
        assert_eq!(page.status, 422, "no time was chosen");
    }

    async fn pages_of_a_role_ask_for_a_sign_in_and_refuse_others(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        for (page, next) in [
            ("/appointments?tab=past", "/sign-in?next=%2Fappointments%3Ftab%3Dpast"),
            ("/doctor", "/sign-in?next=%2Fdoctor"),
            ("/admin", "/sign-in?next=%2Fadmin"),
            ("/account", "/sign-in?next=%2Faccount"),
        ] {
            assert_eq!(browser.get(page).await.location(), next);
        }
        register(&mut browser, "ana@example.org", "/doctors").await;
        assert_eq!(browser.get("/appointments").await.status, 200);
        for page in ["/doctor", "/admin"] {
            let answer = browser.get(page).await;
            assert_eq!(answer.status, 403, "{page}");
            assert!(answer.text().contains("Ana Novak"), "it says whose account this is");
        }
        let email = "admin@example.org";
        docslot::accounts::server::create_admin(&clinic.app, email, "Staff", PASSWORD).await.expect("an admin");
        let mut staff = web.browser();
        staff.get("/sign-in?next=/admin").await;
        let answer = staff.post("/fn/sign_in", &[("email", email), ("password", PASSWORD), ("next", "/admin")]).await;
        assert_eq!(answer.location(), "/admin");
        assert_eq!(staff.get("/admin").await.status, 200);
        assert_eq!(staff.get("/doctor").await.status, 404, "staff have no day of their own");
        assert_eq!(staff.get("/doctor?doctor=doctor-1").await.status, 200);
        staff.post("/fn/sign_out", &[]).await;
        assert_eq!(staff.get("/admin").await.status, 302);
    }

    async fn what_is_not_there_and_what_is_not_yours_look_the_same(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let owner = clinic.patient().await;
        let id = clinic.book(owner, 0, TOMORROW_9).await.expect("a booking");
        let mut stranger = web.browser();
        register(&mut stranger, "ana@example.org", "/doctors").await;
        let mut texts = Vec::new();
        for id in [id.to_string(), "0198c0de-0000-7000-8000-000000000000".into(), "nonsense".into()] {
            for page in ["", "/done", "/move", "/cancel"] {
                let answer = stranger.get(&format!("/appointments/{id}{page}")).await;
                assert_eq!(answer.status, 404, "{id}{page}");
                texts.push(answer.text());
            }
            let answer = stranger.get(&format!("/book/{id}")).await;
            assert_eq!(answer.status, 404, "{id}");
            texts.push(answer.text());
            assert_eq!(stranger.get(&format!("/appointments/{id}/calendar.ics")).await.status, 404);
        }
        texts.dedup();
        assert_eq!(texts.len(), 1, "{texts:?}");
        assert_eq!(stranger.get("/no/such/page").await.status, 404);
        assert_eq!(stranger.get("/doctors/nobody").await.status, 404);
    }

    async fn a_broken_cookie_names_no_person_and_is_no_error(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        register(&mut browser, "ana@example.org", "/doctors").await;
        let names: Vec<String> = browser.cookies.keys().cloned().collect();
        assert!(!names.is_empty());
        for value in ["", "x", "a.b.c", "%00%ff", "eyJhbGciOiJub25lIn0.e30."] {
            for name in &names {
                browser.cookies.insert(name.clone(), value.into());
            }
            let page = browser.get("/doctors").await;
            assert_eq!(page.status, 200, "{value:?}");
            assert!(page.text().contains("Sign in"), "{value:?}");
        }
    }

    async fn requests_that_are_too_large_odd_or_foreign_are_refused(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        register(&mut browser, "ana@example.org", "/doctors").await;
        let page = browser.get("/register").await;
        assert_eq!(page.status, 200);
        let large = "x".repeat(65 * 1024);
        let answer = browser.post("/fn/register", &[("name", &large)]).await;
        assert_eq!(answer.status, 413);
        let form = ("content-type", "application/x-www-form-urlencoded");
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")] {
            let answer = browser.send("POST", "/fn/sign_out", &[form, ("accept", "text/html"), (name, value)], "").await;
            assert_eq!(answer.status, 403, "{name}: {value}");
        }
        assert_eq!(browser.get("/account").await.status, 200, "still signed in");
        for path in ["/fn/sign_out", "/fn/booking/confirm", "/fn/booking/cancel", "/fn/register"] {
            let answer = browser.get(path).await;
            assert!(matches!(answer.status, 404 | 405), "{path}: {}", answer.status);
        }
        let answer = browser.post("/fn/booking/confirm", &[("id", "nonsense")]).await;
        let page = browser.get(answer.location()).await;
        assert!(page.status < 500, "{}", page.status);
        for next in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"] {
            let mut other = web.browser();
            other.get("/sign-in").await;
            let answer = other.post("/fn/sign_in", &[("email", "ana@example.org"), ("password", PASSWORD), ("next", next)]).await;
            assert_eq!(answer.location(), "/", "{next}");
        }
    }

    async fn every_answer_carries_its_security_headers(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        for path in ["/", "/doctors", "/no/such/page", "/healthz", "/favicon.svg", "/appointments"] {
            let answer = browser.get(path).await;
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        }
        let page = browser.get("/doctors").await;
        let policy = page.header("content-security-policy");
        for part in ["'strict-dynamic'", "'wasm-unsafe-eval'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert!(page.header("cache-control").contains("no-store"));
        assert!(!page.body.contains("style=\""), "no inline style");
        for script in page.attributes("script", "nonce") {
            assert!(policy.contains(&format!("'nonce-{script}'")));
        }
    }

    async fn when_the_database_is_gone_pages_say_that_nothing_was_booked(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        register(&mut browser, "ana@example.org", "/doctors").await;
        let details = hold(&clinic, &mut browser, TOMORROW_9.0).await;
        assert_eq!(browser.get("/readyz").await.status, 200);
        clinic.close_database().await;
        assert_eq!(browser.get("/readyz").await.status, 503);
        assert_eq!(browser.get("/healthz").await.status, 200);
        let page = browser.get(&details).await;
        assert_eq!(page.status, 503);
        assert!(page.text().contains("Nothing was booked"), "{}", page.text());
        let id = details.trim_start_matches("/book/").to_owned();
        let answer = browser.post("/fn/booking/confirm", &[("id", &id)]).await;
        let answer = if answer.status == 303 { browser.get(answer.header("location")).await } else { answer };
        assert_eq!(answer.status, 503);
        assert!(answer.text().contains("Nothing was booked"), "{}", answer.text());
        for private in ["sqlx", "pool", "PoolClosed", "ana@example.org"] {
            assert!(!answer.body.contains(private), "{private}");
        }
    }

    async fn a_suspended_person_is_signed_out_at_once(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        register(&mut browser, "ana@example.org", "/doctors").await;
        assert_eq!(browser.get("/account").await.status, 200);
        clinic.execute("update persons set status = 'suspended'").await.expect("suspending");
        assert_eq!(browser.get("/account").await.status, 302);
        browser.get("/sign-in").await;
        let page = browser.submit("/fn/sign_in", &[("email", "ana@example.org"), ("password", PASSWORD), ("next", "/")]).await;
        assert_eq!(page.status, 401);
    }

    async fn a_wrong_password_and_an_unknown_address_get_the_same_answer(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        register(&mut web.browser(), "ana@example.org", "/doctors").await;
        let mut texts = Vec::new();
        for email in ["ana@example.org", "bob@example.org"] {
            let mut browser = web.browser();
            browser.get("/sign-in").await;
            let page = browser.submit("/fn/sign_in", &[("email", email), ("password", "wrong"), ("next", "/")]).await;
            assert_eq!(page.status, 401);
            assert!(page.text().contains("Email or password is not right"), "{}", page.text());
            texts.push(page.body.replace(email, "").split("<main").nth(1).unwrap_or_default().len());
        }
        assert_eq!(texts[0], texts[1]);
        clinic.execute("delete from sign_in_failures").await.expect("a fresh start");
        let mut browser = web.browser();
        let mut waits = 0;
        for _ in 0..8 {
            browser.get("/sign-in").await;
            let page = browser.submit("/fn/sign_in", &[("email", "ana@example.org"), ("password", "wrong"), ("next", "/")]).await;
            waits += u32::from(page.status == 429);
        }
        assert!(waits > 0, "guessing is slowed down");
        clinic.clock.advance_seconds(16 * 60);
        browser.get("/sign-in").await;
        let answer = browser.post("/fn/sign_in", &[("email", "ana@example.org"), ("password", PASSWORD), ("next", "/")]).await;
        assert_eq!(answer.location(), "/", "never locked out");
    }
}

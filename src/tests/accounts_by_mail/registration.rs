//! Registering where mail is sent: one answer for every address, and an account for who reads the message.

use docslot::{
    accounts::server::{RegisterForm, registration},
    error::AppError,
    web::request::RequestContext,
};
use serde_json::json;

use super::{ANA, DAY, NEW_PASSWORD, PASSWORD, Post, change, subject, token};
use crate::{
    api::Program,
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    mail::everything,
    web::{Answer, Browser},
};

/// As long as [`ANA`], and without an account.
const EVA: &str = "eva@example.org";
const PERSONS: &str = "select count(*) from persons";
const LEFT: &str = "select count(*) from registrations";

/// Sends the form; `next` is the page to go on with.
async fn ask(browser: &mut Browser, email: &str, next: &str) -> Answer {
    browser.get(&format!("/register?next={next}")).await;
    let fields = [("name", "Ana Novak"), ("email", email), ("phone", ""), ("next", next)];
    browser.post("/fn/register", &fields).await
}

/// The token of the link that arrives when this address registers.
async fn asked(post: &Post, email: &str) -> String {
    ask(&mut post.web.browser(), email, "/").await;
    let emails = post.deliver().await;
    token(emails.iter().rfind(|sent| sent.to == email).expect("a message"), "/open-account/")
}

async fn open(browser: &mut Browser, token: &str, password: &str) -> Answer {
    browser.get(&format!("/open-account/{token}")).await;
    browser.post("/fn/account/open", &[("token", token), ("password", password)]).await
}

/// Holds the first time of tomorrow and returns the page of it.
async fn hold(clinic: &TestClinic, browser: &mut Browser) -> String {
    let doctor = &clinic.doctors[0];
    browser.get(&format!("/doctors/{}/times?visit_type={}&day=2026-01-06", doctor.slug, doctor.visit_type)).await;
    let (visit_type, start) = (doctor.visit_type.to_string(), TOMORROW_9.0.to_string());
    let fields = [("doctor", doctor.slug.as_str()), ("visit_type", &visit_type), ("start", &start)];
    browser.post("/fn/booking/hold", &fields).await.location().to_owned()
}

/// What an answer shows, without what differs from one answer to the next.
fn seen(answer: &Answer, email: &str) -> (u16, Vec<(String, String)>, String) {
    let value = |name: &str, value: &str| match name {
        "date" | "x-request-id" => String::new(),
        // encrypted, so only its length says anything
        "set-cookie" => format!("{} of {}", value.split('=').next().unwrap_or_default(), value.len()),
        // with a value of its own for each page
        "content-security-policy" => value.len().to_string(),
        _ => value.to_owned(),
    };
    let headers = answer.headers.iter().map(|(name, text)| (name.clone(), value(name, text))).collect();
    (answer.status, headers, answer.text().replace(email, "EMAIL"))
}

/// Minutes for which the only hold is kept.
async fn minutes_held(clinic: &TestClinic) -> i64 {
    let id = clinic.an_id("select id from appointments where status = 'held'").await;
    let row = clinic.row(docslot::ids::AppointmentId(id)).await;
    (row.held_until.expect("a hold").0 - clinic.clock.now().0) / 60
}

both_databases! {
    async fn an_address_with_an_account_is_answered_like_any_other_and_its_owner_is_told(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        post.registered(ANA).await;
        post.deliver().await;
        let before = clinic.count(PERSONS).await;
        let mut answers = Vec::new();
        for email in [ANA, EVA] {
            let mut browser = post.web.browser();
            let details = hold(&clinic, &mut browser).await;
            let asked = ask(&mut browser, email, &details).await;
            assert!(asked.location().starts_with("/register/sent?next="), "{}", asked.location());
            let hold = details.trim_start_matches("/book/");
            let place = asked.location().to_owned();
            let page = browser.get(&place).await;
            assert_eq!(page.status, 200);
            assert!(page.text().contains("Check your inbox") && page.text().contains("Your time is kept"), "{}", page.text());
            assert!(!browser.cookies.contains_key("docslot"), "nobody is signed in");
            assert_eq!(minutes_held(&clinic).await, 20, "long enough to find the message");
            answers.push((place.replace(hold, "HOLD"), seen(&asked, email).0, seen(&page, email).2));
            answers.last_mut().expect("an answer").2 = answers.last().expect("an answer").2.replace(hold, "HOLD");
            let again = ask(&mut browser, email, &details).await;
            assert_eq!(again.status, 303, "pressed twice");
            // the time is given back for the next one
            clinic.execute("update appointments set status = 'expired' where status = 'held'").await.expect("given back");
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(clinic.count(PERSONS).await, before, "no account yet");
        let emails = post.deliver().await;
        assert_eq!(emails.len(), 2, "one message each: {:?}", emails.iter().map(subject).collect::<Vec<_>>());
        let to = |email: &str| emails.iter().find(|sent| sent.to == email).expect("a message");
        assert_eq!(subject(to(ANA)), "You already have an account");
        let words = everything(to(ANA));
        assert!(words.contains("/sign-in?next=/book/") && words.contains("/forgot-password"), "{words}");
        assert!(!words.contains("/open-account/") && !words.contains("Novak"), "{words}");
        assert_eq!(subject(to(EVA)), "Finish creating your account");
        assert!(!everything(to(EVA)).contains("Novak"), "who registers chooses the name and the address");
    }

    async fn the_bytes_of_the_answer_say_nothing(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        post.registered(ANA).await;
        let mut answers = Vec::new();
        for email in [ANA, EVA, ANA, EVA] {
            let mut browser = post.web.browser();
            let asked = ask(&mut browser, email, "/doctors").await;
            let place = asked.location().to_owned();
            let page = browser.get(&place).await;
            let program = Program::new(&post.web).post("/register", &json!({ "email": email })).await;
            assert_eq!(program.status(), 202, "{}", program.answer.body);
            answers.push((seen(&asked, email), seen(&page, email), seen(&program.answer, email)));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }

    async fn the_link_opens_the_account_once_and_goes_on_in_another_browser(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let mut desk = post.web.browser();
        let details = hold(&clinic, &mut desk).await;
        ask(&mut desk, EVA, &details).await;
        let email = post.one().await;
        let link = token(&email, "/open-account/");
        clinic.clock.advance_seconds(15 * 60);

        let mut telephone = post.web.browser();
        let page = telephone.get(&format!("/open-account/{link}")).await;
        assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
        assert!(page.text().contains("Choose a password") && page.text().contains("Ana Novak") && page.text().contains(EVA), "{}", page.text());
        let linked = page.attributes("href=", "href").into_iter().chain(page.attributes("action=", "action"));
        assert!(linked.into_iter().all(|address| !address.contains(&link)), "the token stands in no other address");
        assert_eq!(clinic.count(PERSONS).await, 0, "a look changes nothing");
        let short = open(&mut telephone, &link, "short").await;
        let page = telephone.get(short.location()).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("at least 12 characters"), "{}", page.text());
        assert_eq!(open(&mut telephone, &link, NEW_PASSWORD).await.location(), details);

        let page = telephone.get(&details).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Check and confirm your appointment"), "{}", page.text());
        let id = details.trim_start_matches("/book/").to_owned();
        let page = telephone.submit("/fn/booking/confirm", &[("id", &id), ("reason", ""), ("phone", "")]).await;
        assert!(page.text().contains("Appointment confirmed"), "{}", page.text());
        assert_eq!(clinic.count("select count(*) from persons where email_verified_at is not null").await, 1);
        assert_eq!(clinic.count(LEFT).await, 0);
        assert!(post.signs_in(EVA, NEW_PASSWORD).await);

        let page = telephone.get(&format!("/open-account/{link}")).await;
        assert_eq!(page.status, 410);
        assert!(page.text().contains("This link no longer works"), "{}", page.text());
        let finish = registration::finish(&post.app, &RequestContext::anonymous(), &link, PASSWORD).await;
        assert_eq!(finish.err(), Some(AppError::LinkOver));
        assert!(!post.signs_in(EVA, PASSWORD).await);
    }

    async fn an_owner_who_had_forgotten_signs_in_and_finds_the_time_kept(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        post.registered(ANA).await;
        post.deliver().await;
        let mut browser = post.web.browser();
        let details = hold(&clinic, &mut browser).await;
        ask(&mut browser, ANA, &details).await;
        let words = everything(&post.one().await);
        let address = words.split("http://clinic.example").find(|rest| rest.starts_with("/sign-in")).expect("a link");
        let address = address.split_whitespace().next().expect("an address").to_owned();
        assert_eq!(address, format!("/sign-in?next={details}"));
        clinic.clock.advance_seconds(15 * 60);
        browser.get(&address).await;
        let fields = [("email", ANA), ("password", PASSWORD), ("next", details.as_str())];
        assert_eq!(browser.post("/fn/sign_in", &fields).await.location(), details);
        assert!(browser.get(&details).await.text().contains("Check and confirm your appointment"));
    }

    async fn altered_expired_swapped_and_late_links_open_nothing(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        post.registered(ANA).await;
        let reset = post.reset_token(ANA).await;
        let (first, second) = (asked(&post, EVA).await, {
            clinic.clock.advance_seconds(301);
            asked(&post, EVA).await
        });
        let altered = format!("{}{}", if first.starts_with('A') { "B" } else { "A" }, &first[1..]);
        let visitor = RequestContext::anonymous();
        let finish = async |token: &str| registration::finish(&post.app, &visitor, token, NEW_PASSWORD).await.err();
        let before = clinic.count(PERSONS).await;
        for (token, error) in [(&altered, AppError::NotFound), (&reset, AppError::NotFound), (&"short".to_owned(), AppError::NotFound)] {
            assert_eq!(finish(token).await, Some(error));
        }
        assert_eq!(clinic.count(PERSONS).await, before);
        // two at once: one account
        let (one, two) = tokio::join!(finish(&first), finish(&first));
        assert!([&one, &two].contains(&&None), "{one:?} {two:?}");
        assert!([&one, &two].contains(&&Some(AppError::LinkOver)) || [&one, &two].contains(&&Some(AppError::Conflict)), "{one:?} {two:?}");
        assert_eq!(finish(&second).await, Some(AppError::LinkOver), "an account ends the other links of its address");
        assert_eq!(clinic.count(PERSONS).await, before + 1);
        let late = asked(&post, "late@example.org").await;
        clinic.clock.advance_seconds(3 * DAY);
        assert_eq!(registration::open(&post.app, &late).await, Err(AppError::LinkOver));
        assert_eq!(finish(&late).await, Some(AppError::LinkOver));
        asked(&post, "else@example.org").await;
        assert_eq!(clinic.count(LEFT).await, 1, "what is over is deleted");
    }

    async fn an_address_gets_ten_messages_a_day_and_a_suspended_account_none(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        post.registered(ANA).await;
        change(&clinic, ANA, "update persons set status = 'suspended' where email = $1").await;
        post.deliver().await;
        for email in [ANA, EVA] {
            for _ in 0..12 {
                let form = RegisterForm { name: "Ana".into(), email: email.into(), phone: String::new(), password: String::new() };
                let checked = registration::check(&post.app, &RequestContext::anonymous(), &form).await.expect("a form");
                registration::ask(&post.app, checked, "https://evil.example/", None).await.expect("an answer");
                clinic.clock.advance_seconds(301);
            }
        }
        assert_eq!(clinic.count(LEFT).await, 20);
        let emails = post.deliver().await;
        assert_eq!(emails.len(), 10);
        assert!(emails.iter().all(|email| email.to == EVA && !everything(email).contains("evil")));
        let link = token(&emails[0], "/open-account/");
        assert_eq!(registration::open(&post.app, &link).await.expect("a page").next, "", "no page of another website");
    }

    async fn a_stranger_keeps_no_time_that_is_not_theirs(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let mut holder = post.web.browser();
        let details = hold(&clinic, &mut holder).await;
        let before = minutes_held(&clinic).await;
        let mut stranger = post.web.browser();
        ask(&mut stranger, EVA, &details).await;
        assert_eq!(minutes_held(&clinic).await, before);
        let link = token(&post.one().await, "/open-account/");
        assert_eq!(open(&mut stranger, &link, NEW_PASSWORD).await.location(), details);
        assert_eq!(stranger.get(&details).await.status, 404);
        assert_eq!(holder.get(&details).await.status, 200);
    }

    async fn programs_finish_a_registration_with_the_link_too(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let mut program = Program::new(&post.web);
        let wrong = program.post("/register", &json!({ "email": "nobody" })).await;
        assert_eq!((wrong.status(), wrong.fields()), (422, vec!["email"]));
        assert_eq!(program.post("/register", &json!({ "email": EVA, "name": "Eva Lund" })).await.status(), 202);
        let link = token(&post.one().await, "/open-account/");
        let weak = program.post("/open-account", &json!({ "token": link, "password": "short" })).await;
        assert_eq!((weak.status(), weak.fields()), (422, vec!["password"]));
        let made = program.post("/open-account", &json!({ "token": link, "password": NEW_PASSWORD })).await;
        assert_eq!(made.status(), 201, "{}", made.answer.body);
        program.token = Some(made.text("token").to_owned());
        assert_eq!(program.get("/me").await.text("name"), "Eva Lund");
        program.token = None;
        program.post("/open-account", &json!({ "token": link, "password": NEW_PASSWORD })).await.assert_problem(410, "again");
    }
}

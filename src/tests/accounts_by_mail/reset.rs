//! A new password by a link.

use docslot::{
    accounts::{
        Role,
        server::password_reset::{self, ANSWER_AFTER},
    },
    error::{AppError, FieldCode},
    web::request::RequestContext,
};

use super::{ANA, DAY, NEW_PASSWORD, PASSWORD, Post, change, subject, token};
use crate::{both_databases, mail::everything};

const ASKED: &str = "select count(*) from outbox where kind = 'reset_password'";

both_databases! {
    async fn a_forgotten_password_becomes_a_new_one_by_one_message(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let mut ana = post.registered(ANA).await;
        post.deliver().await;
        for _ in 0..6 {
            post.sign_in(ANA, "wrong").await;
        }
        assert_eq!(post.sign_in(ANA, PASSWORD).await.1.status, 429, "guessing has slowed the account down");

        let mut browser = post.web.browser();
        let page = browser.get("/sign-in").await;
        assert!(page.body.contains("href=\"/forgot-password\""));
        browser.get("/forgot-password").await;
        let page = browser.submit("/fn/account/forgot", &[("email", " Ana@Example.org ")]).await;
        assert!(page.text().contains("Check your inbox") && page.text().contains("Ana@Example.org"), "{}", page.text());
        let email = post.one().await;
        assert_eq!((email.to.as_str(), subject(&email).as_str()), (ANA, "Your link for a new password"));
        assert!(!everything(&email).contains("Novak"));
        let token = token(&email, "/reset/");

        let path = format!("/reset/{token}");
        let page = browser.get(&path).await;
        assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
        let linked = page.attributes("href=", "href").into_iter().chain(page.attributes("action=", "action"));
        assert!(linked.into_iter().all(|address| !address.contains(&token)), "the token stands in no other address");
        let page = browser.submit("/fn/account/reset", &[("token", &token), ("password", "password1234")]).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("harder to guess") && page.text().contains("Choose a new password"), "{}", page.text());
        let answer = browser.post("/fn/account/reset", &[("token", &token), ("password", NEW_PASSWORD)]).await;
        assert_eq!(answer.location(), "/sign-in");
        assert!(!browser.cookies.contains_key("docslot"), "nobody is signed in by it");
        let page = browser.get("/sign-in").await;
        assert!(page.text().contains("Your new password is set"), "{}", page.text());

        assert_eq!(ana.get("/account").await.status, 302, "every session has ended");
        assert!(!post.signs_in(ANA, PASSWORD).await);
        assert!(post.signs_in(ANA, NEW_PASSWORD).await, "at once: the delays are over too");
        assert_eq!(clinic.count("select count(*) from persons where email_verified_at is not null").await, 1);
        let notice = post.one().await;
        assert_eq!(subject(&notice), "Your password was changed");
        assert!(everything(&notice).contains("http://clinic.example/forgot-password"));

        let page = browser.get(&path).await;
        assert_eq!(page.status, 410);
        assert!(page.text().contains("This link no longer works") && page.text().contains("Send me a new link"), "{}", page.text());
        let answer = browser.submit("/fn/account/reset", &[("token", &token), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 410);
        assert!(!post.signs_in(ANA, PASSWORD).await);
    }

    async fn the_answer_never_says_whether_there_is_an_account(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        post.registered(ANA).await;
        post.registered("suspended@example.org").await;
        change(&clinic, "suspended@example.org", "update persons set status = 'suspended' where email = $1").await;
        post.deliver().await;
        let mut answers = Vec::new();
        // the second time is too soon for another message, and looks the same
        for email in [ANA, ANA, "suspended@example.org", "nobody@example.org"] {
            let mut browser = post.web.browser();
            browser.get("/forgot-password").await;
            let began = std::time::Instant::now();
            let answer = browser.post("/fn/account/forgot", &[("email", email)]).await;
            let took = began.elapsed();
            assert!(took >= ANSWER_AFTER, "{email}: {took:?}");
            assert_eq!(answer.location(), "/forgot-password");
            let names: Vec<String> = answer.headers.iter().map(|(name, _)| name.clone()).collect();
            let page = browser.get("/forgot-password").await;
            assert_eq!(page.status, 200);
            println!("{email}: {} ms", took.as_millis());
            answers.push((names, page.text().replace(email, "EMAIL")));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(clinic.count(ASKED).await, 1);
        assert_eq!(post.one().await.to, ANA);
        clinic.clock.advance_seconds(300);
        password_reset::ask(&post.app, &RequestContext::anonymous(), ANA).await.expect("an answer");
        assert_eq!(clinic.count(ASKED).await, 2);
        let bad = password_reset::ask(&post.app, &RequestContext::anonymous(), "ana").await;
        assert_eq!(bad, Err(AppError::field("email", FieldCode::NotAnEmail)));
    }

    async fn who_asks_again_and_again_sends_ten_messages_a_day(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        post.registered(ANA).await;
        for _ in 0..14 {
            password_reset::ask(&post.app, &RequestContext::anonymous(), ANA).await.expect("an answer");
            clinic.clock.advance_seconds(301);
        }
        assert_eq!(clinic.count(ASKED).await, 10);
        // and one network address asks for so many in an hour
        let mut refused = 0;
        for n in 0..32 {
            let asked = password_reset::ask(&post.app, &RequestContext::anonymous(), &format!("nobody{n}@example.org")).await;
            refused += u32::from(matches!(asked, Err(AppError::TooManyAttempts { .. })));
        }
        assert!(refused >= 2, "{refused}");
    }

    async fn a_link_works_once_even_for_two_browsers_at_once(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        post.registered(ANA).await;
        let first = post.reset_token(ANA).await;
        clinic.clock.advance_seconds(300);
        let second = post.reset_token(ANA).await;
        let both = [format!("{NEW_PASSWORD} one"), format!("{NEW_PASSWORD} two")];
        let (one, two) = tokio::join!(password_reset::reset(&post.app, &second, &both[0]), password_reset::reset(&post.app, &second, &both[1]));
        assert!([&one, &two].contains(&&Ok(())) && [&one, &two].contains(&&Err(AppError::LinkOver)), "{one:?} {two:?}");
        let (right, wrong) = if one.is_ok() { (&both[0], &both[1]) } else { (&both[1], &both[0]) };
        assert!(post.signs_in(ANA, right).await && !post.signs_in(ANA, wrong).await);
        assert_eq!(password_reset::reset(&post.app, &first, NEW_PASSWORD).await, Err(AppError::LinkOver), "older links end with it");
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'password_changed'").await, 1);
    }

    async fn a_link_ends_after_an_hour_and_with_the_address_it_was_sent_to(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        post.registered(ANA).await;
        let token = post.reset_token(ANA).await;
        clinic.clock.advance_seconds(3_599);
        assert_eq!(password_reset::open(&post.app, &token).await, Ok(()));
        change(&clinic, ANA, "update persons set email = 'other@example.org' where email = $1").await;
        assert_eq!(password_reset::reset(&post.app, &token, NEW_PASSWORD).await, Err(AppError::LinkOver));
        change(&clinic, "other@example.org", "update persons set email = 'ana@example.org' where email = $1").await;
        clinic.clock.advance_seconds(1);
        assert_eq!(password_reset::reset(&post.app, &token, NEW_PASSWORD).await, Err(AppError::LinkOver));
        assert_eq!(password_reset::open(&post.app, &"y".repeat(43)).await, Err(AppError::NotFound));
        assert!(post.signs_in(ANA, PASSWORD).await);
    }

    async fn a_link_that_could_not_be_sent_for_a_day_is_not_sent(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        post.registered(ANA).await;
        post.deliver().await;
        password_reset::ask(&post.app, &RequestContext::anonymous(), ANA).await.expect("an answer");
        clinic.clock.advance_seconds(DAY + 1);
        assert_eq!(post.deliver().await.len(), 0);
    }

    async fn a_patient_whom_the_clinic_added_gets_in_by_a_link(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let patient = clinic.user(Role::Patient).await;
        let email = format!("{}@example.org", patient.user);
        assert!(!post.signs_in(&email, "none").await && !post.signs_in(&email, PASSWORD).await);
        let token = post.reset_token(&email).await;
        password_reset::reset(&post.app, &token, NEW_PASSWORD).await.expect("a password");
        assert!(post.signs_in(&email, NEW_PASSWORD).await);
    }

    async fn a_new_password_stops_a_change_of_address_that_waits(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let mut thief = post.registered(ANA).await;
        post.deliver().await;
        thief.get("/account/email").await;
        let request = [("email", "thief@example.org"), ("password_now", PASSWORD)];
        assert_eq!(thief.submit("/fn/account/email", &request).await.status, 200);
        let emails = post.deliver().await;
        let link = emails.iter().find(|email| email.to == "thief@example.org").expect("a link");
        let link = token(link, "/verify/");
        let owner = post.reset_token(ANA).await;
        password_reset::reset(&post.app, &owner, NEW_PASSWORD).await.expect("a password");
        assert_eq!(docslot::accounts::server::email_address::verify(&post.app, &link).await, Err(AppError::LinkOver));
        assert!(post.signs_in(ANA, NEW_PASSWORD).await);
    }
}

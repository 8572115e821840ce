//! What people change about their own accounts.

use docslot::{
    accounts::server::{email_address, password_reset},
    error::AppError,
};

use super::{ANA, NEW_PASSWORD, PASSWORD, Post, change, subject, token};
use crate::{
    both_databases,
    mail::everything,
    smtp_sink::{Answer, Sink},
    web::Web,
};

const NEW: &str = "new@example.org";

both_databases! {
    async fn name_and_phone_number_are_changed_on_a_page(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let mut ana = post.registered(ANA).await;
        ana.get("/account/profile").await;
        let page = ana.submit("/fn/account/profile", &[("name", " "), ("phone", "call me")]).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("Enter your name") && page.body.contains("value=\"call me\""), "{}", page.text());
        let page = ana.submit("/fn/account/profile", &[("name", "Ana Maria"), ("phone", "020 7946 0001")]).await;
        assert!(page.text().contains("Your details are saved") && page.text().contains("Ana Maria") && page.text().contains("020 7946 0001"), "{}", page.text());
        ana.submit("/fn/account/profile", &[("name", "Ana Maria"), ("phone", "")]).await;
        assert_eq!(clinic.count("select count(*) from persons where phone is null and display_name = 'Ana Maria'").await, 1);
    }

    async fn changing_the_password_takes_the_present_one_and_ends_the_other_sessions(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let mut ana = post.registered(ANA).await;
        let reset_link = post.reset_token(ANA).await;
        let (mut other, _) = post.sign_in(ANA, PASSWORD).await;
        ana.get("/account/password").await;
        let page = ana.submit("/fn/account/password", &[("password_now", "wrong"), ("password", NEW_PASSWORD)]).await;
        assert_eq!(page.status, 401);
        assert!(page.text().contains("This is not your current password"), "{}", page.text());
        let page = ana.submit("/fn/account/password", &[("password_now", ""), ("password", "short")]).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("Enter your current password") && page.text().contains("at least 12"), "{}", page.text());
        let page = ana.submit("/fn/account/password", &[("password_now", PASSWORD), ("password", NEW_PASSWORD)]).await;
        assert!(page.text().contains("Your password is changed"), "{}", page.text());
        assert_eq!(other.get("/account").await.status, 302, "the other browser is signed out");
        assert_eq!(ana.get("/account").await.status, 200);
        assert!(post.signs_in(ANA, NEW_PASSWORD).await && !post.signs_in(ANA, PASSWORD).await);
        assert_eq!(subject(&post.one().await), "Your password was changed");
        assert_eq!(password_reset::open(&post.app, &reset_link).await, Err(AppError::LinkOver), "links that were asked for end too");
        // a person who finds the browser signed in cannot guess on and on
        let mut waits = 0;
        for _ in 0..8 {
            ana.get("/account/password").await;
            let fields = [("password_now", "wrong"), ("password", "another long password")];
            waits += u32::from(ana.submit("/fn/account/password", &fields).await.status == 429);
        }
        assert!(waits > 0);
    }

    async fn an_address_changes_when_the_new_one_is_proved_and_the_old_one_is_told(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let mut ana = post.registered(ANA).await;
        post.registered("ben@example.org").await;
        post.deliver().await;
        let reset_link = post.reset_token(ANA).await;
        ana.get("/account/email").await;
        for (email, password, status, words) in [
            (NEW, "wrong", 401, "This is not your current password"),
            ("new", PASSWORD, 422, "Enter an email address"),
        ] {
            let page = ana.submit("/fn/account/email", &[("email", email), ("password_now", password)]).await;
            assert_eq!(page.status, status, "{email}");
            assert!(page.text().contains(words) && page.body.contains(&format!("value=\"{email}\"")), "{}", page.text());
        }
        let page = ana.submit("/fn/account/email", &[("email", "New@example.org"), ("password_now", PASSWORD)]).await;
        assert!(page.text().contains("Check the inbox of your new address") && page.text().contains(NEW), "{}", page.text());
        let emails = post.deliver().await;
        let to = |email: &str| emails.iter().find(|sent| sent.to == email).expect("a message").clone();
        assert_eq!(emails.len(), 2);
        assert_eq!(subject(&to(ANA)), "Another email address for your account");
        assert!(!everything(&to(ANA)).contains(NEW), "the old mailbox need not know the new one");
        let link = token(&to(NEW), "/verify/");
        assert!(post.signs_in(ANA, PASSWORD).await && !post.signs_in(NEW, PASSWORD).await, "not yet");

        let mut elsewhere = post.web.browser();
        let page = elsewhere.get(&format!("/verify/{link}")).await;
        assert!(page.text().contains("Use this email address from now on?"), "{}", page.text());
        let (one, two) = tokio::join!(email_address::verify(&post.app, &link), email_address::verify(&post.app, &link));
        assert_eq!((one, two), (Ok(()), Ok(())), "two browsers at once");
        assert!(elsewhere.get(&format!("/verify/{link}")).await.text().contains("Your email address is confirmed"));
        assert!(!post.signs_in(ANA, PASSWORD).await && post.signs_in(NEW, PASSWORD).await);
        assert_eq!(password_reset::open(&post.app, &reset_link).await, Err(AppError::LinkOver), "what the old mailbox holds opens nothing");
        assert_eq!(clinic.count("select count(*) from persons where pending_email is null and email_verified_at is not null").await, 1);
    }

    async fn an_address_of_another_account_is_answered_like_any_other_and_its_owner_is_told(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let (mut ana, _) = (post.registered(ANA).await, post.registered("ben@example.org").await);
        post.deliver().await;
        let mut pages = Vec::new();
        for email in ["ben@example.org", "new@example.org"] {
            ana.get("/account/email").await;
            let answer = ana.post("/fn/account/email", &[("email", email), ("password_now", PASSWORD)]).await;
            let place = answer.location().to_owned();
            pages.push((answer.status, place.clone(), ana.get(&place).await.text().replace(email, "EMAIL")));
        }
        assert_eq!(pages[0], pages[1]);
        // only the last wish still counts when the messages are written
        ana.get("/account/email").await;
        ana.submit("/fn/account/email", &[("email", "ben@example.org"), ("password_now", PASSWORD)]).await;
        let emails = post.deliver().await;
        let notices: Vec<_> = emails.iter().filter(|email| email.to == "ben@example.org").collect();
        assert!(!notices.is_empty());
        for notice in notices {
            assert_eq!(subject(notice), "Somebody asked to use your email address");
            assert!(!everything(notice).contains("/verify/"), "no link that gives the address away");
        }
        assert!(emails.iter().any(|email| email.to == ANA && subject(email) == "Another email address for your account"));
        assert!(post.signs_in(ANA, PASSWORD).await && post.signs_in("ben@example.org", PASSWORD).await);
        assert_eq!(clinic.count("select count(*) from persons where email = 'ben@example.org'").await, 1);
    }

    async fn a_change_of_address_can_be_stopped_and_asked_for_again(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let mut ana = post.registered(ANA).await;
        post.deliver().await;
        ana.get("/account/email").await;
        ana.submit("/fn/account/email", &[("email", "typo@example.org"), ("password_now", PASSWORD)]).await;
        // the messages were not sent yet: neither is true any more
        ana.get("/account").await;
        let page = ana.submit("/fn/account/cancel_email", &[]).await;
        assert!(page.text().contains("Your email address stays as it is"), "{}", page.text());
        let emails = post.deliver().await;
        assert!(emails.iter().all(|email| email.to == ANA), "nothing goes to the address that was typed by mistake");
        ana.get("/account/email").await;
        ana.submit("/fn/account/email", &[("email", NEW), ("password_now", PASSWORD)]).await;
        let emails = post.deliver().await;
        let link = token(emails.iter().find(|email| email.to == NEW).expect("a link"), "/verify/");
        ana.get("/account").await;
        ana.submit("/fn/account/cancel_email", &[]).await;
        assert_eq!(email_address::verify(&post.app, &link).await, Err(AppError::LinkOver));
        assert!(post.signs_in(ANA, PASSWORD).await);
    }

    async fn an_address_that_another_account_took_meanwhile_stays_its_own(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let mut ana = post.registered(ANA).await;
        post.deliver().await;
        ana.get("/account/email").await;
        ana.submit("/fn/account/email", &[("email", NEW), ("password_now", PASSWORD)]).await;
        let emails = post.deliver().await;
        let link = token(emails.iter().find(|email| email.to == NEW).expect("a link"), "/verify/");
        post.registered(NEW).await;
        let mut browser = post.web.browser();
        browser.get(&format!("/verify/{link}")).await;
        let page = browser.submit("/fn/account/verify", &[("token", &link)]).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("now belongs to another account"), "{}", page.text());
        assert_eq!(clinic.count("select count(*) from persons where email = 'ana@example.org'").await, 1);
    }

    async fn an_address_does_not_change_before_the_old_one_was_told(clinic: TestClinic) {
        let sink = Sink::start(|n, to| if to == ANA && n == 1 { Answer::RefuseRecipient("451 4.7.1 later") } else { Answer::Accept }).await;
        let post = Post::at(&clinic, sink).await;
        let mut ana = post.registered(ANA).await;
        post.deliver().await;
        ana.get("/account/email").await;
        ana.submit("/fn/account/email", &[("email", NEW), ("password_now", PASSWORD)]).await;
        let emails = post.deliver().await;
        assert_eq!(emails.iter().map(|email| email.to.as_str()).collect::<Vec<_>>(), [NEW]);
        let link = token(&emails[0], "/verify/");
        let mut browser = post.web.browser();
        browser.get(&format!("/verify/{link}")).await;
        let page = browser.submit("/fn/account/verify", &[("token", &link)]).await;
        assert_eq!(page.status, 503);
        assert!(page.text().contains("still telling your old address"), "{}", page.text());
        clinic.clock.advance_seconds(61);
        let notice = post.one().await;
        assert_eq!((notice.to.as_str(), subject(&notice).as_str()), (ANA, "Another email address for your account"));
        let page = browser.submit("/fn/account/verify", &[("token", &link)]).await;
        assert!(page.text().contains("Your email address is confirmed"), "{}", page.text());
        assert!(post.signs_in(NEW, PASSWORD).await);
    }

    async fn a_clinic_that_sends_no_mail_can_still_help(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut ana = web.browser();
        ana.get("/register").await;
        let fields = [("name", "Ana Novak"), ("email", ANA), ("phone", ""), ("password", PASSWORD), ("next", "/")];
        ana.post("/fn/register", &fields).await;
        let text = ana.get("/account").await.text();
        assert!(!text.contains("onfirm") && text.contains(ANA), "there is nothing to confirm: {text}");
        let page = web.browser().get("/forgot-password").await;
        assert!(page.text().contains("sends no email") && page.text().contains("ask the clinic") && page.text().contains("020 7946 0100"), "{}", page.text());
        assert!(!page.body.contains("/fn/account/forgot"));
        ana.get("/account/email").await;
        let page = ana.submit("/fn/account/email", &[("email", NEW), ("password_now", PASSWORD)]).await;
        assert!(page.text().contains("Your email address is changed") && page.text().contains(NEW), "{}", page.text());
        // the operator of the program helps those who forgot their password
        password_reset::set_by_hand(&clinic.app, " NEW@example.org", NEW_PASSWORD).await.expect("a password");
        assert_eq!(ana.get("/account").await.status, 302);
        let nobody = docslot::web::request::RequestContext::anonymous();
        docslot::accounts::server::sign_in(&clinic.app, &nobody, NEW, NEW_PASSWORD).await.expect("signed in");
        assert_eq!(password_reset::set_by_hand(&clinic.app, ANA, NEW_PASSWORD).await, Err(AppError::NotFound));
        assert!(matches!(password_reset::set_by_hand(&clinic.app, NEW, "short").await, Err(AppError::Invalid { .. })));
        change(&clinic, NEW, "update persons set status = 'suspended' where email = $1").await;
        assert_eq!(password_reset::set_by_hand(&clinic.app, NEW, PASSWORD).await, Err(AppError::NotFound));
    }
}

//! Confirming an address.

use docslot::{
    accounts::{model::Proof, server::email_address},
    error::AppError,
};

use super::{ANA, DAY, Post, change, state, subject, token};
use crate::{both_databases, mail::everything};

const VERIFIED: &str = "select count(*) from persons where email_verified_at is not null";

both_databases! {
    async fn a_new_patient_confirms_the_address_by_a_link_and_a_second_time_is_fine(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let mut ana = post.registered(ANA).await;
        let account = ana.get("/account").await;
        assert!(account.text().contains("Not confirmed yet"), "{}", account.text());
        let email = post.one().await;
        assert_eq!((email.to.as_str(), subject(&email).as_str()), (ANA, "Please confirm your email address"));
        assert!(!everything(&email).contains("Novak"), "nobody sends their words to others from the clinic's address");
        let token = token(&email, "/verify/");

        let mut elsewhere = post.web.browser();
        let page = elsewhere.get(&format!("/verify/{token}")).await;
        assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
        assert!(page.text().contains("Confirm your email address"), "{}", page.text());
        let linked = page.attributes("href=", "href").into_iter().chain(page.attributes("action=", "action"));
        assert!(linked.into_iter().all(|address| !address.contains(&token)), "the token stands in no other address");
        assert_eq!(clinic.count(VERIFIED).await, 0, "a look changes nothing");
        for _ in 0..2 {
            let page = elsewhere.submit("/fn/account/verify", &[("token", &token)]).await;
            assert_eq!(page.status, 200);
            assert!(page.text().contains("Your email address is confirmed"), "{}", page.text());
            assert_eq!(clinic.count(VERIFIED).await, 1);
        }
        clinic.clock.advance_seconds(4 * DAY);
        assert_eq!(email_address::open(&post.app, &token).await, Ok(Proof::Done), "and says so later too");
        let account = ana.get("/account").await.text();
        assert!(account.contains("Confirmed") && !account.contains("Please confirm"), "{account}");
        let again = ana.submit("/fn/account/send_link", &[]).await;
        assert_eq!(again.status, 409, "there is nothing to confirm any more");
    }

    async fn a_link_that_scanners_open_changes_nothing(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        post.registered(ANA).await;
        let verify = token(&post.one().await, "/verify/");
        let reset = post.reset_token(ANA).await;
        let before = state(&clinic).await;
        for path in [format!("/verify/{verify}"), format!("/reset/{reset}"), "/forgot-password".into(), format!("/verify/{reset}"), format!("/reset/{verify}")] {
            for method in ["GET", "HEAD", "GET"] {
                let mut scanner = post.web.browser();
                scanner.send(method, &path, &[("accept", "text/html")], "").await;
            }
        }
        assert_eq!(state(&clinic).await, before);
        assert_eq!(email_address::open(&post.app, &reset).await, Err(AppError::NotFound), "a link is good for one purpose");
    }

    async fn a_link_is_over_after_three_days_and_when_the_address_is_another_one(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let mut ana = post.registered(ANA).await;
        let first = token(&post.one().await, "/verify/");
        change(&clinic, ANA, "update persons set email = 'other@example.org' where email = $1").await;
        assert_eq!(email_address::verify(&post.app, &first).await, Err(AppError::LinkOver));
        let page = post.web.browser().get(&format!("/verify/{first}")).await;
        assert_eq!(page.status, 410);
        assert!(page.text().contains("This link no longer works"), "{}", page.text());
        clinic.clock.advance_seconds(300);
        assert_eq!(ana.submit("/fn/account/send_link", &[]).await.status, 200);
        let second = token(&post.one().await, "/verify/");
        clinic.clock.advance_seconds(3 * DAY - 1);
        assert_eq!(email_address::open(&post.app, &second).await, Ok(Proof::Confirm));
        clinic.clock.advance_seconds(1);
        assert_eq!(email_address::verify(&post.app, &second).await, Err(AppError::LinkOver));
        assert_eq!(clinic.count(VERIFIED).await, 0);
        assert_eq!(email_address::verify(&post.app, &"x".repeat(43)).await, Err(AppError::NotFound));
    }

    async fn a_suspended_account_proves_nothing_and_is_sent_nothing(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        post.registered(ANA).await;
        let first = token(&post.one().await, "/verify/");
        post.registered("ben@example.org").await;
        clinic.execute("update persons set status = 'suspended'").await.expect("suspending");
        assert_eq!(email_address::verify(&post.app, &first).await, Err(AppError::LinkOver));
        assert_eq!(post.deliver().await.len(), 0);
    }

    async fn another_link_comes_after_five_minutes_and_ten_in_a_day(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let mut ana = post.registered(ANA).await;
        ana.get("/account").await;
        let soon = ana.submit("/fn/account/send_link", &[]).await;
        assert_eq!(soon.status, 429);
        assert!(soon.text().contains("Please wait 5 minutes"), "{}", soon.text());
        for _ in 0..9 {
            clinic.clock.advance_seconds(300);
            let page = ana.submit("/fn/account/send_link", &[]).await;
            assert!(page.text().contains("The link is on its way"), "{}", page.text());
        }
        clinic.clock.advance_seconds(300);
        assert_eq!(ana.submit("/fn/account/send_link", &[]).await.status, 429, "ten in a day");
        clinic.clock.advance_seconds(DAY - 3_000);
        assert_eq!(ana.submit("/fn/account/send_link", &[]).await.status, 200);
        assert_eq!(post.deliver().await.len(), 11);
    }

    async fn a_message_that_is_no_longer_true_is_not_sent(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        post.registered(ANA).await;
        change(&clinic, ANA, "update persons set email_verified_at = created_at where email = $1").await;
        assert_eq!(post.deliver().await.len(), 0);
        post.registered("ben@example.org").await;
        clinic.clock.advance_seconds(8 * DAY);
        assert_eq!(post.deliver().await.len(), 0, "mail was set up a week later");
        assert_eq!(clinic.count("select count(*) from outbox where state = 'suppressed'").await, 2);
    }
}

//! The message to the owner of an account whose password strangers guess.

use std::time::Duration;

use docslot::{accounts::server as accounts, error::AppError, web::request::RequestContext};
use tokio::time::sleep;

use super::{ANA, DAY, Post, change, subject};
use crate::{both_databases, clinic::TestClinic, mail::everything};

const WRITTEN: &str = "select count(*) from outbox where kind = 'wrong_passwords'";

/// Twenty wrong passwords from four networks of this number, and time for what follows beside the answer.
async fn attack(post: &Post, email: &str, number: u8) {
    for guess in 0..20 {
        let address = std::net::IpAddr::from([10, number, guess / 5, guess]);
        let stranger = RequestContext { address, ..RequestContext::anonymous() };
        let answer = accounts::sign_in(&post.app, &stranger, email, "not the password").await;
        assert_eq!(answer.err(), Some(AppError::WrongCredentials), "guess {guess}");
    }
    sleep(Duration::from_millis(300)).await;
}

async fn written(clinic: &TestClinic, wanted: i64) -> i64 {
    for _ in 0..100 {
        if clinic.count(WRITTEN).await >= wanted {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    clinic.count(WRITTEN).await
}

both_databases! {
    async fn the_owner_hears_of_twenty_wrong_passwords_once_a_day(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        post.registered(ANA).await;
        post.deliver().await;
        attack(&post, "nobody@example.org", 1).await;
        assert_eq!(clinic.count(WRITTEN).await, 0);
        attack(&post, ANA, 2).await;
        assert_eq!(written(&clinic, 1).await, 1);
        let email = post.one().await;
        assert_eq!((email.to.as_str(), subject(&email).as_str()), (ANA, "Wrong passwords for your account"));
        let text = everything(&email);
        assert!(text.contains("Your password still works") && text.contains("up to 15 minutes"), "{text}");
        assert!(text.contains("http://clinic.example/forgot-password"), "{text}");
        for secret in ["10.2.", "not the password", "Novak"] {
            assert!(!text.contains(secret), "{secret}");
        }

        clinic.clock.advance_seconds(DAY / 2);
        attack(&post, ANA, 3).await;
        assert_eq!(clinic.count(WRITTEN).await, 1, "on the same day no second one");
        clinic.clock.advance_seconds(DAY / 2 + 1);
        attack(&post, ANA, 4).await;
        assert_eq!(written(&clinic, 2).await, 2);
    }

    async fn an_account_without_a_password_and_a_suspended_one_have_nobody_to_guess_at(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        post.registered(ANA).await;
        change(&clinic, ANA, "update persons set status = 'suspended' where email = $1").await;
        attack(&post, ANA, 1).await;
        assert_eq!(clinic.count(WRITTEN).await, 0);
    }
}

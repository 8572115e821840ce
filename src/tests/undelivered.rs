//! A person whom messages do not reach is told on every page, and staff see it, until a message arrives.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use docslot::accounts::server::create_admin;

use crate::{
    accounts_by_mail::{ANA, PASSWORD, Post, token},
    both_databases,
    mail::send_all,
    smtp_sink::{Answer, Sink},
    web::Browser,
};

const NEW: &str = "new@example.org";
const STAFF: &str = "staff@example.org";
const MARKED: &str = "select count(*) from persons where mail_failed_at is not null";

/// A mail server that refuses Ana's messages while this is true, with this answer.
async fn refusing(answer: Answer) -> (Sink, Arc<AtomicBool>) {
    let refuses = Arc::new(AtomicBool::new(true));
    let switch = refuses.clone();
    let sink =
        Sink::start(move |_, to| if to == ANA && switch.load(Ordering::SeqCst) { answer } else { Answer::Accept })
            .await;
    (sink, refuses)
}

async fn is_told(browser: &mut Browser) -> bool {
    let mut told = Vec::new();
    for path in ["/doctors", "/account", "/appointments"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        let text = page.text();
        told.push(
            text.contains("We could not reach you at ana@example.org") && text.contains("Check your email address"),
        );
        assert_eq!(page.body.contains("href=\"/account/email\">Check"), told[0], "{path}");
    }
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
    told[0]
}

both_databases! {
    async fn a_person_is_told_until_a_message_arrives_and_staff_see_it(clinic: TestClinic) {
        let (sink, refuses) = refusing(Answer::RefuseRecipient("550 5.1.1 no such user")).await;
        let post = Post::at(&clinic, sink).await;
        let mut ana = post.registered(ANA).await;
        assert!(!is_told(&mut ana).await, "nothing was sent yet");
        assert_eq!(send_all(&post.app).await.failed, 1);
        assert!(is_told(&mut ana).await);
        assert!(!post.web.browser().get("/doctors").await.text().contains("could not reach you"));

        create_admin(&post.app, STAFF, "Staff", PASSWORD).await.expect("an account");
        let mut staff = post.sign_in(STAFF, PASSWORD).await.0;
        let id = clinic.an_id("select id from persons where email = 'ana@example.org'").await;
        let path = format!("/admin/users/{id}");
        let page = staff.get(&path).await;
        assert!(page.text().contains("Messages do not arrive, since"), "{}", page.text());
        assert!(!page.text().contains("could not reach you"), "that is for Ana");

        refuses.store(false, Ordering::SeqCst);
        post.reset_token(ANA).await;
        assert!(!is_told(&mut ana).await, "a later message arrived");
        assert!(!staff.get(&path).await.text().contains("Messages do not arrive"));
    }

    async fn another_address_ends_it_once_it_is_the_own_one(clinic: TestClinic) {
        let (sink, _refuses) = refusing(Answer::RefuseRecipient("550 5.1.1 no such user")).await;
        let post = Post::at(&clinic, sink).await;
        let mut ana = post.registered(ANA).await;
        post.deliver().await;
        ana.get("/account/email").await;
        ana.submit("/fn/account/email", &[("email", NEW), ("password_now", PASSWORD)]).await;
        let emails = post.deliver().await;
        assert_eq!(emails.iter().map(|email| email.to.as_str()).collect::<Vec<_>>(), [NEW]);
        assert!(is_told(&mut ana).await, "a message to the wanted address says nothing about the present one");
        let link = token(&emails[0], "/verify/");
        ana.get(&format!("/verify/{link}")).await;
        ana.submit("/fn/account/verify", &[("token", &link)]).await;
        assert_eq!(clinic.count(MARKED).await, 0);
        assert!(!ana.get("/doctors").await.text().contains("could not reach you"));
    }

    async fn a_full_mailbox_counts_after_the_last_try_and_our_own_faults_never_do(clinic: TestClinic) {
        let (sink, _refuses) = refusing(Answer::RefuseRecipient("452 4.2.2 mailbox full")).await;
        let post = Post::at(&clinic, sink).await;
        post.registered(ANA).await;
        assert_eq!(send_all(&post.app).await.later, 1);
        assert_eq!(clinic.count(MARKED).await, 0, "it is tried again");
        clinic.execute("update outbox set attempts = 19, due_at = created_at").await.expect("a day of tries");
        assert_eq!(send_all(&post.app).await.failed, 1);
        assert_eq!(clinic.count(MARKED).await, 1);

        clinic.execute("update persons set mail_failed_at = null").await.expect("a fresh start");
        let (sink, _refuses) = refusing(Answer::Drop).await;
        let post = Post::at(&clinic, sink).await;
        clinic.execute("update outbox set state = 'queued', attempts = 19, due_at = created_at").await.expect("again");
        assert_eq!(send_all(&post.app).await.failed, 1);
        assert_eq!(clinic.count("select count(*) from outbox where last_error = 'unreachable'").await, 1);
        assert_eq!(clinic.count(MARKED).await, 0, "the address is not at fault");
    }
}

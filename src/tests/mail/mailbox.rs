//! What staff see of one message, and the demo's mailbox.

use std::{fs, os::unix::fs::symlink};

use docslot::{
    accounts::Role,
    config::TransportKind,
    notifications::{
        model::Kind,
        server::{Notice, To, enqueue_notice},
    },
    state::AppState,
};
use uuid::Uuid;

use super::{pages::signed_in, send_all, sending_to};
use crate::{
    booking::cancel,
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic},
    folder::Folder,
    smtp_sink::Sink,
    web::{Browser, Web},
};

/// The app of this clinic, which writes messages into a folder.
fn with_folder(clinic: &TestClinic) -> (AppState, Folder) {
    let folder = Folder::to_be_made();
    let mut settings = (*clinic.app.settings).clone();
    settings.mail.transport = TransportKind::File;
    settings.mail.folder = folder.0.display().to_string();
    settings.server.public_url = "https://clinic.example".into();
    (clinic.app.with_settings(settings), folder)
}

/// Whether a word of the text looks like the token of a link.
fn has_token(text: &str) -> bool {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    words.into_iter().any(|word| word.len() == 43)
}

async fn show(staff: &mut Browser, id: Uuid) -> String {
    staff.get(&format!("/admin/outbox/{id}")).await;
    staff.submit("/fn/admin/show_message", &[("id", &id.to_string())]).await.body
}

both_databases! {
    async fn what_a_message_says_is_shown_for_ten_minutes_to_the_person_who_asked_and_the_log_knows(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let web = Web::serve(&app).await;
        let mut staff = signed_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        let mut other = signed_in(&clinic, &web, "other@example.org", Role::Admin).await;
        let patient = clinic.patient().await;
        let appointment = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let id = clinic.an_id("select id from outbox where kind = 'appointment_booked'").await;
        let path = format!("/admin/outbox/{id}");
        let list = staff.get("/admin/outbox").await;
        assert!(list.attributes("href", "href").contains(&path), "a link from the list");
        let words = "Your appointment is booked.";
        let before = staff.get(&path).await;
        assert!(before.status == 200 && !before.body.contains(words), "{}", before.text());
        let links = clinic.count("select count(*) from mail_links").await;

        let shown = show(&mut staff, id).await;
        for part in [words, "Your appointment on Tuesday 6 January at 9am", "Riverside, 4 Mill Lane", "&lt;table"] {
            assert!(shown.contains(part), "no {part}: {shown}");
        }
        assert!(!has_token(&shown.replace(&appointment.to_string(), "")), "{shown}");
        assert_eq!(clinic.count("select count(*) from mail_links").await, links, "no link was made");
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'message.shown'").await, 1);
        assert!(staff.get("/admin/audit").await.attributes("href", "href").contains(&path), "the log leads there");

        assert!(!other.get(&path).await.body.contains(words), "who did not ask sees nothing");
        assert!(staff.get(&path).await.body.contains(words));
        clinic.clock.advance_seconds(601);
        assert!(!staff.get(&path).await.body.contains(words), "the ten minutes are over");
        let again = [("password_now", "quiet green bicycle"), ("next", path.as_str())];
        assert_eq!(staff.post("/fn/account/again", &again).await.location(), path);
        // an address that does something has dots where its secret was
        let to = To::Person(patient.user);
        clinic.write(move |mut tx| Box::pin(async move {
            let notice = Notice { kind: Kind::ResetPassword, to, about: "", dedupe_key: "reset" };
            enqueue_notice(&mut tx, NOW, notice).await?;
            Ok(())
        })).await;
        let reset = clinic.an_id("select id from outbox where kind = 'reset_password'").await;
        let shown = show(&mut staff, reset).await;
        assert!(shown.contains("https://clinic.example/reset/…\n") && !has_token(&shown), "{shown}");
        cancel(&clinic, patient, appointment).await.expect("cancelling");
        assert!(show(&mut staff, id).await.contains("out of date"));
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'message.shown'").await, 3);
    }

    async fn messages_are_found_by_kind_and_state(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let web = Web::serve(&app).await;
        let mut staff = signed_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        clinic.execute("update outbox set state = 'suppressed'").await.expect("out of the way");
        let patient = clinic.patient().await;
        let first = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        send_all(&app).await;
        cancel(&clinic, patient, first).await.expect("cancelling");
        clinic.book(patient, 1, TOMORROW_9).await.expect("a booking");
        for (query, rows) in [
            ("kind=appointment_booked", 2), ("kind=appointments_cancelled", 1), ("kind=appointment_booked&state=sent", 1),
            ("kind=appointment_booked&state=queued", 1), ("kind=appointments_cancelled&state=sent", 0),
        ] {
            let page = staff.get(&format!("/admin/outbox?{query}")).await;
            assert_eq!(page.attributes("scope=\"row\"", "scope").len(), rows, "{query}: {}", page.text());
        }
        let page = staff.get("/admin/outbox?kind=appointment_booked").await;
        assert!(page.body.contains("/admin/outbox?state=sent&amp;kind=appointment_booked"), "tabs keep the kind");
    }

    async fn the_mailbox_shows_what_was_written_and_its_links_work(clinic: TestClinic) {
        let (app, folder) = with_folder(&clinic);
        let web = Web::serve(&app).await;
        let mut staff = signed_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        let empty = staff.get("/admin/mailbox").await;
        assert!(empty.status == 200 && empty.text().contains("No message yet"), "{}", empty.text());
        clinic.execute("update outbox set state = 'suppressed'").await.expect("out of the way");
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        send_all(&app).await;
        let list = staff.get("/admin/mailbox").await;
        assert!(list.text().contains("Your appointment on Tuesday 6 January at 9am"), "{}", list.text());
        let id = clinic.an_id("select id from outbox where state = 'sent'").await;
        let email = staff.get(&format!("/admin/mailbox/{id}")).await;
        for words in ["Your appointment is booked.", "Auto-Submitted: auto-generated", "@example.org", "invite.ics"] {
            assert!(email.text().contains(words), "no {words}: {}", email.text());
        }
        let live = email.attributes("href=\"https://clinic.example/", "href").pop().expect("a live link");
        let page = web.browser().get(live.trim_start_matches("https://clinic.example")).await;
        assert!(page.status < 400, "{live}: {}", page.status);
        let html = staff.get(&format!("/admin/mailbox/{id}/html")).await;
        assert!(html.body.starts_with("<!DOCTYPE html>") && html.body.contains(&live), "{}", html.body);
        let policy = html.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';") && policy.contains("sandbox"), "{policy}");
        assert_eq!(html.header("cache-control"), "no-store");

        // only ids of messages are names in the folder
        fs::write(folder.0.join("secret.txt"), "secret").expect("a file");
        fs::write(folder.0.join("secret.eml"), "Subject: secret\r\n\r\nsecret").expect("a file");
        let link = Uuid::now_v7();
        symlink("/etc/passwd", folder.0.join(format!("{link}.eml"))).expect("a link");
        for name in ["secret", "secret.txt", "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", &link.to_string(), &format!("{id}.eml")] {
            for path in [format!("/admin/mailbox/{name}"), format!("/admin/mailbox/{name}/html")] {
                let answer = staff.get(&path).await;
                assert_eq!(answer.status, 404, "{path}: {}", answer.text());
            }
        }
        assert!(!staff.get("/admin/mailbox").await.text().contains("secret"));
    }

    async fn there_is_no_mailbox_where_mail_is_sent(clinic: TestClinic) {
        let (app, _folder) = with_folder(&clinic);
        let web = Web::serve(&app).await;
        let mut staff = signed_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        assert!(staff.get("/admin/outbox").await.body.contains("href=\"/admin/mailbox\""));
        let sends = Web::serve(&sending_to(&clinic, &Sink::accepting().await)).await;
        let mut staff = signed_in(&clinic, &sends, "other@example.org", Role::Admin).await;
        assert!(!staff.get("/admin/outbox").await.body.contains("/admin/mailbox"));
        assert_eq!(staff.get("/admin/mailbox").await.status, 404);
    }
}

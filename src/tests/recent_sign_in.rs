//! Typing the password again: what needs it, that nothing happens before, and that nothing typed is lost.

use std::collections::BTreeSet;

use docslot::accounts::{
    Role,
    server::recent_sign_in::{ASKS_FOR_PASSWORD, GRACE_MINUTES, NEEDS_RECENT_SIGN_IN},
};
use serde_json::json;

use crate::{
    access::{ROWS, one_of_each, person},
    api::{Program, account, token_of},
    both_databases,
    clinic::TestClinic,
    web::{Answer, Browser, Web},
};

const PASSWORD: &str = "quiet green bicycle";
const OVER: i64 = GRACE_MINUTES * 60;
/// What the guarded functions would change.
const CHANGES: [&str; 6] = [
    "select count(*) from api_tokens",
    "select count(*) from invitations",
    "select count(*) from audit_entries",
    "select count(*) from outbox",
    "select count(*) from persons where pending_email is not null",
    "select count(*) from sessions where revoked_at is not null",
];

async fn state(clinic: &TestClinic) -> Vec<i64> {
    let mut counts = Vec::new();
    for sql in CHANGES {
        counts.push(clinic.count(sql).await);
    }
    counts
}

fn asks_again(answer: &Answer) -> bool {
    answer.header("location").contains("/account/again?next=") || answer.body.contains("recent_sign_in_needed")
}

/// The form that the page of the password holds.
fn held(page: &Answer) -> String {
    page.attributes("name=\"held\"", "value").pop().unwrap_or_default()
}

/// A token to make, as its page asks for it.
const TOKEN: [(&str, &str); 3] = [("name", "Zoë's \"diary\" & more"), ("scope", "read"), ("days", "30")];

async fn ask_for_token(browser: &mut Browser) -> Answer {
    browser.get("/account/tokens").await;
    browser.post("/fn/account/make_token", &TOKEN).await
}

both_databases! {
    async fn what_needs_a_recent_sign_in_is_on_one_list(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut browsers, fixture) = one_of_each(&clinic, &web).await;
        clinic.clock.advance_seconds(OVER);
        let before = state(&clinic).await;
        let mut found = BTreeSet::new();
        let mut sent = 0;
        for (address, example, form, _) in ROWS.iter().filter(|row| row.0 != "POST /fn/sign_out") {
            let (method, _) = address.split_once(' ').expect("method and path");
            let (path, form) = (fixture.fill(example), fixture.fill(form));
            let accept = if method == "GET" { "text/html" } else { "*/*" };
            let headers = [
                ("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin"), ("accept", accept),
            ];
            for browser in &mut browsers {
                let cookies = browser.cookies.clone();
                let answer = browser.send(method, &path, &headers, &form).await;
                browser.cookies = cookies;
                sent += 1;
                if asks_again(&answer) {
                    assert!(matches!(answer.status, 302 | 303 | 403), "{address}: {}", answer.status);
                    found.insert((*address).to_owned());
                }
            }
        }
        let api = NEEDS_RECENT_SIGN_IN.iter().filter(|address| address.contains(" /api/")).count();
        let list = NEEDS_RECENT_SIGN_IN.iter().filter(|address| !address.contains(" /api/")).map(|a| (*a).to_owned()).collect();
        assert_eq!(found, list, "what asks for the password, and the list of it");
        println!("{sent} requests of old sessions, {} addresses ask for the password, and {api} of the API", found.len());
        assert_eq!(state(&clinic).await[..2], before[..2], "no token, no invitation");
    }

    async fn old_sessions_change_nothing(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut staff, _) = person(&clinic, &web, "staff@example.org", Role::Admin).await;
        staff.get("/admin/invitations").await;
        let invited = [("role", "admin"), ("email", "new@example.org"), ("days", "7")];
        assert!(!asks_again(&staff.post("/fn/admin/invite", &invited).await));
        assert_eq!(clinic.count("select count(*) from invitations").await, 1);
        let invitation = clinic.an_id("select id from invitations").await.to_string();
        let message = clinic.an_id("select id from outbox limit 1").await.to_string();
        let person = clinic.an_id("select id from persons where email = 'staff@example.org'").await.to_string();
        clinic.clock.advance_seconds(OVER);
        let before = state(&clinic).await;
        let forms: [(&str, &[(&str, &str)]); 13] = [
            ("account/end_session", &[("id", "0197f2c4-0000-7000-8000-000000000001")]),
            ("account/end_other_sessions", &[]),
            ("account/make_token", &[("name", "x"), ("scope", "manage")]),
            ("account/begin_second_factor", &[]),
            ("account/new_recovery_codes", &[("code", "123456")]),
            ("account/turn_off_second_factor", &[("code", "123456")]),
            ("account/begin_passkey", &[]),
            ("account/remove_passkey", &[("id", &person), ("code", "123456")]),
            ("admin/reset_second_factor", &[("id", &person), ("reason", "x")]),
            ("account/ask_data", &[("person", &person)]),
            ("admin/invite", &[("role", "admin"), ("email", "other@example.org"), ("days", "7")]),
            ("admin/resend_invitation", &[("id", &invitation)]),
            ("admin/show_message", &[("id", &message)]),
        ];
        let mut walked = Vec::new();
        for (function, form) in forms {
            let answer = staff.post(&format!("/fn/{function}"), form).await;
            assert!(asks_again(&answer), "{function}: {} {}", answer.status, answer.header("location"));
            walked.push(format!("POST /fn/{function}"));
        }
        for path in ["/admin/audit.csv", "/admin/statistics.csv?which=days"] {
            let answer = staff.get(path).await;
            assert!(asks_again(&answer) && !answer.body.contains(','), "{path}: {}", answer.body);
            walked.push(format!("GET {}", path.split('?').next().unwrap_or_default()));
        }
        let strange = staff.get("/account/data/0197f2c4-0000-7000-8000-000000000001/data.zip").await;
        assert!(asks_again(&strange), "a copy: {}", strange.status);
        walked.push("GET /account/data/{id}/{file}".to_owned());
        // the demo's mailbox is not there in this clinic, and staff close no account: the walk above asks for them
        let elsewhere = ["mailbox", " /api/", "/account/close"];
        let rest =
            NEEDS_RECENT_SIGN_IN.iter().filter(|address| !elsewhere.iter().any(|part| address.contains(part)));
        assert_eq!(walked.len(), rest.count(), "each of the list is tried");
        for address in ASKS_FOR_PASSWORD {
            let path = address.trim_start_matches("POST ");
            let form = [("password_now", "wrong horse"), ("password", "another long password"), ("email", "me@example.org")];
            let page = staff.post(path, &form).await;
            assert_eq!(page.status, 303, "{path}");
        }
        // two wrong passwords are noted, apart from the answers
        for _ in 0..50 {
            if clinic.count("select count(*) from audit_entries where action = 'user.sign_in_failed'").await == 2 { break }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        let mut after = state(&clinic).await;
        after[2] -= 2;
        assert_eq!(after, before);
    }

    async fn a_form_waits_for_the_password_and_is_done_afterwards(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut ana, _) = person(&clinic, &web, "ana@example.org", Role::Patient).await;
        clinic.clock.advance_seconds(OVER - 1);
        assert_eq!(ask_for_token(&mut ana).await.location(), "/account/tokens", "the last second of the grace");
        clinic.clock.advance_seconds(1);
        let answer = ask_for_token(&mut ana).await;
        assert_eq!(answer.location(), "/account/again?next=/account/tokens");
        let page = ana.get(answer.location()).await;
        assert!(page.text().contains("Please type your password again") && page.text().contains("Nothing is lost"), "{}", page.text());
        assert!(!page.text().contains("There is a problem"), "that it is needed is no fault: {}", page.text());
        assert_eq!(clinic.count("select count(*) from api_tokens").await, 1);
        let waits = held(&page);
        assert!(!waits.is_empty() && !waits.contains("diary"));
        let wrong = [("password_now", "wrong horse"), ("next", "/account/tokens"), ("held", waits.as_str())];
        let page = ana.submit("/fn/account/again", &wrong).await;
        assert_eq!(page.status, 401);
        assert!(page.text().contains("This is not your password"), "{}", page.text());
        let waits = held(&page);
        assert!(!waits.is_empty(), "a wrong password loses nothing");
        assert_eq!(clinic.count("select count(*) from api_tokens").await, 1);
        let right = [("password_now", PASSWORD), ("next", "/account/tokens"), ("held", waits.as_str())];
        let page = ana.submit("/fn/account/again", &right).await;
        assert_eq!((page.status, ana.page.as_str()), (200, "/account/tokens"));
        assert_eq!(clinic.count("select count(*) from api_tokens where name = 'Zoë''s \"diary\" & more'").await, 2);
        assert_eq!(ask_for_token(&mut ana).await.location(), "/account/tokens", "asked for once");

        // what is wrong with the form itself is shown on its own page, with what was typed
        clinic.clock.advance_seconds(OVER);
        ana.get("/account/tokens").await;
        let answer = ana.post("/fn/account/make_token", &[("name", "Diary"), ("scope", "")]).await;
        let waits = held(&ana.get(answer.location()).await);
        let page = ana.submit("/fn/account/again", &[("password_now", PASSWORD), ("next", "/account/tokens"), ("held", &waits)]).await;
        assert_eq!((page.status, ana.page.as_str()), (422, "/account/tokens"));
        assert!(page.body.contains("value=\"Diary\""), "{}", page.text());
        // there is nothing to ask any more
        assert_eq!(ana.get("/account/again?next=/account").await.location(), "/account");
    }

    async fn a_held_form_is_done_for_its_own_session_alone(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut ana, _) = person(&clinic, &web, "ana@example.org", Role::Patient).await;
        let (mut eve, _) = person(&clinic, &web, "eve@example.org", Role::Patient).await;
        clinic.clock.advance_seconds(OVER);
        let answer = ask_for_token(&mut ana).await;
        let anas = held(&ana.get(answer.location()).await);
        for waits in [anas.as_str(), "nonsense", ""] {
            eve.get("/account/again?next=/account").await;
            let answer = eve.post("/fn/account/again", &[("password_now", PASSWORD), ("next", "/account"), ("held", waits)]).await;
            assert_eq!(answer.location(), "/account");
        }
        assert_eq!(clinic.count("select count(*) from api_tokens").await, 0);
        for next in ["//evil.example", "https://evil.example", "/\\evil.example"] {
            let answer = eve.post("/fn/account/again", &[("password_now", PASSWORD), ("next", next)]).await;
            assert_eq!(answer.location(), "/", "{next}");
        }
        assert!(eve.get("/account/again?next=//evil.example").await.status == 200, "leads nowhere else");
    }

    async fn wrong_passwords_are_slowed_down_and_every_server_knows_the_right_one(clinic: TestClinic) {
        let (web, second) = (Web::serve(&clinic.app).await, Web::serve(&clinic.app).await);
        let (mut staff, _) = person(&clinic, &web, "staff@example.org", Role::Admin).await;
        clinic.clock.advance_seconds(OVER);
        let mut statuses = Vec::new();
        for _ in 0..7 {
            staff.get("/account/again?next=/admin/audit").await;
            let page = staff.submit("/fn/account/again", &[("password_now", "wrong horse"), ("next", "/admin/audit")]).await;
            statuses.push(page.status);
        }
        assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429]);
        let answer = staff.get("/admin/audit.csv?action=user.signed_in").await;
        assert_eq!(answer.location(), "/account/again?next=/admin/audit%3Faction%3Duser.signed_in");
        clinic.clock.advance_seconds(60);
        let answer = staff.post("/fn/account/again", &[("password_now", PASSWORD), ("next", "/admin/audit")]).await;
        assert_eq!(answer.location(), "/admin/audit");
        let mut elsewhere = second.browser();
        elsewhere.cookies = staff.cookies.clone();
        let file = elsewhere.get("/admin/audit.csv").await;
        assert_eq!(file.status, 200);
        assert!(file.body.contains("user.typed_password_again"), "{}", file.body);
    }

    async fn programs_sign_in_again_and_personal_tokens_never_can(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let staff = account(&clinic, &web, "staff@example.org", Role::Admin).await;
        let mut program = Program::new(&web);
        program.token = Some(token_of(&clinic, staff).await);
        let token = json!({ "name": "Desk", "scopes": ["read", "manage"] });
        let invited = json!({ "role": "admin", "email": "new@example.org" });
        let made = program.post("/tokens", &token).await;
        assert_eq!(made.status(), 201, "{}", made.answer.body);
        assert_eq!(program.post("/staff/invitations", &invited).await.status(), 201);
        let invitation = clinic.an_id("select id from invitations").await;
        let resend = format!("/staff/invitations/{invitation}/resend");
        let mut by_token = Program::new(&web);
        by_token.token = Some(made.text("token").to_owned());
        for (path, body) in [("/tokens", &token), ("/staff/invitations", &invited), (resend.as_str(), &json!({}))] {
            let reply = by_token.post(path, body).await;
            reply.assert_problem(403, path);
            assert_eq!(reply.text("code"), "forbidden", "{path}");
        }
        clinic.clock.advance_seconds(OVER);
        // the program renews its session, which does not give the password
        program.token = Some(aged_token(&clinic, staff).await);
        let before = state(&clinic).await;
        for (path, body) in [("/tokens", &token), ("/staff/invitations", &invited), (resend.as_str(), &json!({}))] {
            let reply = program.post(path, body).await;
            reply.assert_problem(403, path);
            assert_eq!(reply.text("code"), "recent_sign_in_needed", "{path}");
        }
        assert_eq!(state(&clinic).await, before);
        assert_eq!(program.get("/staff/invitations").await.status(), 200, "reading goes on");
    }
}

/// A good access token of a session in which the password was given long ago.
async fn aged_token(clinic: &TestClinic, user: docslot::ids::PersonId) -> String {
    let token = token_of(clinic, user).await;
    let ago = clinic.clock.now().plus_seconds(-OVER);
    clinic
        .write(move |mut tx| {
            Box::pin(
                async move { tx.execute("update sessions set proved_at = $1 where person_id = $2", (ago, user)).await },
            )
        })
        .await;
    token
}

//! Personal tokens: shown once, good for what they say, and dead when they should be.

use docslot::{accounts::Role, admin::server::people::users, ids::TokenId, random};
use serde_json::{Value, json};

use super::{PASSWORD, Program, Reply, account};
use crate::{
    both_databases,
    clinic::TestClinic,
    web::{Browser, Web},
};

const EMAIL: &str = "ana@example.org";
const DAY: i64 = 24 * 60 * 60;

/// A browser in which a patient has just registered.
async fn registered(web: &Web, email: &str) -> Browser {
    let mut browser = web.browser();
    browser.get("/register").await;
    let fields = [("name", "Ana Test"), ("email", email), ("phone", ""), ("password", PASSWORD), ("next", "/")];
    assert_eq!(browser.post("/fn/register", &fields).await.status, 303);
    browser
}

/// A program that holds this token.
fn with(web: &Web, token: &str) -> Program {
    Program { token: Some(token.to_owned()), ..Program::new(web) }
}

async fn make(owner: &mut Program, request: &Value) -> Reply {
    owner.post("/tokens", request).await
}

/// A new token of the person who signed in.
async fn token(owner: &mut Program, scopes: &[&str]) -> String {
    let reply = make(owner, &json!({ "name": "Phone", "scopes": scopes })).await;
    assert_eq!(reply.status(), 201, "{}", reply.answer.body);
    reply.text("token").to_owned()
}

/// A patient with an account who signed in.
async fn patient(clinic: &TestClinic, web: &Web) -> Program {
    account(clinic, web, EMAIL, Role::Patient).await;
    Program::signed_in(web, EMAIL).await
}

both_databases! {
    async fn a_token_is_shown_once_lets_a_program_in_and_is_revoked_on_the_page(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = registered(&web, EMAIL).await;
        let page = browser.get("/account").await;
        assert!(page.body.contains("href=\"/account/tokens\""));
        assert!(browser.get("/account/tokens").await.text().contains("You have no tokens"));
        let fields = [("name", "Calendar on my phone"), ("scope", "change"), ("days", "30")];
        let page = browser.submit("/fn/account/make_token", &fields).await;
        let shown = page.attributes("id=\"new-token\"", "value");
        let token = shown.first().expect("the token is shown");
        assert!(token.starts_with("dsk_") && token.len() > 40, "{token}");
        let again = browser.get("/account/tokens").await;
        assert!(!again.body.contains(token.as_str()) && again.text().contains("Calendar on my phone"));
        assert!(again.text().contains("Look and change") && again.text().contains("Never"), "{}", again.text());

        let mut program = with(&web, token);
        let me = program.get("/me").await;
        assert_eq!((me.status(), me.text("email")), (200, EMAIL));
        assert!(!browser.get("/account/tokens").await.text().contains("Never"));

        let id = again.attributes("name=\"id\"", "value").first().expect("a form to revoke").clone();
        let page = browser.submit("/fn/account/revoke_token", &[("id", &id)]).await;
        assert!(page.text().contains("You have no tokens"), "{}", page.text());
        program.get("/me").await.assert_problem(401, "a revoked token");
    }

    async fn only_the_hash_of_a_token_is_kept(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut owner = patient(&clinic, &web).await;
        let token = token(&mut owner, &["read"]).await;
        let hash = random::token_hash(&token);
        let sql = "select token_hash from api_tokens";
        let mut reader = clinic.app.db.read().await.expect("a reader");
        let kept: Result<Vec<Vec<u8>>, sqlx::Error> = docslot::on!(reader.conn(), |c| sqlx::query_scalar(sql).fetch_all(c).await);
        assert_eq!(kept.expect("rows"), [hash]);
        let listed = owner.get("/tokens").await;
        assert!(!listed.answer.body.contains(&token) && listed.json[0]["name"] == "Phone", "{}", listed.answer.body);
        assert_eq!(listed.json[0]["scopes"], json!(["read"]));
    }

    async fn a_request_for_a_token_that_is_sent_again_shows_it_no_second_time_and_makes_no_second_one(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut owner = patient(&clinic, &web).await;
        let headers = [("content-type", "application/json"), ("idempotency-key", "once")];
        let request = json!({ "name": "Phone", "scopes": ["read"] }).to_string();
        let first = owner.send("POST", "/tokens", &headers, &request).await;
        assert_eq!(first.status(), 201, "{}", first.answer.body);
        owner.send("POST", "/tokens", &headers, &request).await.assert_problem(409, "the same request again");
        assert_eq!(owner.get("/tokens").await.json.as_array().map(Vec::len), Some(1));
        assert_eq!(clinic.count("select count(*) from idempotency_keys where body like '%dsk%'").await, 0);
    }

    async fn a_token_does_what_its_scopes_say_and_nothing_of_its_owners_account(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut owner = patient(&clinic, &web).await;
        let (read, book) = (token(&mut owner, &["read"]).await, token(&mut owner, &["book"]).await);
        let (mut read, mut book) = (with(&web, &read), with(&web, &book));
        assert_eq!(read.get("/me").await.status(), 200);
        book.get("/me").await.assert_problem(403, "a token that may not read");
        for program in [&mut read, &mut book] {
            program.with_body("PATCH", "/me", &json!({ "name": "X" })).await.assert_problem(403, "changing the account");
            program.send("POST", "/logout", &[], "").await.assert_problem(403, "signing out");
            program.get("/tokens").await.assert_problem(403, "looking at tokens");
            make(program, &json!({ "name": "x", "scopes": ["read"] })).await.assert_problem(403, "making a token");
            assert_eq!(program.get("/doctors").await.status(), 200);
        }
        let time = json!({ "doctor_id": clinic.doctors[0].id, "start": "2026-01-06T09:00:00+00:00" });
        read.post("/holds", &time).await.assert_problem(403, "a token that may only look");
        assert_eq!(book.post("/holds", &time).await.status(), 201);
        assert_eq!(owner.get("/me").await.text("name"), "Test Person");
    }

    async fn a_token_dies_with_its_day_and_with_its_owners_account(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let user = account(&clinic, &web, EMAIL, Role::Patient).await;
        let mut owner = Program::signed_in(&web, EMAIL).await;
        let short = make(&mut owner, &json!({ "name": "short", "scopes": ["read"], "expires_in_days": 1 })).await;
        let (mut short, mut long) = (with(&web, short.text("token")), with(&web, &token(&mut owner, &["read"]).await));
        clinic.clock.advance_seconds(DAY - 1);
        assert_eq!((short.get("/me").await.status(), long.get("/me").await.status()), (200, 200));
        clinic.clock.advance_seconds(1);
        short.get("/me").await.assert_problem(401, "a token that ran out");
        assert_eq!(long.get("/me").await.status(), 200);

        let staff = clinic.user(Role::Admin).await;
        users::suspend(&clinic.app, staff, user).await.expect("suspended");
        long.get("/me").await.assert_problem(401, "the token of a person who was shut out");
        users::reactivate(&clinic.app, staff, user).await.expect("let in again");
        long.get("/me").await.assert_problem(401, "a token does not come to life again");
    }

    async fn a_token_is_seen_and_revoked_by_its_owner_only(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut owner = patient(&clinic, &web).await;
        let made = make(&mut owner, &json!({ "name": "Phone", "scopes": ["read"] })).await;
        let (id, mut program) = (made.text("id").to_owned(), with(&web, made.text("token")));
        account(&clinic, &web, "bob@example.org", Role::Patient).await;
        let mut other = Program::signed_in(&web, "bob@example.org").await;
        assert_eq!(other.get("/tokens").await.json, json!([]));
        other.send("DELETE", &format!("/tokens/{id}"), &[], "").await.assert_problem(404, "a token of another person");
        assert_eq!(program.get("/me").await.status(), 200);
        for _ in 0..2 {
            assert_eq!(owner.send("DELETE", &format!("/tokens/{id}"), &[], "").await.status(), 204);
        }
        program.get("/me").await.assert_problem(401, "revoked");
        assert_eq!(owner.get("/tokens").await.json, json!([]));
    }

    async fn a_use_is_noted_at_most_once_in_five_minutes(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut owner = patient(&clinic, &web).await;
        let mut program = with(&web, &token(&mut owner, &["read"]).await);
        let mut noted = Vec::new();
        for seconds in [0, 1, 298, 1, 299, 1] {
            clinic.clock.advance_seconds(seconds);
            assert_eq!(program.get("/me").await.status(), 200);
            noted.push(owner.get("/tokens").await.json[0]["last_used"].as_str().expect("used").to_owned());
        }
        let same: Vec<bool> = noted.windows(2).map(|pair| pair[0] == pair[1]).collect();
        assert_eq!(same, [true, true, false, true, false], "{noted:?}");
    }

    async fn a_wish_that_makes_no_sense_names_its_field(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut owner = patient(&clinic, &web).await;
        for (request, field) in [
            (json!({ "name": " ", "scopes": ["read"] }), "name"),
            (json!({ "name": "x".repeat(61), "scopes": ["read"] }), "name"),
            (json!({ "name": "x", "scopes": [] }), "scopes"),
            (json!({ "name": "x", "scopes": ["manage"] }), "scopes"),
            (json!({ "name": "x", "scopes": ["admin"] }), "scopes[0]"),
            (json!({ "name": "x", "scopes": ["read"], "expires_in_days": 0 }), "expires_in_days"),
            (json!({ "name": "x", "scopes": ["read"], "expires_in_days": 367 }), "expires_in_days"),
        ] {
            let reply = make(&mut owner, &request).await;
            reply.assert_problem(422, &request.to_string());
            assert_eq!(reply.fields(), [field], "{request}");
        }
        for _ in 0..20 {
            token(&mut owner, &["read", "book", "read"]).await;
        }
        make(&mut owner, &json!({ "name": "x", "scopes": ["read"] })).await.assert_problem(409, "the 21st");
        assert_eq!(owner.get("/tokens").await.json[0]["scopes"], json!(["read", "book"]));
    }

    async fn a_form_that_fails_keeps_what_was_typed(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = registered(&web, EMAIL).await;
        browser.get("/account/tokens").await;
        let fields = [("name", ""), ("scope", "change"), ("days", "366")];
        let page = browser.submit("/fn/account/make_token", &fields).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("Enter a name for the token"), "{}", page.text());
        assert!(page.attributes("value=\"change\"", "checked").is_empty() || page.body.contains("value=\"change\" checked"));
        assert_eq!(clinic.count("select count(*) from api_tokens").await, 0);
        let id = TokenId(uuid::Uuid::now_v7()).to_string();
        assert_eq!(browser.submit("/fn/account/revoke_token", &[("id", &id)]).await.status, 404);
    }

    async fn a_made_up_token_is_refused_everywhere(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        for made_up in ["dsk_", "dsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "dsk_é", "dsk_' or 1=1"] {
            let mut program = with(&web, made_up);
            program.get("/me").await.assert_problem(401, made_up);
            program.get("/doctors").await.assert_problem(401, made_up);
        }
    }
}

//! The API over HTTP, with a client that knows nothing but JSON.

pub mod access;
mod accounts;
mod bad_input;
mod booking;
mod calendars;
mod clinic_bad_input;
mod directory;
mod document;
mod free_times;
mod front_desk;
mod guide;
mod idempotency;
mod personal_tokens;
mod staff;
mod staff_records;
mod strict_json;

use docslot::{
    accounts::Role,
    ids::{PersonId, SessionId},
    on,
    web::access_tokens,
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    clinic::TestClinic,
    web::{Answer, Browser, Web},
};

pub const PASSWORD: &str = "quiet green bicycle";

/// A program, with a token once it has signed in.
#[derive(Clone)]
pub struct Program {
    browser: Browser,
    pub token: Option<String>,
}

/// One answer.
#[derive(Debug)]
pub struct Reply {
    pub answer: Answer,
    /// Null for an answer that is not JSON.
    pub json: Value,
}

impl Reply {
    pub fn status(&self) -> u16 {
        self.answer.status
    }

    /// The `ETag`.
    pub fn tag(&self) -> String {
        assert!(!self.answer.header("etag").is_empty(), "no ETag: {} {}", self.status(), self.answer.body);
        self.answer.header("etag").to_owned()
    }

    /// The text of one field.
    pub fn text(&self, field: &str) -> &str {
        self.json[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.answer.body))
    }

    /// The fields that a problem names.
    pub fn fields(&self) -> Vec<&str> {
        let errors = self.json["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        errors.iter().filter_map(|error| error["field"].as_str()).collect()
    }

    /// Fails unless this is a problem document of that status.
    pub fn assert_problem(&self, status: u16, about: &str) {
        assert_eq!(self.status(), status, "{about}: {}", self.answer.body);
        assert_eq!(self.answer.header("content-type"), "application/problem+json", "{about}");
        assert_eq!(self.json["status"], status, "{about}");
        let kind = self.text("type").to_owned();
        assert!(kind.starts_with("/api/problems/"), "{about}: {kind}");
        assert!(!self.text("message").is_empty() && !self.text("title").is_empty(), "{about}");
        assert_eq!(self.answer.header("www-authenticate").is_empty(), status != 401, "{about}");
    }
}

impl Program {
    pub fn new(web: &Web) -> Program {
        Program { browser: web.browser(), token: None }
    }

    /// A program with a new session of this person.
    pub async fn signed_in(web: &Web, email: &str) -> Program {
        let mut program = Program::new(web);
        let body = serde_json::json!({ "email": email, "password": PASSWORD });
        let reply = program.post("/login", &body).await;
        assert_eq!(reply.status(), 200, "{}", reply.answer.body);
        program.token = Some(reply.text("token").to_owned());
        program
    }

    pub async fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, &[], "").await
    }

    pub async fn post(&mut self, path: &str, body: &Value) -> Reply {
        self.with_body("POST", path, body).await
    }

    /// A change of what has this `ETag`; null for no body.
    pub async fn change(&mut self, method: &str, path: &str, tag: &str, body: &Value) -> Reply {
        let headers = [("content-type", "application/json"), ("if-match", tag)];
        let (headers, body) =
            if body.is_null() { (&headers[1..], String::new()) } else { (&headers[..], body.to_string()) };
        self.send(method, path, headers, &body).await
    }

    pub async fn with_body(&mut self, method: &str, path: &str, body: &Value) -> Reply {
        self.send(method, path, &[("content-type", "application/json")], &body.to_string()).await
    }

    /// Any request to a path below `/api/v1`, with this program's token.
    pub async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.ask(method, &format!("/api/v1{path}"), headers, body).await
    }

    /// Any request to any path, with this program's token. Fails when an object of the answer has one key twice.
    pub async fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let authorization = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let mut headers = headers.to_vec();
        headers.extend(authorization.as_ref().map(|value| ("authorization", value.as_str())));
        let answer = self.browser.send(method, path, &headers, body).await;
        let json = match strict_json::read(&answer.body) {
            Ok(json) => json,
            Err(error) if answer.header("content-type").contains("json") && !answer.body.is_empty() => {
                panic!("{method} {path}: {error} in {}", answer.body)
            }
            Err(_) => Value::Null,
        };
        Reply { answer, json }
    }
}

/// Makes an account with [`PASSWORD`].
pub async fn account(clinic: &TestClinic, web: &Web, email: &str, role: Role) -> PersonId {
    let body = serde_json::json!({ "email": email, "password": PASSWORD, "role": "patient", "name": "Test Person" });
    let reply = Program::new(web).post("/register", &body).await;
    assert_eq!(reply.status(), 201, "{}", reply.answer.body);
    let user = PersonId(reply.text("person_id").parse().expect("an id"));
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "update persons set role = $2 where id = $1";
                on!(tx, |c| sqlx::query(sql).bind(user).bind(role).execute(c).await?.rows_affected());
                Ok(())
            })
        })
        .await;
    user
}

/// An access token of a new session of this account.
pub async fn token_of(clinic: &TestClinic, user: PersonId) -> String {
    let (session, now) = (SessionId(Uuid::now_v7()), clinic.clock.now());
    let expires = now.plus_minutes(24 * 60);
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "insert into sessions (id, person_id, created_at, expires_at, proved_at, seen_at)
                    values ($1, $2, $3, $4, $3, $3)";
                on!(tx, |c| {
                    sqlx::query(sql).bind(session).bind(user).bind(now).bind(expires).execute(c).await?.rows_affected()
                });
                Ok(())
            })
        })
        .await;
    let issuer = clinic.app.settings.public_url();
    access_tokens::issue(&clinic.app.keys, &issuer, user, session, now, 10).expect("a token")
}

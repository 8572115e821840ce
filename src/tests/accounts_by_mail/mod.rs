//! What mailed links do for accounts, and what other people can do with them: nothing.

mod invited;
mod new_device;
mod own_account;
mod registration;
mod reset;
mod verify;
mod wrong_passwords;

use docslot::{on, state::AppState};

use crate::{
    clinic::TestClinic,
    mail::{everything, parsed, send_all, sending_to},
    smtp_sink::{Email, Sink},
    web::{Answer, Browser, Web},
};

pub const PASSWORD: &str = "quiet green bicycle";
const NEW_PASSWORD: &str = "seven slow lighthouses";
pub const ANA: &str = "ana@example.org";
const DAY: i64 = 86_400;

/// A clinic whose messages arrive.
pub struct Post {
    pub app: AppState,
    sink: Sink,
    pub web: Web,
    /// The same clinic as it was when it sent no mail: registering makes an account at once.
    before: Web,
}

impl Post {
    pub async fn open(clinic: &TestClinic) -> Post {
        Post::at(clinic, Sink::accepting().await).await
    }

    pub async fn at(clinic: &TestClinic, sink: Sink) -> Post {
        let app = sending_to(clinic, &sink);
        // the browser of the tests speaks plain http, and keeps no cookie that is for https only
        let mut settings = (*app.settings).clone();
        settings.server.public_url = "http://clinic.example".into();
        let app = app.with_settings(settings);
        let (web, before) = (Web::serve(&app).await, Web::serve(&clinic.app).await);
        Post { app, sink, web, before }
    }

    /// Sends what waits and returns what arrived by that.
    pub async fn deliver(&self) -> Vec<Email> {
        let before = self.sink.emails().len();
        send_all(&self.app).await;
        self.sink.emails().split_off(before)
    }

    /// Sends what waits and returns the only message that arrived.
    pub async fn one(&self) -> Email {
        let mut emails = self.deliver().await;
        assert_eq!(emails.len(), 1, "{:?}", emails.iter().map(subject).collect::<Vec<_>>());
        emails.remove(0)
    }

    /// A browser in which Ana has just got an account, whose address nobody has confirmed yet.
    pub async fn registered(&self, email: &str) -> Browser {
        let mut browser = self.before.browser();
        browser.get("/register").await;
        let fields = [("name", "Ana Novak"), ("email", email), ("phone", ""), ("password", PASSWORD), ("next", "/")];
        assert_eq!(browser.post("/fn/register", &fields).await.location(), "/");
        browser.address = self.web.address;
        browser
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> (Browser, Answer) {
        let mut browser = self.web.browser();
        browser.get("/sign-in").await;
        let fields = [("email", email), ("password", password), ("next", "/doctors")];
        let page = browser.submit("/fn/sign_in", &fields).await;
        (browser, page)
    }

    async fn signs_in(&self, email: &str, password: &str) -> bool {
        self.sign_in(email, password).await.0.cookies.contains_key("docslot")
    }

    /// Asks for a new password and returns the token of the link that arrives.
    pub async fn reset_token(&self, email: &str) -> String {
        let mut browser = self.web.browser();
        browser.get("/forgot-password").await;
        assert_eq!(browser.submit("/fn/account/forgot", &[("email", email)]).await.status, 200);
        let emails = self.deliver().await;
        let is_link = |sent: &&Email| sent.to == email && everything(sent).contains("/reset/");
        token(emails.iter().find(is_link).expect("a link"), "/reset/")
    }
}

fn subject(email: &Email) -> String {
    parsed(email).subject().unwrap_or_default().to_owned()
}

/// The token of the link to this page, which stands in both texts.
pub fn token(email: &Email, page: &str) -> String {
    let text = everything(email);
    let tokens: Vec<&str> = text
        .split("http://clinic.example")
        .filter_map(|rest| rest.strip_prefix(page))
        .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next().unwrap_or_default())
        .collect();
    let token = tokens.first().unwrap_or_else(|| panic!("no link to {page} in {text}"));
    assert!(token.len() == 43 && tokens.iter().all(|other| other == token), "{text}");
    assert!(!subject(email).contains(token));
    (*token).to_owned()
}

/// Everything that a link could change, as numbers.
async fn state(clinic: &TestClinic) -> Vec<i64> {
    let mut numbers = Vec::new();
    for sql in [
        "select count(*) from persons",
        "select count(*) from persons where email_verified_at is not null",
        "select count(*) from persons where pending_email is not null",
        "select count(*) from mail_links",
        "select count(*) from mail_links where used_at is not null",
        "select count(*) from sessions",
        "select count(*) from sessions where revoked_at is not null",
        "select count(*) from invitations where used_at is not null",
        "select count(*) from outbox",
        "select count(*) from audit_entries",
        "select count(*) from sign_in_failures",
    ] {
        numbers.push(clinic.count(sql).await);
    }
    numbers
}

/// Changes one account behind the program's back.
async fn change(clinic: &TestClinic, email: &'static str, sql: &'static str) {
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let changed = on!(tx, |c| sqlx::query(sql).bind(email).execute(c).await?.rows_affected());
                assert_eq!(changed, 1);
                Ok(())
            })
        })
        .await;
}

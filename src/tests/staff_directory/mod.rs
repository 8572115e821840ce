//! Signing in by the clinic's own directory. What is shown:
//!
//! - whoever the provider proves, by a token that it signed for this very sign-in of this very browser, is signed in as
//!   the one account that is theirs, in the role that their groups say;
//! - whatever is wrong with what comes back changes nothing and leads to the page that the person came from, with one
//!   sentence ([`attacks`]);
//! - an account is never found by an address that the provider does not call proved, never a patient's, and never one
//!   that another person of the directory signs in to ([`accounts`]);
//! - an account that was made by the directory has no other way in ([`accounts`], [`again`]);
//! - a provider that was not written for these tests is understood ([`real`]).

mod accounts;
mod again;
mod attacks;
mod provider;
mod real;

use docslot::accounts::Role;
use serde_json::{Value, json};

use crate::{
    access::person,
    both_databases,
    clinic::TestClinic,
    web::{Answer, Browser, Web},
};
use provider::{ACCESS, Provider, nia};

const PASSWORD: &str = "quiet green bicycle";

/// Goes to the provider and comes back with what it says.
async fn sign_in(browser: &mut Browser, provider: &Provider, next: &str) -> Answer {
    let left = leave(browser, next).await;
    let back = provider.signs_in(&left);
    come_back(browser, &back).await
}

/// Leaves for the provider; where that is.
async fn leave(browser: &mut Browser, next: &str) -> String {
    let answer = browser.get(&format!("/sign-in/directory?next={next}")).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.location().to_owned()
}

/// Comes back from the provider: another website, whose link the browser follows.
async fn come_back(browser: &mut Browser, address: &str) -> Answer {
    let headers = [("accept", "text/html"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
    browser.send("GET", address, &headers, "").await
}

/// The page to which a refused sign-in leads, which has this status and says this.
async fn says(browser: &mut Browser, answer: &Answer, status: u16, words: &str) {
    let page = browser.get(answer.location()).await;
    assert_eq!(page.status, status, "{words}: {}", page.text());
    assert!(page.text().contains(words), "{words}: {}", page.text());
    assert!(!browser.cookies.contains_key("docslot") && !browser.cookies.contains_key("docslot-directory"), "{words}");
}

/// The claims of Nia with some others in place of hers.
fn nia_with(change: Value) -> Value {
    let mut person = nia();
    for (name, value) in change.as_object().expect("claims") {
        person[name] = value.clone();
    }
    person
}

async fn actions(clinic: &TestClinic) -> Vec<String> {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let sql = "select action from audit_entries where action like 'user.%' order by id";
    reader.conn().fetch_values(sql, ()).await.expect("actions")
}

both_databases! {
    async fn the_button_is_there_while_the_setting_is_on(clinic: TestClinic) {
        let provider = Provider::start().await;
        let without = Web::serve(&clinic.app).await;
        let mut off = without.browser();
        assert!(!off.get("/sign-in").await.body.contains("/sign-in/directory"));
        assert_eq!((off.get("/sign-in/directory").await.status, off.get("/sign-in/directory/return").await.status), (404, 404));
        let app = provider.app(&clinic, |_| ());
        let web = Web::serve(&app).await;
        let mut browser = web.browser();
        let page = browser.get("/sign-in?next=/admin/users").await;
        assert!(page.text().contains("Sign in with Riverside"), "{}", page.text());
        assert_eq!(page.attributes("/sign-in/directory", "href"), ["/sign-in/directory?next=%2Fadmin%2Fusers"]);
        let answer = browser.get("/sign-in/directory?next=%2Fadmin%2Fusers").await;
        assert_eq!((answer.status, answer.header("cache-control")), (303, "no-store"));
        let cookie = answer.headers.iter().find(|(name, value)| name == "set-cookie" && value.starts_with("docslot-directory="));
        let cookie = &cookie.expect("a cookie").1;
        for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let location = answer.location();
        assert!(!location.contains("prompt=") && !location.contains("max_age="), "{location}");
        // what only the cookie may hold is not in the address, and the cookie cannot be read
        assert!(!location.contains("verifier") && !cookie.contains("verifier") && !cookie.contains("users"), "{cookie}");
        assert_eq!(app.staff_directory.test().await.map(|said| said.contains("answers, with 1 keys")), Ok(true));
    }

    async fn a_person_of_the_directory_signs_in(clinic: TestClinic) {
        let provider = Provider::start().await;
        let app = provider.app(&clinic, |_| ());
        let web = Web::serve(&app).await;
        let mut browser = web.browser();
        let answer = sign_in(&mut browser, &provider, "/patients").await;
        assert_eq!(answer.location(), "/patients");
        // what the provider gave stays with the server
        assert!(answer.headers.iter().all(|(_, value)| !value.contains(ACCESS)) && !answer.body.contains(ACCESS));
        assert!(!browser.cookies.contains_key("docslot-directory"), "it is good for one return");
        let page = browser.get("/patients").await;
        assert!(page.status == 200 && page.text().contains("Nia Rahman"), "{}", page.text());
        let made = "select count(*) from persons where email = 'nia@clinic.example' and role = 'receptionist'
            and email_verified_at is not null and status = 'active'";
        assert_eq!(clinic.count(made).await, 1);
        assert_eq!(clinic.count("select count(*) from directory_identities where made_at is not null").await, 1);
        assert_eq!(actions(&clinic).await, ["user.made_by_directory", "user.signed_in_by_directory"]);
        // again, from another browser, and with claims that are told apart from the token
        provider.plan().tells_apart = true;
        let mut other = web.browser();
        assert_eq!(sign_in(&mut other, &provider, "").await.location(), Role::Receptionist.start_page());
        assert_eq!(clinic.count("select count(*) from persons where email = 'nia@clinic.example'").await, 1);
        assert_eq!(clinic.count("select count(*) from sessions where directory_at is not null").await, 2);
        assert_eq!(app.metrics.signed_in.load(std::sync::atomic::Ordering::Relaxed), 2);
        let plan = provider.plan();
        assert_eq!((plan.described, plan.keys_read), (1, 1), "both are kept");
    }

    async fn a_sign_in_goes_on_within_this_website_alone(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |_| ())).await;
        for next in ["//evil.example", "https://evil.example", "%2F%5Cevil.example", "javascript:alert(1)", "%2F%09%2Fevil.example", "/a%0D%0AX:y"] {
            let mut browser = web.browser();
            let answer = sign_in(&mut browser, &provider, next).await;
            assert_eq!(answer.location(), Role::Receptionist.start_page(), "{next}");
            let mut browser = web.browser();
            leave(&mut browser, next).await;
            assert_eq!(come_back(&mut browser, "/sign-in/directory/return?state=x").await.location(), "/sign-in", "{next}");
        }
    }

    async fn the_clinics_second_factor_is_the_directorys_business(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |_| ())).await;
        let (mut admin, _) = person(&clinic, &web, "admin@example.org", Role::Admin).await;
        admin.get("/admin/settings").await;
        admin.post("/fn/admin/save_second_factor_rule", &[("is_needed", "true"), ("days", "0")]).await;
        provider.plan().person = nia_with(json!({ "email": "admin@example.org", "groups": ["heads"] }));
        let mut by_password = web.browser();
        by_password.get("/sign-in").await;
        let form = [("email", "admin@example.org"), ("password", PASSWORD), ("next", "/admin")];
        by_password.post("/fn/sign_in", &form).await;
        assert_eq!(by_password.get("/admin").await.location(), "/account/second-factor");
        let mut browser = web.browser();
        assert_eq!(sign_in(&mut browser, &provider, "/admin").await.location(), "/admin");
        assert_eq!(browser.get("/admin").await.status, 200, "the directory asked for it");
    }
}

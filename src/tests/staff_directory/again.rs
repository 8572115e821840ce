//! Proving again who one is, at the directory, before what a browser that was left signed in must not be enough for.

use docslot::accounts::{Role, server::recent_sign_in::GRACE_MINUTES};
use serde_json::json;

use super::{
    actions, come_back, nia_with,
    provider::{Provider, asked},
    sign_in,
};
use crate::{
    access::person,
    both_databases,
    web::{Answer, Browser, Web},
};

const TOKEN: [(&str, &str); 3] = [("name", "a diary"), ("scope", "read"), ("days", "30")];

async fn ask_for_token(browser: &mut Browser) -> Answer {
    browser.get("/account/tokens").await;
    browser.post("/fn/account/make_token", &TOKEN).await
}

/// Leaves to prove it, as the page's button leads.
async fn leave_again(browser: &mut Browser) -> String {
    let page = browser.get("/account/again?next=/account/tokens").await;
    let [href] = page.attributes("/sign-in/directory", "href").try_into().expect("one button");
    let href: String = href;
    assert_eq!(href, "/sign-in/directory?again=true&amp;next=%2Faccount%2Ftokens");
    browser.get(&href.replace("&amp;", "&")).await.location().to_owned()
}

/// Says on the page that asks again why it was not proved.
async fn refused(browser: &mut Browser, answer: &Answer, status: u16, words: &str) {
    assert_eq!(answer.location(), "/account/again?next=/account/tokens");
    let page = browser.get(answer.location()).await;
    assert_eq!(page.status, status, "{words}: {}", page.text());
    assert!(page.text().contains(words), "{words}: {}", page.text());
    assert!(ask_for_token(browser).await.location().starts_with("/account/again"), "{words}");
}

both_databases! {
    async fn who_has_no_password_proves_it_at_the_directory(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |_| ())).await;
        let mut browser = web.browser();
        sign_in(&mut browser, &provider, "").await;
        let tokens = "select count(*) from api_tokens";
        ask_for_token(&mut browser).await;
        assert_eq!(clinic.count(tokens).await, 1, "the sign-in is recent");
        provider.advance(&clinic, GRACE_MINUTES * 60);
        let answer = ask_for_token(&mut browser).await;
        assert_eq!(answer.location(), "/account/again?next=/account/tokens");
        let page = browser.get(answer.location()).await;
        assert!(page.text().contains("Continue with Riverside"), "{}", page.text());
        assert!(!page.body.contains("name=\"password_now\""), "there is none");

        let left = leave_again(&mut browser).await;
        assert_eq!((asked(&left)["prompt"].as_str(), asked(&left)["max_age"].as_str()), ("login", "0"));
        // a provider that asked for nothing, and says so, or says nothing
        provider.plan().spoil = |claims| claims["auth_time"] = json!(claims["iat"].as_i64().expect("iat") - 120);
        let answer = come_back(&mut browser, &provider.signs_in(&left)).await;
        refused(&mut browser, &answer, 401, "You were not signed in").await;
        provider.plan().spoil = |claims| { claims.as_object_mut().expect("claims").remove("auth_time"); };
        let left = leave_again(&mut browser).await;
        let answer = come_back(&mut browser, &provider.signs_in(&left)).await;
        refused(&mut browser, &answer, 401, "You were not signed in").await;
        provider.plan().spoil = |_| ();
        // somebody else at the same desk
        provider.plan().person = nia_with(json!({ "sub": "ben-1", "email": "ben@clinic.example" }));
        let left = leave_again(&mut browser).await;
        let answer = come_back(&mut browser, &provider.signs_in(&left)).await;
        refused(&mut browser, &answer, 403, "another person of your clinic\u{2019}s directory").await;
        assert_eq!(clinic.count("select count(*) from persons").await, 1, "and no account for them");

        provider.plan().person = nia_with(json!({}));
        let left = leave_again(&mut browser).await;
        let answer = come_back(&mut browser, &provider.signs_in(&left)).await;
        assert_eq!(answer.location(), "/account/tokens");
        ask_for_token(&mut browser).await;
        assert_eq!(clinic.count(tokens).await, 2);
        assert_eq!(clinic.count("select count(*) from sessions").await, 1, "the same session");
        assert_eq!(actions(&clinic).await.iter().filter(|action| *action == "user.proved_by_directory").count(), 1);
    }

    async fn a_proof_is_for_the_session_that_left(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |_| ())).await;
        let mut browser = web.browser();
        sign_in(&mut browser, &provider, "").await;
        provider.advance(&clinic, GRACE_MINUTES * 60);
        let back = provider.signs_in(&leave_again(&mut browser).await);
        // signed out, and in again, in another window
        let pending = browser.cookies["docslot-directory"].clone();
        browser.post("/fn/sign_out", &[]).await;
        sign_in(&mut browser, &provider, "").await;
        browser.cookies.insert("docslot-directory".into(), pending);
        let answer = come_back(&mut browser, &back).await;
        assert_eq!(answer.location(), "/account/again?next=/account/tokens");
        let proved = actions(&clinic).await.iter().filter(|action| *action == "user.proved_by_directory").count();
        assert_eq!((proved, provider.plan().exchanged), (0, 3), "nobody is proved by it");
    }

    async fn a_lost_group_ends_the_session_that_asks(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |_| ())).await;
        let mut browser = web.browser();
        sign_in(&mut browser, &provider, "").await;
        provider.advance(&clinic, GRACE_MINUTES * 60);
        provider.plan().person = nia_with(json!({ "groups": [] }));
        let left = leave_again(&mut browser).await;
        come_back(&mut browser, &provider.signs_in(&left)).await;
        assert_eq!(browser.get("/account").await.status, 302, "out");
    }

    async fn who_has_a_password_too_chooses(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |_| ())).await;
        let (mut elsewhere, _) = person(&clinic, &web, "nia@clinic.example", Role::Receptionist).await;
        provider.advance(&clinic, GRACE_MINUTES * 60);
        let page = elsewhere.get("/account/again?next=/account/tokens").await;
        assert!(!page.body.contains("/sign-in/directory"), "nobody of the directory has come yet");
        let mut browser = web.browser();
        sign_in(&mut browser, &provider, "").await;
        provider.advance(&clinic, GRACE_MINUTES * 60);
        let page = browser.get("/account/again?next=/account/tokens").await;
        assert!(page.body.contains("/sign-in/directory") && page.body.contains("name=\"password_now\""), "{}", page.text());
    }
}

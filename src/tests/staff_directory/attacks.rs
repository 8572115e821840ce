//! What an attacker, or a provider that was set up wrongly, sends back. None of it signs anybody in or changes a row.

use docslot::error::AppError;
use serde_json::{Value, json};

use super::{
    come_back, leave,
    provider::{CLIENT, Provider, Signing},
    says, sign_in,
};
use crate::{both_databases, clinic::TestClinic, web::Web};

const AGAIN: &str = "You were not signed in: it took too long, or was begun in another window.";
const AWAY: &str = "The clinic\u{2019}s directory does not answer.";
const STOPPED: &str = "the clinic\u{2019}s directory stopped the sign-in";

/// Rows that a sign-in would write.
async fn written(clinic: &TestClinic) -> i64 {
    clinic
        .count(
            "select (select count(*) from sessions) + (select count(*) from persons) \
             + (select count(*) from directory_identities) + (select count(*) from audit_entries)",
        )
        .await
}

/// What is done to a token.
type Spoil = fn(&mut Value);

both_databases! {
    async fn a_return_without_its_beginning_is_refused(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |_| ())).await;
        let before = written(&clinic).await;

        let mut browser = web.browser();
        let back = provider.signs_in(&leave(&mut browser, "/admin").await);
        let mut other = web.browser();
        let answer = come_back(&mut other, &back).await;
        says(&mut other, &answer, 401, AGAIN).await;

        // the cookie of another sign-in: the victim's browser follows the attacker's link
        let own = provider.signs_in(&leave(&mut other, "").await);
        let answer = come_back(&mut other, &back).await;
        says(&mut other, &answer, 401, AGAIN).await;
        let answer = come_back(&mut other, &own).await;
        says(&mut other, &answer, 401, AGAIN).await;

        // no state, and an unreadable cookie
        let code = back.split("&state=").next().expect("a code");
        let answer = come_back(&mut browser, code).await;
        assert_eq!(answer.location(), "/sign-in?next=/admin");
        says(&mut browser, &answer, 401, AGAIN).await;
        browser.cookies.insert("docslot-directory".into(), "nonsense".into());
        let answer = come_back(&mut browser, &back).await;
        says(&mut browser, &answer, 401, AGAIN).await;

        // ten minutes later
        let back = provider.signs_in(&leave(&mut browser, "").await);
        provider.advance(&clinic, 600);
        let answer = come_back(&mut browser, &back).await;
        says(&mut browser, &answer, 401, AGAIN).await;
        assert_eq!((written(&clinic).await, provider.plan().exchanged), (before, 0), "nothing was asked of the provider");
    }

    async fn a_code_is_good_once_and_for_its_own_browser(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |_| ())).await;
        let mut browser = web.browser();
        let left = leave(&mut browser, "").await;
        let (back, cookies) = (provider.signs_in(&left), browser.cookies.clone());
        assert_eq!(come_back(&mut browser, &back).await.status, 303);
        let before = written(&clinic).await;
        // the same return with the same cookie
        let mut thief = web.browser();
        thief.cookies = cookies;
        let answer = come_back(&mut thief, &back).await;
        says(&mut thief, &answer, 401, AGAIN).await;
        // a code of the victim in the attacker's own return: the verifier is the attacker's
        let mut victim = web.browser();
        let stolen = provider.signs_in(&leave(&mut victim, "").await);
        let stolen = stolen.split(['=', '&']).nth(1).expect("a code").to_owned();
        let own = provider.signs_in(&leave(&mut thief, "").await);
        let own_state = own.rsplit('=').next().expect("a state");
        let answer = come_back(&mut thief, &format!("/sign-in/directory/return?code={stolen}&state={own_state}")).await;
        says(&mut thief, &answer, 401, AGAIN).await;
        assert_eq!(written(&clinic).await, before);
    }

    async fn a_token_that_proves_something_else_is_refused(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |_| ())).await;
        let before = written(&clinic).await;
        let spoilt: [(&str, Spoil); 13] = [
            ("another sign-in", |claims| claims["nonce"] = json!("another")),
            ("no sign-in", |claims| { claims.as_object_mut().expect("claims").remove("nonce"); }),
            ("over", |claims| claims["exp"] = json!(claims["iat"].as_i64().expect("iat") - 61)),
            ("without an end", |claims| { claims.as_object_mut().expect("claims").remove("exp"); }),
            ("too old", |claims| claims["iat"] = json!(claims["iat"].as_i64().expect("iat") - 601)),
            ("of the future", |claims| claims["iat"] = json!(claims["iat"].as_i64().expect("iat") + 120)),
            ("for another", |claims| claims["aud"] = json!("another program")),
            ("for another, too", |claims| claims["aud"] = json!([CLIENT, "another program"])),
            ("for nobody", |claims| { claims.as_object_mut().expect("claims").remove("aud"); }),
            ("made for another", |claims| claims["azp"] = json!("another program")),
            ("of another provider", |claims| claims["iss"] = json!("https://id.evil.example")),
            ("of nearly the same provider", |claims| claims["iss"] = json!(format!("{}/", claims["iss"].as_str().expect("iss")))),
            ("of nobody", |claims| { claims.as_object_mut().expect("claims").remove("sub"); }),
        ];
        for (what, spoil) in spoilt {
            provider.plan().spoil = spoil;
            let mut browser = web.browser();
            let answer = sign_in(&mut browser, &provider, "").await;
            let page = browser.get(answer.location()).await;
            // one that is no token at all is an answer of no provider
            assert!(matches!(page.status, 401 | 503), "{what}: {}", page.status);
            assert!(page.text().contains(AGAIN) || page.text().contains(AWAY), "{what}: {}", page.text());
            assert!(!browser.cookies.contains_key("docslot"), "{what}");
        }
        assert_eq!(written(&clinic).await, before);
    }

    async fn only_the_providers_own_keys_count(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |_| ())).await;
        let before = written(&clinic).await;
        for signing in [Signing::Nothing, Signing::Secret, Signing::Pretending(1), Signing::Key(2)] {
            provider.plan().signing = signing;
            // long enough for the keys to be read again each time
            provider.advance(&clinic, 61);
            let mut browser = web.browser();
            let answer = sign_in(&mut browser, &provider, "").await;
            says(&mut browser, &answer, 401, AGAIN).await;
        }
        assert_eq!(written(&clinic).await, before);
    }

    async fn a_changed_key_is_found_and_looked_for_once_a_minute(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |_| ())).await;
        let mut browser = web.browser();
        assert_eq!(sign_in(&mut browser, &provider, "").await.header("location"), "/admin");
        {
            let mut plan = provider.plan();
            (plan.keys, plan.signing) = (vec![2], Signing::Key(2));
        }
        // the keys were read a moment ago
        let mut other = web.browser();
        let answer = sign_in(&mut other, &provider, "").await;
        says(&mut other, &answer, 401, AGAIN).await;
        assert_eq!(provider.plan().keys_read, 1);
        provider.advance(&clinic, 61);
        assert_eq!(sign_in(&mut other, &provider, "").await.header("location"), "/admin");
        // the old key no longer counts, and the keys are not read for each token that says so
        provider.plan().signing = Signing::Key(1);
        for _ in 0..3 {
            let mut late = web.browser();
            let answer = sign_in(&mut late, &provider, "").await;
            says(&mut late, &answer, 401, AGAIN).await;
        }
        assert_eq!(provider.plan().keys_read, 2);
    }

    async fn what_the_provider_says_instead_is_one_sentence(clinic: TestClinic) {
        let provider = Provider::start().await;
        let app = provider.app(&clinic, |_| ());
        let web = Web::serve(&app).await;
        let before = written(&clinic).await;
        let mut browser = web.browser();
        for error in ["access_denied", "server_error", "%3Cscript%3Ealert(1)%3C/script%3E"] {
            let back = provider.signs_in(&leave(&mut browser, "/admin").await);
            let state = back.rsplit('=').next().expect("a state");
            let answer = come_back(&mut browser, &format!("/sign-in/directory/return?error={error}&error_description=Nia&state={state}")).await;
            assert_eq!(answer.location(), "/sign-in?next=/admin");
            says(&mut browser, &answer, 401, STOPPED).await;
        }
        // another provider's answer to this provider's question (RFC 9207)
        let back = provider.signs_in(&leave(&mut browser, "").await);
        let answer = come_back(&mut browser, &format!("{back}&iss=https://id.evil.example")).await;
        says(&mut browser, &answer, 401, AGAIN).await;

        // a secret that the provider does not know
        let other = Web::serve(&provider.app(&clinic, |oidc| oidc.client_secret = "wrong".into())).await;
        let mut stranger = other.browser();
        let answer = sign_in(&mut stranger, &provider, "").await;
        says(&mut stranger, &answer, 503, AWAY).await;

        // one that is away, or is not the one that it is said to be
        provider.plan().is_away = true;
        let away = Web::serve(&provider.app(&clinic, |_| ())).await;
        let mut early = away.browser();
        let answer = early.get("/sign-in/directory?next=/admin").await;
        assert_eq!(answer.location(), "/sign-in?next=/admin");
        says(&mut early, &answer, 503, AWAY).await;
        let mislead = Web::serve(&provider.app(&clinic, |oidc| oidc.issuer.push('/'))).await;
        provider.plan().is_away = false;
        let mut misled = mislead.browser();
        let answer = misled.get("/sign-in/directory").await;
        says(&mut misled, &answer, 503, AWAY).await;
        assert_eq!(written(&clinic).await, before);
    }

    async fn one_address_cannot_have_the_provider_asked_without_end(clinic: TestClinic) {
        let provider = Provider::start().await;
        let app = provider.app(&clinic, |_| ());
        let web = Web::serve(&app).await;
        let mut browser = web.browser();
        let limited = docslot::web::rate_limits::Limited::Directory;
        let (limits, address) = (&app.settings.limits, "127.0.0.1".parse().expect("an address"));
        for _ in 0..600 {
            app.limits.take(limits, limited, address, app.clock.now()).await.expect("600 in an hour");
        }
        let answer = sign_in(&mut browser, &provider, "").await;
        says(&mut browser, &answer, 429, "Too many attempts").await;
        assert_eq!((provider.plan().exchanged, app.limits.refused(limited)), (0, 1));
        assert_eq!(AppError::TooManyAttempts { wait_seconds: 1 }.status(), 429);
    }
}

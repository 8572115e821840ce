//! A provider that was not written for these tests, where a test is told of one.

use docslot::{config::OidcSettings, db::Engine, state::AppState};

use crate::{
    clinic::TestClinic,
    web::{Browser, Web},
};

/// The clinic's app, whose clock is the machine's: the provider's is.
async fn app(clinic: &TestClinic, issuer: &str) -> AppState {
    let mut settings = (*clinic.app.settings).clone();
    settings.oidc = OidcSettings {
        issuer: issuer.to_owned(),
        client_id: "docslot".into(),
        client_secret: "a secret of this test".into(),
        scopes: vec!["profile".into(), "email".into(), "groups".into()],
        receptionist_groups: vec!["desk".into()],
        create_accounts: true,
        ..OidcSettings::default()
    };
    AppState::build(settings, clinic.app.db.clone()).await.expect("an app")
}

/// Follows the links of the provider, as a browser does, until one leads back to the app.
async fn at_the_provider(address: &str) -> String {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let mut cookies: Vec<String> = Vec::new();
    let mut next = address.to_owned();
    for _ in 0..10 {
        if let Some(path) = next.strip_prefix("http://127.0.0.1:3000") {
            return path.to_owned();
        }
        let answer = client.get(&next).header("cookie", cookies.join("; ")).send().await.expect("an answer");
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str().expect("text").split(';').next().expect("a pair").to_owned();
            let name = [pair.split('=').next().expect("a name"), "="].concat();
            cookies.retain(|kept| !kept.starts_with(&name));
            cookies.push(pair);
        }
        let location = answer.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let Some(location) = location else {
            panic!("{next} leads nowhere: {} {}", answer.status(), answer.text().await.unwrap_or_default());
        };
        next = url::Url::parse(&next).expect("an address").join(&location).expect("an address").to_string();
    }
    panic!("the provider leads in a circle");
}

async fn signs_in(browser: &mut Browser, issuer: &str) -> String {
    let left = browser.get("/sign-in/directory?next=/account").await.location().to_owned();
    assert!(left.starts_with(issuer), "{left}");
    let back = at_the_provider(&left).await;
    browser.get(&back).await.location().to_owned()
}

/// `deploy/tools/oidc.sh` starts a provider and runs this.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs an OpenID provider: deploy/tools/oidc.sh"]
async fn a_provider_describes_itself_signs_people_in_and_changes_its_keys() {
    TestClinic::run(Engine::Sqlite, body).await;
}

async fn body(clinic: TestClinic) {
    let issuer = std::env::var("DOCSLOT_TEST_OIDC").expect("DOCSLOT_TEST_OIDC is the address of a provider");
    let app = app(&clinic, &issuer).await;
    assert!(app.staff_directory.test().await.expect("it answers").contains("with 1 keys"));
    let web = Web::serve(&app).await;
    let mut browser = web.browser();
    assert_eq!(signs_in(&mut browser, &issuer).await, "/account");
    assert!(browser.get("/account").await.text().contains("Nia Rahman"));
    let made = "select count(*) from persons where role = 'receptionist' and email = 'nia@clinic.example'";
    assert_eq!(clinic.count(made).await, 1);

    // the provider is told to begin anew with another key
    reqwest::Client::new().post(format!("{issuer}/test/new-key")).send().await.expect("another key");
    let mut other = web.browser();
    let early = signs_in(&mut other, &issuer).await;
    assert!(early.starts_with("/sign-in"), "the keys were read a moment ago: {early}");
    tokio::time::sleep(std::time::Duration::from_secs(61)).await;
    assert_eq!(signs_in(&mut other, &issuer).await, "/account");
    assert_eq!(clinic.count("select count(*) from persons").await, 1, "the same account");
}

//! Accounts behind the pages: registering, signing in and out, and sessions that end at once.

use docslot::{
    accounts::{
        Role,
        server::{self as accounts, RegisterForm},
    },
    error::{AppError, FieldCode},
    web::request::{Actor, RequestContext},
};

use crate::{
    both_databases,
    clinic::TestClinic,
    joining::invite,
    web::{Answer, Browser, Web},
};

const PASSWORD: &str = "quiet green bicycle";

fn form(email: &str) -> RegisterForm {
    RegisterForm { name: "Ana Novak".into(), email: email.into(), phone: String::new(), password: PASSWORD.into() }
}

async fn register(clinic: &TestClinic, email: &str) -> Result<Actor, AppError> {
    Ok(accounts::register(&clinic.app, &RequestContext::anonymous(), form(email)).await?.actor)
}

async fn account(browser: &mut Browser) -> Answer {
    browser.get("/account").await
}

both_databases! {
    async fn an_address_opens_one_account_however_it_is_written(clinic: TestClinic) {
        let actor = register(&clinic, "Ana@Example.org").await.expect("an account");
        let signed_in_user = accounts::signed_in_user(&clinic.app, &actor).await.expect("a viewer");
        assert_eq!((signed_in_user.name.as_str(), signed_in_user.role), ("Ana Novak", Role::Patient));
        for again in ["ana@example.org", " ANA@EXAMPLE.ORG "] {
            let refused = register(&clinic, again).await;
            assert_eq!(refused, Err(AppError::field("email", FieldCode::EmailUnusable)), "{again}");
        }
        let nobody = RequestContext::anonymous();
        accounts::sign_in(&clinic.app, &nobody, "ANA@example.org", PASSWORD).await.expect("signed in");
        let wrong = accounts::sign_in(&clinic.app, &nobody, "ana@example.org", "quiet green bicyclE").await;
        assert_eq!(wrong.err(), Some(AppError::WrongCredentials));
    }

    async fn every_field_that_does_not_fit_is_named_at_once(clinic: TestClinic) {
        let form = RegisterForm { name: " ".into(), email: "x".into(), phone: "call".into(), password: "short".into() };
        let refused = accounts::register(&clinic.app, &RequestContext::anonymous(), form).await.err();
        let Some(AppError::Invalid { fields }) = refused else { panic!("{refused:?}") };
        let names: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(names, ["name", "email", "phone", "password"]);
        let common = RegisterForm { password: "password1234".into(), ..super::form("bob@example.org") };
        let refused = accounts::register(&clinic.app, &RequestContext::anonymous(), common).await.err();
        assert_eq!(refused, Some(AppError::field("password", FieldCode::EasilyGuessed)));
        assert_eq!(clinic.count("select count(*) from persons").await, 0);
    }

    async fn passwords_and_tokens_are_not_stored_in_clear(clinic: TestClinic) {
        let signed = accounts::register(&clinic.app, &RequestContext::anonymous(), form("ana@example.org")).await.expect("an account");
        assert_eq!(clinic.count("select count(*) from persons where password_hash like '$argon2id$v=19$m=19456,t=2,p=1$%'").await, 1);
        assert_eq!(clinic.count("select count(*) from refresh_tokens where length(token_hash) = 32").await, 1);
        assert!(!signed.refresh.is_empty() && !signed.access.contains(&signed.refresh));
    }

    async fn signing_out_ends_the_session_on_every_copy_of_its_cookie(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        browser.get("/register").await;
        let fields = [("name", "Ana Novak"), ("email", "ana@example.org"), ("phone", ""), ("password", PASSWORD), ("next", "/")];
        browser.post("/fn/register", &fields).await;
        let mut copy = browser.clone();
        assert_eq!(account(&mut copy).await.status, 200);
        browser.get("/account").await;
        browser.post("/fn/sign_out", &[]).await;
        assert_eq!(account(&mut browser).await.status, 302);
        assert_eq!(account(&mut copy).await.status, 302, "the copy ends too");
    }

    async fn a_session_goes_on_by_itself_and_a_stolen_token_ends_it(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        browser.get("/register").await;
        let fields = [("name", "Ana Novak"), ("email", "ana@example.org"), ("phone", ""), ("password", PASSWORD), ("next", "/")];
        browser.post("/fn/register", &fields).await;
        let stolen = browser.clone();
        clinic.clock.advance_seconds(11 * 60);
        assert_eq!(account(&mut browser).await.status, 200, "renewed");
        assert_ne!(browser.cookies, stolen.cookies);
        let mut second_tab = stolen.clone();
        assert_eq!(account(&mut second_tab).await.status, 200, "two tabs renewed at the same moment");
        clinic.clock.advance_seconds(120);
        assert_eq!(account(&mut stolen.clone()).await.status, 302, "a used token came back");
        assert_eq!(account(&mut browser).await.status, 302, "and ended the session for everybody");
    }

    async fn a_session_ends_after_thirty_days(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        browser.get("/register").await;
        let fields = [("name", "Ana Novak"), ("email", "ana@example.org"), ("phone", ""), ("password", PASSWORD), ("next", "/")];
        browser.post("/fn/register", &fields).await;
        for _ in 0..29 {
            clinic.clock.advance_seconds(86_400);
            assert_eq!(account(&mut browser).await.status, 200);
        }
        clinic.clock.advance_seconds(2 * 86_400);
        assert_eq!(account(&mut browser).await.status, 302);
    }

    async fn staff_accounts_come_from_the_command_line_only(clinic: TestClinic) {
        accounts::create_admin(&clinic.app, "staff@example.org", "Staff", PASSWORD).await.expect("an account");
        let twice = accounts::create_admin(&clinic.app, "staff@example.org", "Staff", PASSWORD).await;
        assert_eq!(twice, Err(AppError::field("email", FieldCode::EmailUnusable)));
        let weak = accounts::create_admin(&clinic.app, "other@example.org", "Staff", "short").await;
        assert!(matches!(weak, Err(AppError::Invalid { .. })));
        assert_eq!(clinic.count("select count(*) from persons where role = 'admin'").await, 1);
        // a role in the form changes nothing
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        browser.get("/register").await;
        let fields = [("name", "Eve"), ("email", "eve@example.org"), ("phone", ""), ("password", PASSWORD), ("next", "/"), ("role", "admin")];
        browser.post("/fn/register", &fields).await;
        assert_eq!(clinic.count("select count(*) from persons where role = 'admin'").await, 1);
        assert_eq!(browser.get("/admin").await.status, 403);
    }

    async fn pages_that_ask_for_a_password_offer_to_show_it_and_no_others_load_the_script(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let staff = clinic.user(Role::Admin).await;
        let code = invite(&clinic, staff, "doctor", "mara@example.org").await;
        let mut browser = web.browser();
        browser.get("/register").await;
        let mut asking = vec!["/sign-in".to_owned(), "/register".to_owned(), format!("/invite/{code}")];
        assert_scripts(&mut browser, &asking, 1).await;
        assert_scripts(&mut browser, &["/".into(), "/doctors".into(), "/help".into(), "/forgot-password".into()], 0).await;
        browser.get("/register").await;
        let fields = [("name", "Ana Novak"), ("email", "ana@example.org"), ("phone", ""), ("password", PASSWORD), ("next", "/")];
        browser.post("/fn/register", &fields).await;
        asking = vec!["/account/password".into(), "/account/email".into()];
        assert_scripts(&mut browser, &asking, 1).await;
        assert_scripts(&mut browser, &["/account".into(), "/account/profile".into(), "/account/tokens".into()], 0).await;
    }
}

/// The script that shows passwords stands so often in each page, as the security policy and its own address ask.
async fn assert_scripts(browser: &mut Browser, pages: &[String], wanted: usize) {
    for path in pages {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        let scripts: Vec<&str> = page.body.split('<').filter(|tag| tag.contains("show-password.js")).collect();
        assert_eq!(scripts.len(), wanted, "{path}: {scripts:?}");
        let passwords = page.body.matches("type=\"password\"").count();
        assert_eq!(passwords > 0, wanted > 0, "{path}");
        for tag in scripts {
            assert!(tag.contains("src=\"/show-password.js?v=") && tag.contains("defer"), "{tag}");
        }
        let policy = page.header("content-security-policy");
        for nonce in page.attributes("show-password.js", "nonce") {
            assert!(policy.contains(&format!("'nonce-{nonce}'")), "{path}");
        }
        assert_eq!(page.attributes("show-password.js", "nonce").len(), wanted, "{path}");
    }
}

//! Which account a person of the directory gets, and what becomes of it.

use docslot::{
    accounts::{Role, server::password_reset},
    web::request::RequestContext,
};
use serde_json::{Value, json};

use super::{PASSWORD, actions, come_back, leave, nia_with, provider::Provider, says, sign_in};
use crate::{access::person, both_databases, clinic::TestClinic, web::Web};

const NO_GROUP: &str = "Your clinic\u{2019}s directory does not let you in here.";

async fn identities(clinic: &TestClinic) -> i64 {
    clinic.count("select count(*) from directory_identities").await
}

/// The sign-in of this person is refused with these words.
async fn refused(web: &Web, provider: &Provider, person: Value, words: &str) {
    provider.plan().person = person;
    let mut browser = web.browser();
    let answer = sign_in(&mut browser, provider, "").await;
    says(&mut browser, &answer, 403, words).await;
}

/// Waits for what is noted beside the answers.
async fn noted(clinic: &TestClinic, action: &str, times: usize) {
    for _ in 0..50 {
        if actions(clinic).await.iter().filter(|noted| *noted == action).count() == times {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{action} is not there {times} times: {:?}", actions(clinic).await);
}

both_databases! {
    async fn an_account_that_was_there_is_found_by_its_proved_address_once(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |oidc| oidc.create_accounts = false)).await;
        let (_, user) = person(&clinic, &web, "nia@clinic.example", Role::Receptionist).await;
        for wrong in [json!({ "email_verified": false }), json!({ "email_verified": null }), json!({ "email": "" }), json!({ "email": "nia" })] {
            refused(&web, &provider, nia_with(wrong), "does not say that your email address is yours").await;
        }
        assert_eq!(identities(&clinic).await, 0);
        provider.plan().person = nia_with(json!({ "email": "Nia@Clinic.Example" }));
        let mut browser = web.browser();
        assert_eq!(sign_in(&mut browser, &provider, "/account").await.location(), "/account");
        assert!(browser.get("/account").await.text().contains("nia@clinic.example"));
        let by_directory = "select count(*) from sessions where directory_at is not null";
        assert_eq!((clinic.count(by_directory).await, identities(&clinic).await), (1, 1));
        let linked = clinic.an_id("select person_id from directory_identities where made_at is null").await;
        assert_eq!(linked, user.0);
        // from now on the subject counts: another address, and one that is not proved
        provider.plan().person = nia_with(json!({ "email": "new@clinic.example", "email_verified": false }));
        assert_eq!(sign_in(&mut web.browser(), &provider, "/account").await.location(), "/account");
        // and the address no longer: another person has it now
        let other = nia_with(json!({ "sub": "nia-2" }));
        refused(&web, &provider, other, "This account belongs to another person of your clinic\u{2019}s directory.").await;
        assert_eq!((identities(&clinic).await, actions(&clinic).await.contains(&"user.linked_to_directory".to_owned())), (1, true));
        noted(&clinic, "user.refused_by_directory", 1).await;
    }

    async fn whom_only_the_directory_knows_is_let_in_where_the_clinic_wants_it(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |oidc| oidc.create_accounts = false)).await;
        let unknown = "Nobody here has your email address.";
        refused(&web, &provider, nia_with(json!({})), unknown).await;
        let open = Web::serve(&provider.app(&clinic, |_| ())).await;
        refused(&open, &provider, nia_with(json!({ "groups": ["doctors"] })), unknown).await;
        let not_proved = "does not say that your email address is yours";
        refused(&open, &provider, nia_with(json!({ "email_verified": false })), not_proved).await;
        for groups in [json!([]), json!(["desks"]), json!("other"), json!(null), json!({ "desk": true })] {
            refused(&open, &provider, nia_with(json!({ "groups": groups })), NO_GROUP).await;
        }
        assert_eq!((clinic.count("select count(*) from persons").await, identities(&clinic).await), (0, 0));
        // a name that cannot be kept is none
        provider.plan().person = nia_with(json!({ "name": "\u{202e}\n", "groups": "heads" }));
        let mut browser = open.browser();
        assert_eq!(sign_in(&mut browser, &provider, "").await.location(), "/admin");
        assert_eq!(clinic.count("select count(*) from persons where display_name = 'nia' and role = 'admin'").await, 1);
    }

    async fn the_groups_count_anew_at_each_sign_in(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |_| ())).await;
        let mut browser = web.browser();
        sign_in(&mut browser, &provider, "").await;
        let is = async |role: &str| {
            let mut reader = clinic.app.db.read().await.expect("a reader");
            let sql = "select role from persons where email = 'nia@clinic.example'";
            let found: String = reader.conn().fetch_value(sql, ()).await.expect("a role");
            assert_eq!(found, role);
        };
        is("receptionist").await;
        provider.plan().person = nia_with(json!({ "groups": ["desk", "heads"] }));
        sign_in(&mut browser, &provider, "").await;
        is("admin").await;
        // the clinic keeps its last admin
        provider.plan().person = nia_with(json!({}));
        let mut other = web.browser();
        let answer = sign_in(&mut other, &provider, "").await;
        says(&mut other, &answer, 409, "the clinic's last staff account").await;
        is("admin").await;
        person(&clinic, &web, "admin@example.org", Role::Admin).await;
        sign_in(&mut other, &provider, "").await;
        is("receptionist").await;
        assert_eq!(other.get("/patients").await.status, 200);
        // the group is lost: refused, and out everywhere, because nothing else keeps the person out
        refused(&web, &provider, nia_with(json!({ "groups": [] })), NO_GROUP).await;
        assert_eq!(other.get("/patients").await.status, 302);
        is("receptionist").await;
        noted(&clinic, "user.refused_by_directory", 1).await;
        assert_eq!(actions(&clinic).await.iter().filter(|action| *action == "user.role_by_directory").count(), 2);
        provider.plan().person = nia_with(json!({}));
        assert_eq!(sign_in(&mut other, &provider, "/patients").await.location(), "/patients", "and in again");
    }

    async fn doctors_stay_doctors_and_are_never_made(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |_| ())).await;
        person(&clinic, &web, "nia@clinic.example", Role::Doctor).await;
        refused(&web, &provider, nia_with(json!({ "groups": ["desk", "heads"] })), NO_GROUP).await;
        provider.plan().person = nia_with(json!({ "groups": ["doctors", "heads"] }));
        let mut browser = web.browser();
        assert_eq!(sign_in(&mut browser, &provider, "").await.location(), Role::Doctor.start_page());
        assert_eq!(clinic.count("select count(*) from persons where role = 'doctor'").await, 1);
        // a doctor who had a password keeps it, and so the sessions that it began
        refused(&web, &provider, nia_with(json!({ "groups": ["desk"] })), NO_GROUP).await;
        assert_eq!(browser.get("/account").await.status, 200);
    }

    async fn patients_and_suspended_people_are_refused(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |_| ())).await;
        person(&clinic, &web, "nia@clinic.example", Role::Patient).await;
        refused(&web, &provider, nia_with(json!({})), "belongs to a patient\u{2019}s account").await;
        assert_eq!(identities(&clinic).await, 0);
        clinic.execute("update persons set role = 'receptionist', status = 'suspended'").await.expect("suspended");
        refused(&web, &provider, nia_with(json!({})), "Your account is suspended.").await;
        clinic.execute("update persons set status = 'active'").await.expect("let in");
        let mut browser = web.browser();
        sign_in(&mut browser, &provider, "").await;
        clinic.execute("update persons set status = 'suspended'").await.expect("suspended");
        refused(&web, &provider, nia_with(json!({})), "Your account is suspended.").await;
        assert_eq!(browser.get("/account").await.status, 302);
        // somebody whom the directory knew before, and who has become a patient here
        clinic.execute("update persons set status = 'active', role = 'patient'").await.expect("a patient");
        refused(&web, &provider, nia_with(json!({})), "belongs to a patient\u{2019}s account").await;
    }

    async fn an_account_of_the_directory_has_no_other_way_in(clinic: TestClinic) {
        let provider = Provider::start().await;
        let app = provider.app(&clinic, |_| ());
        let web = Web::serve(&app).await;
        let mut browser = web.browser();
        sign_in(&mut browser, &provider, "").await;
        let account = browser.get("/account").await;
        assert!(account.text().contains("Sign-in With Riverside"), "{}", account.text());
        assert!(!account.body.contains("/account/password") && !account.body.contains("/account/email"));
        let links = "select count(*) from outbox where kind = 'reset_password'";
        let ask = async |app| {
            let asked = password_reset::ask(app, &RequestContext::anonymous(), "nia@clinic.example").await;
            asked.expect("the same answer for every address");
        };
        ask(&app).await;
        assert_eq!(clinic.count(links).await, 0, "no link for a password");
        browser.get("/account/second-factor").await;
        let answer = browser.post("/fn/account/begin_passkey", &[]).await;
        let page = browser.get(answer.location()).await;
        assert_eq!(page.status, 403, "no passkey: {}", page.text());
        let mut guess = web.browser();
        guess.get("/sign-in").await;
        let form = [("email", "nia@clinic.example"), ("password", PASSWORD), ("next", "/")];
        assert_eq!(guess.submit("/fn/sign_in", &form).await.status, 401);
        // once the directory is switched off, the account is one like any other
        ask(&clinic.app).await;
        assert_eq!(clinic.count(links).await, 1);
    }

    async fn two_first_sign_ins_at_once_make_one_account(clinic: TestClinic) {
        let provider = Provider::start().await;
        let web = Web::serve(&provider.app(&clinic, |_| ())).await;
        let mut returns = Vec::new();
        for _ in 0..4 {
            let mut browser = web.browser();
            let back = provider.signs_in(&leave(&mut browser, "").await);
            returns.push(tokio::spawn(async move { come_back(&mut browser, &back).await.location().to_owned() }));
        }
        let mut signed_in = 0;
        for one in returns {
            signed_in += i64::from(one.await.expect("an answer") == "/admin");
        }
        assert!(signed_in >= 1, "{signed_in}");
        assert_eq!(clinic.count("select count(*) from persons").await, 1);
        assert_eq!((identities(&clinic).await, clinic.count("select count(*) from sessions").await), (1, signed_in));
    }

    async fn the_claims_have_the_names_that_the_clinic_says(clinic: TestClinic) {
        let provider = Provider::start().await;
        let entra = |oidc: &mut docslot::config::OidcSettings| {
            (oidc.groups_claim, oidc.verified_claim) = ("roles".into(), "xms_edov".into());
        };
        let web = Web::serve(&provider.app(&clinic, entra)).await;
        refused(&web, &provider, nia_with(json!({})), NO_GROUP).await;
        let roles = json!({ "roles": ["desk"], "groups": [] });
        refused(&web, &provider, nia_with(roles), "does not say that your email address is yours").await;
        provider.plan().person = nia_with(json!({ "roles": ["desk"], "xms_edov": "1", "email_verified": null }));
        assert_eq!(sign_in(&mut web.browser(), &provider, "/account").await.location(), "/account");
    }
}

//! The second factor: codes that a telephone makes, recovery codes, trusted browsers, and the clinic's rule.

use docslot::{
    accounts::server::{
        self as accounts, RegisterForm, own_account, password_reset,
        second_factor::{self, reset, trusted},
        second_step::{self, FirstStep, HalfSignIn},
    },
    error::{AppError, FieldCode},
    state::AppState,
    time::Timestamp,
    web::request::{Actor, RequestContext},
};
use totp_rs::{Builder, Secret};

use crate::{
    accounts_by_mail::{Post, token},
    api::Program,
    both_databases,
    clinic::TestClinic,
    web::{Answer, Browser, Web},
};

const PASSWORD: &str = "quiet green bicycle";
const STAFF: &str = "staff@example.org";
const DAY: i64 = 86_400;
const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A sender at this network address, without cookies.
fn at(address: &str) -> RequestContext {
    RequestContext { address: address.parse().expect("an address"), ..RequestContext::anonymous() }
}

/// A telephone that makes codes, and the paper with the recovery codes.
struct Phone {
    secret: String,
    codes: Vec<String>,
}

impl Phone {
    /// What it shows at this moment.
    fn shows(&self, at: Timestamp) -> String {
        let secret = Secret::try_from_base32(self.secret.replace(' ', "")).expect("base 32");
        let totp = Builder::new().with_secret(secret).build().expect("a telephone");
        totp.generate(u64::try_from(at.0).expect("a moment")).to_string()
    }
}

/// A member of staff with a session and without a second factor.
async fn staff(clinic: &TestClinic, email: &str) -> Actor {
    accounts::create_admin(&clinic.app, email, "Staff Person", PASSWORD).await.expect("an account");
    accounts::sign_in(&clinic.app, &at("198.51.100.1"), email, PASSWORD).await.expect("signed in").actor
}

async fn set_up(clinic: &TestClinic, actor: Actor) -> Phone {
    second_factor::begin(&clinic.app, actor, "").await.expect("a secret");
    let own = second_factor::own(&clinic.app, actor).await.expect("the page");
    let mut phone = Phone { secret: own.set_up.expect("a key").secret, codes: Vec::new() };
    let code = phone.shows(clinic.app.clock.now());
    phone.codes = second_factor::confirm(&clinic.app, actor, &code).await.expect("confirmed");
    // the code of the set-up is used
    clinic.clock.advance_seconds(60);
    phone
}

/// The first half of a sign-in.
async fn half(app: &AppState, sender: &RequestContext, email: &str) -> HalfSignIn {
    match accounts::first_step(app, sender, email, PASSWORD).await.expect("the right password") {
        FirstStep::CodeNeeded(half) => half,
        FirstStep::Signed(_) => panic!("no code was asked for"),
    }
}

async fn finish(clinic: &TestClinic, address: &str, code: &str) -> Result<Actor, AppError> {
    let half = half(&clinic.app, &at(address), STAFF).await;
    let finished = second_step::finish(&clinic.app, &at(address), &half, code, None).await;
    finished.map(|finished| finished.signed.actor)
}

fn wrong(code: FieldCode) -> Option<AppError> {
    Some(AppError::field("code", code))
}

/// Signs in on the page, and returns the answer to the password.
async fn type_password(browser: &mut Browser, email: &str, next: &str) -> Answer {
    browser.get(&format!("/sign-in?next={next}")).await;
    browser.post("/fn/sign_in", &[("email", email), ("password", PASSWORD), ("next", next)]).await
}

both_databases! {
    async fn a_telephone_is_set_up_on_the_page_without_scripts(clinic: TestClinic) {
        let other = staff(&clinic, STAFF).await;
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        assert_eq!(type_password(&mut browser, STAFF, "/admin").await.location(), "/admin");
        let page = browser.get("/account/second-factor").await;
        assert!(page.text().contains("Set it up"), "{}", page.text());
        let page = browser.submit("/fn/account/begin_second_factor", &[]).await;
        assert!(page.body.contains("class=\"qr-code\"") && page.body.contains("role=\"img\""), "{}", page.body);
        let (_, key) = page.body.split_once("class=\"typed-key\">").expect("the key to type");
        let phone = Phone { secret: key.split('<').next().expect("a key").to_owned(), codes: Vec::new() };
        assert_eq!(phone.secret.len(), 32 + 7, "{}", phone.secret);
        let inputs = page.attributes("id=\"code\"", "autocomplete");
        assert_eq!(inputs, ["one-time-code"]);

        let page = browser.submit("/fn/account/confirm_second_factor", &[("code", "12345")]).await;
        assert_eq!(page.status, 422);
        assert!(page.body.contains("href=\"#code\"") && page.body.contains("id=\"code-error\""), "{}", page.text());
        assert_eq!(clinic.count("select count(*) from second_factors where confirmed_at is not null").await, 0);

        let code = phone.shows(clinic.app.clock.now());
        let typed = format!(" {} {} ", &code[..3], &code[3..]);
        let page = browser.submit("/fn/account/confirm_second_factor", &[("code", &typed)]).await;
        assert_eq!(page.status, 200);
        let list = page.body.split("class=\"code-list\">").nth(1).and_then(|rest| rest.split("</ul>").next());
        assert_eq!(list.expect("the recovery codes").matches("<li>").count(), 10);
        assert!(page.text().contains("10 left"), "{}", page.text());
        let again = browser.get("/account/second-factor").await;
        assert!(!again.body.contains("code-list"), "shown once");
        assert!(!again.body.contains("typed-key"), "the key too");
        assert!(browser.get("/account").await.text().contains("Asked for"));

        let goes_on = accounts::find(&clinic.app, other.session, None).await.expect("an answer");
        assert_eq!(goes_on, None, "other sessions end");
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'second_factor_changed'").await, 1);
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'second_factor.set_up'").await, 1);
        let plain = Secret::try_from_base32(phone.secret.replace(' ', "")).expect("base 32");
        let kept: Vec<u8> = {
            let mut reader = clinic.app.db.read().await.expect("a reader");
            let read = reader.conn().fetch_value("select secret from second_factors", ()).await;
            read.expect("a secret")
        };
        assert!(!kept.windows(20).any(|bytes| bytes == plain.as_bytes()), "the secret is encrypted");
    }

    async fn the_right_password_leads_to_the_code_and_opens_nothing(clinic: TestClinic) {
        let phone = set_up(&clinic, staff(&clinic, STAFF).await).await;
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        let next = "/admin/users?q=ana";
        let asked = type_password(&mut browser, STAFF, "%2Fadmin%2Fusers%3Fq%3Dana").await;
        assert_eq!(asked.location(), "/sign-in/code", "an address that is escaped twice is not followed");
        browser.get("/sign-in").await;
        let asked = browser.post("/fn/sign_in", &[("email", STAFF), ("password", PASSWORD), ("next", next)]).await;
        let page = asked.location().to_owned();
        assert_eq!(page, "/sign-in/code?next=/admin/users%3Fq%3Dana");
        let cookie = asked.headers.iter().find(|(_, value)| value.starts_with("docslot-half=")).expect("a cookie");
        assert!(cookie.1.contains("HttpOnly") && cookie.1.contains("Max-Age=300"), "{}", cookie.1);
        assert!(!browser.cookies.contains_key("docslot") && !browser.cookies.contains_key("docslot-refresh"));
        assert_eq!(browser.get("/admin").await.status, 302, "nobody is signed in");
        assert_eq!(browser.get("/account/second-factor").await.status, 302);

        let shown = browser.get(&page).await;
        assert_eq!(shown.attributes("id=\"code\"", "inputmode"), ["numeric"]);
        assert_eq!(shown.attributes("name=\"next\"", "value"), [next]);
        let wrong = browser.submit("/fn/sign_in/code", &[("code", "000000"), ("next", next)]).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.body.contains("id=\"code-error\""), "{}", wrong.text());
        let code = phone.shows(clinic.app.clock.now());
        let entered = browser.post("/fn/sign_in/code", &[("code", &code), ("next", next)]).await;
        assert_eq!(entered.location(), next);
        assert!(!browser.cookies.contains_key("docslot-half"), "its time is over");
        assert_eq!(browser.get("/admin").await.status, 200);
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'second_factor.failed'").await, 1);
    }

    async fn a_code_works_once_and_a_neighbouring_step_counts(clinic: TestClinic) {
        let phone = set_up(&clinic, staff(&clinic, STAFF).await).await;
        let now = clinic.app.clock.now();
        let before = phone.shows(now.plus_seconds(-30));
        finish(&clinic, "192.0.2.1", &before).await.expect("the code of the step before");
        assert_eq!(finish(&clinic, "192.0.2.1", &before).await.err(), wrong(FieldCode::CodeUsed));
        let present = phone.shows(now);
        finish(&clinic, "192.0.2.1", &present).await.expect("the next one");
        assert_eq!(finish(&clinic, "192.0.2.1", &present).await.err(), wrong(FieldCode::CodeUsed));
        assert_eq!(finish(&clinic, "192.0.2.1", &before).await.err(), wrong(FieldCode::CodeUsed), "an earlier one neither");
        finish(&clinic, "192.0.2.1", &phone.shows(now.plus_seconds(30))).await.expect("the code of the step after");
    }

    async fn a_wrong_clock_is_named_and_its_code_never_opens(clinic: TestClinic) {
        let phone = set_up(&clinic, staff(&clinic, STAFF).await).await;
        let now = clinic.app.clock.now();
        let ahead = phone.shows(now.plus_seconds(180));
        assert_eq!(finish(&clinic, "192.0.2.1", &ahead).await.err(), wrong(FieldCode::ClockWrong(180)));
        let behind = phone.shows(now.plus_seconds(-240));
        assert_eq!(finish(&clinic, "192.0.2.2", &behind).await.err(), wrong(FieldCode::ClockWrong(-240)));
        assert_eq!(finish(&clinic, "192.0.2.1", &ahead).await.err(), wrong(FieldCode::ClockWrong(180)));
        // who guessed it knows now that it will be right
        clinic.clock.advance_seconds(180);
        assert_eq!(finish(&clinic, "192.0.2.1", &ahead).await.err(), wrong(FieldCode::CodeUsed));
        let next = phone.shows(clinic.app.clock.now().plus_seconds(30));
        finish(&clinic, "192.0.2.1", &next).await.expect("another code");
    }

    async fn of_two_requests_with_one_code_one_gets_in(clinic: TestClinic) {
        let phone = set_up(&clinic, staff(&clinic, STAFF).await).await;
        let sessions = clinic.count("select count(*) from sessions").await;
        for round in 0..3 {
            let code = phone.shows(clinic.app.clock.now());
            let senders = (at("192.0.2.1"), at("192.0.3.1"));
                    let halves = (half(&clinic.app, &at("192.0.2.1"), STAFF).await, half(&clinic.app, &at("192.0.3.1"), STAFF).await);
            let (one, other) = tokio::join!(
                second_step::finish(&clinic.app, &senders.0, &halves.0, &code, None),
                second_step::finish(&clinic.app, &senders.1, &halves.1, &code, None),
            );
            let refused = [one.err(), other.err()];
            assert_eq!(refused.iter().filter(|error| error.is_none()).count(), 1, "{refused:?}");
            assert!(refused.contains(&wrong(FieldCode::CodeUsed)), "{refused:?}");
            assert_eq!(clinic.count("select count(*) from sessions").await, sessions + 1 + round);
            clinic.clock.advance_seconds(60);
        }
    }

    async fn a_recovery_code_works_once(clinic: TestClinic) {
        let actor = staff(&clinic, STAFF).await;
        let phone = set_up(&clinic, actor).await;
        let typed = phone.codes[3].to_lowercase().replace('-', " ");
        finish(&clinic, "192.0.2.1", &typed).await.expect("signed in");
        assert_eq!(finish(&clinic, "192.0.2.1", &typed).await.err(), wrong(FieldCode::WrongRecoveryCode));
        let swapped = format!("4{}", &phone.codes[3][1..]);
        assert_eq!(finish(&clinic, "192.0.2.1", &swapped).await.err(), wrong(FieldCode::WrongRecoveryCode));
        let own = second_factor::own(&clinic.app, actor).await.expect("the page");
        assert_eq!(own.codes_left, 9);
        let used = "select count(*) from audit_entries where action = 'second_factor.recovery_code_used'";
        assert_eq!(clinic.count(used).await, 1);

        // at once from two places
        let code = &phone.codes[5];
        let senders = (at("192.0.2.1"), at("192.0.3.1"));
                    let halves = (half(&clinic.app, &at("192.0.2.1"), STAFF).await, half(&clinic.app, &at("192.0.3.1"), STAFF).await);
        let (one, other) = tokio::join!(
            second_step::finish(&clinic.app, &senders.0, &halves.0, code, None),
            second_step::finish(&clinic.app, &senders.1, &halves.1, code, None),
        );
        assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|got_in| **got_in).count(), 1);

        // new ones take the place of all
        let made = second_factor::new_codes(&clinic.app, actor, &phone.codes[0]).await.expect("new codes");
        assert_eq!(second_factor::own(&clinic.app, actor).await.expect("the page").codes_left, 10);
        assert_eq!(finish(&clinic, "192.0.2.9", &phone.codes[1]).await.err(), wrong(FieldCode::WrongRecoveryCode));
        finish(&clinic, "192.0.2.9", &made[1]).await.expect("signed in");
    }

    async fn the_first_half_is_good_for_its_step_its_account_and_five_minutes(clinic: TestClinic) {
        let phone = set_up(&clinic, staff(&clinic, STAFF).await).await;
        let other = set_up(&clinic, staff(&clinic, "other@example.org").await).await;
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        type_password(&mut browser, STAFF, "/admin").await;
        let value = browser.cookies["docslot-half"].clone();
        let device = {
            let mut known = web.browser();
            type_password(&mut known, "other@example.org", "/admin").await;
            let code = other.shows(clinic.app.clock.now());
            known.post("/fn/sign_in/code", &[("code", &code), ("next", "/admin")]).await;
            known.cookies
        };
        let mut altered = value.clone();
        altered.replace_range(20..21, if &value[20..21] == "A" { "B" } else { "A" });
        let forged = [
            ("altered", altered),
            ("made for the device", device["docslot-device"].clone()),
            ("an access token", device["docslot"].clone()),
            ("plain text", "x".repeat(60)),
            ("nothing", String::new()),
        ];
        for (what, value) in forged {
            let mut browser = web.browser();
            browser.cookies.insert("docslot-half".into(), value);
            browser.page = "/sign-in/code?next=/admin".into();
            let code = phone.shows(clinic.app.clock.now());
            let answer = browser.post("/fn/sign_in/code", &[("code", &code), ("next", "/admin")]).await;
            assert_eq!(answer.location(), "/sign-in?next=/admin", "{what}");
            assert!(!browser.cookies.contains_key("docslot"), "{what}");
        }
        for name in ["docslot", "docslot-refresh", "docslot-note", "docslot-device"] {
            let mut browser = web.browser();
            browser.cookies.insert(name.into(), value.clone());
            assert_eq!(browser.get("/admin").await.status, 302, "as {name} it opens nothing");
        }
        // another account's code does not fit this account's half
        let foreign = other.shows(clinic.app.clock.now().plus_seconds(30));
        let answer = browser.submit("/fn/sign_in/code", &[("code", &foreign), ("next", "/admin")]).await;
        assert_eq!(answer.status, 422);

        clinic.clock.advance_seconds(300);
        browser.page = "/sign-in/code?next=/admin".into();
        let code = phone.shows(clinic.app.clock.now());
        let late = browser.submit("/fn/sign_in/code", &[("code", &code), ("next", "/admin")]).await;
        assert_eq!(late.status, 401);
        assert!(late.text().contains("longer than five minutes"), "{}", late.text());
        assert_eq!(late.attributes("name=\"next\"", "value"), ["/admin"], "where the person was going survives");
    }

    async fn another_password_ends_the_first_half_and_no_reset_gets_around_the_code(clinic: TestClinic) {
        let phone = set_up(&clinic, staff(&clinic, STAFF).await).await;
        let sender = at("192.0.2.1");
        let before = half(&clinic.app, &sender, STAFF).await;
        let code = || phone.shows(clinic.app.clock.now());
        let trust = half(&clinic.app, &sender, STAFF).await;
        second_step::finish(&clinic.app, &sender, &trust, &code(), Some(FIREFOX)).await.expect("signed in");
        clinic.clock.advance_seconds(60);
        password_reset::set_by_hand(&clinic.app, STAFF, "another green bicycle").await.expect("a new password");
        let over = second_step::finish(&clinic.app, &sender, &before, &code(), None).await.err();
        assert_eq!(over, Some(AppError::SignInOver));
        let step = accounts::first_step(&clinic.app, &sender, STAFF, "another green bicycle").await.expect("right");
        assert!(matches!(step, FirstStep::CodeNeeded(_)), "the code is asked for still");
        let alone = accounts::sign_in(&clinic.app, &sender, STAFF, "another green bicycle").await.err();
        assert_eq!(alone, Some(AppError::SecondFactorNeeded));
        assert_eq!(clinic.count("select count(*) from trusted_browsers where revoked_at is null").await, 0);
    }

    async fn guesses_of_codes_are_slowed_down_for_the_account(clinic: TestClinic) {
        let phone = set_up(&clinic, staff(&clinic, STAFF).await).await;
        for guess in 0..5 {
            let answer = finish(&clinic, "192.0.2.1", &format!("{guess:06}")).await.err();
            assert_eq!(answer, wrong(FieldCode::WrongCode), "{guess}");
        }
        let refused = finish(&clinic, "192.0.2.9", "000009").await.err();
        assert_eq!(refused, Some(AppError::TooManyAttempts { wait_seconds: 30 }), "one neighbourhood");
        // a right code comes too early as well, and a new password takes nothing back
        password_reset::set_by_hand(&clinic.app, STAFF, PASSWORD).await.expect("a password");
        let code = phone.shows(clinic.app.clock.now());
        assert_eq!(finish(&clinic, "192.0.2.1", &code).await.err(), Some(AppError::TooManyAttempts { wait_seconds: 30 }));
        // and many networks count together
        let mut guesses = 5;
        'networks: for network in 1..10 {
            for guess in 0..5 {
                let answer = finish(&clinic, &format!("10.0.{network}.1"), &format!("{guess:06}")).await.err();
                if matches!(answer, Some(AppError::TooManyAttempts { .. })) {
                    break 'networks;
                }
                guesses += 1;
            }
        }
        assert_eq!(guesses, 20);
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'wrong_codes'").await, 1, "the owner is told");
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'second_factor.failed'").await, 20);
        clinic.clock.advance_seconds(30);
        finish(&clinic, "198.51.100.7", &phone.shows(clinic.app.clock.now())).await.expect("after the wait");
    }

    async fn a_trusted_browser_is_not_asked_until_the_trust_ends(clinic: TestClinic) {
        let phone = set_up(&clinic, staff(&clinic, STAFF).await).await;
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        type_password(&mut browser, STAFF, "/admin").await;
        let code = phone.shows(clinic.app.clock.now());
        browser.post("/fn/sign_in/code", &[("code", &code), ("trust", "true"), ("next", "/admin")]).await;
        let token = browser.cookies["docslot-trusted"].clone();
        browser.post("/fn/sign_out", &[]).await;
        assert_eq!(type_password(&mut browser, STAFF, "/admin").await.location(), "/admin", "no code");
        let mut stranger = web.browser();
        let asked = type_password(&mut stranger, STAFF, "/admin").await;
        assert!(asked.location().starts_with("/sign-in/code"), "{}", asked.location());

        // it is the trust of one account
        set_up(&clinic, staff(&clinic, "other@example.org").await).await;
        let mut swapped = web.browser();
        swapped.cookies.insert("docslot-trusted".into(), token.clone());
        let asked = type_password(&mut swapped, "other@example.org", "/admin").await;
        assert!(asked.location().starts_with("/sign-in/code"), "{}", asked.location());

        let page = browser.get("/account/second-factor").await;
        let id = page.attributes("name=\"id\"", "value");
        assert_eq!(id.len(), 1, "{}", page.text());
        assert_eq!(clinic.count("select count(*) from trusted_browsers where length(token_hash) = 32").await, 1);
        browser.post("/fn/account/forget_browser", &[("id", &id[0])]).await;
        browser.post("/fn/sign_out", &[]).await;
        let asked = type_password(&mut browser, STAFF, "/admin").await;
        assert!(asked.location().starts_with("/sign-in/code"), "revoked");
        for action in ["browser_trusted", "browser_revoked"] {
            let entries = match action {
                "browser_trusted" => "select count(*) from audit_entries where action = 'second_factor.browser_trusted'",
                _ => "select count(*) from audit_entries where action = 'second_factor.browser_revoked'",
            };
            assert_eq!(clinic.count(entries).await, 1, "{action}");
        }
    }

    async fn trust_ends_after_30_days_and_with_every_change(clinic: TestClinic) {
        let actor = staff(&clinic, STAFF).await;
        let phone = set_up(&clinic, actor).await;
        let trust = async || {
            let sender = at("192.0.2.1");
            let half = half(&clinic.app, &sender, STAFF).await;
            let code = phone.shows(clinic.app.clock.now());
            second_step::finish(&clinic.app, &sender, &half, &code, Some(FIREFOX)).await.expect("signed in");
            clinic.clock.advance_seconds(60);
        };
        let trusting = "select count(*) from trusted_browsers where revoked_at is null";
        trust().await;
        let own = second_factor::own(&clinic.app, actor).await.expect("the page");
        assert_eq!(own.browsers[0].device, "Firefox on Windows");
        let stranger = staff(&clinic, "other@example.org").await;
        let foreign = trusted::revoke(&clinic.app, stranger, own.browsers[0].id).await;
        assert_eq!(foreign, Err(AppError::NotFound), "another person's");
        clinic.clock.advance_seconds(30 * DAY);
        assert!(second_factor::own(&clinic.app, actor).await.expect("the page").browsers.is_empty());

        trust().await;
        let sender = RequestContext { actor: Some(actor), ..at("192.0.2.1") };
        own_account::change_password(&clinic.app, &sender, PASSWORD, "another green bicycle").await.expect("changed");
        assert_eq!(clinic.count(trusting).await, 0, "another password");
        own_account::change_password(&clinic.app, &sender, "another green bicycle", PASSWORD).await.expect("changed");
        trust().await;
        second_factor::begin(&clinic.app, actor, &phone.shows(clinic.app.clock.now())).await.expect("begun");
        assert_eq!(clinic.count(trusting).await, 1, "nothing has changed yet");
        let own = second_factor::own(&clinic.app, actor).await.expect("the page");
        let newer = Phone { secret: own.set_up.expect("a key").secret, codes: Vec::new() };
        clinic.clock.advance_seconds(60);
        finish(&clinic, "192.0.2.1", &phone.shows(clinic.app.clock.now())).await.expect("the old telephone");
        clinic.clock.advance_seconds(60);
        second_factor::confirm(&clinic.app, actor, &newer.shows(clinic.app.clock.now())).await.expect("confirmed");
        assert_eq!(clinic.count(trusting).await, 0, "another telephone");
        clinic.clock.advance_seconds(60);
        let old = phone.shows(clinic.app.clock.now());
        assert_eq!(finish(&clinic, "192.0.2.1", &old).await.err(), wrong(FieldCode::WrongCode));
        finish(&clinic, "192.0.2.1", &newer.shows(clinic.app.clock.now())).await.expect("the new one");
    }

    async fn turning_it_off_needs_a_code(clinic: TestClinic) {
        let form = RegisterForm {
            name: "Ana Novak".into(), email: "ana@example.org".into(), phone: String::new(), password: PASSWORD.into(),
        };
        let patient = accounts::register(&clinic.app, &at("192.0.2.1"), form).await.expect("an account").actor;
        let phone = set_up(&clinic, patient).await;
        assert_eq!(second_factor::turn_off(&clinic.app, patient, "").await.err(), wrong(FieldCode::Missing));
        assert_eq!(second_factor::turn_off(&clinic.app, patient, "000000").await.err(), wrong(FieldCode::WrongCode));
        assert_eq!(second_factor::begin(&clinic.app, patient, "").await.err(), wrong(FieldCode::Missing));
        let code = phone.shows(clinic.app.clock.now());
        second_factor::turn_off(&clinic.app, patient, &code).await.expect("off");
        accounts::sign_in(&clinic.app, &at("192.0.2.1"), "ana@example.org", PASSWORD).await.expect("the password alone");
        assert_eq!(clinic.count("select count(*) from recovery_codes").await, 0);
        assert_eq!(second_factor::turn_off(&clinic.app, patient, &code).await.err(), Some(AppError::Conflict));
    }

    async fn a_program_sends_the_code_with_the_password(clinic: TestClinic) {
        let phone = set_up(&clinic, staff(&clinic, STAFF).await).await;
        let web = Web::serve(&clinic.app).await;
        let mut program = Program::new(&web);
        let reply = program.post("/login", &serde_json::json!({ "email": STAFF, "password": PASSWORD })).await;
        reply.assert_problem(401, "no code");
        assert_eq!(reply.text("code"), "second_factor_needed");
        let with = |code: &str| serde_json::json!({ "email": STAFF, "password": PASSWORD, "code": code });
        let reply = program.post("/login", &with("000000")).await;
        reply.assert_problem(422, "a wrong code");
        assert_eq!(reply.fields(), ["code"]);
        let reply = program.post("/login", &with(&phone.shows(clinic.app.clock.now()))).await;
        assert_eq!((reply.status(), reply.text("role")), (200, "admin"));
        let wrong = serde_json::json!({ "email": STAFF, "password": "not this one", "code": phone.codes[0] });
        let reply = program.post("/login", &wrong).await;
        reply.assert_problem(401, "a wrong password");
        assert_eq!(reply.text("code"), "wrong_credentials");
    }

    async fn doctors_and_staff_have_their_days_and_then_reach_the_set_up_alone(clinic: TestClinic) {
        let actor = staff(&clinic, STAFF).await;
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        type_password(&mut browser, STAFF, "/admin").await;
        let page = browser.get("/admin").await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Please set it up by Monday 19 January"), "{}", page.text());
        clinic.clock.advance_seconds(13 * DAY);
        type_password(&mut browser, STAFF, "/admin").await;
        assert_eq!(browser.get("/admin").await.status, 200, "counted from the first sign-in, and not over");
        let mut program = Program::signed_in(&web, STAFF).await;
        assert_eq!(program.get("/me").await.status(), 200);

        clinic.clock.advance_seconds(DAY);
        type_password(&mut browser, STAFF, "/admin").await;
        for path in ["/admin", "/admin/users", "/account", "/account/password", "/patients", "/"] {
            assert_eq!(browser.get(path).await.location(), "/account/second-factor", "{path}");
        }
        for path in ["/fn/admin/settings", "/fn/account/tokens"] {
            assert_eq!(browser.send("POST", path, &[("sec-fetch-site", "same-origin")], "").await.status, 403, "{path}");
        }
        let page = browser.get("/account/second-factor").await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("until then you reach no other page"), "{}", page.text());
        let mut program = Program::signed_in(&web, STAFF).await;
        let refused = program.get("/me").await;
        refused.assert_problem(403, "a program is not let around it");
        assert_eq!(refused.text("code"), "second_factor_due");

        browser.post("/fn/account/begin_second_factor", &[]).await;
        let own = second_factor::own(&clinic.app, actor).await.expect("the page");
        let phone = Phone { secret: own.set_up.expect("a key").secret, codes: Vec::new() };
        let code = phone.shows(clinic.app.clock.now());
        browser.post("/fn/account/confirm_second_factor", &[("code", &code)]).await;
        let page = browser.get("/admin").await;
        assert_eq!(page.status, 200);
        assert!(!page.text().contains("Please set it up"), "{}", page.text());
        clinic.clock.advance_seconds(60);
        let refused = second_factor::turn_off(&clinic.app, actor, &phone.shows(clinic.app.clock.now())).await;
        assert_eq!(refused, Err(AppError::Forbidden), "the rule keeps it on");

        // patients are asked for nothing
        let mut patient = web.browser();
        patient.get("/register").await;
        let fields = [("name", "Ana Novak"), ("email", "ana@example.org"), ("password", PASSWORD), ("next", "/")];
        patient.post("/fn/register", &fields).await;
        clinic.clock.advance_seconds(15 * DAY);
        assert_eq!(patient.get("/appointments").await.status, 200);
    }

    async fn the_rule_is_the_clinics_own(clinic: TestClinic) {
        staff(&clinic, STAFF).await;
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        type_password(&mut browser, STAFF, "/admin").await;
        let page = browser.get("/admin/settings").await;
        assert_eq!(page.attributes("id=\"days\"", "value"), ["14"]);
        let wrong = browser.submit("/fn/admin/save_second_factor_rule", &[("days", "91")]).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains("between 0 and 90"), "{}", wrong.text());
        browser.get("/admin/settings").await;
        let page = browser.submit("/fn/admin/save_second_factor_rule", &[("days", "3")]).await;
        assert!(page.text().contains("Saved.") && !page.text().contains("Please set it up by"), "{}", page.text());
        clinic.clock.advance_seconds(20 * DAY);
        type_password(&mut browser, STAFF, "/admin").await;
        assert_eq!(browser.get("/admin").await.status, 200, "the rule is off");
        browser.get("/admin/settings").await;
        browser.post("/fn/admin/save_second_factor_rule", &[("is_needed", "true"), ("days", "3")]).await;
        assert_eq!(browser.get("/admin").await.status, 200, "the days begin with the next sign-in");
        type_password(&mut browser, STAFF, "/admin").await;
        clinic.clock.advance_seconds(3 * DAY);
        type_password(&mut browser, STAFF, "/admin").await;
        assert_eq!(browser.get("/admin").await.location(), "/account/second-factor");
        let changed = "select count(*) from audit_entries where action = 'settings.changed'";
        assert_eq!(clinic.count(changed).await, 2);
    }

    async fn staff_take_a_lost_second_factor_away_with_a_reason(clinic: TestClinic) {
        let lost = staff(&clinic, STAFF).await;
        set_up(&clinic, lost).await;
        let helper = staff(&clinic, "other@example.org").await;
        let by_staff = async |by: Actor, user, reason: &str| reset::by_staff(&clinic.app, by, user, reason).await;
        assert_eq!(by_staff(helper, lost.user, " ").await, Err(AppError::field("reason", FieldCode::Missing)));
        assert_eq!(by_staff(lost, lost.user, "mine").await, Err(AppError::Forbidden), "not one's own");
        assert_eq!(by_staff(helper, helper.user, "mine").await, Err(AppError::Forbidden));
        by_staff(helper, lost.user, "Lost on a train; came in person").await.expect("taken away");
        assert_eq!(by_staff(helper, lost.user, "again").await, Err(AppError::Conflict));
        let goes_on = accounts::find(&clinic.app, lost.session, None).await.expect("an answer");
        assert_eq!(goes_on, None, "the lost telephone is signed out");
        accounts::sign_in(&clinic.app, &at("192.0.2.1"), STAFF, PASSWORD).await.expect("the password alone");
        let noted = "select count(*) from audit_entries where action = 'second_factor.reset'
            and details = 'Staff Person: Lost on a train; came in person'";
        assert_eq!(clinic.count(noted).await, 1);
        let told = "select count(*) from outbox where kind = 'second_factor_changed' and about = 'reset'";
        assert_eq!(clinic.count(told).await, 1);

        // the only admin, on the machine of the server
        assert_eq!(reset::by_hand(&clinic.app, "nobody@example.org").await, Err(AppError::NotFound));
        assert_eq!(reset::by_hand(&clinic.app, STAFF).await, Err(AppError::Conflict));
        set_up(&clinic, helper).await;
        reset::by_hand(&clinic.app, " Other@Example.org ").await.expect("taken away");
        accounts::sign_in(&clinic.app, &at("192.0.2.1"), "other@example.org", PASSWORD).await.expect("signed in");
    }

    async fn a_mailed_link_and_a_recovery_code_together_turn_codes_off(clinic: TestClinic) {
        let actor = staff(&clinic, STAFF).await;
        let phone = set_up(&clinic, actor).await;
        let post = Post::open(&clinic).await;
        post.deliver().await;
        let mut browser = post.web.browser();
        browser.page = "/sign-in/code".into();
        let refused = browser.submit("/fn/sign_in/lost_telephone", &[("next", "/admin")]).await;
        assert_eq!(refused.status, 401, "nobody asks who has not typed the password");
        assert!(post.deliver().await.is_empty());
        type_password(&mut browser, STAFF, "/admin").await;
        browser.get("/sign-in/code?use=recovery").await;
        let page = browser.submit("/fn/sign_in/lost_telephone", &[("next", "/admin")]).await;
        assert!(page.text().contains("The link is on its way"), "{}", page.text());
        let again = browser.submit("/fn/sign_in/lost_telephone", &[("next", "/admin")]).await;
        assert_eq!(again.status, 429);

        let token = token(&post.one().await, "/second-factor/");
        let path = format!("/second-factor/{token}");
        let mut other = post.web.browser();
        assert_eq!(other.get(&path).await.status, 200);
        let send = async |browser: &mut Browser, code: &str| {
            browser.page = path.clone();
            browser.submit("/fn/account/reset_second_factor", &[("token", &token), ("code", code)]).await
        };
        for wrong in ["", "1234", "3KKK-KKKK-KKKK"] {
            assert_eq!(send(&mut other, wrong).await.status, 422, "{wrong}: the link alone does nothing");
        }
        assert_eq!(clinic.count("select count(*) from second_factors").await, 1);
        let page = send(&mut other, &phone.codes[2]).await;
        assert!(page.text().contains("Codes and passkeys are off"), "{}", page.text());
        assert_eq!(clinic.count("select count(*) from second_factors").await, 0);
        assert_eq!(other.get(&path).await.status, 410, "the link works once");
        // it signs nobody in
        assert!(!other.cookies.contains_key("docslot"));
        assert_eq!(type_password(&mut other, STAFF, "/admin").await.location(), "/admin", "the password does");
        assert_eq!(other.get(&format!("/reset/{token}")).await.status, 404, "it is no link for a new password");
    }
}

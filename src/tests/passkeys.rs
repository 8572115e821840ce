//! Passkeys: added, used alone and after the password, removed; and every answer that must not count.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use docslot::{
    accounts::server::{self as accounts, second_factor::reset},
    error::AppError,
    state::AppState,
    web::{rate_limits::Limited, request::RequestContext},
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    both_databases,
    clinic::TestClinic,
    web::{Answer, Browser, Web},
};

const PASSWORD: &str = "quiet green bicycle";
const STAFF: &str = "staff@example.org";
const OTHER: &str = "other@example.org";
const ORIGIN: &str = "http://localhost:3000";
/// Bits of what an authenticator says of its owner.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const HAS_KEY: u8 = 0x40;

/// A passkey in a device, which does as it is told, right or wrong.
#[derive(Clone)]
struct Device {
    key: SigningKey,
    id: Vec<u8>,
    /// Whose it is, as the website said.
    handle: Vec<u8>,
    counter: u32,
    origin: String,
    website: String,
    flags: u8,
}

impl Device {
    fn new(number: u8) -> Device {
        Device {
            key: SigningKey::from_slice(&[number; 32]).expect("a key"),
            id: vec![number; 16],
            handle: Vec::new(),
            counter: 1,
            origin: ORIGIN.into(),
            website: "localhost".into(),
            flags: PRESENT | VERIFIED,
        }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let website = Sha256::digest(self.website.as_bytes());
        [&website[..], &[self.flags | flags], &self.counter.to_be_bytes()].concat()
    }

    /// What the browser sends for a new passkey.
    fn register(&mut self, options: &Value) -> String {
        self.handle = BASE64.decode(options["user"]["id"].as_str().expect("a handle")).expect("base 64");
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = (point.x().expect("x"), point.y().expect("y"));
        // COSE: an EC key (1: 2) for ES256 (3: -7) on P-256 (-1: 1)
        let key = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20][..], x, &[0x22, 0x58, 0x20], y].concat();
        let length = u16::try_from(self.id.len()).expect("a length").to_be_bytes();
        let data = [self.authenticator_data(HAS_KEY), vec![0; 16], length.to_vec(), self.id.clone(), key].concat();
        let size = u8::try_from(data.len()).expect("short");
        let attestation = [
            &[0xa3, 0x63][..],
            b"fmt",
            &[0x64],
            b"none",
            &[0x67],
            b"attStmt",
            &[0xa0, 0x68],
            b"authData",
            &[0x58, size],
            &data,
        ];
        json!({
            "id": BASE64.encode(&self.id), "rawId": BASE64.encode(&self.id), "type": "public-key",
            "response": {
                "attestationObject": BASE64.encode(attestation.concat()),
                "clientDataJSON": BASE64.encode(self.client_data("webauthn.create", options)),
            },
        })
        .to_string()
    }

    /// What the browser sends for a passkey that is used. The counter rises.
    fn sign(&mut self, options: &Value) -> String {
        self.counter += 1;
        let (data, client) = (self.authenticator_data(0), self.client_data("webauthn.get", options));
        let signed = [&data[..], &Sha256::digest(&client)[..]].concat();
        let signature: Signature = self.key.sign(&signed);
        json!({
            "id": BASE64.encode(&self.id), "rawId": BASE64.encode(&self.id), "type": "public-key",
            "response": {
                "authenticatorData": BASE64.encode(data), "clientDataJSON": BASE64.encode(client),
                "signature": BASE64.encode(signature.to_der().as_bytes()), "userHandle": BASE64.encode(&self.handle),
            },
        })
        .to_string()
    }
}

/// The same clinic at an address for which browsers keep passkeys.
fn named(clinic: &TestClinic) -> AppState {
    let mut settings = (*clinic.app.settings).clone();
    settings.server.public_url = ORIGIN.into();
    clinic.app.with_settings(settings)
}

async fn type_password(browser: &mut Browser, email: &str) -> Answer {
    browser.get("/sign-in?next=/admin").await;
    browser.post("/fn/sign_in", &[("email", email), ("password", PASSWORD), ("next", "/admin")]).await
}

/// A browser of a new member of staff, who has signed in.
async fn staff(app: &AppState, web: &Web, email: &str) -> Browser {
    accounts::create_admin(app, email, "Staff Person", PASSWORD).await.expect("an account");
    let mut browser = web.browser();
    assert_eq!(type_password(&mut browser, email).await.location(), "/admin");
    browser
}

/// What a script gets that asks for a challenge.
async fn ask(browser: &mut Browser, path: &str, body: &str) -> Answer {
    let headers = [
        ("accept", "application/json"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
    ];
    browser.send("POST", path, &headers, body).await
}

async fn challenge(browser: &mut Browser, path: &str, body: &str) -> Value {
    let answer = ask(browser, path, body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let text: String = serde_json::from_str(&answer.body).expect("JSON in JSON");
    serde_json::from_str(&text).expect("options")
}

/// The page that asks for a new passkey, and what it asks.
async fn begin(browser: &mut Browser, code: &str) -> Value {
    browser.page = "/account/second-factor/passkey".into();
    let page = browser.submit("/fn/account/begin_passkey", &[("code", code)]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let options = page.attributes("data-passkey", "data-options").remove(0);
    serde_json::from_str(&options.replace("&quot;", "\"").replace("&amp;", "&")).expect("options")
}

async fn send_new(browser: &mut Browser, credential: &str) -> Answer {
    browser.page = "/account/second-factor/new-passkey".into();
    browser.submit("/fn/account/add_passkey", &[("name", " My  telephone "), ("credential", credential)]).await
}

async fn add(browser: &mut Browser, number: u8) -> Device {
    let mut device = Device::new(number);
    let options = begin(browser, "").await;
    let page = send_new(browser, &device.register(&options)).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(page.body.matches("class=\"code-list\"").count(), 1, "recovery codes: {}", page.text());
    device
}

/// Asks for a challenge on the sign-in page, and has the device answer it.
async fn answer(browser: &mut Browser, device: &mut Device) -> String {
    browser.page = "/sign-in?next=/admin".into();
    let options = challenge(browser, "/fn/sign_in/passkey_challenge", "").await;
    device.sign(&options)
}

async fn send(browser: &mut Browser, credential: &str) -> Answer {
    browser.post("/fn/sign_in/passkey", &[("credential", credential), ("next", "/admin")]).await
}

/// That nobody is signed in by this answer.
async fn refused(browser: &mut Browser, credential: &str, status: u16, what: &str) {
    browser.page = "/sign-in?next=/admin".into();
    let answer = send(browser, credential).await;
    assert_eq!(answer.location(), "/sign-in?next=/admin", "{what}");
    assert!(!browser.cookies.contains_key("docslot"), "{what}");
    let page = browser.get("/sign-in?next=/admin").await;
    assert_eq!(page.status, status, "{what}: {}", page.text());
    browser.cookies.remove("docslot-flash");
}

async fn audit(clinic: &TestClinic, why: &str) -> i64 {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let sql = "select count(*) from audit_entries where action = 'passkey.refused' and details = $1";
    reader.conn().fetch_value(sql, (why,)).await.expect("a number")
}

/// What an attacker does to a device before it answers.
type Alter = fn(&mut Device);

both_databases! {
    async fn a_passkey_is_added_signs_in_alone_and_is_removed(clinic: TestClinic) {
        let app = named(&clinic);
        let web = Web::serve(&app).await;
        let mut browser = staff(&app, &web, STAFF).await;
        let mut elsewhere = web.browser();
        type_password(&mut elsewhere, STAFF).await;
        let page = browser.get("/account/second-factor").await;
        assert!(page.text().contains("Add a passkey"), "{}", page.text());

        let options = begin(&mut browser, "").await;
        assert_eq!(options["rp"]["id"], "localhost");
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        let mut device = Device::new(7);
        let page = send_new(&mut browser, &device.register(&options)).await;
        assert!(page.text().contains("My telephone") && page.text().contains("Not used yet"), "{}", page.text());
        let list = page.body.split("class=\"code-list\">").nth(1).and_then(|rest| rest.split("</ul>").next());
        assert_eq!(list.expect("the recovery codes").matches("<li>").count(), 10);
        let told = "select count(*) from outbox where kind = 'second_factor_changed' and about = 'passkey_added'";
        assert_eq!(clinic.count(told).await, 1);
        let noted = "select count(*) from audit_entries where action = 'passkey.added' and details = 'My telephone'";
        assert_eq!(clinic.count(noted).await, 1);
        assert_eq!(clinic.count("select count(*) from second_factor_grace").await, 0, "it is the second factor of the rule");
        assert_eq!(elsewhere.get("/admin").await.status, 302, "other sessions end");

        let mut fresh = web.browser();
        let sign_in = fresh.get("/sign-in?next=/admin").await;
        assert!(sign_in.text().contains("Sign in with a passkey"), "{}", sign_in.text());
        let credential = answer(&mut fresh, &mut device).await;
        assert_eq!(send(&mut fresh, &credential).await.location(), "/admin");
        assert_eq!(fresh.get("/admin").await.status, 200, "without a password or a code");
        assert!(!fresh.cookies.contains_key("docslot-passkey"));
        assert_eq!(clinic.count("select count(*) from passkeys where last_used_at is not null").await, 1);
        assert!(fresh.get("/account/second-factor").await.text().contains("Last used"));
        let recent = fresh.post("/fn/account/begin_passkey", &[("code", "")]).await;
        assert!(!recent.location().contains("/account/again"), "a passkey is a recent sign-in");

        // a doctor or member of staff keeps one
        let id = clinic.an_id("select id from passkeys").await.to_string();
        fresh.page = format!("/account/second-factor/remove-passkey?passkey={id}");
        let proof = device.sign(&challenge(&mut fresh, "/fn/account/passkey_challenge", "").await);
        assert_eq!(fresh.submit("/fn/account/remove_passkey", &[("id", &id), ("code", &proof)]).await.status, 403);
        assert_eq!(clinic.count("select count(*) from passkeys").await, 1);
        fresh.post("/fn/admin/save_second_factor_rule", &[("days", "14")]).await;
        let without = fresh.submit("/fn/account/remove_passkey", &[("id", &id), ("code", "")]).await;
        assert_eq!(without.status, 422);
        let proof = device.sign(&challenge(&mut fresh, "/fn/account/passkey_challenge", "").await);
        let page = fresh.submit("/fn/account/remove_passkey", &[("id", &id), ("code", &proof)]).await;
        assert!(page.text().contains("The passkey is removed"), "{}", page.text());
        assert_eq!(clinic.count("select count(*) from passkeys").await, 0);
        assert_eq!(clinic.count("select count(*) from recovery_codes").await, 0, "they were for the passkey");
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'passkey.removed'").await, 1);
        let mut last = web.browser();
        assert_eq!(type_password(&mut last, STAFF).await.location(), "/admin", "the password alone");
    }

    async fn after_the_password_the_passkey_is_the_second_step(clinic: TestClinic) {
        let app = named(&clinic);
        let web = Web::serve(&app).await;
        let mut device = add(&mut staff(&app, &web, STAFF).await, 7).await;
        let mut others = add(&mut staff(&app, &web, OTHER).await, 8).await;
        let sender = RequestContext::anonymous();
        let alone = accounts::sign_in(&app, &sender, STAFF, PASSWORD).await.err();
        assert_eq!(alone, Some(AppError::SecondFactorNeeded));

        let mut browser = web.browser();
        let early = ask(&mut browser, "/fn/sign_in/passkey_challenge", "second=true").await;
        assert_eq!(early.status, 401, "after the password alone");
        assert_eq!(type_password(&mut browser, STAFF).await.location(), "/sign-in/code?next=/admin");
        let page = browser.get("/sign-in/code?next=/admin").await;
        assert!(page.text().contains("Use your passkey") && !page.body.contains("id=\"code\""), "{}", page.text());
        let options = challenge(&mut browser, "/fn/sign_in/passkey_challenge", "second=true").await;
        let wrong = send(&mut browser, &others.sign(&options)).await;
        assert_eq!(wrong.location(), "/sign-in/code?next=/admin");
        assert!(!browser.cookies.contains_key("docslot"), "another account's passkey");
        assert_eq!(audit(&clinic, "the password before it was of another account").await, 1);
        let options = challenge(&mut browser, "/fn/sign_in/passkey_challenge", "second=true").await;
        assert_eq!(send(&mut browser, &device.sign(&options)).await.location(), "/admin");
        assert!(!browser.cookies.contains_key("docslot-half"));
        assert_eq!(browser.get("/admin").await.status, 200);
    }

    async fn what_a_passkey_must_not_say_signs_nobody_in(clinic: TestClinic) {
        let app = named(&clinic);
        let web = Web::serve(&app).await;
        let mut owner = staff(&app, &web, STAFF).await;
        let mut device = add(&mut owner, 7).await;
        let others = add(&mut staff(&app, &web, OTHER).await, 8).await;
        let sessions = clinic.count("select count(*) from sessions").await;
        let altered: [(&str, Alter, &str); 5] = [
            ("another origin", |device| device.origin = "https://evil.example".into(), "it was made for another website"),
            ("another port", |device| device.origin = "http://localhost:4000".into(), "it was made for another website"),
            ("another website", |device| device.website = "evil.example".into(), "it was made for another website"),
            ("not unlocked", |device| device.flags = PRESENT, "its owner did not unlock it"),
            ("another key", |device| device.key = SigningKey::from_slice(&[9; 32]).expect("a key"), "its signature is wrong"),
        ];
        for (what, alter, why) in altered {
            let (mut browser, mut forged, before) = (web.browser(), device.clone(), audit(&clinic, why).await);
            alter(&mut forged);
            let credential = answer(&mut browser, &mut forged).await;
            refused(&mut browser, &credential, 422, what).await;
            assert_eq!(audit(&clinic, why).await, before + 1, "{what}");
        }
        let mut browser = web.browser();
        let mut strange = Device::new(9);
        strange.handle = device.handle.clone();
        let credential = answer(&mut browser, &mut strange).await;
        refused(&mut browser, &credential, 422, "a passkey that is not known").await;
        let mut swapped = device.clone();
        swapped.handle = others.handle.clone();
        let credential = answer(&mut browser, &mut swapped).await;
        refused(&mut browser, &credential, 422, "the handle of another account").await;
        for nonsense in ["", "x", "{}", "{\"id\":1}"] {
            answer(&mut browser, &mut device.clone()).await;
            refused(&mut browser, nonsense, 422, nonsense).await;
        }

        // the right answer to another challenge, in another browser, too late, and to the challenge of another purpose
        let early = answer(&mut browser, &mut device).await;
        answer(&mut browser, &mut device).await;
        refused(&mut browser, &early, 422, "an earlier challenge").await;
        let here = answer(&mut browser, &mut device).await;
        refused(&mut web.browser(), &here, 401, "another browser").await;
        clinic.clock.advance_seconds(300);
        refused(&mut browser, &here, 401, "after five minutes").await;
        let options = challenge(&mut owner, "/fn/account/passkey_challenge", "").await;
        let credential = device.sign(&options);
        answer(&mut browser, &mut device).await;
        refused(&mut browser, &credential, 422, "a challenge of a signed-in person").await;
        assert_eq!(clinic.count("select count(*) from sessions").await, sessions, "nothing began");
        assert_eq!(clinic.count("select count(*) from passkeys where last_used_at is not null").await, 0);

        // and the right one works once
        let right = answer(&mut browser, &mut device).await;
        let mut thief = browser.clone();
        assert_eq!(send(&mut browser, &right).await.location(), "/admin");
        refused(&mut thief, &right, 401, "replayed").await;
        assert_eq!(clinic.count("select count(*) from sessions").await, sessions + 1);

        // a copy of the device has an older counter
        let mut copy = Device { counter: 1, ..device.clone() };
        let credential = answer(&mut thief, &mut copy).await;
        refused(&mut thief, &credential, 422, "a copy").await;
        assert_eq!(audit(&clinic, "its counter went back: there may be a copy of it").await, 1);
        clinic.execute("update persons set status = 'suspended' where email = 'staff@example.org'").await.expect("done");
        let credential = answer(&mut thief, &mut device).await;
        refused(&mut thief, &credential, 422, "a suspended account").await;
    }

    async fn of_two_requests_with_one_answer_one_gets_in(clinic: TestClinic) {
        let app = named(&clinic);
        let web = Web::serve(&app).await;
        let mut device = add(&mut staff(&app, &web, STAFF).await, 7).await;
        let sessions = clinic.count("select count(*) from sessions").await;
        let mut one = web.browser();
        let credential = answer(&mut one, &mut device).await;
        let mut other = one.clone();
        let answers = tokio::join!(send(&mut one, &credential), send(&mut other, &credential));
        let got_in = [&answers.0, &answers.1].iter().filter(|answer| answer.location() == "/admin").count();
        assert_eq!(got_in, 1);
        assert_eq!(clinic.count("select count(*) from sessions").await, sessions + 1);
    }

    async fn what_a_new_passkey_must_not_say_adds_none(clinic: TestClinic) {
        let app = named(&clinic);
        let web = Web::serve(&app).await;
        let mut browser = staff(&app, &web, STAFF).await;
        let altered: [(&str, Alter); 4] = [
            ("another origin", |device| device.origin = "https://localhost:3000".into()),
            ("another website", |device| device.website = "evil.example".into()),
            ("not unlocked", |device| device.flags = PRESENT),
            ("nobody there", |device| device.flags = VERIFIED),
        ];
        for (what, alter) in altered {
            let mut device = Device::new(7);
            alter(&mut device);
            let options = begin(&mut browser, "").await;
            let credential = device.register(&options);
            assert_eq!(send_new(&mut browser, &credential).await.status, 422, "{what}");
            let mut right = Device::new(7);
            let again = send_new(&mut browser, &right.register(&options)).await;
            assert_eq!(again.status, 409, "{what}: the challenge is over");
            assert!(again.text().contains("Please begin again"), "{}", again.text());
        }
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'passkey.refused'").await, 4);
        // of another account, and of another session
        let mut stranger = staff(&app, &web, OTHER).await;
        let options = begin(&mut browser, "").await;
        assert_eq!(send_new(&mut stranger, &Device::new(7).register(&options)).await.status, 409);
        begin(&mut stranger, "").await;
        assert_eq!(send_new(&mut stranger, &Device::new(7).register(&options)).await.status, 422, "another's challenge");
        clinic.clock.advance_seconds(300);
        assert_eq!(send_new(&mut browser, &Device::new(7).register(&options)).await.status, 409, "after five minutes");
        // what signs in adds nothing
        let for_sign_in = challenge(&mut browser, "/fn/sign_in/passkey_challenge", "").await;
        begin(&mut browser, "").await;
        let mut device = Device::new(7);
        assert_eq!(send_new(&mut browser, &device.sign(&for_sign_in)).await.status, 422);
        assert_eq!(clinic.count("select count(*) from passkeys").await, 0);
        assert_eq!(clinic.count("select count(*) from recovery_codes").await, 0);

        // the passkey of another account
        add(&mut browser, 7).await;
        let options = begin(&mut stranger, "").await;
        assert_eq!(send_new(&mut stranger, &device.register(&options)).await.status, 409, "it is here already");
        assert_eq!(clinic.count("select count(*) from passkeys").await, 1);
    }

    async fn who_has_a_second_factor_proves_it_before_another_is_added(clinic: TestClinic) {
        let app = named(&clinic);
        let web = Web::serve(&app).await;
        let mut browser = staff(&app, &web, STAFF).await;
        let mut device = add(&mut browser, 7).await;
        let page = browser.get("/account/second-factor/passkey").await;
        assert!(page.text().contains("Use a passkey instead"), "{}", page.text());
        for code in ["", "123456", "{\"id\":"] {
            browser.page = "/account/second-factor/passkey".into();
            let page = browser.submit("/fn/account/begin_passkey", &[("code", code)]).await;
            assert_eq!(page.status, 422, "{code}: {}", page.text());
            browser.page = "/account/second-factor/telephone".into();
            let page = browser.submit("/fn/account/begin_second_factor", &[("code", code)]).await;
            assert_eq!(page.status, 422, "{code}: {}", page.text());
            clinic.clock.advance_seconds(60);
        }
        let proof = device.sign(&challenge(&mut browser, "/fn/account/passkey_challenge", "").await);
        let options = begin(&mut browser, &proof).await;
        assert_eq!(options["excludeCredentials"][0]["id"], BASE64.encode(&device.id), "not the same device twice");
        browser.page = "/account/second-factor/passkey".into();
        let replayed = browser.submit("/fn/account/begin_passkey", &[("code", &proof)]).await;
        assert_eq!(replayed.status, 422, "an answer counts once");
        let proof = device.sign(&challenge(&mut browser, "/fn/account/passkey_challenge", "").await);
        let options = begin(&mut browser, &proof).await;
        let page = send_new(&mut browser, &Device::new(8).register(&options)).await;
        assert!(page.text().contains("Your passkey is added"), "{}", page.text());
        assert!(!page.body.contains("code-list"), "the recovery codes stay");
        assert_eq!(clinic.count("select count(*) from passkeys").await, 2);

        // one of two can go, also under the clinic's rule
        let id = clinic.an_id("select id from passkeys where last_used_at is null").await.to_string();
        let mut stranger = staff(&app, &web, OTHER).await;
        stranger.page = format!("/account/second-factor/remove-passkey?passkey={id}");
        assert_eq!(stranger.submit("/fn/account/remove_passkey", &[("id", &id), ("code", "123456")]).await.status, 404);
        let proof = device.sign(&challenge(&mut browser, "/fn/account/passkey_challenge", "").await);
        browser.page = "/account/second-factor".into();
        assert_eq!(browser.submit("/fn/account/remove_passkey", &[("id", &id), ("code", &proof)]).await.status, 200);
        assert_eq!(clinic.count("select count(*) from passkeys").await, 1);
        assert_eq!(clinic.count("select count(*) from recovery_codes").await, 10);
    }

    async fn a_reset_takes_passkeys_and_erasure_leaves_none(clinic: TestClinic) {
        let app = named(&clinic);
        let web = Web::serve(&app).await;
        add(&mut staff(&app, &web, STAFF).await, 7).await;
        assert_eq!(clinic.count("select count(*) from passkeys").await, 1);
        reset::by_hand(&app, STAFF).await.expect("taken away");
        assert_eq!(clinic.count("select count(*) from passkeys").await, 0);
        assert_eq!(clinic.count("select count(*) from recovery_codes").await, 0);
        accounts::sign_in(&app, &RequestContext::anonymous(), STAFF, PASSWORD).await.expect("the password alone");
    }

    async fn a_challenge_says_nothing_about_accounts(clinic: TestClinic) {
        let app = named(&clinic);
        let web = Web::serve(&app).await;
        let mut known = staff(&app, &web, STAFF).await;
        let mut before = challenge(&mut web.browser(), "/fn/sign_in/passkey_challenge", "").await;
        add(&mut known, 7).await;
        let mut seen = vec![before.take()];
        for email in [STAFF, "nobody@example.org"] {
            let mut browser = web.browser();
            type_password(&mut browser, email).await;
            seen.push(challenge(&mut browser, "/fn/sign_in/passkey_challenge", "").await);
        }
        seen.push(challenge(&mut known, "/fn/sign_in/passkey_challenge", "").await);
        let mut challenges = Vec::new();
        for options in &mut seen {
            challenges.push(options["challenge"].take().as_str().expect("a challenge").to_owned());
            assert_eq!(options["allowCredentials"], json!([]));
        }
        assert!(seen.iter().all(|options| *options == seen[0]), "{seen:?}");
        challenges.sort();
        challenges.dedup();
        assert_eq!(challenges.len(), 4, "each is new");
    }

    async fn one_address_cannot_begin_without_end(clinic: TestClinic) {
        const CHALLENGE: &str = "/fn/sign_in/passkey_challenge";
        let app = named(&clinic);
        let web = Web::serve(&app).await;
        let (limits, address) = (&app.settings.limits, "127.0.0.1".parse().expect("an address"));
        for _ in 1..600 {
            let taken = app.limits.take(limits, Limited::PasskeyChallenge, address, app.clock.now()).await;
            taken.expect("600 in an hour");
        }
        challenge(&mut web.browser(), CHALLENGE, "").await;
        let refused = ask(&mut web.browser(), CHALLENGE, "").await;
        assert_eq!((refused.status, app.limits.refused(Limited::PasskeyChallenge)), (429, 1));
        assert_eq!(clinic.count("select count(*) from passkey_challenges").await, 1);
    }

    async fn at_an_address_without_a_name_no_passkey_is_offered(clinic: TestClinic) {
        for address in ["http://127.0.0.1:3000", "http://clinic.example", "https://192.0.2.1"] {
            let mut settings = (*clinic.app.settings).clone();
            settings.server.public_url = address.into();
            let app = clinic.app.with_settings(settings);
            let web = Web::serve(&app).await;
            let mut browser = web.browser();
            let page = browser.get("/sign-in").await;
            assert!(!page.text().contains("passkey"), "{address}: {}", page.text());
            assert_eq!(ask(&mut browser, "/fn/sign_in/passkey_challenge", "").await.status, 404, "{address}");
        }
        let web = Web::serve(&clinic.app).await;
        let mut browser = staff(&clinic.app, &web, &format!("{}@example.org", Uuid::nil())).await;
        let page = browser.get("/account/second-factor").await;
        assert!(page.text().contains("Passkeys are not offered here: they work only"), "{}", page.text());
        assert_eq!(browser.submit("/fn/account/begin_passkey", &[("code", "")]).await.status, 404);
    }
}

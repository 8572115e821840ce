//! New keys in the place of old ones, and keys that the machine's key encrypts.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, header::COOKIE};
use docslot::{
    accounts::Role,
    clinic::server::keys::{self, KeyKind, Standing},
    config::Settings,
    ids::{PersonId, SessionId},
    state::AppState,
    time::Timestamp,
    web::{
        access_tokens, cookies,
        device::Device,
        keys::{DEVICE_SECONDS, Keys, SPREAD_SECONDS},
        machine_key::LoadError,
    },
};
use tokio::sync::watch;

use crate::{
    access::person,
    both_databases,
    clinic::{NOW, TestClinic},
    folder::Folder,
    process,
    schedule_changes::neighbour,
    web::{Browser, Web},
};

const BOTH: [KeyKind; 2] = [KeyKind::SignIn, KeyKind::Data];
const ONE: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const TWO: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
/// Seconds for which an old key verifies.
const VERIFIES: i64 = 11 * 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A token of this session that outlives its key.
fn long_token(clinic: &TestClinic, app: &AppState, user: PersonId, session: SessionId) -> String {
    access_tokens::issue(&app.keys, &app.settings.public_url(), user, session, clinic.clock.now(), 600)
        .expect("a token")
}

async fn asked_with(web: &Web, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    web.browser().send("GET", "/api/v1/me", &[("authorization", &bearer)], "").await.status
}

/// A signed-in patient, and their session.
async fn patient(clinic: &TestClinic, web: &Web) -> (Browser, PersonId, SessionId) {
    let (browser, user) = person(clinic, web, "ana@example.org", Role::Patient).await;
    (browser, user, SessionId(clinic.an_id("select id from sessions order by created_at desc limit 1").await))
}

/// Time passes, and this server looks at the keys as it does every few seconds.
async fn pass(clinic: &TestClinic, seconds: i64) {
    clinic.clock.advance_seconds(seconds);
    keys::refresh(&clinic.app).await.expect("the keys");
}

fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = Settings::default();
    change(&mut settings);
    settings
}

/// The path of a file that only its owner reads.
fn key_file(folder: &Folder, name: &str, text: &str) -> String {
    let path = folder.0.join(name);
    fs::write(&path, text).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its mode");
    path.display().to_string()
}

async fn load(clinic: &TestClinic, settings: &Settings) -> Result<Keys, String> {
    Keys::load_or_create(&clinic.app.db, settings, NOW).await.map_err(|error| match error {
        LoadError::Settings(error) => error.to_string(),
        LoadError::Db(error) => panic!("{error}"),
    })
}

/// Signed by the first and taken by the second.
fn is_taken(signs: &Keys, verifies: &Keys) -> bool {
    let (user, session) = (PersonId(uuid::Uuid::nil()), SessionId(uuid::Uuid::nil()));
    let token = access_tokens::issue(signs, "https://clinic.example", user, session, NOW, 10).expect("a token");
    access_tokens::verify(verifies, "https://clinic.example", NOW, &token).is_some()
}

both_databases! {
    async fn a_token_outlives_a_rotation_and_not_the_end_of_its_key(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut ana, user, session) = patient(&clinic, &web).await;
        let (old, token) = (clinic.app.keys.signing().0, long_token(&clinic, &clinic.app, user, session));
        let kept = clinic.app.data_keys.encrypt(b"c", b"before");
        let made = keys::rotate(&clinic.app, &BOTH, false).await.expect("new keys");
        assert_eq!(clinic.app.keys.signing().0, old, "until every server knows the new one");
        pass(&clinic, SPREAD_SECONDS).await;
        assert_eq!(clinic.app.keys.signing().0, made[0]);
        let newer = long_token(&clinic, &clinic.app, user, session);
        assert_eq!((asked_with(&web, &token).await, asked_with(&web, &newer).await), (200, 200));
        assert_eq!(clinic.app.data_keys.decrypt(b"c", &kept).as_deref(), Ok(&b"before"[..]));
        assert!(clinic.app.data_keys.encrypt(b"c", b"after").windows(9).any(|part| part == made[1].as_bytes()));

        // the old key ends without another look at the database
        clinic.clock.advance_seconds(VERIFIES - 1);
        assert_eq!((asked_with(&web, &token).await, asked_with(&web, &newer).await), (200, 200));
        clinic.clock.advance_seconds(1);
        assert_eq!((asked_with(&web, &token).await, asked_with(&web, &newer).await), (401, 200));
        // a browser stays signed in, by its refresh token
        assert_eq!(ana.get("/account").await.status, 200);

        let lengths = "select cast(length(secret) as bigint) from signing_keys order by created_at, retired_at is null limit 1";
        assert_eq!(clinic.count(lengths).await, 1 + 96);
        assert_eq!(keys::work(&clinic.app).await.expect("the job"), 1);
        assert_eq!(clinic.count(lengths).await, 1 + 64, "what signed is gone");
        assert_eq!(keys::work(&clinic.app).await.expect("the job"), 0);
        pass(&clinic, 0).await;
        assert_eq!((asked_with(&web, &token).await, asked_with(&web, &newer).await), (401, 200));
        let entries = "select count(*) from audit_entries where action = 'keys.rotated' and actor_role = 'system'";
        assert_eq!(clinic.count(entries).await, 1);
    }

    async fn browsers_stay_known_for_a_year_and_other_cookies_for_an_hour(clinic: TestClinic) {
        let app = &clinic.app;
        let device = Device::signed_in(None, "ana".into()).cookie(app.keys.cookies(), false);
        let flash = cookies::seal(cookies::FLASH, "typed".into(), app.keys.cookies());
        let sent = format!("{}={}; {}={flash}", device.name(), device.value(), cookies::FLASH.over(false));
        let headers = HeaderMap::from_iter([(COOKIE, sent.parse().expect("a header"))]);
        let read = || {
            let flash = cookies::unseal(cookies::FLASH, &headers, app.keys.cookies(), false);
            (Device::of(&headers, app.keys.cookies(), false).is_some(), flash.is_some())
        };
        keys::rotate(app, &BOTH, false).await.expect("new keys");
        pass(&clinic, SPREAD_SECONDS).await;
        assert_eq!(read(), (true, true));
        keys::work(app).await.expect("the job");
        pass(&clinic, HOUR - 1).await;
        assert_eq!(read(), (true, true));
        pass(&clinic, 1).await;
        assert_eq!(read(), (true, false), "longer than such a cookie lasts");
        // the job rotates by itself meanwhile
        for _ in 0..4 {
            pass(&clinic, 90 * DAY).await;
            keys::work(app).await.expect("the job");
        }
        assert_eq!(read(), (true, false));
        pass(&clinic, i64::from(DEVICE_SECONDS) - 4 * 90 * DAY).await;
        assert_eq!(read(), (false, false));
        let before = clinic.count("select count(*) from signing_keys").await;
        keys::work(app).await.expect("the job");
        assert_eq!(clinic.count("select count(*) from signing_keys").await, before - 1);
    }

    async fn another_server_uses_new_keys_without_a_restart(clinic: TestClinic) {
        let there = neighbour(&clinic).await;
        let (here_web, there_web) = (Web::serve(&clinic.app).await, Web::serve(&there).await);
        let (_, user, session) = patient(&clinic, &here_web).await;
        let (stop, stopped) = watch::channel(false);
        let following = tokio::spawn(keys::follow(there.clone(), stopped));
        let made = keys::rotate(&clinic.app, &BOTH, false).await.expect("new keys");
        assert!(there.keys.verifying(&made[0], NOW).is_none(), "not yet");
        let begun = Instant::now();
        while there.keys.verifying(&made[0], NOW).is_none() {
            assert!(begun.elapsed() < Duration::from_secs(20), "never");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        println!("known there after {:?}", begun.elapsed());
        // the first server begins to use them, and the second one takes what it wrote
        pass(&clinic, SPREAD_SECONDS).await;
        let token = long_token(&clinic, &clinic.app, user, session);
        assert_eq!(clinic.app.keys.signing().0, made[0]);
        assert_eq!((asked_with(&here_web, &token).await, asked_with(&there_web, &token).await), (200, 200));
        let kept = clinic.app.data_keys.encrypt(b"c", b"text");
        assert_eq!(there.data_keys.decrypt(b"c", &kept).as_deref(), Ok(&b"text"[..]));
        while there.keys.signing().0 != made[0] {
            assert!(begun.elapsed() < Duration::from_secs(40), "never");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        stop.send_replace(true);
        following.await.expect("it stops");
        there.db.close().await;
    }

    async fn keys_that_somebody_saw_are_gone_at_once_and_nobody_is_signed_out(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut ana, user, session) = patient(&clinic, &web).await;
        let token = long_token(&clinic, &clinic.app, user, session);
        keys::rotate(&clinic.app, &[KeyKind::SignIn], true).await.expect("a new key");
        assert_eq!(asked_with(&web, &token).await, 401);
        assert_eq!(asked_with(&web, &long_token(&clinic, &clinic.app, user, session)).await, 200);
        assert_eq!(ana.get("/account").await.status, 200);
        assert_eq!(clinic.count("select count(*) from signing_keys").await, 1);
        let said = "select count(*) from audit_entries where action = 'keys.rotated' and details like '%ended at once'";
        assert_eq!(clinic.count(said).await, 1);
    }

    async fn keys_grow_old_and_several_servers_replace_them_once(clinic: TestClinic) {
        let there = neighbour(&clinic).await;
        clinic.clock.advance_seconds(90 * DAY - 1);
        assert_eq!(keys::work(&clinic.app).await.expect("the job"), 0);
        clinic.clock.advance_seconds(1);
        let never = clinic.app.with_settings(settings(|settings| settings.data.key_days = 0));
        assert_eq!(keys::work(&never).await.expect("the job"), 0);
        let (here, elsewhere) = tokio::join!(keys::work(&clinic.app), keys::work(&there));
        assert_eq!(here.expect("here") + elsewhere.expect("there"), 2);
        assert_eq!(clinic.count("select count(*) from signing_keys").await, 2);
        assert_eq!(clinic.count("select count(*) from data_keys").await, 2);
        let lines = keys::list(&clinic.app).await.expect("a list");
        let begins = Standing::Begins(clinic.clock.now().plus_seconds(SPREAD_SECONDS));
        let standings: Vec<_> = lines.iter().map(|line| line.standing).collect();
        assert_eq!(standings, [begins, Standing::InUse, begins, Standing::InUse]);
        there.db.close().await;
    }

    async fn the_key_of_the_machine_encrypts_keys_that_sign(clinic: TestClinic) {
        let (folder, length) = (Folder::new(), "select cast(length(secret) as bigint) from signing_keys");
        let (one, two) = (key_file(&folder, "one", ONE), key_file(&folder, "two", TWO));
        let with_file = |file: &String| settings(|settings| settings.data.key_file = file.clone());
        let in_environment = |key: &str| settings(|settings| settings.data.key = key.into());
        assert_eq!(clinic.count(length).await, 1 + 96);
        for _ in 0..2 {
            let keys = load(&clinic, &with_file(&one)).await.expect("keys");
            assert!(is_taken(&clinic.app.keys, &keys) && is_taken(&keys, &clinic.app.keys), "the same keys");
            assert_eq!(clinic.count(length).await, 1 + 24 + 96 + 16);
        }
        // the same key in the environment does as well
        assert!(is_taken(&clinic.app.keys, &load(&clinic, &in_environment(ONE)).await.expect("keys")));
        for (settings, words) in [
            (with_file(&two), "data.key_file: "),
            (in_environment(TWO), "data.key: is another key than the one that this database was made with"),
            (in_environment("AQEB"), "data.key: must be 32 bytes in base64"),
            (Settings::default(), "data.key_file: is not set, nor is data.key"),
            (settings(|settings| (settings.data.key, settings.data.key_file) = (ONE.into(), one.clone())), "data.key: and data.key_file"),
        ] {
            let said = load(&clinic, &settings).await.err().expect("a refusal");
            assert!(said.starts_with(words) && !said.contains(TWO), "{said}");
        }
        assert_eq!(clinic.count("select count(*) from signing_keys").await, 1);
        // a server without the key keeps what it has
        assert!(clinic.app.keys.refresh(&clinic.app.db, NOW).await.is_err());
        assert!(is_taken(&clinic.app.keys, &clinic.app.keys));
    }

    async fn keys_move_to_another_key_of_the_machine(clinic: TestClinic) {
        let folder = Folder::new();
        let (one, two) = (key_file(&folder, "one", ONE), key_file(&folder, "two", TWO));
        let kept = clinic.app.data_keys.encrypt(b"c", b"text");
        keys::rewrap(&clinic.app, &one).await.expect("wrapped");
        let on = |file: &String| settings(|settings| settings.data.key_file = file.clone());
        let app = AppState::with_clock(on(&one), clinic.app.db.clone(), clinic.clock.clone()).await.expect("an app");
        keys::rewrap(&app, &two).await.expect("wrapped");
        assert!(load(&clinic, &on(&one)).await.is_err());
        let app = AppState::with_clock(on(&two), clinic.app.db.clone(), clinic.clock.clone()).await.expect("an app");
        assert!(is_taken(&clinic.app.keys, &app.keys));
        assert_eq!(app.data_keys.decrypt(b"c", &kept).as_deref(), Ok(&b"text"[..]));
        assert!(keys::list(&app).await.expect("a list").iter().all(|key| key.is_encrypted));
        assert!(keys::rewrap(&app, &folder.0.join("none").display().to_string()).await.is_err());
        let stale = clinic.app.with_settings(on(&one));
        assert!(keys::rewrap(&stale, &one).await.is_err(), "the present key does not open them");
        assert!(load(&clinic, &on(&two)).await.is_ok(), "nothing changed");
    }
}

/// What the program says, and its exit code.
fn said(folder: &Folder, key: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = process::command(&folder.database());
    let output = command.env("DOCSLOT_DATA_KEY", key).arg("keys").args(arguments).output().expect("the program");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_command_line_lists_and_rotates_and_shows_no_secret() {
    let folder = Folder::new();
    let (code, listed, _) = said(&folder, ONE, &["list"]);
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!((code, lines.len()), (Some(0), 3), "{listed}");
    assert!(lines[1].starts_with("sign-in ") && lines[1].ends_with(" encrypted  signs"), "{listed}");
    assert!(lines[2].starts_with("data ") && lines[2].ends_with(" encrypted  encrypts"), "{listed}");
    assert!(!listed.contains(ONE));
    let (code, made, _) = said(&folder, ONE, &["rotate"]);
    assert_eq!(code, Some(0));
    assert!(made.contains("made sign-in key ") && made.contains("made data key "), "{made}");
    let listed = said(&folder, ONE, &["list"]).1;
    assert_eq!((listed.lines().count(), listed.matches("is used from ").count()), (5, 2), "{listed}");
    let (code, made, _) = said(&folder, ONE, &["rotate", "--now"]);
    assert_eq!((code, made.contains("The older sign-in keys are gone")), (Some(0), true), "{made}");
    assert_eq!(said(&folder, ONE, &["list"]).1.matches("sign-in ").count(), 1);
    assert_eq!(said(&folder, ONE, &["rotate", "--now", "--kind", "data"]).0, Some(2));

    let (code, _, error) = said(&folder, TWO, &["list"]);
    let own: Vec<&str> = error.lines().filter(|line| line.starts_with("docslot: ")).collect();
    assert_eq!((code, own.len()), (Some(2), 1), "{error}");
    assert!(own[0].starts_with("docslot: data.key: is another key") && !error.contains(TWO), "{error}");
}

#[test]
fn the_check_of_settings_shows_no_key() {
    let folder = Folder::new();
    let mut command = process::command(&folder.database());
    let output = command.env("DOCSLOT_DATA_KEY", ONE).arg("check").output().expect("the program");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.contains("key = \"(set)\"") && said.contains("data.key encrypts the keys") && !said.contains(ONE),
        "{said}"
    );
}

#[test]
fn moments_of_keys_do_not_depend_on_the_order_of_processes() {
    let key = |made, retired: Option<i64>| (Timestamp(made), retired.map(Timestamp));
    let newest = |keys: &[(Timestamp, Option<Timestamp>)], now| {
        docslot::web::keys::newest_in_use(keys, Timestamp(now), |key| *key).map(|key| key.0.0)
    };
    // the first key of all is used at once
    assert_eq!(newest(&[key(1_000, None)], 1_000), Some(1_000));
    let rotated = [key(1_000, None), key(0, Some(1_000 + SPREAD_SECONDS))];
    assert_eq!(newest(&rotated, 1_000 + SPREAD_SECONDS - 1), Some(0));
    assert_eq!(newest(&rotated, 1_000 + SPREAD_SECONDS), Some(1_000));
    // twice within two minutes
    let twice = [key(1_060, None), key(1_000, Some(1_060 + SPREAD_SECONDS)), key(0, Some(1_000 + SPREAD_SECONDS))];
    assert_eq!([1_061, 1_121, 1_181].map(|now| newest(&twice, now)), [Some(0), Some(1_000), Some(1_060)]);
    assert_eq!(newest(&[], 5), None);
    assert_eq!(newest(&[key(0, Some(5))], 5), None);
}

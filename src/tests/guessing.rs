//! Guessing passwords: no answer says which accounts exist, strangers are slowed down, and owners get in.

use std::{sync::Arc, time::Instant};

use docslot::{
    accounts::{
        Role,
        server::{self as accounts, RegisterForm, own_account, password_reset},
    },
    db::Engine,
    error::AppError,
    state::AppState,
    web::{rate_limits::Limits, request::RequestContext},
};

use crate::{
    both_databases,
    clinic::{NOW, TestClinic},
    joining::{EMAIL as INVITED, invite},
    web::{Answer, Browser, Web},
};

const PASSWORD: &str = "quiet green bicycle";
const WRONG: &str = "quiet green bicyclE";
const ANA: &str = "ana@example.org";
const DAY: i64 = 86_400;

/// A sender at this network address, without cookies.
fn at(address: &str) -> RequestContext {
    RequestContext { address: address.parse().expect("an address"), ..RequestContext::anonymous() }
}

async fn register(clinic: &TestClinic, email: &str, address: &str) -> RequestContext {
    let (name, phone) = ("Ana Novak".to_owned(), String::new());
    let form = RegisterForm { name, email: email.into(), phone, password: PASSWORD.into() };
    let signed = accounts::register(&clinic.app, &at(address), form).await.expect("an account");
    RequestContext { actor: Some(signed.actor), ..at(address) }
}

async fn sign_in(app: &AppState, address: &str, email: &str, password: &str) -> Result<(), AppError> {
    accounts::sign_in(app, &at(address), email, password).await.map(|_| ())
}

/// Five wrong passwords from each of these networks, `10.0.<number>.0/24`.
async fn guess_from(clinic: &TestClinic, email: &str, networks: std::ops::Range<u32>) {
    for network in networks {
        for guess in 1..=5 {
            let answer = sign_in(&clinic.app, &format!("10.0.{network}.{guess}"), email, WRONG).await;
            assert_eq!(answer, Err(AppError::WrongCredentials), "network {network}, guess {guess}");
        }
    }
}

fn wait_of(answer: &Result<(), AppError>) -> i64 {
    match answer {
        Err(AppError::TooManyAttempts { wait_seconds }) => i64::from(*wait_seconds),
        other => panic!("not slowed down: {other:?}"),
    }
}

/// An address of every kind of account, and one of none.
async fn kinds(clinic: &TestClinic) -> Vec<(&'static str, String)> {
    register(clinic, ANA, "198.51.100.1").await;
    register(clinic, "confirmed@example.org", "198.51.100.1").await;
    register(clinic, "suspended@example.org", "198.51.100.1").await;
    for sql in [
        "update persons set email_verified_at = created_at where email = 'confirmed@example.org'",
        "update persons set status = 'suspended' where email = 'suspended@example.org'",
    ] {
        assert_eq!(clinic.execute(sql).await.ok(), Some(1));
    }
    let without_password = clinic.patient().await.user;
    let staff = clinic.user(Role::Admin).await;
    invite(clinic, staff, "doctor", INVITED).await;
    vec![
        ("known", ANA.to_owned()),
        ("confirmed", "confirmed@example.org".to_owned()),
        ("suspended", "suspended@example.org".to_owned()),
        ("without a password", format!("{without_password}@example.org")),
        ("invited", INVITED.to_owned()),
        ("unknown", "nobody@example.org".to_owned()),
    ]
}

/// What a request has cost: comparisons of a password, and rows written.
async fn cost(clinic: &TestClinic) -> [i64; 6] {
    [
        i64::try_from(clinic.app.hasher.compared()).expect("a number"),
        clinic.count("select count(*) from sign_in_failures").await,
        clinic.count("select count(*) from sign_in_networks").await,
        clinic.count("select count(*) from sessions").await,
        clinic.count("select count(*) from refresh_tokens").await,
        clinic.count("select count(*) from outbox").await,
    ]
}

fn difference(before: [i64; 6], after: [i64; 6]) -> [i64; 6] {
    std::array::from_fn(|n| after[n] - before[n])
}

/// Signs in with a forwarded address, as behind a proxy.
async fn sign_in_from(web: &Web, browser: &mut Browser, address: &str, password: &str) -> Answer {
    let referrer = format!("http://{}/sign-in", web.address);
    let headers = [
        ("accept", "text/html"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
        ("referer", referrer.as_str()),
        ("x-forwarded-for", address),
    ];
    let body = format!("email=ana%40example.org&password={}&next=%2Fdoctors", password.replace(' ', "+"));
    browser.send("POST", "/fn/sign_in", &headers, &body).await
}

/// This clinic behind a proxy on the same machine.
fn behind_a_proxy(clinic: &TestClinic) -> AppState {
    let mut settings = (*clinic.app.settings).clone();
    settings.server.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
    clinic.app.with_settings(settings)
}

both_databases! {
    async fn a_wrong_password_costs_the_same_for_every_kind_of_account(clinic: TestClinic) {
        let kinds = kinds(&clinic).await;
        for round in 0..60 {
            for (n, (kind, email)) in kinds.iter().enumerate() {
                let before = cost(&clinic).await;
                let answer = sign_in(&clinic.app, &format!("10.{n}.{round}.1"), email, WRONG).await;
                assert_eq!(answer, Err(AppError::WrongCredentials), "{kind}");
                let rows = if round == 0 { 3 } else { 2 };
                assert_eq!(difference(before, cost(&clinic).await), [1, rows, 0, 0, 0, 0], "{kind}, round {round}");
            }
            clinic.clock.advance_seconds(3 * 3_600);
        }
    }

    async fn guesses_are_slowed_down_the_same_for_every_kind_of_account(clinic: TestClinic) {
        let mut seen = Vec::new();
        for (n, (kind, email)) in kinds(&clinic).await.into_iter().enumerate() {
            let mut answers = Vec::new();
            // twenty wrong passwords from four networks, one more from each, and one from a fifth
            for network in 0..5 {
                for guess in 0..if network == 4 { 1 } else { 6 } {
                    let before = cost(&clinic).await;
                    let answer = sign_in(&clinic.app, &format!("10.{n}.{network}.{guess}"), &email, WRONG).await;
                    answers.push((answer, difference(before, cost(&clinic).await)));
                }
            }
            let refused = answers.iter().filter(|(answer, _)| matches!(answer, Err(AppError::TooManyAttempts { .. })));
            assert_eq!(refused.count(), 5, "{kind}: {answers:?}");
            seen.push((kind, answers.into_iter().map(|(answer, [compared, rows, places, ..])| (answer, compared, rows, places)).collect::<Vec<_>>()));
            clinic.clock.advance_seconds(DAY);
        }
        for (kind, answers) in &seen {
            assert_eq!(answers, &seen[0].1, "{kind}");
        }
    }

    async fn asking_for_a_link_writes_for_every_address(clinic: TestClinic) {
        for (kind, email) in kinds(&clinic).await {
            let before = cost(&clinic).await;
            password_reset::ask(&clinic.app, &at("192.0.2.1"), &email).await.expect("an answer");
            let [compared, rows, places, sessions, tokens, _] = difference(before, cost(&clinic).await);
            assert_eq!([compared, rows, places, sessions, tokens], [0, 1, 0, 0, 0], "{kind}");
        }
    }

    async fn strangers_do_not_keep_the_owner_out(clinic: TestClinic) {
        let app = behind_a_proxy(&clinic);
        let web = Web::serve(&app).await;
        register(&clinic, ANA, "198.51.100.7").await;
        let mut owner = web.browser();
        assert_eq!(sign_in_from(&web, &mut owner, "198.51.100.7", PASSWORD).await.location(), "/doctors");
        owner.post("/fn/sign_out", &[]).await;
        assert_eq!(owner.cookies.keys().map(String::as_str).collect::<Vec<_>>(), ["docslot-device"], "it outlives the session");

        guess_from(&clinic, ANA, 0..1).await;
        assert_eq!(sign_in(&app, "203.0.113.9", ANA, PASSWORD).await, Ok(()), "a new network, after five guesses of a stranger");
        guess_from(&clinic, ANA, 1..4).await;
        assert!(wait_of(&sign_in(&app, "10.0.0.1", ANA, PASSWORD).await) > 0, "the stranger waits");

        // from where the account was signed in to before, and from any network with the device
        assert_eq!(sign_in(&app, "198.51.100.200", ANA, PASSWORD).await, Ok(()), "the network");
        assert_eq!(sign_in_from(&web, &mut owner, "192.0.2.55", PASSWORD).await.location(), "/doctors", "the device");
        let mut copy = web.browser();
        copy.cookies.insert("docslot-device".into(), "made up".into());
        sign_in_from(&web, &mut copy, "192.0.3.55", PASSWORD).await;
        assert!(!copy.cookies.contains_key("docslot"), "no device of ours");
    }

    async fn the_owner_gets_in_from_a_new_network_within_a_quarter_of_an_hour(clinic: TestClinic) {
        register(&clinic, ANA, "198.51.100.7").await;
        guess_from(&clinic, ANA, 0..4).await;
        let first = sign_in(&clinic.app, "192.0.2.1", ANA, PASSWORD).await;
        assert_eq!(wait_of(&first), 30);
        clinic.clock.advance_seconds(29);
        assert_eq!(wait_of(&sign_in(&clinic.app, "192.0.2.1", ANA, PASSWORD).await), 1);
        clinic.clock.advance_seconds(1);
        assert_eq!(sign_in(&clinic.app, "192.0.2.1", ANA, PASSWORD).await, Ok(()));

        // an attack from a dozen networks that never pauses
        let (begun, mut next) = (clinic.clock.now(), clinic.clock.now());
        loop {
            for network in 0..12 {
                let guess = sign_in(&clinic.app, &format!("10.1.{network}.1"), ANA, WRONG).await;
                assert!(guess.is_err());
            }
            if clinic.clock.now() >= next {
                match sign_in(&clinic.app, "192.0.3.1", ANA, PASSWORD).await {
                    Ok(()) => break,
                    refused => next = clinic.clock.now().plus_seconds(wait_of(&refused)),
                }
            }
            clinic.clock.advance_seconds(30);
        }
        let took = clinic.clock.now().0 - begun.0;
        assert!((30..=15 * 60).contains(&took), "{took} s");
    }

    async fn one_network_guesses_35_times_on_the_first_day_and_24_times_on_the_next(clinic: TestClinic) {
        register(&clinic, ANA, "198.51.100.7").await;
        let mut guesses = [0, 0];
        loop {
            let day = usize::try_from((clinic.clock.now().0 - NOW.0) / DAY).expect("a day");
            let Some(guesses) = guesses.get_mut(day) else { break };
            match sign_in(&clinic.app, "10.0.0.1", ANA, WRONG).await {
                Err(AppError::WrongCredentials) => *guesses += 1,
                refused => clinic.clock.advance_seconds(wait_of(&refused)),
            }
        }
        assert_eq!(guesses, [35, 24]);
    }

    async fn a_spray_over_many_accounts_is_slowed_and_known_devices_are_not(clinic: TestClinic) {
        let app = behind_a_proxy(&clinic);
        let web = Web::serve(&app).await;
        register(&clinic, ANA, "198.51.100.7").await;
        let mut owner = web.browser();
        sign_in_from(&web, &mut owner, "198.51.100.7", PASSWORD).await;
        let address = |n: u32| format!("nobody{n}@example.org");
        assert_eq!(sign_in(&app, "10.0.0.1", &address(0), WRONG).await, Err(AppError::WrongCredentials));
        let before = app.limits.wrong_passwords(clinic.clock.now()).await;
        assert_eq!(before, 1, "it counts for the website");
        (0..199).for_each(|_| app.limits.count_wrong_password(clinic.clock.now()));
        for n in 1..6 {
            assert_eq!(wait_of(&sign_in(&app, "10.0.0.1", &address(n), WRONG).await), 60, "the first attempt at {n}");
        }
        clinic.clock.advance_seconds(60);
        let mut wrong = 0;
        for n in 1..5 {
            match sign_in(&app, "10.0.0.2", &address(n), WRONG).await {
                Err(AppError::WrongCredentials) => wrong += 1,
                refused => assert!(wait_of(&refused) > 0),
            }
        }
        assert_eq!(wrong, 2, "a network has three wrong passwords, one of them before");
        assert_eq!(sign_in_from(&web, &mut owner, "192.0.2.55", PASSWORD).await.location(), "/doctors");
        assert_eq!(sign_in(&app, "198.51.100.9", ANA, PASSWORD).await, Ok(()));
        assert_eq!(wait_of(&sign_in(&app, "192.0.3.1", ANA, PASSWORD).await), 30, "a new network waits, and then gets in");
        clinic.clock.advance_seconds(30);
        assert_eq!(sign_in(&app, "192.0.3.1", ANA, PASSWORD).await, Ok(()));
    }

    async fn strangers_do_not_keep_the_owner_from_changing_the_password(clinic: TestClinic) {
        let owner = register(&clinic, ANA, "198.51.100.7").await;
        guess_from(&clinic, ANA, 0..4).await;
        let away = RequestContext { actor: owner.actor, ..at("192.0.2.1") };
        for _ in 0..5 {
            let wrong = own_account::change_password(&clinic.app, &away, WRONG, "seven slow lighthouses").await;
            assert_eq!(wrong, Err(AppError::WrongCredentials));
        }
        let slow = own_account::change_password(&clinic.app, &away, PASSWORD, "seven slow lighthouses").await;
        assert_eq!(wait_of(&slow), 30, "its own guesses do");
        clinic.clock.advance_seconds(30);
        let changed = own_account::change_password(&clinic.app, &away, PASSWORD, "seven slow lighthouses").await;
        assert_eq!(changed, Ok(()));
    }

    async fn several_servers_count_together_and_old_counts_are_forgotten(clinic: TestClinic) {
        register(&clinic, ANA, "198.51.100.7").await;
        let other = clinic.app.with(|parts| parts.limits = Arc::new(Limits::default()));
        for n in 0..5 {
            let app = if n % 2 == 0 { &clinic.app } else { &other };
            assert_eq!(sign_in(app, "10.0.0.1", ANA, WRONG).await, Err(AppError::WrongCredentials));
        }
        assert_eq!(wait_of(&sign_in(&other, "10.0.0.1", ANA, PASSWORD).await), 30);
        accounts::clear_sign_in_attempts(&clinic.app).await.expect("clearing");
        assert_eq!(wait_of(&sign_in(&clinic.app, "10.0.0.1", ANA, PASSWORD).await), 30, "still counted");
        clinic.clock.advance_seconds(DAY + 1);
        accounts::clear_sign_in_attempts(&clinic.app).await.expect("clearing");
        assert_eq!(clinic.count("select count(*) from sign_in_failures").await, 0);
        assert_eq!(clinic.count("select count(*) from sign_in_networks").await, 1, "the owner's network");
        clinic.clock.advance_seconds(90 * DAY);
        accounts::clear_sign_in_attempts(&clinic.app).await.expect("clearing");
        assert_eq!(clinic.count("select count(*) from sign_in_networks").await, 0);
    }
}

/// The chance that an answer of the second kind takes longer than one of the first: a half when they are alike.
pub fn area_under_curve(first: &[f64], second: &[f64]) -> f64 {
    let above = second.iter().map(|b| {
        let (less, equal) = (first.iter().filter(|a| *a < b).count(), first.iter().filter(|a| *a == b).count());
        less as f64 + equal as f64 / 2.0
    });
    above.sum::<f64>() / (first.len() * second.len()) as f64
}

/// Run alone and on an idle machine:
/// `cargo test --features ssr --test integration guessing::the_time -- --ignored --nocapture`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures time, which a busy machine spoils"]
async fn the_time_of_an_answer_does_not_say_which_accounts_exist() {
    const PROBES: usize = 500;
    TestClinic::run(Engine::Sqlite, async |clinic| {
        let kinds = kinds(&clinic).await;
        let mut took = vec![Vec::new(); kinds.len()];
        for round in 0..PROBES {
            for turn in 0..kinds.len() {
                let n = (round + turn) % kinds.len();
                let address = format!("10.{n}.{}.{}", round / 250, round % 250);
                let begun = Instant::now();
                let answer = sign_in(&clinic.app, &address, &kinds[n].1, WRONG).await;
                took[n].push(begun.elapsed().as_secs_f64());
                assert_eq!(answer, Err(AppError::WrongCredentials));
            }
            clinic.clock.advance_seconds(DAY);
        }
        let unknown = took.last().expect("a kind");
        for ((kind, _), times) in kinds.iter().zip(&took) {
            let area = area_under_curve(unknown, times);
            let mean = times.iter().sum::<f64>() / times.len() as f64 * 1_000.0;
            println!("{kind:20} {mean:6.1} ms on average, AUC against unknown {area:.3}");
            assert!((0.45..=0.55).contains(&area), "{kind}: {area}");
        }
    })
    .await;
}

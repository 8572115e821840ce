//! Whether any door says which addresses have an account: by what it answers, or by the time that it takes.

use std::time::Instant;

use docslot::{
    accounts::{
        Role,
        server::{self as accounts, RegisterForm},
    },
    db::Engine,
    state::AppState,
    web::request::RequestContext,
};

use crate::{
    both_databases,
    clinic::TestClinic,
    guessing::area_under_curve,
    joining::invite,
    mail::with_mail,
    web::{Answer, Browser, Web, form},
};

const PASSWORD: &str = "quiet green bicycle";
const KNOWN: &str = "ana@example.org";
/// As long as [`KNOWN`], and without an account.
const UNKNOWN: &str = "eva@example.org";
const DAY: i64 = 86_400;

/// Where an address can be tried.
struct Door {
    name: &'static str,
    /// Where its form is sent.
    action: &'static str,
    /// The other fields.
    fields: Vec<(&'static str, String)>,
    /// Whether a program asks, in JSON.
    by_program: bool,
}

impl Door {
    /// Sends the form with this address, from a network of its own.
    async fn try_address(&self, browser: &mut Browser, email: &str, network: &str) -> Answer {
        let pairs = || self.fields.iter().map(|(name, value)| (*name, value.as_str())).chain([("email", email)]);
        let json = serde_json::Value::from_iter(pairs().map(|(name, value)| (name.to_owned(), value)));
        let (accept, kind) = match self.by_program {
            true => ("application/json", "application/json"),
            false => ("text/html", "application/x-www-form-urlencoded"),
        };
        let body = if self.by_program { json.to_string() } else { form(&pairs().collect::<Vec<_>>()) };
        let headers = [
            ("accept", accept),
            ("content-type", kind),
            ("sec-fetch-site", "same-origin"),
            ("x-forwarded-for", network),
        ];
        browser.send("POST", self.action, &headers, &body).await
    }
}

/// Every door that takes an address of somebody who is not signed in.
async fn doors(clinic: &TestClinic) -> Vec<Door> {
    let code = invite(clinic, clinic.user(Role::Admin).await, "doctor", "mara@example.org").await;
    let door = |name, action, by_program, fields: &[(&'static str, &str)]| Door {
        name,
        action,
        by_program,
        fields: fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
    };
    let wrong = ("password", "quiet green bicyclE");
    let registering = [("name", "Ana Novak"), ("phone", "")];
    let page = [("next", "/doctors"), ("form_page", "/register?next=/doctors")];
    let joining = [("code", &*code), ("name", "Mara"), ("designation", "GP"), ("registration_number", "1"), wrong];
    vec![
        door("sign-in", "/fn/sign_in", false, &[wrong, ("next", "/doctors"), ("form_page", "/sign-in")]),
        door("sign-in by a program", "/api/v1/login", true, &[wrong]),
        door("reset", "/fn/account/forgot", false, &[("form_page", "/forgot-password")]),
        door("registration", "/fn/register", false, &[registering, page].concat()),
        door("registration by a program", "/api/v1/register", true, &registering),
        door("invitation", "/fn/join", false, &[&joining[..], &[("form_page", "/")]].concat()),
    ]
}

/// The clinic with mail, behind a proxy on this machine, with one account.
async fn with_an_account(clinic: &TestClinic) -> AppState {
    let form =
        RegisterForm { name: "Ana".into(), email: KNOWN.into(), phone: String::new(), password: PASSWORD.into() };
    accounts::register(&clinic.app, &RequestContext::anonymous(), form).await.expect("an account");
    clinic.execute("update outbox set state = 'suppressed'").await.expect("out of the way");
    let mut settings = (*with_mail(clinic, "smtp://127.0.0.1:9", 1).settings).clone();
    settings.server.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
    settings.server.public_url = "http://clinic.example".into();
    clinic.app.with_settings(settings)
}

/// Everything in an answer that could say something: what is encrypted counts by its length, and what is new in every
/// answer not at all.
fn said(answer: &Answer) -> String {
    let mut lines = vec![answer.status.to_string()];
    for (name, value) in &answer.headers {
        lines.push(match name.as_str() {
            "date" | "x-request-id" => name.clone(),
            "set-cookie" => {
                let (cookie, rest) = value.split_once('=').unwrap_or((value, ""));
                let (secret, attributes) = rest.split_once(';').unwrap_or((rest, ""));
                format!("{name}: {cookie} of {} bytes; {attributes}", secret.len())
            }
            "content-security-policy" => without_nonces(value),
            _ => format!("{name}: {value}"),
        });
    }
    lines.push(without_nonces(&answer.body));
    lines.join("\n").replace(KNOWN, "EMAIL").replace(UNKNOWN, "EMAIL")
}

fn without_nonces(text: &str) -> String {
    let mut parts = text.split("nonce");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "=-_+/\"".contains(c)));
    }
    kept
}

both_databases! {
    async fn no_door_says_which_addresses_have_an_account(clinic: TestClinic) {
        let web = Web::serve(&with_an_account(&clinic).await).await;
        for (number, door) in doors(&clinic).await.iter().enumerate() {
            let mut told = [Vec::new(), Vec::new()];
            for round in 0..6 {
                for (known, email) in [KNOWN, UNKNOWN].into_iter().enumerate() {
                    let mut browser = web.browser();
                    let network = format!("10.{number}.{round}.{known}");
                    let answer = door.try_address(&mut browser, email, &network).await;
                    let next = if answer.status == 303 { answer.header("location").to_owned() } else { String::new() };
                    told[known].push(said(&answer));
                    if !next.is_empty() {
                        told[known].push(said(&browser.get(&next).await));
                    }
                }
            }
            assert!(told[0].iter().any(|said| said.len() > 100), "{}: {:?}", door.name, told[0]);
            assert_eq!(told[0], told[1], "{}", door.name);
            clinic.clock.advance_seconds(DAY);
        }
    }
}

/// Run alone and on an idle machine; `DOCSLOT_PROBES` asks for another number than 1,000 of each kind, and
/// `DOCSLOT_DOORS` for some doors alone:
/// `cargo test --features ssr --test integration enumeration::the_time -- --ignored --nocapture`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures time, which a busy machine spoils"]
async fn the_time_of_no_door_says_which_addresses_have_an_account() {
    let probes: u32 = std::env::var("DOCSLOT_PROBES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000);
    let wanted = std::env::var("DOCSLOT_DOORS").unwrap_or_default();
    TestClinic::run(Engine::Sqlite, async |clinic| {
        let web = Web::serve(&with_an_account(&clinic).await).await;
        let mut told = Vec::new();
        for (number, door) in doors(&clinic).await.iter().enumerate() {
            if !wanted.is_empty() && !wanted.split(',').any(|name| name == door.name) {
                continue;
            }
            let mut took = [Vec::new(), Vec::new()];
            for round in 0..probes + 10 {
                for turn in 0..2 {
                    let known = usize::try_from((round + turn) % 2).unwrap_or_default();
                    let email = [KNOWN, UNKNOWN][known];
                    let network = format!("10.{}.{}.{known}", number * 16 + (round / 250) as usize, round % 250);
                    let mut browser = web.browser();
                    let begun = Instant::now();
                    let answer = door.try_address(&mut browser, email, &network).await;
                    let seconds = begun.elapsed().as_secs_f64();
                    assert_ne!(answer.status, 429, "{}", answer.body);
                    // the first ones warm up
                    if round >= 10 {
                        took[known].push(seconds * 1_000.0);
                    }
                }
                clinic.clock.advance_seconds(DAY);
            }
            let area = area_under_curve(&took[0], &took[1]);
            let [known, unknown] = took.map(median);
            println!(
                "{:26} known {known:8.3} ms, unknown {unknown:8.3} ms ({:+.2} %), AUC {area:.3}",
                door.name,
                (known / unknown - 1.0) * 100.0
            );
            told.push((door.name, area, known / unknown));
        }
        for (name, area, ratio) in told {
            assert!((0.45..=0.55).contains(&area) && (0.98..=1.02).contains(&ratio), "{name}: {area} {ratio}");
        }
    })
    .await;
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

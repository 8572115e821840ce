//! Forged, old and misplaced tokens of every kind, and forms that other websites send: all refused, nothing changed.

use docslot::{accounts::Role, ids::PersonId, random};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    access::{ROWS, one_of_each, person},
    both_databases,
    clinic::{NOW, TestClinic},
    web::{Browser, Web},
};

/// Everything that a request could add, end or use up.
const TABLES: [&str; 12] = [
    "select count(*) from persons where status = 'active' and email_verified_at is null",
    "select count(*) from sessions where revoked_at is null",
    "select count(*) from api_tokens where revoked_at is null",
    "select count(*) from calendar_feeds where revoked_at is null",
    "select count(*) from mail_links where used_at is null",
    "select count(*) from invitations",
    "select count(*) from appointments where status not in ('held', 'cancelled')",
    "select count(*) from appointments where status = 'held'",
    "select count(*) from outbox",
    "select count(*) from locations",
    "select count(*) from specialties",
    "select count(*) from audit_entries",
];

async fn state(clinic: &TestClinic) -> Vec<i64> {
    let mut counts = Vec::new();
    for sql in TABLES {
        counts.push(clinic.count(sql).await);
    }
    counts
}

/// The claims of a browser's access token, without looking at its signature.
fn claims_of(browser: &Browser) -> Value {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let middle = browser.cookies["docslot"].split('.').nth(1).unwrap_or_default().to_owned();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(middle).expect("base64")).expect("claims")
}

/// Tokens that are each wrong in one way, with the way. The first is right.
fn forged(clinic: &TestClinic, good: &Value, other: &Value) -> Vec<(&'static str, String)> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let (kid, key) = clinic.app.keys.signing();
    let header = || Header { typ: Some("at+jwt".into()), kid: Some(kid.clone()), ..Header::new(Algorithm::HS256) };
    let signed = |header: &Header, claims: &Value, key: &EncodingKey| {
        jsonwebtoken::encode(header, claims, key).expect("a token")
    };
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        signed(&header(), &claims, &key)
    };
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().expect("claims").remove(name);
        signed(&header(), &claims, &key)
    };
    let right = signed(&header(), good, &key);
    let foreign = EncodingKey::from_secret(&[9; 32]);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned =
        |alg: &str| [part(&json!({"alg": alg, "typ": "at+jwt", "kid": kid})), part(good), String::new()].join(".");
    let parts: Vec<&str> = right.split('.').collect();
    let altered = [parts[0], part(other).as_str(), parts[2]].join(".");
    let (exp, nbf) = (good["exp"].as_i64().unwrap_or_default(), good["nbf"].as_i64().unwrap_or_default());
    vec![
        ("right", right.clone()),
        ("no algorithm", unsigned("none")),
        ("NONE", unsigned("NONE")),
        ("no signature", unsigned("HS256")),
        ("HS384", signed(&Header { alg: Algorithm::HS384, ..header() }, good, &key)),
        ("HS512", signed(&Header { alg: Algorithm::HS512, ..header() }, good, &key)),
        ("another key", signed(&header(), good, &foreign)),
        ("an unknown key id", signed(&Header { kid: Some("other".into()), ..header() }, good, &key)),
        ("a key id with a path", signed(&Header { kid: Some("../../dev/null".into()), ..header() }, good, &key)),
        ("a key id with SQL", signed(&Header { kid: Some("x' or '1'='1".into()), ..header() }, good, &key)),
        ("no key id", signed(&Header { kid: None, ..header() }, good, &key)),
        (
            "a key of its own",
            signed(&Header { jku: Some("https://evil.example/jwks".into()), kid: None, ..header() }, good, &key),
        ),
        ("an ordinary type", signed(&Header { typ: Some("JWT".into()), ..header() }, good, &key)),
        ("no type", signed(&Header { typ: None, ..header() }, good, &key)),
        ("claims of another person", altered),
        ("a cut signature", right[..right.len() - 2].to_owned()),
        ("two tokens", [right.as_str(), right.as_str()].join(".")),
        ("expired", with("exp", json!(nbf - 60))),
        ("expired as text", with("exp", json!(exp.to_string()))),
        ("never expires", without("exp")),
        ("not yet", with("nbf", json!(exp + 3_600))),
        ("not yet as text", with("nbf", json!(nbf.to_string()))),
        ("no beginning", without("nbf")),
        ("another issuer", with("iss", json!("https://evil.example"))),
        ("two issuers", with("iss", json!([good["iss"], "https://evil.example"]))),
        ("another audience", with("aud", json!("other"))),
        ("no audience", without("aud")),
        ("another person of the same session", with("sub", other["sub"].clone())),
        ("another session of the same person", with("sid", other["sid"].clone())),
        ("a session that is not there", with("sid", json!(Uuid::nil()))),
        ("no session", without("sid")),
        ("no person", without("sub")),
    ]
}

/// One live token of each kind, with the kind's name.
async fn one_of_each_kind(clinic: &TestClinic, browser: &mut Browser, user: PersonId) -> Vec<(&'static str, String)> {
    browser.get("/account/tokens").await;
    let fields = [("name", "x"), ("scope", "read"), ("days", "30")];
    let page = browser.submit("/fn/account/make_token", &fields).await;
    let personal = page.attributes("id=\"new-token\"", "value").pop().expect("a token");
    let mut tokens = vec![
        ("access", browser.cookies["docslot"].clone()),
        ("refresh", browser.cookies["docslot-refresh"].clone()),
        ("device", browser.cookies["docslot-device"].clone()),
        ("personal", personal),
    ];
    let message = clinic.an_id("select id from outbox limit 1").await;
    for purpose in
        ["manage_appointment", "stop_reminders", "verify_address", "reset_password", "invitation", "answer_offer"]
    {
        let token = random::token();
        let (hash, until) = (random::token_hash(&token), NOW.plus_seconds(86_400));
        clinic
            .write(move |mut tx| {
                let hash = hash.clone();
                Box::pin(async move {
                    let sql =
                        "insert into mail_links (token_hash, purpose, outbox_id, person_id, created_at, expires_at)
                        values ($1, $2, $3, $4, $5, $6)";
                    tx.execute(sql, (&hash, purpose, message, user, NOW, until)).await
                })
            })
            .await;
        tokens.push((purpose, token));
    }
    let feed = random::token();
    let (hash, feed_id) = (random::token_hash(&feed), Uuid::now_v7());
    clinic
        .write(move |mut tx| {
            let hash = hash.clone();
            Box::pin(async move {
                let sql = "insert into calendar_feeds (id, person_id, token_hash, with_names, created_at)
                    values ($1, $2, $3, $4, $5)";
                tx.execute(sql, (feed_id, user, &hash, false, NOW)).await
            })
        })
        .await;
    tokens.push(("feed", feed));
    tokens
}

/// One place where a token counts.
struct Door {
    /// Which kind counts there.
    kind: &'static str,
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// Every place where a token counts, with this one presented there.
fn doors(token: &str) -> Vec<Door> {
    // some have characters that mean something else in an address or a form
    let typed = token.replace('%', "%25").replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let got = |kind, path: String, headers: Vec<(&'static str, String)>| Door {
        kind,
        method: "GET",
        path,
        headers,
        body: String::new(),
    };
    let posted = |kind, path: &str, body: String| {
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
        let headers = headers.map(|(name, value)| (name, value.to_owned())).into();
        Door { kind, method: "POST", path: path.to_owned(), headers, body }
    };
    let cookie = |name: &str| vec![("cookie", format!("{name}={token}")), ("accept", "text/html".to_owned())];
    vec![
        got("access", "/api/v1/me".into(), vec![("authorization", format!("Bearer {token}"))]),
        got("access", "/account".into(), cookie("docslot")),
        got("refresh", "/account".into(), cookie("docslot-refresh")),
        got("manage_appointment", format!("/appointment/{typed}"), Vec::new()),
        posted("manage_appointment", "/fn/appointment/cancel", format!("token={typed}")),
        posted("stop_reminders", &format!("/reminders/{typed}"), "List-Unsubscribe=One-Click".into()),
        posted("verify_address", "/fn/account/verify", format!("token={typed}")),
        posted("reset_password", "/fn/account/reset", format!("token={typed}&password=seven+slow+lighthouses")),
        got("invitation", format!("/invite/{typed}"), Vec::new()),
        posted("invitation", "/fn/join", format!("code={typed}&name=Eve&password=seven+slow+lighthouses")),
        got("answer_offer", format!("/offer/{typed}"), Vec::new()),
        posted("answer_offer", "/fn/offer/answer", format!("token={typed}&answer=accept")),
        got("feed", format!("/calendar/{typed}.ics"), Vec::new()),
    ]
}

both_databases! {
    async fn no_forged_access_token_opens_anything(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (ana, _) = person(&clinic, &web, "ana@example.org", Role::Patient).await;
        let (ben, _) = person(&clinic, &web, "ben@example.org", Role::Admin).await;
        let tokens = forged(&clinic, &claims_of(&ana), &claims_of(&ben));
        let before = state(&clinic).await;
        let mut asked = 0;
        for (way, token) in &tokens {
            let bearer = format!("Bearer {token}");
            let mut browser = web.browser();
            let api = browser.send("GET", "/api/v1/me", &[("authorization", &bearer)], "").await.status;
            let function = browser.send("POST", "/fn/account/own", &[("authorization", &bearer), ("content-type", "application/x-www-form-urlencoded")], "").await.status;
            browser.cookies.insert("docslot".into(), token.clone());
            let page = browser.get("/account").await.status;
            asked += 3;
            let expected = if *way == "right" { (200, 200, 200) } else { (401, 401, 302) };
            assert_eq!((api, function, page), expected, "{way}");
        }
        // after the session's end the right one is no better
        let mut own = ana.clone();
        own.post("/fn/sign_out", &[]).await;
        let bearer = format!("Bearer {}", tokens[0].1);
        assert_eq!(web.browser().send("GET", "/api/v1/me", &[("authorization", &bearer)], "").await.status, 401);
        let mut after = state(&clinic).await;
        assert_eq!((before[1] - after[1], after.remove(1)), (1, before[1] - 1), "the sign-out alone");
        println!("{} tokens, {asked} requests", tokens.len());
    }

    async fn a_token_of_one_kind_is_no_token_of_another(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut ana, user) = person(&clinic, &web, "ana@example.org", Role::Patient).await;
        let tokens = one_of_each_kind(&clinic, &mut ana, user).await;
        let before = state(&clinic).await;
        let mut refused = 0;
        for (kind, token) in &tokens {
            for Door { kind: own, method, path, headers, body } in doors(token) {
                // a personal token is a bearer token, too
                if own == *kind || (*kind == "personal" && path == "/api/v1/me") {
                    continue;
                }
                let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let answer = web.browser().send(method, &path, &headers, &body).await;
                assert!(matches!(answer.status, 302 | 401 | 404 | 410), "{kind} at {method} {path}: {}", answer.status);
                refused += 1;
            }
        }
        // a feed is asked for by its address alone
        let feed = &tokens.iter().find(|(kind, _)| *kind == "feed").expect("a feed").1;
        assert_eq!(web.browser().get(&format!("/calendar/{feed}.ics")).await.status, 200);
        assert_eq!(state(&clinic).await, before);
        println!("{} kinds, {refused} misplaced tokens refused", tokens.len());
    }

    async fn no_form_of_another_website_is_taken(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut browsers, fixture) = one_of_each(&clinic, &web).await;
        let own = format!("http://{}", web.address);
        let origins = [None, Some("https://evil.example"), Some("null"), Some(own.as_str())];
        let before = state(&clinic).await;
        let (mut forms, mut sent) = (0, 0);
        for (address, example, form, _) in ROWS.iter().filter(|row| row.0.starts_with("POST ")) {
            let (path, form) = (fixture.fill(example), fixture.fill(form));
            forms += 1;
            for site in [Some("cross-site"), Some("same-site"), Some("nonsense"), None] {
                for origin in origins {
                    if site.is_none() && (origin.is_none() || origin == Some(&own)) {
                        continue;
                    }
                    let mut headers = vec![("content-type", "application/x-www-form-urlencoded"), ("accept", "text/html")];
                    headers.extend(site.map(|site| ("sec-fetch-site", site)));
                    headers.extend(origin.map(|origin| ("origin", origin)));
                    for browser in &mut browsers[4..] {
                        let answer = browser.send("POST", &path, &headers, &form).await;
                        assert_eq!(answer.status, 403, "{address}, {site:?}, {origin:?}: {}", answer.status);
                        sent += 1;
                    }
                }
            }
        }
        assert_eq!(state(&clinic).await, before);
        // cookies do not count for programs
        let answer = browsers[5].send("GET", "/api/v1/staff/users", &[], "").await;
        assert_eq!(answer.status, 401);
        println!("{forms} forms, {sent} requests refused");
    }
}

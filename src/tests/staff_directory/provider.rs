//! A small OpenID provider that does what a test tells it, right or wrong.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use docslot::{config::OidcSettings, state::AppState};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::clinic::{NOW, TestClinic};

pub const CLIENT: &str = "docslot of the tests";
pub const SECRET: &str = "a secret: of the tests & long enough";

/// What opens the rest of the claims.
pub const ACCESS: &str = "access-to-the-directory";

/// By what a token is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// The key with this number.
    Key(u8),
    /// A key that calls itself by the name of this one.
    Pretending(u8),
    /// Nothing, and the token says so.
    Nothing,
    /// The client's secret, by which every client could sign for itself.
    Secret,
}

/// A code that was given out.
#[derive(Clone)]
struct Given {
    nonce: String,
    challenge: String,
    redirect: String,
}

/// What the provider does.
pub struct Plan {
    /// The claims of the person who signs in there.
    pub person: Value,
    /// What is done to a token's claims before they are signed.
    pub spoil: fn(&mut Value),
    pub signing: Signing,
    /// The keys that the provider names.
    pub keys: Vec<u8>,
    /// Whether tokens tell who somebody is and no more, and the rest has to be asked for.
    pub tells_apart: bool,
    /// Whether it answers at all.
    pub is_away: bool,
    /// How often its keys and its description were read, and codes exchanged.
    pub keys_read: u32,
    pub described: u32,
    pub exchanged: u32,
    now: i64,
    codes: HashMap<String, Given>,
}

pub struct Provider {
    pub issuer: String,
    plan: Arc<Mutex<Plan>>,
    server: JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

type Shared = State<(String, Arc<Mutex<Plan>>)>;

fn key(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number; 32]).expect("a key")
}

/// A member of staff as the directory knows her.
pub fn nia() -> Value {
    json!({
        "sub": "nia-1", "email": "nia@clinic.example", "email_verified": true, "name": "Nia Rahman", "groups": ["desk"],
    })
}

impl Provider {
    pub async fn start() -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address: SocketAddr = listener.local_addr().expect("an address");
        let issuer = format!("http://{address}/realms/clinic");
        let plan = Arc::new(Mutex::new(Plan {
            person: nia(),
            spoil: |_| (),
            signing: Signing::Key(1),
            keys: vec![1],
            tells_apart: false,
            is_away: false,
            keys_read: 0,
            described: 0,
            exchanged: 0,
            now: NOW.0,
            codes: HashMap::new(),
        }));
        let routes = Router::new()
            .route("/realms/clinic/.well-known/openid-configuration", get(describe))
            .route("/realms/clinic/keys", get(keys))
            .route("/realms/clinic/token", post(token))
            .route("/realms/clinic/userinfo", get(more))
            .with_state((issuer.clone(), plan.clone()));
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.expect("serving") });
        Provider { issuer, plan, server }
    }

    pub fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().expect("the plan")
    }

    /// Lets time pass, here and there.
    pub fn advance(&self, clinic: &TestClinic, seconds: i64) {
        clinic.clock.advance_seconds(seconds);
        self.plan().now += seconds;
    }

    /// The clinic's app as people of this provider sign in to it: desks, heads and doctors.
    pub fn app(&self, clinic: &TestClinic, change: impl FnOnce(&mut OidcSettings)) -> AppState {
        let mut settings = (*clinic.app.settings).clone();
        settings.oidc = OidcSettings {
            issuer: self.issuer.clone(),
            client_id: CLIENT.into(),
            client_secret: SECRET.into(),
            name: "Riverside".into(),
            admin_groups: vec!["heads".into()],
            receptionist_groups: vec!["desk".into()],
            doctor_groups: vec!["doctors".into()],
            create_accounts: true,
            ..OidcSettings::default()
        };
        change(&mut settings.oidc);
        clinic.app.with_settings(settings)
    }

    /// The person signs in at the address to which the app sent the browser. Returns where that sends it back to.
    pub fn signs_in(&self, address: &str) -> String {
        let asked = asked(address);
        assert!(address.starts_with(&format!("{}/auth?", self.issuer)), "{address}");
        let fixed = [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("code_challenge_method", "S256"),
            ("redirect_uri", "http://127.0.0.1:3000/sign-in/directory/return"),
        ];
        for (name, value) in fixed {
            assert_eq!(asked.get(name).map(String::as_str), Some(value), "{name}");
        }
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
        for secret in ["state", "nonce", "code_challenge"] {
            assert_eq!(asked[secret].len(), 43, "{secret}");
        }
        let given = Given {
            nonce: asked["nonce"].clone(),
            challenge: asked["code_challenge"].clone(),
            redirect: asked["redirect_uri"].clone(),
        };
        let code = docslot::random::token();
        self.plan().codes.insert(code.clone(), given);
        format!("/sign-in/directory/return?code={code}&state={}", asked["state"])
    }
}

/// The parameters of an address.
pub fn asked(address: &str) -> HashMap<String, String> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

async fn describe(State((issuer, plan)): Shared) -> Response {
    let mut plan = plan.lock().expect("the plan");
    if plan.is_away {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    plan.described += 1;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // more than it should
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
    }))
    .into_response()
}

async fn keys(State((_, plan)): Shared) -> Json<Value> {
    let mut plan = plan.lock().expect("the plan");
    plan.keys_read += 1;
    let one = |number: &u8| {
        let point = key(*number).verifying_key().to_sec1_point(false);
        let [x, y] = [point.x(), point.y()].map(|part| URL_SAFE_NO_PAD.encode(part.expect("a part")));
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": format!("key-{number}"), "x": x, "y": y })
    };
    Json(json!({ "keys": plan.keys.iter().map(one).collect::<Vec<_>>() }))
}

fn refuse(code: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": code, "error_description": "nia@clinic.example" }))).into_response()
}

/// Exchanges a code, once, for whoever has the secret and the verifier.
async fn token(
    State((issuer, plan)): Shared,
    headers: HeaderMap,
    Form(sent): Form<HashMap<String, String>>,
) -> Response {
    let mut plan = plan.lock().expect("the plan");
    plan.exchanged += 1;
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let known = format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(CLIENT), encode(SECRET))));
    if headers.get(AUTHORIZATION).is_none_or(|sent| *sent != *known) {
        return refuse("invalid_client");
    }
    let value = |name: &str| sent.get(name).cloned().unwrap_or_default();
    let Some(given) = plan.codes.remove(&value("code")) else {
        return refuse("invalid_grant");
    };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(value("code_verifier")));
    if challenge != given.challenge || value("redirect_uri") != given.redirect {
        return refuse("invalid_grant");
    }
    let mut claims = json!({
        "iss": issuer, "aud": CLIENT, "iat": plan.now, "exp": plan.now + 300, "nonce": given.nonce, "auth_time": plan.now,
    });
    for (name, value) in plan.person.as_object().expect("claims") {
        if !plan.tells_apart || name == "sub" {
            claims[name] = value.clone();
        }
    }
    (plan.spoil)(&mut claims);
    let id_token = sign(&claims, plan.signing);
    Json(json!({ "access_token": ACCESS, "token_type": "Bearer", "expires_in": 60, "id_token": id_token }))
        .into_response()
}

fn sign(claims: &Value, signing: Signing) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let by_key = |name: u8, signer: u8| {
        let text = [part(&json!({ "alg": "ES256", "kid": format!("key-{name}") })), part(claims)].join(".");
        let signature: Signature = key(signer).sign(text.as_bytes());
        [text, URL_SAFE_NO_PAD.encode(signature.to_bytes())].join(".")
    };
    match signing {
        Signing::Key(number) => by_key(number, number),
        Signing::Pretending(number) => by_key(number, 99),
        Signing::Nothing => [part(&json!({ "alg": "none" })), part(claims), String::new()].join("."),
        Signing::Secret => {
            let header = Header { kid: Some("key-1".into()), ..Header::new(Algorithm::HS256) };
            jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(SECRET.as_bytes())).expect("a token")
        }
    }
}

async fn more(State((_, plan)): Shared, headers: HeaderMap) -> Response {
    if headers.get(AUTHORIZATION).is_none_or(|sent| *sent != *format!("Bearer {ACCESS}")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(plan.lock().expect("the plan").person.clone()).into_response()
}

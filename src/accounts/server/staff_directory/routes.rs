//! Leaving for the provider of the clinic's directory, and coming back.

use std::time::Duration;

use axum::{
    Extension,
    extract::{Query, State, rejection::QueryRejection},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, LOCATION, SET_COOKIE},
    },
    response::{IntoResponse, Response},
};
use cookie::Cookie;
use openidconnect::{
    CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier, Scope,
    core::{CoreAuthPrompt, CoreAuthenticationFlow},
};
use serde::Deserialize;

use super::{
    entry::{enter, prove_again},
    pending::{Pending, Wanted, page},
    proof::{Proved, not_proved},
    provider,
};
use crate::{
    accounts::server::Signed,
    error::{AppError, DirectoryRefusal},
    flash::Flash,
    state::AppState,
    web::{
        answer,
        cookies::{self, DIRECTORY},
        flash_cookies::flash_cookie,
        local_path::local_or_start,
        rate_limits::Limited,
        request::RequestContext,
    },
};

/// Where people leave for the provider.
pub const LEAVE: &str = "/sign-in/directory";
/// Where the provider sends them back to.
pub const RETURN: &str = provider::RETURN;
/// By which name the pages find what went wrong.
const ACTION: &str = "sign_in/directory";

/// What somebody who leaves wants.
#[derive(Default, Deserialize)]
pub struct Leaving {
    /// The page to go to afterwards.
    #[serde(default)]
    next: String,
    /// Whether they are signed in and prove again who they are.
    #[serde(default)]
    again: bool,
}

/// What the provider sends back.
#[derive(Default, Deserialize)]
pub struct Returned {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    /// The provider's name (RFC 9207), where it says it.
    iss: Option<String>,
    error: Option<String>,
}

/// Sends the browser to the provider.
pub async fn leave(
    State(app): State<AppState>,
    Extension(sender): Extension<RequestContext>,
    leaving: Result<Query<Leaving>, QueryRejection>,
) -> Response {
    if !app.settings.oidc.is_on() {
        return answer::refuse(AppError::NotFound);
    }
    let Leaving { next, again } = leaving.map(|Query(leaving)| leaving).unwrap_or_default();
    let wanted = match sender.actor {
        Some(actor) if again => Wanted::Again(actor.session),
        _ => Wanted::SignIn,
    };
    let pending = Pending::new(wanted, &next, app.clock.now());
    match address(&app, &pending).await {
        Ok(address) => go(&address, &[pending.cookie(&app)]),
        Err(why) => back(&app, &pending.page(), why.into()),
    }
}

/// The provider's address, with everything that it has to know.
async fn address(app: &AppState, pending: &Pending) -> Result<String, DirectoryRefusal> {
    let directory = &app.staff_directory;
    let provider = directory.provider(app.clock.now()).await?;
    let asking = directory.asking(&provider)?;
    let (state, nonce) = (pending.state.clone(), pending.nonce.clone());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(pending.verifier.clone()));
    let scopes = directory.settings.scopes.iter().filter(|scope| *scope != "openid").cloned().map(Scope::new);
    let request = asking
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            move || CsrfToken::new(state),
            move || Nonce::new(nonce),
        )
        .set_pkce_challenge(challenge)
        .add_scopes(scopes);
    let request = match pending.wanted {
        Wanted::SignIn => request,
        Wanted::Again(_) => request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO),
    };
    Ok(request.url().0.to_string())
}

/// Takes what the provider sends back, and signs the person in or says why not.
pub async fn come_back(
    State(app): State<AppState>,
    Extension(sender): Extension<RequestContext>,
    headers: HeaderMap,
    returned: Result<Query<Returned>, QueryRejection>,
) -> Response {
    if !app.settings.oidc.is_on() {
        return answer::refuse(AppError::NotFound);
    }
    let returned = returned.map(|Query(returned)| returned).unwrap_or_default();
    let Some(pending) = Pending::of(&app, &headers) else {
        return back(&app, &page(false, ""), not_proved("it was not begun in this browser, or too long ago").into());
    };
    match pending.wanted {
        Wanted::SignIn => {
            let signed = sign_in(&app, &sender, &pending, &returned).await;
            app.metrics.came_by_directory(&signed);
            match signed {
                Ok(signed) => {
                    let (mut cookies, page) = signed.way_in(&app, &headers, &pending.next);
                    cookies.push(cookies::clear(DIRECTORY, app.settings.is_https()));
                    go(&page, &cookies)
                }
                Err(error) => back(&app, &pending.page(), error),
            }
        }
        Wanted::Again(session) => {
            let proved = async {
                let person = proved(&app, &sender, &pending, &returned).await?;
                prove_again(&app, sender.actor, session, person).await
            };
            match proved.await {
                Ok(()) => go(local_or_start(&pending.next), &[cookies::clear(DIRECTORY, app.settings.is_https())]),
                Err(error) => back(&app, &pending.page(), error),
            }
        }
    }
}

async fn sign_in(
    app: &AppState,
    sender: &RequestContext,
    pending: &Pending,
    returned: &Returned,
) -> Result<Signed, AppError> {
    let person = proved(app, sender, pending, returned).await?;
    enter(app, sender, person).await
}

/// The person for whom the provider sends this back, which belongs to what the browser left with.
async fn proved(
    app: &AppState,
    sender: &RequestContext,
    pending: &Pending,
    returned: &Returned,
) -> Result<Proved, AppError> {
    let now = app.clock.now();
    if !pending.has_state(&returned.state) {
        return Err(not_proved("its state is not the one that was given out").into());
    }
    if returned.iss.as_ref().is_some_and(|issuer| *issuer != app.settings.oidc.issuer) {
        return Err(not_proved("another provider sends it").into());
    }
    if let Some(error) = &returned.error {
        // what a provider writes of its own may name a person
        let known = ["access_denied", "login_required", "consent_required", "interaction_required", "server_error"];
        let code = known.into_iter().find(|code| code == error).unwrap_or("another one");
        tracing::info!(code, "the clinic's directory stopped a sign-in");
        return Err(DirectoryRefusal::NotCompleted.into());
    }
    // each asks the provider, in this server's name
    app.limits.take(&app.settings.limits, Limited::Directory, sender.address, now).await?;
    Ok(app.staff_directory.prove(now, pending, &returned.code).await?)
}

/// To the page that the person came from, which says what went wrong.
fn back(app: &AppState, page: &str, error: AppError) -> Response {
    let flash = Flash { action: ACTION.to_owned(), error, values: Vec::new() };
    go(page, &[flash_cookie(app, flash), cookies::clear(DIRECTORY, app.settings.is_https())])
}

fn go(address: &str, cookies: &[Cookie<'_>]) -> Response {
    let target = HeaderValue::try_from(address).unwrap_or(HeaderValue::from_static("/sign-in"));
    let no_store = HeaderValue::from_static("no-store");
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, target), (CACHE_CONTROL, no_store)]).into_response();
    for cookie in cookies.iter().filter_map(cookies::header) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

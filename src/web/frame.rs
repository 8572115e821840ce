//! The data of the frame around every page, read once for each page before the page is made.
//!
//! The frame is not a resource: several parts of a page show it, and each would have to wait for it.

use axum::{
    extract::{Request, State},
    http::request::Parts,
    middleware::Next,
    response::Response,
};
use leptos::prelude::{provide_context, with_context};

use super::{cookies, forms, request::RequestContext};
use crate::{
    accounts::{self, server::own_sessions},
    app::{Clinic, Frame},
    config::TransportKind,
    state::AppState,
    web::embedding,
};

/// Leaves the [`Frame`] in the extensions of every request for a page. Needs the [`RequestContext`] there.
pub async fn attach(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(forms::PREFIX) {
        let actor = request.extensions().get::<RequestContext>().and_then(|request_context| request_context.actor);
        let theme = cookies::get(request.headers(), cookies::THEME, app.settings.is_https());
        let theme = theme.and_then(|word| word.parse().ok()).unwrap_or_default();
        // when the account cannot be read, the frame is rendered as signed out, so that it works without the database
        let signed_in_user = match actor {
            Some(actor) => accounts::server::signed_in_user(&app, &actor).await.ok(),
            None => None,
        };
        let clinic = app.clinic.now().await;
        let clinic = Clinic {
            name: clinic.name.clone(),
            phone: clinic.phone.clone(),
            emergency_line: clinic.emergency_line.clone(),
            clock: app.clinic.clock(),
            sends_mail: app.settings.sends_mail(),
        };
        let has_mailbox = app.settings.mail.transport == TransportKind::File;
        let is_embeddable = embedding::is_embeddable(&app.settings, request.uri().path());
        let role = signed_in_user.as_ref().map(|signed_in_user| signed_in_user.role);
        let warned_after = role.and_then(|role| own_sessions::warned_after(role, &app.settings.session));
        let frame = Frame { signed_in_user, clinic, theme, has_mailbox, is_embeddable, warned_after };
        request.extensions_mut().insert(frame);
    }
    next.run(request).await
}

/// Hands the frame of this request to the page that is made for it.
pub fn provide() {
    if let Some(frame) = with_context::<Parts, _>(|parts| parts.extensions.get::<Frame>().cloned()).flatten() {
        provide_context(frame);
    }
}

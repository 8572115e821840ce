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
    app::{Clinic, DueSecondFactor, Frame},
    clinic::server::clinic_moment,
    config::TransportKind,
    state::AppState,
    time::Timestamp,
    web::embedding,
};

/// Leaves the [`Frame`] in the extensions of every request for a page. Needs the [`RequestContext`] there.
pub async fn attach(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(forms::PREFIX) {
        let sender = request.extensions().get::<RequestContext>();
        let actor = sender.and_then(|request_context| request_context.actor);
        let second_factor_due = sender.and_then(|request_context| request_context.second_factor_due);
        let theme = cookies::get(request.headers(), cookies::THEME, app.settings.is_https());
        let theme = theme.and_then(|word| word.parse().ok()).unwrap_or_default();
        let search_key_off = cookies::get(request.headers(), cookies::SEARCH_KEY, app.settings.is_https()).is_some();
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
        let second_factor_due = due_in_words(&app, second_factor_due).await;
        let has_mailbox = app.settings.mail.transport == TransportKind::File;
        let is_embeddable = embedding::is_embeddable(&app.settings, request.uri().path());
        let role = signed_in_user.as_ref().map(|signed_in_user| signed_in_user.role);
        let warned_after = role.and_then(|role| own_sessions::warned_after(role, &app.settings.session));
        request.extensions_mut().insert(Frame {
            signed_in_user,
            clinic,
            theme,
            search_key_off,
            has_mailbox,
            is_embeddable,
            second_factor_due,
            warned_after,
        });
    }
    next.run(request).await
}

/// What the sender is told about a second factor; nothing when the clinic's clock cannot be read.
async fn due_in_words(app: &AppState, due: Option<Timestamp>) -> Option<DueSecondFactor> {
    let (due, now) = (due?, app.clock.now());
    let mut reader = app.db.read().await.ok()?;
    let until = clinic_moment(&mut reader.conn(), due, now).await.ok()?;
    Some(DueSecondFactor { until, over: due <= now })
}

/// Hands the frame of this request to the page that is made for it.
pub fn provide() {
    if let Some(frame) = with_context::<Parts, _>(|parts| parts.extensions.get::<Frame>().cloned()).flatten() {
        provide_context(frame);
    }
}

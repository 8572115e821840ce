//! What a person whose mail did not arrive is told on every page, until it does.

use leptos::prelude::*;

use super::frame::use_frame;

/// A line below the header for a person whom the last message did not reach.
#[component]
pub fn Undelivered() -> impl IntoView {
    let frame = use_frame();
    let person = frame.signed_in_user.filter(|person| person.mail_fails && frame.clinic.sends_mail);
    person.map(|person| {
        view! {
            <aside class="undelivered" aria-label="Your email address">
                <p class="wrap">
                    "We could not reach you at " <bdi class="breakable">{person.email}</bdi> ". "
                    <a href="/account/email">"Check your email address"</a>
                </p>
            </aside>
        }
    })
}

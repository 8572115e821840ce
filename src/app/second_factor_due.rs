//! What a doctor or member of staff without a second factor is told on every page, until there is one.

use leptos::prelude::*;

use super::frame::use_frame;

/// A line below the header for a person whom the clinic asks for a second factor.
#[component]
pub fn SecondFactorDue() -> impl IntoView {
    use_frame().second_factor_due.map(|due| {
        let words = if due.over {
            "The clinic asks doctors and staff to sign in with a code from their telephone. Set it up now to go on: until then you reach no other page. ".to_owned()
        } else {
            ["The clinic asks doctors and staff to sign in with a code from their telephone. Please set it up by ", &due.until, ". "]
                .concat()
        };
        view! {
            <aside class="second-factor-due" aria-label="Code at sign-in">
                <p class="wrap">{words} <a href="/account/second-factor">"Set it up"</a></p>
            </aside>
        }
    })
}

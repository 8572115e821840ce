//! The choice between light, dark and the device's setting.

use leptos::{nonce::use_nonce, prelude::*, server_fn::ServerFn};

use super::{actions::SetTheme, form_page::FormPage};
use crate::ui::Theme;

/// Three buttons in a form that stores the choice and returns to the page. It is no island, because it is on every
/// page: `public/theme.js` changes the colours at once and sends the choice in the background.
#[component]
pub fn ThemeSwitch(
    /// What was chosen before.
    current: Theme,
) -> impl IntoView {
    let button = |theme: Theme, words: &'static str| {
        let pressed = if theme == current { "true" } else { "false" };
        view! {
            <button type="submit" name="theme" value=theme.into_str() aria-pressed=pressed>
                {words}
            </button>
        }
    };
    view! {
        <form class="theme-switch" method="post" action=SetTheme::PATH>
            <FormPage />
            <span id="theme-label">"Colours"</span>
            <span class="segments" role="group" aria-labelledby="theme-label">
                {button(Theme::System, "System")}
                {button(Theme::Light, "Light")}
                {button(Theme::Dark, "Dark")}
            </span>
        </form>
    }
}

/// The script of [`ThemeSwitch`], for the head of the document.
#[component]
pub fn ThemeScript() -> impl IntoView {
    view! { <script type="module" src="/theme.js" nonce=use_nonce()></script> }
}

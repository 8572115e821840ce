//! The choice between light, dark and the device's setting.

use leptos::prelude::*;

use super::{actions::SetTheme, form_page::FormPage};
use crate::ui::Theme;

/// Three buttons in a form that posts `theme` to `action`, which stores the choice and returns to the page. In the
/// browser the colours change at once, and the choice is sent in the background.
#[island]
pub fn ThemeSwitch(
    /// Where the form is sent.
    action: String,
    /// What was chosen before.
    current: Theme,
) -> impl IntoView {
    let chosen = RwSignal::new(current);
    let send = ServerAction::<SetTheme>::new();
    let button = move |theme: Theme, words: &'static str| {
        view! {
            <button
                type="submit"
                name="theme"
                value=theme.into_str()
                aria-pressed=move || if chosen.get() == theme { "true" } else { "false" }
                on:click=move |event| {
                    event.prevent_default();
                    paint(theme);
                    chosen.set(theme);
                    send.dispatch(SetTheme { theme: theme.into_str().to_owned() });
                }
            >
                {words}
            </button>
        }
    };
    view! {
        <form class="theme-switch" method="post" action=action>
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

/// Changes the colours of the page that is shown.
fn paint(theme: Theme) {
    let Some(root) = document().document_element() else {
        return;
    };
    // Neither call can fail for a fixed, valid attribute name.
    let _ = match theme.attribute() {
        Some(value) => root.set_attribute("data-theme", value),
        None => root.remove_attribute("data-theme"),
    };
}

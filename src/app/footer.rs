//! The bottom of every page: help in the same place everywhere, and the colours.

use leptos::prelude::*;

use super::frame::{tel_href, use_frame};
use crate::ui::{Theme, ThemeSwitch};

/// Help line, links, colours.
#[component]
pub fn Footer() -> impl IntoView {
    let frame = use_frame();
    let help = move || {
        frame.get().and_then(Result::ok).map(|frame| {
            let clinic = frame.clinic;
            view! {
                <p class="footer-help">
                    "Need help? Call " <bdi>{clinic.name}</bdi> " on "
                    <a href=tel_href(&clinic.phone)>{clinic.phone.clone()}</a> "."
                </p>
            }
        })
    };
    let colours = move || frame.get().map(|frame| colours(frame.map(|frame| frame.theme).unwrap_or_default()));
    view! {
        <footer class="footer">
            <div class="wrap footer-row">
                <div>
                    <Suspense>{help}</Suspense>
                    <ul class="footer-links">
                        <li>
                            <a href="/help">"Help"</a>
                        </li>
                        <li>
                            <a href="/privacy">"Privacy"</a>
                        </li>
                        <li>
                            <a href="/accessibility">"Accessibility"</a>
                        </li>
                    </ul>
                </div>
                <Suspense>{colours}</Suspense>
            </div>
        </footer>
    }
}

fn colours(current: Theme) -> AnyView {
    view! { <ThemeSwitch action="/fn/set_theme".to_owned() current /> }.into_any()
}

//! The bottom of every page: help in the same place everywhere, and the colours.

use leptos::prelude::*;

use super::frame::{Frame, leaving_target, tel_href, use_frame};
use crate::app::theme_switch::ThemeSwitch;

/// Help line, links, colours.
#[component]
pub fn Footer() -> impl IntoView {
    let Frame { clinic, theme, .. } = use_frame();
    view! {
        <footer class="footer">
            <div class="wrap footer-row">
                <div>
                    <p class="footer-help">
                        "Need help? Call " <bdi>{clinic.name}</bdi> " on "
                        <a href=tel_href(&clinic.phone)>{clinic.phone.clone()}</a> "."
                    </p>
                    <ul class="footer-links">
                        <li>
                            <a href="/help" target=leaving_target()>
                                "Help"
                            </a>
                        </li>
                        <li>
                            <a href="/privacy" target=leaving_target()>
                                "Privacy"
                            </a>
                        </li>
                        <li>
                            <a href="/accessibility" target=leaving_target()>
                                "Accessibility"
                            </a>
                        </li>
                    </ul>
                </div>
                <ThemeSwitch current=theme />
            </div>
        </footer>
    }
}

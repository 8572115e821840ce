//! Shown where a list is still empty.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// Says what is missing and, in `children`, what to do next: a paragraph, then a row of buttons.
#[component]
pub fn Empty(glyph: Glyph, #[prop(into)] title: String, children: Children) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon glyph />
            <h2>{title}</h2>
            {children()}
        </div>
    }
}

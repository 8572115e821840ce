//! A message on the page that is not an error of a form.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// The kind of a notice. The words say it too, because colour alone is not enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Info,
    Success,
    Warning,
    Danger,
    /// Nothing to point out.
    Plain,
}

/// A box with an icon. One per page: people overlook the second.
#[component]
pub fn Notice(
    #[prop(optional)] tone: Tone,
    /// A heading of level two; empty for none.
    #[prop(optional, into)]
    title: String,
    /// Block content: paragraphs, buttons.
    children: Children,
) -> impl IntoView {
    let (class, glyph) = match tone {
        Tone::Info | Tone::Plain => ("notice", Glyph::Info),
        Tone::Success => ("notice notice-success", Glyph::Check),
        Tone::Warning => ("notice notice-warning", Glyph::Warning),
        Tone::Danger => ("notice notice-danger", Glyph::Warning),
    };
    view! {
        <div class=class>
            <Icon glyph />
            <div class="notice-body">
                {(!title.is_empty()).then(|| view! { <h2 class="notice-title">{title}</h2> })} {children()}
            </div>
        </div>
    }
}

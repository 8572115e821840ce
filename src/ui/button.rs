//! Buttons that submit the form around them, and links that look like buttons.

use leptos::prelude::*;

/// How much a button asks for attention. A page has at most one primary button.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    #[default]
    Primary,
    Secondary,
    Danger,
    Quiet,
    QuietDanger,
    /// Looks like a link; for actions inside a sentence or a list.
    Link,
}

impl ButtonKind {
    /// The class names of this kind.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            ButtonKind::Primary => "btn",
            ButtonKind::Secondary => "btn btn-secondary",
            ButtonKind::Danger => "btn btn-danger",
            ButtonKind::Quiet => "btn btn-quiet",
            ButtonKind::QuietDanger => "btn btn-quiet btn-danger",
            ButtonKind::Link => "btn-link",
        }
    }
}

/// Submits the form around it. A second press is harmless: the server answers a repeated request as it did the first.
#[component]
pub fn Button(
    #[prop(optional)] kind: ButtonKind,
    /// Name and value that this button adds to the form, when a form has several.
    #[prop(optional, into)]
    name: Option<&'static str>,
    #[prop(optional, into)] value: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type="submit"
            class=kind.class()
            name=name
            value=value
        >
            {children()}
        </button>
    }
}

/// A link that looks like a button.
#[component]
pub fn ButtonLink(
    #[prop(into)] href: String,
    #[prop(optional)] kind: ButtonKind,
    /// The browser's window, when it is not that of the page.
    #[prop(default = None)]
    target: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <a class=kind.class() href=href target=target>
            {children()}
        </a>
    }
}

//! A short word about the state of something.

use leptos::prelude::*;

use super::notice::Tone;

/// A flat label such as "Booked". It is text, not a control.
#[component]
pub fn Tag(#[prop(optional)] tone: Tone, #[prop(into)] text: String) -> impl IntoView {
    let class = match tone {
        Tone::Plain => "tag",
        Tone::Info => "tag tag-info",
        Tone::Success => "tag tag-success",
        Tone::Warning => "tag tag-warning",
        Tone::Danger => "tag tag-danger",
    };
    view! { <span class=class>{text}</span> }
}

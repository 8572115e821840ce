//! Pieces that the staff's pages about the clinic share.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    app::{FormPage, FormState},
    ui::{Button, ButtonKind, Notice, Tone},
};

/// Says that the last change was made, as `?done=` in the page's address names it; shows nothing when a form has
/// `failed` since.
#[component]
pub(super) fn Done(failed: bool) -> impl IntoView {
    let done = use_query_map().with_untracked(|query| query.get("done")).unwrap_or_default();
    let words = match done.as_str() {
        "saved" => "Saved.",
        "added" => "Added.",
        "removed" => "Removed.",
        "closed" => "Saved. Patients can no longer book these days.",
        "reopened" => "Removed. These days can be booked again.",
        _ => "",
    };
    (!failed && !words.is_empty()).then(|| {
        view! {
            <Notice tone=Tone::Success>
                <p>{words}</p>
            </Notice>
        }
    })
}

/// The hidden value by which a form says which state of a thing it was made from. It becomes the `newest` one only when
/// the page shows that state: with a new form, or after a conflict.
pub(super) fn made_from(state: &FormState, field: &str, newest: &str) -> String {
    if state.failed() && !state.is_stale() { state.typed(field) } else { newest.to_owned() }
}

/// A section that removes something unused. `text` says what keeps it, or what removing means.
#[component]
pub(super) fn RemoveSection(
    /// Where the form is sent.
    action: &'static str,
    id: String,
    /// "Remove this specialty"
    label: &'static str,
    text: String,
    /// Whether removing it is possible, as far as this page knows.
    possible: bool,
    /// What was wrong with the last attempt.
    problem: Option<String>,
) -> impl IntoView {
    let problem = problem.map(|problem| {
        view! {
            <p class="error-text">
                <span class="visually-hidden">"Error: "</span>
                {problem}
            </p>
        }
    });
    let form = possible.then(|| {
        view! {
            <form method="post" action=action>
                <FormPage />
                <input type="hidden" name="id" value=id />
                <Button kind=ButtonKind::QuietDanger>{label}</Button>
            </form>
        }
    });
    view! {
        <section class="section" id="remove" tabindex="-1">
            <h2>{label}</h2>
            {problem}
            <p>{text}</p>
            {form}
        </section>
    }
}

/// "1 doctor", "3 doctors".
pub(super) fn counted(count: u32, one: &str, many: &str) -> String {
    [count.to_string().as_str(), " ", if count == 1 { one } else { many }].concat()
}

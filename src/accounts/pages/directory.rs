//! The button that leads to the clinic's own directory of the people who work for it.

use leptos::prelude::*;

use crate::ui::{ButtonKind, ButtonLink};

/// By which name the pages find what went wrong there.
pub(super) const DIRECTORY: &str = "sign_in/directory";

/// Leads to the directory's provider, and from there to `next`: a link, because a form may not lead to another website.
#[component]
pub(super) fn DirectoryButton(
    /// What the clinic calls it.
    name: String,
    next: String,
    /// Whether the person is signed in and proves again who they are.
    #[prop(optional)]
    again: bool,
) -> impl IntoView {
    let words = if again { "Continue with " } else { "Sign in with " };
    let mut href = "/sign-in/directory".to_owned();
    let mut sign = "?";
    if again {
        href.push_str("?again=true");
        sign = "&";
    }
    if !next.is_empty() {
        href = [&href, sign, "next=", &leptos_router::location::Url::escape(&next)].concat();
    }
    view! {
        <ButtonLink href kind=ButtonKind::Secondary>
            {[words, &name].concat()}
        </ButtonLink>
    }
}

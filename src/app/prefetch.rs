//! Fetching the next page of a search ahead of the press, by the browser's own means: the Speculation Rules API of the
//! W3C's Web Incubator Community Group. Browsers that do not know it load the page when its link is pressed.

use leptos::{nonce::use_nonce, prelude::*};

/// Lets the browser fetch doctors, their times and other pages of the list while a pointer rests on the link or a finger
/// goes down on it. Only these: they are the same to look at twice, and nobody's data is on them that a log would have
/// to name. Times that are taken before the page is shown leave it as they leave any open page.
#[component]
pub fn PrefetchRules(
    /// The path below which the website stands.
    base: Option<String>,
) -> impl IntoView {
    let rules = [
        r#"{"prefetch":[{"eagerness":"moderate","where":{"href_matches":{"pathname":""#,
        base.as_deref().unwrap_or_default(),
        r#"/doctors*"}}}]}"#,
    ];
    view! { <script type="speculationrules" nonce=use_nonce() inner_html=rules.concat()></script> }
}

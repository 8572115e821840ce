//! Views of one list, as links: each has its own address.

use leptos::prelude::*;

/// One view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    pub href: String,
    pub text: String,
    pub count: Option<u32>,
    /// Whether this is the view shown.
    pub current: bool,
}

/// A row of links that look like tabs. `label` names the row for screen readers.
#[component]
pub fn Tabs(label: &'static str, tabs: Vec<Tab>) -> impl IntoView {
    let links = tabs
        .into_iter()
        .map(|tab| {
            let count = tab.count.map(|count| view! { <span class="count">{count}</span> });
            view! {
                <li>
                    <a href=tab.href aria-current=tab.current.then_some("page")>
                        {tab.text}
                        " "
                        {count}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="tabs" aria-label=label>
            <ul>{links}</ul>
        </nav>
    }
}

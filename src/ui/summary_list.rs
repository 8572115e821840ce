//! What was chosen so far, with a way to change each answer.

use leptos::prelude::*;

/// One row of a [`SummaryList`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SummaryRow {
    pub term: String,
    /// Line breaks are kept.
    pub value: String,
    pub change: Option<Change>,
}

/// Where an answer is changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub href: String,
    /// What is changed, for screen readers: "Change" is followed by this, such as "the time".
    pub what: String,
}

impl SummaryRow {
    /// A row without a link.
    pub fn new(term: impl Into<String>, value: impl Into<String>) -> Self {
        SummaryRow { term: term.into(), value: value.into(), change: None }
    }

    /// The same row with a link that changes it.
    #[must_use]
    pub fn changed_at(mut self, href: impl Into<String>, what: impl Into<String>) -> Self {
        self.change = Some(Change { href: href.into(), what: what.into() });
        self
    }
}

/// Terms and values, one row each.
#[component]
pub fn SummaryList(rows: Vec<SummaryRow>) -> impl IntoView {
    view! { <dl class="summary">{rows.into_iter().map(row).collect_view()}</dl> }
}

fn row(row: SummaryRow) -> AnyView {
    let change = row.change.map(|change| {
        view! {
            <dd class="summary-change">
                <a href=change.href>
                    "Change"
                    <span class="visually-hidden">" " {change.what}</span>
                </a>
            </dd>
        }
    });
    view! {
        <div class="summary-row">
            <dt>{row.term}</dt>
            <dd class="summary-value" dir="auto">
                {row.value}
            </dd>
            {change}
        </div>
    }
    .into_any()
}

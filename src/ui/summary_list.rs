//! What was chosen so far, with a way to change each answer.

use leptos::prelude::*;

use super::DeviceZone;
use crate::time::Timestamp;

/// One row of a [`SummaryList`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SummaryRow {
    pub term: String,
    /// Line breaks are kept.
    pub value: String,
    /// The moment that the value says by the clinic's clock, and the clinic's minutes east of UTC then. A device with another
    /// time notes its own.
    pub moment: Option<(Timestamp, i32)>,
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
        SummaryRow { term: term.into(), value: value.into(), moment: None, change: None }
    }

    /// The same row with the time of the reader's device below the value.
    #[must_use]
    pub fn at(mut self, moment: Timestamp, offset_minutes: i32) -> Self {
        self.moment = Some((moment, offset_minutes));
        self
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
    let device = row.moment.map(|(at, offset_minutes)| view! { <DeviceZone at offset_minutes /> });
    view! {
        <div class="summary-row">
            <dt>{row.term}</dt>
            <dd class="summary-value" dir="auto">
                {row.value} {device}
            </dd>
            {change}
        </div>
    }
    .into_any()
}

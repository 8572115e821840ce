//! One message: its state and its content.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;
use uuid::Uuid;

use super::outbox::tone;
use crate::{
    admin::{
        actions::outbox::{ShowMessage, message},
        model::outbox::{MessagePage as Page, Says},
    },
    app::{AdminNav, ClinicClock, Failure, FormPage, FormState, PageTitle},
    error::AppError,
    ui::{Button, ButtonKind, ErrorLine, ErrorSummary, Glyph, Icon, Notice, SummaryList, SummaryRow, Tag},
};

/// `/admin/outbox/:id`
#[component]
pub fn MessagePage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id")?.parse::<Uuid>().ok());
    let problems = FormState::of("admin/show_message").lines(&[]);
    let load = |id: Option<Uuid>| async move { message(id.ok_or(AppError::NotFound)?).await };
    let data = Resource::new_blocking(move || id, load);
    let page = move || {
        data.get().map(|data| match data {
            Ok(data) => show(data, problems.clone()),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(data: Page, problems: Vec<ErrorLine>) -> AnyView {
    let Page { row, due, says } = data;
    let id = row.id.to_string();
    let mut facts = vec![
        SummaryRow::new("For", row.person),
        SummaryRow::new("Written", row.written),
        SummaryRow::new("Due", due),
        SummaryRow::new("Attempts", row.attempts.to_string()),
    ];
    facts.extend(row.delivery_error.map(|delivery_error| SummaryRow::new("What went wrong", delivery_error.label())));
    view! {
        <PageTitle text=row.what.clone() failed=!problems.is_empty() />
        <AdminNav />
        <a class="back-link" href="/admin/outbox">
            <Icon glyph=Glyph::ChevronLeft />
            "All messages"
        </a>
        <ErrorSummary errors=problems />
        <div class="page-head">
            <h1 tabindex="-1">{row.what}</h1>
            <p>
                <Tag tone=tone(row.state) text=row.state.label() />
            </p>
            <ClinicClock />
        </div>
        <SummaryList rows=facts />
        <section class="section">
            <h2>"What it says"</h2>
            {says.map_or_else(|| ask(id), told)}
        </section>
    }
    .into_any()
}

fn ask(id: String) -> AnyView {
    view! {
        <p>"A message is private. When you look at it, the audit log notes that you did."</p>
        <form method="post" action=ShowMessage::PATH>
            <FormPage />
            <input type="hidden" name="id" value=id />
            <Button kind=ButtonKind::Secondary>"Show what it says"</Button>
        </form>
    }
    .into_any()
}

fn told(says: Says) -> AnyView {
    let notice = |words: &'static str| {
        view! {
            <Notice>
                <p>{words}</p>
            </Notice>
        }
        .into_any()
    };
    match says {
        Says::Nothing => notice("This message is out of date. It would not be sent now."),
        Says::Unreadable => notice("This message cannot be put together from what is stored."),
        Says::Words { subject, plain, html } => view! {
            <p>
                "This is how the message would be sent now. Dots replace the secret part of each link, so no link works here."
            </p>
            <h3>"Subject"</h3>
            <p dir="auto">{subject}</p>
            <h3>"Text"</h3>
            <pre class="source" dir="auto" tabindex="0">{plain}</pre>
            <h3>"HTML"</h3>
            <details>
                <summary>"Show the HTML part as it is written"</summary>
                <pre class="source" tabindex="0">{html}</pre>
            </details>
        }
        .into_any(),
    }
}

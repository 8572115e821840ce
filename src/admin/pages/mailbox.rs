//! The demo's mailbox: what would have been sent, as a mail program shows it.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    admin::{
        actions::mailbox::{read_mailbox, read_mailbox_message},
        model::mailbox::{Mailbox, MailboxMessage, MailboxRow},
    },
    app::{AdminNav, ClinicClock, Failure, PageTitle},
    ui::{ButtonKind, Column, Empty, Glyph, Icon, Pager, SummaryList, SummaryRow, Table},
};

const COLUMNS: [Column; 3] = [Column::long("Subject"), Column::text("To"), Column::text("Sent")];

/// `/admin/mailbox?page=`
#[component]
pub fn MailboxPage() -> impl IntoView {
    let page = use_query_map().with_untracked(|query| query.get("page")?.parse().ok()).unwrap_or(1);
    let list = Resource::new_blocking(move || page, read_mailbox);
    let page = move || {
        list.get().map(|list| match list {
            Ok(list) => show_list(list),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

/// `/admin/mailbox/:id`
#[component]
pub fn MailboxMessagePage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    let message = Resource::new_blocking(move || id.clone(), read_mailbox_message);
    let page = move || {
        message.get().map(|message| match message {
            Ok(message) => show_message(message),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show_list(list: Mailbox) -> AnyView {
    let (page, pages) = (list.page, list.pages);
    let found = if list.rows.is_empty() {
        view! {
            <Empty glyph=Glyph::Mail title="No message yet">
                <p>"Book, move or cancel an appointment, and its message will be here a few seconds later."</p>
            </Empty>
        }
        .into_any()
    } else {
        table(list.rows)
    };
    view! {
        <PageTitle text="Mailbox" />
        <AdminNav />
        <div class="page-head">
            <h1 tabindex="-1">"Mailbox"</h1>
            <p class="lead">
                "This clinic sends no mail: the server keeps every message in a folder. Here you can read the messages and use their links, as the recipients would."
            </p>
            <ClinicClock />
        </div>
        {found}
        <Pager page pages prefix="/admin/mailbox?page=" />
    }
    .into_any()
}

fn table(rows: Vec<MailboxRow>) -> AnyView {
    let rows = rows.into_iter().map(row).collect();
    view! {
        <h2 id="messages" class="visually-hidden">"Messages, the newest first, in clinic time"</h2>
        <Table label="messages" columns=&COLUMNS rows />
    }
    .into_any()
}

fn row(message: MailboxRow) -> Vec<AnyView> {
    let href = ["/admin/mailbox/", &message.id.to_string()].concat();
    let subject = view! {
        <a href=href>
            <bdi>{message.subject}</bdi>
        </a>
    };
    vec![subject.into_any(), view! { <bdi>{message.to}</bdi> }.into_any(), message.sent.into_any()]
}

fn show_message(message: MailboxMessage) -> AnyView {
    let html = ["/admin/mailbox/", &message.id.to_string(), "/html"].concat();
    let mut facts = vec![
        SummaryRow::new("From", message.from),
        SummaryRow::new("To", message.to),
        SummaryRow::new("Sent", message.sent),
    ];
    if !message.files.is_empty() {
        facts.push(SummaryRow::new("Files", message.files.join(", ")));
    }
    let headers: Vec<String> = message.headers.iter().map(|(name, value)| [name, ": ", value].concat()).collect();
    view! {
        <PageTitle text="A message" />
        <AdminNav />
        <a class="back-link" href="/admin/mailbox">
            <Icon glyph=Glyph::ChevronLeft />
            "All messages"
        </a>
        <div class="page-head">
            <h1 tabindex="-1" dir="auto">
                {message.subject}
            </h1>
            <ClinicClock />
        </div>
        <SummaryList rows=facts />
        <p>
            <a class=ButtonKind::Secondary.class() href=html rel="external">
                "See it as a mail program shows it"
            </a>
        </p>
        <section class="section">
            <h2>"Text"</h2>
            <pre class="source" dir="auto" tabindex="0">{linked(&message.text)}</pre>
        </section>
        <section class="section">
            <h2>"Headers"</h2>
            <pre class="source" tabindex="0">{headers.join("\n")}</pre>
        </section>
    }
    .into_any()
}

/// The text with its addresses as links. In our messages an address has its own line.
fn linked(text: &str) -> Vec<AnyView> {
    let line = |line: &str| {
        let is_address = ["http://", "https://"].iter().any(|start| line.starts_with(start));
        if is_address && !line.contains(char::is_whitespace) {
            view! {
                <a href=line.to_owned() rel="external">{line.to_owned()}</a>
                "\n"
            }
            .into_any()
        } else {
            [line, "\n"].concat().into_any()
        }
    };
    text.lines().map(line).collect()
}

//! Messages to people: how many wait, and what became of them.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;
use strum::VariantArray;

use crate::{
    admin::{
        actions::outbox::{RetryMessage, outbox},
        model::outbox::{Messages, OutboxRow},
    },
    app::{AdminNav, ClinicClock, Failure, FormPage, FormState, PageTitle},
    notifications::model::{Kind, State},
    ui::{
        Button, ButtonKind, Choice, Column, Empty, ErrorLine, ErrorSummary, Glyph, Notice, Pager, Select, Tab, Table,
        Tabs, Tag, Tone,
    },
};

const COLUMNS: [Column; 6] = [
    Column::text("Message"),
    Column::text("For"),
    Column::text("Written"),
    Column::text("State"),
    Column::number("Attempts"),
    Column::text("What went wrong"),
];

/// `/admin/outbox?state=&kind=&page=`
#[component]
pub fn OutboxPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let asked = |name| query.get(name).unwrap_or_default();
    let (state, kind) = (asked("state"), asked("kind"));
    let page = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
    let problems = FormState::of("admin/retry_message").lines(&[]);
    let wanted = move || (state.clone(), kind.clone(), page);
    let list = Resource::new_blocking(wanted, |(state, kind, page)| outbox(state, kind, page));
    let page = move || {
        list.get().map(|list| match list {
            Ok(list) => show(list, problems.clone()),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(list: Messages, problems: Vec<ErrorLine>) -> AnyView {
    let waiting = list.count(State::Queued) + list.count(State::Sending);
    let lead = match (waiting, &list.oldest) {
        (0, _) | (_, None) => "No messages are waiting to be sent.".to_owned(),
        (1, Some(age)) => ["1 message has been waiting to be sent for ", age, "."].concat(),
        (more, Some(age)) => {
            [&more.to_string(), " messages are waiting to be sent, the oldest for ", age, "."].concat()
        }
    };
    let off = (!list.sends).then(|| {
        view! {
            <Notice tone=Tone::Warning title="No mail is sent">
                <p>
                    "The setting mail.transport is \"none\", so messages only wait here. The person who runs the server can change it."
                </p>
            </Notice>
        }
    });
    let mut prefix = address(list.only, list.kind);
    prefix.push_str(if prefix.contains('?') { "&page=" } else { "?page=" });
    let (page, pages) = (list.page, list.pages);
    view! {
        <PageTitle text="Messages" failed=!problems.is_empty() />
        <AdminNav />
        <ErrorSummary errors=problems />
        <div class="page-head">
            <h1 tabindex="-1">"Messages"</h1>
            <p class="lead">{lead}</p>
            <ClinicClock />
        </div>
        {off}
        <Tabs label="Messages by state" tabs=tabs(&list) />
        {filter(&list)}
        {table(list)}
        <Pager page pages prefix />
    }
    .into_any()
}

/// The address of the list with these filters.
fn address(state: Option<State>, kind: Option<Kind>) -> String {
    let state = state.map(|state| ["state=", state.into_str()].concat());
    let kind = kind.map(|kind| ["kind=", kind.into_str()].concat());
    let pairs: Vec<String> = state.into_iter().chain(kind).collect();
    if pairs.is_empty() { "/admin/outbox".to_owned() } else { ["/admin/outbox?", &pairs.join("&")].concat() }
}

fn filter(list: &Messages) -> AnyView {
    let each = Kind::VARIANTS.iter().map(|kind| Choice::new(kind.into_str(), kind.label()));
    let choices = std::iter::once(Choice::new("", "Every kind")).chain(each).collect();
    let state = list.only.map(|state| view! { <input type="hidden" name="state" value=state.into_str() /> });
    view! {
        <form class="filter-bar" method="get" action="/admin/outbox">
            {state}
            <Select name="kind" label="Kind of message" choices chosen=list.kind.map_or("", Into::into) />
            <Button kind=ButtonKind::Secondary>"Show"</Button>
        </form>
    }
    .into_any()
}

fn tabs(list: &Messages) -> Vec<Tab> {
    let all: i64 = list.counts.iter().map(|(_, count)| count).sum();
    let tab = |state: Option<State>, count: i64| Tab {
        href: address(state, list.kind),
        text: state.map_or("All", State::label).to_owned(),
        count: u32::try_from(count).ok(),
        current: state == list.only,
    };
    let each = State::VARIANTS.iter().map(|&state| tab(Some(state), list.count(state)));
    std::iter::once(tab(None, all)).chain(each).collect()
}

fn table(list: Messages) -> AnyView {
    if list.rows.is_empty() && list.kind.is_some() {
        return view! {
            <Empty glyph=Glyph::Mail title="No messages of this kind here">
                <p>"Choose another kind, or another state."</p>
            </Empty>
        }
        .into_any();
    }
    if list.rows.is_empty() {
        return view! {
            <Empty glyph=Glyph::Mail title="No messages here">
                <p>"A message is written whenever an appointment is booked, moved, cancelled or answered."</p>
            </Empty>
        }
        .into_any();
    }
    let rows = list.rows.into_iter().map(row).collect();
    view! {
        <h2 id="messages" class="visually-hidden">"Messages, the newest first, in clinic time"</h2>
        <Table label="messages" columns=&COLUMNS rows />
    }
    .into_any()
}

/// The colour of a state.
pub(super) fn tone(state: State) -> Tone {
    match state {
        State::Sent => Tone::Success,
        State::Failed => Tone::Danger,
        State::Queued | State::Sending => Tone::Info,
        State::Suppressed => Tone::Plain,
    }
}

fn row(message: OutboxRow) -> Vec<AnyView> {
    let tone = tone(message.state);
    let href = ["/admin/outbox/", &message.id.to_string()].concat();
    let retry = (message.state == State::Failed).then(|| {
        let whose = [" for ", &message.person].concat();
        view! {
            <form method="post" action=RetryMessage::PATH>
                <FormPage />
                <input type="hidden" name="id" value=message.id.to_string() />
                <Button kind=ButtonKind::Secondary>
                    "Retry" <span class="visually-hidden">{whose}</span>
                </Button>
            </form>
        }
    });
    let wrong = message.delivery_error.map(|delivery_error| delivery_error.label());
    vec![
        view! { <a href=href>{message.what}</a> }.into_any(),
        view! { <bdi>{message.person}</bdi> }.into_any(),
        message.written.into_any(),
        view! { <Tag tone text=message.state.label() /> }.into_any(),
        message.attempts.into_any(),
        view! { {wrong} {retry} }.into_any(),
    ]
}

//! Where one is signed in.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    accounts::{
        actions::sessions::{EndOtherSessions, EndSession, own_sessions},
        model::sessions::{SessionItem, SessionList},
    },
    app::{ClinicClock, Failure, FormPage, FormState, PageTitle},
    flash::Note,
    ui::{Button, ButtonKind, ErrorLine, ErrorSummary, Glyph, Icon, Notice, Tag, Tone},
};

const TITLE: &str = "Where you are signed in";

/// `/account/sessions`: every browser and program in which the person is signed in, and ways to sign out of them.
#[component]
pub fn SessionsPage() -> impl IntoView {
    let done = Note::for_action("account/sessions").map(|note| match note.value("done") {
        "others" => "You are signed out everywhere else",
        _ => "You are signed out there",
    });
    let problems: Vec<ErrorLine> = ["account/end_session", "account/end_other_sessions"]
        .into_iter()
        .flat_map(|form| FormState::of(form).lines(&[]))
        .collect();
    let sessions = Resource::new_blocking(|| (), |()| own_sessions());
    let page = move || {
        sessions.get().map(|sessions| match sessions {
            Ok(sessions) => show(sessions, done, problems.clone()),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(list: SessionList, done: Option<&'static str>, problems: Vec<ErrorLine>) -> AnyView {
    let has_others = list.sessions.iter().any(|session| !session.is_current);
    let rows = list.sessions.into_iter().map(row).collect_view();
    view! {
        <PageTitle text=TITLE failed=!problems.is_empty() />
        <div class="narrow">
            <a class="back-link" href="/account">
                <Icon glyph=Glyph::ChevronLeft />
                "Back to your account"
            </a>
            <ErrorSummary errors=problems />
            <div class="page-head">
                <h1 tabindex="-1">{TITLE}</h1>
                <p class="lead">"Do you not know one of these? Sign out there, and then change your password."</p>
                <ClinicClock />
            </div>
            {done.map(|title| view! { <Notice tone=Tone::Success title=title>""</Notice> })}
            <section class="section" aria-labelledby="sessions">
                <h2 id="sessions">"Your browsers and programs"</h2>
                <ul class="stack plain-list">{rows}</ul>
                {has_others.then(others)}
            </section>
            <section class="section">
                <h2>"What else has access"</h2>
                <ul>
                    <li>
                        <a href="/account/password">"Change your password"</a>
                        ": that signs you out everywhere else, too"
                    </li>
                    <li>
                        <a href="/account/tokens">"Tokens for programs that act for you"</a>
                    </li>
                </ul>
            </section>
        </div>
    }
    .into_any()
}

fn row(session: SessionItem) -> AnyView {
    let SessionItem { id, is_current, device, is_same_network, began, seen } = session;
    let network = if is_same_network { "The same network as now" } else { "Another network" };
    let change = if is_current {
        view! {
            <p>
                <Tag tone=Tone::Success text="This browser" />
            </p>
        }
        .into_any()
    } else {
        let which = [" of ", &device, ", signed in on ", &began].concat();
        view! {
            <form method="post" action=EndSession::PATH>
                <FormPage />
                <input type="hidden" name="id" value=id.to_string() />
                <Button kind=ButtonKind::Secondary>
                    "Sign out" <span class="visually-hidden">{which}</span>
                </Button>
            </form>
        }
        .into_any()
    };
    view! {
        <li class="card">
            <h3>{device}</h3>
            <p>{network}</p>
            <p class="muted small">"Signed in on " {began} ". Last used on " {seen} "."</p>
            {change}
        </li>
    }
    .into_any()
}

fn others() -> impl IntoView {
    view! {
        <form method="post" action=EndOtherSessions::PATH class="section">
            <FormPage />
            <Button>"Sign out everywhere else"</Button>
        </form>
    }
}

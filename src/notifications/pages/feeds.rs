//! A person's appointments in their own calendar program.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    app::{ClinicClock, Failure, FormPage, FormState, PageTitle},
    flash::Note,
    notifications::{
        actions::{MakeFeed, RevokeFeed, feeds},
        model::{Feed, FeedList, MAX_FEEDS},
    },
    ui::{Button, ButtonKind, Checkbox, Column, ErrorLine, ErrorSummary, Glyph, Icon, Notice, Table, Tone},
};

const MADE: Column = Column::text("Made");
const LAST_READ: Column = Column::text("Last read by a program");
const CHANGE: Column = Column::text("Change");
const OF_DOCTOR: [Column; 4] = [MADE, Column::text("Shows"), LAST_READ, CHANGE];
const OF_PATIENT: [Column; 3] = [MADE, LAST_READ, CHANGE];

/// `/account/calendar`: the addresses that calendar programs read, and a new one.
#[component]
pub fn FeedsPage() -> impl IntoView {
    let note = Note::for_action("account/make_feed");
    let mut problems = FormState::of("account/make_feed").lines(&[]);
    problems.extend(FormState::of("account/revoke_feed").lines(&[]));
    let list = Resource::new_blocking(|| (), |()| feeds());
    let page = move || {
        list.get().map(|list| match list {
            Ok(list) => show(list, note.as_ref(), problems.clone()),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(list: FeedList, note: Option<&Note>, problems: Vec<ErrorLine>) -> AnyView {
    let full = i64::try_from(list.feeds.len()).is_ok_and(|feeds| feeds >= MAX_FEEDS);
    let what = if list.for_doctor {
        "Your calendar program can show when you have appointments. They appear as busy times, unless you choose to have names in them."
    } else {
        "Your calendar program can show your appointments and keep them up to date. It shows when and where, and never why."
    };
    let form = if full {
        view! { <p>"You have reached the limit of private addresses. Remove one to make another."</p> }.into_any()
    } else {
        make_form(list.for_doctor)
    };
    let known = (!list.feeds.is_empty()).then(|| table(list.for_doctor, list.feeds));
    view! {
        <PageTitle text="Your appointments in your own calendar" failed=!problems.is_empty() />
        <a class="back-link" href="/account">
            <Icon glyph=Glyph::ChevronLeft />
            "Your account"
        </a>
        <ErrorSummary errors=problems />
        <div class="page-head">
            <h1 tabindex="-1">"Your appointments in your own calendar"</h1>
            <p class="lead">{what}</p>
            <ClinicClock />
        </div>
        {note.map(new_address)}
        {known}
        <section class="section" aria-labelledby="new">
            <h2 id="new">"Make a private address"</h2>
            <p>
                "Give it to your calendar program as a calendar to subscribe to. Keep it to yourself: every person who has the address can see what is in the calendar."
            </p>
            {form}
        </section>
    }
    .into_any()
}

/// The address, for the only time.
fn new_address(note: &Note) -> impl IntoView + use<> {
    let link = note.value("link").to_owned();
    view! {
        <Notice tone=Tone::Success title="Copy this address into your calendar program">
            <p>"We cannot show it again. If it gets lost, remove it below and make a new one."</p>
            <div class="field field-wide">
                <label class="label" for="feed-address">
                    "Private address of your calendar"
                </label>
                <input class="input" id="feed-address" type="text" readonly value=link />
            </div>
        </Notice>
    }
}

fn make_form(for_doctor: bool) -> AnyView {
    let names = for_doctor.then(|| {
        view! {
            <Checkbox
                name="with_names"
                label="Put the patients\u{2019} names into it"
                hint="Your calendar program and its maker will know who your patients are."
            />
        }
    });
    view! {
        <form method="post" action=MakeFeed::PATH>
            <FormPage />
            {names}
            <div class="btns">
                <Button>"Make the address"</Button>
            </div>
        </form>
    }
    .into_any()
}

fn table(for_doctor: bool, feeds: Vec<Feed>) -> impl IntoView {
    let rows = feeds.into_iter().map(|feed| row(for_doctor, feed)).collect();
    let columns: &[Column] = if for_doctor { &OF_DOCTOR } else { &OF_PATIENT };
    view! {
        <section class="section">
            <h2 id="feeds">"Private addresses in use"</h2>
            <Table label="feeds" columns rows />
        </section>
    }
}

fn row(for_doctor: bool, feed: Feed) -> Vec<AnyView> {
    let shows = for_doctor.then(|| if feed.with_names { "Names" } else { "Busy times" }.into_any());
    let made = feed.made.clone();
    let remove = view! {
        <form method="post" action=RevokeFeed::PATH>
            <FormPage />
            <input type="hidden" name="id" value=feed.id.to_string() />
            <Button kind=ButtonKind::Link>
                "Remove" <span class="visually-hidden">" the address made " {made}</span>
            </Button>
        </form>
    };
    let mut cells = vec![feed.made.into_any()];
    cells.extend(shows);
    cells.push(feed.last_read.unwrap_or_else(|| "Not yet".to_owned()).into_any());
    cells.push(remove.into_any());
    cells
}

//! A patient's own places on the waiting list.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{earlier_path, join_path};
use crate::{
    app::{FormPage, FormState, PageTitle},
    booking::{
        actions::waiting::{LeaveWaitingList, my_waiting_list},
        pages::{
            address::{failed, in_query},
            facts::for_person,
            messages::whole_form,
        },
        waiting::{JoinQuery, WaitingEntry},
    },
    ui::{Button, ButtonKind, ButtonLink, Empty, ErrorSummary, Glyph, Icon, Notice, Tone},
};

/// `/waiting-list`: what the signed-in patient waits for, and what they are offered.
#[component]
pub fn MyWaitingListPage() -> impl IntoView {
    let state = FormState::of("waiting/leave");
    let done = in_query("done").unwrap_or_default();
    let list = Resource::new_blocking(|| (), |()| my_waiting_list());
    let content = move || {
        let (state, done) = (state.clone(), done.clone());
        Suspend::new(async move {
            match list.await {
                Ok(list) => list_view(list, &state, &done),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn list_view(list: Vec<WaitingEntry>, state: &FormState, done: &str) -> AnyView {
    let words = match done {
        "joined" => Some("You are on the waiting list. We send you an email when a time comes free."),
        "left" => Some("You have left the waiting list."),
        "declined" => Some("The time goes to the next person. You stay on the waiting list."),
        _ => None,
    };
    let done = words.filter(|_| !state.failed()).map(|words| {
        view! {
            <Notice tone=Tone::Success>
                <p>{words}</p>
            </Notice>
        }
    });
    let none = list.is_empty().then(|| {
        view! {
            <Empty glyph=Glyph::Clock title="You are on no waiting list">
                <p>"Where a doctor has no time that suits you, you can join the waiting list."</p>
                <div class="btns">
                    <ButtonLink href="/doctors">"Find a doctor"</ButtonLink>
                </div>
            </Empty>
        }
    });
    let items = list.into_iter().map(entry).collect_view();
    view! {
        <PageTitle text="My waiting list" failed=state.failed() />
        <a class="back-link" href="/appointments">
            <Icon glyph=Glyph::ChevronLeft />
            "My appointments"
        </a>
        <ErrorSummary errors=whole_form(state) />
        {done}
        <div class="page-head">
            <h1 tabindex="-1">"My waiting list"</h1>
            <p class="lead">
                "When a time comes free, we ask the people whom it suits one at a time, in the order in which they joined."
            </p>
        </div>
        {none}
        <ul class="appt-list">{items}</ul>
    }
    .into_any()
}

fn entry(entry: WaitingEntry) -> impl IntoView + use<> {
    let title = ["A time is free for ", entry.for_whom.as_deref().unwrap_or("you")].concat();
    let offer = entry.offer.clone().map(|offer| {
        let page = ["/waiting-list/offers/", &offer.id.to_string()].concat();
        let words = [&offer.what, ". We keep it for you until ", &offer.until, "."].concat();
        view! {
            <Notice tone=Tone::Info title=title.clone()>
                <p>{words}</p>
                <div class="btns">
                    <ButtonLink href=page>"Look at it and answer"</ButtonLink>
                </div>
            </Notice>
        }
    });
    let keeps = entry.keeps.as_ref().map(|keeps| {
        view! { <p>"The appointment on " {keeps.clone()} " stays until you accept an earlier time."</p> }
    });
    let wishes = entry.wishes.iter().map(|wish| view! { <li>{wish.clone()}</li> }).collect_view();
    let change = entry.change.as_ref().map(|query| {
        let which = [" what suits you for ", &entry.whom].concat();
        view! {
            <a class="btn btn-secondary" href=change_path(query)>
                "Change"
                <span class="visually-hidden">{which}</span>
            </a>
        }
    });
    let left = [" the waiting list for ", &entry.whom].concat();
    view! {
        <li class="card">
            <h2>
                <bdi>{entry.whom.clone()}</bdi>
            </h2>
            {for_person(entry.for_whom.as_deref())}
            {offer} {keeps} <ul>{wishes}</ul> <p class="muted small">"Joined on " {entry.since} "."</p>
            <div class="btns">
                {change}
                <form method="post" action=LeaveWaitingList::PATH>
                    <FormPage />
                    <input type="hidden" name="id" value=entry.id.to_string() />
                    <Button kind=ButtonKind::QuietDanger>
                        "Leave" <span class="visually-hidden">{left}</span>
                    </Button>
                </form>
            </div>
        </li>
    }
}

fn change_path(query: &JoinQuery) -> String {
    match query.appointment.as_str() {
        "" => [&join_path(&query.doctor, &query.visit_type), "&person=", &query.person].concat(),
        appointment => earlier_path(appointment),
    }
}

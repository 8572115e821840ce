//! The doctor's day.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use crate::{
    app::{Failure, FormState, PageTitle},
    booking::actions::AnswerRequest,
    doctors::{AgendaDay, AgendaEntry, AgendaState, actions::agenda::agenda},
    ui::{Button, ButtonKind, Empty, ErrorSummary, Glyph, Icon, Tag, Tone},
};

/// `/doctor?date=2026-12-03`: who comes when, and the requests that wait for an answer.
#[component]
pub fn AgendaPage() -> impl IntoView {
    let state = FormState::of("booking/answer");
    let date = use_query_map().with_untracked(|query| query.get("date"));
    let day = Resource::new_blocking(move || date.clone(), agenda);
    let page = move || {
        day.get().map(|day| match day {
            Ok(day) => show(day, &state),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(day: AgendaDay, state: &FormState) -> AnyView {
    let title = if day.is_today { ["Today, ", &day.title].concat() } else { day.title };
    let link = |date: &str| ["/doctor?date=", date].concat();
    let today = (!day.is_today).then(|| {
        view! {
            <a class="btn btn-secondary" href="/doctor">
                "Today"
            </a>
        }
    });
    let visits = if day.entries.is_empty() {
        view! {
            <Empty glyph=Glyph::Calendar title="No visits on this day">
                <p>"Visits appear here as soon as they are booked."</p>
            </Empty>
        }
        .into_any()
    } else {
        let entries = day.entries.into_iter().map(entry).collect_view();
        view! { <ol class="agenda-day">{entries}</ol> }.into_any()
    };
    view! {
        <PageTitle text=title.clone() failed=state.failed() />
        <ErrorSummary errors=state.lines(&[]) />
        <div class="agenda-bar">
            <div>
                <h1 tabindex="-1">{title}</h1>
                <p class="muted">{day.summary}</p>
            </div>
            <nav class="row no-print" aria-label="Days">
                <a class="btn btn-secondary" href=link(&day.previous)>
                    <Icon glyph=Glyph::ChevronLeft />
                    "Previous"
                    <span class="visually-hidden">" day"</span>
                </a>
                {today}
                <a class="btn btn-secondary" href=link(&day.next)>
                    "Next"
                    <span class="visually-hidden">" day"</span>
                    <Icon glyph=Glyph::ChevronRight />
                </a>
            </nav>
        </div>
        {visits}
    }
    .into_any()
}

fn entry(visit: AgendaEntry) -> AnyView {
    let (class, tone) = match visit.state {
        AgendaState::Waiting => ("agenda-item agenda-waiting", Tone::Warning),
        AgendaState::Coming => ("agenda-item", Tone::Success),
        AgendaState::Done => ("agenda-item agenda-done", Tone::Plain),
    };
    let buttons = (visit.state == AgendaState::Waiting).then(|| {
        let form = |accept, kind, words| answer_form(&visit, accept, kind, words);
        view! {
            <div class="btns">
                {form("true", ButtonKind::Secondary, "Accept")}
                {form("false", ButtonKind::QuietDanger, "Decline")}
            </div>
        }
    });
    view! {
        <li class=class>
            <p class="agenda-time">
                {visit.time} <span class="agenda-until">" to " {visit.until}</span>
            </p>
            <div>
                <p>
                    <strong>
                        <a href=["/appointments/", &visit.id.to_string()].concat()>
                            <bdi>{visit.patient.clone()}</bdi>
                        </a>
                    </strong>
                </p>
                <p class="muted small">{visit.visit} ". " {visit.location} ". Reference " {visit.reference}</p>
                <Tag tone text=visit.status />
            </div>
            {buttons}
        </li>
    }
    .into_any()
}

fn answer_form(visit: &AgendaEntry, accept: &'static str, kind: ButtonKind, words: &'static str) -> AnyView {
    let (id, patient) = (visit.id.to_string(), visit.patient.clone());
    view! {
        <form method="post" action=AnswerRequest::PATH>
            <input type="hidden" name="id" value=id />
            <input type="hidden" name="accept" value=accept />
            <Button kind>
                {words} <span class="visually-hidden">" the request of " {patient}</span>
            </Button>
        </form>
    }
    .into_any()
}

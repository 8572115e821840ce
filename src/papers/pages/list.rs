//! The files of an appointment, each with what can be done with it.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    app::{FormPage, error_words},
    ids::AppointmentId,
    papers::{
        Paper, PaperState, Papers,
        actions::{Remove, list_papers},
    },
    ui::{Button, ButtonKind, ButtonLink, Tag, Tone},
};

/// The section of an appointment's page.
#[must_use]
pub fn papers_section(id: AppointmentId) -> AnyView {
    view! { <PapersSection id /> }.into_any()
}

#[component]
fn PapersSection(id: AppointmentId) -> impl IntoView {
    let read = Resource::new_blocking(move || id, list_papers);
    let content = move || {
        Suspend::new(async move {
            match read.await {
                Ok(papers) => section(id, &papers),
                Err(error) => view! { <p>{error_words(&error)}</p> }.into_any(),
            }
        })
    };
    view! {
        <section class="section" id="papers" aria-labelledby="papers-heading">
            <h2 id="papers-heading">"Papers"</h2>
            <Suspense>{content}</Suspense>
        </section>
    }
}

fn section(id: AppointmentId, papers: &Papers) -> AnyView {
    if !papers.may_read {
        return view! {
            <p>"Only the doctor sees files of this appointment: the doctor does not share them with clinic staff."</p>
        }
        .into_any();
    }
    let lead = match (papers.papers.is_empty(), papers.for_clinic) {
        (true, true) => "No files were sent along with this appointment.",
        (true, false) => "You can send letters, results or photos along, so that the doctor has them.",
        (false, _) => "",
    };
    let words = if papers.for_clinic { "Add files for the patient" } else { "Send files" };
    let send = papers.may_add.then(|| {
        view! {
            <ButtonLink href=send_path(id) kind=ButtonKind::Secondary>
                {words}
            </ButtonLink>
        }
    });
    view! {
        {(!lead.is_empty()).then(|| view! { <p>{lead}</p> })}
        {list(id, papers)}
        <div class="btns no-print">{send}</div>
    }
    .into_any()
}

/// The page on which files are sent.
pub(super) fn send_path(id: AppointmentId) -> String {
    ["/appointments/", &id.to_string(), "/papers"].concat()
}

/// The files, those that were taken away included.
pub(super) fn list(id: AppointmentId, papers: &Papers) -> AnyView {
    if papers.papers.is_empty() {
        return ().into_any();
    }
    let lines = papers.papers.iter().map(|paper| line(id, paper)).collect_view();
    view! { <ul class="papers">{lines}</ul> }.into_any()
}

fn line(id: AppointmentId, paper: &Paper) -> AnyView {
    let (tone, tag) = match paper.state {
        PaperState::Ready => (Tone::Plain, ""),
        PaperState::Waiting => (Tone::Warning, "Waiting for the virus check"),
        PaperState::Removed => (Tone::Plain, "Removed"),
        PaperState::Infected => (Tone::Danger, "Refused by the virus check"),
        PaperState::Expired => (Tone::Plain, "Deleted: kept long enough"),
    };
    let name = match paper.state {
        PaperState::Ready => {
            let href = [&send_path(id), "/", &paper.id.to_string()].concat();
            view! {
                <a href=href rel="nofollow">
                    <bdi>{paper.name.clone()}</bdi>
                </a>
            }
            .into_any()
        }
        PaperState::Waiting => view! { <bdi>{paper.name.clone()}</bdi> }.into_any(),
        _ => view! { <span class="muted">"A file that is no longer here"</span> }.into_any(),
    };
    let tag = (!tag.is_empty()).then(|| view! { <Tag tone text=tag /> });
    let waits = (paper.state == PaperState::Waiting).then(|| {
        view! { <p class="small">"It was received. It can be opened as soon as our virus scanner has looked at it."</p> }
    });
    view! {
        <li>
            <p>
                <strong>{name}</strong>
                " "
                {tag}
            </p>
            <p class="muted small">{[&paper.about, ". ", &paper.added].concat()}</p>
            {waits}
            {paper.removable.then(|| removal(id, paper))}
        </li>
    }
    .into_any()
}

/// Asks once more before a file is taken away.
fn removal(id: AppointmentId, paper: &Paper) -> AnyView {
    let name = paper.name.clone();
    view! {
        <details class="no-print">
            <summary>
                "Remove" <span class="visually-hidden">" " <bdi>{name.clone()}</bdi></span>
            </summary>
            <p>"It is deleted at once and cannot be brought back."</p>
            <form method="post" action=Remove::PATH>
                <FormPage />
                <input type="hidden" name="id" value=id.to_string() />
                <input type="hidden" name="paper" value=paper.id.to_string() />
                <Button kind=ButtonKind::QuietDanger>
                    "Remove for good" <span class="visually-hidden">": " <bdi>{name}</bdi></span>
                </Button>
            </form>
        </details>
    }
    .into_any()
}

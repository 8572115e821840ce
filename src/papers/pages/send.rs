//! The page on which files are sent along with an appointment.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::list::{list, send_path};
use crate::{
    app::{Failure, FormState, PageTitle},
    error::AppError,
    flash::Note,
    ids::AppointmentId,
    papers::{Papers, Refusal, actions::list_papers},
    ui::{Button, ErrorLine, ErrorSummary, Glyph, Icon, Notice, SendProgress, Tone},
};

/// The note that says what became of the files of a form.
pub const SENT: &str = "papers/send";
/// Its value with the number of files that were kept.
pub const KEPT: &str = "kept";
/// Its value with the number of files that were not taken and are not named.
pub const MORE: &str = "more";
/// The form's field.
const FIELD: &str = "files";

/// What became of the files of the last form.
#[derive(Clone, Default)]
struct Sent {
    kept: usize,
    problems: Vec<String>,
}

impl Sent {
    /// What the note says; nothing when no form was sent.
    fn noted() -> Option<Self> {
        let note = Note::for_action(SENT)?;
        let number = |name: &str| note.value(name).parse().unwrap_or(0_usize);
        let refusals = note.values.iter().filter_map(|(code, name)| {
            let refusal: Refusal = code.parse().ok()?;
            Some(refusal.words(name))
        });
        let mut problems: Vec<String> = refusals.collect();
        match number(MORE) {
            0 => {}
            more => problems.push(more.to_string() + " more files were not kept"),
        }
        let kept = number(KEPT);
        if kept == 0 && problems.is_empty() {
            problems.push("Choose at least one file".to_owned());
        }
        Some(Sent { kept, problems })
    }
}

/// `/appointments/:id/papers`: for the patient and the doctor of the appointment.
#[component]
pub fn PapersPage() -> impl IntoView {
    let id: Option<AppointmentId> = use_params_map().with_untracked(|params| params.get_str("id")?.parse().ok());
    let sent = Sent::noted().unwrap_or_default();
    let removal = FormState::of("papers/remove");
    let read = Resource::new_blocking(
        move || id,
        |id| async move {
            match id {
                Some(id) => Ok((id, list_papers(id).await?)),
                None => Err(AppError::NotFound),
            }
        },
    );
    let content = move || {
        let (sent, removal) = (sent.clone(), removal.clone());
        Suspend::new(async move {
            match read.await {
                Ok((_, papers)) if !papers.may_read => view! { <Failure error=AppError::Forbidden /> }.into_any(),
                Ok((id, papers)) => page(id, &papers, sent, &removal),
                Err(error) => view! { <Failure error /> }.into_any(),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn page(id: AppointmentId, papers: &Papers, sent: Sent, removal: &FormState) -> AnyView {
    let title = if papers.for_clinic { "Add files for the patient" } else { "Send files to the doctor" };
    let lines = sent.problems.iter().map(|text| ErrorLine { field: FIELD.to_owned(), text: text.clone() });
    let lines: Vec<ErrorLine> = lines.chain(removal.lines(&[])).collect();
    let kept = match sent.kept {
        0 => None,
        1 => Some("1 file was received".to_owned()),
        more => Some(more.to_string() + " files were received"),
    };
    let kept = kept.map(|title| {
        view! {
            <Notice tone=Tone::Success title>
                <p>"See the list below."</p>
            </Notice>
        }
    });
    let back = ["/appointments/", &id.to_string()].concat();
    view! {
        <PageTitle text=title failed=!lines.is_empty() />
        <ErrorSummary errors=lines />
        <a class="back-link" href=back>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to the appointment"
        </a>
        {kept}
        <h1 tabindex="-1">{title}</h1>
        <p class="lead">{["For the appointment on ", &papers.when, "."].concat()}</p>
        {if papers.may_add { form(id, papers.for_clinic, &sent.problems) } else { closed() }}
        <section class="section" id="papers" aria-labelledby="papers-heading">
            <h2 id="papers-heading">"Files of this appointment"</h2>
            {papers.papers.is_empty().then(|| view! { <p>"There are none yet."</p> })}
            {list(id, papers)}
        </section>
    }
    .into_any()
}

fn closed() -> AnyView {
    view! { <p>"Files can no longer be sent along with this appointment."</p> }.into_any()
}

fn form(id: AppointmentId, for_clinic: bool, problems: &[String]) -> AnyView {
    let who = if for_clinic {
        "The patient and you can open them."
    } else {
        "The doctor can open them, and so can you and others who act for the patient."
    };
    let described = if problems.is_empty() { "files-hint" } else { "files-hint files-error" };
    let errors = (!problems.is_empty()).then(|| {
        let lines = problems.iter().map(|text| view! { <li>{text.clone()}</li> }).collect_view();
        view! {
            <div class="error-text" id="files-error">
                <span class="visually-hidden">"Error: "</span>
                <ul>{lines}</ul>
            </div>
        }
    });
    view! {
        <form method="post" action=send_path(id) enctype="multipart/form-data" data-progress="">
            <div class="field field-wide" class:field-error=!problems.is_empty()>
                <label class="label" for=FIELD>
                    "Files"
                </label>
                <p class="hint" id="files-hint">
                    "PDF, JPEG, PNG or HEIC, up to 10 MB each and 10 files. You can choose several at once. " {who}
                    " We take out of photos where and when they were taken."
                </p>
                {errors}
                <input
                    class="input"
                    id=FIELD
                    name=FIELD
                    type="file"
                    multiple
                    accept=".pdf,.jpg,.jpeg,.png,.heic,application/pdf,image/jpeg,image/png,image/heic"
                    aria-invalid=(!problems.is_empty()).then_some("true")
                    aria-describedby=described
                />
            </div>
            <div class="btns">
                <Button>"Send"</Button>
            </div>
            <SendProgress />
        </form>
    }
    .into_any()
}

//! The questions of a visit type, in their order.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::{
    address::{page, was_saved},
    cells::{hidden, lines},
    question_form::form,
};
use crate::{
    app::{DoctorNav, Failure, FormPage, FormState, PageTitle, named_doctor},
    availability::{
        actions::questions::{MoveQuestion, RemoveQuestion, questions},
        model::questions::{MAX_QUESTIONS, Question, QuestionKind, QuestionList},
    },
    error::{AppError, FieldCode},
    ui::{Button, ButtonKind, ButtonLink, Empty, ErrorLine, ErrorSummary, Glyph, Icon, Notice, Tag, Tone},
};

/// The questions of the visit type that the path names.
fn questions_in_path() -> Resource<Result<QuestionList, AppError>> {
    let visit_type = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    let asked_for = (named_doctor(), visit_type);
    Resource::new_blocking(move || asked_for.clone(), |(doctor, visit_type)| questions(doctor, visit_type))
}

/// `/doctor/visit-types/:id/questions`
#[component]
pub fn QuestionsPage() -> impl IntoView {
    let states = ["availability/move_question", "availability/remove_question"].map(FormState::of);
    let list = questions_in_path();
    let page = move || {
        list.get().map(|list| match list {
            Ok(list) => show(list, &states),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! {
        <DoctorNav />
        <Suspense>{page}</Suspense>
    }
}

/// `/doctor/visit-types/:id/questions/:key`: one question, or `new`.
#[component]
pub fn QuestionPage() -> impl IntoView {
    let state = FormState::of("availability/save_question");
    let key = use_params_map().with_untracked(|params| params.get("key")).unwrap_or_default();
    let list = questions_in_path();
    let page = move || {
        list.get().map(|list| match list {
            Ok(list) => one(&list, &key, &state),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! {
        <DoctorNav />
        <Suspense>{page}</Suspense>
    }
}

fn one(list: &QuestionList, key: &str, state: &FormState) -> AnyView {
    if key == "new" {
        return form(list, None, state);
    }
    match list.questions.iter().find(|question| question.key.to_string() == key) {
        Some(question) => form(list, Some(question), state),
        None => view! { <Failure error=AppError::NotFound /> }.into_any(),
    }
}

/// The page of a visit type's questions, or below it that of one: `part` is empty, or a key or `new` after a slash.
pub(super) fn questions_path(list: &QuestionList, part: &str) -> String {
    page(&["/doctor/visit-types/", &list.visit_type.id, "/questions", part].concat(), &list.editing.doctor, "")
}

fn show(list: QuestionList, states: &[FormState]) -> AnyView {
    let errors: Vec<ErrorLine> =
        states.iter().flat_map(|state| lines(state, |_, _: FieldCode| "it".to_owned())).collect();
    let failed = !errors.is_empty();
    let saved = (was_saved() && !failed).then(|| {
        view! {
            <Notice tone=Tone::Success>
                <p>"Saved. Patients are asked this from now on. Earlier answers stay with the question they answered."</p>
            </Notice>
        }
    });
    let title = ["Questions before ", &list.visit_type.name].concat();
    let back = page(&["/doctor/visit-types/", &list.visit_type.id].concat(), &list.editing.doctor, "");
    let body = if list.questions.is_empty() { none(&list) } else { all(&list) };
    view! {
        <PageTitle text=title.clone() failed />
        <a class="back-link" href=back>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to the visit type"
        </a>
        <ErrorSummary errors />
        <div class="page-head">
            <h1 tabindex="-1">{title}</h1>
            <p class="lead">
                "Patients answer these before they book. Only the doctor reads the answers; clinic staff do if the doctor lets them read reasons."
            </p>
        </div>
        {saved}
        {body}
    }
    .into_any()
}

fn none(list: &QuestionList) -> AnyView {
    let new = questions_path(list, "/new");
    view! {
        <Empty glyph=Glyph::Info title="No questions yet">
            <p>"Patients book without being asked anything."</p>
            <div class="btns">
                <ButtonLink href=new>"Add a question"</ButtonLink>
            </div>
        </Empty>
    }
    .into_any()
}

fn all(list: &QuestionList) -> AnyView {
    let last = list.questions.len();
    let rows = list.questions.iter().enumerate();
    let rows = rows.map(|(index, question)| row(list, question, (index == 0, index + 1 == last))).collect_view();
    let add = if last < MAX_QUESTIONS {
        let new = questions_path(list, "/new");
        view! {
            <div class="btns">
                <ButtonLink href=new>
                    <Icon glyph=Glyph::Plus />
                    "Add a question"
                </ButtonLink>
            </div>
        }
        .into_any()
    } else {
        let most = ["There are ", &MAX_QUESTIONS.to_string(), " questions, the most that can be asked."].concat();
        view! { <p class="muted">{most}</p> }.into_any()
    };
    view! {
        <ol class="entries">{rows}</ol>
        {add}
    }
    .into_any()
}

/// `ends`: whether it is the first and whether it is the last.
fn row(list: &QuestionList, question: &Question, ends: (bool, bool)) -> AnyView {
    let href = questions_path(list, &["/", &question.key.to_string()].concat());
    let button = |path, extra, kind, label, rest: &str| {
        one_button(list, path, question, extra, kind, (label, [" ", &question.text, rest].concat()))
    };
    let quiet = ButtonKind::Quiet;
    let up = (!ends.0).then(|| button(MoveQuestion::PATH, ("up", "true"), quiet, "Up", ", one place up"));
    let down = (!ends.1).then(|| button(MoveQuestion::PATH, ("up", "false"), quiet, "Down", ", one place down"));
    let remove = button(RemoveQuestion::PATH, ("", ""), ButtonKind::QuietDanger, "Remove", "");
    let required = question.required.then(|| view! { <Tag tone=Tone::Plain text="Must be answered" /> });
    let about = match question.kind {
        QuestionKind::Choice => question.choices.join(", "),
        kind => kind.label().to_owned(),
    };
    view! {
        <li class="entry type-row" id=["question-", &question.key.to_string()].concat() tabindex="-1">
            <h2>
                <a href=href>{question.text.clone()}</a>
            </h2>
            <div>
                <p>{about} " " {required}</p>
            </div>
            <div class="btns">{up} {down} {remove}</div>
        </li>
    }
    .into_any()
}

/// A form of one button. `words`: what it says, and what only screen readers add.
fn one_button(
    list: &QuestionList,
    path: &'static str,
    question: &Question,
    (name, value): (&'static str, &'static str),
    kind: ButtonKind,
    words: (&'static str, String),
) -> AnyView {
    let extra = (!name.is_empty()).then(|| view! { <input type="hidden" name=name value=value /> });
    view! {
        <form method="post" action=path>
            <FormPage />
            {hidden(&list.editing.doctor, list.editing.version)}
            <input type="hidden" name="visit_type" value=list.visit_type.id.clone() />
            <input type="hidden" name="key" value=question.key.to_string() />
            {extra}
            <Button kind>
                {words.0} <span class="visually-hidden">{words.1}</span>
            </Button>
        </form>
    }
    .into_any()
}

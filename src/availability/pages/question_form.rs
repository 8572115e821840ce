//! The form of one question.

use leptos::{prelude::*, server_fn::ServerFn};
use strum::VariantArray;

use super::{
    cells::{Cell, hidden, id_of, lines},
    questions::questions_path,
};
use crate::{
    app::{FormPage, FormState, PageTitle},
    availability::{
        actions::questions::SaveQuestion,
        model::questions::{Question, QuestionKind, QuestionList},
    },
    error::FieldCode,
    ui::{Button, ButtonKind, ButtonLink, Choice, ErrorSummary, Glyph, Icon, Notice, Tone, escaped},
};

/// Every field, and what it is called in a sentence.
fn what(name: &str) -> &'static str {
    match name {
        "question[text]" => "the question",
        "question[kind]" => "how it is answered",
        "question[choices]" => "the number of choices",
        "questions" => "the number of questions",
        _ => "it",
    }
}

/// What is called so where its length is wrong, and not its number.
fn what_is_wrong(name: &str, code: FieldCode) -> String {
    match (name, code) {
        ("question[choices]", FieldCode::TooLong(_)) => "each choice",
        ("question[choices]", FieldCode::BadCharacters) => "the choices",
        _ => what(name),
    }
    .to_owned()
}

/// The page around the form; without a question, that of a new one.
pub(super) fn form(list: &QuestionList, question: Option<&Question>, state: &FormState) -> AnyView {
    let title = if question.is_some() { "Change a question" } else { "Add a question" };
    let back = questions_path(list, "");
    let stale = state.is_stale().then(|| {
        view! {
            <Notice tone=Tone::Warning title="Changed since you opened the page">
                <p>"What you typed was not saved. Save again to put it in the place of what is saved now."</p>
            </Notice>
        }
    });
    let key = question.map(|question| view! { <input type="hidden" name="key" value=question.key.to_string() /> });
    view! {
        <PageTitle text=title failed=state.failed() />
        <a class="back-link" href=back.clone()>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to the questions"
        </a>
        <ErrorSummary errors=lines(state, what_is_wrong) />
        <h1 tabindex="-1">{title}</h1>
        {stale}
        <p class="lead">
            {["For ", &list.visit_type.name, ". A change counts from now on: earlier answers stay with the question they answered."].concat()}
        </p>
        <form id="questions" class="type-form" method="post" action=SaveQuestion::PATH novalidate>
            <FormPage />
            {hidden(&list.editing.doctor, list.editing.version)}
            <input type="hidden" name="visit_type" value=list.visit_type.id.clone() />
            {key}
            {fields(question, state)}
            <div class="btns">
                <Button>"Save"</Button>
                <ButtonLink href=back kind=ButtonKind::Quiet>
                    "Cancel"
                </ButtonLink>
            </div>
        </form>
    }
    .into_any()
}

fn fields(question: Option<&Question>, state: &FormState) -> AnyView {
    let problem = |name: &str| state.code_for(name).and_then(|code| state.problem_of(name, &what_is_wrong(name, code)));
    let cell = |name: &str, label: &'static str| Cell {
        name: name.to_owned(),
        context: String::new(),
        label,
        problem: problem(name),
    };
    let saved = |read: fn(&Question) -> String| question.map(read).unwrap_or_default();
    let text = state.kept("question[text]", &saved(|question| question.text.clone()));
    let kind = state.kept("question[kind]", &saved(|question| question.kind.into_str().to_owned()));
    let kinds = QuestionKind::VARIANTS.iter().map(|kind| Choice::new(kind.into_str(), kind.label())).collect();
    let choices = state.kept("question[choices]", &saved(|question| question.choices.join("\n")));
    let required = state.ticked("question[required]", question.is_some_and(|question| question.required));
    view! {
        <div class="card form-card stack">
            {cell("question[text]", "Question").text(text)}
            {cell("question[kind]", "How it is answered").select(kinds, &kind)}
            {choices_area(choices, problem("question[choices]"))}
            <label class="check">
                <input
                    type="checkbox"
                    id=id_of("question[required]")
                    name="question[required]"
                    value="true"
                    checked=required
                />
                <span>
                    "Must be answered"
                    <span class="hint">"Patients cannot confirm an appointment on the website without an answer."</span>
                </span>
            </label>
        </div>
    }
    .into_any()
}

fn choices_area(value: String, problem: Option<String>) -> AnyView {
    let id = id_of("question[choices]");
    let invalid = problem.is_some().then_some("true");
    let described = if invalid.is_some() { "choices-hint choices-error" } else { "choices-hint" };
    let error = problem.map(|text| {
        view! {
            <p class="error-text" id="choices-error">
                <span class="visually-hidden">"Error: "</span>
                {text}
            </p>
        }
    });
    view! {
        <div class="cell">
            <label class="label" for=id.clone()>
                "Choices"
            </label>
            <p class="hint" id="choices-hint">
                "For a question with several choices: two to ten, one on each line."
            </p>
            {error}
            <textarea
                class="input"
                id=id
                name="question[choices]"
                rows="5"
                aria-invalid=invalid
                aria-describedby=described
                inner_html=escaped(&value)
            />
        </div>
    }
    .into_any()
}

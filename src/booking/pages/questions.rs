//! The questions that a doctor asks before an appointment, as their patient answers them.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::components::Redirect;

use super::{
    address::{appointment_path, failed, hold_path, id_in_path},
    appointment_card::AppointmentCard,
    messages::{line, whole_form},
};
use crate::{
    app::{FormPage, FormState, PageTitle},
    availability::model::questions::{Question, QuestionKind},
    booking::{
        AppointmentSummary, AskedFor, AskedPage, AskedQuestion,
        actions::answers::{SaveAnswers, asked},
        field_of,
    },
    error::{AppError, FieldCode},
    ids::AppointmentId,
    text::is_blank,
    ui::{ButtonLink, Choice, DateParts, Empty, ErrorLine, ErrorSummary, Glyph, Icon, NamedControl, Notice, Tone},
};

/// `/appointments/:id/questions`, for an appointment that was made without answers or has to have others. Before a
/// booking the questions stand on the page of the held time.
#[component]
pub fn AskedQuestionsPage() -> impl IntoView {
    let id = id_in_path();
    let page = Resource::new_blocking(
        move || id,
        |id| async move {
            match id {
                Some(id) => asked(id).await,
                None => Err(AppError::NotFound),
            }
        },
    );
    let saved = FormState::of("booking/answers");
    let content = move || {
        let saved = saved.clone();
        Suspend::new(async move {
            match page.await {
                Ok(page) => match page.about.clone() {
                    AskedFor::Hold(hold) => view! { <Redirect path=hold_path(hold.id, "") /> }.into_any(),
                    AskedFor::Appointment { id, summary } => questions_view(&page, &saved, id, *summary),
                },
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn questions_view(page: &AskedPage, saved: &FormState, id: AppointmentId, summary: AppointmentSummary) -> AnyView {
    let appointment = appointment_path(id, "");
    let title = title(&summary);
    let problems = Problems::of(&page.questions, saved);
    let lines = if problems.summary.is_empty() { whole_page(saved) } else { problems.summary.clone() };
    let failed = !lines.is_empty();
    let form = if page.questions.is_empty() {
        nothing_asked(appointment.clone())
    } else {
        view! {
            {introduction(page, &summary, failed)}
            <form method="post" action=SaveAnswers::PATH novalidate>
                <FormPage />
                <input type="hidden" name="id" value=id.to_string() />
                {question_fields(page, saved, &problems)}
                <div class="btns">
                    <button class="btn btn-large" type="submit">
                        "Send answers"
                    </button>
                </div>
            </form>
        }
        .into_any()
    };
    view! {
        <PageTitle text=title.clone() failed />
        <a class="back-link" href=appointment>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to the appointment"
        </a>
        <ErrorSummary errors=lines />
        <div class="split">
            <div>
                <h1 tabindex="-1">{title}</h1>
                {form}
            </div>
            <aside aria-label="Your appointment">
                <AppointmentCard summary />
            </aside>
        </div>
    }
    .into_any()
}

/// "Questions from Dr Ana Novak"
pub(super) fn title(summary: &AppointmentSummary) -> String {
    ["Questions from ", &summary.doctor_name].concat()
}

/// Who reads the answers, and from when those are that stand in the fields.
pub(super) fn introduction(page: &AskedPage, summary: &AppointmentSummary, failed: bool) -> impl IntoView + use<> {
    let lead = [
        "Your answers help ",
        &summary.doctor_name,
        " prepare. Only the doctor reads them; clinic staff do only if the doctor lets them. \
         Do not write anything urgent here.",
    ]
    .concat();
    let last_time = page.last_time.clone().filter(|_| !failed).map(last_time_notice);
    view! {
        <p class="lead">{lead}</p>
        {last_time}
    }
}

/// The questions of a form, and which ones they are.
pub(super) fn question_fields(page: &AskedPage, state: &FormState, problems: &Problems) -> impl IntoView + use<> {
    let beside = |asked: &AskedQuestion| problems.beside(asked.question.key);
    let fields = page.questions.iter().map(|asked| field("", asked, state, beside(asked))).collect_view();
    view! {
        <input type="hidden" name="version" value=page.version.to_string() />
        {fields}
    }
}

pub(super) fn last_time_notice(day: String) -> AnyView {
    view! {
        <Notice tone=Tone::Info title="Same as last time?">
            <p>
                {["These are the answers that you gave on ", &day, ". Change what is no longer right."].concat()}
            </p>
        </Notice>
    }
    .into_any()
}

fn nothing_asked(next: String) -> AnyView {
    view! {
        <Empty glyph=Glyph::Check title="There are no questions to answer">
            <div class="btns">
                <ButtonLink href=next>"Go on"</ButtonLink>
            </div>
        </Empty>
    }
    .into_any()
}

/// What is wrong with answers, above the form and beside its fields.
pub(super) struct Problems {
    pub summary: Vec<ErrorLine>,
    fields: Vec<(i32, String)>,
}

impl Problems {
    pub fn of(questions: &[AskedQuestion], state: &FormState) -> Problems {
        let codes: Vec<(&Question, FieldCode)> = if needs_answers(state) {
            let open = |asked: &&AskedQuestion| asked.question.required && is_blank(&asked.value);
            questions.iter().filter(open).map(|asked| (&asked.question, FieldCode::Missing)).collect()
        } else {
            let code = |question: &Question| state.code_for(&name_of(question.key));
            let all = questions.iter().map(|asked| &asked.question);
            all.filter_map(|question| Some((question, code(question)?))).collect()
        };
        let fields: Vec<(i32, String)> =
            codes.into_iter().map(|(question, code)| (question.key, words(question, code))).collect();
        let summary = fields.iter().map(|(key, text)| line(&field_of(*key), text.clone())).collect();
        Problems { summary, fields }
    }

    fn beside(&self, key: i32) -> Option<String> {
        self.fields.iter().find(|(own, _)| *own == key).map(|(_, text)| text.clone())
    }
}

/// Whether a booking was refused because the questions before it are not answered.
fn needs_answers(state: &FormState) -> bool {
    state.code_for("answers").is_some()
}

/// What is wrong with the answers together, when no single one is.
pub(super) fn wrong_together(state: &FormState) -> Option<&'static str> {
    match state.error()? {
        AppError::Conflict => Some(
            "The questions have changed since you opened this page. What you typed is kept where it still belongs. \
             Please look at your answers again.",
        ),
        _ => needs_answers(state).then_some(
            "Please look at the doctor\u{2019}s questions once more, and confirm. The appointment is not booked yet.",
        ),
    }
}

/// What is wrong when no single answer is.
fn whole_page(saved: &FormState) -> Vec<ErrorLine> {
    wrong_together(saved).map_or_else(|| whole_form(saved), |text| vec![line("", text.to_owned())])
}

/// What is wrong with an answer, in a sentence that names its question.
pub(super) fn words(question: &Question, code: FieldCode) -> String {
    let (before, after) = match code {
        FieldCode::Missing => ("Answer the question ", String::new()),
        FieldCode::Unknown => ("Choose one of the answers to ", String::new()),
        FieldCode::TooLong(most) => {
            ("The answer to ", [" can have at most ", &most.to_string(), " characters"].concat())
        }
        FieldCode::NotADate => ("The answer to ", " must be a date that exists, like 3 12 2026".to_owned()),
        FieldCode::NotANumber => ("The answer to ", " must be a number in figures, like 72 or 36.6".to_owned()),
        _ => ("The answer to ", " has characters that we cannot keep. Please type it again".to_owned()),
    };
    [before, "\u{201C}", &question.text, "\u{201D}", &after].concat()
}

/// The name of the field of a question that is answered in one field.
fn name_of(key: i32) -> String {
    inside("", "answers", key)
}

/// "answers[q3]", and inside of a form of several appointments "one[answers][q3]".
pub(super) fn inside(form: &str, part: &str, key: i32) -> String {
    match form {
        "" => [part, "[", &field_of(key), "]"].concat(),
        form => [form, "[", part, "][", &field_of(key), "]"].concat(),
    }
}

/// The id of the control of a question.
pub(super) fn control_id(form: &str, key: i32) -> String {
    if form.is_empty() { field_of(key) } else { [form, "-", &field_of(key)].concat() }
}

/// The control of a question; `form` is where its answer stands in the form, or empty.
pub(super) fn field(form: &str, asked: &AskedQuestion, state: &FormState, error: Option<String>) -> AnyView {
    let AskedQuestion { question, value } = asked;
    let typed = |name: &str| state.values().iter().find(|(sent, _)| sent == name).map(|(_, value)| value.clone());
    let part = if question.kind == QuestionKind::Date { "dates" } else { "answers" };
    let name = inside(form, part, question.key);
    // the server keeps what was typed; a form that it could not keep comes back by itself
    let value = typed(&name).unwrap_or_else(|| value.clone());
    let control = NamedControl {
        id: control_id(form, question.key),
        name: name.clone(),
        label: question.text.clone(),
        hint: hint(question.kind).to_owned(),
        error,
        optional: !question.required,
    };
    match question.kind {
        QuestionKind::Text => control.area(&value),
        QuestionKind::Number => control.number(value),
        QuestionKind::YesNo => control.choices(radios(&[("yes", "Yes"), ("no", "No")], question), &value),
        QuestionKind::Choice => {
            let choices: Vec<(&str, &str)> =
                question.choices.iter().map(|choice| (choice.as_str(), choice.as_str())).collect();
            control.choices(radios(&choices, question), &value)
        }
        QuestionKind::Date => {
            let part = |part: &str| typed(&[&name, "[", part, "]"].concat());
            let parts = match (part("day"), part("month"), part("year")) {
                (Some(day), Some(month), Some(year)) => DateParts { day, month, year },
                _ => DateParts::of(&value),
            };
            control.date(parts)
        }
    }
}

fn hint(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Date => "For example, 27 3 2026",
        QuestionKind::Number => "In figures, like 72 or 36.6",
        QuestionKind::Text | QuestionKind::Choice | QuestionKind::YesNo => "",
    }
}

/// The choices; a question that may be left out has one for that, because a radio button cannot be let go.
fn radios(choices: &[(&str, &str)], question: &Question) -> Vec<Choice> {
    let mut radios: Vec<Choice> = choices.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
    if !question.required {
        radios.push(Choice::new("", "No answer"));
    }
    radios
}

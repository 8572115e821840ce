//! The questions of a visit type. They are never changed: a change writes a new version of all, and answers name the
//! version that they answered.

use serde_json::{from_str, to_string};
use sqlx::FromRow;
use uuid::Uuid;

use super::schedule_editor::ScheduleEditor;
use crate::{
    availability::{
        model::{
            hours::Named,
            questions::{
                CHOICES, MAX_CHOICE, MAX_QUESTION, MAX_QUESTIONS, Question, QuestionInput, QuestionKind, QuestionList,
            },
        },
        server::bump,
    },
    clinic::server::audit,
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldCode, FieldError},
    ids::VisitTypeId,
    state::AppState,
    text::{check_line, kept_lines, line, longer_than},
    time::Timestamp,
    web::request::Actor,
};

/// The questions of a visit type in one version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// 0 where none are asked.
    pub version: i32,
    pub list: Vec<Question>,
}

impl Questions {
    /// Those that patients are asked now.
    ///
    /// # Errors
    /// The database's, or a stored list that means nothing.
    pub async fn now(conn: &mut Conn<'_>, visit_type: VisitTypeId) -> Result<Questions, Error> {
        const SQL: &str = "select q.version, q.list from visit_types v
            join questions q on q.visit_type_id = v.id and q.version = v.questions_version
            where v.id = $1";
        let row: Option<(i32, String)> = conn.fetch_optional(SQL, (visit_type,)).await?;
        row.map_or_else(|| Ok(Questions::default()), |(version, list)| Questions::read(version, &list))
    }

    /// A stored list.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for one that means nothing.
    pub fn read(version: i32, list: &str) -> Result<Questions, Error> {
        Ok(Questions { version, list: from_str(list).map_err(|_| Error::Corrupt("questions"))? })
    }
}

/// The questions of a visit type in the calendar that `actor` may work on.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] for another doctor's calendar or an unknown visit type.
pub async fn question_list(app: &AppState, actor: Actor, slug: &str, id: &str) -> Result<QuestionList, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let editor = ScheduleEditor::open(conn, actor, slug, app.clock.now()).await?;
    let visit_type = visit_type_of(&editor, id)?;
    let questions = Questions::now(conn, visit_type).await?.list;
    let name = editor.visit_type_name(visit_type).to_owned();
    let visit_type = Named { id: visit_type.to_string(), name };
    Ok(QuestionList { editing: editor.editing(), visit_type, questions })
}

fn visit_type_of(editor: &ScheduleEditor, id: &str) -> Result<VisitTypeId, AppError> {
    let id: Option<VisitTypeId> = id.parse().ok();
    let own = editor.visit_types.iter().find(|visit_type| Some(visit_type.id) == id);
    own.map(|visit_type| visit_type.id).ok_or(AppError::NotFound)
}

/// What to do with the questions of a visit type.
#[derive(Clone, Debug)]
pub struct QuestionChange {
    /// The doctor's slug, for staff.
    pub slug: String,
    /// The calendar's, as the page showed it.
    pub version: i64,
    pub visit_type: String,
    pub edit: QuestionEdit,
}

/// One change of one question.
#[derive(Clone, Debug)]
pub enum QuestionEdit {
    /// Changes the question with this key; without one, adds it as the last.
    Save { key: Option<i32>, question: QuestionInput },
    /// One position up, or down.
    Move { key: i32, up: bool },
    /// Asks it no more. What was answered stays.
    Remove { key: i32 },
}

/// Changes a visit type's questions in one unit: a new version of them.
///
/// # Errors
/// [`AppError::Invalid`] with fields such as `question[text]`; [`AppError::Conflict`] for a stale version;
/// [`AppError::NotFound`] for an unknown question; those of [`question_list`].
pub async fn change_questions(app: &AppState, actor: Actor, change: QuestionChange) -> Result<(), AppError> {
    Ok(app.db.write(ChangeQuestions { actor, change, now: app.clock.now() }).await?)
}

/// Writes a new version of a visit type's questions and notes it in the audit log.
struct ChangeQuestions {
    actor: Actor,
    change: QuestionChange,
    now: Timestamp,
}

#[derive(FromRow)]
struct Versions {
    answers_since: i32,
    newest: i32,
}

impl WriteUnit for ChangeQuestions {
    const NAME: &'static str = "change_questions";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const VERSIONS: &str = "select answers_since,
                (select coalesce(max(version), 0) from questions where visit_type_id = $1) as newest
            from visit_types where id = $1";
        const INSERT: &str = "insert into questions (visit_type_id, version, list, created_at) values ($1, $2, $3, $4)";
        const UPDATE: &str = "update visit_types set questions_version = $2, answers_since = $3 where id = $1";
        let change = &self.change;
        let editor = ScheduleEditor::open(tx, self.actor, &change.slug, self.now).await?;
        let visit_type = visit_type_of(&editor, &change.visit_type)?;
        bump(tx, editor.calendar.doctor, change.version).await?;
        tx.schedule_changed(editor.calendar.doctor);
        let before = Questions::now(tx, visit_type).await?.list;
        let Versions { answers_since, newest } = tx.fetch_one(VERSIONS, (visit_type,)).await?;
        let version = newest + 1;
        let list = changed(&before, version, &change.edit)?;
        if list == before {
            return Ok(());
        }
        let since = answers_needed_since(&before, answers_since, &list, version);
        let text = to_string(&list).map_err(|_| Error::Corrupt("questions"))?;
        tx.execute(INSERT, (visit_type, version, &text, self.now)).await?;
        let in_force = if list.is_empty() { 0 } else { version };
        tx.execute(UPDATE, (visit_type, in_force, since)).await?;
        let details = format!("{}: {}", editor.calendar.name, editor.visit_type_name(visit_type));
        let subject_id: Option<Uuid> = Some(visit_type.0);
        let entry = audit::Entry {
            action: "visit_type.questions_changed",
            subject: "visit_type",
            subject_id,
            details: &details,
        };
        audit::record(tx, self.actor.into(), self.now, entry).await
    }
}

/// The list after an edit, which makes this version of it.
fn changed(before: &[Question], version: i32, edit: &QuestionEdit) -> Result<Vec<Question>, AppError> {
    let mut list = before.to_vec();
    let place = |key: i32| before.iter().position(|question| question.key == key).ok_or(AppError::NotFound);
    match edit {
        QuestionEdit::Save { key: None, question } => {
            if list.len() >= MAX_QUESTIONS {
                let most = i64::try_from(MAX_QUESTIONS).unwrap_or(i64::MAX);
                return Err(AppError::field("questions", FieldCode::OutOfRange(0, most)));
            }
            list.push(read(version, question)?);
        }
        QuestionEdit::Save { key: Some(key), question } => {
            let place = place(*key)?;
            let mut new = read(version, question)?;
            if let Some(old) = list.get_mut(place) {
                if (&new.text, new.kind) == (&old.text, old.kind) {
                    new.key = old.key;
                }
                *old = new;
            }
        }
        QuestionEdit::Move { key, up } => {
            let from = place(*key)?;
            let to = if *up { from.checked_sub(1) } else { Some(from + 1) };
            if let Some(to) = to.filter(|to| *to < list.len()) {
                list.swap(from, to);
            }
        }
        QuestionEdit::Remove { key } => {
            list.remove(place(*key)?);
        }
    }
    Ok(list)
}

/// From which version on answers are enough to book: those of before, unless a question that must be answered is new.
fn answers_needed_since(before: &[Question], since: i32, list: &[Question], version: i32) -> i32 {
    let mut required = list.iter().filter(|question| question.required).peekable();
    if required.peek().is_none() {
        return 0;
    }
    let known = |question: &Question| before.iter().any(|old| old.required && old.key == question.key);
    if since > 0 && required.all(known) { since } else { version }
}

/// A filled-in form as a question that is first asked in this version.
fn read(version: i32, typed: &QuestionInput) -> Result<Question, AppError> {
    let mut fields = Vec::new();
    let mut wrong = |field: &str, code| fields.push(FieldError { field: format!("question[{field}]"), code });
    if let Some(code) = check_line(&typed.text, MAX_QUESTION) {
        wrong("text", code);
    }
    let kind = typed.kind.parse().unwrap_or_else(|_| {
        wrong("kind", FieldCode::Unknown);
        QuestionKind::Text
    });
    let mut choices = Vec::new();
    if kind == QuestionKind::Choice {
        choices = choices_of(&typed.choices);
        let number = i64::try_from(choices.len()).unwrap_or(i64::MAX);
        if choices.iter().any(|choice| choice.contains(char::is_control)) {
            wrong("choices", FieldCode::BadCharacters);
        } else if !(CHOICES.0..=CHOICES.1).contains(&number) {
            wrong("choices", FieldCode::OutOfRange(CHOICES.0, CHOICES.1));
        } else if choices.iter().any(|choice| longer_than(choice, MAX_CHOICE)) {
            wrong("choices", FieldCode::TooLong(MAX_CHOICE));
        }
    }
    if !fields.is_empty() {
        return Err(AppError::Invalid { fields });
    }
    Ok(Question { key: version, text: line(&typed.text), kind, choices, required: !typed.required.is_empty() })
}

/// The choices of a text with one on each line; the same one counts once.
fn choices_of(text: &str) -> Vec<String> {
    let mut choices: Vec<String> = Vec::new();
    for choice in kept_lines(text).lines().map(line).filter(|choice| !choice.is_empty()) {
        if !choices.contains(&choice) {
            choices.push(choice);
        }
    }
    choices
}

#[cfg(test)]
#[path = "questions_tests.rs"]
mod tests;

//! Answers that are given once for several appointments that are booked together.

use std::collections::BTreeMap;

use super::{
    kept::{Content, KeptAnswers},
    save::Form,
};
use crate::{
    availability::server::{Asking, questions::Questions},
    booking::{AskedQuestion, AskedTogether, SentAnswers, TypedAnswers, server::Appointment},
    clinic::server::{clinic_zone, data_keys::DataKeys},
    db::{Conn, Error, Tx},
    error::{AppError, FieldError},
    ids::{PersonId, VisitTypeId},
    state::AppState,
    time::Timestamp,
};

/// What this patient is asked before appointments of a visit type, with the answers that they gave last filled in.
///
/// # Errors
/// The database's.
pub async fn asked_together(
    conn: &mut Conn<'_>,
    app: &AppState,
    patient: PersonId,
    visit_type: VisitTypeId,
    now: Timestamp,
) -> Result<AskedTogether, Error> {
    let asked = Questions::now(conn, visit_type).await?;
    if asked.list.is_empty() {
        return Ok(AskedTogether::default());
    }
    let last = KeptAnswers::last_of(conn, patient, visit_type, "").await?;
    let content = last.as_ref().and_then(|last| last.content(&app.data_keys)).unwrap_or_default();
    let questions = asked.list.into_iter().map(|question| {
        let value = content.value(question.key).unwrap_or_default().to_owned();
        AskedQuestion { question, value }
    });
    let questions: Vec<AskedQuestion> = questions.collect();
    let answered_at = last.and_then(|last| last.answered_at);
    let answered_at = answered_at.filter(|_| questions.iter().any(|asked| !asked.value.is_empty()));
    let zone = clinic_zone(conn).await?;
    let last_time = answered_at.map(|at| zone.local_date(at).day_words(zone.local_date(now)));
    Ok(AskedTogether { version: asked.version, questions, last_time })
}

/// The same questions with what was typed into a form that failed.
pub fn typed_again(asked: &mut AskedTogether, sent: SentAnswers) {
    let list: Vec<_> = asked.questions.iter().map(|asked| asked.question.clone()).collect();
    let form = Form::read(&list, &typed(sent));
    for asked in &mut asked.questions {
        asked.value = form.typed.get(&asked.question.key).cloned().unwrap_or_default();
    }
    asked.last_time = None;
}

fn typed(sent: SentAnswers) -> TypedAnswers {
    TypedAnswers { answers: sent.answers, dates: sent.dates }
}

/// Answers to the questions of one visit type, which were checked, to be kept with each of several appointments.
pub struct TogetherAnswers {
    visit_type: VisitTypeId,
    version: i32,
    answers: BTreeMap<i32, String>,
}

/// Reads what a form sends under this name; none where nothing is asked.
///
/// # Errors
/// Fields such as `one[answers][q3]`; [`AppError::Conflict`] when the questions are not those that the page showed.
pub async fn read_together(
    conn: &mut Conn<'_>,
    visit_type: VisitTypeId,
    name: &str,
    sent: SentAnswers,
) -> Result<Result<Option<TogetherAnswers>, Vec<FieldError>>, AppError> {
    let asked = Questions::now(conn, visit_type).await?;
    if asked.list.is_empty() {
        return Ok(Ok(None));
    }
    if sent.version.parse() != Ok(asked.version) {
        return Err(AppError::Conflict);
    }
    let form = Form::read(&asked.list, &typed(sent));
    if form.fields.is_empty() {
        return Ok(Ok(Some(TogetherAnswers { visit_type, version: asked.version, answers: form.answers })));
    }
    let inside = [name, "[answers]["].concat();
    let named = |error: FieldError| FieldError { field: error.field.replacen("answers[", &inside, 1), ..error };
    Ok(Err(form.fields.into_iter().map(named).collect()))
}

impl TogetherAnswers {
    /// Those to the questions of this visit type.
    pub fn to(all: &[TogetherAnswers], visit_type: VisitTypeId) -> Option<&TogetherAnswers> {
        all.iter().find(|answers| answers.visit_type == visit_type)
    }

    /// Keeps them with an appointment.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep(
        &self,
        tx: &mut Tx<'_>,
        keys: &DataKeys,
        appointment: &Appointment,
        now: Timestamp,
    ) -> Result<(), Error> {
        const SQL: &str = "insert into appointment_answers
                (appointment_id, visit_type_id, questions_version, answered_at, answers)
            values ($1, $2, $3, $4, $5)";
        let content = Content { answers: self.answers.clone(), ..Content::default() };
        let answers = content.encrypted(keys, appointment.id)?;
        tx.execute(SQL, (appointment.id, self.visit_type, self.version, now, &answers)).await?;
        Ok(())
    }
}

/// Makes sure that what must be answered before such an appointment was answered.
///
/// # Errors
/// [`AppError::Conflict`] when the doctor asks more since the form was read.
pub fn require_together(answers: Option<&TogetherAnswers>, asking: Asking) -> Result<(), AppError> {
    let version = answers.map_or(0, |answers| answers.version);
    if version >= asking.answers_since { Ok(()) } else { Err(AppError::Conflict) }
}

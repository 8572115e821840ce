//! Keeping what a patient typed: as answers when all of it is right, else as it was typed.

use std::collections::BTreeMap;

use super::{
    check::checked,
    kept::{Content, KeptAnswers},
};
use crate::{
    availability::{
        model::questions::{Question, QuestionKind},
        server::questions::Questions,
    },
    booking::{
        TypedAnswers, field_of,
        server::{Booker, access::own, busy::holder_busy},
    },
    db::{Error, Tx, Violation, WriteUnit},
    error::{AppError, FieldError},
    ids::{AppointmentId, VisitTypeId},
    state::AppState,
    time::Timestamp,
    ui::DateParts,
    web::request::RequestContext,
};

/// Keeps the answers of the patient of a hold or an appointment, and says whether it is a hold. Answers that are not
/// right are kept as they were typed, and the earlier ones stay in force. `version` is that of the questions which the
/// page showed.
///
/// # Errors
/// [`AppError::Invalid`] with fields such as `answers[q3]`; [`AppError::Conflict`] when the doctor changed the questions
/// meanwhile or there are none, or the appointment is over; [`AppError::PatientBusy`]; those of [`super::asked`].
pub async fn save_answers(
    app: &AppState,
    request_context: &RequestContext,
    id: AppointmentId,
    version: i32,
    typed: TypedAnswers,
) -> Result<bool, AppError> {
    let booker = Booker::of(request_context)?;
    booker.signed_in()?;
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let (appointment, booker) = own(conn, &booker, id, now).await?;
    let asked = Questions::now(conn, appointment.visit_type_id).await?;
    if asked.version == 0 {
        return Err(AppError::Conflict);
    }
    // another doctor's appointment may have taken the place of that which was answered, and has questions of its own
    let kept = KeptAnswers::of(conn, &appointment).await?;
    let kept = kept.filter(|kept| kept.visit_type_id == appointment.visit_type_id);
    drop(reader);
    let form = Form::read(&asked.list, &typed);
    let outcome = if version == asked.version { form.outcome() } else { Err(AppError::Conflict) };
    let row = kept.as_ref().map_or(id, |kept| kept.appointment_id);
    let (content, version, answered_at) = match (&outcome, &kept) {
        (Ok(()), _) => (Content { answers: form.answers, ..Content::default() }, asked.version, Some(now)),
        (Err(_), None) => (Content { typed: form.typed, ..Content::default() }, asked.version, None),
        (Err(_), Some(kept)) => {
            let answers = kept.content(&app.data_keys).unwrap_or_default().answers;
            (Content { answers, typed: form.typed }, kept.questions_version, kept.answered_at)
        }
    };
    let answers = content.encrypted(&app.data_keys, row)?;
    let visit_type = appointment.visit_type_id;
    let unit = KeepAnswers { booker: booker.clone(), id, row, visit_type, version, answered_at, answers, now };
    match app.db.write(unit).await {
        Ok(()) => {}
        Err(error) if error.violation() == Some(Violation::PatientOverlap) => {
            return Err(holder_busy(app, &booker, id).await?);
        }
        Err(error) => return Err(error.into()),
    }
    outcome.map(|()| appointment.is_hold())
}

/// A form, read against the questions.
#[derive(Default)]
pub(super) struct Form {
    pub answers: BTreeMap<i32, String>,
    pub typed: BTreeMap<i32, String>,
    pub fields: Vec<FieldError>,
}

impl Form {
    /// What belongs to no question is passed over: the doctor may have removed it meanwhile.
    pub fn read(questions: &[Question], sent: &TypedAnswers) -> Form {
        let mut form = Form::default();
        for question in questions {
            form.take(question, sent);
        }
        form
    }

    fn outcome(&self) -> Result<(), AppError> {
        if self.fields.is_empty() { Ok(()) } else { Err(AppError::Invalid { fields: self.fields.clone() }) }
    }

    fn take(&mut self, question: &Question, sent: &TypedAnswers) {
        let field = field_of(question.key);
        let typed = match question.kind {
            QuestionKind::Date => sent.dates.get(&field).map(|date| {
                let (day, month, year) = (date.day.clone(), date.month.clone(), date.year.clone());
                DateParts { day, month, year }.text()
            }),
            _ => sent.answers.get(&field).cloned(),
        };
        let typed = typed.unwrap_or_default();
        match checked(question, &typed) {
            Ok(answer) => {
                self.answers.insert(question.key, answer);
            }
            Err(code) => self.fields.push(FieldError { field: ["answers[", &field, "]"].concat(), code }),
        }
        self.typed.insert(question.key, typed);
    }
}

/// Writes the answers of an appointment.
struct KeepAnswers {
    booker: Booker,
    id: AppointmentId,
    /// The row of the chain that has the answers.
    row: AppointmentId,
    visit_type: VisitTypeId,
    version: i32,
    answered_at: Option<Timestamp>,
    /// Encrypted.
    answers: Vec<u8>,
    now: Timestamp,
}

impl WriteUnit for KeepAnswers {
    const NAME: &'static str = "keep_answers";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "insert into appointment_answers
                (appointment_id, visit_type_id, questions_version, answered_at, answers)
            values ($1, $2, $3, $4, $5)
            on conflict (appointment_id) do update set visit_type_id = excluded.visit_type_id,
                questions_version = excluded.questions_version, answered_at = excluded.answered_at,
                answers = excluded.answers";
        // of holds that came to nothing, nothing is kept once it has been filled in elsewhere
        const GIVEN_UP: &str = "delete from appointment_answers where visit_type_id = $1 and appointment_id <> $2
            and appointment_id in (select id from appointments
                where patient_id = $3 and status = 'expired' and answer_by is null)";
        const PATIENT: &str = "update appointments set patient_id = $2 where id = $1 and patient_id is null";
        let (appointment, _) = own(tx, &self.booker, self.id, self.now).await?;
        if !appointment.takes_answers(self.now) {
            return Err(AppError::Conflict.into());
        }
        // as with the details: who typed into a browser's hold first is its patient, and alone sees it
        if appointment.patient_id.is_none() {
            tx.execute(PATIENT, (self.id, self.booker.patient)).await?;
        }
        if appointment.is_hold() {
            tx.execute(GIVEN_UP, (self.visit_type, self.id, self.booker.patient)).await?;
        }
        tx.execute(SQL, (self.row, self.visit_type, self.version, self.answered_at, &self.answers)).await?;
        Ok(())
    }
}

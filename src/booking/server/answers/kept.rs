//! The stored answers of an appointment: one encrypted value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::check::words;
use crate::{
    availability::server::questions::Questions,
    booking::{Answered, Status, server::Appointment},
    clinic::server::data_keys::DataKeys,
    db::{Conn, Error},
    ids::{AppointmentId, PersonId, VisitTypeId},
    time::Timestamp,
};

/// What is encrypted. It has no `Debug`, so that no log gets it.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Content {
    /// The answers that were accepted last, by the questions' keys, in the form of [`super::check::checked`].
    pub answers: BTreeMap<i32, String>,
    /// What was typed after that and is not right yet, so that it is not lost.
    pub typed: BTreeMap<i32, String>,
}

impl Content {
    /// What stands in the field of a question: what was typed, else what was answered.
    pub fn value(&self, key: i32) -> Option<&str> {
        self.typed.get(&key).or(self.answers.get(&key)).map(String::as_str)
    }

    /// Encrypted for the row of this appointment.
    pub fn encrypted(&self, keys: &DataKeys, id: AppointmentId) -> Result<Vec<u8>, Error> {
        let plain = serde_json::to_vec(self).map_err(|_| Error::Corrupt("answers"))?;
        Ok(keys.encrypt(&context(id), &plain))
    }
}

/// Ties a value to its row, so that it cannot be put into another one.
fn context(id: AppointmentId) -> Vec<u8> {
    [b"answers".as_slice(), id.0.as_bytes()].concat()
}

/// A row of `appointment_answers`, with the questions that it answered.
#[derive(FromRow)]
pub(super) struct KeptAnswers {
    pub appointment_id: AppointmentId,
    pub visit_type_id: VisitTypeId,
    pub questions_version: i32,
    pub answered_at: Option<Timestamp>,
    answers: Vec<u8>,
    list: String,
}

macro_rules! kept {
    () => {
        "select k.appointment_id, k.visit_type_id, k.questions_version, k.answered_at, k.answers, q.list
        from appointment_answers k
        join appointments a on a.id = k.appointment_id
        join questions q on q.visit_type_id = k.visit_type_id and q.version = k.questions_version "
    };
}

impl Appointment {
    /// Whether its patient can still answer: it is a hold, or an appointment that is not over.
    pub(super) fn takes_answers(&self, now: Timestamp) -> bool {
        let stands = matches!(self.status, Status::Requested | Status::Booked | Status::Arrived);
        self.is_hold() || (stands && self.ends_at > now)
    }
}

impl KeptAnswers {
    /// Those of an appointment, through all its moves.
    pub async fn of(conn: &mut Conn<'_>, appointment: &Appointment) -> Result<Option<Self>, Error> {
        const SQL: &str = concat!(kept!(), "where a.reference = $1 order by a.chain_position desc limit 1");
        conn.fetch_optional(SQL, (&appointment.reference,)).await
    }

    /// The last ones that this person gave before an appointment of this visit type with another reference.
    pub async fn last_of(
        conn: &mut Conn<'_>,
        patient: PersonId,
        visit_type: VisitTypeId,
        reference: &str,
    ) -> Result<Option<Self>, Error> {
        const SQL: &str = concat!(
            kept!(),
            "where a.patient_id = $1 and k.visit_type_id = $2 and a.reference <> $3 order by a.created_at desc limit 1"
        );
        conn.fetch_optional(SQL, (patient, visit_type, reference)).await
    }

    /// The answers themselves; none when the key is missing with which they were encrypted.
    pub fn content(&self, keys: &DataKeys) -> Option<Content> {
        let plain = keys.decrypt(&context(self.appointment_id), &self.answers);
        let read = plain.ok().and_then(|plain| serde_json::from_slice(&plain).ok());
        if read.is_none() {
            tracing::warn!(appointment = %self.appointment_id, "answers of an appointment cannot be decrypted");
        }
        read
    }

    /// The questions of then with their answers, in words. None as in [`Self::content`].
    pub fn in_words(&self, keys: &DataKeys) -> Result<Option<Vec<Answered>>, Error> {
        let asked = Questions::read(self.questions_version, &self.list)?;
        let Some(content) = self.content(keys) else { return Ok(None) };
        let answered = asked.list.into_iter().map(|question| {
            let answer = content.answers.get(&question.key).map(|answer| words(question.kind, answer));
            Answered { question: question.text, answer: answer.unwrap_or_default() }
        });
        Ok(Some(answered.collect()))
    }
}

//! Answers for an export.

use sqlx::FromRow;
use uuid::Uuid;

use super::kept::KeptAnswers;
use crate::{
    clinic::server::data_keys::DataKeys,
    db::{Conn, Error},
    ids::{AppointmentId, VisitTypeId},
    time::Timestamp,
};

/// What was answered before one appointment.
pub struct KeptForExport {
    pub appointment: AppointmentId,
    pub reference: String,
    pub visit_type: VisitTypeId,
    pub version: i32,
    pub answered_at: Timestamp,
    /// Questions and answers in words; none when the key is missing with which they could be read.
    pub answered: Option<Vec<(String, String)>>,
}

#[derive(FromRow)]
struct Row {
    reference: String,
    #[sqlx(flatten)]
    kept: KeptAnswers,
}

impl KeptForExport {
    /// The answers of the next so many appointments by id. A form that was not filled in rightly is left out.
    ///
    /// # Errors
    /// The database's.
    pub async fn after(conn: &mut Conn<'_>, keys: &DataKeys, after: Uuid, most: usize) -> Result<Vec<Self>, Error> {
        const SQL: &str = "select a.reference, k.appointment_id, k.visit_type_id, k.questions_version, k.answered_at,
                k.answers, q.list
            from appointment_answers k
            join appointments a on a.id = k.appointment_id
            join questions q on q.visit_type_id = k.visit_type_id and q.version = k.questions_version
            where k.appointment_id > $1 and k.answered_at is not null order by k.appointment_id limit $2";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows: Vec<Row> = conn.fetch_all(SQL, (after, most)).await?;
        let kept = rows.into_iter().map(|Row { reference, kept }| {
            let answered = kept.in_words(keys)?;
            let pair = |one: crate::booking::Answered| (one.question, one.answer);
            Ok(KeptForExport {
                appointment: kept.appointment_id,
                reference,
                visit_type: kept.visit_type_id,
                version: kept.questions_version,
                answered_at: kept.answered_at.ok_or(Error::Corrupt("answers without a moment"))?,
                answered: answered.map(|all| all.into_iter().map(pair).collect()),
            })
        });
        kept.collect()
    }
}

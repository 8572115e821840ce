//! Pairs that may be one person, for staff to decide.

use std::collections::HashMap;

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    accounts::server::{match_candidates, person_record::ChangedBy},
    booking::{front_desk::FoundPatient, server::front_desk::patients},
    clinic::server::audit::{Entry, record},
    db::{Error, Tx, WriteUnit},
    error::AppError,
    ids::{MatchPairId, PersonId},
    patients::model::MatchPair,
    state::AppState,
    web::request::Actor,
};

/// Pairs on the page.
const MOST: i64 = 100;

#[derive(FromRow)]
struct Row {
    id: Uuid,
    person_id: PersonId,
    other_id: PersonId,
    reason: String,
}

/// The pairs that wait for an answer, the oldest first.
///
/// # Errors
/// The database cannot be read.
pub async fn waiting(app: &AppState) -> Result<Vec<MatchPair>, AppError> {
    const SQL: &str = "select m.id, m.person_id, m.other_id, m.reason from match_candidates m
        join persons p on p.id = m.person_id join persons o on o.id = m.other_id
        where m.decided_at is null and p.status not in ('merged', 'closed') and o.status not in ('merged', 'closed')
        order by m.at, m.id limit $1";
    let country = app.settings.clinic.phone_country();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let rows: Vec<Row> = conn.fetch_all(SQL, (MOST,)).await.map_err(AppError::from)?;
    let ids = rows.iter().flat_map(|row| [row.person_id, row.other_id]);
    let people = patients::with_ids(conn, ids, country).await?;
    let people: HashMap<PersonId, FoundPatient> = people.into_iter().map(|found| (found.id, found)).collect();
    let pair = |row: &Row| {
        let (one, other) = (people.get(&row.person_id)?.clone(), people.get(&row.other_id)?.clone());
        let why = match row.reason.as_str() {
            "email" => "They have the same email address.",
            "phone" => "They have the same phone number.",
            _ => "They have the same birth date, and their names fit.",
        };
        Some(MatchPair { id: MatchPairId(row.id), one, other, why: why.to_owned() })
    };
    Ok(rows.iter().filter_map(pair).collect())
}

/// Says that two people are two. They are not shown again.
///
/// # Errors
/// [`AppError::NotFound`] for a pair that does not wait for an answer.
pub async fn not_the_same(app: &AppState, staff: Actor, pair: MatchPairId) -> Result<(), AppError> {
    let country = app.settings.clinic.phone_country();
    let by = ChangedBy { actor: Some(staff.user), now: app.clock.now(), country };
    Ok(app.db.write(NotTheSame { staff, pair, by }).await?)
}

/// Notes that two people are two.
struct NotTheSame {
    staff: Actor,
    pair: MatchPairId,
    by: ChangedBy,
}

impl WriteUnit for NotTheSame {
    const NAME: &'static str = "patients_not_the_same";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        if match_candidates::not_the_same(tx, self.pair.0, self.by).await? == 0 {
            return Err(AppError::NotFound.into());
        }
        let subject_id = Some(self.pair.0);
        let entry = Entry { action: "patient.not_the_same", subject: "patient_pair", subject_id, details: "" };
        record(tx, self.staff.into(), self.by.now, entry).await
    }
}

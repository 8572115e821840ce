//! Whether clinic staff may read what patients write for a doctor: the doctor's own choice.

use crate::{
    accounts::Permission,
    availability::server::calendar_of,
    clinic::server::audit,
    db::{Error, Tx, WriteUnit},
    error::{AppError, FieldCode},
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// Keeps the choice of the doctor who is signed in: `true` lets staff read, an empty text does not. Choosing the same
/// again changes nothing. The rule itself is in booking.
///
/// # Errors
/// [`AppError::Forbidden`] for patients and for staff, who cannot allow themselves; [`AppError::Invalid`] naming
/// `staff_read_reasons`.
pub async fn choose(app: &AppState, actor: Actor, typed: &str) -> Result<(), AppError> {
    actor.needs(Permission::KeepOwnCalendar)?;
    let allow = match typed {
        "true" => true,
        "" => false,
        _ => return Err(AppError::field("staff_read_reasons", FieldCode::Unknown)),
    };
    Ok(app.db.write(ChooseReasonSharing { actor, allow, now: app.clock.now() }).await?)
}

/// Keeps whether staff may read the reasons of a doctor's patients.
struct ChooseReasonSharing {
    actor: Actor,
    allow: bool,
    now: Timestamp,
}

impl WriteUnit for ChooseReasonSharing {
    const NAME: &'static str = "choose_reason_sharing";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update doctors set staff_read_reasons = $2 where id = $1 and staff_read_reasons <> $2";
        let calendar = calendar_of(tx, self.actor, "").await?;
        if tx.execute(SQL, (calendar.doctor, self.allow)).await? == 0 {
            return Ok(());
        }
        let action = if self.allow { "doctor.reasons_shared" } else { "doctor.reasons_kept" };
        let (subject_id, details) = (Some(calendar.doctor.0), calendar.name.as_str());
        let entry = audit::Entry { action, subject: "doctor", subject_id, details };
        audit::record(tx, self.actor.into(), self.now, entry).await
    }
}

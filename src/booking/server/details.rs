//! The patient's note and phone number: kept with a hold, and checked for pages and API alike.

use super::{
    access::booker_of,
    appointment::{Appointment, expire_overlapping},
    booker::Booker,
    busy::holder_busy,
};
use crate::{
    accounts::model::{check_phone, kept_phone},
    booking::MAX_REASON,
    db::{Error, Tx, Violation, WriteUnit},
    error::{AppError, FieldError},
    ids::AppointmentId,
    state::AppState,
    text::{check_lines, kept_lines},
    time::Timestamp,
};

/// What the patient wants the doctor to know, and how to reach them.
#[derive(Clone, Debug, Default)]
pub struct Details {
    pub reason: String,
    pub phone: String,
}

impl Details {
    pub(super) fn checked(self) -> Result<Self, AppError> {
        let wrong = wrong_details(&self.reason, &self.phone);
        if !wrong.is_empty() {
            return Err(AppError::Invalid { fields: wrong });
        }
        Ok(Details { reason: kept_lines(&self.reason), phone: kept_phone(&self.phone) })
    }
}

/// Keeps what the patient typed: a field that is not right stays as it was, and the other one is kept all the same. The
/// first signed-in person who types into a browser's hold becomes its patient.
///
/// # Errors
/// [`AppError::Invalid`] naming the fields that were not kept, [`AppError::PatientBusy`] when the patient has another appointment then,
/// [`AppError::NotFound`] for another person's hold, [`AppError::Conflict`] when it is booked already.
pub async fn save_details(
    app: &AppState,
    booker: Booker,
    id: AppointmentId,
    reason: &str,
    phone: &str,
) -> Result<(), AppError> {
    booker.signed_in()?;
    let wrong = wrong_details(reason, phone);
    let is_right = |field| wrong.iter().all(|wrong| wrong.field != field);
    let own = booker.clone();
    let unit = SaveDetails {
        booker,
        id,
        reason: is_right("reason").then(|| kept_lines(reason)),
        phone: is_right("phone").then(|| kept_phone(phone)),
        now: app.clock.now(),
    };
    match app.db.write(unit).await {
        Ok(()) if wrong.is_empty() => Ok(()),
        Ok(()) => Err(AppError::Invalid { fields: wrong }),
        Err(error) => match error.violation() {
            Some(Violation::PatientOverlap) => Err(holder_busy(app, &own, id).await?),
            _ => Err(error.into()),
        },
    }
}

/// Keeps checked details with a hold, whose patient is known from then on.
struct SaveDetails {
    booker: Booker,
    id: AppointmentId,
    /// None keeps the one that is there.
    reason: Option<String>,
    phone: Option<String>,
    now: Timestamp,
}

impl WriteUnit for SaveDetails {
    const NAME: &'static str = "save_details";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let hold = Appointment::find(tx, self.id).await?;
        let patient = booker_of(tx, &self.booker, &hold, self.now).await?.signed_in()?;
        let span = (hold.starts_at, hold.ends_at);
        expire_overlapping(tx, hold.doctor_id, Some(patient), None, span, self.now, Some(self.id)).await?;
        const SQL: &str = "update appointments set reason = coalesce($2, reason),
                contact_phone = coalesce($3, contact_phone), patient_id = $4
            where id = $1 and status in ('held', 'expired') and answer_by is null";
        let saved = tx.execute(SQL, (self.id, &self.reason, &self.phone, patient)).await?;
        if saved == 0 {
            return Err(AppError::Conflict.into());
        }
        Ok(())
    }
}

/// What is wrong with the two free fields of a booking.
fn wrong_details(reason: &str, phone: &str) -> Vec<FieldError> {
    let named = [("reason", check_lines(reason, MAX_REASON)), ("phone", check_phone(phone))];
    let wrong = named.into_iter().filter_map(|(field, code)| Some(FieldError { field: field.into(), code: code? }));
    wrong.collect()
}

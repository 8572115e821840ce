//! The patient's note and phone number: kept with a hold, and checked for pages and API alike.

use std::sync::Arc;

use super::{
    access::booker_of,
    answers::asking,
    appointment::{Appointment, expire_overlapping},
    booker::Booker,
    busy::holder_busy,
};
use crate::{
    accounts::model::{check_phone, kept_phone},
    availability::server::DoctorCalendars,
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
        let (reason, phone) = check_details(&self.reason, &self.phone)?;
        Ok(Details { reason, phone })
    }
}

/// Keeps what the patient typed. The first signed-in person who types into a browser's hold becomes its patient. Says
/// whether the doctor asks questions before such an appointment.
///
/// # Errors
/// [`AppError::Invalid`] naming the fields, [`AppError::PatientBusy`] when the patient has another appointment then,
/// [`AppError::NotFound`] for another person's hold, [`AppError::Conflict`] when it is booked already.
pub async fn save_details(
    app: &AppState,
    booker: Booker,
    id: AppointmentId,
    reason: &str,
    phone: &str,
) -> Result<bool, AppError> {
    booker.signed_in()?;
    let (reason, phone) = check_details(reason, phone)?;
    let own = booker.clone();
    let details = Details { reason, phone };
    let unit = SaveDetails { booker, id, details, calendars: app.calendars.clone(), now: app.clock.now() };
    match app.db.write(unit).await {
        Ok(asks) => Ok(asks),
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
    details: Details,
    calendars: Arc<DoctorCalendars>,
    now: Timestamp,
}

impl WriteUnit for SaveDetails {
    const NAME: &'static str = "save_details";
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        let hold = Appointment::find(tx, self.id).await?;
        let patient = booker_of(tx, &self.booker, &hold, self.now).await?.signed_in()?;
        let span = (hold.starts_at, hold.ends_at);
        expire_overlapping(tx, hold.doctor_id, Some(patient), None, span, self.now, Some(self.id)).await?;
        const SQL: &str = "update appointments set reason = $2, contact_phone = $3, patient_id = $4
            where id = $1 and status in ('held', 'expired') and answer_by is null";
        let saved = tx.execute(SQL, (self.id, &self.details.reason, &self.details.phone, patient)).await?;
        if saved == 0 {
            return Err(AppError::Conflict.into());
        }
        Ok(asking(tx, &self.calendars, &hold).await?.version > 0)
    }
}

/// Trims and checks the two free fields of a booking.
fn check_details(reason: &str, phone: &str) -> Result<(String, String), AppError> {
    let named = [("reason", check_lines(reason, MAX_REASON)), ("phone", check_phone(phone))];
    let fields: Vec<FieldError> = named
        .into_iter()
        .filter_map(|(field, code)| code.map(|code| FieldError { field: field.into(), code }))
        .collect();
    if fields.is_empty() { Ok((kept_lines(reason), kept_phone(phone))) } else { Err(AppError::Invalid { fields }) }
}

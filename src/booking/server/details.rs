//! What the patient wants the doctor to know, and where the clinic can call: kept with a hold, and checked for every door.

use super::{
    appointment::{Appointment, expire_overlapping},
    booker::Booker,
};
use crate::{
    accounts::model::check_phone,
    booking::MAX_REASON,
    db::Violation,
    error::{AppError, FieldError},
    ids::AppointmentId,
    state::AppState,
    text::{check_lines, kept_lines},
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

/// Keeps what the patient typed. The first signed-in person who types into a browser's hold becomes its patient.
///
/// # Errors
/// [`AppError::Invalid`] naming the fields, [`AppError::PatientBusy`] when the patient has another appointment then,
/// [`AppError::NotFound`] for somebody else's hold, [`AppError::Conflict`] when it is booked already.
pub async fn save_details(
    app: &AppState,
    booker: Booker,
    id: AppointmentId,
    reason: &str,
    phone: &str,
) -> Result<(), AppError> {
    let patient = booker.signed_in()?;
    let (reason, phone) = check_details(reason, phone)?;
    let now = app.clock.now();
    let unit = app.db.write_owned(move |mut tx| {
        let (booker, reason, phone) = (booker.clone(), reason.clone(), phone.clone());
        async move {
            let conn = &mut tx.conn();
            let hold = Appointment::find(conn, id).await?;
            if !booker.owns(&hold) {
                return Err(AppError::NotFound.into());
            }
            expire_overlapping(conn, hold.doctor_id, booker.patient, (hold.starts_at, hold.ends_at), now, Some(id))
                .await?;
            const SQL: &str = "update appointments set reason = $2, contact_phone = $3, patient_id = $4
                where id = $1 and status in ('held', 'expired') and answer_by is null";
            let saved = conn.execute(SQL, (id, &reason, &phone, patient)).await?;
            if saved == 0 { Err(AppError::Conflict.into()) } else { Ok((tx, ())) }
        }
    });
    unit.await.map_err(|error| match error.violation() {
        Some(Violation::PatientOverlap) => AppError::PatientBusy,
        _ => error.into(),
    })
}

/// Trims and checks the two free fields of a booking.
fn check_details(reason: &str, phone: &str) -> Result<(String, String), AppError> {
    let named = [("reason", check_lines(reason, MAX_REASON)), ("phone", check_phone(phone))];
    let fields: Vec<FieldError> = named
        .into_iter()
        .filter_map(|(field, code)| code.map(|code| FieldError { field: field.into(), code }))
        .collect();
    if fields.is_empty() {
        Ok((kept_lines(reason), phone.trim().to_owned()))
    } else {
        Err(AppError::Invalid { fields })
    }
}

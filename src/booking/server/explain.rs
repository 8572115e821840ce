//! Why a time cannot be booked, from the same schedule that booking reads.

use super::{
    availability::{Availability, BookableDoctor},
    booker::Booker,
};
use crate::{
    availability::{
        Reason, TimeOption,
        server::{DoctorCalendars, VisitTypeRules},
    },
    booking::server::read_window::ReadWindow,
    clinic::DoctorStatus,
    db::{Conn, Error},
    error::AppError,
    ids::{DoctorId, VisitTypeId},
    time::Timestamp,
};

/// What the predicate says of one time, for a visitor who has not signed in.
#[derive(Clone, Debug)]
pub struct NotOfferedReasons {
    /// None when the time can be booked.
    pub reasons: Vec<Reason>,
    /// The rules that were checked; none when the doctor does not have this visit type.
    pub rules: Option<VisitTypeRules>,
    /// The nearest free times, in order.
    pub nearest: Vec<TimeOption>,
}

impl NotOfferedReasons {
    fn because(reasons: Vec<Reason>) -> Self {
        NotOfferedReasons { reasons, rules: None, nearest: Vec::new() }
    }
}

/// Every reason why patients cannot book this time of an existing doctor.
///
/// # Errors
/// The database's.
pub async fn reasons_not_offered(
    conn: &mut Conn<'_>,
    calendars: &DoctorCalendars,
    doctor: DoctorId,
    visit_type: VisitTypeId,
    start: Timestamp,
    now: Timestamp,
) -> Result<NotOfferedReasons, Error> {
    let hidden = match BookableDoctor::by_id(conn, doctor).await {
        Ok(doctor) => (doctor.status != DoctorStatus::Active).then_some(Reason::DoctorUnavailable),
        // patients do not find a doctor without a specialty
        Err(Error::App(AppError::NotFound)) => return Ok(NotOfferedReasons::because(vec![Reason::DoctorUnavailable])),
        Err(error) => return Err(error),
    };
    let visitor = Booker { patient: None, carer: None, holder: None };
    match Availability::load(conn, calendars, doctor, Some(visit_type), &visitor, ReadWindow::all_ahead(now)).await {
        Ok(availability) => Ok(NotOfferedReasons {
            reasons: availability.reasons_against(start),
            // those that a patient of the doctor finds: a new one may find none at all
            nearest: availability.clone().for_any_patient().nearest(start),
            rules: Some(availability.visit_type.rules),
        }),
        Err(Error::App(AppError::NotFound)) => {
            Ok(NotOfferedReasons::because(hidden.into_iter().chain([Reason::VisitTypeUnavailable]).collect()))
        }
        Err(error) => Err(error),
    }
}

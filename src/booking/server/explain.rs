//! Why a time is not offered, from the very schedule that booking reads.

use super::{
    offer::{Extent, Offer, OfferedDoctor},
    person::Person,
};
use crate::{
    availability::{Reason, TimeOption, server::VisitRules},
    db::{Conn, Error},
    error::AppError,
    ids::{DoctorId, VisitTypeId},
    time::Instant,
};

/// What the predicate says of one time, for a visitor who has not signed in.
#[derive(Clone, Debug)]
pub struct WhyNot {
    /// None when the time is offered.
    pub reasons: Vec<Reason>,
    /// The rules that were asked; none when the doctor does not offer this kind of visit.
    pub rules: Option<VisitRules>,
    /// The offered times nearest to it, in order.
    pub nearest: Vec<TimeOption>,
}

impl WhyNot {
    fn because(reasons: Vec<Reason>) -> Self {
        WhyNot { reasons, rules: None, nearest: Vec::new() }
    }
}

/// Every reason why patients are not offered this time of an existing doctor.
///
/// # Errors
/// The database's.
pub async fn why_not_offered(
    conn: &mut Conn<'_>,
    doctor: DoctorId,
    visit_type: VisitTypeId,
    start: Instant,
    now: Instant,
) -> Result<WhyNot, Error> {
    let doctor = match OfferedDoctor::by_id(conn, doctor).await {
        Ok(doctor) => doctor,
        // patients do not find a doctor without a specialty
        Err(Error::App(AppError::NotFound)) => return Ok(WhyNot::because(vec![Reason::DoctorUnavailable])),
        Err(error) => return Err(error),
    };
    let hidden = (doctor.status != "active").then_some(Reason::DoctorUnavailable);
    let visitor = Person { patient: None, holder: None };
    match Offer::load(conn, doctor, Some(visit_type), &visitor, Extent::whole(now)).await {
        Ok(offer) => {
            Ok(WhyNot { reasons: offer.why_not(start), nearest: offer.nearest(start), rules: Some(offer.visit.rules) })
        }
        Err(Error::App(AppError::NotFound)) => {
            Ok(WhyNot::because(hidden.into_iter().chain([Reason::VisitTypeUnavailable]).collect()))
        }
        Err(error) => Err(error),
    }
}

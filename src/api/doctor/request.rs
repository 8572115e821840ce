//! Parts that the requests of this feature have in common.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::availability::model::clock_input::{clock_text, parse_clock};

/// The doctor that a request is about.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DoctorQuery {
    /// The doctor's slug, from `GET /staff/doctors`. Staff must name one; doctors work on their own calendar.
    pub doctor: String,
}

/// Whether this is a time of day such as `09:30`, or `24:00`.
pub fn is_clock(text: &str) -> bool {
    parse_clock(text).is_some_and(|minute| clock_text(minute) == text)
}

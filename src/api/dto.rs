//! Parts that several answers have in common.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    availability::TimeOption,
    error::{AppError, FieldError},
    time::{
        Timestamp,
        server::{Zone, rfc3339},
    },
};

/// A moment on the clock of a zone.
#[must_use]
pub fn on_clock(zone: &Zone, at: Timestamp) -> String {
    rfc3339(at, zone.offset_seconds(at) / 60)
}

/// The error of reading the state after a change. The change itself stands, so the answer must not say that nothing was
/// changed.
#[must_use]
pub fn after_change(error: AppError) -> AppError {
    match error {
        AppError::Unavailable { .. } => AppError::Unavailable { unchanged: false },
        other => other,
    }
}

/// The same error with the names that its fields have in the API.
#[must_use]
pub fn renamed(error: AppError, name: impl Fn(&str) -> Option<String>) -> AppError {
    let rename = |wrong: FieldError| FieldError { field: name(&wrong.field).unwrap_or(wrong.field), code: wrong.code };
    match error {
        AppError::Invalid { fields } => AppError::Invalid { fields: fields.into_iter().map(rename).collect() },
        other => other,
    }
}

/// A time that can be booked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FreeTime {
    /// The start of the appointment, with the clinic's offset from UTC. Send it back as it is.
    #[schema(format = DateTime, example = "2026-12-03T14:20:00+00:00")]
    pub start: String,
    /// The clinic's time zone by its IANA name.
    #[schema(example = "Europe/London")]
    pub zone: String,
    /// Day and time in words, on the clinic's clock.
    #[schema(example = "Thursday 3 December, 2:20pm")]
    pub words: String,
    /// Name of the location.
    pub location: String,
}

impl From<&TimeOption> for FreeTime {
    fn from(time: &TimeOption) -> Self {
        FreeTime {
            start: rfc3339(time.start, time.offset_minutes),
            zone: time.zone.clone(),
            words: time.full.clone(),
            location: time.location.clone(),
        }
    }
}

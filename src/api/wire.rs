//! What several answers have in common.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{availability::TimeOption, time::server::rfc3339};

/// A time that can be booked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FreeTime {
    /// When the visit starts, with the clinic's offset from UTC. Send it back as it is.
    #[schema(format = DateTime, example = "2026-12-03T14:20:00+00:00")]
    pub start: String,
    /// The clinic's time zone by its IANA name.
    #[schema(example = "Europe/London")]
    pub zone: String,
    /// Day and time in words, on the clinic's clock.
    #[schema(example = "Thursday 3 December, 2:20pm")]
    pub words: String,
    /// Name of the clinic site.
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

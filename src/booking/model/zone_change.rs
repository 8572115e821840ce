//! What becomes of booked appointments when the zone of their location changes.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::ids::AppointmentId;

/// Appointments that a page names in words; the others are counted.
pub const NAMED: usize = 20;

/// What stays of the appointments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ZoneKeep {
    /// The moments; the clocks show another time.
    Moments,
    /// What the clocks show; the moments are others.
    ClockTimes,
}

/// Why an appointment cannot keep its clock time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneObstacle {
    /// The clocks of the new zone leave that time out.
    NoSuchTime,
    InThePast,
    /// The doctor has another appointment then.
    DoctorBusy,
    /// The patient has another appointment then.
    PatientBusy,
    /// The room or device is used then.
    ResourceBusy,
}

impl ZoneObstacle {
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            ZoneObstacle::NoSuchTime => "There is no such time on that day in the new zone",
            ZoneObstacle::InThePast => "It would have begun already",
            ZoneObstacle::DoctorBusy => "The doctor has another appointment then",
            ZoneObstacle::PatientBusy => "The patient has another appointment then",
            ZoneObstacle::ResourceBusy => "The room or device that it uses is taken then",
        }
    }
}

/// One appointment before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneLine {
    pub id: AppointmentId,
    pub reference: String,
    pub doctor: String,
    /// "Thursday 3 December, 2:20pm (London time)"
    pub before: String,
    pub after: String,
    pub obstacle: Option<ZoneObstacle>,
}

/// What a change would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZonePlan {
    /// Appointments that are booked or requested at the location and have not begun.
    pub count: u32,
    /// How many of them get another clock time or another moment; their patients are told.
    pub changed: u32,
    /// How many cannot keep their clock time.
    pub stuck: u32,
    /// The first [`NAMED`] of them all, or of those that are stuck, when there are any.
    pub lines: Vec<ZoneLine>,
}

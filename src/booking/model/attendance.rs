//! What doctors and staff note about an appointment on its day.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::{Action, Status};

/// Whether the patient came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Attendance {
    Arrived,
    Completed,
    NoShow,
    /// One of the others was a slip: booked again.
    Undo,
}

impl Attendance {
    /// The word on a button.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Attendance::Arrived => "Arrived",
            Attendance::Completed => "Completed",
            Attendance::NoShow => "Did not attend",
            Attendance::Undo => "Undo",
        }
    }

    /// What happens to the appointment.
    #[must_use]
    pub fn action(self) -> Action {
        match self {
            Attendance::Arrived => Action::Arrive,
            Attendance::Completed => Action::Complete,
            Attendance::NoShow => Action::NoShow,
            Attendance::Undo => Action::Reopen,
        }
    }

    /// The appointment's status afterwards.
    #[must_use]
    pub fn status(self) -> Status {
        match self {
            Attendance::Arrived => Status::Arrived,
            Attendance::Completed => Status::Completed,
            Attendance::NoShow => Status::NoShow,
            Attendance::Undo => Status::Booked,
        }
    }
}

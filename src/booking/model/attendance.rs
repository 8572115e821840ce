//! What doctors and staff note about an appointment on its day.

use super::{Action, Status};

/// Whether the patient came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attendance {
    Arrived,
    Completed,
    DidNotAttend,
    /// One of the others was a slip: booked again.
    Undo,
}

impl Attendance {
    pub const ALL: [Attendance; 4] =
        [Attendance::Arrived, Attendance::Completed, Attendance::DidNotAttend, Attendance::Undo];

    /// The code in a form.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Attendance::Arrived => "arrived",
            Attendance::Completed => "completed",
            Attendance::DidNotAttend => "no_show",
            Attendance::Undo => "undo",
        }
    }

    /// What a form's code names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.code() == code)
    }

    /// The word on a button.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Attendance::Arrived => "Arrived",
            Attendance::Completed => "Completed",
            Attendance::DidNotAttend => "Did not attend",
            Attendance::Undo => "Undo",
        }
    }

    /// What happens to the appointment.
    #[must_use]
    pub fn action(self) -> Action {
        match self {
            Attendance::Arrived => Action::Arrive,
            Attendance::Completed => Action::Complete,
            Attendance::DidNotAttend => Action::NoShow,
            Attendance::Undo => Action::Reopen,
        }
    }

    /// The appointment's status afterwards.
    #[must_use]
    pub fn status(self) -> Status {
        match self {
            Attendance::Arrived => Status::Arrived,
            Attendance::Completed => Status::Completed,
            Attendance::DidNotAttend => Status::NoShow,
            Attendance::Undo => Status::Booked,
        }
    }
}

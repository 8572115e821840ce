//! What browser and server share about running the clinic.

use serde::{Deserialize, Serialize};

/// One doctor, as the clinic's staff see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewDoctor {
    pub name: String,
    /// The last part of the profile's address; patients find only visible doctors.
    pub slug: String,
    /// The specialty named first.
    pub specialty: String,
    /// "Active", "Paused", "Leaving", "Left", "Waiting for approval", "Not approved".
    pub status: String,
    /// Whether patients find this doctor.
    pub visible: bool,
    /// The next free time of the first visit type, in clinic time; only for visible doctors.
    pub next: Option<String>,
    /// Appointments today, by the clock of each appointment's location.
    pub today: u32,
    /// Appointments today and on the six days after it.
    pub week: u32,
}

/// Something that waits for the staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingTasks {
    /// A sentence or two.
    pub text: String,
    /// Whether it cannot wait until tomorrow.
    pub urgent: bool,
    /// Where it is dealt with.
    pub link: Option<PendingTaskLink>,
}

/// A link next to the words of a [`PendingTasks`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingTaskLink {
    pub href: String,
    pub words: String,
    /// What the link is about, for those who hear it alone; empty when its words say so.
    pub about: String,
}

/// The clinic at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// The most pressing first.
    pub pending_tasks: Vec<PendingTasks>,
    /// By name.
    pub doctors: Vec<OverviewDoctor>,
    /// Doctors whom patients can find.
    pub visible: u32,
    /// Appointments of all doctors today.
    pub today: u32,
    /// Appointments of all doctors today and on the six days after it.
    pub week: u32,
    /// Coming appointments that the clinic must still accept.
    pub waiting: u32,
}

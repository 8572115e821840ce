//! When a session ends by itself: after a time without use, and after a time however much it is used.
//!
//! Doctors and staff see the records of patients, often on machines that several share, so theirs are short. Every
//! request compares them, whatever its token says.

use super::Role;
use crate::{config::SessionSettings, time::Timestamp};

/// Seconds between two notes that a session is used, at most.
const LONGEST_STEP: i64 = 600;
const SHORTEST_STEP: i64 = 60;

/// How long sessions of one role last, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lifetime {
    /// Without use.
    pub idle: i64,
    /// In all.
    longest: i64,
}

impl Lifetime {
    pub fn of(role: Role, settings: &SessionSettings) -> Lifetime {
        const DAY: i64 = 24 * 3600;
        let longest = i64::from(settings.days) * DAY;
        match role {
            Role::Patient => Lifetime { idle: i64::from(settings.idle_days) * DAY, longest },
            Role::Doctor | Role::Receptionist | Role::Admin => Lifetime {
                idle: i64::from(settings.staff_idle_minutes) * 60,
                longest: (i64::from(settings.staff_hours) * 3600).min(longest),
            },
        }
    }

    /// When a session ends that began and was last used at these moments.
    pub fn end(self, created_at: Timestamp, seen_at: Timestamp) -> Timestamp {
        Timestamp((created_at.0 + self.longest).min(seen_at.0 + self.idle))
    }

    /// Seconds for which another use of the session is not noted: each note costs a write.
    pub fn step(self) -> i64 {
        (self.idle / 30).clamp(SHORTEST_STEP, LONGEST_STEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_its_times() {
        let settings = SessionSettings::default();
        let (patient, staff) = (Lifetime::of(Role::Patient, &settings), Lifetime::of(Role::Admin, &settings));
        assert_eq!(Lifetime::of(Role::Doctor, &settings), staff);
        assert_eq!((patient.idle, patient.longest, patient.step()), (30 * 86_400, 30 * 86_400, 600));
        assert_eq!((staff.idle, staff.longest, staff.step()), (1_800, 43_200, 60));
        assert_eq!(staff.end(Timestamp(0), Timestamp(600)), Timestamp(2_400));
        assert_eq!(staff.end(Timestamp(0), Timestamp(43_000)), Timestamp(43_200), "however much it is used");
        let short = SessionSettings { days: 1, staff_hours: 48, ..settings };
        assert_eq!(Lifetime::of(Role::Admin, &short).longest, 86_400, "never longer than anybody's");
    }
}

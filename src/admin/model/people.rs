//! Doctors and accounts, as the clinic's staff manage them.

use serde::{Deserialize, Serialize};

pub use crate::clinic::{Approval, DoctorStatus, PausedBy};
use crate::{
    accounts::{Role, model::care::Care},
    error::FieldCode,
    ids::{DoctorId, PersonId},
    text::{check_lines, is_blank},
    time::Timestamp,
};

/// Characters of the reason for which a doctor is not approved.
pub const MAX_REASON: u32 = 300;

/// Everything that decides what staff may do with a doctor, and whether patients find them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub status: DoctorStatus,
    pub approval: Approval,
    pub paused_by: Option<PausedBy>,
    /// Whether there are weekly hours that have not ended.
    pub has_hours: bool,
    /// Whether there is a visit type that patients can book.
    pub has_visit_types: bool,
}

impl Standing {
    #[must_use]
    pub fn waits(self) -> bool {
        self.status == DoctorStatus::Paused && self.approval == Approval::Waiting
    }

    /// A rejected doctor may still be approved later.
    #[must_use]
    pub fn can_approve(self) -> bool {
        self.status == DoctorStatus::Paused && self.approval != Approval::Approved
    }

    #[must_use]
    pub fn can_reject(self) -> bool {
        self.waits()
    }

    #[must_use]
    pub fn can_pause(self) -> bool {
        self.status == DoctorStatus::Active
    }

    /// Staff can lift the clinic's pause, but not the doctor's own.
    #[must_use]
    pub fn can_resume(self) -> bool {
        let own = self.paused_by == Some(PausedBy::Doctor);
        self.status == DoctorStatus::Paused && self.approval == Approval::Approved && !own
    }

    /// Whether patients find this doctor.
    #[must_use]
    pub fn is_shown(self) -> bool {
        self.status == DoctorStatus::Active
    }

    /// What patients see of this doctor, and why not more.
    #[must_use]
    pub fn label(self) -> &'static str {
        match (self.status, self.approval, self.paused_by) {
            (DoctorStatus::Active, ..) if !self.has_visit_types => "Shown, but cannot be booked: no visit types",
            (DoctorStatus::Active, ..) if !self.has_hours => "Shown, but cannot be booked: no weekly hours yet",
            (DoctorStatus::Active, ..) => "Shown to patients",
            (DoctorStatus::Leaving, ..) => "Not shown: leaving the clinic",
            (DoctorStatus::Deactivated, ..) => "Not shown: has left the clinic",
            (DoctorStatus::Paused, Approval::Waiting, _) => "Not shown: waiting for approval",
            (DoctorStatus::Paused, Approval::Rejected, _) => "Not shown: not approved",
            (DoctorStatus::Paused, Approval::Approved, Some(PausedBy::Doctor)) => "Not shown: paused by the doctor",
            (DoctorStatus::Paused, Approval::Approved, _) => "Not shown: paused by the clinic",
        }
    }
}

/// One doctor in the staff's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedDoctor {
    pub id: DoctorId,
    pub name: String,
    pub slug: String,
    /// The specialty named first; may be empty.
    pub specialty: String,
    pub standing: Standing,
    /// What every change must carry.
    pub version: i64,
}

/// One doctor with everything that staff decide on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedDoctor {
    pub id: DoctorId,
    pub name: String,
    pub slug: String,
    pub designation: String,
    pub registration_number: String,
    pub specialties: Vec<String>,
    pub standing: Standing,
    /// Why staff said no.
    pub approval_note: String,
    /// What every change must carry.
    pub version: i64,
    /// The account with which the doctor signs in.
    pub account: Option<PersonId>,
    /// Whether the doctor asked to leave.
    pub wants_to_leave: bool,
}

/// One account in the staff's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedUser {
    pub id: PersonId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub suspended: bool,
    /// In clinic time.
    pub last_sign_in: Option<String>,
    pub signed_in_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// Since when messages to the address are refused; none while they are delivered.
    pub mail_failed_at: Option<Timestamp>,
}

/// One page of accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserList {
    /// What was searched for.
    pub query: String,
    pub users: Vec<ListedUser>,
    /// Accounts on all pages.
    pub all: u32,
    /// From 1.
    pub page: u32,
    pub pages: u32,
}

/// One account with everything that staff decide on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedUser {
    pub user: ListedUser,
    /// When the account was made, in clinic time.
    pub since: String,
    /// Since when messages do not arrive, in clinic time.
    pub mail_fails_since: Option<String>,
    /// Appointments still to come, as a patient.
    pub appointments_ahead: u32,
    /// The calendar of a doctor, with whether patients find it.
    pub doctor: Option<(String, bool)>,
    /// Whom a patient acts for, and who acts for them.
    pub care: Care,
    /// Since when a code is asked for at sign-in, in clinic time; none: it is not.
    pub second_factor_since: Option<String>,
    /// Whether it is the viewer's own account.
    pub own: bool,
}

/// The problem with the reason for not approving a doctor, if any. Line breaks are fine.
#[must_use]
pub fn check_reason(reason: &str) -> Option<FieldCode> {
    if is_blank(reason) { Some(FieldCode::Missing) } else { check_lines(reason, MAX_REASON) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTIVE: Standing = Standing {
        status: DoctorStatus::Active,
        approval: Approval::Approved,
        paused_by: None,
        has_hours: true,
        has_visit_types: true,
    };

    #[test]
    fn who_waits_or_was_rejected_can_be_approved_and_never_resumed() {
        for approval in [Approval::Waiting, Approval::Rejected] {
            let doctor = Standing { status: DoctorStatus::Paused, approval, ..ACTIVE };
            assert!(doctor.can_approve() && !doctor.can_resume() && !doctor.is_shown(), "{approval:?}");
            assert_eq!(doctor.can_reject(), approval == Approval::Waiting);
        }
        assert!(!ACTIVE.can_approve() && !ACTIVE.can_reject());
    }

    #[test]
    fn staff_lift_their_own_pause_and_not_the_doctors() {
        let paused = |by| Standing { status: DoctorStatus::Paused, paused_by: by, ..ACTIVE };
        assert!(paused(Some(PausedBy::Admin)).can_resume());
        assert!(paused(None).can_resume());
        assert!(!paused(Some(PausedBy::Doctor)).can_resume());
        assert!(ACTIVE.can_pause() && !paused(None).can_pause());
    }

    #[test]
    fn the_reason_for_which_patients_see_nothing_is_named() {
        let label = |standing: Standing| standing.label();
        assert_eq!(label(ACTIVE), "Shown to patients");
        assert!(label(Standing { has_hours: false, ..ACTIVE }).contains("no weekly hours yet"));
        let paused = Standing { status: DoctorStatus::Paused, paused_by: Some(PausedBy::Admin), ..ACTIVE };
        assert!(label(paused).contains("paused by the clinic"));
    }

    #[test]
    fn a_reason_is_needed_and_has_at_most_300_characters() {
        assert_eq!(check_reason(" \n"), Some(FieldCode::Missing));
        assert_eq!(check_reason(&"é".repeat(300)), None);
        assert_eq!(check_reason(&"é".repeat(301)), Some(FieldCode::TooLong(300)));
        assert_eq!(check_reason("a\0"), Some(FieldCode::BadCharacters));
        assert_eq!(check_reason("One line\r\nand another"), None);
    }
}

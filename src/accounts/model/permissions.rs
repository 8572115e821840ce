//! Who may do what: one table, which every check asks.
//!
//! A permission says what a role may do at all. Whether it may be done with this appointment, this calendar or this
//! person is asked besides: `booking/server/access.rs`, `availability/server/calendar_access.rs`, `accounts/server/care`.

use super::Role::{self, Admin, Doctor, Patient, Receptionist};

/// Something that not every role may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::VariantArray))]
pub enum Permission {
    /// Books, and keeps appointments, for oneself and for those for whom one acts.
    BookForOneself,
    /// Has a calendar: its hours, visit types, time off and profile, and who else works on it.
    KeepOwnCalendar,
    /// Works for the clinic: sees appointments in a calendar, books, moves and cancels them, answers requests, notes who
    /// came. In which calendars, [`Permission::WorkInEveryCalendar`] and the doctors say.
    WorkAtDesk,
    /// The same in the calendars of all doctors.
    WorkInEveryCalendar,
    /// Changes hours, visit types, time off and profile of every doctor.
    EditEveryCalendar,
    /// Learns of a patient's appointments with other doctors, which may be in the way.
    KnowOtherAppointments,
    /// Finds and reads the record of every patient.
    ReadEveryPatient,
    /// Changes the record of every patient.
    ChangePatients,
    /// Makes two records one, says that they are two, and reads how a record changed.
    MergePatients,
    /// Sends files along with an appointment.
    SendPapers,
    /// Joins the video call of an appointment.
    JoinCalls,
    /// Reads one's appointments in one's own calendar program.
    HaveCalendarFeed,
    /// Sees the clinic's day: its doctors, and what waits for a person.
    SeeOverview,
    /// Asks why patients do not see a time.
    ExplainTimes,
    /// Sees which messages wait and which failed, sends them again, and reads one, which is noted.
    ReadMessages,
    ReadStatistics,
    ReadAuditLog,
    /// Invites, approves, pauses and suspends people; says who acts for whom.
    ManagePeople,
    /// Changes specialties, locations, closures and settings.
    ManageClinic,
}

/// The matrix. A role that is not named may not.
const TABLE: &[(Permission, &[Role])] = &[
    (Permission::BookForOneself, &[Patient]),
    (Permission::KeepOwnCalendar, &[Doctor]),
    (Permission::WorkAtDesk, &[Doctor, Receptionist, Admin]),
    (Permission::WorkInEveryCalendar, &[Receptionist, Admin]),
    (Permission::EditEveryCalendar, &[Admin]),
    (Permission::KnowOtherAppointments, &[Patient, Receptionist, Admin]),
    (Permission::ReadEveryPatient, &[Receptionist, Admin]),
    (Permission::ChangePatients, &[Receptionist, Admin]),
    (Permission::MergePatients, &[Admin]),
    (Permission::SendPapers, &[Patient, Doctor]),
    (Permission::JoinCalls, &[Patient, Doctor]),
    (Permission::HaveCalendarFeed, &[Patient, Doctor]),
    (Permission::SeeOverview, &[Receptionist, Admin]),
    (Permission::ExplainTimes, &[Receptionist, Admin]),
    (Permission::ReadMessages, &[Admin]),
    (Permission::ReadStatistics, &[Admin]),
    (Permission::ReadAuditLog, &[Admin]),
    (Permission::ManagePeople, &[Admin]),
    (Permission::ManageClinic, &[Admin]),
];

impl Role {
    /// Whether this role may do this at all.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        TABLE.iter().any(|(known, roles)| *known == permission && roles.contains(&self))
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray;

    use super::*;

    const ROLES: [Role; 4] = [Patient, Doctor, Receptionist, Admin];

    /// The row of README.md.
    fn words(permission: Permission) -> &'static str {
        match permission {
            Permission::BookForOneself => "books for oneself and for people one acts for",
            Permission::KeepOwnCalendar => "keeps a calendar of one's own: hours, visit types, time off, profile",
            Permission::WorkAtDesk => "sees, books, moves and cancels appointments of patients, and answers requests",
            Permission::WorkInEveryCalendar => "the same in the calendars of all doctors",
            Permission::EditEveryCalendar => "changes hours, visit types, time off and profile of every doctor",
            Permission::KnowOtherAppointments => "learns of a patient's appointments with other doctors",
            Permission::ReadEveryPatient => "finds and reads the record of every patient",
            Permission::ChangePatients => "changes the record of every patient",
            Permission::MergePatients => "makes two records one, and reads how a record changed",
            Permission::SendPapers => "sends files along with an appointment",
            Permission::JoinCalls => "joins a video call",
            Permission::HaveCalendarFeed => "has a calendar feed",
            Permission::SeeOverview => "sees the clinic's day, and what waits",
            Permission::ExplainTimes => "asks why a time is missing",
            Permission::ReadMessages => "sees messages that wait or failed, and reads one, which is noted",
            Permission::ReadStatistics => "reads statistics",
            Permission::ReadAuditLog => "reads the audit log",
            Permission::ManagePeople => "invites, approves and suspends people",
            Permission::ManageClinic => "changes specialties, locations, closures and settings",
        }
    }

    #[test]
    fn every_permission_has_one_row() {
        let rows: Vec<Permission> = TABLE.iter().map(|(permission, _)| *permission).collect();
        assert_eq!(rows, Permission::VARIANTS);
        assert!(TABLE.iter().all(|(_, roles)| !roles.is_empty()));
    }

    #[test]
    fn the_readme_says_the_same() {
        let readme = include_str!("../../../README.md");
        let mark = |role: &Role, permission| if role.may(permission) { " yes |" } else { " |" };
        let row = |permission: &Permission| {
            let marks: String = ROLES.iter().map(|role| mark(role, *permission)).collect();
            format!("| {} |{marks}\n", words(*permission))
        };
        let table: String = Permission::VARIANTS.iter().map(row).collect();
        assert!(readme.contains(&table), "the table of roles in README.md should be\n{table}");
    }
}

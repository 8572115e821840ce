//! What a person of the directory may be here.

use crate::{accounts::Role, config::OidcSettings, error::DirectoryRefusal};

/// The roles that a person's groups allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowed {
    admin: bool,
    receptionist: bool,
    doctor: bool,
    /// Whether an account may be made.
    may_be_new: bool,
}

impl Allowed {
    pub fn by(settings: &OidcSettings, groups: &[String]) -> Self {
        let is_in = |named: &[String]| groups.iter().any(|group| named.contains(group));
        Allowed {
            admin: is_in(&settings.admin_groups),
            receptionist: is_in(&settings.receptionist_groups),
            doctor: is_in(&settings.doctor_groups),
            may_be_new: settings.create_accounts,
        }
    }

    /// Whether the groups let the person in at all.
    pub fn any(self) -> bool {
        self.admin || self.receptionist || self.doctor
    }

    /// The role of the account from now on. Staff are what their groups say; a doctor stays one, because nobody becomes a
    /// doctor, or stops being one, without a profile.
    pub fn role(self, now: Role) -> Result<Role, DirectoryRefusal> {
        match (now, self.staff()) {
            (Role::Patient, _) if self.any() => Err(DirectoryRefusal::PatientsAddress),
            (Role::Doctor, _) if self.doctor => Ok(Role::Doctor),
            (Role::Admin | Role::Receptionist, Some(role)) => Ok(role),
            _ => Err(DirectoryRefusal::NoGroup),
        }
    }

    /// The role of an account that is made.
    pub fn new_role(self) -> Result<Role, DirectoryRefusal> {
        if !self.any() {
            return Err(DirectoryRefusal::NoGroup);
        }
        self.staff().filter(|_| self.may_be_new).ok_or(DirectoryRefusal::NoAccount)
    }

    fn staff(self) -> Option<Role> {
        if self.admin {
            return Some(Role::Admin);
        }
        self.receptionist.then_some(Role::Receptionist)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(groups: &[&str], create_accounts: bool) -> Allowed {
        let settings = OidcSettings {
            admin_groups: vec!["it".into(), "heads".into()],
            receptionist_groups: vec!["desk".into()],
            doctor_groups: vec!["doctors".into()],
            create_accounts,
            ..OidcSettings::default()
        };
        Allowed::by(&settings, &groups.iter().map(|group| (*group).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn staff_are_what_their_groups_say_and_doctors_stay_doctors() {
        let no_group = Err(DirectoryRefusal::NoGroup);
        for (groups, now, role) in [
            (&["desk"] as &[&str], Role::Receptionist, Ok(Role::Receptionist)),
            (&["desk"], Role::Admin, Ok(Role::Receptionist)),
            (&["desk", "heads"], Role::Receptionist, Ok(Role::Admin)),
            (&["doctors"], Role::Doctor, Ok(Role::Doctor)),
            (&["doctors", "it"], Role::Doctor, Ok(Role::Doctor)),
            (&["it"], Role::Doctor, no_group),
            (&["doctors"], Role::Admin, no_group),
            (&["DESK", "des", "desk "], Role::Receptionist, no_group),
            (&[], Role::Admin, no_group),
            (&[], Role::Patient, no_group),
            (&["it"], Role::Patient, Err(DirectoryRefusal::PatientsAddress)),
        ] {
            assert_eq!(allowed(groups, true).role(now), role, "{groups:?} {now:?}");
        }
    }

    #[test]
    fn an_account_is_made_for_staff_alone_and_only_where_the_clinic_wants_it() {
        assert_eq!(allowed(&["it"], true).new_role(), Ok(Role::Admin));
        assert_eq!(allowed(&["desk"], true).new_role(), Ok(Role::Receptionist));
        assert_eq!(allowed(&["desk"], false).new_role(), Err(DirectoryRefusal::NoAccount));
        assert_eq!(allowed(&["doctors"], true).new_role(), Err(DirectoryRefusal::NoAccount));
        assert_eq!(allowed(&["other"], true).new_role(), Err(DirectoryRefusal::NoGroup));
    }
}

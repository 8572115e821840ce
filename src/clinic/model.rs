//! Who acts, and how a doctor stands with the clinic.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::accounts::Role;

/// Who may do something. A visitor has not signed in; the system is docslot itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ActorRole {
    Visitor,
    Patient,
    Doctor,
    Receptionist,
    Admin,
    System,
}

impl From<Role> for ActorRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Patient => ActorRole::Patient,
            Role::Doctor => ActorRole::Doctor,
            Role::Receptionist => ActorRole::Receptionist,
            Role::Admin => ActorRole::Admin,
        }
    }
}

/// How a doctor stands with the clinic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum DoctorStatus {
    Active,
    Paused,
    Leaving,
    Deactivated,
}

/// Whether staff let the doctor in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    Waiting,
    Approved,
    Rejected,
}

/// Who paused a doctor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum PausedBy {
    Doctor,
    Admin,
}

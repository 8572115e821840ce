//! Invitations: as staff see them, and as the invited person does.

use serde::{Deserialize, Serialize};

use crate::{
    accounts::Role,
    ids::{InvitationId, PersonId},
    time::Timestamp,
};

/// Days for which an invitation is good, unless staff say otherwise.
pub const USUAL_DAYS: u32 = 7;
/// Days for which an invitation is good, at most.
pub const MAX_DAYS: u32 = 30;

/// The state of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    Waiting,
    Used,
    Expired,
    Revoked,
}

/// One invitation, for the clinic's staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub id: InvitationId,
    pub email: String,
    pub role: Role,
    /// A doctor's specialty and location, as in "Cardiology, Riverside"; empty for staff.
    pub work: String,
    pub invited_by: String,
    /// When the link in force was made, in clinic time.
    pub sent: String,
    /// Until when it is good, in clinic time.
    pub expires: String,
    pub sent_at: Timestamp,
    pub expires_at: Timestamp,
    pub state: InvitationState,
    /// The person who joined with it.
    pub used_by: Option<(PersonId, String)>,
}

/// One page of invitations, and what a new one can name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationList {
    /// The newest first.
    pub invitations: Vec<Invitation>,
    /// Invitations on all pages.
    pub all: u32,
    /// From 1.
    pub page: u32,
    pub pages: u32,
    /// Ids and names, by name.
    pub specialties: Vec<(String, String)>,
    /// Ids and names, by name.
    pub locations: Vec<(String, String)>,
}

/// What the page of a usable invitation link shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Invited {
    /// No account is signed in: the form can be filled in.
    Welcome {
        invited_by: String,
        clinic: String,
        role: Role,
        /// Until when the invitation is good, in clinic time.
        expires: String,
    },
    /// Another account is signed in.
    OtherAccount { name: String, email: String },
    /// The person signed in has joined with this very invitation.
    Joined { role: Role },
}

/// What the page tells a doctor whom patients cannot find yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnApproval {
    Waiting,
    /// With the reason that staff gave.
    Rejected(String),
    Approved,
}

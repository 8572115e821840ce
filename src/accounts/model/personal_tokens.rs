//! Personal tokens, as their owner sees them.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

use super::{Permission, Role};
use crate::ids::TokenId;

/// What a personal token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Scope {
    /// Look at what its owner sees.
    Read,
    /// Book, move and cancel the owner's appointments.
    Book,
    /// Work on the owner's calendar, or on the clinic.
    Manage,
}

impl Scope {
    /// What a program needs to change something for a person of this role.
    #[must_use]
    pub fn to_change(role: Role) -> Self {
        if role.may(Permission::WorkAtDesk) { Scope::Manage } else { Scope::Book }
    }
}

/// Characters of a token's name.
pub const MAX_TOKEN_NAME: u32 = 60;
/// Tokens that one person may have at a time.
pub const MAX_TOKENS: u32 = 20;
/// Days after which a token that ends has ended.
pub const MAX_TOKEN_DAYS: u32 = 366;

/// A token of one's own. The moments are in words, on the clinic's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalToken {
    pub id: TokenId,
    /// What its owner calls it.
    pub name: String,
    /// Whether it may change something, or only read.
    pub changes: bool,
    pub made: String,
    /// None: never.
    pub used: Option<String>,
    /// None: it does not end by itself.
    pub ends: Option<String>,
    /// Whether it has ended.
    pub over: bool,
}

/// The tokens of the signed-in person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenList {
    pub role: Role,
    /// The newest first.
    pub tokens: Vec<PersonalToken>,
}

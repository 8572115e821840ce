//! Acting for others: a parent for a child, a carer for an adult who lets them.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

use crate::ids::{GrantId, PersonId};

/// People for whom one account may act, those included whose answer is awaited.
pub const MAX_PERSONS: u32 = 15;
/// Years of age under which a person is added by a parent, without being asked.
pub const ADULT_AGE: i16 = 18;
/// Years of age from which a person may have an account of their own.
pub const OWN_ACCOUNT_AGE: i16 = 16;
/// Characters of the reason for which staff let one account act for a person.
pub const MAX_REASON: u32 = 300;

/// Why one person acts for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum CareKind {
    Parent,
    Carer,
}

/// What an account may do for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum CareScope {
    /// See their appointments.
    See,
    /// Also book, move and cancel them, and get the messages about them.
    Book,
}

impl CareScope {
    /// Whether it includes the other.
    #[must_use]
    pub fn includes(self, other: CareScope) -> bool {
        self == CareScope::Book || other == CareScope::See
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            CareScope::See => "See appointments",
            CareScope::Book => "See, book, move and cancel appointments",
        }
    }
}

/// A person for whom an account may act, or its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct ActedFor {
    pub id: PersonId,
    pub name: String,
    pub scope: CareScope,
    /// Whether it is the owner of the account.
    pub own: bool,
}

/// A grant, or one that waits for an answer, as one of the two sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub id: GrantId,
    /// Who is acted for, when that is known.
    pub person: Option<PersonId>,
    /// The other one: the name, or before an answer the address that was typed.
    pub name: String,
    pub kind: CareKind,
    pub scope: CareScope,
    /// The last day in words; none for one without an end.
    pub until: Option<String>,
    /// The birth date of a child in words.
    pub born: Option<String>,
    /// Whether the other one has not answered.
    pub waits: bool,
    /// Whether the person acted for may get an account of their own, and has none.
    pub may_have_account: bool,
    /// Why staff granted it; empty where they did not.
    pub reason: String,
    /// For a child: who asks the reader to act for it.
    pub asked_by: Option<String>,
    /// Whether the reader may ask the other parent of this child.
    pub may_invite: bool,
    /// For a child: the others who act for it, or were asked to, because the reader asked them.
    pub others: Vec<Grant>,
}

/// The people whom an account acts for, and who acts for its owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Care {
    /// Whom the account acts for.
    pub persons: Vec<Grant>,
    /// Who acts for its owner.
    pub carers: Vec<Grant>,
    /// People who want the account's owner to act for them.
    pub asks_to_be_carer: Vec<Grant>,
    /// Accounts that want to act for the owner.
    pub asks_to_act: Vec<Grant>,
    /// Whether an unconfirmed address keeps what waits for an answer from being shown.
    pub unconfirmed: bool,
}

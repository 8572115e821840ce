//! Whom an account books for: its owner, or a person for whom it acts.

use serde::{Deserialize, Serialize};

use super::HoldView;
use crate::{accounts::model::care::ActedFor, ids::PersonId};

/// Whom a held time is for, to be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldPersons {
    pub hold: Box<HoldView>,
    /// Everybody for whom the account may book, its owner first.
    pub persons: Vec<ActedFor>,
}

/// Whom an account books for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whom {
    /// Everybody among whom there is a choice, the owner of the account first.
    pub persons: Vec<ActedFor>,
    /// Who was chosen.
    pub person: Option<PersonId>,
}

impl Whom {
    /// Whether it is asked first, because there is a choice and none was made.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.person.is_none() && !self.persons.is_empty()
    }

    /// Who was chosen, where there was a choice.
    #[must_use]
    pub fn chosen(&self) -> Option<&ActedFor> {
        self.persons.iter().find(|one| Some(one.id) == self.person)
    }
}

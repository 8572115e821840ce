//! The soonest free time of any doctor of a specialty.

use serde::{Deserialize, Serialize};

use super::Whom;

/// The page before the soonest time is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoonestPage {
    /// "General practice"
    pub specialty: String,
    /// The location's name; empty for every location.
    pub location: String,
    /// The soonest free time at the moment, "Tuesday 6 January, 9am"; none when there is no free time.
    pub when: Option<String>,
    /// Whom the account books for.
    pub whom: Whom,
}

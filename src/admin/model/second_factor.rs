//! The clinic's rule about the second factor of doctors and staff.

use serde::{Deserialize, Serialize};

/// The rule, as its form shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleView {
    /// Whether doctors and staff need a second factor.
    pub is_needed: bool,
    /// Days that they have to set one up.
    pub days: i32,
}

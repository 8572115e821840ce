//! What the page shows that asks for the password again.

use serde::{Deserialize, Serialize};

/// For the signed-in person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordPage {
    /// Their own address, by which password managers find the password.
    pub email: String,
    /// The form that waits, sealed; empty when there is none.
    pub held: String,
    /// Whether the password was given a moment ago, so that there is nothing to ask.
    pub is_recent: bool,
    /// What the button says that leads to the clinic's directory, for those who sign in by it.
    pub directory: Option<String>,
    /// Whether there is a password to type.
    pub has_password: bool,
}

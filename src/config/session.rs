//! How long people stay signed in.

use serde::{Deserialize, Serialize};

/// Sessions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionSettings {
    /// Minutes for which an access token is good.
    pub access_minutes: u32,
    /// Days after which a session ends, however much it is used.
    pub days: u32,
    /// Days without use after which a patient's session ends.
    pub idle_days: u32,
    /// Minutes without use after which the session of a doctor or member of staff ends.
    pub staff_idle_minutes: u32,
    /// Hours after which such a session ends, however much it is used.
    pub staff_hours: u32,
}

impl Default for SessionSettings {
    fn default() -> Self {
        // ASVS 5.0, 7.3: a stretch without use that a visit of a patient does not fill, and a working day
        SessionSettings { access_minutes: 10, days: 30, idle_days: 30, staff_idle_minutes: 30, staff_hours: 12 }
    }
}

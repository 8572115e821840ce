//! The sessions of one account, as its page shows them.

use serde::{Deserialize, Serialize};

use crate::ids::SessionId;

/// Those that go on, the one that asks first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionList {
    pub sessions: Vec<SessionItem>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionItem {
    pub id: SessionId,
    /// Whether it is the one that asks.
    pub is_current: bool,
    /// "Firefox on Windows".
    pub device: String,
    /// Whether it was last used in the network from which the page is asked for.
    pub is_same_network: bool,
    /// When it began, in words.
    pub began: String,
    /// When it was last used, in words, within some minutes.
    pub seen: String,
}

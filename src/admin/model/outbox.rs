//! Messages to patients, as staff see them: never their text, never an address.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::notifications::model::{State, Trouble};

/// Messages on one page.
pub const PER_PAGE: u32 = 50;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    pub id: Uuid,
    /// "Visit booked"
    pub what: String,
    /// The name of whoever it is for.
    pub person: String,
    /// When it was written, in clinic time: "Tuesday 6 January, 9am".
    pub written: String,
    pub state: State,
    pub attempts: i32,
    /// What went wrong the last time.
    pub trouble: Option<Trouble>,
}

/// One page of the outbox, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Messages {
    /// Whether a way to send is set up.
    pub sends: bool,
    /// The state that is shown alone.
    pub only: Option<State>,
    /// How many messages there are in each state.
    pub counts: Vec<(State, i64)>,
    /// How long the oldest message that is due has been waiting: "3 hours".
    pub oldest: Option<String>,
    pub rows: Vec<OutboxRow>,
    /// From 1.
    pub page: u32,
    pub pages: u32,
}

impl Messages {
    /// How many messages are in this state.
    #[must_use]
    pub fn count(&self, state: State) -> i64 {
        self.counts.iter().find(|(each, _)| *each == state).map_or(0, |(_, count)| *count)
    }
}

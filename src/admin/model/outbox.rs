//! Outgoing messages as staff see them: without addresses. The content is shown only to the person who asked for it,
//! and asking is logged.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::notifications::model::{DeliveryError, Kind, State};

/// Messages on one page.
pub const PER_PAGE: u32 = 50;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    pub id: Uuid,
    /// "Appointment booked"
    pub what: String,
    /// The recipient's name.
    pub person: String,
    /// When it was written, in clinic time: "Tuesday 6 January, 9am".
    pub written: String,
    pub state: State,
    pub attempts: i32,
    /// What went wrong the last time.
    pub delivery_error: Option<DeliveryError>,
}

/// One page of the outbox, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Messages {
    /// Whether a way to send is set up.
    pub sends: bool,
    /// The state that is shown alone.
    pub only: Option<State>,
    /// The kind that is shown alone.
    pub kind: Option<Kind>,
    /// How many messages of that kind, or of all, there are in each state.
    pub counts: Vec<(State, i64)>,
    /// How long the oldest message that is due has been waiting: "3 hours".
    pub oldest: Option<String>,
    pub rows: Vec<OutboxRow>,
    /// From 1.
    pub page: u32,
    pub pages: u32,
}

/// One message, with its content for the person who asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagePage {
    pub row: OutboxRow,
    /// When it is or was due, in clinic time.
    pub due: String,
    /// Nothing until it is asked for.
    pub says: Option<Says>,
}

/// What a message says, if it were sent now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Says {
    /// Nothing of it is true any more.
    Nothing,
    /// It cannot be put together.
    Unreadable,
    Words {
        subject: String,
        /// The text part.
        plain: String,
        /// The HTML part as it is sent.
        html: String,
    },
}

impl Messages {
    /// How many messages are in this state.
    #[must_use]
    pub fn count(&self, state: State) -> i64 {
        self.counts.iter().find(|(each, _)| *each == state).map_or(0, |(_, count)| *count)
    }
}

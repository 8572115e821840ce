//! The demo's mailbox: messages that were written into a folder instead of being sent.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Messages on one page.
pub const PER_PAGE: u32 = 20;

/// A message in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxRow {
    pub id: Uuid,
    pub subject: String,
    /// The recipient's address.
    pub to: String,
    /// When it was sent, in clinic time: "Tuesday 6 January, 9am".
    pub sent: String,
}

/// One page of the mailbox, the newest message first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    pub rows: Vec<MailboxRow>,
    /// From 1.
    pub page: u32,
    pub pages: u32,
}

/// One message, as a mail program has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxMessage {
    pub id: Uuid,
    pub subject: String,
    pub from: String,
    pub to: String,
    pub sent: String,
    /// Names of the files.
    pub files: Vec<String>,
    /// Every header, in the order of the file.
    pub headers: Vec<(String, String)>,
    /// The text part.
    pub text: String,
}

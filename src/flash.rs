//! What a form that failed says on the next page, when the browser runs no script.
//!
//! The server keeps the error and the typed values in an encrypted cookie for one minute and sends the browser back to
//! the page of the form. That page asks for its flash by the name of its action and shows the error next to the fields.

use std::sync::Arc;

use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};

use crate::{error::AppError, time::Timestamp};

/// The field in which every form names its own page, as path and query: where the browser goes back to. A proxy between
/// changes what other headers say of it.
pub const PAGE_FIELD: &str = "form_page";

/// The endpoint of the form that asks for the password again. Its flash carries another form, which waits.
pub const PASSWORD_AGAIN: &str = "account/again";

/// A failed form: which action, why, and what was typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flash {
    /// The endpoint of the server function, such as `register` or `booking/cancel`.
    pub action: String,
    pub error: AppError,
    /// Names and values as they were typed. Passwords are never among them.
    pub values: Vec<(String, String)>,
}

/// What a successful form says once, on the next page, such as a secret link: no address, log or table may hold it. It
/// travels as a flash does, in a cookie of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// The endpoint of the server function.
    pub action: String,
    pub values: Vec<(String, String)>,
    /// After this moment it is not shown, even if the cookie was kept.
    pub until: Timestamp,
}

/// A note that waits for its page. Only the server provides one.
#[derive(Clone)]
pub struct PendingNote {
    pub note: Note,
    /// Called when a page takes the note: the cookie ends.
    pub on_taken: Arc<dyn Fn() + Send + Sync>,
}

impl Note {
    /// The note of this action, if the page answers a form of it. In the browser there is none.
    #[must_use]
    pub fn for_action(action: &str) -> Option<Note> {
        let pending = use_context::<PendingNote>()?;
        if pending.note.action != action {
            return None;
        }
        (pending.on_taken)();
        Some(pending.note)
    }

    /// The value with this name, or nothing.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// A flash that waits for its page. Only the server provides one.
#[derive(Clone)]
pub struct PendingFlash {
    pub flash: Flash,
    /// Called when a page takes the flash: the answer gets the status of the error, and the cookie ends.
    pub on_taken: Arc<dyn Fn(&Flash) + Send + Sync>,
}

impl Flash {
    /// The flash of this action, if the page answers a failed form of it. In the browser there is none.
    #[must_use]
    pub fn for_action(action: &str) -> Option<Flash> {
        let pending = use_context::<PendingFlash>()?;
        if pending.flash.action != action {
            return None;
        }
        (pending.on_taken)(&pending.flash);
        Some(pending.flash)
    }

    /// What was typed into `field`, or nothing.
    #[must_use]
    pub fn value(&self, field: &str) -> &str {
        self.values.iter().find(|(name, _)| name == field).map_or("", |(_, value)| value)
    }
}

//! The data of the frame around every page.

use leptos::prelude::use_context;

pub use crate::accounts::model::tel_href;
use crate::{accounts::SignedInUser, ui::Theme};

/// Facts shown on every page. The server reads them before it makes the page, so that no part of the frame waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The signed-in account. An account that cannot be read counts as signed out.
    pub signed_in_user: Option<SignedInUser>,
    pub clinic: Clinic,
    /// The colours this browser asked for.
    pub theme: Theme,
    /// Whether messages only go into a folder, where staff can read them.
    pub has_mailbox: bool,
}

/// How the clinic is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clinic {
    pub name: String,
    pub phone: String,
    /// The number to call in an emergency.
    pub emergency_line: String,
    /// Whether it sends messages. Where it does not, people have to call.
    pub sends_mail: bool,
}

/// The facts on every page. Empty where there is no page, as while the server looks for the pages' addresses.
#[must_use]
pub fn use_frame() -> Frame {
    use_context().unwrap_or_default()
}

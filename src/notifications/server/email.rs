//! The recipient and content of a message before it is put together, and what its writer needs to know.

use super::{
    calendar::Method,
    layout::{Words, one_line},
    outbox::Claimed,
    texts::Sender,
};
use crate::{clinic::server::ClinicSettings, config::Settings, time::Timestamp};

/// Everything that a message says.
pub(super) struct Email {
    /// The address, as stored.
    pub to: String,
    pub words: Words,
    /// One calendar file per appointment.
    pub files: Vec<(Method, String)>,
    /// The address at which one click switches messages of this kind off (RFC 8058).
    pub unsubscribe: Option<String>,
    /// A part of the words that is for their recipient alone: staff who read the message see dots instead.
    pub secret: Option<String>,
}

impl Email {
    /// One without files, which no preference can switch off.
    pub fn plain(to: String, words: Words) -> Email {
        Email { to, words, files: Vec::new(), unsubscribe: None, secret: None }
    }
}

/// What every writer needs to know.
pub(super) struct RenderContext<'a> {
    pub settings: &'a Settings,
    pub clinic: &'a ClinicSettings,
    /// The public address of the website, without a trailing slash.
    pub site: &'a str,
    pub claimed: &'a Claimed,
    pub now: Timestamp,
}

impl RenderContext<'_> {
    /// The sender of messages: the clinic's name and telephone number, and the address of the website.
    pub fn sender(&self) -> Sender<'_> {
        Sender { clinic: &self.clinic.name, phone: &self.clinic.phone, site: self.site }
    }
}

/// The clinic's name, on one line.
pub(super) fn clinic(render: &RenderContext<'_>) -> String {
    one_line(&render.clinic.name)
}

/// The address of a page of the website, with the token of a link or what else stands behind `start`.
pub(super) fn page(render: &RenderContext<'_>, start: &str, token: &str) -> String {
    [render.site, start, token].concat()
}

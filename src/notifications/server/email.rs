//! The recipient and content of a message before it is put together: every kind finds its writer here.

use super::{
    account_mail, appointment_mail,
    calendar::Method,
    daily_agenda,
    layout::Words,
    message_context::{self, ComposeError},
    outbox::Claimed,
    texts::Sender,
};
use crate::{clinic::server::ClinicSettings, config::Settings, db::Conn, notifications::model::Kind, time::Timestamp};

/// Everything that a message says.
pub(super) struct Email {
    /// The address, as stored.
    pub to: String,
    pub words: Words,
    /// One calendar file per appointment.
    pub files: Vec<(Method, String)>,
    /// The address at which one click switches messages of this kind off (RFC 8058).
    pub unsubscribe: Option<String>,
}

impl Email {
    /// One without files, which no preference can switch off.
    pub fn plain(to: String, words: Words) -> Email {
        Email { to, words, files: Vec::new(), unsubscribe: None }
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

/// The content of the message now; none when nothing of it is true any more, or it has no recipient.
pub(super) async fn write(conn: &mut Conn<'_>, render: &RenderContext<'_>) -> Result<Option<Email>, ComposeError> {
    let kind = render.claimed.kind.parse::<Kind>().map_err(|_| ComposeError::Broken("unknown kind"))?;
    let email = match kind {
        Kind::AppointmentBooked
        | Kind::AppointmentAdded
        | Kind::RequestReceived
        | Kind::RequestAccepted
        | Kind::RequestDeclined
        | Kind::RequestExpired
        | Kind::AppointmentsMoved
        | Kind::AppointmentsCancelled
        | Kind::AppointmentsChanged
        | Kind::Reminder => appointment_mail::email(conn, render).await?,
        Kind::VerifyAddress
        | Kind::ResetPassword
        | Kind::PasswordChanged
        | Kind::AddressChanging
        | Kind::Invitation => account_mail::email(conn, kind, render).await?,
        Kind::DailyAgenda => daily_agenda::email(conn, render).await?,
    };
    Ok(email.filter(|email| !email.to.ends_with(message_context::NOWHERE)))
}

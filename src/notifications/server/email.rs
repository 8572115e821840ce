//! What a message says and to whom, before it becomes one: every kind finds its writer here.

use super::{
    accounts,
    calendar::Method,
    day,
    layout::Words,
    news::{self, Unreadable},
    outbox::Claimed,
    texts::Sender,
    visits,
};
use crate::{
    admin::server::settings::ClinicNow, db::Conn, notifications::model::Kind, server::settings::Settings, time::Instant,
};

/// Everything that a message says.
pub(super) struct Letter {
    /// The address, as stored.
    pub to: String,
    pub words: Words,
    /// One calendar file per visit.
    pub files: Vec<(Method, String)>,
    /// The address at which one click switches messages of this kind off (RFC 8058).
    pub unsubscribe: Option<String>,
}

impl Letter {
    /// One without files, about which nobody has a say.
    pub fn plain(to: String, words: Words) -> Letter {
        Letter { to, words, files: Vec::new(), unsubscribe: None }
    }
}

/// What every writer needs to know.
pub(super) struct Writing<'a> {
    pub settings: &'a Settings,
    pub clinic: &'a ClinicNow,
    /// Where people reach the site, without a trailing slash.
    pub site: &'a str,
    pub claimed: &'a Claimed,
    pub now: Instant,
}

impl Writing<'_> {
    /// Who sends, and where people answer.
    pub fn sender(&self) -> Sender<'_> {
        Sender { clinic: &self.clinic.name, phone: &self.clinic.phone, site: self.site }
    }
}

/// What the message has to say now; nothing when nothing of it is true any more, or nobody can be told.
pub(super) async fn write(conn: &mut Conn<'_>, writing: &Writing<'_>) -> Result<Option<Letter>, Unreadable> {
    let kind = Kind::of_code(&writing.claimed.kind).ok_or(Unreadable::Broken("unknown kind"))?;
    let letter = match kind {
        Kind::VisitBooked
        | Kind::VisitAdded
        | Kind::RequestReceived
        | Kind::RequestAccepted
        | Kind::RequestDeclined
        | Kind::RequestExpired
        | Kind::VisitsMoved
        | Kind::VisitsCancelled
        | Kind::VisitsChanged
        | Kind::Reminder => visits::letter(conn, writing).await?,
        Kind::VerifyAddress
        | Kind::ResetPassword
        | Kind::PasswordChanged
        | Kind::AddressChanging
        | Kind::Invitation => accounts::letter(conn, kind, writing).await?,
        Kind::DailyAgenda => day::letter(conn, writing).await?,
    };
    Ok(letter.filter(|letter| !letter.to.ends_with(news::NOWHERE)))
}

//! The sender of messages, and the addresses of those who get them.

use lettre::{Address, message::Mailbox};

use super::layout::one_line;
use crate::{config::Settings, db::Error, text::server::email::EmailAddress};

/// The sender of messages: the setting, or the clinic with an unread address at the public host.
///
/// # Errors
/// Never, unless not even `localhost` makes an address.
pub fn sender(settings: &Settings, clinic: &str) -> Result<Mailbox, Error> {
    if let Ok(mailbox) = settings.mail.from.parse() {
        return Ok(mailbox);
    }
    let address = writable(&format!("no-reply@{}", settings.public_host())).or_else(|| writable("no-reply@localhost"));
    let name = Some(one_line(clinic)).filter(|name| !name.is_empty());
    Ok(Mailbox::new(name, address.ok_or(Error::Corrupt("sender"))?))
}

/// The address of a person as mail servers take it: what a form accepts, and nothing else.
pub(super) fn address(text: &str) -> Option<Address> {
    EmailAddress::read(text).ok().map(|address| address.sent().clone())
}

/// The sender's address, if a header can hold it: one whose host is a number is refused, and one without a dot is fine.
fn writable(text: &str) -> Option<Address> {
    let address: Address = text.parse().ok()?;
    let header: Mailbox = text.parse().ok()?;
    (header.email == address && header.name.is_none()).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_is_the_setting_or_the_clinic_at_the_public_host() {
        let mut settings = Settings::default();
        let shown = |settings: &Settings| sender(settings, "Praxis \"Süd\"\r\nBcc: x").unwrap();
        assert_eq!(shown(&settings).email.to_string(), "no-reply@localhost");
        settings.server.public_url = "https://clinic.example".into();
        assert_eq!(shown(&settings).email.to_string(), "no-reply@clinic.example");
        assert_eq!(shown(&settings).name.as_deref(), Some("Praxis \"Süd\", Bcc: x"));
        settings.mail.from = "Appointments <appointments@clinic.example>".into();
        assert_eq!(shown(&settings).to_string(), "Appointments <appointments@clinic.example>");
    }

    #[test]
    fn what_no_header_can_hold_is_no_address() {
        for (kept, sent) in [
            ("ana@example.org", "ana@example.org"),
            ("ana@exämple.org", "ana@xn--exmple-cua.org"),
            ("try..this.0511@docomo.ne.jp", "\"try..this.0511\"@docomo.ne.jp"),
        ] {
            assert_eq!(address(kept).map(|address| address.to_string()).as_deref(), Some(sent));
        }
        for bad in [
            "",
            "ana",
            "ana@[127.0.0.1]",
            "Ana <ana@example.org>",
            "ana@example.org\r\nBcc: x@y.z",
            "a@b, c@d",
            "a\u{0}@b.c",
        ] {
            assert_eq!(address(bad), None, "{bad:?}");
        }
    }
}

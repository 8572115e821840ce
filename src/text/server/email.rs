//! E-mail addresses: one rule for what is accepted, what is compared, and what is sent to.
//!
//! A domain in letters of any script is kept as it reads, and sent in the letters that mail servers take ("xn--").
//! Japanese telephone companies once gave out addresses with two dots in a row, or one before the `@`; they exist, and
//! mail reaches them with the first part in quotation marks.

use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};
use lettre::Address;

use crate::{
    error::FieldCode,
    text::{line, plain_sign},
};

/// Bytes of an e-mail address (RFC 5321).
pub const MAX_EMAIL: u32 = 254;
/// Bytes of the part before the `@`, with the quotation marks that it may need (RFC 5321).
const MAX_NAME: usize = 64;

/// An address to which mail can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress {
    kept: String,
    sent: Address,
}

impl EmailAddress {
    /// Reads a typed address.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(typed: &str) -> Result<Self, FieldCode> {
        let typed = plain(typed);
        if typed.is_empty() {
            return Err(FieldCode::Missing);
        }
        if typed.len() > MAX_EMAIL as usize {
            return Err(FieldCode::TooLong(MAX_EMAIL));
        }
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>' | '(' | ')');
        let (name, domain) = typed.rsplit_once('@').ok_or(FieldCode::NotAnEmail)?;
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
        if name.is_empty() || domain.is_empty() || typed.contains(odd) || name.contains(['@', '"']) {
            return Err(FieldCode::NotAnEmail);
        }
        let (ascii, shown) = read_domain(domain)?;
        let name = without_joiners(name);
        let sent = Address::new(written(&name)?, &ascii).map_err(|_| FieldCode::EmailNameWrong)?;
        if AsRef::<str>::as_ref(&sent).len() > MAX_EMAIL as usize {
            return Err(FieldCode::TooLong(MAX_EMAIL));
        }
        Ok(EmailAddress { kept: [&name, "@", &shown].concat(), sent })
    }

    /// As it is shown and compared: in small letters, the domain in letters of its own script. Two addresses are the
    /// same exactly when these are.
    #[must_use]
    pub fn kept(&self) -> &str {
        &self.kept
    }

    /// As mail servers take it.
    #[must_use]
    pub fn sent(&self) -> &Address {
        &self.sent
    }
}

/// What is wrong with a typed address, if anything.
#[must_use]
pub fn check_email(typed: &str) -> Option<FieldCode> {
    EmailAddress::read(typed).err()
}

/// What the account of this address is found by; also for what is no address, which no account has.
#[must_use]
pub fn kept_email(typed: &str) -> String {
    EmailAddress::read(typed).map_or_else(|_| plain(typed), |address| address.kept)
}

/// In one line and in small letters, with the wide signs of some keyboards as plain ones.
fn plain(typed: &str) -> String {
    let wide = |c: char| if matches!(c, '\u{FF01}'..='\u{FF5E}') { plain_sign(c) } else { c };
    line(&typed.chars().map(wide).collect::<String>().to_lowercase())
}

/// Without the joiners and selectors that other texts may have.
fn without_joiners(name: &str) -> String {
    let seen = |c: &char| !matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}');
    line(&name.chars().filter(seen).collect::<String>())
}

/// The part before the `@` as mail servers take it: in quotation marks when dots stand where they otherwise may not.
fn written(name: &str) -> Result<String, FieldCode> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let odd_dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
    let written = if odd_dots { ["\"", name, "\""].concat() } else { name.to_owned() };
    if name.chars().all(allowed) && written.len() <= MAX_NAME { Ok(written) } else { Err(FieldCode::EmailNameWrong) }
}

/// A domain in the letters of mail servers, and in those of its own script.
fn read_domain(domain: &str) -> Result<(String, String), FieldCode> {
    if domain.starts_with('[') {
        return Err(FieldCode::EmailDomainNumber);
    }
    let uts46 = Uts46::new();
    let ascii = uts46.to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify);
    let ascii = ascii.map_err(|_| FieldCode::EmailDomainWrong)?;
    match ascii.rsplit_once('.') {
        None => return Err(FieldCode::EmailDomainShort),
        Some((_, last)) if last.bytes().all(|byte| byte.is_ascii_digit()) => return Err(FieldCode::EmailDomainNumber),
        Some(_) => {}
    }
    let (shown, _) = uts46.to_unicode(ascii.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast);
    // letters that would not survive being typed again are shown as mail servers take them
    let shown = if plain(&shown) == shown { shown.into_owned() } else { ascii.to_string() };
    Ok((ascii.into_owned(), shown))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_accepted_is_kept_and_sent_in_one_form() {
        for (typed, kept, sent) in [
            ("a@b.co", "a@b.co", "a@b.co"),
            (" Ana.Maria+X@Clinic.Example ", "ana.maria+x@clinic.example", "ana.maria+x@clinic.example"),
            ("\u{200B}ana@example.org", "ana@example.org", "ana@example.org"),
            ("\u{202A}ana@example.org\u{202C}", "ana@example.org", "ana@example.org"),
            ("ana\u{AD}@example.org\u{FEFF}", "ana@example.org", "ana@example.org"),
            ("ａｎａ＠ｅｘａｍｐｌｅ．ｏｒｇ", "ana@example.org", "ana@example.org"),
            ("o'neill@exämple.org", "o'neill@exämple.org", "o'neill@xn--exmple-cua.org"),
            ("ana@EXÄMPLE.org", "ana@exämple.org", "ana@xn--exmple-cua.org"),
            // the accent typed after its letter
            ("ana@exa\u{308}mple.org", "ana@exämple.org", "ana@xn--exmple-cua.org"),
            ("ana@xn--exmple-cua.org", "ana@exämple.org", "ana@xn--exmple-cua.org"),
            ("ana@例え。テスト", "ana@例え.テスト", "ana@xn--r8jz45g.xn--zckzah"),
            ("try..this.0511@docomo.ne.jp", "try..this.0511@docomo.ne.jp", "\"try..this.0511\"@docomo.ne.jp"),
            ("ana.@docomo.ne.jp", "ana.@docomo.ne.jp", "\"ana.\"@docomo.ne.jp"),
            (".ana@ezweb.ne.jp", ".ana@ezweb.ne.jp", "\".ana\"@ezweb.ne.jp"),
            ("\"try..this\"@docomo.ne.jp", "try..this@docomo.ne.jp", "\"try..this\"@docomo.ne.jp"),
            ("ana@r3---sn.example.org", "ana@r3---sn.example.org", "ana@r3---sn.example.org"),
            ("ana@1.2.example.org", "ana@1.2.example.org", "ana@1.2.example.org"),
            // a mail server has to take names in all scripts for this one; the SMTP connection asks it
            ("josé@example.org", "josé@example.org", "josé@example.org"),
        ] {
            let address = EmailAddress::read(typed).unwrap_or_else(|code| panic!("{typed:?}: {code:?}"));
            assert_eq!((address.kept(), address.sent().to_string().as_str()), (kept, sent), "{typed:?}");
            assert_eq!(EmailAddress::read(kept).as_ref(), Ok(&address), "{typed:?}");
        }
    }

    #[test]
    fn what_no_mail_reaches_is_refused_with_its_reason() {
        let long_name = format!("{}@b.co", "a".repeat(65));
        for (typed, code) in [
            ("", FieldCode::Missing),
            (" \u{200B}", FieldCode::Missing),
            ("a", FieldCode::NotAnEmail),
            ("@b.co", FieldCode::NotAnEmail),
            ("a@", FieldCode::NotAnEmail),
            ("a@@b.co", FieldCode::NotAnEmail),
            ("a b@c.de", FieldCode::NotAnEmail),
            ("a@b.co,c@d.eu", FieldCode::NotAnEmail),
            ("Ana <a@b.co>", FieldCode::NotAnEmail),
            ("a@b.co\r\nBcc:x@y.z", FieldCode::NotAnEmail),
            ("\"a b\"@c.de", FieldCode::NotAnEmail),
            ("a@b", FieldCode::EmailDomainShort),
            ("no-mail-1@invalid", FieldCode::EmailDomainShort),
            ("ana@1.2.3.4", FieldCode::EmailDomainNumber),
            ("ana@[1.2.3.4]", FieldCode::EmailDomainNumber),
            ("ana@example.123", FieldCode::EmailDomainNumber),
            ("a@.co", FieldCode::EmailDomainWrong),
            ("a@b.", FieldCode::EmailDomainWrong),
            ("ana@-x.org", FieldCode::EmailDomainWrong),
            ("ana@x-.org", FieldCode::EmailDomainWrong),
            ("ana@x_y.org", FieldCode::EmailDomainWrong),
            ("ana@xn--a.org", FieldCode::EmailDomainWrong),
            ("a\\b@c.de", FieldCode::EmailNameWrong),
            (long_name.as_str(), FieldCode::EmailNameWrong),
        ] {
            assert_eq!(EmailAddress::read(typed).err(), Some(code), "{typed:?}");
        }
        assert_eq!(check_email(&format!("{}@b.co", "a".repeat(250))), Some(FieldCode::TooLong(MAX_EMAIL)));
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_accepted_again_and_never_changes(typed in "\\PC{0,12}@\\PC{1,12}\\.\\PC{1,6}") {
            if let Ok(address) = EmailAddress::read(&typed) {
                prop_assert_eq!(EmailAddress::read(address.kept()), Ok(address.clone()));
                let sent: String = address.sent().to_string();
                prop_assert_eq!(EmailAddress::read(&sent), Ok(address.clone()));
                prop_assert!(address.sent().domain().is_ascii());
            }
            prop_assert_eq!(kept_email(&kept_email(&typed)), kept_email(&typed));
        }
    }
}

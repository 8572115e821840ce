//! The kinds of account and the limits of their fields. Shared by pages and server.

pub mod care;
mod permissions;
pub mod personal_tokens;
mod phone;
pub mod recent_sign_in;
pub mod record;
pub mod second_factor;
pub mod sessions;

pub use permissions::Permission;
pub use phone::{check_phone, kept_phone, phone_digits, tel_href};

use serde::{Deserialize, Serialize};

use crate::{
    error::FieldCode,
    text::{check_line, composed, longer_than},
};

/// The kind of an account. What it may do says [`Permission`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Patient,
    Doctor,
    /// Clinic staff who work at the desk, for all doctors.
    Receptionist,
    /// Clinic staff who run the clinic.
    Admin,
}

impl Role {
    /// The page on which a person of this role begins: where signing in leads, unless it began on another page.
    #[must_use]
    pub fn start_page(self) -> &'static str {
        match self {
            Role::Patient => "/",
            Role::Doctor => "/doctor",
            Role::Receptionist | Role::Admin => "/admin",
        }
    }
}

/// The signed-in person, as the header shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedInUser {
    pub name: String,
    pub role: Role,
    pub email: String,
    /// Whether the last message to this address could not be delivered.
    pub mail_fails: bool,
}

/// One's own account, as its page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnAccount {
    pub name: String,
    pub email: String,
    /// Empty for none.
    pub phone: String,
    /// "1906-12-09"; empty when it is not known.
    pub birth_date: String,
    /// "9 December 1906", or that it is not given.
    pub birth_date_words: String,
    pub role: Role,
    /// Whether the owner has shown that they read what is sent to the address.
    pub verified: bool,
    /// The address that is wanted instead, until its link is used.
    pub pending_email: Option<String>,
    /// Whether the clinic sends messages at all.
    pub sends_mail: bool,
    /// Whether a code is asked for at sign-in.
    pub second_factor: bool,
    /// What the clinic calls its directory, where that alone opens the account.
    pub directory: Option<String>,
}

/// What a link that was sent to an address can do for its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Confirm the address that the account has.
    Confirm,
    /// Make the address the account's own.
    Change,
    /// Nothing more: the address is confirmed.
    Done,
}

/// What the page shows on which a registration is finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAccount {
    pub name: String,
    pub email: String,
    /// The page to go on with; empty for none.
    pub next: String,
}

/// Characters of a name.
pub const MAX_NAME: u32 = 100;
/// Characters of a telephone number.
pub const MAX_PHONE: u32 = 30;
/// Characters of a doctor's professional title.
pub const MAX_DESIGNATION: u32 = 100;
/// Characters of a doctor's number in the professional register.
pub const MAX_REGISTRATION: u32 = 40;
/// Characters of a password, at least.
pub const MIN_PASSWORD: u32 = 12;
/// Characters of a password, at most.
pub const MAX_PASSWORD: u32 = 128;

/// What is wrong with a person's name, if anything.
#[must_use]
pub fn check_name(name: &str) -> Option<FieldCode> {
    check_line(name, MAX_NAME)
}

/// What is wrong with a new password of this person, if anything. The server also refuses one that is easily guessed.
#[must_use]
pub fn check_password(password: &str, email: &str, name: &str) -> Option<FieldCode> {
    let password = &composed(password);
    if password.is_empty() {
        return Some(FieldCode::Missing);
    }
    if !longer_than(password, MIN_PASSWORD - 1) {
        return Some(FieldCode::TooShort(MIN_PASSWORD));
    }
    if longer_than(password, MAX_PASSWORD) {
        return Some(FieldCode::TooLong(MAX_PASSWORD));
    }
    let password = letters_and_digits(password);
    let email = letters_and_digits(email);
    let name = letters_and_digits(name);
    (password == email || password == name).then_some(FieldCode::EasilyGuessed)
}

fn letters_and_digits(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_measured_in_characters_not_bytes() {
        assert_eq!(check_password(&"é".repeat(11), "", ""), Some(FieldCode::TooShort(12)));
        assert_eq!(check_password(&"é".repeat(12), "", ""), None);
        assert_eq!(check_password(&"é".repeat(128), "", ""), None);
        assert_eq!(check_password(&"é".repeat(129), "", ""), Some(FieldCode::TooLong(128)));
        // an accent typed after its letter makes no second character
        assert_eq!(check_password(&"e\u{301}".repeat(11), "", ""), Some(FieldCode::TooShort(12)));
        assert_eq!(check_password(&"e\u{301}".repeat(128), "", ""), None);
    }

    #[test]
    fn a_password_is_not_the_persons_own_name_or_address() {
        let guessed = Some(FieldCode::EasilyGuessed);
        assert_eq!(check_password("Margaret.Okafor", "m@clinic.example", "Margaret Okafor"), guessed);
        assert_eq!(check_password("M@clinic.example", "m@clinic.example", "Margaret"), guessed);
        assert_eq!(check_password("a garden of quiet bees", "m@clinic.example", "Margaret"), None);
    }

    #[test]
    fn a_name_has_no_control_characters() {
        assert_eq!(check_name("Zoë Ng"), None);
        assert_eq!(check_name("a\0b"), Some(FieldCode::BadCharacters));
        assert_eq!(check_name(" \t"), Some(FieldCode::Missing));
        for unseen in ["\u{200B}", "\u{3164}", "\u{202E} \u{2800}", "\u{200D}\u{FE0F}"] {
            assert_eq!(check_name(unseen), Some(FieldCode::Missing), "{unseen:?}");
        }
        assert_eq!(check_name(&"x".repeat(101)), Some(FieldCode::TooLong(MAX_NAME)));
    }
}

//! The second factor of an account, as its page shows it.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::ids::{PasskeyId, TrustedBrowserId};

/// One's own second factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSecondFactor {
    pub role: Role,
    /// Whether the address has to be confirmed first.
    pub address_first: bool,
    /// Whether the clinic asks for it, so that it stays on.
    pub is_needed: bool,
    /// When it was set up; none: codes are not asked for.
    pub on_since: Option<String>,
    /// Recovery codes that still work.
    pub codes_left: u32,
    /// A telephone that waits for its first code.
    pub set_up: Option<SetUp>,
    /// The newest first.
    pub browsers: Vec<TrustedBrowser>,
    /// The oldest first.
    pub passkeys: Vec<OwnPasskey>,
    /// Whether browsers keep passkeys for a website at this address.
    pub passkeys_offered: bool,
    /// One that waits for the answer of this browser.
    pub new_passkey: Option<NewPasskey>,
}

/// A passkey, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnPasskey {
    pub id: PasskeyId,
    pub name: String,
    /// When it was added, in clinic time.
    pub added: String,
    /// When it was last used; none: not yet.
    pub used: Option<String>,
}

/// What a browser needs to make a passkey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPasskey {
    /// As JSON, for the script of the page.
    pub options: String,
    /// How it may be called.
    pub name: String,
}

/// The ways in which a person can sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInWays {
    pub passkeys: bool,
    /// Codes of a telephone.
    pub codes: bool,
    /// What the button says that leads to the clinic's directory, where there is one.
    pub directory: Option<String>,
}

/// What a telephone needs to make codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetUp {
    /// To type: groups of four signs.
    pub secret: String,
    /// Modules of the picture in a row, its margin included.
    pub size: usize,
    /// The dark modules, as the data of an SVG path.
    pub squares: String,
}

/// A browser that is not asked for a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedBrowser {
    pub id: TrustedBrowserId,
    /// "Firefox on Windows"
    pub device: String,
    /// When it was trusted, in clinic time.
    pub since: String,
    /// When it was last used to sign in.
    pub used: String,
    pub until: String,
}

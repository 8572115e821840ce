//! What pages show of files, and why a file is not taken. No I/O.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

use crate::ids::PaperId;

/// Files of each side, patient and doctor, with one appointment.
pub const MAX_FILES: usize = 10;
/// Megabytes of one file.
pub const MAX_MEGABYTES: usize = 10;

/// What a file is, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum PaperKind {
    Pdf,
    Jpeg,
    Png,
    Heic,
}

impl PaperKind {
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            PaperKind::Pdf => "PDF",
            PaperKind::Jpeg => "JPEG",
            PaperKind::Png => "PNG",
            PaperKind::Heic => "HEIC",
        }
    }
}

/// Where a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum PaperState {
    /// The virus scanner has not seen it: nobody opens it.
    Waiting,
    Ready,
    /// Its sender took it away.
    Removed,
    /// The virus scanner found something.
    Infected,
    /// The clinic keeps files only so long.
    Expired,
}

impl PaperState {
    /// Whether the file is still there.
    #[must_use]
    pub fn stands(self) -> bool {
        matches!(self, PaperState::Waiting | PaperState::Ready)
    }
}

/// One file, or what remains of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    pub id: PaperId,
    /// What its sender called it; empty when it was taken away.
    pub name: String,
    /// "PDF, 240 kB"
    pub about: String,
    /// "Sent by you on Monday 5 January, 8am"
    pub added: String,
    pub state: PaperState,
    /// Whether this reader may take it away.
    pub removable: bool,
}

/// The files of one appointment, for one reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Papers {
    /// "Tuesday 6 January, 9am"
    pub when: String,
    pub papers: Vec<Paper>,
    /// Whether the doctor lets this reader see them.
    pub may_read: bool,
    pub may_add: bool,
    /// Whether the reader is not the patient.
    pub for_clinic: bool,
}

/// Why a file was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Refusal {
    /// It has no bytes.
    Empty,
    TooLarge,
    /// Neither PDF nor JPEG, PNG or HEIC.
    NotAllowed,
    /// It begins as what it should be, and cannot be read.
    Damaged,
    /// An image that would fill the memory.
    TooManyPixels,
    /// The virus scanner found something.
    Infected,
    /// The appointment has as many as it can have.
    TooMany,
    /// The patient has as many bytes as they can have.
    Quota,
    /// The connection broke.
    Broken,
}

impl Refusal {
    /// What is wrong with the file of this name, and what to do, in a sentence or two.
    #[must_use]
    pub fn words(self, name: &str) -> String {
        let what = match self {
            Refusal::Empty => " is empty (0 bytes). Open it on your device to check, then send it again",
            Refusal::TooLarge => " is larger than 10 MB. Send fewer pages, or a smaller photo",
            Refusal::NotAllowed => " is not a PDF, JPEG, PNG or HEIC file, whatever its name says",
            Refusal::Damaged => {
                " cannot be read. It may be damaged: open it on your device to check, then send it again"
            }
            Refusal::TooManyPixels => " is too large a picture. Send a photo with fewer pixels",
            Refusal::Infected => " was refused, because our virus scanner found something harmful in it",
            Refusal::TooMany => " was not kept: you can send 10 files with one appointment. Remove one first",
            Refusal::Quota => " was not kept: there is no more room for your files. Remove some first",
            Refusal::Broken => " did not arrive whole. Please send it again",
        };
        ["\u{201c}", name, "\u{201d}", what].concat()
    }
}

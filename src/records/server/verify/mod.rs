//! The check of everything that is stored: seals, histories, times, messages and rules. It only reads, from one view of
//! the database, in parts, so that memory does not grow with the clinic.

mod appointments;
mod entries;
mod messages;
mod overlaps;
mod rules;
mod seals;

use std::{collections::BTreeMap, fmt};

use strum::IntoStaticStr;

use super::chain::hex;
use crate::{
    db::{Conn, Db, Error},
    time::Timestamp,
};

/// Rows read in one go.
const PART: i64 = 1_000;

/// What is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr)]
#[strum(serialize_all = "lowercase", const_into_str)]
pub enum DifferenceKind {
    /// A rule of the database is missing or switched off.
    Rule,
    /// A row names another one that is not there.
    Reference,
    /// The clinic's chain of seals.
    Seal,
    /// The history of an appointment is not the one that was sealed.
    Chain,
    /// An entry of the audit log is not the one that was sealed.
    Audit,
    /// The history of an appointment does not lead to its row.
    History,
    /// Two appointments at one time.
    Overlap,
    /// A time on the wall that is not that of its moment.
    Zone,
    /// A message that is missing, or one that nothing led to.
    Message,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub kind: DifferenceKind,
    /// What it is about, by the name under which people find it.
    pub subject: String,
    pub expected: String,
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { kind, subject, expected, found } = self;
        write!(f, "{}: {subject}: expected {expected}; found {found}", kind.into_str())
    }
}

/// A hash of the clinic's chain that was noted elsewhere: "12:ab34…", as the check prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub seal: i64,
    /// In hexadecimal.
    pub hash: String,
}

impl std::str::FromStr for Head {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Head, Self::Err> {
        const WRONG: &str = "it is the number of a seal, a colon and 64 hexadecimal digits";
        let (seal, hash) = text.split_once(':').ok_or(WRONG)?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let seal = seal.parse().map_err(|_| WRONG)?;
        if is_hash { Ok(Head { seal, hash: hash.to_ascii_lowercase() }) } else { Err(WRONG) }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seal, self.hash)
    }
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub appointments: u64,
    pub events: u64,
    /// Events that no seal covers yet.
    pub unsealed_events: u64,
    pub entries: u64,
    /// Entries of the audit log that no seal covers yet.
    pub unsealed_entries: u64,
    pub seals: u64,
    pub messages: u64,
    /// The last seal.
    pub head: Option<Head>,
    /// How many differences there are of each kind.
    pub differences: BTreeMap<DifferenceKind, u64>,
    pub first: Option<Difference>,
}

impl Report {
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.first.is_none()
    }
}

/// Who looks on while the records are checked.
pub trait Watch {
    fn difference(&mut self, difference: &Difference);
    /// So many of these have been looked at.
    fn progress(&mut self, what: &'static str, done: u64);
}

/// A check that is under way.
struct Check<'w> {
    report: Report,
    watch: &'w mut dyn Watch,
    now: Timestamp,
}

impl Check<'_> {
    fn differs(
        &mut self,
        kind: DifferenceKind,
        subject: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) {
        let difference = Difference { kind, subject: subject.into(), expected: expected.into(), found: found.into() };
        self.watch.difference(&difference);
        *self.report.differences.entry(kind).or_default() += 1;
        self.report.first.get_or_insert(difference);
    }

    async fn run(&mut self, conn: &mut Conn<'_>, noted: Option<&Head>) -> Result<(), Error> {
        self.check_seals(conn, noted).await?;
        self.check_appointments(conn).await?;
        self.check_entries(conn).await?;
        self.check_overlaps(conn).await?;
        self.check_messages(conn).await?;
        self.check_rules(conn).await
    }
}

/// Checks everything as it was at one moment, and says what is not as it should be. With a `noted` head, the chain has
/// to hold it.
///
/// # Errors
/// The database's, such as that it has not been migrated.
pub async fn verify(db: &Db, now: Timestamp, noted: Option<&Head>, watch: &mut dyn Watch) -> Result<Report, Error> {
    let mut snapshot = db.snapshot().await?;
    let mut check = Check { report: Report::default(), watch, now };
    check.run(&mut snapshot.conn(), noted).await?;
    Ok(check.report)
}

/// As much of a hash as tells it from another one.
fn short(hash: &[u8]) -> String {
    hex(hash).chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_reads_back_as_it_was_printed() {
        let head = Head { seal: 12, hash: "0a".repeat(32) };
        assert_eq!(head.to_string().parse(), Ok(head));
        for wrong in ["", "12", "12:", "x:00", &format!("12:{}", "0g".repeat(32)), &"0a".repeat(32)] {
            assert!(wrong.parse::<Head>().is_err(), "{wrong}");
        }
    }
}

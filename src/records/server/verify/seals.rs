//! The clinic's chain: no seal is missing, and each is made of the one before it and of its records.

use super::{
    super::{
        chain::{NOTHING, hex, seal_hash},
        rows::{SealRow, SealedRow},
    },
    Check,
    DifferenceKind::Seal,
    Head, short,
};
use crate::db::{Conn, Error};

/// Seals read in one go.
const PART: i64 = 200;

impl Check<'_> {
    pub(super) async fn check_seals(&mut self, conn: &mut Conn<'_>, noted: Option<&Head>) -> Result<(), Error> {
        const SQL: &str =
            "select number, at, sealed_until, records, hash from seals where number > $1 order by number limit $2";
        let mut last: Option<SealRow> = None;
        loop {
            let after = last.as_ref().map_or(0, |seal| seal.number);
            let part: Vec<SealRow> = conn.fetch_all(SQL, (after, PART)).await?;
            let is_last = part.is_empty();
            for seal in part {
                self.check_seal(conn, last.as_ref(), &seal).await?;
                self.report.seals += 1;
                last = Some(seal);
            }
            if is_last {
                break;
            }
            self.watch.progress("seals", self.report.seals);
        }
        self.report.head = last.map(|seal| Head { seal: seal.number, hash: hex(&seal.hash) });
        self.check_end(conn).await?;
        match noted {
            Some(noted) => self.check_noted(conn, noted).await,
            None => Ok(()),
        }
    }

    async fn check_seal(&mut self, conn: &mut Conn<'_>, last: Option<&SealRow>, seal: &SealRow) -> Result<(), Error> {
        const SQL: &str =
            "select seal, record_id, version, hash from sealed_records where seal = $1 order by record_id";
        let name = format!("seal {}", seal.number);
        let next = last.map_or(1, |last| last.number + 1);
        if seal.number != next {
            let missing =
                if seal.number == next + 1 { next.to_string() } else { format!("{next} to {}", seal.number - 1) };
            self.differs(Seal, format!("seal {missing}"), "to be there", "it is missing");
        }
        let records: Vec<SealedRow> = conn.fetch_all(SQL, (seal.number,)).await?;
        if i32::try_from(records.len()) != Ok(seal.records) {
            self.differs(Seal, name, format!("{} records", seal.records), records.len().to_string());
            return Ok(());
        }
        // after one that is missing, the hash of that one is not known
        if seal.number == next {
            let before = last.map_or(NOTHING.as_slice(), |last| &last.hash);
            let hash = seal_hash(before, seal, &records);
            if hash.as_slice() != seal.hash {
                let expected = format!("hash {} of the seal before it, its row and its records", short(&hash));
                self.differs(Seal, name, expected, short(&seal.hash));
            }
        }
        Ok(())
    }

    /// Records of seals after the last one: that one was not the last.
    async fn check_end(&mut self, conn: &mut Conn<'_>) -> Result<(), Error> {
        const SQL: &str = "select max(seal) from sealed_records where seal > $1";
        let last = self.report.head.as_ref().map_or(0, |head| head.seal);
        let beyond: Option<i64> = conn.fetch_value(SQL, (last,)).await?;
        if let Some(beyond) = beyond {
            let missing = if beyond == last + 1 { beyond.to_string() } else { format!("{} to {beyond}", last + 1) };
            self.differs(Seal, format!("seal {missing}"), "to be there, as there are records of it", "it is missing");
        }
        Ok(())
    }

    async fn check_noted(&mut self, conn: &mut Conn<'_>, noted: &Head) -> Result<(), Error> {
        const SQL: &str = "select hash from seals where number = $1";
        let hash: Option<Vec<u8>> = conn.fetch_optional_value(SQL, (noted.seal,)).await?;
        let found = hash.map_or("it is missing".to_owned(), |hash| hex(&hash));
        if found != noted.hash {
            let expected = format!("hash {} as noted", noted.hash);
            self.differs(Seal, format!("seal {}", noted.seal), expected, found);
        }
        Ok(())
    }
}

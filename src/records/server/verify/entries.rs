//! The audit log: every entry that was sealed is there as it was.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{
    super::{
        chain::entry_hash,
        rows::{AuditRow, SealedRow, audit_columns},
    },
    Check,
    DifferenceKind::Audit,
    PART, short,
};
use crate::db::{Conn, Error};

impl Check<'_> {
    pub(super) async fn check_entries(&mut self, conn: &mut Conn<'_>) -> Result<(), Error> {
        const ENTRIES: &str = concat!(audit_columns!(), "id > $1 order by id limit $2");
        const SEALED: &str = "select seal, record_id, version, hash from sealed_records
            where record_id > $1 and record_id <= $2 and version = 0";
        let mut after = Uuid::nil();
        loop {
            let part: Vec<AuditRow> = conn.fetch_all(ENTRIES, (after, PART)).await?;
            let is_last = i64::try_from(part.len()).is_ok_and(|read| read < PART);
            let until = part.last().filter(|_| !is_last).map_or(Uuid::max(), |entry| entry.id);
            let sealed: Vec<SealedRow> = conn.fetch_all(SEALED, (after, until)).await?;
            let mut sealed: BTreeMap<Uuid, SealedRow> = sealed.into_iter().map(|row| (row.record_id, row)).collect();
            self.report.entries += part.len() as u64;
            for entry in part {
                let name = || format!("audit entry {} ({})", entry.id, entry.action);
                let hash = entry_hash(&entry);
                match sealed.remove(&entry.id) {
                    None => self.report.unsealed_entries += 1,
                    Some(row) if row.hash == hash => {}
                    Some(row) => {
                        let expected = format!("the entry that seal {} covers ({})", row.seal, short(&row.hash));
                        self.differs(Audit, name(), expected, format!("another one ({})", short(&hash)));
                    }
                }
            }
            for row in sealed.into_values() {
                let expected = format!("to be there, as seal {} covers it", row.seal);
                self.differs(Audit, format!("audit entry {}", row.record_id), expected, "it is missing");
            }
            self.watch.progress("entries of the audit log", self.report.entries);
            if is_last {
                return Ok(());
            }
            after = until;
        }
    }
}

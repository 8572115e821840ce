//! What is hashed, and how.
//!
//! Every hash is SHA-256 over a list of fields: first a tag that says what it is the hash of, then the values. A field
//! is its length in four bytes and its bytes; a null is the length `ffffffff` and nothing else. So no two lists of
//! fields are the same bytes. An id is its 16 bytes, a text its UTF-8, a moment or a number eight bytes, the highest
//! byte first.
//!
//! - The chain of an appointment begins with what was agreed and never changes, and each event adds to it:
//!   `head = hash("docslot event", head before, event)`. Who the patient is belongs to an event after which that cannot
//!   change any more; a browser's hold has no patient yet.
//! - An entry of the audit log has one hash.
//! - The clinic's chain: `hash("docslot seal", hash of the seal before, number, moment, how far, count, then of each
//!   record its id, version and hash, by id)`. Before the first seal stand 32 zero bytes.
//!
//! What may change later is in no hash (names, telephone numbers, addresses), nor what people wrote (reasons, notes).

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::rows::{AppointmentRow, AuditRow, EventRow, SealRow, SealedRow};
use crate::{booking::Status, time::Timestamp};

/// A hash.
pub(super) type Hash = [u8; 32];

/// What stands before the first seal, and before an appointment that is gone.
pub(super) const NOTHING: Hash = [0; 32];

/// A hash that is being made.
struct Fields(Sha256);

impl Fields {
    fn of(tag: &str) -> Fields {
        Fields(Sha256::new()).text(tag)
    }

    fn add(mut self, bytes: Option<&[u8]>) -> Fields {
        let length = bytes.map_or(u32::MAX, |bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX - 1));
        self.0.update(length.to_be_bytes());
        self.0.update(bytes.unwrap_or_default());
        self
    }

    fn bytes(self, bytes: &[u8]) -> Fields {
        self.add(Some(bytes))
    }

    fn text(self, text: &str) -> Fields {
        self.bytes(text.as_bytes())
    }

    fn text_or_none(self, text: Option<&str>) -> Fields {
        self.add(text.map(str::as_bytes))
    }

    fn id(self, id: Uuid) -> Fields {
        self.bytes(id.as_bytes())
    }

    fn id_or_none(self, id: Option<Uuid>) -> Fields {
        self.add(id.as_ref().map(|id| id.as_bytes().as_slice()))
    }

    fn number(self, number: impl Into<i64>) -> Fields {
        self.bytes(&number.into().to_be_bytes())
    }

    fn moment(self, at: Timestamp) -> Fields {
        self.number(at.0)
    }

    fn finish(self) -> Hash {
        self.0.finalize().into()
    }
}

/// The chain of one appointment, event by event.
pub(super) struct Chain {
    head: Hash,
    patient: Option<Uuid>,
}

impl Chain {
    /// The chain before its first event. An appointment whose row is gone has one too, so that its events can be told.
    pub fn begin(appointment: Option<&AppointmentRow>) -> Chain {
        let Some(row) = appointment else { return Chain { head: NOTHING, patient: None } };
        let head = Fields::of("docslot appointment")
            .id(row.id)
            .text(&row.reference)
            .number(row.chain_position)
            .id(row.doctor_id)
            .id(row.visit_type_id)
            .id(row.location_id)
            .moment(row.starts_at)
            .moment(row.ends_at)
            .text(&row.local_start)
            .number(row.utc_offset_seconds)
            .number(row.overbook)
            .moment(row.created_at)
            .finish();
        Chain { head, patient: row.patient_id }
    }

    /// The head after one more event.
    pub fn add(&mut self, event: &EventRow) -> Hash {
        let may_change = [Status::Held, Status::Expired].iter().any(|status| status.into_str() == event.to_status);
        self.head = Fields::of("docslot event")
            .bytes(&self.head)
            .id(event.appointment_id)
            .number(event.version)
            .moment(event.at)
            .id_or_none(event.actor_id)
            .text(&event.actor_role)
            .text(&event.action)
            .text_or_none(event.from_status.as_deref())
            .text(&event.to_status)
            .text_or_none(event.reason_code.as_deref())
            .id_or_none(self.patient.filter(|_| !may_change))
            .finish();
        self.head
    }
}

/// The hash of an entry of the audit log.
pub(super) fn entry_hash(entry: &AuditRow) -> Hash {
    Fields::of("docslot audit entry")
        .id(entry.id)
        .moment(entry.at)
        .id_or_none(entry.actor_id)
        .text(&entry.actor_role)
        .text(&entry.action)
        .text(&entry.subject_kind)
        .id_or_none(entry.subject_id)
        .text(&entry.details)
        .finish()
}

/// The hash of a seal, from the hash of the one before it, its own row, whose hash is not looked at, and its records in
/// the order of their ids.
pub(super) fn seal_hash(before: &[u8], seal: &SealRow, records: &[SealedRow]) -> Hash {
    let begun = Fields::of("docslot seal")
        .bytes(before)
        .number(seal.number)
        .moment(seal.at)
        .moment(seal.sealed_until)
        .number(seal.records);
    let add =
        |fields: Fields, record: &SealedRow| fields.id(record.record_id).number(record.version).bytes(&record.hash);
    records.iter().fold(begun, add).finish()
}

/// A hash as people read it.
pub(super) fn hex(hash: &[u8]) -> String {
    use std::fmt::Write;
    hash.iter().fold(String::with_capacity(hash.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_fields_that_differ_are_different_bytes() {
        let hashes = [
            Fields::of("t").text("ab").text("c").finish(),
            Fields::of("t").text("a").text("bc").finish(),
            Fields::of("t").text("abc").finish(),
            Fields::of("t").text("abc").text("").finish(),
            Fields::of("t").text("abc").text_or_none(None).finish(),
            Fields::of("tabc").finish(),
        ];
        for (index, one) in hashes.iter().enumerate() {
            assert!(hashes.iter().skip(index + 1).all(|other| other != one));
        }
    }

    /// The form of what is hashed cannot change once there are seals: every one of them would be wrong.
    #[test]
    fn the_hash_of_a_known_entry_stays_the_same() {
        let entry = AuditRow {
            id: Uuid::from_u128(1),
            at: Timestamp(1_767_600_000),
            actor_id: None,
            actor_role: "system".into(),
            action: "doctor.approved".into(),
            subject_kind: "doctor".into(),
            subject_id: Some(Uuid::from_u128(2)),
            details: "Dr Ada".into(),
        };
        assert_eq!(hex(&entry_hash(&entry)), KNOWN);
    }

    const KNOWN: &str = "3e5c3bb34a57d67b2c7bbb6270b6bb1d796ace3cedc75a1333649cddb9f73a56";
}

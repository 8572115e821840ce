//! What is agreed with an appointment besides its time: names, addresses and rules, as doctor, location and visit type
//! said them then. Most appointments of a visit type share one row of `appointment_terms`, whose id is a hash of the rest of
//! it. So a booking names the row without looking for it, and writes it only if this process does not know that it is
//! there.

use sha2::{Digest, Sha256};
use sqlx::FromRow;
use uuid::{Builder, Uuid};

use crate::{
    booking::{LateCancel, Mode},
    db::{Batch, Binds, Conn, Error, Tx},
    ids::{LocationId, VisitTypeId},
};

/// A row of `appointment_terms` without its id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, FromRow)]
pub struct Terms {
    pub visit_type_id: VisitTypeId,
    pub location_id: LocationId,
    pub time_zone: String,
    pub doctor_name: String,
    pub visit_type_name: String,
    pub mode: Mode,
    pub location_name: String,
    pub location_address: String,
    pub location_phone: String,
    pub instructions: String,
    pub needs_approval: bool,
    pub cutoff_minutes: i32,
    pub late_cancel: LateCancel,
}

const INSERT: &str = "insert into appointment_terms (id, visit_type_id, location_id, time_zone, doctor_name,
        visit_type_name, mode, location_name, location_address, location_phone, instructions, needs_approval,
        cutoff_minutes, late_cancel)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict (id) do nothing";

impl Terms {
    /// The row's id: UUID version 8 of a SHA-256 over its values, each with its length before it, so that no two rows are
    /// the same bytes.
    #[must_use]
    pub fn id(&self) -> Uuid {
        let cutoff = self.cutoff_minutes.to_be_bytes();
        let values: [&[u8]; 13] = [
            self.visit_type_id.0.as_bytes(),
            self.location_id.0.as_bytes(),
            self.time_zone.as_bytes(),
            self.doctor_name.as_bytes(),
            self.visit_type_name.as_bytes(),
            self.mode.into_str().as_bytes(),
            self.location_name.as_bytes(),
            self.location_address.as_bytes(),
            self.location_phone.as_bytes(),
            self.instructions.as_bytes(),
            &[u8::from(self.needs_approval)],
            &cutoff,
            self.late_cancel.into_str().as_bytes(),
        ];
        let mut hash = Sha256::new();
        for value in values {
            hash.update((value.len() as u64).to_be_bytes());
            hash.update(value);
        }
        let mut first = [0; 16];
        first.iter_mut().zip(hash.finalize()).for_each(|(byte, hashed)| *byte = hashed);
        Builder::from_custom_bytes(first).into_uuid()
    }

    /// Writes the row unless it is known to be there, and returns its id. On PostgreSQL it goes into the batch, with which
    /// the row that names it is written; SQLite looks at once whether what a row names is there.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn store(&self, tx: &mut Tx<'_>, batch: &mut Batch) -> Result<Uuid, Error> {
        let id = self.id();
        if tx.is_stored(id) {
            return Ok(id);
        }
        match **tx {
            Conn::Sqlite(_) => {
                self.write(tx).await?;
            }
            Conn::Postgres(_) => batch.add(INSERT, self.binds(id))?,
        }
        tx.will_be_stored(id);
        Ok(id)
    }

    /// Writes the row unless it is there, and returns its id.
    ///
    /// # Errors
    /// The database's.
    pub async fn write(&self, tx: &mut Tx<'_>) -> Result<Uuid, Error> {
        let id = self.id();
        tx.execute(INSERT, self.binds(id)).await?;
        Ok(id)
    }

    fn binds(&self, id: Uuid) -> impl Binds + '_ {
        (
            id,
            self.visit_type_id,
            self.location_id,
            &self.time_zone,
            &self.doctor_name,
            &self.visit_type_name,
            self.mode,
            &self.location_name,
            &self.location_address,
            &self.location_phone,
            &self.instructions,
            self.needs_approval,
            self.cutoff_minutes,
            self.late_cancel,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        Terms {
            visit_type_id: VisitTypeId(Uuid::from_u128(1)),
            location_id: LocationId(Uuid::from_u128(2)),
            time_zone: "Europe/London".into(),
            doctor_name: "Dr Silva".into(),
            visit_type_name: "Consultation".into(),
            mode: Mode::InPerson,
            location_name: "Riverside".into(),
            location_address: "4 Mill Lane".into(),
            location_phone: "020 7946 0000".into(),
            instructions: String::new(),
            needs_approval: false,
            cutoff_minutes: 1440,
            late_cancel: LateCancel::Allow,
        }
    }

    #[test]
    fn each_value_is_in_the_id() {
        let same = terms();
        let others = [
            Terms { visit_type_id: VisitTypeId(Uuid::from_u128(3)), ..same.clone() },
            Terms { location_id: LocationId(Uuid::from_u128(3)), ..same.clone() },
            Terms { time_zone: "Europe/Paris".into(), ..same.clone() },
            Terms { doctor_name: "Dr Costa".into(), ..same.clone() },
            Terms { visit_type_name: "Check-up".into(), ..same.clone() },
            Terms { mode: Mode::Video, ..same.clone() },
            Terms { location_name: "Quay".into(), ..same.clone() },
            Terms { location_address: "5 Mill Lane".into(), ..same.clone() },
            Terms { location_phone: "020 7946 0001".into(), ..same.clone() },
            Terms { instructions: "Come early.".into(), ..same.clone() },
            Terms { needs_approval: true, ..same.clone() },
            Terms { cutoff_minutes: 60, ..same.clone() },
            Terms { late_cancel: LateCancel::Deny, ..same.clone() },
            // the same letters, elsewhere
            Terms { location_name: "Riverside4".into(), location_address: " Mill Lane".into(), ..same.clone() },
        ];
        let ids: std::collections::HashSet<Uuid> = others.iter().chain([&same]).map(Terms::id).collect();
        assert_eq!(ids.len(), others.len() + 1);
        assert_eq!(same.id(), terms().id());
    }

    /// Every appointment names its terms by this id: another way to make it would write them all again.
    #[test]
    fn the_id_of_known_terms_stays_the_same() {
        assert_eq!(terms().id().to_string(), KNOWN);
    }

    const KNOWN: &str = "da7da3e2-6120-8ee1-8645-7e41cd42c104";
}

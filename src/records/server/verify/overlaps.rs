//! No doctor and no patient is in two places at once, and no room or device serves two. This does not ask the rules of the database: it reads all times
//! in their order.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Check, DifferenceKind::Overlap, PART};
use crate::{
    db::{Conn, Error},
    time::Timestamp,
};

/// A time that is taken.
#[derive(Clone, FromRow)]
struct Taken {
    /// The doctor, the patient, or the room or device.
    owner: Uuid,
    id: Uuid,
    /// An appointment and the request to move it count as one.
    counts_as: Uuid,
    reference: String,
    starts_at: Timestamp,
    ends_at: Timestamp,
}

const OF_DOCTORS: &str =
    "select doctor_id as owner, id, coalesce(would_replace, id) as counts_as, reference, starts_at, ends_at
    from appointments
    where status in ('held', 'requested', 'booked', 'arrived') and not overbook
        and (doctor_id, starts_at, id) > ($1, $2, $3)
    order by doctor_id, starts_at, id limit $4";
const OF_PATIENTS: &str =
    "select patient_id as owner, id, coalesce(would_replace, id) as counts_as, reference, starts_at, ends_at
    from appointments
    where status in ('held', 'requested', 'booked', 'arrived') and not overbook
        and (patient_id, starts_at, id) > ($1, $2, $3)
    order by patient_id, starts_at, id limit $4";

const OF_RESOURCES: &str =
    "select resource_id as owner, id, coalesce(would_replace, id) as counts_as, reference, starts_at, ends_at
    from appointments
    where status in ('held', 'requested', 'booked', 'arrived') and resource_id is not null
        and (resource_id, starts_at, id) > ($1, $2, $3)
    order by resource_id, starts_at, id limit $4";

impl Check<'_> {
    pub(super) async fn check_overlaps(&mut self, conn: &mut Conn<'_>) -> Result<(), Error> {
        self.check_owners(conn, OF_DOCTORS, "doctor").await?;
        self.check_owners(conn, OF_PATIENTS, "patient").await?;
        self.check_owners(conn, OF_RESOURCES, "room or device").await
    }

    async fn check_owners(&mut self, conn: &mut Conn<'_>, sql: &'static str, whose: &str) -> Result<(), Error> {
        let mut after = (Uuid::nil(), Timestamp(0), Uuid::nil());
        // the times of one owner that are not over yet
        let mut open: Vec<Taken> = Vec::new();
        let mut done = 0;
        loop {
            let part: Vec<Taken> = conn.fetch_all(sql, (after.0, after.1, after.2, PART)).await?;
            let Some(last) = part.last() else { return Ok(()) };
            after = (last.owner, last.starts_at, last.id);
            done += part.len() as u64;
            for time in part {
                open.retain(|other| other.owner == time.owner && other.ends_at > time.starts_at);
                for other in open.iter().filter(|other| other.counts_as != time.counts_as) {
                    let subject = format!("appointment {}", time.reference);
                    let expected = format!("no other time of its {whose} until it ends");
                    self.differs(Overlap, subject, expected, format!("appointment {}", other.reference));
                }
                open.push(time);
            }
            self.watch.progress("times that are taken", done);
        }
    }
}

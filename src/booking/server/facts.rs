//! What changes with every booking, read in one statement: the version of the doctor's calendar, the busy times of
//! doctor and patient, and what a booking has to end or to count.

use sqlx::FromRow;

use super::{booker::Booker, read_window::ReadWindow};
use crate::{
    availability::server::{Busy, ran_out},
    clinic::DoctorStatus,
    db::{Conn, Error},
    ids::{DoctorId, PersonId},
    notifications::model::BookingMail,
    time::Timestamp,
};

/// No hold is kept longer: its time is to come when it begins and when it is extended, and the settings allow eleven
/// hours at most.
pub(super) const LONGEST_HOLD_MINUTES: i64 = 12 * 60;

/// Times of a doctor and of a booker, as they are now.
pub(super) struct Facts {
    /// The doctor's `schedule_version`.
    pub version: i64,
    pub status: DoctorStatus,
    /// The doctor's account.
    pub person_id: Option<PersonId>,
    /// What the doctor wants to hear of at once. It comes along, so that a doctor who wants nothing costs nothing.
    pub booking_mail: BookingMail,
    /// The doctor's busy times in the window.
    pub busy: Vec<Busy>,
    /// The booker's own appointments in the window, with any doctor.
    pub patient_busy: Vec<(Timestamp, Timestamp)>,
    pub found: Found,
}

/// What a booking has to end or to count.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// Holds and requests of the doctor and of the booker in the window that ran out and still stand.
    ran_out: Vec<(Timestamp, Timestamp)>,
    /// Holds of the booker, whether or not they ran out.
    pub holds: i64,
    /// Booked and requested appointments of the booker that are still to come. An appointment that may move is one.
    pub upcoming: i64,
}

impl Found {
    /// Notes a hold or a request of another doctor that ran out, on a room or device that may be needed.
    pub fn add_ran_out(&mut self, span: (Timestamp, Timestamp)) {
        self.ran_out.push(span);
    }

    /// Whether anything that ran out stands in the way of an appointment at this time.
    pub fn has_run_out(&self, (from, until): (Timestamp, Timestamp)) -> bool {
        self.ran_out.iter().any(|(start, end)| *start < until && *end > from)
    }
}

/// A row of the statement. Its kind says which columns count.
#[derive(FromRow)]
struct Row {
    kind: i32,
    /// A version or a count.
    number: i64,
    /// Of the doctor.
    status: Option<DoctorStatus>,
    /// Of the doctor.
    person_id: Option<PersonId>,
    /// Of the doctor.
    booking_mail: Option<BookingMail>,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    before_minutes: i32,
    after_minutes: i32,
}

const DOCTOR: i32 = 0;
const DOCTOR_BUSY: i32 = 1;
const PATIENT_BUSY: i32 = 2;
const RAN_OUT: i32 = 3;
const HOLDS: i32 = 4;
const UPCOMING: i32 = 5;

/// The kinds are those of the constants above. Where an appointment belongs to doctor and patient, it comes twice. The
/// one that does not count leaves out all rows with its reference: an appointment, and the request to move it.
const SQL: &str = concat!(
    "select 0 as kind, schedule_version as number, status, cast(null as timestamptz) as starts_at,
        cast(null as timestamptz) as ends_at, 0 as before_minutes, 0 as after_minutes, person_id, booking_mail
    from doctors where id = $1
    union all
    select case when ",
    ran_out!("a", "$4"),
    " then 3 else 1 end, 0, null, a.starts_at, a.ends_at, a.buffer_before_minutes, a.buffer_after_minutes, null, null
    from appointments a
    where a.doctor_id = $1 and a.starts_at > $5 and a.starts_at < $6 and a.ends_at > $7
        and a.status in ('held', 'requested', 'booked', 'arrived')
        and a.reference <> coalesce((select reference from appointments where id = $8), '')
    union all
    select case when ",
    ran_out!("a", "$4"),
    " then 3 else 2 end, 0, null, a.starts_at, a.ends_at, 0, 0, null, null
    from appointments a
    where a.patient_id = $2 and a.starts_at > $5 and a.starts_at < $6 and a.ends_at > $7
        and a.status in ('held', 'requested', 'booked', 'arrived')
        and a.reference <> coalesce((select reference from appointments where id = $8), '')
    union all
    select 4, count(*), null, null, null, 0, 0, null, null from appointments
    where status = 'held' and starts_at > $9 and (patient_id = $2 or (patient_id is null and holder_hash = $3))
    union all
    select 5, count(*), null, null, null, 0, 0, null, null from appointments
    where patient_id = $2 and starts_at > $4
        and (status = 'booked' or (status = 'requested' and answer_by > $4 and would_replace is null))"
);

impl Facts {
    /// Reads the facts for a window whose busy times lie within `span`; none for an unknown doctor.
    ///
    /// # Errors
    /// The database's, or a stored value that means nothing.
    pub async fn read(
        conn: &mut Conn<'_>,
        doctor: DoctorId,
        booker: &Booker,
        window: ReadWindow,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Option<Facts>, Error> {
        let earliest_hold = window.now.plus_minutes(-LONGEST_HOLD_MINUTES);
        let binds = (
            doctor,
            booker.patient,
            &booker.holder,
            window.now,
            from.day_before(),
            until,
            from,
            window.except,
            earliest_hold,
        );
        let rows: Vec<Row> = conn.fetch_all(SQL, binds).await?;
        let Some(owner) = rows.iter().find(|row| row.kind == DOCTOR) else {
            return Ok(None);
        };
        let mut facts = Facts {
            version: owner.number,
            status: owner.status.ok_or(Error::Corrupt("doctor status"))?,
            person_id: owner.person_id,
            booking_mail: owner.booking_mail.unwrap_or_default(),
            busy: Vec::new(),
            patient_busy: Vec::new(),
            found: Found::default(),
        };
        rows.iter().try_for_each(|row| facts.add(row))?;
        Ok(Some(facts))
    }

    fn add(&mut self, row: &Row) -> Result<(), Error> {
        let span = || row.starts_at.zip(row.ends_at).ok_or(Error::Corrupt("appointment without a time"));
        match row.kind {
            DOCTOR_BUSY => {
                let (start, end) = span()?;
                let minutes = |minutes: i32| u16::try_from(minutes).map_err(|_| Error::Corrupt("buffer"));
                let (before_minutes, after_minutes) = (minutes(row.before_minutes)?, minutes(row.after_minutes)?);
                self.busy.push(Busy { start, end, before_minutes, after_minutes });
            }
            PATIENT_BUSY => self.patient_busy.push(span()?),
            RAN_OUT => self.found.ran_out.push(span()?),
            HOLDS => self.found.holds = row.number,
            UPCOMING => self.found.upcoming = row.number,
            _ => {}
        }
        Ok(())
    }
}

//! The appointment's row, and what is read of it. It is written in [`super::appointment_write`].

use sqlx::FromRow;

use super::terms::Terms;
pub use crate::clinic::server::audit::Author;
use crate::{
    availability::server::ran_out,
    booking::{ActorRole, CancelReason, LateCancel, Mode, Status},
    db::{Conn, Error, Tx},
    error::AppError,
    ids::{AppointmentId, DoctorId, LocationId, PersonId, ResourceId, VisitTypeId},
    notifications::model::BookingMail,
    time::{Timestamp, server::Zone},
};

/// The columns of an [`Appointment`], from `appointments` as `a` and its terms as `t`.
macro_rules! agreed {
    () => {
        "a.*, t.visit_type_id, t.location_id, t.time_zone, t.doctor_name, t.visit_type_name, t.mode, t.location_name,
            t.location_address, t.location_phone, t.instructions, t.needs_approval, t.cutoff_minutes, t.late_cancel"
    };
}
pub(crate) use agreed;

/// Where they are from.
macro_rules! from_agreed {
    () => {
        " from appointments a join appointment_terms t on t.id = a.terms_id "
    };
}
pub(crate) use from_agreed;

/// Those of the doctor `d` that go with it.
macro_rules! with_doctor {
    () => {
        ", d.slug as doctor_slug, d.person_id as doctor_person_id, d.booking_mail as doctor_booking_mail,
            d.video_url as doctor_video_url"
    };
}
pub(crate) use with_doctor;

/// A row of `appointments` with its row of `appointment_terms`; the columns are explained in the migration.
#[derive(Clone, Debug, FromRow)]
pub struct Appointment {
    pub id: AppointmentId,
    pub reference: String,
    pub chain_position: i32,
    pub doctor_id: DoctorId,
    pub patient_id: Option<PersonId>,
    pub holder_hash: Option<Vec<u8>>,
    pub visit_type_id: VisitTypeId,
    pub location_id: LocationId,
    pub status: Status,
    pub version: i32,
    pub overbook: bool,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub time_zone: String,
    pub local_start: String,
    pub utc_offset_seconds: i32,
    pub held_until: Option<Timestamp>,
    pub hold_extensions: i32,
    pub doctor_name: String,
    pub visit_type_name: String,
    pub mode: Mode,
    pub location_name: String,
    pub location_address: String,
    pub location_phone: String,
    pub instructions: String,
    pub buffer_before_minutes: i32,
    pub buffer_after_minutes: i32,
    pub needs_approval: bool,
    pub cutoff_minutes: i32,
    pub late_cancel: LateCancel,
    /// What the patient wrote for the doctor. It leaves this folder as [`super::access::ReasonRule`] allows, and not
    /// otherwise.
    pub(super) reason: String,
    pub contact_phone: String,
    pub cancelled_by: Option<ActorRole>,
    pub cancel_reason: Option<CancelReason>,
    pub cancelled_late: bool,
    pub rescheduled_from: Option<AppointmentId>,
    pub rescheduled_to: Option<AppointmentId>,
    /// Of a request to move: the booked appointment that stays until this is accepted.
    pub would_replace: Option<AppointmentId>,
    /// The room or device that it uses, where its visit type needs one.
    pub resource_id: Option<ResourceId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// When a request runs out, or ran out. What is booked, and what never was a request, has none.
    pub answer_by: Option<Timestamp>,
    /// Why the clinic set a rule aside; patients never see it.
    pub override_reason: String,
    /// The random part of a video call's address.
    pub video_room: String,
    /// The address that was set for this video call; may be empty.
    pub video_url: String,
    /// The doctor's, from `doctors`: for links.
    #[sqlx(default)]
    pub doctor_slug: String,
    /// The doctor's account, from `doctors`: for messages.
    #[sqlx(default)]
    pub doctor_person_id: Option<PersonId>,
    /// What the doctor wants to hear of at once, from `doctors`.
    #[sqlx(default)]
    pub doctor_booking_mail: BookingMail,
    /// Where the doctor's video calls take place, from `doctors`; may be empty.
    #[sqlx(default)]
    pub doctor_video_url: String,
}

/// What stands for the random part in the setting that makes addresses of video calls.
const ROOM: &str = "{room}";
/// Minutes before its start from which a video call can be joined.
const JOIN_MINUTES: i64 = 15;

impl Appointment {
    /// What was agreed besides the time.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms {
            visit_type_id: self.visit_type_id,
            location_id: self.location_id,
            time_zone: self.time_zone.clone(),
            doctor_name: self.doctor_name.clone(),
            visit_type_name: self.visit_type_name.clone(),
            mode: self.mode,
            location_name: self.location_name.clone(),
            location_address: self.location_address.clone(),
            location_phone: self.location_phone.clone(),
            instructions: self.instructions.clone(),
            needs_approval: self.needs_approval,
            cutoff_minutes: self.cutoff_minutes,
            late_cancel: self.late_cancel,
        }
    }

    /// The appointment that this row counts as where times overlap: a request to move an appointment is that appointment.
    pub fn counts_as(&self) -> AppointmentId {
        self.would_replace.unwrap_or(self.id)
    }

    /// The appointment with this id.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is none.
    pub async fn find(conn: &mut Conn<'_>, id: AppointmentId) -> Result<Appointment, Error> {
        const SQL: &str = concat!(
            "select ",
            agreed!(),
            with_doctor!(),
            from_agreed!(),
            "join doctors d on d.id = a.doctor_id where a.id = $1"
        );
        let found = conn.fetch_optional(SQL, (id,)).await?;
        found.ok_or(Error::App(AppError::NotFound))
    }

    /// The booked video calls that start after `from` and until `until`.
    ///
    /// # Errors
    /// The database's.
    pub async fn video_calls(
        conn: &mut Conn<'_>,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Appointment>, Error> {
        const SQL: &str = concat!(
            "select ",
            agreed!(),
            with_doctor!(),
            from_agreed!(),
            "join doctors d on d.id = a.doctor_id
            where a.starts_at > $1 and a.starts_at <= $2 and a.status = 'booked' and t.mode = 'video'"
        );
        conn.fetch_all(SQL, (from, until)).await
    }

    /// What is booked at a location, or requested and not run out, and has not begun, by start.
    ///
    /// # Errors
    /// The database's.
    pub async fn requested_or_booked_at(
        conn: &mut Conn<'_>,
        location: LocationId,
        now: Timestamp,
    ) -> Result<Vec<Appointment>, Error> {
        const SQL: &str = concat!(
            "select ",
            agreed!(),
            with_doctor!(),
            from_agreed!(),
            "join doctors d on d.id = a.doctor_id
            where t.location_id = $1 and a.starts_at > $2
                and (a.status = 'booked' or (a.status = 'requested' and a.answer_by > $2))
            order by a.starts_at, a.id"
        );
        conn.fetch_all(SQL, (location, now)).await
    }

    /// The holds at a location that have not begun.
    pub(super) async fn held_at(
        conn: &mut Conn<'_>,
        location: LocationId,
        now: Timestamp,
    ) -> Result<Vec<Appointment>, Error> {
        const SQL: &str = concat!(
            "select ",
            agreed!(),
            from_agreed!(),
            "where t.location_id = $1 and a.starts_at > $2 and a.status = 'held'"
        );
        conn.fetch_all(SQL, (location, now)).await
    }

    /// Where the video call takes place: the address set for it, else its doctor's, else one made of the setting and
    /// its own room. None for what is no video call, and without any of the three.
    #[must_use]
    pub fn video_address(&self, template: &str) -> Option<String> {
        if self.mode != Mode::Video {
            return None;
        }
        let set = [&self.video_url, &self.doctor_video_url].into_iter().find(|url| !url.is_empty());
        let made = || {
            let known = !template.is_empty() && !self.video_room.is_empty();
            known.then(|| template.replace(ROOM, &self.video_room))
        };
        set.cloned().or_else(made)
    }

    /// From when on the patient knows the address of the video call: the day before.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a zone that does not exist.
    pub fn video_told_from(&self) -> Result<Timestamp, Error> {
        let zone = Zone::parse(&self.time_zone).ok_or(Error::Corrupt("unknown time zone"))?;
        Ok(zone.window_start(zone.local_date(self.starts_at).plus_days(-1), 0))
    }

    /// From when on the video call can be joined.
    #[must_use]
    pub fn video_opens(&self) -> Timestamp {
        self.starts_at.plus_minutes(-JOIN_MINUTES)
    }
}

/// Ends the holds and requests of a doctor, of a patient and, if one is used, on a room or device whose time ran out, so
/// that they no longer occupy; `except` stays as it is. Every unit that takes a time, from one moment until another, does so first. Holds that ran out at
/// other times block no booking, and a unit that reads less collides with fewer other writes.
pub(super) async fn expire_overlapping(
    tx: &mut Tx<'_>,
    doctor: DoctorId,
    patient: Option<PersonId>,
    resource: Option<ResourceId>,
    (from, until): (Timestamp, Timestamp),
    now: Timestamp,
    except: Option<AppointmentId>,
) -> Result<(), Error> {
    const SQL: &str = concat!(
        "select ",
        agreed!(),
        from_agreed!(),
        "where (a.doctor_id = $1 or a.patient_id = $2) and a.starts_at > $5 and a.starts_at < $6 and a.ends_at > $7 and ",
        ran_out!("a", "$3"),
        " and (a.id <> $4 or $4 is null)"
    );
    let run_out: Vec<Appointment> =
        tx.fetch_all(SQL, (doctor, patient, now, except, from.day_before(), until, from)).await?;
    for mut row in run_out {
        row.expire(tx, now).await?;
    }
    let Some(resource) = resource else { return Ok(()) };
    const ON_RESOURCE: &str = concat!(
        "select ",
        agreed!(),
        from_agreed!(),
        "where a.resource_id = $1 and a.starts_at > $4 and a.starts_at < $5 and a.ends_at > $6 and ",
        ran_out!("a", "$2"),
        " and (a.id <> $3 or $3 is null)"
    );
    let run_out: Vec<Appointment> =
        tx.fetch_all(ON_RESOURCE, (resource, now, except, from.day_before(), until, from)).await?;
    for mut row in run_out {
        row.expire(tx, now).await?;
    }
    Ok(())
}

//! Writing an appointment from another system, with the history that it has here.

use crate::{
    availability::{
        Reason,
        server::{
            Entries, LONGEST_BUFFER, Location, LocationClock, ResourceUse, Schedule, Slot, VisitType, load_resources,
            load_used, occupies,
        },
    },
    booking::{
        Action, ActorRole, Status,
        server::{
            appointment::{Author, expire_overlapping},
            availability::BookableDoctor,
            build::build_appointment_at,
            front_desk::patients::NewPatient,
        },
    },
    clinic::server::imports::{ImportItem, ImportKey},
    db::{Conn, Error, Tx},
    error::AppError,
    ids::{DoctorId, PersonId, ResourceId, VisitTypeId},
    notifications::{
        model::Kind,
        server::{Message, enqueue},
    },
    time::Timestamp,
};

/// Whose appointment it is.
pub(super) enum PatientOf {
    Known(PersonId),
    /// Nobody has this address yet; an earlier row may make the account.
    New {
        email: String,
        patient: NewPatient,
    },
}

/// An appointment to write.
pub struct AppointmentItem {
    pub(super) key: ImportKey,
    pub(super) doctor: BookableDoctor,
    pub(super) visit_type: VisitType,
    /// The doctor does not have this visit type; an earlier row may add it.
    pub(super) type_is_new: bool,
    pub(super) location: Location,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) patient: PatientOf,
    /// [`Status::Booked`], [`Status::Completed`], [`Status::NoShow`] or [`Status::Cancelled`].
    pub(super) status: Status,
    pub(super) cancelled_by: ActorRole,
    pub(super) reason: String,
    pub(super) overbook: bool,
    pub(super) booked_at: Timestamp,
    pub(super) mail: bool,
}

impl PatientOf {
    pub fn known(&self) -> Option<PersonId> {
        match self {
            PatientOf::Known(id) => Some(*id),
            PatientOf::New { .. } => None,
        }
    }

    /// What tells this patient from others within a file.
    pub fn mark(&self) -> String {
        match self {
            PatientOf::Known(id) => id.to_string(),
            PatientOf::New { email, .. } => email.clone(),
        }
    }

    async fn find_or_add(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<PersonId, Error> {
        const SQL: &str = "select id from persons where email = $1 and role = 'patient'";
        match self {
            PatientOf::Known(id) => Ok(*id),
            PatientOf::New { email, patient } => match tx.fetch_optional_value(SQL, (email,)).await? {
                Some(id) => Ok(id),
                None => {
                    patient.insert(tx, now).await?;
                    Ok(patient.id)
                }
            },
        }
    }
}

impl ImportItem for AppointmentItem {
    const NAME: &'static str = "import_appointments";

    async fn write(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Error> {
        const AS_IT_WAS: &str = "update appointments set created_at = $2, overbook = $3 where id = $1";
        if self.key.find(tx).await?.is_some() {
            return Ok(());
        }
        let patient = self.patient.find_or_add(tx, now).await?;
        let visit_type = VisitType { id: self.visit_type(tx).await?, ..self.visit_type.clone() };
        let slot = Slot {
            start: self.start,
            end: self.end,
            location: self.location.id,
            resource: self.resource(tx, now).await?,
        };
        let mut appointment = build_appointment_at(&self.doctor, &visit_type, &self.location, &slot, now);
        appointment.patient_id = Some(patient);
        appointment.reason.clone_from(&self.reason);
        let overbook = self.overbook || self.is_over_and_overlaps(tx, patient, now).await?;
        // what becomes something else at once takes no time from others
        appointment.overbook = overbook || self.status != Status::Booked;
        if !appointment.overbook {
            let time = (self.start, self.end);
            expire_overlapping(tx, self.doctor.id, Some(patient), appointment.resource_id, time, now, None).await?;
        }
        appointment.insert(tx, Action::Import, Author::SYSTEM).await?;
        let then = match self.status {
            Status::Completed => Some(Action::Complete),
            Status::NoShow => Some(Action::NoShow),
            Status::Cancelled => Some(Action::Cancel),
            _ => None,
        };
        if let Some(action) = then {
            appointment.cancelled_by = (action == Action::Cancel).then_some(self.cancelled_by);
            appointment.change(tx, action, Author::SYSTEM, now).await?;
        }
        tx.execute(AS_IT_WAS, (appointment.id, self.booked_at, overbook)).await?;
        self.key.remember(tx, Some(appointment.id.0), now).await?;
        if self.mail && self.status == Status::Booked && self.start > now {
            let message = Message {
                kind: Kind::AppointmentAdded,
                to: patient,
                appointments: &[appointment.id],
                dedupe_key: &format!("appointment_added:{}", appointment.id),
            };
            enqueue(tx, now, message).await?;
        }
        Ok(())
    }
}

impl AppointmentItem {
    /// The visit type; one that the doctor does not have is added, switched off.
    async fn visit_type(&self, tx: &mut Tx<'_>) -> Result<VisitTypeId, Error> {
        const FIND: &str =
            "select id from visit_types where doctor_id = $1 and name = $2 order by active desc, id limit 1";
        const ADD: &str =
            "insert into visit_types (id, doctor_id, name, position, mode, minutes, buffer_before_minutes,
                buffer_after_minutes, step_minutes, notice_minutes, horizon_days, audience, needs_approval,
                cutoff_minutes, late_cancel, instructions, active)
            select $1, $2, $3, coalesce(max(position), 0) + 1, $4, $5, 0, 0, $5, 120, 60, 'any', $6, $7, $8, '', $9
            from visit_types where doctor_id = $2";
        const RAISE: &str = "update doctors set schedule_version = schedule_version + 1 where id = $1";
        let VisitType { id, name, mode, rules, cutoff_minutes, late_cancel, .. } = &self.visit_type;
        if !self.type_is_new {
            return Ok(*id);
        }
        if let Some(id) = tx.fetch_optional_value(FIND, (self.doctor.id, name)).await? {
            return Ok(id);
        }
        let minutes = i32::from(rules.minutes);
        tx.execute(ADD, (*id, self.doctor.id, name, *mode, minutes, false, *cutoff_minutes, *late_cancel, false))
            .await?;
        tx.execute(RAISE, (self.doctor.id,)).await?;
        Ok(*id)
    }

    /// A room or device that is free, for an appointment that is still to come. The other system does not say which.
    ///
    /// # Errors
    /// [`AppError::TimeGone`] when none is free.
    async fn resource(&self, conn: &mut Conn<'_>, now: Timestamp) -> Result<Option<ResourceId>, Error> {
        let rules = &self.visit_type.rules;
        let Some(kind) = rules.needs.filter(|_| self.status == Status::Booked && self.end > now) else {
            return Ok(None);
        };
        let span = (self.start.plus_minutes(-LONGEST_BUFFER), self.end.plus_minutes(LONGEST_BUFFER));
        let resources = load_resources(conn, &[kind]).await?;
        let used = load_used(conn, &resources, now, span).await?;
        let used = ResourceUse::new(used.into_iter().map(|used| (used.resource, used.busy)));
        let here = LocationClock { id: self.location.id, zone: self.location.zone.clone() };
        let schedule = Schedule::new(Entries { locations: vec![here], ..Entries::default() });
        let schedule = schedule.with_resources(resources).with_used(used);
        let free = schedule.free_resource(rules, self.location.id, (self.start, self.end), None);
        let reasons = vec![Reason::NoResource];
        Ok(Some(free.ok_or(AppError::TimeGone { wanted: String::new(), reasons, nearest: Vec::new() })?))
    }

    /// Whether it was double-booked in the other system: a fact that nobody can change any more.
    async fn is_over_and_overlaps(
        &self,
        conn: &mut Conn<'_>,
        patient: PersonId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        if self.status != Status::Booked || self.end > now {
            return Ok(false);
        }
        overlaps(conn, self.doctor.id, patient, (self.start, self.end), now).await
    }
}

async fn overlaps(
    conn: &mut Conn<'_>,
    doctor: DoctorId,
    patient: PersonId,
    (start, end): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<bool, Error> {
    const SQL: &str = concat!(
        "select count(*) from appointments a
        where (a.doctor_id = $1 or a.patient_id = $2) and a.starts_at > $3 and a.starts_at < $4 and a.ends_at > $5
            and not a.overbook and ",
        occupies!("a", "$6")
    );
    let found: i64 = conn.fetch_value(SQL, (doctor, patient, start.day_before(), end, start, now)).await?;
    Ok(found > 0)
}

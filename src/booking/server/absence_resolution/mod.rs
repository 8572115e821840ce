//! What becomes of booked appointments whose doctor will not be there: cancel, keep, move, or hand to a colleague.
//!
//! One unit resolves all of them or none. First every appointment that leaves gives its time up; then each needed
//! calendar is read once, and the bookings made after that are kept in memory with it.

mod capacity_plan;
mod list;

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

pub use list::list;

use self::capacity_plan::CapacityPlan;
pub(super) use self::capacity_plan::kind_for;
use super::{
    appointment::{Appointment, Author, agreed, from_agreed, with_doctor},
    availability::BookableDoctor,
    cancel::end_request,
    doctor_news::DoctorNews,
    reschedule::succeed,
    thread::link,
    views,
};
use crate::{
    availability::server::{occupies, ran_out},
    booking::{
        Action, CancelReason, Status,
        absence_resolution::{Choice, Decision, ResolutionCounts},
        next_status,
    },
    db::{Conn, Error, Tx, Violation, ids_json, in_ids},
    error::AppError,
    ids::{AppointmentId, DoctorId, PersonId},
    notifications::{
        model::Kind,
        server::{Message, enqueue},
    },
    time::Timestamp,
};

/// Whose appointments are resolved, by whom, and when.
#[derive(Clone, Copy, Debug)]
pub struct AbsenceResolution {
    pub doctor: DoctorId,
    pub by: Author,
    /// Names this action: each patient gets one message about it.
    pub action: Uuid,
    /// The end of the absence, after which the next free time is looked for; none when the doctor does not come back.
    pub back: Option<Timestamp>,
    pub now: Timestamp,
}

/// What became of one appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    Kept,
    Cancelled,
    /// The new appointment at the same doctor.
    Moved(AppointmentId),
    Given {
        /// The new appointment, at the same time.
        to: AppointmentId,
        colleague: DoctorId,
        slug: String,
    },
}

/// An appointment and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedAppointment {
    pub appointment: AppointmentId,
    pub resolution: Resolution,
}

/// The appointments of a doctor that have not begun and touch the time from `from` until `until`, or until the end of
/// time; by start. A request to move goes with its appointment when both do.
///
/// # Errors
/// The database's.
pub async fn appointments_ahead(
    conn: &mut Conn<'_>,
    doctor: DoctorId,
    (from, until): (Timestamp, Option<Timestamp>),
    now: Timestamp,
) -> Result<Vec<Appointment>, Error> {
    const SQL: &str = concat!(
        "select ",
        agreed!(),
        with_doctor!(),
        from_agreed!(),
        "join doctors d on d.id = a.doctor_id
        where a.doctor_id = $1 and a.starts_at > $2 and a.ends_at > $3 and a.starts_at < $4
            and a.status <> 'held' and ",
        occupies!("a", "$2"),
        " order by a.starts_at, a.id"
    );
    let until = until.unwrap_or(Timestamp::FOREVER);
    let mut found: Vec<Appointment> = conn.fetch_all(SQL, (doctor, now, from, until)).await?;
    let ids: HashSet<AppointmentId> = found.iter().map(|appointment| appointment.id).collect();
    found.retain(|appointment| appointment.would_replace.is_none_or(|moved| !ids.contains(&moved)));
    Ok(found)
}

/// Ends the doctor's holds that touch the time from `from` until `until`, or until the end of time: they can no longer
/// be booked.
///
/// # Errors
/// The database's.
pub async fn end_holds(
    tx: &mut Tx<'_>,
    doctor: DoctorId,
    (from, until): (Timestamp, Option<Timestamp>),
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = concat!(
        "select ",
        agreed!(),
        from_agreed!(),
        "where a.doctor_id = $1 and a.status = 'held' and a.ends_at > $2 and a.starts_at < $3"
    );
    let until = until.unwrap_or(Timestamp::FOREVER);
    let holds = tx.fetch_all(SQL, (doctor, from, until)).await?;
    expire(tx, holds, now).await
}

/// Resolves `decisions`, which are about all of `appointments`: what [`appointments_ahead`] found in the same unit.
///
/// # Errors
/// [`AppError::Conflict`] when an appointment is not among the decisions, or changed since its page was made, or the
/// other way round; [`AppError::NotResolved`] naming the first appointment that cannot become what was chosen; the
/// overlap rules of the database, as a [`crate::db::Violation`]. The unit must fail then.
pub async fn resolve(
    tx: &mut Tx<'_>,
    act: &AbsenceResolution,
    appointments: Vec<Appointment>,
    decisions: &[Decision],
) -> Result<Vec<ResolvedAppointment>, Error> {
    let mut cases = matched(appointments, decisions)?;
    for case in &mut cases {
        give_up(tx, act, case).await?;
    }
    let mut plan = plan_capacity(tx, act, &cases).await?;
    let mut resolved = Vec::with_capacity(cases.len());
    let mut changes: BTreeMap<PersonId, PatientChanges> = BTreeMap::new();
    let mut news = DoctorNews::default();
    for case in &cases {
        let resolution = place(tx, act, &mut plan, &mut news, case).await?;
        if let Some(patient) = case.appointment.patient_id {
            changes.entry(patient).or_default().add(case.appointment.id, &resolution);
        }
        resolved.push(ResolvedAppointment { appointment: case.appointment.id, resolution });
    }
    for (patient, changes) in changes {
        changes.tell(tx, act, patient).await?;
    }
    news.tell(tx, act.action, act.now).await?;
    Ok(resolved)
}

/// One appointment on its way.
struct Case {
    appointment: Appointment,
    /// Whether it was a request without an answer.
    requested: bool,
    /// The request to move it, which has ended with it.
    ended: Option<Appointment>,
    choice: Choice,
}

/// Each appointment with its choice.
fn matched(appointments: Vec<Appointment>, decisions: &[Decision]) -> Result<Vec<Case>, Error> {
    let named: HashMap<AppointmentId, &Decision> = decisions.iter().map(|d| (d.appointment, d)).collect();
    if named.len() != appointments.len() || decisions.len() != appointments.len() {
        return Err(AppError::Conflict.into());
    }
    let case = |appointment: Appointment| match named.get(&appointment.id) {
        Some(decision) if decision.version == appointment.version => {
            let requested = appointment.status == Status::Requested;
            Ok(Case { requested, ended: None, appointment, choice: decision.choice })
        }
        _ => Err(AppError::Conflict.into()),
    };
    appointments.into_iter().map(case).collect()
}

/// The appointment cannot become what was chosen for it.
fn not_resolved(appointment: &Appointment, now: Timestamp) -> Error {
    match views::moment(appointment, now) {
        Ok(when) => AppError::NotResolved { appointment: appointment.id, when }.into(),
        Err(error) => error,
    }
}

/// The old row's part: cancelled, or given up for another time. A request to move it ends with it.
async fn give_up(tx: &mut Tx<'_>, act: &AbsenceResolution, case: &mut Case) -> Result<(), Error> {
    let Case { appointment, choice, ended, .. } = case;
    let action = match choice {
        Choice::Keep => return Ok(()),
        Choice::Cancel => Action::Cancel,
        Choice::MoveToNext | Choice::Hand(_) => Action::Reschedule,
    };
    if next_status(Some(appointment.status), action, act.by.role).is_none() {
        return Err(not_resolved(appointment, act.now));
    }
    if action == Action::Cancel {
        appointment.cancelled_by = Some(act.by.role);
        appointment.cancel_reason = Some(CancelReason::DoctorAway);
    }
    appointment.change(tx, action, act.by, act.now).await?;
    *ended = end_request(tx, appointment, action, act.by, act.now).await?;
    Ok(())
}

/// Reads the calendars that the choices need, once each.
async fn plan_capacity(tx: &mut Tx<'_>, act: &AbsenceResolution, cases: &[Case]) -> Result<CapacityPlan, Error> {
    let mut calendars = Vec::new();
    let mut patients = Vec::new();
    for Case { appointment, choice, .. } in cases {
        let doctor = match choice {
            Choice::Cancel | Choice::Keep => continue,
            Choice::MoveToNext => act.doctor,
            Choice::Hand(colleague) => *colleague,
        };
        if !calendars.contains(&doctor) {
            calendars.push(doctor);
        }
        patients.extend(appointment.patient_id);
    }
    patients.sort_unstable();
    patients.dedup();
    end_what_ran_out(tx, &calendars, &patients, act.now).await?;
    let mut doctors = Vec::with_capacity(calendars.len());
    for doctor in calendars {
        doctors.push(BookableDoctor::by_id(tx, doctor).await?);
    }
    CapacityPlan::read(tx, doctors, &patients, act.now).await
}

/// The new row's part, and what became of the appointment.
async fn place(
    tx: &mut Tx<'_>,
    act: &AbsenceResolution,
    plan: &mut CapacityPlan,
    news: &mut DoctorNews,
    case: &Case,
) -> Result<Resolution, Error> {
    let old = &case.appointment;
    let found = match case.choice {
        Choice::Keep => return Ok(Resolution::Kept),
        Choice::Cancel => {
            news.add(old, act.by, act.now);
            return Ok(Resolution::Cancelled);
        }
        Choice::MoveToNext => act.back.and_then(|back| plan.next(act.doctor, old, back)),
        Choice::Hand(colleague) if colleague == act.doctor => None,
        Choice::Hand(colleague) => plan.at_same_time(colleague, old),
    };
    let found = found.ok_or_else(|| not_resolved(old, act.now))?;
    let mut new = plan.build_appointment(&found)?;
    if case.requested {
        new.status = Status::Requested;
        new.answer_by = old.answer_by;
        new.would_replace = old.would_replace;
    }
    succeed(tx, old, &mut new, act.by).await?;
    for gone in [Some(old), case.ended.as_ref()].into_iter().flatten() {
        link(tx, gone.id, new.id).await?;
    }
    plan.take(&new);
    news.add(&new, act.by, act.now);
    if new.doctor_id != old.doctor_id {
        news.add(old, act.by, act.now);
    }
    Ok(match case.choice {
        Choice::Hand(colleague) => Resolution::Given { to: new.id, colleague, slug: new.doctor_slug },
        _ => Resolution::Moved(new.id),
    })
}

/// Holds and requests that ran out still occupy in the eyes of the database, at these doctors, of these patients, and on the
/// rooms and devices that the doctors need.
pub(super) async fn end_what_ran_out(
    tx: &mut Tx<'_>,
    doctors: &[DoctorId],
    patients: &[PersonId],
    now: Timestamp,
) -> Result<(), Error> {
    let by_doctor =
        in_ids!(concat!("select ", agreed!(), from_agreed!(), "where ", ran_out!("a", "$2"), " and a.doctor_id"), "");
    let by_patient =
        in_ids!(concat!("select ", agreed!(), from_agreed!(), "where ", ran_out!("a", "$2"), " and a.patient_id"), "");
    let doctors = ids_json(doctors.iter().map(|id| id.0));
    let rows = tx.fetch_all(by_doctor, (&doctors, now)).await?;
    expire(tx, rows, now).await?;
    let patients = ids_json(patients.iter().map(|id| id.0));
    let rows = tx.fetch_all(by_patient, (&patients, now)).await?;
    expire(tx, rows, now).await?;
    let by_resource = in_ids!(
        concat!(
            "select ",
            agreed!(),
            from_agreed!(),
            "where ",
            ran_out!("a", "$2"),
            " and a.resource_id in (select r.id from resources r join visit_types v on v.resource_kind_id = r.kind_id
                where v.doctor_id"
        ),
        ")"
    );
    let rows = tx.fetch_all(by_resource, (&doctors, now)).await?;
    expire(tx, rows, now).await
}

/// Ends holds and requests.
pub(super) async fn expire(tx: &mut Tx<'_>, rows: Vec<Appointment>, now: Timestamp) -> Result<(), Error> {
    for mut row in rows {
        row.expire(tx, now).await?;
    }
    Ok(())
}

/// What one patient is told: of all their appointments at once.
#[derive(Default)]
struct PatientChanges {
    cancelled: Vec<AppointmentId>,
    /// The new appointments.
    moved: Vec<AppointmentId>,
}

impl PatientChanges {
    fn add(&mut self, appointment: AppointmentId, resolution: &Resolution) {
        match resolution {
            Resolution::Kept => {}
            Resolution::Cancelled => self.cancelled.push(appointment),
            Resolution::Moved(to) | Resolution::Given { to, .. } => self.moved.push(*to),
        }
    }

    async fn tell(mut self, tx: &mut Tx<'_>, act: &AbsenceResolution, patient: PersonId) -> Result<(), Error> {
        let kind = match (self.cancelled.is_empty(), self.moved.is_empty()) {
            (true, true) => return Ok(()),
            (false, true) => Kind::AppointmentsCancelled,
            (true, false) => Kind::AppointmentsMoved,
            (false, false) => Kind::AppointmentsChanged,
        };
        self.cancelled.append(&mut self.moved);
        let dedupe_key = format!("absence:{}:{patient}", act.action);
        let message = Message { kind, to: patient, appointments: &self.cancelled, dedupe_key: &dedupe_key };
        enqueue(tx, act.now, message).await
    }
}

/// The error of an absence resolution whose row the database refused, because another write took the time first.
#[must_use]
pub fn in_words(error: Error) -> AppError {
    match error.violation() {
        Some(Violation::DoctorOverlap | Violation::PatientOverlap | Violation::ResourceOverlap) => AppError::Conflict,
        _ => error.into(),
    }
}

/// Counts what became of the appointments.
#[must_use]
pub fn counts(resolved: &[ResolvedAppointment]) -> ResolutionCounts {
    let mut counts = ResolutionCounts::default();
    for ResolvedAppointment { resolution, .. } in resolved {
        match resolution {
            Resolution::Kept => counts.kept += 1,
            Resolution::Cancelled => counts.cancelled += 1,
            Resolution::Moved(_) => counts.moved += 1,
            Resolution::Given { slug, .. } => match counts.given.iter_mut().find(|(known, _)| known == slug) {
                Some((_, appointments)) => *appointments += 1,
                None => counts.given.push((slug.clone(), 1)),
            },
        }
    }
    counts
}

/// The colleagues who received appointments, each once.
#[must_use]
pub fn receivers(resolved: &[ResolvedAppointment]) -> Vec<DoctorId> {
    let mut doctors = Vec::new();
    for ResolvedAppointment { resolution, .. } in resolved {
        if let Resolution::Given { colleague, .. } = resolution
            && !doctors.contains(colleague)
        {
            doctors.push(*colleague);
        }
    }
    doctors
}

//! What becomes of booked visits whose doctor will not be there: cancel, keep, move, or hand to a colleague.
//!
//! One unit settles all of them or none. First every visit that goes gives its time up; then each calendar that is needed
//! is read once, and what is booked from there on is kept in memory beside it.

mod list;
mod room;

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

pub use list::list;

use self::room::Room;
use super::{
    change::succeed,
    offer::OfferedDoctor,
    record::{Appointment, By},
    views,
};
use crate::{
    booking::{
        Action, CancelReason, Status, next_status,
        settle::{Choice, Decision, Tally},
    },
    db::{Conn, Error, Violation, ids_json, in_ids, on},
    error::AppError,
    ids::{AppointmentId, DoctorId, UserId},
    notifications::server::{Message, enqueue},
    time::Instant,
};

/// Whose visits are settled, by whom, and when.
#[derive(Clone, Copy, Debug)]
pub struct Settling {
    pub doctor: DoctorId,
    pub by: By,
    /// Names this action: each patient hears of it once.
    pub action: Uuid,
    /// The end of the absence, after which the next free time is looked for; none when the doctor does not come back.
    pub back: Option<Instant>,
    pub now: Instant,
}

/// What became of one visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Kept,
    Cancelled,
    /// The new visit at the same doctor.
    Moved(AppointmentId),
    Given {
        /// The new visit, at the same time.
        to: AppointmentId,
        colleague: DoctorId,
        slug: String,
    },
}

/// A visit and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub visit: AppointmentId,
    pub fate: Fate,
}

/// The visits of a doctor that have not begun and touch the time from `from` until `until`, or until the end of time; by
/// start.
///
/// # Errors
/// The database's.
pub async fn visits_ahead(
    conn: &mut Conn<'_>,
    doctor: DoctorId,
    (from, until): (Instant, Option<Instant>),
    now: Instant,
) -> Result<Vec<Appointment>, Error> {
    const SQL: &str = "select a.*, d.slug as doctor_slug from appointments a
        join doctors d on d.id = a.doctor_id
        where a.doctor_id = $1 and a.status in ('requested', 'booked', 'arrived')
            and a.starts_at > $2 and a.ends_at > $3 and a.starts_at < $4
        order by a.starts_at, a.id";
    let until = until.unwrap_or(Instant::FOREVER);
    Ok(on!(conn, |c| { sqlx::query_as(SQL).bind(doctor).bind(now).bind(from).bind(until).fetch_all(c).await? }))
}

/// Ends the doctor's holds that touch the time from `from` until `until`, or until the end of time: nobody can book them
/// any more.
///
/// # Errors
/// The database's.
pub async fn end_holds(
    conn: &mut Conn<'_>,
    doctor: DoctorId,
    (from, until): (Instant, Option<Instant>),
    now: Instant,
) -> Result<(), Error> {
    const SQL: &str = "select * from appointments
        where doctor_id = $1 and status = 'held' and ends_at > $2 and starts_at < $3";
    let until = until.unwrap_or(Instant::FOREVER);
    let holds = on!(conn, |c| sqlx::query_as(SQL).bind(doctor).bind(from).bind(until).fetch_all(c).await?);
    expire(conn, holds, now).await
}

/// Settles `decisions`, which are about all of `visits`: what [`visits_ahead`] found in the same unit.
///
/// # Errors
/// [`AppError::Conflict`] when a visit is not among the decisions, or changed since its page was made, or the other way
/// round; [`AppError::NotSettled`] naming the first visit that cannot become what was chosen; the overlap rules of the
/// database, as a [`crate::db::Violation`]. The unit must fail then.
pub async fn settle(
    conn: &mut Conn<'_>,
    act: &Settling,
    visits: Vec<Appointment>,
    decisions: &[Decision],
) -> Result<Vec<Settled>, Error> {
    let mut cases = matched(visits, decisions)?;
    for case in &mut cases {
        give_up(conn, act, case).await?;
    }
    let mut room = room_for(conn, act, &cases).await?;
    let mut settled = Vec::with_capacity(cases.len());
    let mut news: BTreeMap<UserId, News> = BTreeMap::new();
    for case in &cases {
        let fate = place(conn, act, &mut room, case).await?;
        if let Some(patient) = case.visit.patient_id {
            news.entry(patient).or_default().add(case.visit.id, &fate);
        }
        settled.push(Settled { visit: case.visit.id, fate });
    }
    for (patient, news) in news {
        news.tell(conn, act, patient).await?;
    }
    Ok(settled)
}

/// One visit on its way.
struct Case {
    visit: Appointment,
    /// Whether it was a request that nobody has answered.
    requested: bool,
    choice: Choice,
}

/// Each visit with its choice.
fn matched(visits: Vec<Appointment>, decisions: &[Decision]) -> Result<Vec<Case>, Error> {
    let named: HashMap<AppointmentId, &Decision> = decisions.iter().map(|d| (d.visit, d)).collect();
    if named.len() != visits.len() || decisions.len() != visits.len() {
        return Err(AppError::Conflict.into());
    }
    let case = |visit: Appointment| match named.get(&visit.id) {
        Some(decision) if decision.version == visit.version => {
            Ok(Case { requested: visit.status == Status::Requested, visit, choice: decision.choice })
        }
        _ => Err(AppError::Conflict.into()),
    };
    visits.into_iter().map(case).collect()
}

/// The visit cannot become what was chosen for it.
fn not_settled(visit: &Appointment, now: Instant) -> Error {
    match views::moment(visit, now) {
        Ok(when) => AppError::NotSettled { visit: visit.id, when }.into(),
        Err(error) => error,
    }
}

/// The old row's part: called off, or given up for another time.
async fn give_up(conn: &mut Conn<'_>, act: &Settling, case: &mut Case) -> Result<(), Error> {
    let Case { visit, choice, .. } = case;
    let action = match choice {
        Choice::Keep => return Ok(()),
        Choice::Cancel => Action::Cancel,
        Choice::MoveToNext | Choice::Hand(_) => Action::Reschedule,
    };
    if next_status(Some(visit.status), action, act.by.role).is_none() {
        return Err(not_settled(visit, act.now));
    }
    if action == Action::Cancel {
        visit.cancelled_by = Some(act.by.role);
        visit.cancel_reason = Some(CancelReason::DoctorAway);
    }
    visit.change(conn, action, act.by, act.now).await
}

/// Reads the calendars that the choices need, once each.
async fn room_for(conn: &mut Conn<'_>, act: &Settling, cases: &[Case]) -> Result<Room, Error> {
    let mut calendars = Vec::new();
    let mut patients = Vec::new();
    for Case { visit, choice, .. } in cases {
        let doctor = match choice {
            Choice::Cancel | Choice::Keep => continue,
            Choice::MoveToNext => act.doctor,
            Choice::Hand(colleague) => *colleague,
        };
        if !calendars.contains(&doctor) {
            calendars.push(doctor);
        }
        patients.extend(visit.patient_id);
    }
    patients.sort_unstable();
    patients.dedup();
    end_what_ran_out(conn, &calendars, &patients, act.now).await?;
    let mut doctors = Vec::with_capacity(calendars.len());
    for doctor in calendars {
        doctors.push(OfferedDoctor::by_id(conn, doctor).await?);
    }
    Room::read(conn, doctors, &patients, act.now).await
}

/// The new row's part, and what became of the visit.
async fn place(conn: &mut Conn<'_>, act: &Settling, room: &mut Room, case: &Case) -> Result<Fate, Error> {
    let old = &case.visit;
    let found = match case.choice {
        Choice::Keep => return Ok(Fate::Kept),
        Choice::Cancel => return Ok(Fate::Cancelled),
        Choice::MoveToNext => act.back.and_then(|back| room.next(act.doctor, old, back)),
        Choice::Hand(colleague) if colleague == act.doctor => None,
        Choice::Hand(colleague) => room.at_same_time(colleague, old),
    };
    let found = found.ok_or_else(|| not_settled(old, act.now))?;
    let mut new = room.draft(&found)?;
    if case.requested {
        new.status = Status::Requested;
        new.answer_by = old.answer_by;
    }
    succeed(conn, old, &mut new, act.by).await?;
    room.take(&new);
    Ok(match case.choice {
        Choice::Hand(colleague) => Fate::Given { to: new.id, colleague, slug: new.doctor_slug },
        _ => Fate::Moved(new.id),
    })
}

/// Holds and requests that ran out still occupy in the eyes of the database, at these doctors and of these patients.
async fn end_what_ran_out(
    conn: &mut Conn<'_>,
    doctors: &[DoctorId],
    patients: &[UserId],
    now: Instant,
) -> Result<(), Error> {
    let by_doctor = conn.pick(in_ids!(
        "select * from appointments
        where ((status = 'held' and held_until <= $2)
                or (status = 'requested' and coalesce(answer_by, starts_at) <= $2))
            and doctor_id",
        ""
    ));
    let by_patient = conn.pick(in_ids!(
        "select * from appointments
        where ((status = 'held' and held_until <= $2)
                or (status = 'requested' and coalesce(answer_by, starts_at) <= $2))
            and patient_id",
        ""
    ));
    let doctors = ids_json(doctors.iter().map(|id| id.0));
    let rows = on!(conn, |c| sqlx::query_as(by_doctor).bind(&doctors).bind(now).fetch_all(c).await?);
    expire(conn, rows, now).await?;
    let patients = ids_json(patients.iter().map(|id| id.0));
    let rows = on!(conn, |c| sqlx::query_as(by_patient).bind(&patients).bind(now).fetch_all(c).await?);
    expire(conn, rows, now).await
}

async fn expire(conn: &mut Conn<'_>, rows: Vec<Appointment>, now: Instant) -> Result<(), Error> {
    for mut row in rows {
        row.expire(conn, now).await?;
    }
    Ok(())
}

/// What one patient is told: of all their visits at once.
#[derive(Default)]
struct News {
    cancelled: Vec<AppointmentId>,
    /// The new visits.
    moved: Vec<AppointmentId>,
}

impl News {
    fn add(&mut self, visit: AppointmentId, fate: &Fate) {
        match fate {
            Fate::Kept => {}
            Fate::Cancelled => self.cancelled.push(visit),
            Fate::Moved(to) | Fate::Given { to, .. } => self.moved.push(*to),
        }
    }

    async fn tell(mut self, conn: &mut Conn<'_>, act: &Settling, patient: UserId) -> Result<(), Error> {
        let kind = match (self.cancelled.is_empty(), self.moved.is_empty()) {
            (true, true) => return Ok(()),
            (false, true) => "visits_cancelled",
            (true, false) => "visits_moved",
            (false, false) => "visits_changed",
        };
        self.cancelled.append(&mut self.moved);
        let dedupe_key = format!("settle:{}:{patient}", act.action);
        let message = Message { kind, to: patient, visits: &self.cancelled, dedupe_key: &dedupe_key };
        enqueue(conn, act.now, message).await
    }
}

/// What a unit that settles visits answers when the database refused one of its rows: somebody else was quicker.
#[must_use]
pub fn in_words(error: Error) -> AppError {
    match error.violation() {
        Some(Violation::DoctorOverlap | Violation::PatientOverlap) => AppError::Conflict,
        _ => error.into(),
    }
}

/// Counts what became of the visits.
#[must_use]
pub fn tally(settled: &[Settled]) -> Tally {
    let mut tally = Tally::default();
    for Settled { fate, .. } in settled {
        match fate {
            Fate::Kept => tally.kept += 1,
            Fate::Cancelled => tally.cancelled += 1,
            Fate::Moved(_) => tally.moved += 1,
            Fate::Given { slug, .. } => match tally.given.iter_mut().find(|(known, _)| known == slug) {
                Some((_, visits)) => *visits += 1,
                None => tally.given.push((slug.clone(), 1)),
            },
        }
    }
    tally
}

/// The colleagues who received visits, each once.
#[must_use]
pub fn receivers(settled: &[Settled]) -> Vec<DoctorId> {
    let mut doctors = Vec::new();
    for Settled { fate, .. } in settled {
        if let Fate::Given { colleague, .. } = fate
            && !doctors.contains(colleague)
        {
            doctors.push(*colleague);
        }
    }
    doctors
}

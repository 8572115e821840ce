//! Moving.

use std::sync::Arc;

use super::{
    appointment::{Appointment, Author, expire_overlapping},
    availability::Availability,
    book::AlongAs,
    booker::Booker,
    busy::{only_busy, patient_busy},
    reschedule_actor::RescheduleActor,
    thread::{continue_chain, kept, link, open_request},
};
use crate::{
    availability::{Reason, server::DoctorCalendars},
    booking::{
        Action, Status, next_status,
        server::{
            doctor_news::tell_doctor,
            read_window::{ReadWindow, Start},
        },
    },
    config::Settings,
    db::{Conn, Error, Tx, Violation, WriteUnit},
    error::AppError,
    ids::AppointmentId,
    notifications::model::Kind,
    state::AppState,
    time::Timestamp,
};

/// Moves an appointment to another free time of the same doctor and visit type: the old row gives its time up and the
/// new row takes its own in one unit. When the new time is gone, the old appointment is untouched. A second move to the
/// same time changes nothing. A move needs no hold, so an appointment may also shift within its own length.
///
/// Where the doctor has to agree, the new row is a request, and a booked appointment stays as it is until that is
/// accepted. There is one such request at a time: another move takes its place.
///
/// # Errors
/// [`AppError::TimeGone`] with the nearest free times, [`AppError::TooLate`], [`AppError::Conflict`] for a stale
/// version or a finished appointment, [`AppError::PatientBusy`], [`AppError::NotFound`] for another person's
/// appointment.
pub async fn reschedule(
    app: &AppState,
    booker: Booker,
    id: AppointmentId,
    version: i32,
    start: Timestamp,
) -> Result<AppointmentId, AppError> {
    reschedule_with(app, booker, id, version, start, AlongAs::default()).await
}

/// As [`reschedule`], with what is written in the same commit.
///
/// # Errors
/// Those of [`reschedule`].
pub async fn reschedule_with(
    app: &AppState,
    booker: Booker,
    id: AppointmentId,
    version: i32,
    start: Timestamp,
    along: AlongAs,
) -> Result<AppointmentId, AppError> {
    booker.signed_in()?;
    let reschedule_actor = RescheduleActor::Patient { booker: booker.clone(), start };
    match move_by(app, reschedule_actor, id, version, along).await {
        Ok(moved) => Ok(moved.id),
        Err(error) => match error.violation() {
            Some(Violation::DoctorOverlap) => Err(time_gone(app, &booker, id, start, Reason::Taken).await?),
            Some(Violation::ResourceOverlap) => Err(time_gone(app, &booker, id, start, Reason::NoResource).await?),
            Some(Violation::PatientOverlap) => Err(mover_busy(app, &booker, id, start).await?),
            _ => Err(error.into()),
        },
    }
}

/// Moves an appointment as `reschedule_actor` may: the one write unit of pages and API.
///
/// # Errors
/// Those of [`reschedule`] and of the mover's rules; a lost race as the [`Violation`] that it was.
pub(super) async fn move_by(
    app: &AppState,
    reschedule_actor: RescheduleActor,
    id: AppointmentId,
    version: i32,
    along: AlongAs,
) -> Result<Appointment, Error> {
    let (calendars, settings) = (app.calendars.clone(), app.settings.clone());
    let unit = MoveAppointment { reschedule_actor, id, version, along, calendars, settings, now: app.clock.now() };
    app.db.write(unit).await
}

/// Whether [`move_by`] would move the appointment now: from when until when it would be there. Nothing is written.
///
/// # Errors
/// Those of [`move_by`], but for a lost race.
pub(super) async fn check_by(
    app: &AppState,
    reschedule_actor: RescheduleActor,
    id: AppointmentId,
    version: i32,
) -> Result<(Timestamp, Timestamp), Error> {
    let (calendars, settings, along) = (app.calendars.clone(), app.settings.clone(), AlongAs::default());
    let unit = MoveAppointment { reschedule_actor, id, version, along, calendars, settings, now: app.clock.now() };
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let there = match unit.look(conn).await? {
        Step::Stays(there) => there,
        Step::Goes(old, start) => {
            let role = unit.reschedule_actor.by().role;
            next_status(Some(old.status), Action::Reschedule, role).ok_or(AppError::Conflict)?;
            unit.fit(conn, &old, start).await?.1
        }
    };
    Ok((there.starts_at, there.ends_at))
}

/// What a move comes to.
enum Step {
    /// The appointment is where it should be.
    Stays(Appointment),
    /// It would go there.
    Goes(Appointment, Timestamp),
}

/// Moves an appointment to the time that its mover names.
struct MoveAppointment {
    reschedule_actor: RescheduleActor,
    id: AppointmentId,
    version: i32,
    along: AlongAs,
    calendars: Arc<DoctorCalendars>,
    settings: Arc<Settings>,
    now: Timestamp,
}

impl WriteUnit for MoveAppointment {
    const NAME: &'static str = "move_appointment";
    type Output = Appointment;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Appointment, Error> {
        let moved = self.run_move(tx).await?;
        self.along.write(tx, moved.clone()).await?;
        Ok(moved)
    }
}

impl MoveAppointment {
    /// Finds the appointment and the time, and asks whether it may go at all.
    async fn look(&self, conn: &mut Conn<'_>) -> Result<Step, Error> {
        let MoveAppointment { reschedule_actor, id, version, now, .. } = self;
        let (version, now) = (*version, *now);
        let old = reschedule_actor.find(conn, *id, now).await?;
        let start = reschedule_actor.start(conn, &old, now).await?;
        if let Some(next) = old.rescheduled_to {
            let next = Appointment::find(conn, next).await?;
            return if next.starts_at == start { Ok(Step::Stays(next)) } else { Err(AppError::Conflict.into()) };
        }
        if old.version != version {
            return Err(AppError::Conflict.into());
        }
        reschedule_actor.check_open(&old, now)?;
        // a request that ran out gives no right to the time, whether or not it has been ended
        if old.ran_out(now) {
            return Err(AppError::Conflict.into());
        }
        if old.starts_at == start {
            let stays = old.status == Status::Booked || reschedule_actor.is_patient();
            return if stays { Ok(Step::Stays(old)) } else { Err(AppError::Conflict.into()) };
        }
        Ok(Step::Goes(old, start))
    }

    /// Moves the appointment, unless it is where it should be.
    async fn run_move(&self, tx: &mut Tx<'_>) -> Result<Appointment, Error> {
        let MoveAppointment { reschedule_actor, now, .. } = self;
        let now = *now;
        let (old, start) = match self.look(tx).await? {
            Step::Stays(there) => return Ok(there),
            Step::Goes(old, start) => (old, start),
        };
        let parts = Parts::of(tx, old, now).await?;
        match parts.request() {
            Some(request) if request.starts_at == start && reschedule_actor.is_patient() => return Ok(request.clone()),
            _ => {}
        }
        if let Some(agreed) = parts.agreed() {
            reschedule_actor.check_open(agreed, now)?;
        }
        self.place(tx, parts, start).await
    }

    /// The row that `old` would have at `start`, with the rules that are set aside for it, and by what availability.
    async fn fit(
        &self,
        conn: &mut Conn<'_>,
        old: &Appointment,
        start: Timestamp,
    ) -> Result<(Availability, Appointment, Vec<Reason>), Error> {
        let MoveAppointment { reschedule_actor, settings, now, .. } = self;
        let (booker, now) = (reschedule_actor.booker(old), *now);
        let about = ReadWindow::day_of(now, Start::At(start));
        let availability = Availability::around(conn, &self.calendars, old, &booker, about).await?;
        let (new, reasons) =
            match reschedule_actor.build_appointment(conn, &availability, start, &settings.clinic, now).await {
                // to say which times are free instead
                Err(Error::App(AppError::TimeGone { reasons, .. })) => {
                    let availability = Availability::near_for(conn, &self.calendars, old, &booker, start, now).await?;
                    if only_busy(&reasons) && reschedule_actor.is_patient() {
                        return Err(patient_busy(conn, &availability, &booker, Some(old.id), start, now).await?.into());
                    }
                    reschedule_actor.build_appointment(conn, &availability, start, &settings.clinic, now).await?
                }
                other => other?,
            };
        Ok((availability, new, reasons))
    }

    /// Writes the new row, and ends those whose place it takes.
    async fn place(&self, tx: &mut Tx<'_>, parts: Parts, start: Timestamp) -> Result<Appointment, Error> {
        let MoveAppointment { reschedule_actor, now, .. } = self;
        let (old, now) = (&parts.named, *now);
        let (availability, mut new, reasons) = self.fit(tx, old, start).await?;
        let span = (new.starts_at, new.ends_at);
        if availability.found.has_run_out(span) {
            expire_overlapping(tx, old.doctor_id, old.patient_id, new.resource_id, span, now, None).await?;
        }
        let before = Some(old.starts_at);
        parts.give_way(tx, &mut new, reschedule_actor.by(), now).await?;
        reschedule_actor.tell(tx, &new, &reasons, now).await?;
        let kind = if new.would_replace.is_some() { Kind::DoctorRequested } else { Kind::DoctorMoved };
        tell_doctor(tx, kind, &new, before, reschedule_actor.by(), now).await?;
        Ok(new)
    }
}

/// The live rows of an appointment: the one that the mover names, and the other one, if it is booked and there is a
/// request to move it as well.
struct Parts {
    named: Appointment,
    other: Option<Appointment>,
}

impl Parts {
    /// A request that ran out is ended.
    async fn of(tx: &mut Tx<'_>, named: Appointment, now: Timestamp) -> Result<Parts, Error> {
        if named.status == Status::Requested {
            let other = kept(tx, &named).await?;
            return Ok(Parts { named, other });
        }
        let mut other = open_request(tx, &named).await?;
        if let Some(mut late) = other.take_if(|request| request.ran_out(now)) {
            late.expire(tx, now).await?;
        }
        Ok(Parts { named, other })
    }

    /// What is agreed.
    fn agreed(&self) -> Option<&Appointment> {
        if self.named.status == Status::Requested { self.other.as_ref() } else { Some(&self.named) }
    }

    /// What waits for an answer.
    fn request(&self) -> Option<&Appointment> {
        if self.named.status == Status::Requested { Some(&self.named) } else { self.other.as_ref() }
    }

    /// Writes `new` in the place of both rows. A new request takes the place of a request only: what is agreed stays
    /// until the new request is accepted, and the answer has to come before that begins.
    async fn give_way(self, tx: &mut Tx<'_>, new: &mut Appointment, by: Author, now: Timestamp) -> Result<(), Error> {
        let (agreed, request) = (self.agreed().cloned(), self.request().cloned());
        let stays = agreed.clone().filter(|_| new.status == Status::Requested);
        if let Some(stays) = &stays {
            new.would_replace = Some(stays.id);
            new.answer_by = new.answer_by.map(|until| until.min(stays.starts_at));
        }
        let goes = agreed.filter(|_| stays.is_none());
        let mut gone = Vec::new();
        for mut row in goes.into_iter().chain(request) {
            row.change(tx, Action::Reschedule, by, now).await?;
            gone.push(row);
        }
        let first = gone.first().or(stays.as_ref()).cloned().unwrap_or(self.named);
        succeed(tx, &first, new, by).await?;
        for row in gone {
            link(tx, row.id, new.id).await?;
        }
        Ok(())
    }
}

/// Moves a booked appointment to the time of `new`, which is free: the old one gives way, with the request to move it,
/// if one is open.
///
/// # Errors
/// [`AppError::Conflict`] when the appointment changed meanwhile; the database's.
pub(super) async fn give_way_to(
    tx: &mut Tx<'_>,
    old: Appointment,
    new: &mut Appointment,
    by: Author,
    now: Timestamp,
) -> Result<(), Error> {
    Parts::of(tx, old, now).await?.give_way(tx, new, by, now).await
}

/// Writes the new row of a move, requested or booked as its status says. Who comes and why is taken over from the old
/// row. Unless the new one is a request to move the old one, the old one has given its time up already.
pub(super) async fn succeed(
    tx: &mut Tx<'_>,
    old: &Appointment,
    new: &mut Appointment,
    by: Author,
) -> Result<(), Error> {
    continue_chain(tx, old, new).await?;
    if new.would_replace.is_none() {
        new.rescheduled_from = Some(old.id);
    }
    let action = if new.status == Status::Requested { Action::Request } else { Action::Book };
    new.insert(tx, action, by).await
}

async fn time_gone(
    app: &AppState,
    booker: &Booker,
    id: AppointmentId,
    start: Timestamp,
    reason: Reason,
) -> Result<AppError, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let appointment = Appointment::find(conn, id).await?;
    let booker = &booker.clone().acting_for(appointment.patient_id);
    let availability = Availability::near_for(conn, &app.calendars, &appointment, booker, start, now).await?;
    Ok(availability.gone(start, vec![reason]))
}

/// The error for a move of a patient who was booked elsewhere at the same moment.
async fn mover_busy(
    app: &AppState,
    booker: &Booker,
    id: AppointmentId,
    start: Timestamp,
) -> Result<AppError, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let old = Appointment::find(conn, id).await?;
    let booker = &booker.clone().acting_for(old.patient_id);
    let availability = Availability::near_for(conn, &app.calendars, &old, booker, start, now).await?;
    Ok(patient_busy(conn, &availability, booker, Some(id), start, now).await?)
}

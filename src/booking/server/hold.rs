//! Holding a time while the form is filled in, so that signing in or registering does not lose it.

use super::{
    offer::{Extent, Offer, OfferedDoctor},
    person::Person,
    record::{Appointment, sweep},
    times::{beginning_of, first_of_day},
    views,
};
use crate::{
    availability::{
        Reason,
        server::{Site, Slot, VisitType},
    },
    booking::{Action, HoldLeft, HoldPage, Status},
    db::{Conn, Error, Violation, on},
    error::AppError,
    ids::{AppointmentId, DoctorId, VisitTypeId},
    server::{limits::Limited, random, request::Requester, settings::BookingSettings, state::AppState},
    time::{Instant, server::LocalDate},
};

/// A wish for a time. The slot is named by its doctor and start; labels are never read back.
#[derive(Clone, Debug)]
pub struct HoldRequest {
    pub doctor_slug: String,
    pub visit_type: VisitTypeId,
    pub start: Instant,
    /// An earlier hold of the same person: what was typed there comes along.
    pub previous: Option<AppointmentId>,
}

/// Who wants to hold a time. A visitor who has not signed in counts for their network address.
///
/// # Errors
/// [`AppError::Forbidden`] for doctors and staff, [`AppError::TooManyAttempts`] for an address that holds too many.
pub fn holder(app: &AppState, requester: &Requester) -> Result<Person, AppError> {
    let person = Person::of(requester)?;
    if person.patient.is_none() {
        app.limits.take(&app.settings.limits, Limited::Hold, requester.address, app.clock.now())?;
    }
    Ok(person)
}

/// Holds a time. A person has one live hold: an earlier one is given back in the same unit.
///
/// # Errors
/// [`AppError::TimeGone`] with the nearest free times; [`AppError::NotFound`] for an unknown doctor or visit type.
pub async fn hold(app: &AppState, person: Person, request: HoldRequest) -> Result<AppointmentId, AppError> {
    let now = app.clock.now();
    let (taker, wish, rules) = (person.clone(), request.clone(), app.settings.booking.clone());
    let id = AppointmentId(random::id());
    let held = app.db.write(move |mut tx| {
        let (person, request, rules) = (taker.clone(), wish.clone(), rules.clone());
        async move {
            let conn = &mut tx.conn();
            let doctor = OfferedDoctor::by_slug(conn, &request.doctor_slug).await?;
            let Taken { hold, freed, .. } = take(conn, &person, doctor, &request.taking(id), &rules, now).await?;
            Ok((tx, (hold.doctor_id, freed)))
        }
    });
    match held.await {
        Ok((doctor, freed)) => {
            freed.into_iter().chain([doctor]).for_each(|doctor| app.directory.touch(doctor));
            Ok(id)
        }
        Err(error) => {
            let reasons = not_taken(error)?;
            let mut reader = app.db.read().await?;
            let conn = &mut reader.conn();
            let doctor = OfferedDoctor::by_slug(conn, &request.doctor_slug).await?;
            Err(gone_for(conn, &person, doctor, &request.taking(id), reasons, now).await?)
        }
    }
}

/// Which time of a doctor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    At(Instant),
    /// The earliest free one of a day on the clinic's calendar.
    On(LocalDate),
}

/// No hold is kept longer: its time is to come when it begins and when it is extended, and the settings allow eleven hours
/// at most.
const LONGEST_HOLD_MINUTES: i64 = 12 * 60;

/// A time to hold.
pub(super) struct Taking {
    /// Of the hold.
    pub id: AppointmentId,
    /// The kind that the doctor offers first when none is given.
    pub visit_type: Option<VisitTypeId>,
    pub start: Start,
    /// As in [`HoldRequest`].
    pub previous: Option<AppointmentId>,
}

/// A time that is held now.
pub(super) struct Taken {
    pub hold: Appointment,
    /// What the doctor offered before it.
    pub offer: Offer,
    /// The doctors of the holds that were given back for it.
    pub freed: Vec<DoctorId>,
}

impl HoldRequest {
    fn taking(&self, id: AppointmentId) -> Taking {
        Taking { id, visit_type: Some(self.visit_type), start: Start::At(self.start), previous: self.previous }
    }
}

/// Holds a time: what every door to a booking begins with.
///
/// # Errors
/// Those of [`hold`]; [`AppError::TimeGone`] says no more than the reasons, for [`not_taken`].
pub(super) async fn take(
    conn: &mut Conn<'_>,
    person: &Person,
    doctor: OfferedDoctor,
    taking: &Taking,
    rules: &BookingSettings,
    now: Instant,
) -> Result<Taken, Error> {
    let (typed, freed) = give_back(conn, person, now, taking.previous).await?;
    let about = Extent::about(now, taking.start);
    let mut offer = Offer::load(conn, doctor, taking.visit_type, person, about).await?;
    let gone = |reasons| AppError::TimeGone { wanted: String::new(), reasons, nearest: Vec::new() };
    let mut slot = chosen(&offer, taking.start, now).map_err(gone)?;
    if !offer.knows_all_about(&slot) {
        // an early or a late time of a day: a long buffer of the day beside it may reach so far
        offer = Offer::load(conn, offer.doctor, taking.visit_type, person, about.with_buffers()).await?;
        slot = chosen(&offer, taking.start, now).map_err(gone)?;
    }
    sweep(conn, offer.doctor.id, person.patient, (slot.start, slot.end), now, None).await?;
    let mut hold = draft(&offer, &slot, now)?;
    hold.id = taking.id;
    hold.status = Status::Held;
    hold.held_until = Some(now.plus_minutes(rules.hold_minutes));
    hold.patient_id = person.patient;
    // who has signed in is known by that, whichever browser it was
    hold.holder_hash = person.holder.clone().filter(|_| person.patient.is_none());
    (hold.reason, hold.contact_phone) = typed;
    hold.insert(conn, Action::Hold, person.by()).await?;
    Ok(Taken { hold, offer, freed })
}

/// The slot that is wanted, or every reason why it cannot be had.
fn chosen(offer: &Offer, start: Start, now: Instant) -> Result<Slot, Vec<Reason>> {
    match start {
        Start::At(start) => offer.slot_at(start),
        Start::On(date) => first_of_day(offer, date, now).ok_or_else(|| vec![Reason::DayFull]),
    }
}

/// An appointment for a slot of an offer; see [`draft_at`].
pub(super) fn draft(offer: &Offer, slot: &Slot, now: Instant) -> Result<Appointment, Error> {
    let site = offer.sites.get(&slot.location).ok_or(Error::Corrupt("a slot at an unknown location"))?;
    Ok(draft_at(&offer.doctor, &offer.visit, site, slot, now))
}

/// An appointment for a slot, with the values of this moment copied in. Its status is the caller's to choose.
pub(super) fn draft_at(
    doctor: &OfferedDoctor,
    visit: &VisitType,
    site: &Site,
    slot: &Slot,
    now: Instant,
) -> Appointment {
    Appointment {
        id: AppointmentId(random::id()),
        reference: random::reference(),
        doctor_id: doctor.id,
        patient_id: None,
        holder_hash: None,
        visit_type_id: visit.id,
        location_id: site.id,
        status: Status::Booked,
        version: 1,
        overbook: false,
        starts_at: slot.start,
        ends_at: slot.end,
        time_zone: site.zone.name().to_owned(),
        local_start: site.zone.local_start_text(slot.start),
        utc_offset_seconds: site.zone.offset_seconds(slot.start),
        held_until: None,
        hold_extensions: 0,
        doctor_name: doctor.name.clone(),
        visit_name: visit.name.clone(),
        mode: visit.mode,
        location_name: site.name.clone(),
        location_address: site.address.clone(),
        location_phone: site.phone.clone(),
        instructions: visit.instructions.clone(),
        buffer_before_minutes: visit.rules.buffer_before.into(),
        buffer_after_minutes: visit.rules.buffer_after.into(),
        needs_approval: visit.needs_approval,
        cutoff_minutes: visit.cutoff_minutes,
        late_cancel: visit.late_cancel,
        reason: String::new(),
        contact_phone: String::new(),
        cancelled_by: None,
        cancel_reason: None,
        cancelled_late: false,
        rescheduled_from: None,
        rescheduled_to: None,
        created_at: now,
        updated_at: now,
        answer_by: None,
        override_reason: String::new(),
        doctor_slug: doctor.slug.clone(),
    }
}

/// Ends this person's other holds and returns what was typed into the last of them, or into `previous`, and whose times
/// they were.
async fn give_back(
    conn: &mut Conn<'_>,
    person: &Person,
    now: Instant,
    previous: Option<AppointmentId>,
) -> Result<((String, String), Vec<DoctorId>), Error> {
    const SQL: &str = "select * from appointments
        where status = 'held' and starts_at > $3 and (patient_id = $1 or (patient_id is null and holder_hash = $2))
        order by created_at";
    let earliest = now.plus_minutes(-LONGEST_HOLD_MINUTES);
    let holds: Vec<Appointment> = on!(conn, |c| {
        sqlx::query_as(SQL).bind(person.patient).bind(&person.holder).bind(earliest).fetch_all(c).await?
    });
    let mut typed = match previous {
        Some(id) => typed_into(conn, person, id).await?,
        None => (String::new(), String::new()),
    };
    let doctors = holds.iter().map(|hold| hold.doctor_id).collect();
    for mut hold in holds {
        if hold.held_until.is_some_and(|until| until <= now) {
            hold.expire(conn, now).await?;
            continue;
        }
        typed = (hold.reason.clone(), hold.contact_phone.clone());
        hold.change(conn, Action::Release, person.by(), now).await?;
    }
    Ok((typed, doctors))
}

async fn typed_into(conn: &mut Conn<'_>, person: &Person, hold: AppointmentId) -> Result<(String, String), Error> {
    const SQL: &str = "select * from appointments where id = $1 and status in ('held', 'expired')";
    let found: Option<Appointment> = on!(conn, |c| sqlx::query_as(SQL).bind(hold).fetch_optional(c).await?);
    let own = found.filter(|hold| person.owns(hold));
    Ok(own.map(|hold| (hold.reason, hold.contact_phone)).unwrap_or_default())
}

/// Why [`take`] could not take a time: it is not free, or somebody else took it in the same moment. Any other error is
/// passed on.
pub(super) fn not_taken(error: Error) -> Result<Vec<Reason>, AppError> {
    match error.violation() {
        Some(Violation::DoctorOverlap) => Ok(vec![Reason::Taken]),
        Some(Violation::PatientOverlap) => Err(AppError::PatientBusy),
        _ => match error.into() {
            AppError::TimeGone { reasons, .. } => Ok(reasons),
            other => Err(other),
        },
    }
}

/// The error for a time that is not free, with the nearest ones that are. They are looked for after the unit: the whole
/// calendar would have been too much for it to read.
pub(super) async fn gone_for(
    conn: &mut Conn<'_>,
    person: &Person,
    doctor: OfferedDoctor,
    taking: &Taking,
    reasons: Vec<Reason>,
    now: Instant,
) -> Result<AppError, Error> {
    // the hold that would have been given back for it is nobody else's
    let own = person.live_hold(conn, now).await?;
    let offer = Offer::load(conn, doctor, taking.visit_type, person, Extent::whole(now).without(own)).await?;
    let start = match taking.start {
        Start::At(start) => start,
        Start::On(date) => beginning_of(&offer, date),
    };
    Ok(offer.gone(start, reasons))
}

/// Keeps a held time longer: each step adds a few minutes, and there are only so many steps.
///
/// # Errors
/// [`AppError::HoldExpired`] when it ran out and was given away or its time is over, [`AppError::Conflict`] when no step is
/// left, [`AppError::NotFound`] for a hold of somebody else.
pub async fn extend_hold(app: &AppState, person: Person, id: AppointmentId) -> Result<HoldLeft, AppError> {
    let now = app.clock.now();
    let rules = app.settings.booking.clone();
    let unit = app.db.write(move |mut tx| {
        let (person, rules) = (person.clone(), rules.clone());
        async move {
            let conn = &mut tx.conn();
            let mut hold = Appointment::find(conn, id).await?;
            if !person.owns(&hold) {
                return Err(AppError::NotFound.into());
            }
            if hold.status == Status::Expired || hold.starts_at <= now {
                return Err(AppError::HoldExpired { nearest: Vec::new() }.into());
            }
            if i64::from(hold.hold_extensions) >= rules.most_hold_extensions {
                return Err(AppError::Conflict.into());
            }
            hold.hold_extensions += 1;
            let until = hold.held_until.unwrap_or(now).max(now);
            hold.held_until = Some(until.plus_minutes(rules.hold_extension_minutes));
            hold.change(conn, Action::Extend, person.by(), now).await?;
            let extendable = i64::from(hold.hold_extensions) < rules.most_hold_extensions;
            let left = views::hold_left(&hold, extendable, now)?;
            Ok((tx, left))
        }
    });
    Ok(unit.await?)
}

/// What the details and check pages show of a hold.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown hold or somebody else's.
pub async fn held(app: &AppState, person: &Person, id: AppointmentId) -> Result<HoldPage, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let hold = Appointment::find(conn, id).await?;
    if !person.owns(&hold) {
        return Err(AppError::NotFound);
    }
    if !matches!(hold.status, Status::Held | Status::Expired) || hold.was_request() {
        return Ok(HoldPage::Booked { id });
    }
    let patient = match person.patient {
        Some(patient) => Some(views::contact(conn, patient).await?),
        None => None,
    };
    let extendable = i64::from(hold.hold_extensions) < app.settings.booking.most_hold_extensions;
    Ok(HoldPage::Hold(Box::new(views::hold(&hold, patient, extendable, now)?)))
}

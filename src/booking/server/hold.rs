//! Holding a time while the form is filled in, so that signing in or registering does not lose it.

use super::{
    answers,
    appointment::{Appointment, agreed, expire_overlapping, from_agreed},
    availability::Availability,
    booker::Booker,
    busy::{only_busy, patient_busy},
    times::first_of_day,
    views,
};
use crate::{
    accounts::server::care::acted_for,
    availability::{
        Reason,
        server::{DoctorCalendars, Slot},
    },
    booking::{
        Action, HoldLeft, HoldPage, HoldView, Status,
        server::{
            Start,
            access::{booker_of, others},
            availability::doctor_with_slug,
            build::build_appointment,
            facts::LONGEST_HOLD_MINUTES,
            read_window::ReadWindow,
        },
    },
    config::BookingSettings,
    db::{Conn, Error, Tx, Violation, WriteUnit},
    error::AppError,
    ids::{AppointmentId, DoctorId, PersonId, ResourceKindId, VisitTypeId},
    random,
    state::AppState,
    time::Timestamp,
    web::{rate_limits::Limited, request::RequestContext},
};
use std::sync::Arc;

/// A request for a time. The slot is named by its doctor and start; labels are never read back.
#[derive(Clone, Debug)]
pub struct HoldRequest {
    pub doctor_slug: String,
    pub visit_type: VisitTypeId,
    pub start: Timestamp,
    /// An earlier hold of the same person: what was typed there comes along.
    pub previous: Option<AppointmentId>,
    /// Who is to be seen, when that is not the booker.
    pub person: Option<PersonId>,
}

/// Who wants to hold a time. A visitor who has not signed in counts for their network address.
///
/// # Errors
/// [`AppError::Forbidden`] for doctors and staff, [`AppError::TooManyAttempts`] for an address that holds too many.
pub async fn holder(app: &AppState, request_context: &RequestContext) -> Result<Booker, AppError> {
    let booker = Booker::of(request_context)?;
    if booker.patient.is_none() {
        app.limits.take(&app.settings.limits, Limited::Hold, request_context.address, app.clock.now()).await?;
    }
    Ok(booker)
}

/// Holds a time. A person has one live hold: an earlier one is given back in the same unit.
///
/// # Errors
/// [`AppError::TimeGone`] with the nearest free times; [`AppError::NotFound`] for an unknown doctor or visit type.
pub async fn hold(app: &AppState, booker: Booker, request: HoldRequest) -> Result<AppointmentId, AppError> {
    let now = app.clock.now();
    let id = AppointmentId(random::id());
    let doctor = doctor_with_slug(&mut app.db.read().await?.conn(), &request.doctor_slug).await?;
    let HoldRequest { visit_type, start, previous, person, .. } = request;
    let booker = booker.acting_for(person);
    let params = HoldParams { id, doctor, visit_type: Some(visit_type), start: Start::At(start), previous };
    app.calendars.prepare(&app.db, doctor).await?;
    let unit = HoldTime {
        booker: booker.clone(),
        params: params.clone(),
        calendars: app.calendars.clone(),
        rules: app.settings.booking.clone(),
        now,
    };
    match app.db.write(unit).await {
        Ok(()) => Ok(id),
        Err(error) => {
            let reasons = hold_refusal(error)?;
            let mut reader = app.db.read().await?;
            let conn = &mut reader.conn();
            Err(time_gone_error(conn, &app.calendars, &booker, &params, reasons, now).await?)
        }
    }
}

/// Holds the time that a page asks for.
struct HoldTime {
    booker: Booker,
    params: HoldParams,
    calendars: Arc<DoctorCalendars>,
    rules: BookingSettings,
    now: Timestamp,
}

impl WriteUnit for HoldTime {
    const NAME: &'static str = "hold_time";
    type Output = ();

    fn doctor(&self) -> Option<DoctorId> {
        Some(self.params.doctor)
    }

    fn resource_kinds(&self) -> Vec<ResourceKindId> {
        self.calendars.needs(self.params.doctor, self.params.visit_type)
    }

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        self.booker.check(tx, self.now).await?;
        let (hold, _) = build_hold(tx, &self.calendars, &self.booker, &self.params, &self.rules, self.now).await?;
        hold.insert(tx, Action::Hold, self.booker.by()).await
    }
}

/// A time to hold.
#[derive(Clone, Debug)]
pub(super) struct HoldParams {
    /// Of the hold.
    pub id: AppointmentId,
    pub doctor: DoctorId,
    /// The doctor's first visit type when none is given.
    pub visit_type: Option<VisitTypeId>,
    pub start: Start,
    /// As in [`HoldRequest`].
    pub previous: Option<AppointmentId>,
}

/// Note and telephone number, as the patient typed them.
pub(super) type Typed = (String, String);

/// A time that can be taken now.
pub(super) struct FreeTime {
    pub availability: Availability,
    pub slot: Slot,
    /// What the patient typed into an earlier hold.
    typed: Typed,
}

/// The hold of a time that is free, to be inserted: the first step of every booking, on pages and in the API.
///
/// # Errors
/// Those of [`hold`]; [`AppError::TimeGone`] says no more than the reasons, for [`hold_refusal`].
pub(super) async fn build_hold(
    tx: &mut Tx<'_>,
    calendars: &DoctorCalendars,
    booker: &Booker,
    params: &HoldParams,
    rules: &BookingSettings,
    now: Timestamp,
) -> Result<(Appointment, Availability), Error> {
    let FreeTime { availability, slot, typed } = take_time(tx, calendars, booker, params, now).await?;
    let mut hold = build_appointment(&availability, &slot, now)?;
    hold.id = params.id;
    hold.status = Status::Held;
    hold.held_until = Some(now.plus_minutes(rules.hold_minutes));
    hold.patient_id = booker.patient;
    // who has signed in is known by that, whichever browser it was
    hold.holder_hash = booker.holder.clone().filter(|_| booker.patient.is_none());
    (hold.reason, hold.contact_phone) = typed;
    Ok((hold, availability))
}

/// Makes sure that a time is free, and makes it so where only the booker's earlier hold, or a hold or request that ran
/// out, stands in its way.
///
/// # Errors
/// As [`build_hold`].
pub(super) async fn take_time(
    tx: &mut Tx<'_>,
    calendars: &DoctorCalendars,
    booker: &Booker,
    params: &HoldParams,
    now: Timestamp,
) -> Result<FreeTime, Error> {
    let HoldParams { doctor, visit_type, start, previous, .. } = *params;
    let window = ReadWindow::day_of(now, start);
    let mut availability = Availability::load(tx, calendars, doctor, visit_type, booker, window).await?;
    let mut typed = Typed::default();
    if previous.is_some() || availability.found.holds > 0 {
        typed = give_back(tx, booker, now, previous).await?;
        availability = Availability::load(tx, calendars, doctor, visit_type, booker, window).await?;
    }
    let gone = |reasons| AppError::TimeGone { wanted: String::new(), reasons, nearest: Vec::new() };
    let mut slot = chosen(&availability, start, now).map_err(gone)?;
    if !availability.knows_all_about(&slot) {
        // an early or a late time of a day: a long buffer of the day beside it may reach so far
        let window = window.with_buffers();
        availability = Availability::load(tx, calendars, doctor, visit_type, booker, window).await?;
        slot = chosen(&availability, start, now).map_err(gone)?;
    }
    let span = (slot.start, slot.end);
    if availability.found.has_run_out(span) {
        expire_overlapping(tx, doctor, booker.patient, slot.resource, span, now, None).await?;
    }
    Ok(FreeTime { availability, slot, typed })
}

/// The slot that is wanted, or every reason why it cannot be had.
fn chosen(availability: &Availability, start: Start, now: Timestamp) -> Result<Slot, Vec<Reason>> {
    match start {
        Start::At(start) => availability.slot_at(start),
        Start::On(date) => {
            first_of_day(availability, date, now).ok_or_else(|| vec![availability.refusal().unwrap_or(Reason::DayFull)])
        }
    }
}

/// Ends this person's other holds and returns what was typed into `previous`, or where that is empty into the last of
/// them.
pub(super) async fn give_back(
    tx: &mut Tx<'_>,
    booker: &Booker,
    now: Timestamp,
    previous: Option<AppointmentId>,
) -> Result<Typed, Error> {
    const SQL: &str = concat!(
        "select ",
        agreed!(),
        from_agreed!(),
        "where a.status = 'held' and a.starts_at > $3
            and (a.patient_id = $1 or (a.patient_id is null and a.holder_hash = $2))
        order by a.created_at"
    );
    let earliest = now.plus_minutes(-LONGEST_HOLD_MINUTES);
    let holds: Vec<Appointment> = tx.fetch_all(SQL, (booker.patient, &booker.holder, earliest)).await?;
    let before = match previous {
        Some(id) => typed_into(tx, booker, id).await?,
        None => Typed::default(),
    };
    let (mut reason, mut phone) = Typed::default();
    for mut hold in holds {
        if hold.held_until.is_some_and(|until| until <= now) {
            hold.expire(tx, now).await?;
            continue;
        }
        typed_later(&mut reason, &hold.reason);
        typed_later(&mut phone, &hold.contact_phone);
        hold.change(tx, Action::Release, booker.by(), now).await?;
    }
    typed_later(&mut reason, &before.0);
    typed_later(&mut phone, &before.1);
    Ok((reason, phone))
}

/// What was typed last stays; an empty field is no text.
fn typed_later(text: &mut String, later: &str) {
    if !later.is_empty() {
        later.clone_into(text);
    }
}

async fn typed_into(conn: &mut Conn<'_>, booker: &Booker, hold: AppointmentId) -> Result<Typed, Error> {
    const SQL: &str =
        concat!("select ", agreed!(), from_agreed!(), "where a.id = $1 and a.status in ('held', 'expired')");
    let found: Option<Appointment> = conn.fetch_optional(SQL, (hold,)).await?;
    let own = found.filter(|hold| booker.owns(hold));
    Ok(own.map(|hold| (hold.reason, hold.contact_phone)).unwrap_or_default())
}

/// Why a time could not be held: it is not free, or another booking took it at the same moment. Any other error is passed on.
pub(super) fn hold_refusal(error: Error) -> Result<Vec<Reason>, AppError> {
    match error.violation() {
        Some(Violation::DoctorOverlap) => Ok(vec![Reason::Taken]),
        Some(Violation::PatientOverlap) => Ok(vec![Reason::PatientBusy]),
        Some(Violation::ResourceOverlap) => Ok(vec![Reason::NoResource]),
        _ => match error.into() {
            AppError::TimeGone { reasons, .. } => Ok(reasons),
            other => Err(other),
        },
    }
}

/// The error for a time that cannot be booked, with the nearest ones that can. They are looked for after the unit: the
/// whole calendar would have been too much for it to read.
pub(super) async fn time_gone_error(
    conn: &mut Conn<'_>,
    calendars: &DoctorCalendars,
    booker: &Booker,
    params: &HoldParams,
    reasons: Vec<Reason>,
    now: Timestamp,
) -> Result<AppError, Error> {
    // the booker's own live hold would have been given back, so it does not count as busy
    let own = booker.live_hold(conn, now).await?;
    let (of, around) = ((params.doctor, params.visit_type), (params.start, own));
    let availability = Availability::near(conn, calendars, of, booker, around, now).await?;
    match params.start {
        Start::At(start) if only_busy(&reasons) => patient_busy(conn, &availability, booker, own, start, now).await,
        Start::At(start) => Ok(availability.gone(start, reasons)),
        Start::On(date) => Ok(availability.day_gone(date, reasons)),
    }
}

/// Keeps a held time longer: each step adds a few minutes, and there are only so many steps.
///
/// # Errors
/// [`AppError::HoldExpired`] when it ran out and was given away or its time is over, [`AppError::Conflict`] when no
/// step is left, [`AppError::NotFound`] for another person's hold.
pub async fn extend_hold(app: &AppState, booker: Booker, id: AppointmentId) -> Result<HoldLeft, AppError> {
    let unit = ExtendHold { booker, id, rules: app.settings.booking.clone(), now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Keeps a held time one step longer.
struct ExtendHold {
    booker: Booker,
    id: AppointmentId,
    rules: BookingSettings,
    now: Timestamp,
}

impl WriteUnit for ExtendHold {
    const NAME: &'static str = "extend_hold";
    type Output = HoldLeft;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<HoldLeft, Error> {
        let (rules, now) = (&self.rules, self.now);
        let mut hold = Appointment::find(tx, self.id).await?;
        booker_of(tx, &self.booker, &hold, now).await?;
        if hold.status == Status::Expired || hold.starts_at <= now {
            return Err(AppError::HoldExpired { nearest: Vec::new() }.into());
        }
        if i64::from(hold.hold_extensions) >= rules.max_hold_extensions {
            return Err(AppError::Conflict.into());
        }
        hold.hold_extensions += 1;
        let until = hold.held_until.unwrap_or(now).max(now);
        hold.held_until = Some(until.plus_minutes(rules.hold_extension_minutes));
        hold.change(tx, Action::Extend, self.booker.by(), now).await?;
        let extendable = i64::from(hold.hold_extensions) < rules.max_hold_extensions;
        Ok(views::hold_left(&hold, extendable, now))
    }
}

/// What the page of a held time shows.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown hold or another person's.
pub async fn held(app: &AppState, booker: &Booker, id: AppointmentId) -> Result<HoldPage, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let hold = Appointment::find(conn, id).await?;
    let booker = booker_of(conn, booker, &hold, now).await?;
    if !matches!(hold.status, Status::Held | Status::Expired) || hold.was_request() {
        return Ok(HoldPage::Booked { id });
    }
    Ok(HoldPage::Hold(Box::new(hold_view(conn, app, &booker, &hold, now).await?)))
}

/// A hold as its booker sees it.
pub(super) async fn hold_view(
    conn: &mut Conn<'_>,
    app: &AppState,
    booker: &Booker,
    hold: &Appointment,
    now: Timestamp,
) -> Result<HoldView, Error> {
    let answers = answers::of_hold(conn, app, hold).await?;
    let (mut patient, answers) = match booker.patient {
        Some(patient) => (Some(views::contact(conn, patient).await?), answers),
        None => (None, answers.map(|_| Vec::new())),
    };
    if let (Some(carer), Some(patient)) = (booker.carer, &mut patient) {
        // the clinic calls who booked
        patient.phone = views::contact(conn, carer).await?.phone;
    }
    let for_whom = patient.as_ref().filter(|_| booker.carer.is_some()).map(|patient| patient.name.clone());
    let all = match booker.account() {
        Some(account) => others(acted_for(conn, account, now).await?),
        None => Vec::new(),
    };
    let chooses = !all.is_empty();
    // whom a visitor's hold is for is asked once they have signed in, if they act for others
    let persons = if hold.patient_id.is_none() { all } else { Vec::new() };
    let extendable = i64::from(hold.hold_extensions) < app.settings.booking.max_hold_extensions;
    let view = views::hold(hold, patient, (for_whom, answers), extendable, now)?;
    Ok(HoldView { persons, person: hold.patient_id, chooses, ..view })
}

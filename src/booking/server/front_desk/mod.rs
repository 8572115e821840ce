//! What doctors and staff do with appointments of their patients: add, move, cancel.
//!
//! The same predicate decides as for patients. What it refuses as a rule can be set aside with a reason; what the
//! database refuses needs an explicit overbooking besides. Nothing of that happens without having been shown.

mod check_move;
pub(crate) mod patients;
pub(crate) mod visit_types;

use std::sync::Arc;
use uuid::Uuid;

pub use self::check_move::check_move;
use self::patients::NewPatient;
use super::{
    appointment::{Appointment, Author, expire_overlapping},
    availability::Availability,
    book::AlongAs,
    booker::Booker,
    busy::named_for_staff,
    clinic_time::{build_by_clinic, clinic_day, record_exception, start_of},
    reschedule::move_by,
    reschedule_actor::RescheduleActor,
    times, views,
};
use crate::{
    accounts::Permission,
    availability::{
        Reason,
        server::{
            Calendar, DoctorCalendars, Hand, VisitType, calendar_at_desk, hand_on, load_locations, load_visit_types,
        },
    },
    booking::{
        Action, MAX_REASON,
        front_desk::{AddPage, AddQuery, AppointmentForm, ClinicMove, NEW_PATIENT, TimeForm},
        server::{
            access::{day_page, find_for},
            doctor_news::tell_doctor,
            read_window::{ReadWindow, Start},
        },
    },
    clinic::DoctorStatus,
    db::{Conn, Error, Tx, Violation, WriteUnit},
    error::{AppError, FieldCode, FieldError},
    ids::{AppointmentId, PersonId, VisitTypeId},
    notifications::{
        model::Kind,
        server::{Message, enqueue},
    },
    random,
    state::AppState,
    text::{check_lines, is_blank, kept_lines, server::telephone::Country},
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
    web::request::Actor,
};

/// Adds an appointment for a patient, booked at once, and tells the patient. The same form sent twice adds one
/// appointment.
///
/// # Errors
/// [`AppError::Invalid`] naming the fields; [`AppError::TimeGone`] with every rule against the time, until the form has
/// shown them and says why they are set aside; [`AppError::NotFound`] for another doctor's calendar.
pub async fn add(app: &AppState, actor: Actor, form: AppointmentForm) -> Result<Appointment, AppError> {
    clinic_only(actor)?;
    let (calendars, country) = (app.calendars.clone(), app.settings.clinic.phone_country());
    let unit = AddAppointment { actor, form, calendars, country, now: app.clock.now() };
    app.db.write(unit).await.map_err(refused)
}

/// Adds an appointment for a patient, a new patient first.
struct AddAppointment {
    actor: Actor,
    form: AppointmentForm,
    calendars: Arc<DoctorCalendars>,
    country: Country,
    now: Timestamp,
}

impl WriteUnit for AddAppointment {
    const NAME: &'static str = "add_appointment";
    type Output = Appointment;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Appointment, Error> {
        add_appointment(tx, self).await
    }
}

/// A write that lost a race is a time that is gone.
pub(super) fn refused(error: Error) -> AppError {
    let reason = match error.violation() {
        Some(Violation::DoctorOverlap) => Reason::Taken,
        Some(Violation::PatientOverlap) => Reason::PatientBusy,
        Some(Violation::ResourceOverlap) => Reason::NoResource,
        _ => return error.into(),
    };
    AppError::TimeGone { wanted: String::new(), reasons: vec![reason], nearest: Vec::new() }
}

/// # Errors
/// [`AppError::Forbidden`] for patients.
pub(super) fn clinic_only(actor: Actor) -> Result<(), AppError> {
    actor.needs(Permission::WorkAtDesk)
}

async fn add_appointment(tx: &mut Tx<'_>, unit: &AddAppointment) -> Result<Appointment, Error> {
    let AddAppointment { actor, form, calendars, country, now } = unit;
    let (actor, country, now) = (*actor, *country, *now);
    let calendar = calendar_at_desk(tx, actor, &form.doctor).await?;
    let key = form.key.parse().unwrap_or_else(|_| AppointmentId(random::id()));
    if let Some(appointment) = added_before(tx, &calendar, key).await? {
        return Ok(appointment);
    }
    if calendar.status == DoctorStatus::Deactivated {
        return Err(AppError::Conflict.into());
    }
    let locations = load_locations(tx).await?;
    let start = start_of(&form.time, &locations, &calendar.zone, now);
    let today = calendar.zone.local_date(now);
    let fields = wrong_fields(form, start.as_ref().err(), today);
    if !fields.is_empty() {
        return Err(AppError::Invalid { fields }.into());
    }
    let start = start?;
    let new = (form.patient == NEW_PATIENT).then(|| NewPatient::of(form, country, today));
    let patient = match &new {
        Some(new) => new.id,
        None => known_patient(tx, &calendar, form, country).await?,
    };
    let about = ReadWindow::day_of(now, Start::At(start));
    let availability = availability_for(tx, calendars, &calendar, &form.visit_type, Some(patient), about).await?;
    let (mut appointment, reasons) = match build_by_clinic(&availability, &form.time, start, now) {
        // to say which times are free instead
        Err(Error::App(AppError::TimeGone { .. })) => {
            let availability =
                availability_for(tx, calendars, &calendar, &form.visit_type, Some(patient), ReadWindow::all_ahead(now))
                    .await?;
            build_by_clinic(&availability, &form.time, start, now)?
        }
        other => other?,
    };
    appointment.id = key;
    appointment.patient_id = Some(patient);
    appointment.reason = kept_lines(&form.note);
    let (resource, span) = (appointment.resource_id, (appointment.starts_at, appointment.ends_at));
    expire_overlapping(tx, calendar.doctor, Some(patient), resource, span, now, None).await?;
    if let Some(new) = &new {
        new.insert(tx, now).await?;
    }
    appointment.insert(tx, Action::Book, Author::from(actor)).await?;
    record_exception(tx, actor, now, &appointment, &reasons).await?;
    let message = Message {
        kind: Kind::AppointmentAdded,
        to: patient,
        appointments: &[appointment.id],
        dedupe_key: &format!("appointment_added:{key}"),
    };
    enqueue(tx, now, message).await?;
    tell_doctor(tx, Kind::DoctorBooked, &appointment, None, Author::from(actor), now).await?;
    Ok(appointment)
}

/// The appointment that this form has added already. [`AppError::NotFound`] when another doctor's appointment has that
/// id.
async fn added_before(
    conn: &mut Conn<'_>,
    calendar: &Calendar,
    key: AppointmentId,
) -> Result<Option<Appointment>, Error> {
    match Appointment::find(conn, key).await {
        Ok(appointment) if appointment.doctor_id == calendar.doctor => Ok(Some(appointment)),
        Ok(_) => Err(AppError::NotFound.into()),
        Err(Error::App(AppError::NotFound)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn wrong_fields(form: &AppointmentForm, time: Option<&AppError>, today: LocalDate) -> Vec<FieldError> {
    let mut fields = if form.patient == NEW_PATIENT { NewPatient::check(form, today) } else { Vec::new() };
    if let Some(code) = check_lines(&form.note, MAX_REASON) {
        fields.push(FieldError { field: "note".into(), code });
    }
    if let Some(AppError::Invalid { fields: more }) = time {
        fields.extend(more.iter().cloned());
    }
    fields
}

async fn known_patient(
    conn: &mut Conn<'_>,
    calendar: &Calendar,
    form: &AppointmentForm,
    country: Country,
) -> Result<PersonId, Error> {
    let unknown = || AppError::field("patient", FieldCode::Missing);
    let id = form.patient.parse().map_err(|_| unknown())?;
    let found = patients::known(conn, calendar, id, &form.q, country).await?;
    Ok(found.ok_or(AppError::NotFound)?.id)
}

/// The availability of this calendar for a patient, or for one who is not chosen yet, and one of its visit types.
async fn availability_for(
    conn: &mut Conn<'_>,
    calendars: &DoctorCalendars,
    calendar: &Calendar,
    visit_type: &str,
    patient: Option<PersonId>,
    window: ReadWindow,
) -> Result<Availability, Error> {
    let unknown = || AppError::field("visit_type", FieldCode::Unknown);
    let visit_type: VisitTypeId = visit_type.parse().map_err(|_| unknown())?;
    let booker = Booker { patient, carer: None, holder: None };
    match Availability::load(conn, calendars, calendar.doctor, Some(visit_type), &booker, window).await {
        Err(Error::App(AppError::NotFound)) => Err(unknown().into()),
        Ok(availability) if patient.is_none() => Ok(availability.for_any_patient()),
        other => other,
    }
}

/// What the page that adds an appointment shows.
///
/// # Errors
/// [`AppError::NotFound`] for another doctor's calendar, or a patient whom this doctor does not know.
pub async fn add_page(app: &AppState, actor: Actor, query: AddQuery) -> Result<AddPage, AppError> {
    clinic_only(actor)?;
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let calendar = calendar_at_desk(conn, actor, &query.doctor).await?;
    let country = app.settings.clinic.phone_country();
    let patient = match query.patient.parse() {
        Ok(id) => Some(patients::known(conn, &calendar, id, &query.q, country).await?.ok_or(AppError::NotFound)?),
        Err(_) => None,
    };
    let searched = !is_blank(&query.q) && query.patient.is_empty();
    let found = if searched { Some(patients::search(conn, &calendar, &query.q, country).await?) } else { None };
    let visit_types = load_visit_types(conn, &[calendar.doctor]).await?.remove(&calendar.doctor).unwrap_or_default();
    let label = |visit_type: &VisitType| {
        format!("{}, {} minutes, {}", visit_type.name, visit_type.rules.minutes, visit_type.mode.label().to_lowercase())
    };
    let visit_types: Vec<(String, String)> =
        visit_types.iter().map(|visit_type| (visit_type.id.to_string(), label(visit_type))).collect();
    let chosen =
        visit_types.iter().find(|(id, _)| *id == query.visit_type).or(visit_types.first()).map(|(id, _)| id.clone());
    let day = match &chosen {
        Some(visit_type) => {
            // a new patient is one whom no row mentions
            let new = (query.patient == NEW_PATIENT).then_some(PersonId(Uuid::nil()));
            let asking = patient.as_ref().map(|patient| patient.id).or(new);
            let availability =
                availability_for(conn, &app.calendars, &calendar, visit_type, asking, ReadWindow::all_ahead(now))
                    .await?;
            let (date, form) = day_of(&query.time, &calendar.zone, now);
            let day = clinic_day(&availability, &calendar.zone, date, &form, now);
            Some(named_for_staff(conn, actor, day, &availability, (asking, None), now).await?)
        }
        None => None,
    };
    Ok(AddPage {
        key: AppointmentId(random::id()),
        doctor_name: calendar.name,
        by_staff: calendar.by_staff,
        patient,
        found,
        visit_types,
        visit_type: chosen.unwrap_or_default(),
        day,
    })
}

/// The page on which a doctor or staff add an appointment at a time that patients would hold.
///
/// # Errors
/// [`AppError::Forbidden`] for patients; [`AppError::OtherCalendar`] for a doctor and a time of another one;
/// [`AppError::NotFound`] for an unknown doctor.
pub async fn page_to_add(
    app: &AppState,
    actor: Actor,
    slug: &str,
    visit_type: VisitTypeId,
    start: Timestamp,
) -> Result<String, AppError> {
    clinic_only(actor)?;
    let mut reader = app.db.read().await?;
    let calendar = match calendar_at_desk(&mut reader.conn(), actor, slug).await {
        Err(Error::App(AppError::NotFound)) if actor.may(Permission::KeepOwnCalendar) => {
            return Err(AppError::OtherCalendar);
        }
        other => other?,
    };
    let doctor = if calendar.named().is_empty() { String::new() } else { format!("doctor={}&", calendar.slug) };
    Ok(format!("/doctor/add?{doctor}visit_type={visit_type}&start={}", start.0))
}

/// The day to show: the one named, that of the time asked for, or today; and the form with that day in it.
fn day_of(form: &TimeForm, zone: &Zone, now: Timestamp) -> (LocalDate, TimeForm) {
    let of_start = || form.start.parse().ok().map(|start| zone.local_date(Timestamp(start)));
    let date = form.date.parse().ok().or_else(of_start).unwrap_or_else(|| zone.local_date(now));
    (date, TimeForm { date: date.to_string(), ..form.clone() })
}

/// Moves an appointment to another time of its doctor, also after the patient's cut-off, and tells the patient.
///
/// # Errors
/// As [`add`]; [`AppError::Conflict`] for a stale version or an appointment that is over; [`AppError::NotFound`] for
/// another doctor's appointment.
pub async fn move_appointment(
    app: &AppState,
    actor: Actor,
    id: AppointmentId,
    version: i32,
    form: TimeForm,
) -> Result<Appointment, AppError> {
    move_appointment_with(app, actor, id, version, form, AlongAs::default()).await
}

/// As [`move_appointment`], with what is written in the same commit.
///
/// # Errors
/// Those of [`move_appointment`].
pub async fn move_appointment_with(
    app: &AppState,
    actor: Actor,
    id: AppointmentId,
    version: i32,
    form: TimeForm,
    along: AlongAs,
) -> Result<Appointment, AppError> {
    clinic_only(actor)?;
    let reschedule_actor = RescheduleActor::Clinic { actor, form: Box::new(form) };
    move_by(app, reschedule_actor, id, version, along).await.map_err(refused)
}

/// The days and times to which the clinic may move an appointment: the day named, else the appointment's own, or the
/// first with a free time. None when the doctor no longer has this visit type.
///
/// # Errors
/// [`AppError::NotFound`] for another doctor's appointment.
pub async fn move_page(
    app: &AppState,
    actor: Actor,
    id: AppointmentId,
    from: Option<LocalDate>,
    form: TimeForm,
) -> Result<Option<ClinicMove>, AppError> {
    clinic_only(actor)?;
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let appointment = find_for(conn, actor, id, now).await?;
    let zone = views::zone(&appointment)?;
    let changes = app.schedule_changes.address(appointment.doctor_id);
    let patient = Booker { patient: appointment.patient_id, carer: None, holder: None };
    let availability =
        match Availability::around(conn, &app.calendars, &appointment, &patient, ReadWindow::all_ahead(now)).await {
            Err(Error::App(AppError::NotFound)) => return Ok(None),
            other => other?,
        };
    let (asked, own) = (form.date.parse().ok(), zone.local_date(appointment.starts_at));
    let days = times::page(&availability, Some(&appointment), from, None, Some(asked.unwrap_or(own)), changes, now)?;
    let first = days.days.first().filter(|_| days.day_is_full).and_then(|day| day.date.parse().ok());
    let date = asked.or(first).unwrap_or(own);
    let form = TimeForm { date: date.to_string(), ..form };
    let day = clinic_day(&availability, &zone, date, &form, now);
    let whose = (appointment.patient_id, Some(id));
    let day = named_for_staff(conn, actor, day, &availability, whose, now).await?;
    Ok(Some(ClinicMove { days, day }))
}

/// As [`day_page`] for an appointment of this id; the list of appointments for its patient.
///
/// # Errors
/// [`AppError::NotFound`] for another doctor's appointment.
pub async fn page_after(app: &AppState, actor: Actor, id: AppointmentId) -> Result<String, AppError> {
    if !actor.may(Permission::WorkAtDesk) {
        return Ok(format!("/appointments/{id}"));
    }
    let mut reader = app.db.read().await?;
    let appointment = find_for(&mut reader.conn(), actor, id, app.clock.now()).await?;
    let own = hand_on(&mut reader.conn(), actor, appointment.doctor_id).await? == Some(Hand::Owner);
    Ok(day_page(own, &appointment))
}

//! The time of an appointment that the clinic adds or moves: which one it is, and which rules it may set aside.

use std::collections::HashMap;

use crate::{
    availability::{
        Reason,
        model::clock_input::{clock_text, parse_clock},
        server::{Location, Slot},
    },
    booking::{
        front_desk::{ClinicDay, MAX_OVERRIDE, TimeForm, WantedTime},
        server::{
            appointment::Appointment,
            availability::Availability,
            build::build_appointment,
            times::{day_times, next_free_day},
        },
    },
    clinic::server::audit,
    db::{Error, Tx},
    error::{AppError, FieldCode},
    ids::LocationId,
    text::{check_lines, figures, kept_lines},
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
    web::request::Actor,
};

/// Days ahead until which schedules are read; a visit type's horizon ends before.
const MAX_DAYS_AHEAD: i64 = 731;

/// When the appointment would start. A typed time is read by the clocks of the chosen location, else by those of
/// `home`.
///
/// # Errors
/// [`AppError::Invalid`] naming the field. The past ends with yesterday: who has come without an appointment is added
/// after the appointment has begun.
pub fn start_of(
    form: &TimeForm,
    locations: &HashMap<LocationId, Location>,
    home: &Zone,
    now: Timestamp,
) -> Result<Timestamp, AppError> {
    let typed = figures(&form.time);
    let (field, start) = if typed.is_empty() {
        let start = form.start.parse().map_err(|_| AppError::field("start", FieldCode::Missing))?;
        ("start", Timestamp(start))
    } else {
        let minute = parse_clock(&typed).ok_or_else(|| AppError::field("time", FieldCode::NotATime))?;
        let date: LocalDate = form.date.parse().map_err(|_| AppError::field("time", FieldCode::NotADate))?;
        let zone = location(form, locations).map_or(home, |location| &location.zone);
        ("time", zone.window_start(date, minute))
    };
    let (today, date) = (home.local_date(now), home.local_date(start));
    if date < today {
        return Err(AppError::field(field, FieldCode::InThePast));
    }
    if date > today.plus_days(MAX_DAYS_AHEAD) {
        return Err(AppError::field(field, FieldCode::TooFarAhead));
    }
    Ok(start)
}

fn location<'a>(form: &TimeForm, locations: &'a HashMap<LocationId, Location>) -> Option<&'a Location> {
    locations.get(&form.location.parse().ok()?)
}

/// An appointment at `start`, marked with the rules that `form` sets aside, and those rules.
///
/// # Errors
/// [`AppError::TimeGone`] with every rule against it, unless the form saw them and gives a reason, and for a time that
/// is taken says so besides; [`AppError::Invalid`] for a reason that cannot be kept, or a missing location.
pub fn build_by_clinic(
    availability: &Availability,
    form: &TimeForm,
    start: Timestamp,
    now: Timestamp,
) -> Result<(Appointment, Vec<Reason>), Error> {
    let reason = override_reason(form)?;
    let (working, mut reasons) = availability.evaluate(start);
    let location = working.or_else(|| location(form, &availability.locations).map(|location| location.id));
    let end = availability.visit_type.rules.end_of(start);
    let resource = match location.map(|location| availability.resource_for(location, (start, end), None)) {
        Some(Ok(resource)) => resource,
        Some(Err(reason)) => {
            // outside of the hours, nothing was asked of any location
            reasons.extend((!reasons.contains(&reason)).then_some(reason));
            None
        }
        None => None,
    };
    let taken = reasons.iter().any(|reason| reason.is_hard());
    let shown = form.shown.parse() == Ok(start.0);
    let stands = reasons.iter().any(|reason| reason.is_final());
    let explained = shown && !stands && !reason.is_empty() && (!taken || form.overbook == "true");
    if !reasons.is_empty() && !explained {
        return Err(availability.gone(start, reasons).into());
    }
    let location = location.ok_or_else(|| AppError::field("location", FieldCode::Missing))?;
    let slot = Slot { start, end, location, resource };
    let mut appointment = build_appointment(availability, &slot, now)?;
    appointment.overbook = taken;
    if !reasons.is_empty() {
        appointment.override_reason = reason;
    }
    Ok((appointment, reasons))
}

fn override_reason(form: &TimeForm) -> Result<String, AppError> {
    match check_lines(&form.override_reason, MAX_OVERRIDE) {
        Some(code) => Err(AppError::field("override_reason", code)),
        None => Ok(kept_lines(&form.override_reason)),
    }
}

/// Writes down that a rule was set aside, if one was. The reason stays with the appointment: it may be about health.
///
/// # Errors
/// The database's.
pub async fn record_exception(
    tx: &mut Tx<'_>,
    actor: Actor,
    now: Timestamp,
    appointment: &Appointment,
    reasons: &[Reason],
) -> Result<(), Error> {
    if reasons.is_empty() {
        return Ok(());
    }
    let codes = reasons.iter().filter_map(|reason| serde_json::to_value(reason).ok());
    let codes: Vec<String> = codes.filter_map(|code| code.as_str().map(str::to_owned)).collect();
    let details = format!("{}, {}: {}", appointment.doctor_name, appointment.local_start, codes.join(", "));
    let entry = audit::Entry {
        action: if appointment.overbook { "appointment.overbooked" } else { "appointment.rule_set_aside" },
        subject: "appointment",
        subject_id: Some(appointment.id.0),
        details: &details,
    };
    audit::record(tx, actor.into(), now, entry).await
}

/// What a page shows of one day, and of the time that `form` asks for.
pub fn clinic_day(
    availability: &Availability,
    home: &Zone,
    date: LocalDate,
    form: &TimeForm,
    now: Timestamp,
) -> ClinicDay {
    let day = day_times(availability, date, now);
    let next_free = if day.times.is_empty() { next_free_day(availability, date, now) } else { None };
    let mut locations: Vec<(String, String)> =
        availability.locations.values().map(|location| (location.id.to_string(), location.name.clone())).collect();
    locations.sort_by(|a, b| a.1.cmp(&b.1));
    let wanted = start_of(form, &availability.locations, home, now)
        .ok()
        .map(|start| wanted(availability, home, form, start, now));
    ClinicDay {
        date: day.date,
        label: day.label,
        previous: date.plus_days(-1).to_string(),
        next: date.plus_days(1).to_string(),
        times: day.times,
        next_free,
        locations,
        wanted,
    }
}

fn wanted(availability: &Availability, home: &Zone, form: &TimeForm, start: Timestamp, now: Timestamp) -> WantedTime {
    let (working, mut reasons) = availability.evaluate(start);
    let location =
        working.and_then(|id| availability.locations.get(&id)).or_else(|| location(form, &availability.locations));
    let span = (start, availability.visit_type.rules.end_of(start));
    if let Some(Err(reason)) = location.map(|location| availability.resource_for(location.id, span, None)) {
        reasons.extend((!reasons.contains(&reason)).then_some(reason));
    }
    let zone = location.map_or(home, |location| &location.zone);
    let full = zone.moment_words(start, now);
    WantedTime {
        start,
        clock: clock_text(zone.minute_of_day(start)),
        full: match location {
            Some(location) => location.zoned(full, &availability.locations),
            None => full,
        },
        needs_location: working.is_none(),
        reasons,
        busy_with: String::new(),
    }
}

//! The time of a visit that the clinic adds or moves: which one it is, and which rules it may set aside.

use std::collections::HashMap;

use crate::{
    admin::server::audit,
    availability::{
        Reason,
        model::clock_input::{clock_text, parse_clock},
        server::{Site, Slot},
    },
    booking::{
        desk::{ClinicDay, MOST_OVERRIDE, TimeForm, WantedTime},
        server::{
            hold::draft,
            offer::Offer,
            record::Appointment,
            times::{day_times, next_free_day},
        },
    },
    db::{Conn, Error},
    error::{AppError, FieldCode},
    ids::LocationId,
    server::request::Actor,
    time::{
        Instant,
        server::{LocalDate, Zone},
    },
};

/// Days ahead until which schedules are read; a visit type's horizon ends before.
const MOST_DAYS_AHEAD: i64 = 731;

/// When the visit would start. A typed time is read by the clocks of the chosen location, else by those of `home`.
///
/// # Errors
/// [`AppError::Invalid`] naming the field. The past ends with yesterday: who has come without an appointment is added
/// after the visit has begun.
pub fn start_of(
    form: &TimeForm,
    sites: &HashMap<LocationId, Site>,
    home: &Zone,
    now: Instant,
) -> Result<Instant, AppError> {
    let typed = form.time.trim();
    let (field, start) = if typed.is_empty() {
        let start = form.start.parse().map_err(|_| AppError::field("start", FieldCode::Missing))?;
        ("start", Instant(start))
    } else {
        let minute = parse_clock(typed).ok_or_else(|| AppError::field("time", FieldCode::NotATime))?;
        let date: LocalDate = form.date.parse().map_err(|_| AppError::field("time", FieldCode::NotADate))?;
        let zone = location(form, sites).map_or(home, |site| &site.zone);
        ("time", zone.window_start(date, minute))
    };
    let (today, date) = (home.local_date(now), home.local_date(start));
    if date < today {
        return Err(AppError::field(field, FieldCode::InThePast));
    }
    if date > today.plus_days(MOST_DAYS_AHEAD) {
        return Err(AppError::field(field, FieldCode::TooFarAhead));
    }
    Ok(start)
}

fn location<'a>(form: &TimeForm, sites: &'a HashMap<LocationId, Site>) -> Option<&'a Site> {
    sites.get(&form.location.parse().ok()?)
}

/// An appointment at `start`, marked with the rules that `form` sets aside, and those rules.
///
/// # Errors
/// [`AppError::TimeGone`] with every rule against it, unless the form saw them and gives a reason, and for a time that is
/// taken says so besides; [`AppError::Invalid`] for a reason that cannot be kept, or a missing location.
pub fn draft_at(
    offer: &Offer,
    form: &TimeForm,
    start: Instant,
    now: Instant,
) -> Result<(Appointment, Vec<Reason>), Error> {
    let reason = override_reason(form)?;
    let (place, reasons) = offer.judge(start);
    let taken = reasons.iter().any(|reason| reason.is_hard());
    let shown = form.shown.parse() == Ok(start.0);
    let explained = shown && !reason.is_empty() && (!taken || form.overbook == "true");
    if !reasons.is_empty() && !explained {
        return Err(offer.gone(start, reasons).into());
    }
    let place = place.or_else(|| location(form, &offer.sites).map(|site| site.id));
    let location = place.ok_or_else(|| AppError::field("location", FieldCode::Missing))?;
    let slot = Slot { start, end: offer.visit.rules.end_of(start), location };
    let mut visit = draft(offer, &slot, now)?;
    visit.overbook = taken;
    if !reasons.is_empty() {
        visit.override_reason = reason;
    }
    Ok((visit, reasons))
}

fn override_reason(form: &TimeForm) -> Result<String, AppError> {
    let reason = form.override_reason.replace("\r\n", "\n").trim().to_owned();
    let code = if reason.chars().count() > MOST_OVERRIDE {
        FieldCode::TooLong(MOST_OVERRIDE as u32)
    } else if reason.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        FieldCode::BadCharacters
    } else {
        return Ok(reason);
    };
    Err(AppError::field("override_reason", code))
}

/// Writes down that a rule was set aside, if one was. The reason stays with the visit: it may be about health.
///
/// # Errors
/// The database's.
pub async fn record_exception(
    conn: &mut Conn<'_>,
    actor: Actor,
    now: Instant,
    visit: &Appointment,
    reasons: &[Reason],
) -> Result<(), Error> {
    if reasons.is_empty() {
        return Ok(());
    }
    let codes = reasons.iter().filter_map(|reason| serde_json::to_value(reason).ok());
    let codes: Vec<String> = codes.filter_map(|code| code.as_str().map(str::to_owned)).collect();
    let details = format!("{}, {}: {}", visit.doctor_name, visit.local_start, codes.join(", "));
    let entry = audit::Entry {
        action: if visit.overbook { "visit.overbooked" } else { "visit.rule_set_aside" },
        subject: "appointment",
        subject_id: Some(visit.id.0),
        details: &details,
    };
    audit::record(conn, actor.into(), now, entry).await
}

/// What a page shows of one day, and of the time that `form` asks for.
pub fn clinic_day(offer: &Offer, home: &Zone, date: LocalDate, form: &TimeForm, now: Instant) -> ClinicDay {
    let day = day_times(offer, date, now);
    let next_free = if day.times.is_empty() { next_free_day(offer, date, now) } else { None };
    let mut locations: Vec<(String, String)> =
        offer.sites.values().map(|site| (site.id.to_string(), site.name.clone())).collect();
    locations.sort_by(|a, b| a.1.cmp(&b.1));
    let wanted = start_of(form, &offer.sites, home, now).ok().map(|start| wanted(offer, home, form, start, now));
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

fn wanted(offer: &Offer, home: &Zone, form: &TimeForm, start: Instant, now: Instant) -> WantedTime {
    let (place, reasons) = offer.judge(start);
    let site = place.and_then(|place| offer.sites.get(&place)).or_else(|| location(form, &offer.sites));
    let zone = site.map_or(home, |site| &site.zone);
    WantedTime {
        start,
        clock: clock_text(zone.minute_of_day(start)),
        full: zone.moment_words(start, now),
        needs_location: place.is_none(),
        reasons,
    }
}

//! Calendar files (RFC 5545): the appointments of one doctor, or public holidays.
//!
//! What repeats is refused by name: each time has to be an event of its own. A calendar that is exported "with single
//! occurrences" has them.

use std::{collections::HashMap, io::Read, path::Path};

use encoding_rs::WINDOWS_1252;
use icalendar::parser::{Component, Property, read_components, unfold};

use super::{
    csv_file::Encoding,
    file::{self, failed},
    record::Record,
};
use crate::{
    cli::failure::Failure,
    clinic::server::imports::{Cells, Problem},
    time::server::{LocalDate, Zone},
};

/// A calendar file is read as a whole.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// Components inside each other. The parser calls itself for each.
const MAX_DEPTH: usize = 16;

/// An event as a row of appointments.
pub(super) struct Event {
    /// From 1, in the order of the file.
    number: u64,
    cells: Cells,
    wrong: Option<Problem>,
}

/// An event of whole days.
pub(super) struct Days {
    pub number: u64,
    pub uid: String,
    pub name: String,
    pub first: LocalDate,
    /// Included.
    pub last: LocalDate,
}

pub(super) fn is_calendar(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("ics"))
}

impl Event {
    pub fn record(&self) -> Record {
        let Event { number, cells, wrong } = self;
        Record { row: *number, cells: cells.clone(), wrong: wrong.clone(), bytes: *number }
    }
}

fn text(path: &Path, encoding: Encoding) -> Result<String, Failure> {
    let (mut reader, _, bytes) = file::open(path)?;
    if bytes > MAX_BYTES {
        return Err(failed(path, "is larger than 64 MiB: export fewer years at a time"));
    }
    let mut read = Vec::new();
    reader.read_to_end(&mut read).map_err(|error| failed(path, format!("cannot be read: {error}")))?;
    if encoding == Encoding::Windows1252 {
        return Ok(WINDOWS_1252.decode_without_bom_handling(&read).0.into_owned());
    }
    String::from_utf8(read).map_err(|error| {
        let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        failed(path, format!("line {line} is not in UTF-8, which calendar files have to be"))
    })
}

/// Hands over each event with the time zones of its calendar. The later one of two with one id counts if its SEQUENCE is
/// higher.
fn each_event(
    path: &Path,
    encoding: Encoding,
    mut take: impl FnMut(u64, &Component<'_>, &Zones) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let unfolded = unfold(&text(path, encoding)?);
    let mut depth = 0_usize;
    for line in unfolded.lines() {
        let line = line.to_ascii_uppercase();
        depth = match (line.starts_with("BEGIN:"), line.starts_with("END:")) {
            (true, _) => depth + 1,
            (_, true) => depth.saturating_sub(1),
            _ => depth,
        };
        if depth > MAX_DEPTH {
            return Err(failed(path, "is not a calendar: its parts are nested too deeply"));
        }
    }
    let roots = read_components(&unfolded).map_err(|_| failed(path, "is not a calendar file that can be read"))?;
    let calendars: Vec<&Component<'_>> = roots.iter().filter(|root| named(root, "VCALENDAR")).collect();
    if calendars.is_empty() {
        return Err(failed(path, "has no calendar in it (BEGIN:VCALENDAR)"));
    }
    let events = |calendar: &&&Component<'_>| calendar.components.iter().filter(|part| named(part, "VEVENT")).count();
    if calendars.iter().map(|calendar| events(&calendar)).sum::<usize>() == 0 {
        return Err(failed(path, "has no event in it"));
    }
    let mut latest: HashMap<String, i64> = HashMap::new();
    let all = || calendars.iter().flat_map(|calendar| calendar.components.iter());
    for event in all().filter(|part| named(part, "VEVENT")) {
        let last = latest.entry(id(event)).or_insert(i64::MIN);
        *last = sequence(event).max(*last);
    }
    let mut number = 0;
    for calendar in &calendars {
        let zones = Zones::of(calendar);
        for event in calendar.components.iter().filter(|part| named(part, "VEVENT")) {
            number += 1;
            let id = id(event);
            if id.is_empty() || latest.get(&id) == Some(&sequence(event)) {
                take(number, event, &zones)?;
            }
        }
    }
    Ok(())
}

fn named(component: &Component<'_>, name: &str) -> bool {
    component.name.as_str().eq_ignore_ascii_case(name)
}

fn property<'a>(event: &'a Component<'_>, name: &str) -> Option<&'a Property<'a>> {
    event.properties.iter().find(|property| property.name.as_str().eq_ignore_ascii_case(name))
}

fn value(event: &Component<'_>, name: &str) -> String {
    property(event, name).map(|property| property.val.as_str().trim().to_owned()).unwrap_or_default()
}

fn parameter(property: &Property<'_>, name: &str) -> Option<String> {
    let found = property.params.iter().find(|parameter| parameter.key.as_str().eq_ignore_ascii_case(name))?;
    Some(found.val.as_ref()?.as_str().trim_matches('"').to_owned())
}

fn sequence(event: &Component<'_>) -> i64 {
    value(event, "SEQUENCE").parse().unwrap_or(0)
}

/// The UID; of one time of a series that differs, with that time.
fn id(event: &Component<'_>) -> String {
    let (uid, of_series) = (value(event, "UID"), value(event, "RECURRENCE-ID"));
    if of_series.is_empty() { uid } else { [&uid, "/", &of_series].concat() }
}

/// What repeats, in words.
fn repeats(event: &Component<'_>) -> Option<Problem> {
    let rule = ["RRULE", "RDATE"].into_iter().find(|name| property(event, name).is_some())?;
    Some(Problem::new("", format!("\"{}\" repeats ({rule}): export single events instead", value(event, "SUMMARY"))))
}

fn is_date(property: &Property<'_>) -> bool {
    let text = property.val.as_str().trim();
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn date(text: &str) -> Option<LocalDate> {
    let (year, month, day) = (text.get(..4)?, text.get(4..6)?, text.get(6..8)?);
    format!("{year}-{month}-{day}").parse().ok().filter(|_| text.len() == 8)
}

/// The IANA names of the time zones that a calendar defines itself.
struct Zones(HashMap<String, String>);

impl Zones {
    fn of(calendar: &Component<'_>) -> Zones {
        let zones = calendar.components.iter().filter(|part| named(part, "VTIMEZONE"));
        Zones(zones.map(|zone| (value(zone, "TZID"), value(zone, "X-LIC-LOCATION"))).collect())
    }

    /// The zone itself, the one that the calendar says it is, or the end of a longer name.
    fn name(&self, tzid: &str) -> Option<String> {
        let parts: Vec<&str> = tzid.rsplit('/').take(2).collect();
        let end = parts.iter().rev().copied().collect::<Vec<_>>().join("/");
        let candidates = [tzid, self.0.get(tzid).map_or("", String::as_str), &end];
        candidates.into_iter().find_map(|name| Some(Zone::parse(name)?.name().to_owned()))
    }
}

/// The appointments of a calendar file.
pub(super) fn appointments(path: &Path, encoding: Encoding) -> Result<Vec<Event>, Failure> {
    let mut events = Vec::new();
    each_event(path, encoding, |number, event, zones| {
        let (cells, wrong) = match repeats(event) {
            Some(problem) => (Vec::new(), Some(problem)),
            None => match cells(event, zones) {
                Ok(cells) => (cells, None),
                Err(problem) => (Vec::new(), Some(problem)),
            },
        };
        events.push(Event { number, cells: Cells(cells), wrong });
        Ok(())
    })?;
    Ok(events)
}

fn cells(event: &Component<'_>, zones: &Zones) -> Result<Vec<(&'static str, String)>, Problem> {
    let start = property(event, "DTSTART").ok_or_else(|| Problem::new("start", "The event has no DTSTART"))?;
    if is_date(start) {
        return Err(Problem::new("start", "The event lasts whole days, and an appointment has a time"));
    }
    let (start, zone) = moment(start, zones, "start")?;
    let mut cells = vec![("id", id(event)), ("start", start), ("status", value(event, "STATUS"))];
    if let Some(end) = property(event, "DTEND") {
        let (end, end_zone) = moment(end, zones, "end")?;
        if zone != end_zone {
            return Err(Problem::new("end", "The event begins and ends by different clocks"));
        }
        cells.push(("end", end));
    } else if let Some(length) = property(event, "DURATION") {
        let length: Option<jiff::SignedDuration> = length.val.as_str().trim().parse().ok();
        let length = length.ok_or_else(|| Problem::new("minutes", "DURATION cannot be read"))?;
        cells.push(("minutes", length.as_mins().to_string()));
    }
    cells.extend(zone.map(|zone| ("time_zone", zone)));
    if let Some((email, name)) = patient(event)? {
        cells.extend([("patient_email", email), ("patient_name", name)]);
    }
    Ok(cells)
}

/// A moment in a form that a CSV file would have, and the zone by whose clock it is.
fn moment(property: &Property<'_>, zones: &Zones, column: &'static str) -> Result<(String, Option<String>), Problem> {
    let text = property.val.as_str().trim();
    let unreadable = || Problem::new(column, format!("{} cannot be read", property.name.as_str()));
    let (day, clock) = text.split_once('T').ok_or_else(unreadable)?;
    let (clock, utc) = clock.strip_suffix('Z').map_or((clock, false), |clock| (clock, true));
    let plain = clock.len() == 6 && clock.bytes().all(|byte| byte.is_ascii_digit());
    let day = date(day).filter(|_| plain).ok_or_else(unreadable)?;
    let (hour, rest) = clock.split_at(2);
    let (minute, second) = rest.split_at(2);
    let text = format!("{day}T{hour}:{minute}:{second}{}", if utc { "Z" } else { "" });
    let Some(tzid) = parameter(property, "TZID").filter(|_| !utc) else {
        return Ok((text, None));
    };
    let zone = zones.name(&tzid).ok_or_else(|| {
        Problem::new("time_zone", format!("\"{tzid}\" is not a time zone by its IANA name, like Europe/London"))
    })?;
    Ok((text, Some(zone)))
}

/// Address and name of the one person who was asked to come, besides the organizer.
fn patient(event: &Component<'_>) -> Result<Option<(String, String)>, Problem> {
    let address = |property: &Property<'_>| {
        let text = property.val.as_str().trim();
        let (scheme, rest) = text.split_at_checked(7).unwrap_or((text, ""));
        if scheme.eq_ignore_ascii_case("mailto:") { rest.to_lowercase() } else { text.to_lowercase() }
    };
    let organizer = property(event, "ORGANIZER").map(address);
    let attendees = event.properties.iter().filter(|property| property.name.as_str().eq_ignore_ascii_case("ATTENDEE"));
    let people = attendees.filter(|attendee| {
        let kind = parameter(attendee, "CUTYPE").unwrap_or_default().to_ascii_uppercase();
        !matches!(kind.as_str(), "ROOM" | "RESOURCE") && Some(address(attendee)) != organizer
    });
    let people: Vec<(String, String)> =
        people.map(|person| (address(person), parameter(person, "CN").unwrap_or_default())).collect();
    match people.as_slice() {
        [] => Err(Problem::new("patient_email", "The event has no ATTENDEE: it does not say whose it is")),
        [one] => Ok(Some(one.clone())),
        _ => Err(Problem::new("patient_email", "The event has several ATTENDEEs: it does not say who the patient is")),
    }
}

/// What is wrong with events, each by its number.
type Wrong = Vec<(u64, Problem)>;

/// Events of whole days, without those that are cancelled, and what is wrong with the others.
pub(super) fn days(path: &Path) -> Result<(Vec<Days>, Wrong), Failure> {
    let (mut days, mut wrong) = (Vec::new(), Vec::new());
    each_event(path, Encoding::Utf8, |number, event, _| {
        if value(event, "STATUS").eq_ignore_ascii_case("CANCELLED") {
            return Ok(());
        }
        match repeats(event).map_or_else(|| day(number, event), Err) {
            Ok(day) => days.push(day),
            Err(problem) => wrong.push((number, problem)),
        }
        Ok(())
    })?;
    Ok((days, wrong))
}

fn day(number: u64, event: &Component<'_>) -> Result<Days, Problem> {
    let name = value(event, "SUMMARY");
    let start = property(event, "DTSTART").filter(|start| is_date(start));
    let first = start.and_then(|start| date(start.val.as_str().trim()));
    let first = first.ok_or_else(|| Problem::new("DTSTART", format!("\"{name}\" is not an event of whole days")))?;
    // the end is the day after
    let end = property(event, "DTEND").map(|end| date(end.val.as_str().trim()));
    let last = match end {
        None => Some(first),
        Some(end) => end.map(|end| end.plus_days(-1).max(first)),
    };
    let last = last.ok_or_else(|| Problem::new("DTEND", format!("The end of \"{name}\" is not a day")))?;
    let uid = match id(event) {
        uid if uid.is_empty() => format!("{name}/{first}"),
        uid => uid,
    };
    Ok(Days { number, uid, name, first, last })
}

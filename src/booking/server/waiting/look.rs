//! The look for times of one doctor that came free, and for the person who is to be asked for each.
//!
//! People are asked in the order in which they joined. Each gets the earliest time that suits them and that was not
//! there when they joined: those were theirs to book.

use std::{collections::HashMap, sync::Arc};

use sqlx::FromRow;

use super::{
    entry::{Entry, Named},
    offer::{Made, MakeOffer, offered_before},
    wishes::is_quiet,
};
use crate::{
    availability::server::{Location, Slot, VisitType},
    booking::server::{
        absence_resolution::kind_for, availability::Availability, booker::Booker, read_window::ReadWindow,
    },
    db::{Conn, Error},
    error::AppError,
    ids::{DoctorId, LocationId, VisitTypeId, WaitingEntryId},
    state::AppState,
    time::{Timestamp, server::Zone},
};

/// A person who let an offer run out is not asked again for this long: half a day.
const SILENCE_MINUTES: i64 = 12 * 60;
/// Times that are tried for one person in one look.
const MAX_TRIES: usize = 16;

/// An entry that is to be asked, with the doctor's `schedule_version`.
#[derive(FromRow)]
struct Waiting {
    #[sqlx(flatten)]
    entry: Entry,
    doctor_version: i64,
}

/// Those who wait for this doctor and have no offer, in the order in which they joined.
async fn waiting_for(conn: &mut Conn<'_>, doctor: DoctorId, now: Timestamp) -> Result<Vec<Waiting>, Error> {
    const SQL: &str = "select e.*, d.schedule_version as doctor_version from waiting_entries e
        join doctors d on d.id = $1
        join persons p on p.id = e.account_id
        where e.ended_at is null and d.status = 'active' and p.status = 'active'
            and (e.doctor_id = d.id
                or e.specialty_id in (select specialty_id from doctor_specialties where doctor_id = d.id))
            and not exists (select 1 from offers o where o.entry_id = e.id
                and (o.outcome is null or (o.outcome = 'ran_out' and o.until_at > $2)))
        order by e.created_at, e.id";
    conn.fetch_all(SQL, (doctor, now.plus_minutes(-SILENCE_MINUTES))).await
}

/// Offers the times of this doctor that came free; how many offers were made. While nobody waits for the doctor, it is
/// one statement.
///
/// # Errors
/// The database's.
pub(super) async fn offer_times(app: &AppState, doctor: DoctorId) -> Result<u64, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let waiting = waiting_for(&mut reader.conn(), doctor, now).await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let before = offered_before(&mut reader.conn(), doctor, now).await?;
    let freed = freed(&mut reader.conn(), doctor, now).await?;
    drop(reader);
    app.calendars.prepare(&app.db, doctor).await?;
    let Some(calendar) = app.calendars.known(doctor) else { return Ok(0) };
    let (types, locations) = (calendar.visit_types.clone(), calendar.locations.clone());
    let mut look = Look { app, doctor, types, locations, now, free: HashMap::new(), before, freed };
    let mut made = 0;
    for person in &waiting {
        made += u64::from(look.offer_to(person).await?);
    }
    Ok(made)
}

/// What one look knows.
struct Look<'a> {
    app: &'a AppState,
    doctor: DoctorId,
    types: Vec<VisitType>,
    locations: Arc<HashMap<LocationId, Location>>,
    now: Timestamp,
    /// The times that any patient could book, by visit type, read once.
    free: HashMap<VisitTypeId, Vec<Slot>>,
    before: HashMap<WaitingEntryId, Vec<Timestamp>>,
    freed: Vec<Freed>,
}

impl Look<'_> {
    /// Offers this person the earliest time that suits them; whether there was one.
    async fn offer_to(&mut self, person: &Waiting) -> Result<bool, AppError> {
        let entry = &person.entry;
        let named = entry.named(&mut self.app.db.read().await?.conn(), self.now).await?;
        if matches!(named, Named::Over) {
            return Ok(false);
        }
        for visit_type in self.types_for(entry, &named) {
            let times = self.times_for(person, &named, &visit_type).await?;
            for start in times.into_iter().take(MAX_TRIES) {
                match self.make(entry.id, visit_type.id, start).await? {
                    Made::Offered => {
                        let end = visit_type.rules.end_of(start);
                        self.free.values_mut().for_each(|free| free.retain(|s| s.end <= start || s.start >= end));
                        return Ok(true);
                    }
                    Made::NotWaiting => return Ok(false),
                    Made::NotThisTime => {}
                }
            }
        }
        Ok(false)
    }

    /// The visit types that an offer may be for, the best first. An appointment moves by itself only where no doctor
    /// has to confirm it.
    fn types_for(&self, entry: &Entry, named: &Named) -> Vec<VisitType> {
        let is_wanted = |kind: &&VisitType| entry.visit_type_id.is_none_or(|id| id == kind.id);
        let wanted = || self.types.iter().filter(is_wanted);
        match named.booked() {
            Some(old) if entry.visit_type_id.is_none() => {
                kind_for(&self.types, old).filter(|kind| !kind.needs_approval).cloned().into_iter().collect()
            }
            Some(_) => wanted().filter(|kind| !kind.needs_approval).cloned().collect(),
            None => wanted().cloned().collect(),
        }
    }

    /// The free times of a visit type that suit this person, the earliest first.
    async fn times_for(
        &mut self,
        person: &Waiting,
        named: &Named,
        visit_type: &VisitType,
    ) -> Result<Vec<Timestamp>, AppError> {
        let (entry, now, old) = (&person.entry, self.now, named.booked());
        self.read_free(visit_type.id).await?;
        let before = self.before.get(&entry.id).map(Vec::as_slice).unwrap_or_default();
        let free = self.free.get(&visit_type.id).map(Vec::as_slice).unwrap_or_default();
        let (wishes, joined) = (entry.wishes(), entry.created_at);
        let seen: HashMap<DoctorId, i64> = serde_json::from_str(&entry.seen_versions).unwrap_or_default();
        // the doctor's hours changed since
        let all_new = seen.get(&self.doctor) != Some(&person.doctor_version);
        let mut reader = self.app.db.read().await?;
        let conn = &mut reader.conn();
        let booker = Booker { patient: Some(entry.person_id), carer: None, holder: None };
        let mut own: Option<Availability> = None;
        let mut times = Vec::new();
        for slot in free.iter().filter(|slot| !before.contains(&slot.start)) {
            let Some(Location { zone, .. }) = self.locations.get(&slot.location) else { continue };
            let is_early = old.is_none_or(|old| slot.start < old.starts_at);
            let is_there = entry.location_id.is_none_or(|location| location == slot.location);
            let suits = is_early && is_there && wishes.suits(slot.start, zone, now) && !is_quiet(zone, now);
            let is_new = || all_new || self.came_free(joined, slot, zone, visit_type);
            if times.len() >= MAX_TRIES || !suits || !is_new() {
                continue;
            }
            let own = match &own {
                Some(own) => own,
                None => {
                    let window = ReadWindow::all_ahead(now).except_for(old.map(|old| old.id));
                    let (calendars, kind) = (&self.app.calendars, Some(visit_type.id));
                    own.insert(Availability::load(conn, calendars, self.doctor, kind, &booker, window).await?)
                }
            };
            if own.slot_at(slot.start).is_ok() {
                times.push(slot.start);
            }
        }
        Ok(times)
    }

    /// Reads the times that any patient could book.
    async fn read_free(&mut self, visit_type: VisitTypeId) -> Result<(), AppError> {
        if self.free.contains_key(&visit_type) {
            return Ok(());
        }
        let nobody = Booker { patient: None, carer: None, holder: None };
        let window = ReadWindow::all_ahead(self.now);
        let mut reader = self.app.db.read().await?;
        let (conn, calendars) = (&mut reader.conn(), &self.app.calendars);
        let slots = match Availability::load(conn, calendars, self.doctor, Some(visit_type), &nobody, window).await {
            Ok(availability) => availability.for_any_patient().slots(self.now).collect(),
            // it was withdrawn meanwhile
            Err(Error::App(AppError::NotFound)) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        self.free.insert(visit_type, slots);
        Ok(())
    }

    /// Tries to make the offer. Another server, or another patient, may be faster.
    async fn make(&self, entry: WaitingEntryId, visit_type: VisitTypeId, start: Timestamp) -> Result<Made, AppError> {
        let (calendars, settings) = (self.app.calendars.clone(), self.app.settings.clone());
        let unit = MakeOffer { entry, doctor: self.doctor, visit_type, start, calendars, settings, now: self.now };
        match self.app.db.write(unit).await {
            Ok(made) => Ok(made),
            Err(error) => match error.violation() {
                Some(rule) if rule.is_overlap() => Ok(Made::NotThisTime),
                // one open offer for an entry, and each time once
                Some(_) => Ok(Made::NotWaiting),
                None => match error.into() {
                    AppError::NotFound => Ok(Made::NotThisTime),
                    other => Err(other),
                },
            },
        }
    }
}

/// A row that no longer takes its time, and since when at the latest.
#[derive(FromRow)]
struct Freed {
    starts_at: Timestamp,
    ends_at: Timestamp,
    updated_at: Timestamp,
    held_until: Option<Timestamp>,
}

/// The appointments and holds of a doctor, or on a room or device that the doctor needs, that ended and whose time is still to come; also holds that are live, whose
/// time is not free.
async fn freed(conn: &mut Conn<'_>, doctor: DoctorId, now: Timestamp) -> Result<Vec<Freed>, Error> {
    const SQL: &str = "select starts_at, ends_at, updated_at, held_until from appointments
        where doctor_id = $1 and starts_at > $2 and status not in ('requested', 'booked', 'arrived')
        union all
        select a.starts_at, a.ends_at, a.updated_at, a.held_until from appointments a
        where a.resource_id in (select r.id from resources r join visit_types v on v.resource_kind_id = r.kind_id
                where v.doctor_id = $1 and v.active)
            and a.doctor_id <> $1 and a.starts_at > $2 and a.status not in ('requested', 'booked', 'arrived')";
    conn.fetch_all(SQL, (doctor, now)).await
}

impl Look<'_> {
    /// Whether a free time was not free when a person joined: an appointment or a hold there ended since, or the
    /// calendar did not reach so far.
    fn came_free(&self, joined: Timestamp, slot: &Slot, zone: &Zone, visit_type: &VisitType) -> bool {
        let last_day = zone.local_date(joined).plus_days(visit_type.rules.horizon_days.into());
        // what ended may have kept a buffer beside it free
        let buffers = self.types.iter().map(|kind| kind.rules.buffer_before.max(kind.rules.buffer_after));
        let buffer = i64::from(buffers.max().unwrap_or_default());
        let (from, until) = (slot.start.plus_minutes(-buffer), slot.end.plus_minutes(buffer));
        let ended = |row: &Freed| row.updated_at >= joined || row.held_until.is_some_and(|until| until >= joined);
        let near = |row: &Freed| row.starts_at < until && row.ends_at > from;
        zone.local_date(slot.start) > last_day || self.freed.iter().any(|row| near(row) && ended(row))
    }
}

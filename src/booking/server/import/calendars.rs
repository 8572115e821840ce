//! Whom the appointments of a file are with: doctors, their visit types and the clinic's locations, each read once.

use std::collections::{HashMap, hash_map::Entry};

use sqlx::FromRow;

use crate::{
    availability::{
        Reason,
        server::{
            Asking, Audience, Location, PatientContext, Schedule, VisitType, VisitTypeRules, evaluate_start,
            load_locations, load_schedule,
        },
    },
    booking::{LateCancel, Mode, server::availability::BookableDoctor},
    clinic::server::imports::{self, ImportKind},
    db::{Conn, Error},
    error::AppError,
    ids::{DoctorId, LocationId, ResourceKindId, VisitTypeId},
    text::server::words_of,
    time::Timestamp,
};

/// Length of a visit type that a file names and the doctor does not have.
pub(super) const SHORTEST: i64 = 5;
pub(super) const LONGEST: i64 = 720;

#[derive(FromRow)]
struct DoctorRow {
    id: DoctorId,
    slug: String,
    name: String,
}

/// The clinic, as far as a file of appointments names it.
pub(super) struct Calendars {
    doctors: Vec<DoctorRow>,
    /// By the ids of the other system.
    imported: HashMap<String, DoctorId>,
    locations: HashMap<LocationId, Location>,
    known: HashMap<DoctorId, Calendar>,
    now: Timestamp,
}

/// A doctor with everything that an appointment copies.
pub(super) struct Calendar {
    pub doctor: BookableDoctor,
    /// In the order in which they are offered, and then those that are switched off.
    pub visit_types: Vec<VisitType>,
    schedule: Schedule,
}

#[derive(FromRow)]
struct VisitTypeRow {
    id: VisitTypeId,
    name: String,
    mode: Mode,
    minutes: i32,
    buffer_before_minutes: i32,
    buffer_after_minutes: i32,
    needs_approval: bool,
    cutoff_minutes: i32,
    late_cancel: LateCancel,
    instructions: String,
    resource_kind_id: Option<ResourceKindId>,
}

impl VisitTypeRow {
    fn read(self) -> VisitType {
        let small = |minutes: i32| u16::try_from(minutes).unwrap_or_default();
        let minutes = small(self.minutes);
        let rules = VisitTypeRules {
            buffer_before: small(self.buffer_before_minutes),
            buffer_after: small(self.buffer_after_minutes),
            needs: self.resource_kind_id,
            ..rules(self.id, minutes)
        };
        VisitType {
            id: self.id,
            name: self.name,
            mode: self.mode,
            rules,
            instructions: self.instructions,
            needs_approval: self.needs_approval,
            cutoff_minutes: self.cutoff_minutes,
            late_cancel: self.late_cancel,
            asking: Asking::default(),
            most_at_once: 1,
        }
    }
}

/// Rules that allow everything: what was agreed elsewhere is agreed.
pub(super) fn rules(visit_type: VisitTypeId, minutes: u16) -> VisitTypeRules {
    VisitTypeRules {
        visit_type,
        minutes,
        buffer_before: 0,
        buffer_after: 0,
        step_minutes: 5,
        notice_minutes: 0,
        horizon_days: 730,
        daily_cap: None,
        audience: Audience::Any,
        needs: None,
    }
}

impl Calendars {
    pub async fn load(conn: &mut Conn<'_>, source: &str, now: Timestamp) -> Result<Self, Error> {
        const SQL: &str = "select id, slug, name from doctors order by name, slug";
        let imported = imports::all(conn, ImportKind::Doctors, source).await?;
        Ok(Calendars {
            doctors: conn.fetch_all(SQL, ()).await?,
            imported: imported.into_iter().map(|(external, id)| (external, DoctorId(id))).collect(),
            locations: load_locations(conn).await?,
            known: HashMap::new(),
            now,
        })
    }

    /// The doctor of this id in the other system, or of this end of a profile's address, or of this name.
    pub fn doctor(&self, named: &str) -> Result<DoctorId, &'static str> {
        if let Some(id) = self.imported.get(named) {
            return Ok(*id);
        }
        if let Some(doctor) = self.doctors.iter().find(|doctor| doctor.slug == named) {
            return Ok(doctor.id);
        }
        let words = words_of(named);
        let mut called = self.doctors.iter().filter(|doctor| !words.is_empty() && words_of(&doctor.name) == words);
        match (called.next(), called.next()) {
            (Some(doctor), None) => Ok(doctor.id),
            (Some(_), Some(_)) => Err("Several doctors have this name: give the end of the profile\u{2019}s address"),
            _ => {
                Err("There is no such doctor: give an imported id, the end of the profile\u{2019}s address or the name")
            }
        }
    }

    /// The location of this name; the only one there is for no name.
    pub fn location(&self, named: &str) -> Result<&Location, &'static str> {
        let mut all = self.locations.values();
        let words = words_of(named);
        match (words.is_empty(), all.next(), all.next()) {
            (_, None, _) => Err("The clinic has no location yet: add one on the website first"),
            (true, Some(only), None) => Ok(only),
            (true, ..) => Err("Enter the location: the clinic has several"),
            (false, ..) => {
                let found = self.locations.values().find(|location| words_of(&location.name) == words);
                found.ok_or("There is no location of this name")
            }
        }
    }

    /// The doctor's calendar. [`AppError::NotFound`] for a doctor without a specialty, with whom nothing can be booked.
    pub async fn calendar(&mut self, conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Option<&Calendar>, Error> {
        match self.known.entry(doctor) {
            Entry::Occupied(known) => Ok(Some(known.into_mut())),
            Entry::Vacant(place) => match Calendar::load(conn, &self.locations, doctor, self.now).await {
                Ok(calendar) => Ok(Some(place.insert(calendar))),
                Err(Error::App(AppError::NotFound)) => Ok(None),
                Err(error) => Err(error),
            },
        }
    }
}

impl Calendar {
    async fn load(
        conn: &mut Conn<'_>,
        locations: &HashMap<LocationId, Location>,
        doctor: DoctorId,
        now: Timestamp,
    ) -> Result<Self, Error> {
        const SQL: &str = "select id, name, mode, minutes, buffer_before_minutes, buffer_after_minutes, needs_approval,
                cutoff_minutes, late_cancel, instructions, resource_kind_id
            from visit_types where doctor_id = $1 order by active desc, position, id";
        let rows: Vec<VisitTypeRow> = conn.fetch_all(SQL, (doctor,)).await?;
        Ok(Calendar {
            doctor: BookableDoctor::by_id(conn, doctor).await?,
            visit_types: rows.into_iter().map(VisitTypeRow::read).collect(),
            schedule: load_schedule(conn, locations, doctor, now, (now, now), None).await?,
        })
    }

    /// Why patients could not book this time: the clinic is closed, the doctor is away or has other hours.
    pub fn outside(
        &self,
        visit_type: &VisitType,
        minutes: i64,
        start: Timestamp,
        now: Timestamp,
    ) -> Option<&'static str> {
        let minutes = u16::try_from(minutes).unwrap_or(u16::MAX);
        let rules = VisitTypeRules { minutes, ..visit_type.rules.clone() };
        let (_, reasons) = evaluate_start(&self.schedule, &rules, now, &PatientContext::default(), start);
        [
            (Reason::Closed, "The clinic is closed at that time: imported all the same"),
            (Reason::TimeOff, "The doctor is away at that time: imported all the same"),
            (Reason::OutsideHours, "The time is outside the doctor\u{2019}s hours: imported all the same"),
        ]
        .into_iter()
        .find_map(|(reason, words)| reasons.contains(&reason).then_some(words))
    }
}

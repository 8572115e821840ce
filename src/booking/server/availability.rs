//! What one doctor offers one person: the doctor, the visit type, the schedule and the one predicate over them.

use std::{collections::HashMap, sync::Arc};

use sqlx::FromRow;

use super::{hold::Start, person::Person, record::Appointment};
use crate::{
    availability::{
        Reason, TimeOption,
        server::{
            Audience, Caller, LONGEST_BUFFER, Schedule, Site, Slot, VisitRules, VisitType, ahead, judged,
            load_schedule, load_sites, load_visit_types, nearest, slot_at, slots, time_option,
        },
    },
    db::{Conn, Error, on},
    error::AppError,
    ids::{AppointmentId, DoctorId, LocationId, VisitTypeId},
    time::Instant,
};

/// How far ahead schedules are read: past the longest horizon a visit type may have.
const FAR_AHEAD_MINUTES: i64 = 733 * 24 * 60;
/// What is read beside the day of a wish: a night. Where clocks go back over midnight, a part of a date comes twice.
const NIGHT_MINUTES: i64 = 6 * 60;
/// Free times offered when the wanted one is gone.
const NEAREST: usize = 3;

#[derive(Clone, Debug, FromRow)]
pub(super) struct OfferedDoctor {
    pub id: DoctorId,
    pub slug: String,
    pub name: String,
    pub specialty: String,
    pub status: String,
    pub accepts_new_patients: bool,
}

#[derive(Clone)]
pub(super) struct Offer {
    pub doctor: OfferedDoctor,
    pub visit: VisitType,
    pub sites: HashMap<LocationId, Site>,
    schedule: Arc<Schedule>,
    caller: Caller,
    now: Instant,
    /// When the busy times were read.
    span: (Instant, Instant),
}

impl OfferedDoctor {
    /// The doctor with this slug.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is none, or none that patients may see.
    pub async fn by_slug(conn: &mut Conn<'_>, slug: &str) -> Result<Self, Error> {
        const SQL: &str = "select d.id, d.slug, d.name, s.name as specialty, d.status, d.accepts_new_patients
            from doctors d
            join doctor_specialties ds on ds.doctor_id = d.id
            join specialties s on s.id = ds.specialty_id
            where d.slug = $1 and d.status = 'active'
            order by ds.position limit 1";
        let found = on!(conn, |c| sqlx::query_as(SQL).bind(slug).fetch_optional(c).await?);
        found.ok_or(Error::App(AppError::NotFound))
    }

    /// The doctor with this id, whatever their status.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is none.
    pub async fn by_id(conn: &mut Conn<'_>, id: DoctorId) -> Result<Self, Error> {
        const SQL: &str = "select d.id, d.slug, d.name, s.name as specialty, d.status, d.accepts_new_patients
            from doctors d
            join doctor_specialties ds on ds.doctor_id = d.id
            join specialties s on s.id = ds.specialty_id
            where d.id = $1
            order by ds.position limit 1";
        let found = on!(conn, |c| sqlx::query_as(SQL).bind(id).fetch_optional(c).await?);
        found.ok_or(Error::App(AppError::NotFound))
    }
}

/// Which of the visits that are in somebody's way are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub now: Instant,
    about: Option<Start>,
    /// Minutes that are read beside the day of a wish.
    beside: i64,
    /// This one does not count.
    pub except: Option<AppointmentId>,
}

impl Extent {
    /// All that are under way or to come.
    pub fn whole(now: Instant) -> Self {
        Extent { now, about: None, beside: 0, except: None }
    }

    /// Those of the day of a wish: enough to say whether it can be had, not what is nearest to it. Whoever writes reads no
    /// more than that, so that two who write seldom have to do with the same rows.
    pub fn about(now: Instant, wish: Start) -> Self {
        Extent { now, about: Some(wish), beside: NIGHT_MINUTES, except: None }
    }

    /// The same with all that may reach into the day of the wish.
    pub fn with_buffers(self) -> Self {
        Extent { beside: LONGEST_BUFFER, ..self }
    }

    /// The same without one of them.
    pub fn without(self, except: Option<AppointmentId>) -> Self {
        Extent { except, ..self }
    }

    /// When they take place, for a visit by these rules: on the day by every clock of the clinic, which daily caps count, and
    /// as far from the time of the wish as a buffer may reach.
    fn span(&self, rules: &VisitRules, sites: &HashMap<LocationId, Site>) -> (Instant, Instant) {
        let Some(wish) = self.about else {
            return ahead(self.now, self.now.plus_minutes(FAR_AHEAD_MINUTES));
        };
        let date = |site: &Site| match wish {
            Start::At(start) => site.zone.local_date(start),
            Start::On(date) => date,
        };
        let begins = sites.values().map(|site| site.zone.window_start(date(site), 0)).min().unwrap_or(self.now);
        let ends =
            sites.values().map(|site| site.zone.window_start(date(site).plus_days(1), 0)).max().unwrap_or(self.now);
        let (mut from, mut until) = (begins.plus_minutes(-self.beside), ends.plus_minutes(self.beside));
        if let Start::At(start) = wish {
            let (first, last) = within_buffers(start, rules.end_of(start));
            (from, until) = (begins.min(first), until.max(last));
        }
        (from.clamp(Instant(0), Instant::FOREVER), until.clamp(Instant(0), Instant::FOREVER))
    }
}

/// What the longest buffers on either side could reach of a visit.
fn within_buffers(start: Instant, end: Instant) -> (Instant, Instant) {
    (start.plus_minutes(-LONGEST_BUFFER), end.plus_minutes(LONGEST_BUFFER))
}

impl Offer {
    /// Reads everything the predicate needs, for the kind of visit that the doctor offers first when none is given.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the doctor does not offer this visit type.
    pub async fn load(
        conn: &mut Conn<'_>,
        doctor: OfferedDoctor,
        visit_type: Option<VisitTypeId>,
        person: &Person,
        extent: Extent,
    ) -> Result<Offer, Error> {
        let visits = load_visit_types(conn, &[doctor.id]).await?.remove(&doctor.id).unwrap_or_default();
        let sites = load_sites(conn).await?;
        let visit = visits.into_iter().find(|visit| visit_type.is_none_or(|id| id == visit.id));
        let mut visit = visit.ok_or(AppError::NotFound)?;
        if !doctor.accepts_new_patients && visit.rules.audience == Audience::Any {
            visit.rules.audience = Audience::Returning;
        }
        let (now, span) = (extent.now, extent.span(&visit.rules, &sites));
        let schedule = load_schedule(conn, &sites, doctor.id, now, span, extent.except).await?;
        let caller = person.caller(conn, doctor.id, &visit.rules, extent, span).await?;
        Ok(Offer { schedule: Arc::new(schedule), caller, sites, doctor, visit, now, span })
    }

    /// What a visit's doctor offers for its visit type, as if the visit itself did not stand in the way.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the doctor no longer offers this visit type.
    pub async fn around(
        conn: &mut Conn<'_>,
        visit: &Appointment,
        person: &Person,
        extent: Extent,
    ) -> Result<Offer, Error> {
        let doctor = OfferedDoctor::by_id(conn, visit.doctor_id).await?;
        Offer::load(conn, doctor, Some(visit.visit_type_id), person, extent.without(Some(visit.id))).await
    }

    /// The same offer a little later, while nothing in it has changed.
    pub fn at(&self, now: Instant) -> Offer {
        Offer { now, ..self.clone() }
    }

    /// The slot that starts at `start`, or every reason why it cannot be booked.
    pub fn slot_at(&self, start: Instant) -> Result<Slot, Vec<Reason>> {
        if self.doctor.status != "active" {
            return Err(vec![Reason::DoctorUnavailable]);
        }
        slot_at(&self.schedule, &self.visit.rules, self.now, &self.caller, start)
    }

    /// Whether everything was read that may stand in the way of this slot.
    pub fn knows_all_about(&self, slot: &Slot) -> bool {
        let (first, last) = within_buffers(slot.start, slot.end);
        self.span.0 <= first.max(Instant(0)) && last <= self.span.1
    }

    /// Every reason why `start` is not offered; none when it is.
    pub fn why_not(&self, start: Instant) -> Vec<Reason> {
        self.judge(start).1
    }

    /// Everything that speaks against a visit at `start`, and the location in whose hours it would be, if it is in any.
    pub fn judge(&self, start: Instant) -> (Option<LocationId>, Vec<Reason>) {
        let (place, mut reasons) = judged(&self.schedule, &self.visit.rules, self.now, &self.caller, start);
        if self.doctor.status != "active" {
            reasons.insert(0, Reason::DoctorUnavailable);
        }
        (place, reasons)
    }

    /// As [`Self::slot_at`] for a time that this person already holds: the notice was kept when the hold was made.
    pub fn held_slot_at(&self, start: Instant) -> Result<(), Vec<Reason>> {
        match self.slot_at(start) {
            Ok(_) => Ok(()),
            Err(reasons) if reasons.iter().all(|reason| *reason == Reason::TooSoon) && start > self.now => Ok(()),
            Err(reasons) => Err(reasons),
        }
    }

    /// The bookable times from `from`, earliest first.
    pub fn slots(&self, from: Instant) -> impl Iterator<Item = Slot> + '_ {
        let to = self.now.plus_minutes(FAR_AHEAD_MINUTES);
        let active = self.doctor.status == "active";
        slots(&self.schedule, &self.visit.rules, self.now, &self.caller, from, to).filter(move |_| active)
    }

    /// The three free times nearest to a wanted one, in words.
    pub fn nearest(&self, wanted: Instant) -> Vec<TimeOption> {
        if self.doctor.status != "active" {
            return Vec::new();
        }
        let mut found = nearest(&self.schedule, &self.visit.rules, self.now, &self.caller, wanted, NEAREST);
        found.sort_by_key(|slot| slot.start);
        found.iter().filter_map(|slot| self.in_words(slot)).collect()
    }

    /// The error for a time that is gone, with the nearest free ones.
    pub fn gone(&self, start: Instant, reasons: Vec<Reason>) -> AppError {
        AppError::TimeGone { wanted: self.clock_at(start), reasons, nearest: self.nearest(start) }
    }

    /// A start that is not free, as the clocks show it where the doctor works.
    fn clock_at(&self, start: Instant) -> String {
        let near = nearest(&self.schedule, &self.visit.rules, self.now, &self.caller, start, 1);
        let site = near.first().and_then(|slot| self.sites.get(&slot.location)).or_else(|| self.sites.values().next());
        site.map(|site| site.zone.time_words(start)).unwrap_or_default()
    }

    /// The telephone number of the location where this doctor is next, or of any.
    pub fn phone(&self) -> &str {
        let next = self.slots(self.now).next();
        let site = next.and_then(|slot| self.sites.get(&slot.location)).or_else(|| self.sites.values().next());
        site.map_or("", |site| &site.phone)
    }

    pub fn in_words(&self, slot: &Slot) -> Option<TimeOption> {
        self.sites.get(&slot.location).map(|site| time_option(slot, site, self.now))
    }
}

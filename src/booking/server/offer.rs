//! What one doctor offers one person: the doctor, the visit type, the schedule and the one predicate over them.

use std::{collections::HashMap, sync::Arc};

use sqlx::FromRow;

use super::{hold::Start, person::Person, record::Appointment};
use crate::{
    availability::{
        Reason, TimeOption,
        server::{
            Audience, Caller, Schedule, Site, Slot, VisitType, judged, load_schedule, load_schedule_near, load_sites,
            load_visit_types, nearest, slot_at, slots, time_option,
        },
    },
    db::{Conn, Error, on},
    error::AppError,
    ids::{AppointmentId, DoctorId, LocationId, VisitTypeId},
    time::Instant,
};

/// How far ahead schedules are read: past the longest horizon a visit type may have.
const FAR_AHEAD_MINUTES: i64 = 733 * 24 * 60;
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

impl Offer {
    /// Reads everything the predicate needs. `except` is an appointment that does not count as busy.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the doctor does not offer this visit type.
    pub async fn load(
        conn: &mut Conn<'_>,
        doctor: OfferedDoctor,
        visit_type: VisitTypeId,
        person: &Person,
        now: Instant,
        except: Option<AppointmentId>,
    ) -> Result<Offer, Error> {
        Offer::read(conn, doctor, visit_type, person, (now, None), except).await
    }

    /// As [`Self::load`], with the busy times about a wish and no others: enough to say whether it can be had, not what is
    /// nearest to it. Whoever writes reads no more than that, so that two who write seldom have to do with the same rows.
    ///
    /// # Errors
    /// Those of [`Self::load`].
    pub async fn near(
        conn: &mut Conn<'_>,
        doctor: OfferedDoctor,
        visit_type: VisitTypeId,
        person: &Person,
        (now, start): (Instant, Start),
        except: Option<AppointmentId>,
    ) -> Result<Offer, Error> {
        Offer::read(conn, doctor, visit_type, person, (now, Some(start)), except).await
    }

    async fn read(
        conn: &mut Conn<'_>,
        doctor: OfferedDoctor,
        visit_type: VisitTypeId,
        person: &Person,
        (now, near): (Instant, Option<Start>),
        except: Option<AppointmentId>,
    ) -> Result<Offer, Error> {
        let visits = load_visit_types(conn, &[doctor.id]).await?.remove(&doctor.id).unwrap_or_default();
        let visit = visits.into_iter().find(|visit| visit.id == visit_type);
        let mut visit = visit.ok_or(AppError::NotFound)?;
        if !doctor.accepts_new_patients && visit.rules.audience == Audience::Any {
            visit.rules.audience = Audience::Returning;
        }
        let sites = load_sites(conn).await?;
        let schedule = match near {
            Some(start) => load_schedule_near(conn, &sites, doctor.id, now, start.reach(), except).await?,
            None => {
                let to = now.plus_minutes(FAR_AHEAD_MINUTES);
                load_schedule(conn, &sites, doctor.id, now, to, except).await?
            }
        };
        Ok(Offer {
            schedule: Arc::new(schedule),
            caller: person.caller(conn, doctor.id, now, except).await?,
            sites,
            doctor,
            visit,
            now,
        })
    }

    /// What a visit's doctor offers for its visit type, as if the visit itself did not stand in the way.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the doctor no longer offers this visit type.
    pub async fn around(
        conn: &mut Conn<'_>,
        visit: &Appointment,
        person: &Person,
        now: Instant,
    ) -> Result<Offer, Error> {
        let doctor = OfferedDoctor::by_id(conn, visit.doctor_id).await?;
        Offer::load(conn, doctor, visit.visit_type_id, person, now, Some(visit.id)).await
    }

    /// As [`Self::around`], no further than [`Self::near`] the visit's own time.
    ///
    /// # Errors
    /// Those of [`Self::around`].
    pub async fn near_visit(
        conn: &mut Conn<'_>,
        visit: &Appointment,
        person: &Person,
        now: Instant,
    ) -> Result<Offer, Error> {
        let doctor = OfferedDoctor::by_id(conn, visit.doctor_id).await?;
        let when = (now, Start::At(visit.starts_at));
        Offer::near(conn, doctor, visit.visit_type_id, person, when, Some(visit.id)).await
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

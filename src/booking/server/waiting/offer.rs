//! Offers: a time is kept for one person who waits, until they answer or the offer runs out.
//!
//! The time is kept by a row of `appointments`, so the database's own rule decides who gets it, whoever else wants it.
//! Its holder is the offer (`holder_hash` is the hash of the offer's id) and not yet the person: the rule that a person
//! holds one time, and that another one gives it back, leaves it alone.

use std::{collections::HashMap, sync::Arc};

use sqlx::FromRow;

use super::{
    entry::{Entry, Named},
    wishes::{is_quiet, kept_until},
};
use crate::{
    accounts::{model::care::CareScope, server::care::may_act},
    availability::server::DoctorCalendars,
    booking::{
        Action, ActorRole, Status,
        server::{
            appointment::{Appointment, Author, expire_overlapping},
            availability::Availability,
            booker::Booker,
            build::build_appointment,
            read_window::{ReadWindow, Start},
        },
        waiting::OfferOutcome,
    },
    config::Settings,
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::{AppointmentId, DoctorId, OfferId, PersonId, ResourceKindId, VisitTypeId, WaitingEntryId},
    notifications::{
        model::Kind,
        server::{Notice, To, enqueue_notice},
    },
    random,
    time::Timestamp,
};

/// A row of `offers`; the columns are explained in the migration.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Offer {
    pub id: OfferId,
    pub entry_id: WaitingEntryId,
    pub hold_id: AppointmentId,
    pub until_at: Timestamp,
    pub outcome: Option<OfferOutcome>,
    pub appointment_id: Option<AppointmentId>,
}

impl Offer {
    /// The offer with this id.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is none.
    pub async fn find(conn: &mut Conn<'_>, id: OfferId) -> Result<Offer, Error> {
        const SQL: &str = "select id, entry_id, hold_id, until_at, outcome, appointment_id from offers where id = $1";
        let found = conn.fetch_optional(SQL, (id,)).await?;
        found.ok_or(Error::App(AppError::NotFound))
    }

    /// The offer that an entry has now, also one that has run out and was not ended yet.
    pub async fn open_of(conn: &mut Conn<'_>, entry: WaitingEntryId) -> Result<Option<Offer>, Error> {
        const SQL: &str = "select id, entry_id, hold_id, until_at, outcome, appointment_id from offers
            where entry_id = $1 and outcome is null";
        conn.fetch_optional(SQL, (entry,)).await
    }

    pub fn is_open(&self, now: Timestamp) -> bool {
        self.outcome.is_none() && self.until_at > now
    }

    /// The offer as the holder of its time, for the person it is made to, by the account that answers.
    pub fn booker(&self, person: PersonId, by: Author) -> Booker {
        let carer = by.actor.filter(|account| *account != person);
        Booker { patient: Some(person), carer, holder: Some(holder_hash(self.id)) }
    }

    /// Writes down what became of the offer.
    pub async fn end(
        &self,
        tx: &mut Tx<'_>,
        outcome: OfferOutcome,
        became: Option<AppointmentId>,
        now: Timestamp,
    ) -> Result<(), Error> {
        const SQL: &str = "update offers set outcome = $2, outcome_at = $3, appointment_id = $4
            where id = $1 and outcome is null";
        let ended = tx.execute(SQL, (self.id, outcome, now, became)).await?;
        if ended == 0 { Err(AppError::Conflict.into()) } else { Ok(()) }
    }

    /// Gives the time back. The next booking of a time may have ended a hold that ran out before its offer was ended.
    pub async fn release(&self, tx: &mut Tx<'_>, by: Author, now: Timestamp) -> Result<(), Error> {
        let mut hold = Appointment::find(tx, self.hold_id).await?;
        match (hold.status, by.role == ActorRole::System) {
            (Status::Held, true) => hold.expire(tx, now).await,
            (Status::Held, false) => hold.change(tx, Action::Release, by, now).await,
            _ => Ok(()),
        }
    }
}

fn holder_hash(offer: OfferId) -> Vec<u8> {
    random::token_hash(&offer.to_string())
}

/// Offers a time to a person who waits, if it is still free for them and they have no other offer.
pub(super) struct MakeOffer {
    pub entry: WaitingEntryId,
    pub doctor: DoctorId,
    pub visit_type: VisitTypeId,
    pub start: Timestamp,
    pub calendars: Arc<DoctorCalendars>,
    pub settings: Arc<Settings>,
    pub now: Timestamp,
}

/// What became of a try to make an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    Offered,
    /// The person no longer waits, or has another offer.
    NotWaiting,
    /// The time is taken, or not for this person.
    NotThisTime,
}

impl WriteUnit for MakeOffer {
    const NAME: &'static str = "make_offer";
    type Output = Made;

    fn doctor(&self) -> Option<DoctorId> {
        Some(self.doctor)
    }

    fn resource_kinds(&self) -> Vec<ResourceKindId> {
        self.calendars.needs(self.doctor, Some(self.visit_type))
    }

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Made, Error> {
        let entry = Entry::find(tx, self.entry).await?;
        if entry.ended_at.is_some() || Offer::open_of(tx, entry.id).await?.is_some() {
            return Ok(Made::NotWaiting);
        }
        // a parent or carer who may no longer book for the person is asked nothing more
        let may_book = may_act(tx, entry.account_id, entry.person_id, CareScope::Book, self.now).await?;
        let named = entry.named(tx, self.now).await?;
        if !may_book || matches!(named, Named::Over) {
            return Ok(Made::NotWaiting);
        }
        let Some(mut hold) = self.build_hold(tx, &entry, &named).await? else { return Ok(Made::NotThisTime) };
        let id = OfferId(random::id());
        hold.holder_hash = Some(holder_hash(id));
        hold.insert(tx, Action::Hold, Author::SYSTEM).await?;
        self.insert(tx, id, &entry, &hold).await?;
        let (about, dedupe_key) = (&id.to_string(), &format!("time_offered:{id}"));
        let notice = Notice { kind: Kind::TimeOffered, to: To::Person(entry.account_id), about, dedupe_key };
        enqueue_notice(tx, self.now, notice).await?;
        Ok(Made::Offered)
    }
}

impl MakeOffer {
    /// The row that keeps the time, if the person could book it by every rule.
    async fn build_hold(&self, tx: &mut Tx<'_>, entry: &Entry, named: &Named) -> Result<Option<Appointment>, Error> {
        let MakeOffer { doctor, start, now, .. } = *self;
        if named.booked().is_some_and(|old| start >= old.starts_at) {
            return Ok(None);
        }
        let (booker, old) = (Booker { patient: Some(entry.person_id), carer: None, holder: None }, named.booked());
        let mut window = ReadWindow::day_of(now, Start::At(start)).except_for(old.map(|old| old.id));
        let load = async |tx: &mut Tx<'_>, window| {
            Availability::load(tx, &self.calendars, doctor, Some(self.visit_type), &booker, window).await
        };
        let mut availability = load(tx, window).await?;
        let Ok(mut slot) = availability.slot_at(start) else { return Ok(None) };
        if !availability.knows_all_about(&slot) {
            window = window.with_buffers();
            availability = load(tx, window).await?;
            let Ok(found) = availability.slot_at(start) else { return Ok(None) };
            slot = found;
        }
        let most = self.settings.booking.max_future_appointments;
        let one_too_many = old.is_none() && availability.found.upcoming >= most;
        let zone = availability.locations.get(&slot.location).map(|location| &location.zone);
        if one_too_many || zone.is_none_or(|zone| is_quiet(zone, now) || !entry.wishes().suits(start, zone, now)) {
            return Ok(None);
        }
        let span = (slot.start, slot.end);
        if availability.found.has_run_out(span) {
            expire_overlapping(tx, doctor, None, slot.resource, span, now, None).await?;
        }
        let mut hold = build_appointment(&availability, &slot, now)?;
        hold.status = Status::Held;
        hold.held_until = Some(kept_until(start, now));
        Ok(Some(hold))
    }

    async fn insert(&self, tx: &mut Tx<'_>, id: OfferId, entry: &Entry, hold: &Appointment) -> Result<(), Error> {
        const SQL: &str = "insert into offers (id, entry_id, hold_id, doctor_id, starts_at, made_at, until_at)
            values ($1, $2, $3, $4, $5, $6, $7)";
        let until = hold.held_until.unwrap_or(self.now);
        tx.execute(SQL, (id, entry.id, hold.id, hold.doctor_id, hold.starts_at, self.now, until)).await?;
        Ok(())
    }
}

/// Ends an offer that nobody answered in time, and gives its time back in the same unit; whether it did.
pub(super) struct EndOffer {
    pub id: OfferId,
    pub now: Timestamp,
}

impl WriteUnit for EndOffer {
    const NAME: &'static str = "end_offer";
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        let offer = Offer::find(tx, self.id).await?;
        if offer.outcome.is_some() || offer.until_at > self.now {
            return Ok(false);
        }
        offer.end(tx, OfferOutcome::RanOut, None, self.now).await?;
        offer.release(tx, Author::SYSTEM, self.now).await?;
        Ok(true)
    }
}

/// The offers that ran out and were not ended yet.
pub(super) async fn run_out(conn: &mut Conn<'_>, now: Timestamp) -> Result<Vec<OfferId>, Error> {
    const SQL: &str = "select id from offers where outcome is null and until_at <= $1 order by until_at limit 500";
    conn.fetch_values(SQL, (now,)).await
}

/// The times of this doctor that were offered before to people who still wait: each is offered to a person once.
pub(super) async fn offered_before(
    conn: &mut Conn<'_>,
    doctor: DoctorId,
    now: Timestamp,
) -> Result<HashMap<WaitingEntryId, Vec<Timestamp>>, Error> {
    const SQL: &str = "select o.entry_id, o.starts_at from offers o join waiting_entries e on e.id = o.entry_id
        where o.doctor_id = $1 and o.starts_at > $2 and e.ended_at is null";
    let rows: Vec<(WaitingEntryId, Timestamp)> = conn.fetch_all(SQL, (doctor, now)).await?;
    let mut times: HashMap<_, Vec<_>> = HashMap::new();
    for (entry, start) in rows {
        times.entry(entry).or_default().push(start);
    }
    Ok(times)
}

//! The answer to an offer, by its person on the website or by the link of its message; and leaving the list.

use std::sync::Arc;

use super::{
    entry::{Entry, Named},
    offer::Offer,
};
use crate::{
    accounts::{model::care::CareScope, server::care::may_act},
    availability::{Reason, server::DoctorCalendars},
    booking::{
        Action, ActorRole, Status,
        server::{
            access::acts_for,
            appointment::{Appointment, Author, expire_overlapping},
            availability::Availability,
            book::ConfirmHold,
            booker::Booker,
            busy::{holder_busy, patient_busy},
            doctor_news::{DoctorNews, tell_doctor},
            read_window::{ReadWindow, Start},
            reschedule::give_way_to,
        },
        waiting::{EntryEnd, OfferAnswer, OfferOutcome},
    },
    config::Settings,
    db::{Conn, Error, Tx, Violation, WriteUnit},
    error::AppError,
    ids::{AppointmentId, OfferId, PersonId, WaitingEntryId},
    notifications::{
        model::Kind,
        server::{
            Message, enqueue,
            links::{self, Purpose},
        },
    },
    random,
    state::AppState,
    time::Timestamp,
    web::metrics::{Act, Door},
    web::request::Actor,
};

/// What an answer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// The time is booked, or the appointment has moved there.
    Booked {
        id: AppointmentId,
        moved: bool,
    },
    Declined,
    Left,
}

/// Whose answer it is.
#[derive(Clone, Debug)]
pub(super) enum Answerer {
    Actor(Actor, OfferId),
    /// The holder of the link with this token acts as the person it was sent to.
    Link(String),
}

impl Answerer {
    /// The offer and its entry, if they are this answerer's, and who acts.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an unknown offer and for another person's alike.
    pub async fn find(&self, conn: &mut Conn<'_>, now: Timestamp) -> Result<(Offer, Entry, Author), Error> {
        match self {
            Answerer::Actor(actor, id) => {
                let offer = Offer::find(conn, *id).await?;
                let entry = Entry::find(conn, offer.entry_id).await?;
                if !acts_for(conn, *actor, entry.person_id, now).await? {
                    return Err(AppError::NotFound.into());
                }
                Ok((offer, entry, Author::from(*actor)))
            }
            Answerer::Link(token) => linked(conn, token, now).await,
        }
    }
}

/// A link ends with the account it was sent to, and when that may no longer book for the person.
async fn linked(conn: &mut Conn<'_>, token: &str, now: Timestamp) -> Result<(Offer, Entry, Author), Error> {
    const ACTIVE: &str = "select count(*) from persons where id = $1 and status = 'active'";
    const OFFER: &str = "select id from offers where hold_id = $1";
    let link = links::find(conn, Purpose::AnswerOffer, token).await?;
    let (Some(person), Some(hold)) = (link.person_id, link.appointment_id) else {
        return Err(AppError::NotFound.into());
    };
    let active: i64 = conn.fetch_value(ACTIVE, (person,)).await?;
    let id: Option<OfferId> = conn.fetch_optional_value(OFFER, (hold,)).await?;
    let offer = Offer::find(conn, id.filter(|_| active > 0).ok_or(AppError::NotFound)?).await?;
    let entry = Entry::find(conn, offer.entry_id).await?;
    if entry.account_id != person || !may_act(conn, person, entry.person_id, CareScope::Book, now).await? {
        return Err(AppError::NotFound.into());
    }
    Ok((offer, entry, Author { actor: Some(person), role: ActorRole::Patient }))
}

/// Answers an offer. Accepting books the time, or moves the appointment that the person would give up, in one unit;
/// what fails leaves everything as it was. The same answer twice is one.
///
/// # Errors
/// [`AppError::HoldExpired`] for an offer that is over, [`AppError::PatientBusy`], [`AppError::TooLate`] past the
/// cut-off of the appointment to give up, [`AppError::TimeGone`] when the doctor's hours changed meanwhile,
/// [`AppError::TooManyAppointments`], [`AppError::NotFound`] for another person's offer.
pub async fn answer(app: &AppState, actor: Actor, id: OfferId, answer: OfferAnswer) -> Result<Answered, AppError> {
    counted(app, answer, answer_as(app, Answerer::Actor(actor, id), answer).await)
}

/// As [`answer`], by the link of its message.
///
/// # Errors
/// Those of [`answer`]; [`AppError::NotFound`] for a token that was never given out for an offer.
pub async fn answer_linked(app: &AppState, token: &str, answer: OfferAnswer) -> Result<Answered, AppError> {
    counted(app, answer, answer_as(app, Answerer::Link(token.to_owned()), answer).await)
}

/// Counts an accepted time as a booking or a move.
fn counted(app: &AppState, answer: OfferAnswer, answered: Result<Answered, AppError>) -> Result<Answered, AppError> {
    let moved = matches!(answered, Ok(Answered::Booked { moved: true, .. }));
    match answer {
        OfferAnswer::Accept => app.metrics.count(if moved { Act::Move } else { Act::Book }, Door::Web, answered),
        OfferAnswer::Decline | OfferAnswer::Leave => answered,
    }
}

async fn answer_as(app: &AppState, answerer: Answerer, answer: OfferAnswer) -> Result<Answered, AppError> {
    let (calendars, settings, now) = (app.calendars.clone(), app.settings.clone(), app.clock.now());
    let unit = AnswerOffer { answerer: answerer.clone(), answer, calendars, settings, now };
    match app.db.write(unit).await {
        Ok(answered) => Ok(answered),
        Err(error) => match error.violation() {
            Some(Violation::DoctorOverlap | Violation::ResourceOverlap) => {
                Err(AppError::HoldExpired { nearest: Vec::new() })
            }
            Some(Violation::PatientOverlap) => {
                let mut reader = app.db.read().await?;
                let (offer, entry, by) = answerer.find(&mut reader.conn(), app.clock.now()).await?;
                drop(reader);
                Err(holder_busy(app, &offer.booker(entry.person_id, by), offer.hold_id).await?)
            }
            _ => Err(error.into()),
        },
    }
}

/// Answers an offer.
struct AnswerOffer {
    answerer: Answerer,
    answer: OfferAnswer,
    calendars: Arc<DoctorCalendars>,
    settings: Arc<Settings>,
    now: Timestamp,
}

impl WriteUnit for AnswerOffer {
    const NAME: &'static str = "answer_offer";
    type Output = Answered;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Answered, Error> {
        let (offer, entry, by) = self.answerer.find(tx, self.now).await?;
        match self.answer {
            OfferAnswer::Accept => self.accept(tx, &offer, &entry, by).await,
            OfferAnswer::Decline => {
                decline(tx, &offer, by, self.now).await?;
                Ok(Answered::Declined)
            }
            OfferAnswer::Leave => {
                leave_entry(tx, &entry, by, self.now).await?;
                Ok(Answered::Left)
            }
        }
    }
}

impl AnswerOffer {
    async fn accept(&self, tx: &mut Tx<'_>, offer: &Offer, entry: &Entry, by: Author) -> Result<Answered, Error> {
        let now = self.now;
        if let (Some(OfferOutcome::Accepted), Some(id)) = (offer.outcome, offer.appointment_id) {
            return Ok(Answered::Booked { id, moved: entry.appointment_id.is_some() });
        }
        let over = || Error::App(AppError::HoldExpired { nearest: Vec::new() });
        if !offer.is_open(now) {
            return Err(over());
        }
        let hold = Appointment::find(tx, offer.hold_id).await?;
        if hold.status != Status::Held {
            return Err(over());
        }
        let (id, moved) = match entry.named(tx, now).await? {
            Named::Booked(old) => (self.move_to(tx, entry.person_id, *old, hold, by).await?, true),
            Named::None => (self.book(tx, offer.booker(entry.person_id, by), hold.id).await?, false),
            Named::Over => return Err(AppError::TooLate.into()),
        };
        offer.end(tx, OfferOutcome::Accepted, Some(id), now).await?;
        entry.end(tx, EntryEnd::Fulfilled, now).await?;
        Ok(Answered::Booked { id, moved })
    }

    /// Books the time as any held time is booked.
    async fn book(&self, tx: &mut Tx<'_>, booker: Booker, id: AppointmentId) -> Result<AppointmentId, Error> {
        let (calendars, settings) = (self.calendars.clone(), self.settings.clone());
        // a press accepts; the doctor's questions are asked afterwards, on the appointment's page
        let unit = ConfirmHold {
            booker,
            id,
            with_answers: false,
            details: None,
            along: None,
            calendars,
            settings,
            now: self.now,
        };
        Ok(unit.run(tx).await?.row.id)
    }

    /// Moves the appointment to the time: the hold gives it back, and the appointment takes it.
    async fn move_to(
        &self,
        tx: &mut Tx<'_>,
        patient: PersonId,
        old: Appointment,
        mut hold: Appointment,
        by: Author,
    ) -> Result<AppointmentId, Error> {
        let now = self.now;
        hold.change(tx, Action::Release, by, now).await?;
        self.check(tx, patient, &old, &hold).await?;
        let mut new = Appointment {
            id: AppointmentId(random::id()),
            status: Status::Booked,
            version: 1,
            held_until: None,
            holder_hash: None,
            created_at: now,
            updated_at: now,
            ..hold
        };
        let gone = old.clone();
        give_way_to(tx, old, &mut new, by, now).await?;
        let dedupe_key = &format!("{}:{}", Kind::AppointmentsMoved.into_str(), new.id);
        let message = Message { kind: Kind::AppointmentsMoved, to: patient, appointments: &[new.id], dedupe_key };
        enqueue(tx, now, message).await?;
        if gone.doctor_id == new.doctor_id {
            tell_doctor(tx, Kind::DoctorMoved, &new, Some(gone.starts_at), by, now).await?;
        } else {
            let mut news = DoctorNews::default();
            news.add(&gone, by, now);
            news.add(&new, by, now);
            news.tell(tx, new.id.0, now).await?;
        }
        Ok(new.id)
    }

    /// Whether the person can have the time that the hold has just given back, when they give up `old`.
    async fn check(
        &self,
        tx: &mut Tx<'_>,
        patient: PersonId,
        old: &Appointment,
        hold: &Appointment,
    ) -> Result<(), Error> {
        let (now, start, span) = (self.now, hold.starts_at, (hold.starts_at, hold.ends_at));
        let booker = Booker { patient: Some(patient), carer: None, holder: None };
        let load = async |tx: &mut Tx<'_>, window: ReadWindow| {
            let (doctor, kind) = (hold.doctor_id, Some(hold.visit_type_id));
            Availability::load(tx, &self.calendars, doctor, kind, &booker, window.except_for(Some(old.id))).await
        };
        let availability = load(tx, ReadWindow::day_of(now, Start::At(start))).await?;
        if let Err(reasons) = availability.held_slot_at(start) {
            let availability = load(tx, ReadWindow::all_ahead(now)).await?;
            if reasons.contains(&Reason::PatientBusy) {
                return Err(patient_busy(tx, &availability, &booker, Some(old.id), start, now).await?.into());
            }
            return Err(availability.gone(start, reasons).into());
        }
        if availability.found.has_run_out(span) {
            expire_overlapping(tx, hold.doctor_id, Some(patient), hold.resource_id, span, now, None).await?;
        }
        Ok(())
    }
}

/// Declines an offer that is open; one that ran out is over anyway.
async fn decline(tx: &mut Tx<'_>, offer: &Offer, by: Author, now: Timestamp) -> Result<(), Error> {
    match offer.outcome {
        Some(OfferOutcome::Accepted) => return Err(AppError::Conflict.into()),
        Some(OfferOutcome::Declined | OfferOutcome::RanOut) => return Ok(()),
        None if offer.is_open(now) => {}
        None => {
            offer.end(tx, OfferOutcome::RanOut, None, now).await?;
            return offer.release(tx, Author::SYSTEM, now).await;
        }
    }
    offer.end(tx, OfferOutcome::Declined, None, now).await?;
    offer.release(tx, by, now).await
}

/// Leaves the waiting list. Leaving twice is leaving once; what is on offer is declined.
///
/// # Errors
/// [`AppError::NotFound`] for another person's entry.
pub async fn leave(app: &AppState, actor: Actor, id: WaitingEntryId) -> Result<(), AppError> {
    Ok(app.db.write(LeaveWaitingList { actor, id, now: app.clock.now() }).await?)
}

/// Ends an entry at its person's wish.
struct LeaveWaitingList {
    actor: Actor,
    id: WaitingEntryId,
    now: Timestamp,
}

impl WriteUnit for LeaveWaitingList {
    const NAME: &'static str = "leave_waiting_list";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let entry = Entry::find(tx, self.id).await?;
        if !acts_for(tx, self.actor, entry.person_id, self.now).await? {
            return Err(AppError::NotFound.into());
        }
        leave_entry(tx, &entry, Author::from(self.actor), self.now).await
    }
}

/// Ends everything that a person waits for, and what they wait for on behalf of others.
pub(in crate::booking::server) async fn leave_all(
    tx: &mut Tx<'_>,
    person: PersonId,
    by: Author,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "select id from waiting_entries
        where (person_id = $1 or account_id = $1) and ended_at is null order by id";
    let open: Vec<WaitingEntryId> = tx.fetch_values(SQL, (person,)).await?;
    for id in open {
        let entry = Entry::find(tx, id).await?;
        leave_entry(tx, &entry, by, now).await?;
    }
    Ok(())
}

async fn leave_entry(tx: &mut Tx<'_>, entry: &Entry, by: Author, now: Timestamp) -> Result<(), Error> {
    if let Some(offer) = Offer::open_of(tx, entry.id).await? {
        decline(tx, &offer, by, now).await?;
    }
    entry.end(tx, EntryEnd::Left, now).await
}

//! The waiting list in words: for who waits, for the doctor they wait for, and for staff.

use std::collections::HashMap;

use sqlx::FromRow;

use super::{
    answer::Answerer,
    entry::{Entry, Named},
    offer::Offer,
};
use crate::{
    accounts::{Permission, model::care::CareScope, server::care::acted_for},
    availability::server::{calendar_at_desk, note_calendar_read},
    booking::{
        AppointmentSummary,
        server::{appointment::Appointment, views},
        waiting::{
            DoctorWaitingList, EntryEnd, JoinQuery, OfferOutcome, OfferState, OfferView, OpenOffer, WaitingEntry,
            WaitingPerson,
        },
    },
    clinic::server::clinic_zone,
    db::{Conn, Error, ids_json, in_ids},
    error::AppError,
    ids::{DoctorId, OfferId, WaitingEntryId},
    state::AppState,
    time::{Timestamp, server::Zone},
    web::request::Actor,
};

/// Days for which a doctor's list shows those whose wait ended.
const SHOWN_DAYS: i64 = 30;

/// An entry with the names of what it is about.
#[derive(FromRow)]
struct Described {
    #[sqlx(flatten)]
    entry: Entry,
    person_name: String,
    doctor_name: Option<String>,
    doctor_slug: Option<String>,
    visit_type_name: Option<String>,
    specialty_name: Option<String>,
    location_name: Option<String>,
}

/// The columns of an entry `e` with those names, and where they come from.
macro_rules! described {
    () => {
        "e.*, p.display_name as person_name, d.name as doctor_name, d.slug as doctor_slug, v.name as visit_type_name,
            s.name as specialty_name, l.name as location_name
        from waiting_entries e
        join persons p on p.id = e.person_id
        left join doctors d on d.id = e.doctor_id
        left join visit_types v on v.id = e.visit_type_id
        left join specialties s on s.id = e.specialty_id
        left join locations l on l.id = e.location_id"
    };
}

impl Described {
    /// "Dr Silva, Consultation" or "Any doctor for General practice at Riverside"
    fn whom(&self) -> String {
        let text = |name: &Option<String>| name.clone().unwrap_or_else(|| "what is no longer offered".to_owned());
        match &self.doctor_name {
            Some(doctor) => format!("{doctor}, {}", text(&self.visit_type_name)),
            None => format!("Any doctor for {} at {}", text(&self.specialty_name), text(&self.location_name)),
        }
    }

    /// What the page that changes the wishes is asked for.
    fn change(&self, named: Option<&Appointment>) -> Option<JoinQuery> {
        let (doctor, visit_type) = (self.doctor_slug.clone()?, self.entry.visit_type_id?.to_string());
        let appointment = named.map(|named| named.id.to_string()).unwrap_or_default();
        let person = if named.is_some() { String::new() } else { self.entry.person_id.to_string() };
        Some(JoinQuery { doctor, visit_type, appointment, person })
    }
}

/// "Thursday 8 January, 9am with Dr Silva"
fn time_with_doctor(appointment: &Appointment, now: Timestamp) -> Result<String, Error> {
    Ok(format!("{} with {}", views::moment(appointment, now)?, appointment.doctor_name))
}

/// "3:40pm (London time)"
fn until_words(hold: &Appointment, until: Timestamp) -> Result<String, Error> {
    let zone = views::zone(hold)?;
    Ok(format!("{} ({})", zone.time_words(until), zone.label()))
}

/// What the signed-in patient waits for, and the people for whom they may book, the oldest first.
///
/// # Errors
/// [`AppError::Forbidden`] for doctors and staff.
pub async fn my_waiting_list(app: &AppState, actor: Actor) -> Result<Vec<WaitingEntry>, AppError> {
    let sql = in_ids!(
        concat!("select ", described!(), " where e.ended_at is null and e.person_id"),
        " order by e.created_at, e.id"
    );
    actor.needs(Permission::BookForOneself)?;
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let zone = clinic_zone(conn).await?;
    // whoever of those who may book for a person has joined
    let persons = acted_for(conn, actor.user, now).await?.into_iter();
    let persons = persons.filter(|person| person.scope == CareScope::Book).map(|person| person.id.0);
    let found: Vec<Described> = conn.fetch_all(sql, (&ids_json(persons),)).await?;
    let mut entries = Vec::with_capacity(found.len());
    for one in found {
        let named = one.entry.named(conn, now).await?;
        let keeps = named.booked().map(|old| time_with_doctor(old, now)).transpose()?;
        entries.push(WaitingEntry {
            id: one.entry.id,
            for_whom: (one.entry.person_id != actor.user).then(|| one.person_name.clone()),
            whom: one.whom(),
            wishes: one.entry.wishes().words(zone.local_date(now)),
            keeps,
            since: zone.local_date(one.entry.created_at).day_words(zone.local_date(now)),
            offer: open_offer(conn, one.entry.id, now).await?,
            change: one.change(named.booked()),
        });
    }
    Ok(entries)
}

async fn open_offer(conn: &mut Conn<'_>, entry: WaitingEntryId, now: Timestamp) -> Result<Option<OpenOffer>, Error> {
    let offer = Offer::open_of(conn, entry).await?.filter(|offer| offer.is_open(now));
    let Some(offer) = offer else { return Ok(None) };
    let hold = Appointment::find(conn, offer.hold_id).await?;
    let (what, until) = (time_with_doctor(&hold, now)?, until_words(&hold, offer.until_at)?);
    Ok(Some(OpenOffer { id: offer.id, what, until }))
}

/// An offer, for the person to whom it is made.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown offer and for another person's alike.
pub async fn offer(app: &AppState, actor: Actor, id: OfferId) -> Result<OfferView, AppError> {
    view(app, &Answerer::Actor(actor, id)).await
}

/// The same by the link of its message. The link is enough; what the appointment is for is not shown.
///
/// # Errors
/// [`AppError::NotFound`] for a token that was never given out for an offer.
pub async fn linked_offer(app: &AppState, token: &str) -> Result<OfferView, AppError> {
    let mut view = view(app, &Answerer::Link(token.to_owned())).await?;
    view.summary.visit_type.clear();
    view.summary.visit_type_name.clear();
    view.summary.instructions.clear();
    Ok(view)
}

async fn view(app: &AppState, answerer: &Answerer) -> Result<OfferView, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let (offer, entry, by) = answerer.find(conn, now).await?;
    let for_whom = match by.actor == Some(entry.person_id) {
        true => None,
        false => Some(views::contact(conn, entry.person_id).await?.name),
    };
    let hold = Appointment::find(conn, offer.hold_id).await?;
    let state = match (offer.outcome, offer.appointment_id) {
        (Some(OfferOutcome::Accepted), Some(id)) => OfferState::Accepted { id },
        (Some(OfferOutcome::Declined), _) => OfferState::Declined,
        (None, _) if offer.is_open(now) => OfferState::Open,
        _ => OfferState::Over,
    };
    let keeps = match entry.named(conn, now).await? {
        Named::Booked(old) => Some(time_with_doctor(&old, now)?),
        Named::None | Named::Over => None,
    };
    Ok(OfferView {
        id: offer.id,
        summary: AppointmentSummary { for_whom, ..views::summary(&hold, now)? },
        until: until_words(&hold, offer.until_at)?,
        state,
        keeps,
        needs_approval: hold.needs_approval,
    })
}

/// Who waits for the doctor with this slug, or for a doctor their own, and what they were offered. That staff read it
/// is kept in the audit log.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] for another doctor's list.
pub async fn of_doctor(app: &AppState, actor: Actor, slug: &str) -> Result<DoctorWaitingList, AppError> {
    const SQL: &str = concat!(
        "select ",
        described!(),
        " where (e.doctor_id = $1
            or e.specialty_id in (select specialty_id from doctor_specialties where doctor_id = $1))
            and (e.ended_at is null or e.ended_at > $2)
        order by e.created_at, e.id"
    );
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let calendar = calendar_at_desk(conn, actor, slug).await?;
    let since = now.plus_minutes(-SHOWN_DAYS * 24 * 60);
    let found: Vec<Described> = conn.fetch_all(SQL, (calendar.doctor, since)).await?;
    let mut offers = offers_of(conn, &found, calendar.doctor, now).await?;
    drop(reader);
    let (mut waiting, mut ended) = (Vec::new(), Vec::new());
    for one in &found {
        let person = WaitingPerson {
            name: one.person_name.clone(),
            whom: one.whom(),
            wishes: one.entry.wishes().words(calendar.zone.local_date(now)),
            since: calendar.zone.moment_words(one.entry.created_at, now),
            ended: end_words(&one.entry, &calendar.zone, now),
            offers: offers.remove(&one.entry.id).unwrap_or_default(),
        };
        match one.entry.ended_at {
            None => waiting.push(person),
            Some(at) => ended.push((at, person)),
        }
    }
    ended.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    note_calendar_read(app, actor, calendar.doctor, &calendar.name).await;
    let ended = ended.into_iter().map(|(_, person)| person).collect();
    Ok(DoctorWaitingList { doctor_name: calendar.name, waiting, ended })
}

fn end_words(entry: &Entry, zone: &Zone, now: Timestamp) -> String {
    let (Some(at), Some(why)) = (entry.ended_at, entry.end_reason) else { return String::new() };
    let when = zone.local_date(at).day_words(zone.local_date(now));
    match why {
        EntryEnd::Fulfilled => format!("Accepted a time on {when}"),
        EntryEnd::Left => format!("Left the list on {when}"),
        EntryEnd::Passed => "The latest date is over".to_owned(),
    }
}

#[derive(FromRow)]
struct OfferLine {
    entry_id: WaitingEntryId,
    doctor_id: DoctorId,
    doctor_name: String,
    time_zone: String,
    starts_at: Timestamp,
    made_at: Timestamp,
    outcome: Option<OfferOutcome>,
    outcome_at: Option<Timestamp>,
}

/// What these people were offered, the latest first.
async fn offers_of(
    conn: &mut Conn<'_>,
    entries: &[Described],
    doctor: DoctorId,
    now: Timestamp,
) -> Result<HashMap<WaitingEntryId, Vec<String>>, Error> {
    let sql = in_ids!(
        "select o.entry_id, o.doctor_id, d.name as doctor_name, t.time_zone, o.starts_at, o.made_at, o.outcome,
            o.outcome_at
        from offers o
        join appointments a on a.id = o.hold_id
        join appointment_terms t on t.id = a.terms_id
        join doctors d on d.id = o.doctor_id
        where o.entry_id",
        " order by o.made_at desc, o.id"
    );
    let ids = ids_json(entries.iter().map(|one| one.entry.id.0));
    let lines: Vec<OfferLine> = conn.fetch_all(sql, (&ids,)).await?;
    let mut words: HashMap<_, Vec<_>> = HashMap::new();
    for line in lines {
        let zone = Zone::parse(&line.time_zone).ok_or(Error::Corrupt("unknown time zone"))?;
        let with = if line.doctor_id == doctor { String::new() } else { format!(" with {}", line.doctor_name) };
        let outcome = match (line.outcome, line.outcome_at) {
            (Some(OfferOutcome::Accepted), Some(at)) => format!("accepted at {}", zone.time_words(at)),
            (Some(OfferOutcome::Declined), Some(at)) => format!("no thanks at {}", zone.time_words(at)),
            (Some(_), _) => "no answer in time".to_owned(),
            (None, _) => "waits for an answer".to_owned(),
        };
        let (time, made) = (zone.moment_words(line.starts_at, now), zone.moment_words(line.made_at, now));
        words.entry(line.entry_id).or_default().push(format!("{time}{with}: offered on {made}, {outcome}"));
    }
    Ok(words)
}

//! Who an appointment is for: the owner of the account, or a person for whom the account acts.

use super::{
    access::{booker_of, others},
    appointment::{Appointment, agreed, expire_overlapping, from_agreed},
    booker::Booker,
    busy::holder_busy,
    facts::LONGEST_HOLD_MINUTES,
    hold::held,
    views,
};
use crate::{
    accounts::{Permission, model::care::ActedFor, server::care::acted_for},
    booking::{Action, HoldPage, HoldPersons, Whom},
    db::{Conn, Error, Tx, Violation, WriteUnit},
    error::{AppError, FieldCode},
    ids::{AppointmentId, PersonId},
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// The name of the patient, for a reader who acts for them.
///
/// # Errors
/// The database's.
pub(super) async fn whose(
    conn: &mut Conn<'_>,
    reader: Actor,
    appointment: &Appointment,
) -> Result<Option<String>, Error> {
    match appointment.patient_id.filter(|person| reader.may(Permission::BookForOneself) && *person != reader.user) {
        Some(person) => Ok(Some(views::contact(conn, person).await?.name)),
        None => Ok(None),
    }
}

/// The person whom a page or a form names; nobody where it names none.
///
/// # Errors
/// [`AppError::NotFound`] for what names nobody.
pub(super) fn named(text: &str) -> Result<Option<PersonId>, AppError> {
    match text {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| AppError::NotFound),
    }
}

/// The booker for the person whom a page names, and among whom there is a choice.
///
/// # Errors
/// [`AppError::NotActing`] for a person for whom the booker may not book; [`AppError::NotFound`] as [`named`].
pub(super) async fn booker_for(
    conn: &mut Conn<'_>,
    booker: &Booker,
    person: &str,
    now: Timestamp,
) -> Result<(Booker, Whom), Error> {
    let person = named(person)?;
    let booker = booker.clone().acting_for(person);
    booker.check(conn, now).await?;
    let persons = match booker.account() {
        Some(account) => others(acted_for(conn, account, now).await?),
        None => Vec::new(),
    };
    Ok((booker, Whom { persons, person }))
}

/// The name of the patient, and the number of who books: that is whom the clinic calls.
///
/// # Errors
/// The database's.
pub(super) async fn name_and_phone(conn: &mut Conn<'_>, booker: &Booker) -> Result<Option<(String, String)>, Error> {
    let (Some(patient), Some(account)) = (booker.patient, booker.account()) else { return Ok(None) };
    let (name, own) = views::contact(conn, patient).await?.name_and_phone();
    let phone = if account == patient { own } else { views::contact(conn, account).await?.name_and_phone().1 };
    Ok(Some((name, phone)))
}

/// The people for whom the signed-in account may act, its owner first.
///
/// # Errors
/// The database cannot be read.
pub async fn persons(app: &AppState, actor: Actor) -> Result<Vec<ActedFor>, AppError> {
    let mut reader = app.db.read().await?;
    Ok(acted_for(&mut reader.conn(), actor.user, app.clock.now()).await?)
}

/// What the page shows on which the person of a held time is chosen.
///
/// # Errors
/// Those of [`held`]; [`AppError::Unauthenticated`] for a visitor; [`AppError::Conflict`] when it is booked already.
pub async fn who(app: &AppState, booker: &Booker, id: AppointmentId) -> Result<HoldPersons, AppError> {
    let account = booker.signed_in()?;
    let HoldPage::Hold(hold) = held(app, booker, id).await? else { return Err(AppError::Conflict) };
    let mut reader = app.db.read().await?;
    let persons = others(acted_for(&mut reader.conn(), account, app.clock.now()).await?);
    Ok(HoldPersons { hold, persons })
}

/// Says whom a held time is for. Another time that is held for the same person is given back.
///
/// # Errors
/// [`AppError::Invalid`] naming `person` when none was chosen; [`AppError::NotActing`] for a person for whom the booker
/// may not book; [`AppError::PatientBusy`]; [`AppError::NotFound`] for another person's hold; [`AppError::Conflict`] when
/// it is booked already.
pub async fn choose_person(
    app: &AppState,
    booker: Booker,
    id: AppointmentId,
    person: Option<PersonId>,
) -> Result<(), AppError> {
    booker.signed_in()?;
    let person = person.ok_or_else(|| AppError::field("person", FieldCode::Missing))?;
    let chosen = booker.clone().acting_for(Some(person));
    let unit = ChoosePerson { booker, chosen: chosen.clone(), person, id, now: app.clock.now() };
    match app.db.write(unit).await {
        Ok(()) => Ok(()),
        Err(error) => match error.violation() {
            Some(Violation::PatientOverlap) => Err(holder_busy(app, &chosen, id).await?),
            _ => Err(error.into()),
        },
    }
}

/// Gives a hold to the person whom it is for.
struct ChoosePerson {
    booker: Booker,
    chosen: Booker,
    person: PersonId,
    id: AppointmentId,
    now: Timestamp,
}

impl WriteUnit for ChoosePerson {
    const NAME: &'static str = "choose_person";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update appointments set patient_id = $2
            where id = $1 and status in ('held', 'expired') and answer_by is null";
        const OTHERS: &str = concat!(
            "select ",
            agreed!(),
            from_agreed!(),
            "where a.patient_id = $1 and a.status = 'held' and a.starts_at > $2 and a.held_until > $3 and a.id <> $4"
        );
        let hold = Appointment::find(tx, self.id).await?;
        booker_of(tx, &self.booker, &hold, self.now).await?;
        self.chosen.check(tx, self.now).await?;
        let earliest = self.now.plus_minutes(-LONGEST_HOLD_MINUTES);
        let others: Vec<Appointment> = tx.fetch_all(OTHERS, (self.person, earliest, self.now, self.id)).await?;
        for mut other in others {
            other.change(tx, Action::Release, self.chosen.by(), self.now).await?;
        }
        let span = (hold.starts_at, hold.ends_at);
        expire_overlapping(tx, hold.doctor_id, Some(self.person), None, span, self.now, Some(self.id)).await?;
        let chosen = tx.execute(SQL, (self.id, self.person)).await?;
        if chosen == 0 { Err(AppError::Conflict.into()) } else { Ok(()) }
    }
}

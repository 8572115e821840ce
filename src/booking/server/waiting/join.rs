//! Joining the waiting list, and changing what suits one: who waits for the same thing again keeps their place.

use std::collections::HashMap;

use super::{entry::Entry, wishes};
use crate::{
    accounts::Permission,
    availability::server::load_visit_types,
    booking::{
        Change, Status, Whom as Choice,
        server::{
            access::find_to_change,
            appointment::Appointment,
            availability::{BookableDoctor, doctor_with_slug},
            booker::Booker,
            views,
            who::{booker_for, named as person_named},
        },
        waiting::{DAY_PARTS, JoinForm, JoinPage, JoinQuery, MAX_ENTRIES, NOTICES, ONLY_THIS_DOCTOR, WEEKDAYS},
    },
    clinic::server::clinic_zone,
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldCode},
    ids::{AppointmentId, DoctorId, LocationId, PersonId, SpecialtyId, VisitTypeId, WaitingEntryId},
    state::AppState,
    time::{Timestamp, server::LocalDate},
    web::request::Actor,
};

/// Days ahead on which the form's latest date begins.
const USUAL_DAYS: i64 = 28;

/// What the page for joining shows.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown doctor or visit type and for another person's appointment,
/// [`AppError::NotActing`] for a person for whom the account may not book, [`AppError::Conflict`] for an appointment that the patient can no longer move by themselves.
pub async fn join_page(app: &AppState, actor: Actor, query: JoinQuery) -> Result<JoinPage, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let target = Target::find(conn, actor, &query, now).await?;
    let choice = match target.named {
        Some(_) => Choice::default(),
        None => booker_for(conn, &own(actor), &query.person, now).await?.1,
    };
    let for_whom = match target.person == actor.user {
        true => None,
        false => Some(views::contact(conn, target.person).await?.name),
    };
    let today = clinic_zone(conn).await?.local_date(now);
    let whom = Whom::Doctor(target.doctor.id, target.visit_type);
    let entry = whom.open_entry(conn, target.person).await?;
    let latest = today.plus_days(USUAL_DAYS);
    let latest = target.last_date()?.map_or(latest, |date| date.min(latest));
    let first_notice = NOTICES.first().map_or(0, |(minutes, _)| *minutes);
    let (weekdays, parts, earliest, latest, notice) = match &entry {
        Some(entry) => {
            let wishes = entry.wishes();
            let (earliest, latest) = (wishes.earliest.max(today), wishes.latest);
            (wishes.weekdays, wishes.day_parts, earliest, latest, wishes.notice_minutes)
        }
        None => (127, 7, today, latest, first_notice),
    };
    let any = |(id, name): &(LocationId, String)| {
        (id.to_string(), format!("Any doctor for {} at {name}", target.doctor.specialty))
    };
    Ok(JoinPage {
        choice,
        for_whom,
        doctor_name: target.doctor.name.clone(),
        visit_type_name: target.visit_type_name.clone(),
        any_doctor: target.locations.iter().map(any).collect(),
        keeps: target.keeps(now)?,
        whom: ONLY_THIS_DOCTOR.to_owned(),
        weekdays: wishes::numbers(weekdays, WEEKDAYS.len()),
        parts: wishes::numbers(parts, DAY_PARTS.len()),
        earliest: earliest.to_string(),
        latest: latest.to_string(),
        notice,
        waits_already: entry.is_some(),
        query,
    })
}

/// Joins the waiting list, or changes the wishes of who waits for the same already.
///
/// # Errors
/// Those of [`join_page`]; [`AppError::Invalid`] naming the fields, of which `waiting` stands for as many entries as
/// one may have.
pub async fn join(
    app: &AppState,
    actor: Actor,
    form: JoinForm,
    weekdays: Vec<String>,
    parts: Vec<String>,
) -> Result<(), AppError> {
    let unit = JoinWaitingList { actor, form, weekdays, parts, now: app.clock.now() };
    let doctors = app.db.write(unit).await?;
    app.waiting.joined(&doctors);
    Ok(())
}

/// Whom a person waits for.
#[derive(Clone, Copy)]
enum Whom {
    Doctor(DoctorId, VisitTypeId),
    Any(SpecialtyId, LocationId),
}

impl Whom {
    /// Doctor, visit type, specialty and location, as the row has them.
    fn columns(self) -> (Option<DoctorId>, Option<VisitTypeId>, Option<SpecialtyId>, Option<LocationId>) {
        match self {
            Whom::Doctor(doctor, visit_type) => (Some(doctor), Some(visit_type), None, None),
            Whom::Any(specialty, location) => (None, None, Some(specialty), Some(location)),
        }
    }

    /// The entry that this person has for the same already.
    async fn open_entry(self, conn: &mut Conn<'_>, person: PersonId) -> Result<Option<Entry>, Error> {
        const SQL: &str = "select * from waiting_entries where person_id = $1 and ended_at is null
                and doctor_id is not distinct from $2 and visit_type_id is not distinct from $3
                and specialty_id is not distinct from $4 and location_id is not distinct from $5";
        let (doctor, visit_type, specialty, location) = self.columns();
        conn.fetch_optional(SQL, (person, doctor, visit_type, specialty, location)).await
    }

    /// The doctors who may have a time, with the versions of their calendars.
    async fn doctors(self, conn: &mut Conn<'_>) -> Result<HashMap<DoctorId, i64>, Error> {
        const ONE: &str = "select id, schedule_version from doctors where id = $1";
        const ALL: &str = "select d.id, d.schedule_version from doctors d
            join doctor_specialties ds on ds.doctor_id = d.id
            where ds.specialty_id = $1";
        let found: Vec<(DoctorId, i64)> = match self {
            Whom::Doctor(doctor, _) => conn.fetch_all(ONE, (doctor,)).await?,
            Whom::Any(specialty, _) => conn.fetch_all(ALL, (specialty,)).await?,
        };
        Ok(found.into_iter().collect())
    }
}

/// What a person may wait for, as the address of the page says.
struct Target {
    person: PersonId,
    doctor: BookableDoctor,
    visit_type: VisitTypeId,
    visit_type_name: String,
    specialty: Option<SpecialtyId>,
    /// Where the doctor has hours.
    locations: Vec<(LocationId, String)>,
    /// The appointment to give up.
    named: Option<Appointment>,
}

impl Target {
    async fn find(conn: &mut Conn<'_>, actor: Actor, query: &JoinQuery, now: Timestamp) -> Result<Target, Error> {
        const SPECIALTY: &str = "select specialty_id from doctor_specialties where doctor_id = $1
            order by position limit 1";
        const LOCATIONS: &str =
            "select distinct l.id, l.name from weekly_hours w join locations l on l.id = w.location_id
            where w.doctor_id = $1 order by l.name";
        actor.needs(Permission::BookForOneself)?;
        let named = match query.appointment.as_str() {
            "" => None,
            id => Some(own_booked(conn, actor, id.parse().map_err(|_| AppError::NotFound)?, now).await?),
        };
        let (id, visit_type) = match &named {
            Some(named) => (named.doctor_id, named.visit_type_id),
            None => {
                let visit_type = query.visit_type.parse().map_err(|_| AppError::NotFound)?;
                (doctor_with_slug(conn, &query.doctor).await?, visit_type)
            }
        };
        let booker = own(actor).acting_for(match &named {
            Some(named) => named.patient_id,
            None => person_named(&query.person)?,
        });
        booker.check(conn, now).await?;
        let doctor = BookableDoctor::by_id(conn, id).await?;
        let types = load_visit_types(conn, &[id]).await?.remove(&id).unwrap_or_default();
        let kind = types.into_iter().find(|kind| kind.id == visit_type).ok_or(AppError::NotFound)?;
        Ok(Target {
            person: booker.signed_in()?,
            doctor,
            visit_type,
            visit_type_name: kind.name,
            specialty: conn.fetch_optional_value(SPECIALTY, (id,)).await?,
            locations: conn.fetch_all(LOCATIONS, (id,)).await?,
            named,
        })
    }

    /// Whom the form names.
    fn whom(&self, form: &JoinForm) -> Result<Whom, AppError> {
        if form.whom == ONLY_THIS_DOCTOR {
            return Ok(Whom::Doctor(self.doctor.id, self.visit_type));
        }
        let location = form.whom.parse().ok().filter(|id| self.locations.iter().any(|(known, _)| known == id));
        let any = self.specialty.zip(location).map(|(specialty, location)| Whom::Any(specialty, location));
        any.ok_or_else(|| AppError::field("whom", FieldCode::Unknown))
    }

    /// The day of the appointment to give up: nothing later is earlier.
    fn last_date(&self) -> Result<Option<LocalDate>, Error> {
        let Some(named) = &self.named else { return Ok(None) };
        Ok(Some(views::zone(named)?.local_date(named.starts_at)))
    }

    fn keeps(&self, now: Timestamp) -> Result<Option<String>, Error> {
        self.named.as_ref().map(|named| views::moment(named, now)).transpose()
    }
}

/// The account as a booker for its owner.
fn own(actor: Actor) -> Booker {
    Booker { patient: Some(actor.user), carer: None, holder: None }
}

/// An appointment that the patient, or who acts for them, may still move by themselves.
async fn own_booked(
    conn: &mut Conn<'_>,
    actor: Actor,
    id: AppointmentId,
    now: Timestamp,
) -> Result<Appointment, Error> {
    let appointment = find_to_change(conn, actor, id, now).await?;
    let open = appointment.status == Status::Booked && !appointment.needs_approval;
    if open && views::change_now(&appointment, now) == Change::Free {
        Ok(appointment)
    } else {
        Err(AppError::Conflict.into())
    }
}

/// Puts a person on the waiting list.
struct JoinWaitingList {
    actor: Actor,
    form: JoinForm,
    weekdays: Vec<String>,
    parts: Vec<String>,
    now: Timestamp,
}

impl WriteUnit for JoinWaitingList {
    const NAME: &'static str = "join_waiting_list";
    /// The doctors who may have a time for the person.
    type Output = Vec<DoctorId>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<DoctorId>, Error> {
        const CHANGE: &str = "update waiting_entries set weekdays = $2, day_parts = $3, earliest_date = $4,
                latest_date = $5, notice_minutes = $6, appointment_id = $7
            where id = $1 and ended_at is null";
        const OPEN: &str = "select count(*) from waiting_entries where account_id = $1 and ended_at is null";
        let (form, now) = (&self.form, self.now);
        let query = JoinQuery {
            doctor: form.doctor.clone(),
            visit_type: form.visit_type.clone(),
            appointment: form.appointment.clone(),
            person: form.person.clone(),
        };
        let target = Target::find(tx, self.actor, &query, now).await?;
        let today = clinic_zone(tx).await?.local_date(now);
        let mut wishes = wishes::Wishes::read(form, &self.weekdays, &self.parts, today)?;
        let whom = target.whom(form)?;
        if let Some(last) = target.last_date()? {
            if wishes.earliest > last {
                return Err(AppError::field("earliest", FieldCode::TooFarAhead).into());
            }
            wishes.latest = wishes.latest.min(last);
        }
        let named = target.named.as_ref().map(|named| named.id);
        let doctors = whom.doctors(tx).await?;
        if let Some(entry) = whom.open_entry(tx, target.person).await? {
            let wanted = (wishes.weekdays, wishes.day_parts, wishes.earliest, wishes.latest, wishes.notice_minutes);
            let (weekdays, parts, earliest, latest, notice) = wanted;
            tx.execute(CHANGE, (entry.id, weekdays, parts, earliest, latest, notice, named)).await?;
            return Ok(doctors.into_keys().collect());
        }
        let open: i64 = tx.fetch_value(OPEN, (self.actor.user,)).await?;
        if open >= MAX_ENTRIES {
            return Err(AppError::field("waiting", FieldCode::InUse).into());
        }
        self.insert(tx, &target, whom, wishes, &doctors).await?;
        Ok(doctors.into_keys().collect())
    }
}

impl JoinWaitingList {
    async fn insert(
        &self,
        tx: &mut Tx<'_>,
        target: &Target,
        whom: Whom,
        wishes: wishes::Wishes,
        doctors: &HashMap<DoctorId, i64>,
    ) -> Result<(), Error> {
        const SQL: &str = "insert into waiting_entries (id, person_id, account_id, doctor_id, visit_type_id,
                specialty_id, location_id, weekdays, day_parts, earliest_date, latest_date, notice_minutes,
                appointment_id, seen_versions, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
        // ids in the order of joining tell apart those who join within one second
        let id = WaitingEntryId(uuid::Uuid::now_v7());
        let (doctor, visit_type, specialty, location) = whom.columns();
        let seen = serde_json::to_string(doctors).map_err(|_| Error::Corrupt("seen versions"))?;
        let binds = (
            id,
            target.person,
            self.actor.user,
            doctor,
            visit_type,
            specialty,
            location,
            wishes.weekdays,
            wishes.day_parts,
            wishes.earliest,
            wishes.latest,
            wishes.notice_minutes,
            target.named.as_ref().map(|named| named.id),
            seen,
            self.now,
        );
        tx.execute(SQL, binds).await?;
        Ok(())
    }
}

//! Booking several appointments of one patient in one unit: all of them, or none.

use std::sync::Arc;

use super::{draft::forget, forms::field_of, pair::LONGEST_GAP};
use crate::{
    availability::{
        Reason,
        server::{DoctorCalendars, calendar_at_desk},
    },
    booking::{
        Action, Status,
        server::{
            answers::{TogetherAnswers, require_together},
            appointment::{Appointment, Author, expire_overlapping},
            availability::Availability,
            book::{agree, check_upcoming},
            booker::Booker,
            build::build_appointment,
            details::Details,
            doctor_news::DoctorNews,
            front_desk::patients,
            hold::{FreeTime, HoldParams, take_time},
            read_window::{ReadWindow, Start},
        },
    },
    clinic::{DoctorStatus, server::data_keys::DataKeys},
    config::Settings,
    db::{Error, Tx, Violation, WriteUnit},
    error::{AppError, FieldCode},
    ids::{AppointmentId, DoctorId, PersonId, ResourceKindId, SeriesId, VisitTypeId},
    notifications::{model::Kind, server::Message},
    random,
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// One appointment to book.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub doctor: DoctorId,
    pub visit_type: VisitTypeId,
    pub start: Timestamp,
}

/// Everything that a form asks for.
pub(super) struct Asked {
    pub wanted: Vec<Wanted>,
    pub details: Details,
    /// To the questions of each visit type that has some.
    pub answers: Vec<TogetherAnswers>,
}

/// What belongs together, as `appointment_series.kind` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SeriesKind {
    /// One doctor, several times.
    Series,
    /// Two doctors on one day, one after the other.
    Pair,
}

impl SeriesKind {
    fn code(self) -> &'static str {
        match self {
            SeriesKind::Series => "series",
            SeriesKind::Pair => "pair",
        }
    }
}

/// Who books, and for whom.
pub(super) enum By {
    Patient {
        booker: Booker,
        patient: PersonId,
    },
    Desk {
        actor: Actor,
        patient: PersonId,
        /// The doctor's slug, and the search that found the patient.
        slug: String,
        found_by: String,
    },
}

impl By {
    fn patient(&self) -> PersonId {
        match self {
            By::Patient { patient, .. } | By::Desk { patient, .. } => *patient,
        }
    }

    fn author(&self) -> Author {
        match self {
            By::Patient { booker, .. } => booker.by(),
            By::Desk { actor, .. } => Author::from(*actor),
        }
    }
}

/// Books what a form asks for.
///
/// # Errors
/// As [`super::book`].
pub(super) async fn write(
    app: &AppState,
    key: &str,
    kind: SeriesKind,
    by: By,
    asked: Asked,
) -> Result<SeriesId, AppError> {
    let id = key.parse().unwrap_or_else(|_| SeriesId(random::id()));
    for one in &asked.wanted {
        app.calendars.prepare(&app.db, one.doctor).await?;
    }
    let (calendars, settings, now) = (app.calendars.clone(), app.settings.clone(), app.clock.now());
    let Asked { wanted, details, answers } = asked;
    let keys = app.data_keys.clone();
    let unit = BookTogether { id, kind, by, wanted, details, answers, keys, calendars, settings, now };
    app.db.write(unit).await.map_err(|error| {
        let reason = match error.violation() {
            Some(Violation::DoctorOverlap) => Reason::Taken,
            Some(Violation::PatientOverlap) => Reason::PatientBusy,
            Some(Violation::ResourceOverlap) => Reason::NoResource,
            _ => return error.into(),
        };
        AppError::TimeGone { wanted: "One of the times".to_owned(), reasons: vec![reason], nearest: Vec::new() }
    })?;
    Ok(id)
}

/// Books several appointments of one patient.
struct BookTogether {
    id: SeriesId,
    kind: SeriesKind,
    by: By,
    wanted: Vec<Wanted>,
    details: Details,
    answers: Vec<TogetherAnswers>,
    keys: Arc<DataKeys>,
    calendars: Arc<DoctorCalendars>,
    settings: Arc<Settings>,
    now: Timestamp,
}

impl WriteUnit for BookTogether {
    const NAME: &'static str = "book_together";
    type Output = ();

    fn doctors(&self) -> Vec<DoctorId> {
        self.wanted.iter().map(|wanted| wanted.doctor).collect()
    }

    fn resource_kinds(&self) -> Vec<ResourceKindId> {
        let needs = |wanted: &Wanted| self.calendars.needs(wanted.doctor, Some(wanted.visit_type));
        self.wanted.iter().flat_map(needs).collect()
    }

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        // without reading first: two units that look for what is not there stand in each other's way
        const SERIES: &str = "insert into appointment_series (id, kind, created_at) values ($1, $2, $3)
            on conflict (id) do nothing";
        self.check_by(tx).await?;
        if tx.execute(SERIES, (self.id, self.kind.code(), self.now)).await? == 0 {
            return self.booked_before(tx).await;
        }
        let mut made = Vec::with_capacity(self.wanted.len());
        for wanted in &self.wanted {
            match self.book_one(tx, wanted).await {
                Ok(appointment) => made.push(appointment),
                Err(Error::App(AppError::TimeGone { reasons, .. })) => {
                    return Err(self.gone(tx, wanted, reasons).await?.into());
                }
                Err(error) => return Err(error),
            }
        }
        self.check_pair(&made)?;
        self.finish(tx, &made).await
    }
}

impl BookTogether {
    /// # Errors
    /// [`AppError::NotActing`] for a person for whom the booker may not book; [`AppError::NotFound`] when the calendar is
    /// not this actor's, or the doctor does not know the patient.
    async fn check_by(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let (actor, patient, slug, found_by) = match &self.by {
            By::Patient { booker, .. } => return booker.check(tx, self.now).await,
            By::Desk { actor, patient, slug, found_by } => (actor, patient, slug, found_by),
        };
        let calendar = calendar_at_desk(tx, *actor, slug).await?;
        let country = self.settings.clinic.phone_country();
        let known = patients::known(tx, &calendar, *patient, found_by, country).await?.is_some();
        if !known || self.wanted.iter().any(|wanted| wanted.doctor != calendar.doctor) {
            return Err(AppError::NotFound.into());
        }
        if calendar.status == DoctorStatus::Deactivated { Err(AppError::Conflict.into()) } else { Ok(()) }
    }

    /// This form came before. [`AppError::NotFound`] when the series is another patient's.
    async fn booked_before(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "select appointment_id from series_members where series_id = $1 order by position limit 1";
        let first: AppointmentId = tx.fetch_value(SQL, (self.id,)).await?;
        let first = Appointment::find(tx, first).await?;
        if first.patient_id == Some(self.by.patient()) { Ok(()) } else { Err(AppError::NotFound.into()) }
    }

    /// Books one of them, beside those that were booked before it in this unit.
    async fn book_one(&self, tx: &mut Tx<'_>, wanted: &Wanted) -> Result<Appointment, Error> {
        let (patient, now) = (self.by.patient(), self.now);
        let Wanted { doctor, visit_type, start } = *wanted;
        let answers = TogetherAnswers::to(&self.answers, visit_type);
        let (availability, slot) = match &self.by {
            By::Patient { booker, .. } => {
                let id = AppointmentId(random::id());
                let (visit_type, start) = (Some(visit_type), Start::At(start));
                let params = HoldParams { id, doctor, visit_type, start, previous: None };
                let FreeTime { availability, slot, .. } = take_time(tx, &self.calendars, booker, &params, now).await?;
                check_upcoming(&availability, &self.settings)?;
                self.check_most(&availability)?;
                require_together(answers, availability.visit_type.asking)?;
                (availability, slot)
            }
            By::Desk { .. } => {
                // a time that the patient holds stays theirs
                let booker = Booker { patient: Some(patient), carer: None, holder: None };
                let window = ReadWindow::day_of(now, Start::At(start)).with_buffers();
                let availability =
                    Availability::load(tx, &self.calendars, doctor, Some(visit_type), &booker, window).await?;
                let gone = |reasons| AppError::TimeGone { wanted: String::new(), reasons, nearest: Vec::new() };
                let slot = availability.slot_at(start).map_err(gone)?;
                if availability.found.has_run_out((slot.start, slot.end)) {
                    expire_overlapping(tx, doctor, Some(patient), slot.resource, (slot.start, slot.end), now, None)
                        .await?;
                }
                (availability, slot)
            }
        };
        let mut appointment = build_appointment(&availability, &slot, now)?;
        appointment.patient_id = Some(patient);
        (appointment.reason, appointment.contact_phone) = (self.details.reason.clone(), self.details.phone.clone());
        let action = match self.by {
            By::Patient { .. } => agree(tx, &mut appointment, patient, &self.settings, now).await?,
            By::Desk { .. } => Action::Book,
        };
        appointment.status = if action == Action::Request { Status::Requested } else { Status::Booked };
        appointment.insert(tx, action, self.by.author()).await?;
        if let Some(answers) = answers {
            answers.keep(tx, &self.keys, &appointment, now).await?;
        }
        Ok(appointment)
    }

    /// # Errors
    /// [`AppError::Invalid`] when these are more than a patient may book at once of this visit type.
    fn check_most(&self, availability: &Availability) -> Result<(), AppError> {
        let most = usize::from(availability.visit_type.most_at_once);
        if self.kind == SeriesKind::Pair || self.wanted.len() <= most {
            return Ok(());
        }
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        Err(AppError::field(&field_of(0), FieldCode::OutOfRange(1, most)))
    }

    /// # Errors
    /// [`AppError::Invalid`] when two doctors are not seen one after the other on one day.
    fn check_pair(&self, made: &[Appointment]) -> Result<(), AppError> {
        let (SeriesKind::Pair, [first, second]) = (self.kind, made) else { return Ok(()) };
        let gap = second.starts_at.minutes_since(first.ends_at);
        let same_day = first.local_start.get(..10) == second.local_start.get(..10);
        let near = (0..=LONGEST_GAP).contains(&gap) && same_day && first.doctor_id != second.doctor_id;
        if near { Ok(()) } else { Err(AppError::field("pair", FieldCode::Unknown)) }
    }

    /// The error for a time that cannot be had, named with its day: the plan has several.
    async fn gone(&self, tx: &mut Tx<'_>, wanted: &Wanted, reasons: Vec<Reason>) -> Result<AppError, Error> {
        let Wanted { doctor, visit_type, start } = *wanted;
        let booker = Booker { patient: Some(self.by.patient()), carer: None, holder: None };
        let window = ReadWindow::day_of(self.now, Start::At(start));
        let availability = Availability::load(tx, &self.calendars, doctor, Some(visit_type), &booker, window).await?;
        Ok(AppError::TimeGone { wanted: availability.moment_at(start), reasons, nearest: Vec::new() })
    }

    /// Says that they belong together, and tells patient and doctors once of all of them.
    async fn finish(&self, tx: &mut Tx<'_>, made: &[Appointment]) -> Result<(), Error> {
        const MEMBER: &str = "insert into series_members (series_id, position, appointment_id) values ($1, $2, $3)";
        let (by, now) = (self.by.author(), self.now);
        let mut batch = tx.batch();
        for (position, appointment) in (1_i32..).zip(made) {
            batch.add(MEMBER, (self.id, position, appointment.id))?;
        }
        let told = match self.by {
            By::Patient { .. } => Kind::AppointmentBooked,
            By::Desk { .. } => Kind::AppointmentAdded,
        };
        let kinds = [
            (Status::Booked, told, Kind::DoctorBooked),
            (Status::Requested, Kind::RequestReceived, Kind::DoctorRequested),
        ];
        let mut news = Vec::new();
        for (status, kind, to_doctor) in kinds {
            let of_it: Vec<&Appointment> = made.iter().filter(|appointment| appointment.status == status).collect();
            let appointments: Vec<AppointmentId> = of_it.iter().map(|appointment| appointment.id).collect();
            if appointments.is_empty() {
                continue;
            }
            let (to, dedupe_key) = (self.by.patient(), &format!("{}:{}", kind.into_str(), self.id));
            Message { kind, to, appointments: &appointments, dedupe_key }.add_to(&mut batch, now, now)?;
            let mut of_doctors = DoctorNews::default();
            of_it.iter().for_each(|appointment| of_doctors.add(appointment, by, now));
            news.push((to_doctor, of_doctors));
        }
        if let By::Patient { booker, .. } = &self.by
            && let Some(account) = booker.account()
        {
            forget(tx, account).await?;
        }
        tx.execute_batch(batch).await?;
        for (kind, of_doctors) in news {
            of_doctors.tell_as(tx, kind, self.id.0, now).await?;
        }
        Ok(())
    }
}

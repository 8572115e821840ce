//! The plan of a series: each wanted time with what speaks against it, and the nearest times that can be had.

use super::{draft::Draft, starts::starts};
use crate::{
    accounts::Permission,
    availability::{
        Reason,
        server::{calendar_at_desk, home_zone},
    },
    booking::{
        AskedTogether, Whom,
        front_desk::rule_words,
        series::{MOST_TOGETHER, Pick, PlanOption, PlanRow, SeriesPage, SeriesQuery, plan_words},
        server::{
            answers::{asked_together, typed_again},
            availability::Availability,
            booker::Booker,
            busy::other_appointment,
            front_desk::{clinic_only, patients},
            read_window::ReadWindow,
            who::{booker_for, name_and_phone},
        },
    },
    db::{Conn, Error},
    error::AppError,
    ids::{AppointmentId, DoctorId, SeriesId},
    random,
    state::AppState,
    time::{Timestamp, server::LocalDate},
    web::request::Actor,
};

/// For whom a plan is made.
struct Subject {
    doctor: DoctorId,
    booker: Booker,
    /// The booker's live hold, which a booking gives back.
    hold: Option<AppointmentId>,
    /// Name and telephone number.
    patient: Option<(String, String)>,
    /// Among whom the booker chooses.
    whom: Whom,
    /// Who books it for the patient.
    desk: Option<Actor>,
}

impl Subject {
    /// "You have", "Ana Novak has"
    fn has(&self) -> String {
        match (&self.desk, self.booker.carer, &self.patient) {
            (Some(_), ..) => "The patient has".to_owned(),
            (None, Some(_), Some((name, _))) => [name, " has"].concat(),
            (None, ..) => "You have".to_owned(),
        }
    }
}

/// The plan of a series for the person who looks at it, or for whom they act.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown or hidden doctor, or a visit type they do not have; [`AppError::NotActing`] for a
/// person for whom the booker may not book.
pub async fn plan(app: &AppState, booker: &Booker, query: SeriesQuery) -> Result<SeriesPage, AppError> {
    let doctor = app.directory.doctor_with_slug(&query.doctor).await?.ok_or(AppError::NotFound)?;
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let now = app.clock.now();
    let (booker, whom) = booker_for(conn, booker, &query.person, now).await?;
    let patient = name_and_phone(conn, &booker).await?;
    let hold = booker.live_hold(conn, now).await?;
    let subject = Subject { doctor, booker, hold, patient, whom, desk: None };
    page(app, conn, subject, query).await
}

/// The plan of a series that the clinic books for a patient.
///
/// # Errors
/// [`AppError::Forbidden`] for patients; [`AppError::NotFound`] for another doctor's calendar, a patient whom this
/// doctor does not know, or a visit type that the doctor does not have.
pub async fn plan_at_desk(app: &AppState, actor: Actor, query: SeriesQuery) -> Result<SeriesPage, AppError> {
    clinic_only(actor)?;
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let calendar = calendar_at_desk(conn, actor, &query.doctor).await?;
    let patient = query.patient.parse().map_err(|_| AppError::NotFound)?;
    let country = app.settings.clinic.phone_country();
    let found = patients::known(conn, &calendar, patient, &query.q, country).await?.ok_or(AppError::NotFound)?;
    let booker = Booker { patient: Some(found.id), carer: None, holder: None };
    let patient = Some((found.name, found.phone));
    let (doctor, whom) = (calendar.doctor, Whom::default());
    let subject = Subject { doctor, booker, hold: None, patient, whom, desk: Some(actor) };
    page(app, conn, subject, query).await
}

async fn page(
    app: &AppState,
    conn: &mut Conn<'_>,
    subject: Subject,
    query: SeriesQuery,
) -> Result<SeriesPage, AppError> {
    let now = app.clock.now();
    let visit_type = query.visit_type.parse().map_err(|_| AppError::NotFound)?;
    let window = ReadWindow::all_ahead(now).except_for(subject.hold);
    let availability =
        Availability::load(conn, &app.calendars, subject.doctor, Some(visit_type), &subject.booker, window).await?;
    let home = home_zone(conn, subject.doctor).await?.ok_or(AppError::NotFound)?;
    let offered = &availability.visit_type;
    let most = if subject.desk.is_some() { MOST_TOGETHER } else { usize::from(offered.most_at_once) };
    let mut wrong = Vec::new();
    let mut times = query.plan.times();
    if times.is_empty() && most > 1 {
        match starts(&query.pattern, &home, most, now) {
            Ok(starts) => times = starts.into_iter().map(|start| (start, Pick::At(start))).collect(),
            Err(fields) => wrong = fields,
        }
    }
    let mut rows = Vec::with_capacity(times.len());
    for planned in planned(&availability, &times) {
        rows.push(row(conn, &availability, &subject, planned, now).await?);
    }
    let (asked, reason) = typed_before(app, conn, &subject, &query).await?;
    let (patient, patient_phone) = subject.patient.unzip();
    Ok(SeriesPage {
        key: SeriesId(random::id()),
        doctor_slug: availability.doctor.slug.clone(),
        doctor_name: availability.doctor.name.clone(),
        visit_type: offered.id.to_string(),
        visit_type_name: offered.name.clone(),
        minutes: offered.rules.minutes.into(),
        mode: offered.mode,
        needs_approval: offered.needs_approval && subject.desk.is_none(),
        at_desk: subject.desk.is_some(),
        patient,
        whom: subject.whom,
        patient_phone: patient_phone.unwrap_or_default(),
        reason,
        asked,
        most,
        clinic_phone: availability.phone().to_owned(),
        refused: availability.refusal(),
        wrong,
        zone: home.label(),
        rows,
    })
}

/// The questions to the patient, and the reason; as they were typed, after a form that failed.
async fn typed_before(
    app: &AppState,
    conn: &mut Conn<'_>,
    subject: &Subject,
    query: &SeriesQuery,
) -> Result<(AskedTogether, String), AppError> {
    let (None, Some(patient), Ok(visit_type)) = (subject.desk, subject.booker.patient, query.visit_type.parse()) else {
        return Ok((AskedTogether::default(), String::new()));
    };
    let mut asked = asked_together(conn, app, patient, visit_type, app.clock.now()).await?;
    let draft = Draft::find(conn, &app.data_keys, subject.booker.account(), &query.draft).await?;
    let Some(draft) = draft else { return Ok((asked, String::new())) };
    typed_again(&mut asked, draft.one);
    Ok((asked, draft.reason))
}

/// One time of a plan, decided.
struct Planned {
    wanted: Timestamp,
    pick: Pick,
    against: Against,
    /// Free times instead of the wanted one, with the chosen one among them.
    instead: Vec<PlanOption>,
}

/// What speaks against a time.
enum Against {
    Nothing,
    Rules(Timestamp, Vec<Reason>),
    /// Another time of the same plan.
    Plan,
}

/// Decides about the times of a plan together: what was chosen for one is taken for the others.
fn planned(availability: &Availability, times: &[(Timestamp, Pick)]) -> Vec<Planned> {
    let mut plan = availability.clone();
    let mut picks = Vec::with_capacity(times.len());
    for (wanted, pick) in times {
        let chosen = match pick {
            Pick::Out => None,
            Pick::Open => Some(*wanted),
            Pick::At(start) => Some(*start),
        };
        picks.push(match chosen.map(|start| plan.slot_at(start)) {
            None => Pick::Out,
            Some(Ok(slot)) => {
                plan.take(&slot);
                Pick::At(slot.start)
            }
            Some(Err(_)) => Pick::Open,
        });
    }
    let decide = |((wanted, asked), pick): (&(Timestamp, Pick), Pick)| {
        let free = pick == Pick::At(*wanted) || plan.slot_at(*wanted).is_ok();
        let chosen = match asked {
            Pick::At(start) => *start,
            Pick::Open | Pick::Out => *wanted,
        };
        // of a time that was lost meanwhile, that is the one to speak of
        let about = if pick == Pick::Open { chosen } else { *wanted };
        let against = match (free && about == *wanted, availability.reasons_against(about)) {
            (true, _) => Against::Nothing,
            (false, reasons) if reasons.is_empty() => Against::Plan,
            (false, reasons) => Against::Rules(about, reasons),
        };
        let mut instead = if free { Vec::new() } else { plan.nearest(*wanted) };
        instead.truncate(3);
        let mut instead: Vec<PlanOption> =
            instead.into_iter().map(|time| PlanOption { start: time.start, words: time.full }).collect();
        let own = match pick {
            Pick::At(start) => Some(start),
            Pick::Open | Pick::Out => None,
        };
        for start in own.into_iter().chain(free.then_some(*wanted)) {
            if !instead.iter().any(|option| option.start == start) {
                instead.push(PlanOption { start, words: availability.moment_at(start) });
            }
        }
        instead.sort_by_key(|option| option.start);
        Planned { wanted: *wanted, pick, against, instead }
    };
    times.iter().zip(picks).map(decide).collect()
}

async fn row(
    conn: &mut Conn<'_>,
    availability: &Availability,
    subject: &Subject,
    planned: Planned,
    now: Timestamp,
) -> Result<PlanRow, Error> {
    let Planned { wanted, pick, against, instead: options } = planned;
    let conflict = match against {
        Against::Nothing => String::new(),
        Against::Plan => "Another time of this plan overlaps it.".to_owned(),
        Against::Rules(about, reasons) => {
            let words = words(conn, availability, subject, about, &reasons, now).await?;
            if about == wanted { words } else { format!("{}: {words}", availability.moment_at(about)) }
        }
    };
    Ok(PlanRow { wanted, when: availability.moment_at(wanted), conflict, options, pick })
}

/// The reasons in the order in which they help most.
const TELLING: [Reason; 9] = [
    Reason::DoctorUnavailable,
    Reason::NotForNewPatients,
    Reason::OnlyForNewPatients,
    Reason::Closed,
    Reason::TimeOff,
    Reason::TooSoon,
    Reason::TooFar,
    Reason::OutsideHours,
    Reason::PatientBusy,
];

/// What speaks against a time, in a sentence. Holidays are named, and so is the patient's other appointment to those
/// who may know of it.
async fn words(
    conn: &mut Conn<'_>,
    availability: &Availability,
    subject: &Subject,
    start: Timestamp,
    reasons: &[Reason],
    now: Timestamp,
) -> Result<String, Error> {
    let telling = TELLING.into_iter().find(|reason| reasons.contains(reason));
    let Some(reason) = telling.or(reasons.first().copied()) else { return Ok(String::new()) };
    let knows_patient = subject.desk.is_none_or(|actor| actor.may(Permission::KnowOtherAppointments));
    match (reason, subject.booker.patient) {
        (Reason::Closed, _) => {
            let date = availability.location_near(start).map(|location| location.zone.local_date(start));
            if let Some(name) = closure(conn, subject.doctor, date).await? {
                return Ok(format!("The clinic is closed: {name}."));
            }
        }
        (Reason::PatientBusy, Some(patient)) if knows_patient => {
            let span = (start, availability.visit_type.rules.end_of(start));
            let other = other_appointment(conn, patient, span, subject.hold, now).await?;
            if !other.is_empty() {
                return Ok(format!("{} another appointment then: {other}.", subject.has()));
            }
            if subject.booker.carer.is_some() {
                return Ok([&subject.has(), " another appointment then."].concat());
            }
        }
        _ => {}
    }
    Ok(if subject.desk.is_some() { rule_words(reason) } else { plan_words(reason) }.to_owned())
}

/// What the clinic calls the days on which a location of this doctor is closed.
async fn closure(conn: &mut Conn<'_>, doctor: DoctorId, date: Option<LocalDate>) -> Result<Option<String>, Error> {
    const SQL: &str = "select c.reason from closures c
        where c.first_date <= $2 and c.last_date >= $2 and c.reason <> ''
            and exists (select 1 from weekly_hours h where h.doctor_id = $1 and h.location_id = c.location_id)
        order by c.first_date, c.id limit 1";
    match date {
        Some(date) => conn.fetch_optional_value(SQL, (doctor, date)).await,
        None => Ok(None),
    }
}

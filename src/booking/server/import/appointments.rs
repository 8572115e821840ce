//! Checks of appointments from another system. What is over is taken as it was; what is to come obeys the rule that two
//! appointments do not overlap.

use sqlx::FromRow;

use super::{
    appointment_item::{AppointmentItem, PatientOf},
    calendars::{Calendar, Calendars, LONGEST, SHORTEST, rules},
    problems,
    taken::Taken,
    times::{self, NotAMoment},
};
use crate::{
    accounts::{Role, server::person_merge::standing_for},
    app::field_words,
    availability::server::{Asking, Location, VisitType, occupies},
    booking::{ActorRole, LateCancel, MAX_REASON, Mode, Status, server::front_desk::patients::NewPatient},
    clinic::server::imports::{Cells, ImportKey, ImportKind, ImportRows, Plan, Problem, Verdict},
    db::{Conn, Error},
    error::FieldCode,
    ids::{DoctorId, PersonId, VisitTypeId},
    random,
    text::{
        check_line, check_lines, is_blank, kept_lines, line,
        server::{email::kept_email, telephone::Country, words_of},
    },
    time::{Timestamp, server::Zone},
};

/// Days ahead until which calendars are read.
const MAX_DAYS_AHEAD: i64 = 731;
const DAY_MINUTES: i64 = 24 * 60;
const MAX_TYPE_NAME: u32 = 80;
/// 1 January 1900: what is before is a slip.
const EARLIEST: Timestamp = Timestamp(-2_208_988_800);
const PATIENT: [(&str, &str, &str); 3] = [
    ("name", "patient_name", "the patient\u{2019}s name"),
    ("email", "patient_email", "the email address"),
    ("phone", "patient_phone", "the phone number"),
];

/// The appointments of a file.
pub struct AppointmentRows {
    calendars: Calendars,
    taken: Taken,
    now: Timestamp,
    /// Whether patients are told of what is to come.
    mail: bool,
    /// Of telephone numbers without one.
    country: Country,
}

/// When an appointment is, where, and what it is.
struct Time {
    location: Location,
    start: Timestamp,
    end: Timestamp,
}

/// What the status of a file means here.
enum Meaning {
    Status(Status),
    Skip(&'static str),
    Refuse(&'static str),
}

impl AppointmentRows {
    /// # Errors
    /// The database's.
    pub async fn load(
        conn: &mut Conn<'_>,
        source: &str,
        now: Timestamp,
        mail: bool,
        country: Country,
    ) -> Result<Self, Error> {
        let calendars = Calendars::load(conn, source, now).await?;
        Ok(AppointmentRows { calendars, taken: Taken::default(), now, mail, country })
    }
}

impl ImportRows for AppointmentRows {
    type Item = AppointmentItem;

    async fn check(
        &mut self,
        conn: &mut Conn<'_>,
        row: u64,
        cells: &Cells,
        key: ImportKey,
    ) -> Result<Verdict<AppointmentItem>, Error> {
        if let Some(before) = key.find(conn).await? {
            let words = "The row has changed since it was imported: not changed here; move or cancel it in docslot";
            return Ok(Verdict::kept(&key, &before, words));
        }
        let status = match meaning(cells.get("status")) {
            Meaning::Status(status) => status,
            Meaning::Skip(words) => return Ok(Plan::Skip(words.to_owned()).into()),
            Meaning::Refuse(words) => return Ok(Problem::new("status", words).into()),
        };
        let mut wrong = Vec::new();
        let patient =
            patient_of(conn, cells, &key.source, self.country).await?.map_err(|problems| wrong.extend(problems)).ok();
        let doctor = self.calendars.doctor(line(cells.get("doctor")).as_str());
        let doctor = doctor.map_err(|words| wrong.push(Problem::new("doctor", words))).ok();
        let location = self.calendars.location(cells.get("location")).cloned();
        let location = location.map_err(|words| wrong.push(Problem::new("location", words))).ok();
        wrong.extend(check_lines(cells.get("reason"), MAX_REASON).map(|code| in_words("reason", code, "the reason")));
        let (Some(patient), Some(doctor), Some(location)) = (patient, doctor, location) else {
            return Ok(wrong.into());
        };
        let Some(calendar) = self.calendars.calendar(conn, doctor).await? else {
            wrong.push(Problem::new("doctor", "This doctor has no specialty yet: add one to the profile first"));
            return Ok(wrong.into());
        };
        let planned = plan(cells, calendar, location, status, self.now);
        let (item, outside) = match planned {
            Ok(planned) if wrong.is_empty() => planned,
            Ok(_) => return Ok(wrong.into()),
            Err(more) => {
                wrong.extend(more);
                return Ok(wrong.into());
            }
        };
        let item = AppointmentItem { key, patient, mail: self.mail, ..item };
        if let Some(problem) = self.overlap(conn, row, doctor, &item).await? {
            return Ok(problem.into());
        }
        Ok(Verdict { warnings: outside.into_iter().map(str::to_owned).collect(), ..Plan::Add(item).into() })
    }
}

impl AppointmentRows {
    /// What this appointment would overlap: another one of the file, or one that is here. What is over may overlap.
    async fn overlap(
        &mut self,
        conn: &mut Conn<'_>,
        row: u64,
        doctor: DoctorId,
        item: &AppointmentItem,
    ) -> Result<Option<Problem>, Error> {
        #[derive(FromRow)]
        struct Other {
            reference: String,
            of_doctor: bool,
        }
        const SQL: &str = concat!(
            "select a.reference, a.doctor_id = $1 as of_doctor from appointments a
            where (a.doctor_id = $1 or a.patient_id = $2) and a.starts_at > $3 and a.starts_at < $4 and a.ends_at > $5
                and not a.overbook and ",
            occupies!("a", "$6"),
            " order by a.starts_at, a.id limit 1"
        );
        if item.status != Status::Booked || item.overbook || item.end <= self.now {
            return Ok(None);
        }
        let patient = item.patient.known();
        let binds = (doctor, patient, item.start.day_before(), item.end, item.start, self.now);
        let other: Option<Other> = conn.fetch_optional(SQL, binds).await?;
        if let Some(Other { reference, of_doctor }) = other {
            let whose = if of_doctor { "doctor" } else { "patient" };
            return Ok(Some(Problem::new("start", format!("Overlaps appointment {reference} of the same {whose}"))));
        }
        let others = [("doctor", doctor.to_string()), ("patient", item.patient.mark())];
        let overlapped = self.taken.take(row, (item.start, item.end), others);
        Ok(overlapped.map(|(whose, other)| {
            Problem::new("start", format!("Overlaps row {other} of the file, which has the same {whose}"))
        }))
    }
}

/// The appointment of a row, but for its patient, and what is unusual about its time.
fn plan(
    cells: &Cells,
    calendar: &Calendar,
    location: Location,
    status: Status,
    now: Timestamp,
) -> Result<(AppointmentItem, Option<&'static str>), Vec<Problem>> {
    let mut wrong = Vec::new();
    let named = line(cells.get("visit_type"));
    let known = match named.is_empty() {
        true => calendar.visit_types.first(),
        false => calendar.visit_types.iter().find(|known| words_of(&known.name) == words_of(&named)),
    };
    let mode = read_mode(cells.get("mode")).map_err(|problem| wrong.push(problem)).ok().flatten();
    let time = read_time(cells, known, location, now).map_err(|problem| wrong.push(problem)).ok();
    if known.is_none() {
        let code = check_line(&named, MAX_TYPE_NAME);
        wrong.extend(code.map(|code| in_words("visit_type", code, "the visit type")));
    }
    let overbook = read_yes(cells, "overbook").map_err(|problem| wrong.push(problem)).unwrap_or_default();
    let cancelled_by = read_role(cells.get("cancelled_by")).map_err(|problem| wrong.push(problem)).ok();
    let (Some(Time { location, start, end }), Some(cancelled_by)) = (time, cancelled_by) else {
        return Err(wrong);
    };
    if matches!(status, Status::Completed | Status::NoShow) && start > now {
        wrong.push(Problem::new("status", "The appointment has not begun: it cannot be over"));
    }
    let booked_at = read_booked_at(cells, &location.zone, start.min(now)).map_err(|problem| wrong.push(problem));
    let minutes = end.minutes_since(start);
    let visit_type = known.cloned().unwrap_or_else(|| new_type(named, mode, minutes));
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let outside = (status == Status::Booked && start > now).then(|| calendar.outside(&visit_type, minutes, start, now));
    let item = AppointmentItem {
        key: ImportKey {
            kind: ImportKind::Appointments,
            source: String::new(),
            external_id: String::new(),
            row_hash: Vec::new(),
        },
        doctor: calendar.doctor.clone(),
        type_is_new: known.is_none(),
        visit_type: VisitType { mode: mode.unwrap_or(visit_type.mode), ..visit_type },
        location,
        start,
        end,
        patient: PatientOf::Known(PersonId(random::id())),
        status,
        cancelled_by,
        reason: kept_lines(cells.get("reason")),
        overbook,
        booked_at: booked_at.unwrap_or(now),
        mail: false,
    };
    Ok((item, outside.flatten()))
}

/// A visit type that the doctor does not have. Patients cannot choose it.
fn new_type(name: String, mode: Option<Mode>, minutes: i64) -> VisitType {
    let id = VisitTypeId(random::id());
    VisitType {
        id,
        name,
        mode: mode.unwrap_or(Mode::InPerson),
        rules: rules(id, u16::try_from(minutes.clamp(SHORTEST, LONGEST)).unwrap_or_default()),
        instructions: String::new(),
        needs_approval: false,
        cutoff_minutes: 24 * 60,
        late_cancel: LateCancel::Allow,
        asking: Asking::default(),
        most_at_once: 1,
    }
}

fn read_time(cells: &Cells, known: Option<&VisitType>, location: Location, now: Timestamp) -> Result<Time, Problem> {
    let zone = match line(cells.get("time_zone")) {
        name if name.is_empty() => location.zone.clone(),
        name => Zone::parse(&name).ok_or_else(|| in_words("time_zone", FieldCode::UnknownZone, "the time zone"))?,
    };
    let start = moment("start", "the start", cells.get("start"), &zone)?;
    let minutes = line(cells.get("minutes"));
    let end = match (is_blank(cells.get("end")), minutes.is_empty(), known) {
        (false, ..) => moment("end", "the end", cells.get("end"), &zone)?,
        (true, false, _) => {
            let minutes = minutes.parse().ok().filter(|minutes| (1..DAY_MINUTES).contains(minutes));
            start.plus_minutes(
                minutes.ok_or_else(|| in_words("minutes", FieldCode::OutOfRange(1, DAY_MINUTES - 1), "the length"))?,
            )
        }
        (true, true, Some(known)) => known.rules.end_of(start),
        (true, true, None) => return Err(in_words("end", FieldCode::Missing, "the end, or the length in minutes")),
    };
    if end <= start {
        return Err(in_words("end", FieldCode::EndsBeforeStart, "the end"));
    }
    if end.0 - start.0 >= DAY_MINUTES * 60 {
        return Err(Problem::new("end", "An appointment is shorter than a day"));
    }
    if start < EARLIEST {
        return Err(in_words("start", FieldCode::NotADate, "the start"));
    }
    if start > now.plus_minutes(MAX_DAYS_AHEAD * DAY_MINUTES) {
        return Err(in_words("start", FieldCode::TooFarAhead, "the start"));
    }
    Ok(Time { location, start, end })
}

/// When it was agreed; without a word about that, now, or as it began.
fn read_booked_at(cells: &Cells, zone: &Zone, latest: Timestamp) -> Result<Timestamp, Problem> {
    match cells.get("booked_at") {
        text if is_blank(text) => Ok(latest),
        text => Ok(moment("booked_at", "the moment of booking", text, zone)?.min(latest)),
    }
}

fn moment(column: &'static str, what: &str, text: &str, zone: &Zone) -> Result<Timestamp, Problem> {
    if is_blank(text) {
        return Err(in_words(column, FieldCode::Missing, what));
    }
    times::read(text, zone).map_err(|wrong| match wrong {
        NotAMoment::Code(code) => in_words(column, code, what),
        NotAMoment::Gap => {
            Problem::new(column, format!("The clocks skip this time, {}: there is no such moment", zone.label()))
        }
    })
}

fn in_words(column: &'static str, code: FieldCode, what: &str) -> Problem {
    Problem::new(column, field_words(code, what))
}

fn read_mode(text: &str) -> Result<Option<Mode>, Problem> {
    match line(text).to_lowercase().as_str() {
        "" => Ok(None),
        mode => mode.parse().map(Some).map_err(|_| Problem::new("mode", "Enter in_person, video or phone")),
    }
}

fn read_yes(cells: &Cells, column: &'static str) -> Result<bool, Problem> {
    match line(cells.get(column)).to_lowercase().as_str() {
        "" | "no" | "false" | "0" => Ok(false),
        "yes" | "true" | "1" => Ok(true),
        _ => Err(Problem::new(column, "Enter yes or no")),
    }
}

fn read_role(text: &str) -> Result<ActorRole, Problem> {
    match line(text).to_lowercase().as_str() {
        "" | "system" => Ok(ActorRole::System),
        "patient" => Ok(ActorRole::Patient),
        "doctor" => Ok(ActorRole::Doctor),
        "receptionist" => Ok(ActorRole::Receptionist),
        "admin" | "clinic" => Ok(ActorRole::Admin),
        _ => Err(Problem::new("cancelled_by", "Enter patient, doctor or clinic")),
    }
}

/// The words for a status that other systems use.
fn meaning(text: &str) -> Meaning {
    let word = line(text).to_lowercase().replace([' ', '-'], "_");
    match word.as_str() {
        "" | "booked" | "confirmed" | "accepted" | "active" | "scheduled" => Meaning::Status(Status::Booked),
        "completed" | "arrived" | "attended" | "fulfilled" | "done" => Meaning::Status(Status::Completed),
        "no_show" | "noshow" | "missed" => Meaning::Status(Status::NoShow),
        "cancelled" | "canceled" => Meaning::Status(Status::Cancelled),
        "held" | "expired" | "declined" | "rejected" => Meaning::Skip("was never agreed"),
        "rescheduled" | "moved" => Meaning::Skip("was moved to another time"),
        "requested" | "pending" | "tentative" | "unconfirmed" | "needs_action" => {
            Meaning::Refuse("Nobody has agreed to it yet: accept or decline it in the other system first")
        }
        _ => Meaning::Refuse("Enter booked, completed, no_show or cancelled"),
    }
}

/// The patient of a row: of an id that was imported, or of an e-mail address; a new one where no account has it.
async fn patient_of(
    conn: &mut Conn<'_>,
    cells: &Cells,
    source: &str,
    country: Country,
) -> Result<Result<PatientOf, Vec<Problem>>, Error> {
    const SQL: &str = "select id, role from persons where email = $1 and status not in ('merged', 'closed')";
    let id = line(cells.get("patient_id"));
    if !id.is_empty() {
        let key =
            ImportKey { kind: ImportKind::Patients, source: source.to_owned(), external_id: id, row_hash: Vec::new() };
        let words = "No patient with this id was imported: import the patients first";
        let found = key.find(conn).await?.and_then(|found| found.our_id);
        return Ok(match found {
            Some(id) => Ok(PatientOf::Known(standing_for(conn, PersonId(id)).await?)),
            None => Err(vec![Problem::new("patient_id", words)]),
        });
    }
    let (name, email) = (cells.get("patient_name"), cells.get("patient_email"));
    if is_blank(email) {
        return Ok(Err(vec![Problem::new(
            "patient_email",
            "Enter patient_id or patient_email: a name alone is not one person",
        )]));
    }
    let known: Option<(PersonId, Role)> = conn.fetch_optional(SQL, (kept_email(email),)).await?;
    match known {
        Some((id, Role::Patient)) => return Ok(Ok(PatientOf::Known(id))),
        Some(_) => return Ok(Err(vec![Problem::new("patient_email", "This is the address of a doctor or of staff")])),
        None => {}
    }
    let phone = cells.get("patient_phone");
    let wrong = problems(NewPatient::check_fields(name, email, phone), &PATIENT);
    let new = || PatientOf::New { email: kept_email(email), patient: NewPatient::new(name, email, phone, country) };
    Ok(if wrong.is_empty() { Ok(new()) } else { Err(wrong) })
}

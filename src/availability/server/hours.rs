//! Weekly hours, as their doctor edits them.

use super::{
    impact,
    load::{ahead, load_schedule, load_visit_types},
    preview,
    rows::WeeklyHoursRow,
    schedule::{Schedule, WeeklyHours},
    schedule_editor::ScheduleEditor,
    windows::{self, Problems},
};
use crate::{
    availability::{
        model::{
            clock_input::clock_text,
            hours::{DayHours, HoursDraft, WeekHours, WindowInput, WindowWords, weekday_name},
        },
        server::bump,
    },
    clinic::server::audit,
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldCode},
    ids::{DoctorId, WeeklyHoursId},
    state::AppState,
    time::{
        Timestamp,
        server::{LocalDate, clock_words},
    },
    web::request::Actor,
};

/// Days ahead for which locations in different zones are compared, in addition to every date that has its own hours.
const COMPARED_DAYS: i64 = 7 * windows::RHYTHM_WEEKS;

/// The week of the doctor whose calendar `actor` may work on. With a `draft`, the number of times patients will see is
/// that of the draft, as far as it can be read.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] for another doctor's calendar.
pub async fn week_hours(
    app: &AppState,
    actor: Actor,
    slug: &str,
    draft: Option<HoursDraft>,
) -> Result<WeekHours, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let editor = ScheduleEditor::open(conn, actor, slug, now).await?;
    let doctor = editor.calendar.doctor;
    let rows = saved_hours(conn, doctor, editor.today).await?;
    let to = now.plus_minutes(preview::AHEAD_MINUTES);
    let mut schedule = load_schedule(conn, &editor.locations, doctor, now, ahead(now, to), None).await?;
    let draft = draft.and_then(|draft| Some((read(&editor, &draft, 0).ok()?, days_of(&draft).ok()?)));
    if let Some((typed, days)) = &draft {
        schedule.weekly.retain(|hours| !days.contains(&hours.weekday));
        schedule.weekly.extend(spread(typed, days));
    }
    let visit_types = load_visit_types(conn, &[doctor]).await?.remove(&doctor).unwrap_or_default();
    Ok(WeekHours {
        editing: editor.editing(),
        days: (1..=7).map(|weekday| day(&editor, weekday, &rows)).collect(),
        preview: preview::week(&schedule, &visit_types, &editor.calendar.zone, now, draft.is_some()),
    })
}

/// A change to the hours of several weekdays at once.
#[derive(Clone, Debug)]
pub struct WeekChange {
    /// The doctor's slug, for staff.
    pub slug: String,
    /// As it was read by the person who changes it.
    pub version: i64,
    /// Each weekday in at most one of them; those in none stay as they are.
    pub days: Vec<HoursDraft>,
    /// How many appointments may fall outside, as the person was told.
    pub keep_appointments: Option<u32>,
}

/// A change to the hours of one weekday, copied to others.
#[derive(Clone, Debug)]
pub struct HoursChange {
    /// The doctor's slug, for staff.
    pub slug: String,
    /// As the page showed it.
    pub version: i64,
    pub draft: HoursDraft,
    /// How many appointments may fall outside, as the person was told.
    pub keep_appointments: Option<u32>,
}

/// Replaces the hours of one weekday, and of those that it is copied to, in one unit. Booked appointments stay as they
/// are.
///
/// # Errors
/// [`AppError::Invalid`] with fields such as `windows[0][from]`; [`AppError::Conflict`] for a stale version;
/// [`AppError::AppointmentsOutside`] until `keep_appointments` says how many; those of [`week_hours`].
pub async fn save_hours(app: &AppState, actor: Actor, change: HoursChange) -> Result<(), AppError> {
    let HoursChange { slug, version, draft, keep_appointments } = change;
    save_week(app, actor, WeekChange { slug, version, days: vec![draft], keep_appointments }).await
}

/// Replaces the hours of these weekdays in one unit. Booked appointments stay as they are.
///
/// # Errors
/// Those of [`save_hours`]; the windows are counted through all drafts: `windows[3][from]` may be the second of the
/// second draft.
pub async fn save_week(app: &AppState, actor: Actor, change: WeekChange) -> Result<(), AppError> {
    Ok(app.db.write(SaveWeek { actor, change, now: app.clock.now() }).await?)
}

/// Replaces the hours of the weekdays that the drafts are about.
struct SaveWeek {
    actor: Actor,
    change: WeekChange,
    now: Timestamp,
}

impl WriteUnit for SaveWeek {
    const NAME: &'static str = "save_week";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let editor = ScheduleEditor::open(tx, self.actor, &self.change.slug, self.now).await?;
        let doctor = editor.calendar.doctor;
        bump(tx, doctor, self.change.version).await?;
        tx.schedule_changed(doctor);
        let week = read_all(&editor, &self.change.days)?;
        let before = impact::look(tx, &[doctor], self.now).await?;
        for (typed, days) in &week {
            for weekday in days {
                remove_day(tx, doctor, *weekday, editor.today).await?;
            }
            for hours in spread(typed, days) {
                insert(tx, doctor, &hours).await?;
            }
        }
        refuse_two_locations(tx, &editor, &week, self.now).await?;
        impact::ask_first(tx, &before, self.now, self.change.keep_appointments).await?;
        let details = in_words(&editor, &week);
        let entry =
            audit::Entry { action: "hours.changed", subject: "doctor", subject_id: Some(doctor.0), details: &details };
        audit::record(tx, self.actor.into(), self.now, entry).await
    }
}

/// Windows with their rows in the form, and the weekdays that get them.
type Typed = (Vec<(usize, WeeklyHours)>, Vec<u8>);

/// The hours of all drafts, or everything that is wrong with them.
fn read_all(editor: &ScheduleEditor, drafts: &[HoursDraft]) -> Result<Vec<Typed>, AppError> {
    let (mut week, mut fields, mut first_row) = (Vec::new(), Vec::new(), 0);
    for draft in drafts {
        let days = days_of(draft)?;
        match read(editor, draft, first_row) {
            Ok(typed) => week.push((typed, days)),
            Err(AppError::Invalid { fields: wrong }) => fields.extend(wrong),
            Err(error) => return Err(error),
        }
        first_row += draft.windows.len();
    }
    if fields.is_empty() { Ok(week) } else { Err(AppError::Invalid { fields }) }
}

/// Refuses hours that would put the doctor at two locations at the same moment.
async fn refuse_two_locations(
    conn: &mut Conn<'_>,
    editor: &ScheduleEditor,
    week: &[Typed],
    now: Timestamp,
) -> Result<(), Error> {
    if week.iter().all(|(typed, _)| typed.is_empty()) {
        return Ok(());
    }
    let to = now.plus_minutes(preview::AHEAD_MINUTES);
    let schedule = load_schedule(conn, &editor.locations, editor.calendar.doctor, now, ahead(now, to), None).await?;
    let mut problems = Problems::default();
    for (typed, days) in week {
        let mut dates = dates_to_compare(&schedule, days, editor.today);
        if let Some((row, _)) = typed.first()
            && dates.any(|date| windows::in_two_locations(&schedule, date))
        {
            problems.add(*row, "from", FieldCode::Overlaps);
        }
    }
    Ok(problems.check()?)
}

/// The weekday itself and those that it is copied to, each once.
fn days_of(draft: &HoursDraft) -> Result<Vec<u8>, AppError> {
    let mut days = draft.copy.clone();
    days.push(draft.weekday);
    days.sort_unstable();
    days.dedup();
    if days.iter().all(|day| (1..=7).contains(day)) { Ok(days) } else { Err(AppError::BadRequest) }
}

/// The typed windows with their rows, counted from `first_row`, checked against each other.
fn read(editor: &ScheduleEditor, draft: &HoursDraft, first_row: usize) -> Result<Vec<(usize, WeeklyHours)>, AppError> {
    let mut problems = Problems::default();
    let mut typed = Vec::new();
    for (row, input) in windows::rows(&draft.windows)? {
        if let Some((row, hours)) = windows::weekly_window(editor, first_row + row, input, &mut problems) {
            typed.push((row, WeeklyHours { weekday: draft.weekday, ..hours }));
        }
    }
    windows::check_weekly_overlaps(&typed, &mut problems);
    problems.check()?;
    Ok(typed)
}

/// The same windows on each of these days.
fn spread<'a>(typed: &'a [(usize, WeeklyHours)], days: &'a [u8]) -> impl Iterator<Item = WeeklyHours> + 'a {
    days.iter().flat_map(|day| typed.iter().map(|(_, hours)| WeeklyHours { weekday: *day, ..hours.clone() }))
}

/// The coming dates of these weekdays: as far as any two rhythms need, and every date with hours of its own.
fn dates_to_compare(schedule: &Schedule, days: &[u8], today: LocalDate) -> impl Iterator<Item = LocalDate> {
    let own = schedule.overrides.iter().map(|row| row.date).filter(move |date| *date >= today);
    let near = (0..COMPARED_DAYS).map(move |days| today.plus_days(days));
    own.chain(near).filter(|date| days.contains(&date.weekday()))
}

fn in_words(editor: &ScheduleEditor, week: &[Typed]) -> String {
    let part = |(typed, days): &Typed| {
        let days: Vec<&str> = days.iter().map(|day| weekday_name(*day)).collect();
        let words =
            |hours: &WeeklyHours| format!("{} to {}", clock_words(hours.start_minute), clock_words(hours.end_minute));
        let times: Vec<String> = typed.iter().map(|(_, hours)| words(hours)).collect();
        let times = if times.is_empty() { "no hours".to_owned() } else { times.join(", ") };
        format!("{}: {times}", days.join(", "))
    };
    format!("{}, {}", editor.calendar.name, week.iter().map(part).collect::<Vec<_>>().join("; "))
}

fn day(editor: &ScheduleEditor, weekday: u8, rows: &[WeeklyHours]) -> DayHours {
    let rows = || rows.iter().filter(|hours| hours.weekday == weekday);
    DayHours {
        weekday,
        windows: rows().map(|hours| window_words(editor, hours)).collect(),
        inputs: rows().map(window_input).collect(),
    }
}

fn window_words(editor: &ScheduleEditor, hours: &WeeklyHours) -> WindowWords {
    let mut notes = Vec::new();
    if let Some(visit_type) = hours.visit_type {
        notes.push(format!("Only {}", editor.visit_type_name(visit_type)));
    }
    match hours.every_weeks {
        1 => {}
        2 => {
            notes.push(format!("Every second week, counted from {}", hours.valid_from.monday().day_words(editor.today)))
        }
        weeks => notes
            .push(format!("Every {weeks} weeks, counted from {}", hours.valid_from.monday().day_words(editor.today))),
    }
    if let Some(only) = hours.month_week {
        notes.push(format!("Only the {} {} of the month", only.into_str(), weekday_name(hours.weekday)));
    }
    if hours.valid_from > editor.today {
        notes.push(format!("From {}", hours.valid_from.day_words(editor.today)));
    }
    if let Some(last) = hours.valid_until {
        notes.push(format!("Until {}", last.day_words(editor.today)));
    }
    editor.label(hours.location, (hours.start_minute, hours.end_minute), notes)
}

fn window_input(hours: &WeeklyHours) -> WindowInput {
    WindowInput {
        from: clock_text(hours.start_minute),
        to: clock_text(hours.end_minute),
        location: hours.location.to_string(),
        visit_type: hours.visit_type.map(|id| id.to_string()).unwrap_or_default(),
        since: hours.valid_from.to_string(),
        until: hours.valid_until.map(|date| date.to_string()).unwrap_or_default(),
        every: hours.month_week.map_or_else(|| hours.every_weeks.to_string(), |only| only.into_str().to_owned()),
        remove: String::new(),
    }
}

/// The hours that count today or later. Those that have ended stay in the database and out of sight.
async fn saved_hours(conn: &mut Conn<'_>, doctor: DoctorId, today: LocalDate) -> Result<Vec<WeeklyHours>, Error> {
    const SQL: &str = "
        select doctor_id, location_id, weekday, start_minute, end_minute, valid_from, valid_until, every_weeks,
            month_week, visit_type_id
        from weekly_hours where doctor_id = $1 and (valid_until is null or valid_until >= $2)
        order by weekday, start_minute, valid_from, id";
    let rows: Vec<WeeklyHoursRow> = conn.fetch_all(SQL, (doctor, today)).await?;
    rows.into_iter().map(WeeklyHoursRow::read).collect()
}

async fn remove_day(tx: &mut Tx<'_>, doctor: DoctorId, weekday: u8, today: LocalDate) -> Result<(), Error> {
    const SQL: &str = "delete from weekly_hours
        where doctor_id = $1 and weekday = $2 and (valid_until is null or valid_until >= $3)";
    tx.execute(SQL, (doctor, i32::from(weekday), today)).await?;
    Ok(())
}

async fn insert(tx: &mut Tx<'_>, doctor: DoctorId, hours: &WeeklyHours) -> Result<(), Error> {
    const SQL: &str = "insert into weekly_hours (id, doctor_id, location_id, weekday, start_minute, end_minute,
            valid_from, valid_until, every_weeks, month_week, visit_type_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    tx.execute(
        SQL,
        (
            WeeklyHoursId(uuid::Uuid::now_v7()),
            doctor,
            hours.location,
            i32::from(hours.weekday),
            i32::from(hours.start_minute),
            i32::from(hours.end_minute),
            hours.valid_from,
            hours.valid_until,
            i32::from(hours.every_weeks),
            hours.month_week,
            hours.visit_type,
        ),
    )
    .await?;
    Ok(())
}

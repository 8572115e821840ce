//! Changes to single dates.

use super::{
    impact,
    load::{ahead, load_schedule},
    preview,
    rows::OverrideRow,
    schedule_editor::ScheduleEditor,
    windows::{self, DayWindow, Problems},
};
use crate::{
    availability::{
        model::{
            clock_input::clock_text,
            hours::WindowInput,
            overrides::{ChangedDate, DateChange, DateDraft, SingleDates},
        },
        server::bump,
    },
    clinic::server::audit,
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldCode},
    ids::{DoctorId, LocationId, OverrideId},
    state::AppState,
    text::figures,
    time::{
        Timestamp,
        server::{LocalDate, clock_words},
    },
    web::request::Actor,
};

/// The coming dates that differ from the week of the doctor whose calendar `actor` may work on.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] for another doctor's calendar.
pub async fn single_dates(app: &AppState, actor: Actor, slug: &str) -> Result<SingleDates, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let editor = ScheduleEditor::open(conn, actor, slug, app.clock.now()).await?;
    let mut dates: Vec<ChangedDate> = Vec::new();
    for (date, change, window) in saved_dates(conn, editor.calendar.doctor, editor.today).await? {
        let iso = date.to_string();
        if dates.last().is_none_or(|last| last.date != iso || last.change != change) {
            let words = date.day_words(editor.today);
            dates.push(ChangedDate { date: iso, words, change, windows: Vec::new(), inputs: Vec::new() });
        }
        if let (Some(day), Some((location, range))) = (dates.last_mut(), window) {
            day.windows.push(editor.label(location, range, Vec::new()));
            day.inputs.push(window_input(location, range));
        }
    }
    Ok(SingleDates { editing: editor.editing(), dates })
}

/// A change to one date.
#[derive(Clone, Debug)]
pub struct DateToSave {
    /// The doctor's slug, for staff.
    pub slug: String,
    /// As the page showed it.
    pub version: i64,
    pub draft: DateDraft,
    /// How many appointments may fall outside, as the person was told.
    pub keep_appointments: Option<u32>,
}

/// Saves what one date has instead of, or besides, the weekly hours. What the date had before is replaced; booked
/// appointments stay as they are.
///
/// # Errors
/// [`AppError::Invalid`] with the fields `date`, `change` and such as `windows[0][from]`; [`AppError::Conflict`] for a
/// stale version; [`AppError::AppointmentsOutside`] until `keep_appointments` says how many; those of [`single_dates`].
pub async fn save_date(app: &AppState, actor: Actor, change: DateToSave) -> Result<(), AppError> {
    Ok(app.db.write(SaveDate { actor, change, now: app.clock.now() }).await?)
}

/// Replaces what one date has by what the draft says.
struct SaveDate {
    actor: Actor,
    change: DateToSave,
    now: Timestamp,
}

impl WriteUnit for SaveDate {
    const NAME: &'static str = "save_date";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let editor = ScheduleEditor::open(tx, self.actor, &self.change.slug, self.now).await?;
        let doctor = editor.calendar.doctor;
        bump(tx, doctor, self.change.version).await?;
        tx.schedule_changed(doctor);
        let (date, kind, typed) = read(&editor, &self.change.draft)?;
        let before = impact::look(tx, &[doctor], self.now).await?;
        remove(tx, doctor, date).await?;
        match kind {
            DateChange::Closed => insert(tx, doctor, date, kind, None).await?,
            DateChange::Replace | DateChange::Add => {
                for window in &typed {
                    insert(tx, doctor, date, kind, Some(window)).await?;
                }
            }
        }
        if let Some(window) = typed.first() {
            let to = self.now.plus_minutes(preview::AHEAD_MINUTES);
            let schedule = load_schedule(tx, &editor.locations, doctor, self.now, ahead(self.now, to), None).await?;
            if windows::in_two_locations(&schedule, date) {
                let mut problems = Problems::default();
                problems.add(window.row, "from", FieldCode::Overlaps);
                problems.check()?;
            }
        }
        impact::ask_first(tx, &before, self.now, self.change.keep_appointments).await?;
        let times: Vec<String> = typed
            .iter()
            .map(|window| format!(", {} to {}", clock_words(window.range.0), clock_words(window.range.1)))
            .collect();
        let details = format!("{}, {}: {}{}", editor.calendar.name, date.date_words(), kind.label(), times.concat());
        note(tx, self.actor, self.now, doctor, "override.saved", &details).await
    }
}

/// Gives one date its weekly hours back.
///
/// # Errors
/// [`AppError::NotFound`] when the date has no hours of its own; [`AppError::Conflict`] for a stale version;
/// [`AppError::AppointmentsOutside`] until `keep_appointments` says how many; those of [`single_dates`].
pub async fn remove_date(app: &AppState, actor: Actor, change: DateToSave) -> Result<(), AppError> {
    Ok(app.db.write(RemoveDate { actor, change, now: app.clock.now() }).await?)
}

/// Removes what one date has.
struct RemoveDate {
    actor: Actor,
    change: DateToSave,
    now: Timestamp,
}

impl WriteUnit for RemoveDate {
    const NAME: &'static str = "remove_date";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let editor = ScheduleEditor::open(tx, self.actor, &self.change.slug, self.now).await?;
        let doctor = editor.calendar.doctor;
        bump(tx, doctor, self.change.version).await?;
        tx.schedule_changed(doctor);
        let date: LocalDate = self.change.draft.date.parse().map_err(|_| AppError::NotFound)?;
        let before = impact::look(tx, &[doctor], self.now).await?;
        if remove(tx, doctor, date).await? == 0 {
            return Err(AppError::NotFound.into());
        }
        impact::ask_first(tx, &before, self.now, self.change.keep_appointments).await?;
        let details = format!("{}, {}", editor.calendar.name, date.date_words());
        note(tx, self.actor, self.now, doctor, "override.removed", &details).await
    }
}

fn read(editor: &ScheduleEditor, draft: &DateDraft) -> Result<(LocalDate, DateChange, Vec<DayWindow>), AppError> {
    let date = match figures(&draft.date).as_str() {
        "" => return Err(AppError::field("date", FieldCode::Missing)),
        text => text.parse::<LocalDate>().map_err(|_| AppError::field("date", FieldCode::NotADate))?,
    };
    if date < editor.today {
        return Err(AppError::field("date", FieldCode::InThePast));
    }
    let change = draft.change.parse::<DateChange>().map_err(|_| AppError::field("change", FieldCode::Unknown))?;
    let mut typed = Vec::new();
    if change != DateChange::Closed {
        let mut problems = Problems::default();
        for (row, input) in windows::rows(&draft.windows)? {
            typed.extend(windows::day_window(editor, row, input, &mut problems));
        }
        windows::check_day_overlaps(&typed, &mut problems);
        problems.check()?;
        if typed.is_empty() {
            return Err(AppError::field("windows[0][from]", FieldCode::Missing));
        }
    }
    Ok((date, change, typed))
}

fn window_input(location: LocationId, (start, end): (u16, u16)) -> WindowInput {
    let location = location.to_string();
    WindowInput { from: clock_text(start), to: clock_text(end), location, ..WindowInput::default() }
}

async fn note(
    tx: &mut Tx<'_>,
    actor: Actor,
    now: Timestamp,
    doctor: DoctorId,
    action: &'static str,
    details: &str,
) -> Result<(), Error> {
    let entry = audit::Entry { action, subject: "doctor", subject_id: Some(doctor.0), details };
    audit::record(tx, actor.into(), now, entry).await
}

type Saved = (LocalDate, DateChange, Option<(LocationId, (u16, u16))>);

async fn saved_dates(conn: &mut Conn<'_>, doctor: DoctorId, today: LocalDate) -> Result<Vec<Saved>, Error> {
    const SQL: &str = "
        select doctor_id, local_date, kind, location_id, start_minute, end_minute from overrides
        where doctor_id = $1 and local_date >= $2 order by local_date, kind, start_minute, id";
    let rows: Vec<OverrideRow> = conn.fetch_all(SQL, (doctor, today)).await?;
    let saved = |row: OverrideRow| {
        let window = row.window()?.map(|(location, start, end)| (location, (start, end)));
        Ok((row.local_date, row.kind, window))
    };
    rows.into_iter().map(saved).collect()
}

async fn remove(tx: &mut Tx<'_>, doctor: DoctorId, date: LocalDate) -> Result<u64, Error> {
    const SQL: &str = "delete from overrides where doctor_id = $1 and local_date = $2";
    tx.execute(SQL, (doctor, date)).await
}

async fn insert(
    tx: &mut Tx<'_>,
    doctor: DoctorId,
    date: LocalDate,
    change: DateChange,
    window: Option<&DayWindow>,
) -> Result<(), Error> {
    const SQL: &str = "insert into overrides (id, doctor_id, local_date, kind, location_id, start_minute, end_minute)
        values ($1, $2, $3, $4, $5, $6, $7)";
    let location = window.map(|window| window.location);
    let (start, end) = (window.map(|w| i32::from(w.range.0)), window.map(|w| i32::from(w.range.1)));
    tx.execute(SQL, (OverrideId(uuid::Uuid::now_v7()), doctor, date, change, location, start, end)).await?;
    Ok(())
}

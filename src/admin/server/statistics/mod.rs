//! Statistics for the clinic. Staff see the exact numbers; files for sharing hide small groups.

mod bins;
mod counts;
mod figures;
mod findings;
mod tables;
mod tally;

use std::collections::HashMap;

use sqlx::FromRow;

use self::{bins::Bins, counts::DAY_MINUTES, tables::Audience};
use crate::{
    accounts::Permission,
    admin::model::statistics::{Statistics, StatisticsQuery},
    app::field_words,
    availability::server::{HourMinutes, Location, OfferedTime, load_locations, load_schedules},
    clinic::server::{
        audit::{Entry, note},
        clinic_zone,
    },
    db::{Conn, Error},
    error::{AppError, FieldCode, FieldError},
    ids::{DoctorId, LocationId},
    state::AppState,
    text::figures,
    time::server::LocalDate,
    web::{csv, request::Actor},
};

/// Days shown when no dates are asked for, today included.
const USUAL_DAYS: i64 = 28;
/// Most days of one page.
const MAX_DAYS: i64 = 800;
/// Most doctors to choose from in a list; a larger clinic types the end of a profile's address.
const MAX_CHOICES: usize = 200;

/// The statistics that `query` asks for. For clinic staff only: callers check the role.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown doctor; the database cannot be reached.
pub async fn statistics(app: &AppState, query: StatisticsQuery) -> Result<Statistics, AppError> {
    Ok(read(app, query).await?.into_page())
}

/// As [`statistics`], but dates that cannot be used are refused.
///
/// # Errors
/// Those of [`statistics`]; [`AppError::Invalid`] naming the dates.
pub async fn checked(app: &AppState, query: StatisticsQuery) -> Result<Statistics, AppError> {
    Ok(read(app, query).await?.checked()?.into_page())
}

/// The file for a member of staff, whose download the audit log keeps.
///
/// # Errors
/// [`AppError::Forbidden`] for others; as [`file`].
pub async fn export(
    app: &AppState,
    actor: Actor,
    which: &str,
    query: StatisticsQuery,
    for_sharing: bool,
) -> Result<(String, String), AppError> {
    actor.needs(Permission::ReadStatistics)?;
    let (name, text) = file(app, which, query, for_sharing).await?;
    let entry = Entry { action: "statistics.exported", subject: "statistics", subject_id: None, details: &name };
    note(app, actor.into(), entry).await?;
    Ok((name, text))
}

/// The table of one figure as a file: its name and its text. For clinic staff only: callers check the role. A file for
/// sharing hides groups of fewer than five people, see [`tables`].
///
/// # Errors
/// [`AppError::NotFound`] for an unknown doctor or figure; [`AppError::Invalid`] for dates that cannot be used; the
/// database cannot be reached.
pub async fn file(
    app: &AppState,
    which: &str,
    query: StatisticsQuery,
    for_sharing: bool,
) -> Result<(String, String), AppError> {
    let found = read(app, query).await?.checked()?;
    let (audience, ending) = if for_sharing { (Audience::Outside, "-for-sharing") } else { (Audience::Staff, "") };
    let table = tables::table(which, &found.bins, &found.offered, audience).ok_or(AppError::NotFound)?;
    let rows = table.rows.into_iter().map(|row| std::iter::once(row.code).chain(row.cells).collect());
    let text = csv::text(std::iter::once(table.columns).chain(rows))?;
    Ok((format!("{which}-{}-{}{ending}.csv", found.bins.first, found.bins.last), text))
}

/// What was counted.
struct Found {
    bins: Bins,
    offered: HourMinutes,
    /// The one doctor that is asked about.
    doctor: Option<Choice>,
    /// All that can be chosen.
    doctors: Vec<Choice>,
    /// What is wrong with the dates that were asked for; then the numbers are of the usual dates.
    problems: Vec<FieldError>,
}

async fn read(app: &AppState, query: StatisticsQuery) -> Result<Found, AppError> {
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let conn = &mut reader.conn();
    let locations = load_locations(conn).await?;
    let doctors = doctors(conn).await?;
    let doctor = match query.doctor.trim() {
        "" => None,
        slug => Some(doctors.iter().find(|doctor| doctor.slug == slug).cloned().ok_or(AppError::NotFound)?),
    };
    let ((first, last), problems) = dates(&query, clinic_zone(conn).await?.local_date(app.clock.now()));
    let whose = match &doctor {
        Some(doctor) => vec![doctor.id],
        None => doctors.iter().filter(|doctor| doctor.works_here).map(|doctor| doctor.id).collect(),
    };
    let offered = offered(conn, &locations, &whose, (first, last)).await?;
    let tally = match &doctor {
        Some(doctor) => counts::of_doctor(conn, doctor.id, first, last).await?,
        None => {
            drop(reader);
            counts::of_clinic(app, first, last).await?
        }
    };
    Ok(Found { bins: Bins::new(&tally, first, last), offered, doctor, doctors, problems })
}

impl Found {
    fn checked(self) -> Result<Found, AppError> {
        if self.problems.is_empty() { Ok(self) } else { Err(AppError::Invalid { fields: self.problems }) }
    }

    fn into_page(self) -> Statistics {
        let Found { bins, offered, doctor, doctors, .. } = self;
        let (doctor, name) =
            doctor.map_or_else(|| (String::new(), "all doctors".to_owned()), |one| (one.slug, one.name));
        let choices = doctors.into_iter().map(|doctor| (doctor.slug, doctor.name));
        Statistics {
            subject: format!("{} to {}, {name}", bins.first.date_words(), bins.last.date_words()),
            query: StatisticsQuery { from: bins.first.to_string(), until: bins.last.to_string(), doctor },
            problems: self.problems.iter().map(label).collect(),
            doctors: if choices.len() > MAX_CHOICES { Vec::new() } else { choices.collect() },
            figures: if bins.are_empty() { Vec::new() } else { figures::figures(&bins, &offered) },
        }
    }
}

/// A doctor to choose.
#[derive(Clone, FromRow)]
struct Choice {
    id: DoctorId,
    slug: String,
    name: String,
    /// Whether the doctor's hours are offered now.
    works_here: bool,
}

/// All doctors, by name.
async fn doctors(conn: &mut Conn<'_>) -> Result<Vec<Choice>, Error> {
    const SQL: &str = "
        select id, slug, name, status in ('active', 'leaving') as works_here from doctors order by name, slug";
    conn.fetch_all(SQL, ()).await
}

/// A field and what is wrong with it, as the page says it.
fn label(wrong: &FieldError) -> (String, String) {
    let what = if wrong.field == "from" { "the first day" } else { "the last day" };
    let words = match wrong.code {
        FieldCode::EndsBeforeStart => "The last day must not be before the first day".to_owned(),
        FieldCode::OutOfRange(_, most) => format!("Choose at most {most} days"),
        code => field_words(code, what),
    };
    (wrong.field.clone(), words)
}

/// First and last date, and the fields that cannot be used; then the usual dates hold.
fn dates(query: &StatisticsQuery, today: LocalDate) -> ((LocalDate, LocalDate), Vec<FieldError>) {
    let typed = |text: &str| match figures(text).as_str() {
        "" => Ok(None),
        text => text.parse::<LocalDate>().map(Some),
    };
    let (from, until) = (typed(&query.from), typed(&query.until));
    let mut problems = Vec::new();
    let mut refuse = |field: &str, code| problems.push(FieldError { field: field.to_owned(), code });
    for (field, date) in [("from", &from), ("until", &until)] {
        if date.is_err() {
            refuse(field, FieldCode::NotADate);
        }
    }
    let readable = from.is_ok() && until.is_ok();
    let (first, last) = (from.ok().flatten(), until.ok().flatten());
    let last = last.unwrap_or_else(|| first.map_or(today, |first| today.max(first)));
    let first = first.unwrap_or_else(|| last.plus_days(1 - USUAL_DAYS));
    if readable && last < first {
        refuse("until", FieldCode::EndsBeforeStart);
    } else if readable && last.days_since(first) >= MAX_DAYS {
        refuse("from", FieldCode::OutOfRange(1, MAX_DAYS));
    }
    let usual = (today.plus_days(1 - USUAL_DAYS), today);
    (if problems.is_empty() { (first, last) } else { usual }, problems)
}

/// Minutes that these doctors offer, by hour of the week.
async fn offered(
    conn: &mut Conn<'_>,
    locations: &HashMap<LocationId, Location>,
    doctors: &[DoctorId],
    (first, last): (LocalDate, LocalDate),
) -> Result<HourMinutes, Error> {
    let (from, _) = counts::around(first, last)?;
    // what is booked does not matter here: an end long before the start leaves it unread
    let schedules = load_schedules(conn, locations, doctors, from, from.plus_minutes(-2 * DAY_MINUTES)).await?;
    let time = OfferedTime::new(locations.values(), first, last);
    let mut minutes = [0; 7 * 24];
    for schedule in schedules.values() {
        minutes.iter_mut().zip(time.minutes(schedule)).for_each(|(sum, minutes)| *sum += minutes);
    }
    Ok(minutes)
}

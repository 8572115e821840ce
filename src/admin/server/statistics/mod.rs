//! Statistics for the clinic: what happened, in numbers that say nothing about single people.

mod bins;
mod counts;
mod figures;
mod findings;
mod tally;

use std::collections::HashMap;

use self::{bins::Bins, tally::Tally};
use crate::{
    admin::model::statistics::{Figure, Statistics, StatisticsQuery},
    app::field_words,
    availability::server::{HourMinutes, Location, OfferedTime, load_locations, load_schedules},
    db::{Conn, Error},
    error::{AppError, FieldCode, FieldError},
    ids::{DoctorId, LocationId},
    state::AppState,
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
    web::csv::Csv,
};

/// Days shown when no dates are asked for, today included.
const USUAL_DAYS: i64 = 28;
/// Most days of one page.
const MAX_DAYS: i64 = 800;
/// Most doctors to choose from in a list; a larger clinic types the end of a profile's address.
const MAX_CHOICES: usize = 200;
const DAY_MINUTES: i64 = 24 * 60;

/// The statistics that `query` asks for. For clinic staff only: callers check the role.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown doctor; the database cannot be reached.
pub async fn statistics(app: &AppState, query: StatisticsQuery) -> Result<Statistics, AppError> {
    let (found, wrong) = read(app, query).await?;
    Ok(Statistics { problems: wrong.iter().map(label).collect(), ..found })
}

/// As [`statistics`], but dates that cannot be used are refused.
///
/// # Errors
/// Those of [`statistics`]; [`AppError::Invalid`] naming the dates.
pub async fn checked(app: &AppState, query: StatisticsQuery) -> Result<Statistics, AppError> {
    let (found, fields) = read(app, query).await?;
    if fields.is_empty() { Ok(found) } else { Err(AppError::Invalid { fields }) }
}

/// The statistics, and what is wrong with the dates that were asked for; then they are of the usual dates.
async fn read(app: &AppState, query: StatisticsQuery) -> Result<(Statistics, Vec<FieldError>), AppError> {
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let conn = &mut reader.conn();
    let locations = load_locations(conn).await?;
    let doctors = doctors(conn).await?;
    let doctor = match query.doctor.trim() {
        "" => None,
        slug => Some(doctors.iter().find(|doctor| doctor.slug == slug).ok_or(AppError::NotFound)?),
    };
    let (dates, wrong) = dates(&query, today(&locations, app.clock.now())?);
    let (first, last) = dates;
    let whose = match doctor {
        Some(doctor) => vec![doctor.id],
        None => doctors.iter().filter(|doctor| doctor.works_here).map(|doctor| doctor.id).collect(),
    };
    let tally = match doctor {
        Some(doctor) => counts::of_doctor(conn, doctor.id, first, last).await?,
        None => Tally::default(),
    };
    let offered = offered(conn, &locations, &whose, dates).await?;
    drop(reader);
    let tally = if doctor.is_some() { tally } else { counts::of_clinic(app, first, last).await? };
    let bins = Bins::new(&tally, first, last);
    let name = doctor.map_or_else(|| "all doctors".to_owned(), |doctor| doctor.name.clone());
    let slug = doctor.map_or_else(String::new, |doctor| doctor.slug.clone());
    let choices = || doctors.iter().map(|doctor| (doctor.slug.clone(), doctor.name.clone())).collect();
    let found = Statistics {
        query: StatisticsQuery { from: first.to_string(), until: last.to_string(), doctor: slug },
        problems: Vec::new(),
        doctors: if doctors.len() > MAX_CHOICES { Vec::new() } else { choices() },
        subject: format!("{} to {}, {name}", first.date_words(), last.date_words()),
        rounded: bins.guard().rounded,
        figures: if bins.are_empty() { Vec::new() } else { figures::figures(&bins, &offered) },
    };
    Ok((found, wrong))
}

/// The table of one figure as a file: its name and its text. For clinic staff only: callers check the role.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown doctor or figure; [`AppError::Invalid`] for dates that cannot be used; the
/// database cannot be reached.
pub async fn file(app: &AppState, which: &str, query: StatisticsQuery) -> Result<(String, String), AppError> {
    if !["days", "hours", "missed", "lead", "cancelled"].contains(&which) {
        return Err(AppError::NotFound);
    }
    let statistics = checked(app, query).await?;
    let StatisticsQuery { from, until, .. } = &statistics.query;
    let name = format!("{which}-{from}-{until}.csv");
    let figure = statistics.figures.iter().find(|figure| figure.id == which);
    Ok((name, figure.map_or_else(String::new, csv)))
}

fn csv(figure: &Figure) -> String {
    let mut csv = Csv::new();
    csv.row(&figure.table.columns.iter().map(String::as_str).collect::<Vec<_>>());
    for row in &figure.table.rows {
        csv.row(&std::iter::once(row.code.as_str()).chain(row.cells.iter().map(String::as_str)).collect::<Vec<_>>());
    }
    csv.finish()
}

/// A doctor to choose.
struct Choice {
    id: DoctorId,
    slug: String,
    name: String,
    /// Whether the doctor's hours are offered now.
    works_here: bool,
}

/// All doctors, by name.
async fn doctors(conn: &mut Conn<'_>) -> Result<Vec<Choice>, Error> {
    const SQL: &str = "select id, slug, name, status from doctors order by name, slug";
    let rows: Vec<(DoctorId, String, String, String)> = conn.fetch_all(SQL, ()).await?;
    let choice = |(id, slug, name, status): (DoctorId, String, String, String)| {
        let works_here = matches!(status.as_str(), "active" | "leaving");
        Choice { id, slug, name, works_here }
    };
    Ok(rows.into_iter().map(choice).collect())
}

/// The date on the clock of the clinic's first place.
fn today(locations: &HashMap<LocationId, Location>, now: Timestamp) -> Result<LocalDate, Error> {
    let first = locations.values().min_by_key(|location| &location.name).map(|location| location.zone.clone());
    let zone = first.or_else(|| Zone::parse("UTC")).ok_or(Error::Corrupt("unknown time zone"))?;
    Ok(zone.local_date(now))
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
    let typed = |text: &str| match text.trim() {
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
    let utc = Zone::parse("UTC").ok_or(Error::Corrupt("unknown time zone"))?;
    let from = utc.window_start(first, 0).plus_minutes(-DAY_MINUTES);
    // what is booked does not matter here: an end before the start leaves it unread
    let schedules = load_schedules(conn, locations, doctors, from, from.plus_minutes(-2 * DAY_MINUTES)).await?;
    let time = OfferedTime::new(locations.values(), first, last);
    let mut minutes = [0; 7 * 24];
    for schedule in schedules.values() {
        minutes.iter_mut().zip(time.minutes(schedule)).for_each(|(sum, minutes)| *sum += minutes);
    }
    Ok(minutes)
}

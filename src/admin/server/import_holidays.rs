//! Public holidays from a calendar file, as closures. Which appointments fall on them is shown first.

use uuid::Uuid;

use super::closures::{Wanted, appointments_within, days_words, insert, is_there, raise_versions};
use crate::{
    admin::model::settings::MAX_LINE,
    app::field_words,
    availability::server::load_locations,
    clinic::server::{
        audit::Author,
        imports::{ImportKey, Problem},
    },
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldCode},
    ids::{ClosureId, LocationId},
    state::AppState,
    text::{check_line, line, server::words_of},
    time::{Timestamp, server::LocalDate},
};

/// A holiday as the file has it.
#[derive(Clone, Debug)]
pub struct Holiday {
    pub key: ImportKey,
    pub name: String,
    pub first: LocalDate,
    /// Included.
    pub last: LocalDate,
}

/// What an import of holidays would do.
#[derive(Clone, Debug, Default)]
pub struct HolidayPlan {
    /// "Friday 25 December at Riverside: Christmas Day".
    pub add: Vec<String>,
    /// The same, of those that are there already.
    pub known: usize,
    pub past: usize,
    /// The appointments that fall on the days that would be added, in words.
    pub appointments: Vec<String>,
}

/// What is wrong with a holiday, if anything: what the website would refuse.
#[must_use]
pub fn check(name: &str) -> Option<Problem> {
    check_line(name, MAX_LINE).map(|code| Problem::new("SUMMARY", field_words(code, "the name of the holiday")))
}

/// Shows what [`add`] would do.
///
/// # Errors
/// [`AppError::Invalid`] for an unknown location; the database's.
pub async fn plan(app: &AppState, location: Option<&str>, holidays: &[Holiday]) -> Result<HolidayPlan, AppError> {
    let mut reader = app.db.read().await?;
    Ok(look(&mut reader.conn(), location, holidays, app.clock.now()).await?.0)
}

/// Closes the location of this name, or all of them, on these days, all or none. Appointments stay as they are.
///
/// # Errors
/// [`AppError::AppointmentsOutside`] with the appointments on those days, unless `confirmed` is their number;
/// [`AppError::Invalid`] for an unknown location; the database's.
pub async fn add(
    app: &AppState,
    location: Option<String>,
    holidays: Vec<Holiday>,
    confirmed: Option<u32>,
) -> Result<HolidayPlan, AppError> {
    Ok(app.db.write(ImportHolidays { location, holidays, confirmed, now: app.clock.now() }).await?)
}

/// Adds closures, if the number of appointments on those days is the one that was confirmed.
struct ImportHolidays {
    location: Option<String>,
    holidays: Vec<Holiday>,
    confirmed: Option<u32>,
    now: Timestamp,
}

impl WriteUnit for ImportHolidays {
    const NAME: &'static str = "import_holidays";
    type Output = HolidayPlan;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<HolidayPlan, Error> {
        let (plan, wanted) = look(tx, self.location.as_deref(), &self.holidays, self.now).await?;
        let all = u32::try_from(plan.appointments.len()).unwrap_or(u32::MAX);
        if all > 0 && self.confirmed != Some(all) {
            return Err(AppError::AppointmentsOutside { appointments: plan.appointments, all }.into());
        }
        let locations = load_locations(tx).await?;
        for (wanted, appointments) in &wanted {
            let location = locations.get(&wanted.location).ok_or(Error::Corrupt("a closure without a location"))?;
            let id = ClosureId(Uuid::now_v7());
            insert(tx, Author::SYSTEM, id, location, wanted, (*appointments, self.now)).await?;
        }
        for holiday in &self.holidays {
            holiday.key.remember(tx, None, self.now).await?;
        }
        if !wanted.is_empty() {
            raise_versions(tx).await?;
        }
        Ok(plan)
    }
}

/// What is to be added, each with the number of appointments on its days.
async fn look(
    conn: &mut Conn<'_>,
    location: Option<&str>,
    holidays: &[Holiday],
    now: Timestamp,
) -> Result<(HolidayPlan, Vec<(Wanted, u32)>), Error> {
    let all = load_locations(conn).await?;
    let mut locations: Vec<_> = all.values().collect();
    if let Some(name) = location {
        locations.retain(|location| words_of(&location.name) == words_of(name));
    }
    if locations.is_empty() {
        return Err(AppError::field("location", FieldCode::Unknown).into());
    }
    locations.sort_by(|a, b| a.name.cmp(&b.name));
    let (mut plan, mut add) = (HolidayPlan::default(), Vec::new());
    for Holiday { name, first, last, .. } in holidays {
        for location in &locations {
            let today = location.zone.local_date(now);
            if *first < today {
                plan.past += 1;
                continue;
            }
            let wanted = wanted(location.id, *first, *last, name);
            if is_there(conn, &wanted).await? {
                plan.known += 1;
                continue;
            }
            let found = appointments_within(conn, &wanted, now).await?;
            add.push((wanted, u32::try_from(found.len()).unwrap_or(u32::MAX)));
            plan.add.push(format!("{} at {}: {name}", days_words(*first, *last, today), location.name));
            plan.appointments.extend(found.into_iter().map(|(start, doctor, appointment)| {
                format!("{} at {}: {doctor}, {appointment}", location.zone.moment_words(start, now), location.name)
            }));
        }
    }
    Ok((plan, add))
}

fn wanted(location: LocationId, first: LocalDate, last: LocalDate, name: &str) -> Wanted {
    Wanted { location, first, last, reason: line(name), keep_appointments: None }
}

//! Where the command palette of the desk leads: to a day, a doctor, a patient, an appointment by its reference, and to
//! what else is done at the desk.

use super::access::allow;
use crate::{
    accounts::server::people_search::Among,
    availability::server::{Location, load_locations},
    booking::{front_desk::FoundPatient, server::front_desk::patients::find},
    db::{Conn, Error},
    desk::model::{DeskQuery, PaletteEntry},
    error::AppError,
    ids::AppointmentId,
    state::AppState,
    text::server::words_of,
    time::server::LocalDate,
    web::request::Actor,
};

/// Entries of one kind that are listed.
const MOST: usize = 6;
/// Characters of a question that count.
const MAX_CHARACTERS: usize = 100;
/// Letters from which a weekday counts as named.
const MIN_WEEKDAY: usize = 3;

/// What fits a question, the surest first; without one, where one goes from here most. `query` is what the desk shows.
///
/// # Errors
/// [`AppError::Forbidden`] for whoever may not use the desk; the database's.
pub async fn palette(
    app: &AppState,
    actor: Actor,
    query: &DeskQuery,
    typed: &str,
) -> Result<Vec<PaletteEntry>, AppError> {
    allow(actor)?;
    let typed: String = typed.chars().filter(|c| !c.is_control()).take(MAX_CHARACTERS).collect();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let locations = load_locations(conn).await?;
    let chosen = query.location.parse().ok().and_then(|id| locations.get(&id));
    let location =
        chosen.or_else(|| locations.values().min_by_key(|location| location.id)).ok_or(AppError::NotFound)?;
    let today = location.zone.local_date(app.clock.now());
    let shown = query.date.parse().unwrap_or(today);
    let page = Page { location, today, shown };
    let words = words_of(&typed);
    if words.is_empty() {
        return Ok(page.actions(""));
    }
    let mut entries = Vec::new();
    entries.extend(day_named(&typed, &words, today).map(|date| page.day(date)));
    entries.extend(by_reference(conn, &typed).await?);
    entries.extend(doctors(conn, &words, shown).await?);
    let country = app.settings.clinic.phone_country();
    let found = find(conn, Among::Patients, &typed, country).await?;
    entries.extend(found.into_iter().take(MOST).map(patient));
    entries.extend(page.actions(&words));
    Ok(entries)
}

/// The page from which one goes on.
struct Page<'a> {
    location: &'a Location,
    today: LocalDate,
    shown: LocalDate,
}

impl Page<'_> {
    fn desk_on(&self, date: LocalDate) -> String {
        format!("/desk?location={}&date={date}", self.location.id)
    }

    fn day(&self, date: LocalDate) -> PaletteEntry {
        entry(date.day_words(self.today), "Day", self.desk_on(date))
    }

    /// What is done here, as far as it has the words that were typed.
    fn actions(&self, typed: &str) -> Vec<PaletteEntry> {
        let list = [
            ("Today", self.desk_on(self.today)),
            ("Next day", self.desk_on(self.shown.plus_days(1))),
            ("Previous day", self.desk_on(self.shown.plus_days(-1))),
            ("Next week", self.desk_on(self.shown.plus_days(7))),
            ("Soonest time with any doctor", "/soonest".to_owned()),
            ("Find a patient", "/patients".to_owned()),
        ];
        let fits = |words: &str| typed.split_whitespace().all(|word| words_of(words).contains(&[" ", word].concat()));
        let fitting = list.into_iter().filter(|(words, _)| fits(words));
        fitting.map(|(words, address)| entry(words.to_owned(), "Action", address)).collect()
    }
}

fn entry(words: String, detail: &str, address: String) -> PaletteEntry {
    PaletteEntry { words, detail: detail.to_owned(), address }
}

fn patient(found: FoundPatient) -> PaletteEntry {
    let known = [found.birth_date.as_str(), found.phone.as_str()];
    let known: Vec<&str> = known.into_iter().filter(|part| !part.is_empty()).collect();
    let detail = ["Patient"].into_iter().chain(known).collect::<Vec<_>>().join(", ");
    PaletteEntry { words: found.name, detail, address: format!("/patients/{}", found.id) }
}

/// The day that was named: "3 12 2026", "3 dec", "tomorrow", "fri", "+7". Without a year it is the next such day.
fn day_named(typed: &str, words: &str, today: LocalDate) -> Option<LocalDate> {
    const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let word = words.trim();
    match word {
        "today" => return Some(today),
        "tomorrow" => return Some(today.plus_days(1)),
        "yesterday" => return Some(today.plus_days(-1)),
        _ => {}
    }
    if let Some(days) = typed.trim().strip_prefix('+') {
        return days.parse::<u16>().ok().map(|days| today.plus_days(days.into()));
    }
    if word.len() >= MIN_WEEKDAY
        && let Some(place) = (1_i64..).zip(WEEKDAYS).find_map(|(n, name)| name.starts_with(word).then_some(n))
    {
        let ahead = (place - i64::from(today.weekday())).rem_euclid(7);
        return Some(today.plus_days(if ahead == 0 { 7 } else { ahead }));
    }
    if let Ok(date) = LocalDate::from_text(typed) {
        return Some(date);
    }
    let parts: Vec<&str> = word.split(' ').collect();
    let [day, month] = parts[..] else { return None };
    let year: i16 = today.to_string().get(..4)?.parse().ok()?;
    let dates = [year, year + 1].map(|year| LocalDate::from_typed(day, month, &year.to_string()).ok());
    dates.into_iter().flatten().find(|date| *date >= today)
}

/// The appointment with this reference, the newest of its moves.
async fn by_reference(conn: &mut Conn<'_>, typed: &str) -> Result<Option<PaletteEntry>, Error> {
    const SQL: &str = "select id, status from appointments where reference = $1 order by chain_position desc limit 1";
    let code: String = typed.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let Some((first, last)) = code.split_at_checked(4).filter(|(_, last)| last.len() == 4) else { return Ok(None) };
    let reference = [first, "-", last].concat();
    let found: Option<(AppointmentId, crate::booking::Status)> = conn.fetch_optional(SQL, (&reference,)).await?;
    // a hold has no page
    let found = found.filter(|(_, status)| !matches!(status, crate::booking::Status::Held));
    Ok(found.map(|(id, status)| {
        let detail = ["Appointment, ", &status.clinic_words().to_lowercase()].concat();
        PaletteEntry { words: reference, detail, address: format!("/appointments/{id}") }
    }))
}

/// Doctors in whose names the words begin words.
async fn doctors(conn: &mut Conn<'_>, words: &str, shown: LocalDate) -> Result<Vec<PaletteEntry>, Error> {
    const SQL: &str = "select slug, name from doctors where status <> 'deactivated' order by name, slug";
    let all: Vec<(String, String)> = conn.fetch_all(SQL, ()).await?;
    let fits = |name: &str| {
        let name = words_of(name);
        words.split_whitespace().all(|word| name.contains(&[" ", word].concat()))
    };
    let found = all.into_iter().filter(|(_, name)| fits(name)).take(MOST);
    let led = |(slug, name): (String, String)| entry(name, "Doctor", format!("/doctor?date={shown}&doctor={slug}"));
    Ok(found.map(led).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_named_as_people_say_it() {
        // a Monday
        let today = LocalDate::new(2026, 11, 30).unwrap();
        let named = |typed: &str| day_named(typed, &words_of(typed), today).map(|date| date.to_string());
        let day = |text: &str| Some(text.to_owned());
        assert_eq!(named("Tomorrow"), day("2026-12-01"));
        assert_eq!(named("yesterday"), day("2026-11-29"));
        assert_eq!(named("fri"), day("2026-12-04"));
        assert_eq!(named("monday"), day("2026-12-07"));
        assert_eq!(named("+14"), day("2026-12-14"));
        assert_eq!(named("3 12"), day("2026-12-03"));
        assert_eq!(named("3 dec"), day("2026-12-03"));
        assert_eq!(named("2.1."), day("2027-01-02"));
        assert_eq!(named("3/12/2025"), day("2025-12-03"));
        for strange in ["fr", "31 2", "Friedrich", "12", "3 12 x", "+x", ""] {
            assert_eq!(named(strange), None, "{strange}");
        }
    }
}

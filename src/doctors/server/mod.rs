//! Doctors, on the server: the directory in memory, the profiles, and the doctor's own day.

mod agenda;
mod agenda_list;
mod agenda_load;
mod agenda_rows;
mod agenda_week;
pub mod colleagues;
mod directory;
mod directory_entry;
mod filter;
mod languages;
pub mod leaving;
mod load;
pub mod own_profile;
pub mod reason_sharing;
mod search_words;
mod structured;

pub use agenda::agenda_day;
pub(crate) use agenda::date_or_today;
pub use agenda_list::agenda_list;
pub(crate) use agenda_load::{gaps, summary, with_reason};
pub(crate) use agenda_rows::{ClosureRow, agenda_appointment, closures};
pub use agenda_week::agenda_week;
pub(crate) use agenda_week::{lanes, minutes, rows};
pub use directory::Directory;
pub use languages::is_known as is_known_language;

use super::model::{
    DirectoryPage, DirectoryQuery, DoctorCard, DoctorProfile, Facet, HomeData, PublicLocation, PublicProfile,
};
use crate::{error::AppError, ids::DoctorId, state::AppState};

/// One page of the directory. A page past the end is the last page; an unknown specialty, location or language has no
/// doctors.
///
/// # Errors
/// The database cannot be reached and what is in memory is too old to show.
pub async fn search(app: &AppState, query: DirectoryQuery) -> Result<DirectoryPage, AppError> {
    let snapshot = app.directory.current().await?;
    Ok(filter::page(&snapshot, query, app.clock.now()))
}

/// The public profile at `/doctors/{slug}`.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown or hidden doctor; the database cannot be reached.
pub async fn profile(app: &AppState, slug: &str) -> Result<DoctorProfile, AppError> {
    let snapshot = app.directory.current().await?;
    snapshot.find_slug(slug).map(|entry| entry.profile.clone()).ok_or(AppError::NotFound)
}

/// The same with what its page tells search engines.
///
/// # Errors
/// As [`profile`].
pub async fn public_profile(app: &AppState, slug: &str) -> Result<PublicProfile, AppError> {
    let profile = profile(app, slug).await?;
    let structured_data = structured::structured_data(&profile, &app.settings.public_url());
    Ok(PublicProfile { profile, structured_data })
}

/// The public profile of the doctor with this id.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown or hidden doctor; the database cannot be reached.
pub async fn profile_of(app: &AppState, doctor: DoctorId) -> Result<DoctorProfile, AppError> {
    let snapshot = app.directory.current().await?;
    snapshot.find(doctor).map(|entry| entry.profile.clone()).ok_or(AppError::NotFound)
}

/// The locations where a doctor works, by name, each with the number of doctors.
///
/// # Errors
/// The database cannot be reached and what is in memory is too old to show.
pub async fn locations(app: &AppState) -> Result<Vec<(PublicLocation, u32)>, AppError> {
    let snapshot = app.directory.current().await?;
    let find = |facet: &Facet| {
        let mut locations = snapshot.entries.iter().flat_map(|entry| &entry.profile.locations);
        Some((locations.find(|location| location.id == facet.value)?.clone(), facet.count))
    };
    Ok(snapshot.home.locations.iter().filter_map(find).collect())
}

/// The specialties and locations to begin with.
///
/// # Errors
/// The database cannot be reached and what is in memory is too old to show.
pub async fn home(app: &AppState) -> Result<HomeData, AppError> {
    Ok(app.directory.current().await?.home.clone())
}

/// The next free time of each visible doctor in words, for the clinic's staff.
///
/// # Errors
/// The database cannot be reached and what is in memory is too old to show.
pub async fn next_free(app: &AppState) -> Result<Vec<(DoctorId, Option<String>)>, AppError> {
    let snapshot = app.directory.current().await?;
    let several_zones = app.clinic.several_zones();
    let next = |card: &DoctorCard| {
        let time = card.quick.first()?;
        Some(if several_zones { format!("{} {}", time.full, time.zone_words) } else { time.full.clone() })
    };
    let next = |card: &DoctorCard| {
        if card.only_known { Some("Offered to known patients only".to_owned()) } else { next(card) }
    };
    Ok(snapshot.entries.iter().map(|entry| (entry.profile.card.id, next(&entry.profile.card))).collect())
}

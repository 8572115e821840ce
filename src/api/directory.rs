//! The directory: doctors, their free times, specialties and locations. Public: it needs no sign-in.

use axum::{
    body::Bytes,
    extract::{OriginalUri, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    auth::OptionalActor,
    dto::FreeTime,
    extract::{Id, Query},
    paging::{Paged, check_page},
    problem::Problem,
};
use crate::{
    availability::server::{Location, Slot, time_option},
    booking::{
        Mode,
        server::{self as booking, Booker, FreeTimes, FreeTimesQuery},
    },
    doctors::{
        DirectoryQuery, DoctorCard, DoctorProfile, Facet, PublicLocation, Sort, VisitTypeChoice, When,
        server::{self as doctors},
    },
    error::{AppError, FieldCode},
    ids::{DoctorId, VisitTypeId},
    state::AppState,
    time::{
        Timestamp,
        server::{LocalDate, rfc3339},
    },
};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list_doctors))
        .routes(routes!(read_doctor))
        .routes(routes!(list_slots))
        .routes(routes!(list_specialties))
        .routes(routes!(list_locations))
}

/// Filters, order and page of the list of doctors, as on the website.
#[derive(Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DoctorsQuery {
    /// Beginnings of words of the name, the title or the specialties, everyday words for these, and languages, in any
    /// order. Where they find nobody, a word with a typing error or two is taken for the nearest known one.
    q: String,
    /// A specialty's id, from `GET /specialties`.
    specialty: String,
    /// A location's id, from `GET /locations`.
    location: String,
    /// A language that the doctor speaks, as in ISO 639-1: `en`.
    language: String,
    /// Only doctors who accept new patients.
    new_patients: bool,
    /// `any`; `today` or `week`: only doctors with a free time today, or within seven days.
    #[param(value_type = String, pattern = "^(any|today|week)$")]
    when: When,
    /// `soonest`: the next free time first; or `name`.
    #[param(value_type = String, pattern = "^(soonest|name)$")]
    sort: Sort,
    /// The page, counted from 1, of twenty doctors. A page past the end is empty.
    #[param(value_type = i64, minimum = 1, maximum = 4294967295_i64)]
    page: u32,
}

impl Default for DoctorsQuery {
    fn default() -> Self {
        let DirectoryQuery { q, specialty, location, language, new_patients, when, sort, page } =
            DirectoryQuery::default();
        DoctorsQuery { q, specialty, location, language, new_patients, when, sort, page }
    }
}

impl From<DoctorsQuery> for DirectoryQuery {
    fn from(query: DoctorsQuery) -> Self {
        let DoctorsQuery { q, specialty, location, language, new_patients, when, sort, page } = query;
        DirectoryQuery { q, specialty, location, language, new_patients, when, sort, page }
    }
}

/// A doctor in a list.
#[derive(Serialize, ToSchema)]
struct DoctorItem {
    id: String,
    name: String,
    /// The doctor's first specialty.
    specialty: String,
    /// All specialties. In a list, those that the query asks for come first.
    specialties: Vec<String>,
    /// The names of the locations, separated by commas.
    location: String,
    /// The same names as a list.
    location_names: Vec<String>,
    /// The languages in English words.
    languages: Vec<String>,
    /// The ways in which appointments take place.
    #[schema(value_type = Vec<String>)]
    modes: Vec<Mode>,
    accepts_new_patients: bool,
    /// The next free time of the first visit type that new patients can book.
    next_free: Option<FreeTime>,
}

impl From<DoctorCard> for DoctorItem {
    fn from(card: DoctorCard) -> Self {
        DoctorItem {
            id: card.id.to_string(),
            name: card.name,
            specialty: card.specialty,
            specialties: card.specialties,
            location: card.locations.join(", "),
            location_names: card.locations,
            languages: card.languages,
            modes: card.modes,
            accepts_new_patients: card.accepts_new_patients,
            next_free: card.quick.first().map(FreeTime::from),
        }
    }
}

/// Find doctors
#[utoipa::path(
    get,
    path = "/doctors",
    tag = "directory",
    params(DoctorsQuery),
    responses((
        status = 200,
        description = "One page of doctors. `X-Total-Count` counts them all; `Link` has the other pages.",
        body = Vec<DoctorItem>,
        headers(
            ("X-Total-Count" = u32, description = "Doctors on all pages together."),
            ("Link" = String, description = "`first`, `prev`, `next` and `last` page."),
        ),
    )),
)]
async fn list_doctors(
    State(app): State<AppState>,
    address: OriginalUri,
    Query(query): Query<DoctorsQuery>,
) -> Result<Paged<DoctorItem>, Problem> {
    let page = check_page(query.page)?;
    let found = doctors::search(&app, query.into()).await?;
    let items = found.cards.into_iter().map(DoctorItem::from).collect();
    Ok(Paged { items, total: found.total, page, pages: found.pages, address })
}

/// A doctor's public profile.
#[derive(Serialize, ToSchema)]
struct Doctor {
    #[serde(flatten)]
    item: DoctorItem,
    /// Professional title: "Consultant cardiologist"; may be empty.
    designation: String,
    /// Number in the professional register; may be empty.
    registration_number: String,
    /// A text in the doctor's own words; may be empty.
    about: String,
    /// The locations at which the doctor works.
    locations: Vec<LocationDto>,
    /// The visit types in the order in which they are offered.
    visit_types: Vec<VisitType>,
}

/// A location.
#[derive(Serialize, ToSchema)]
#[schema(as = Location)]
struct LocationDto {
    id: String,
    name: String,
    address: String,
    phone: String,
    /// IANA name of the time zone: "Europe/London".
    zone: String,
}

/// A visit type.
#[derive(Serialize, ToSchema)]
struct VisitType {
    id: String,
    name: String,
    minutes: u16,
    #[schema(value_type = String)]
    mode: Mode,
    /// Whether the doctor confirms each request.
    needs_approval: bool,
    /// Whom the visit type is for, and whether the clinic confirms each request, in words; may be empty.
    note: String,
}

impl From<PublicLocation> for LocationDto {
    fn from(place: PublicLocation) -> Self {
        let PublicLocation { id, name, address, phone, zone, .. } = place;
        LocationDto { id, name, address, phone, zone }
    }
}

impl From<VisitTypeChoice> for VisitType {
    fn from(appointment: VisitTypeChoice) -> Self {
        let VisitTypeChoice { id, name, minutes, mode, needs_approval, note, .. } = appointment;
        VisitType { id: id.to_string(), name, minutes, mode, needs_approval, note }
    }
}

impl From<DoctorProfile> for Doctor {
    fn from(profile: DoctorProfile) -> Self {
        Doctor {
            item: profile.card.into(),
            designation: profile.designation,
            registration_number: profile.registration_number,
            about: profile.about,
            locations: profile.locations.into_iter().map(LocationDto::from).collect(),
            visit_types: profile.visit_types.into_iter().map(VisitType::from).collect(),
        }
    }
}

/// A doctor's profile
#[utoipa::path(
    get,
    path = "/doctors/{id}",
    tag = "directory",
    params(Id<DoctorId>),
    responses((
        status = 200,
        description = "The profile that patients see.",
        body = Doctor,
    )),
)]
async fn read_doctor(State(app): State<AppState>, Id(doctor): Id<DoctorId>) -> Result<axum::Json<Doctor>, Problem> {
    Ok(axum::Json(doctors::profile_of(&app, doctor).await?.into()))
}

/// The visit type and the days of a list of free times.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SlotsQuery {
    /// A visit type of this doctor; left out, the one offered first.
    #[param(value_type = Option<uuid::Uuid>)]
    visit_type: Option<VisitTypeId>,
    /// The first day, on the clinic's calendar; left out, today.
    #[param(format = Date)]
    from: Option<String>,
    /// The last day of the list, at most 31 days in all; left out, a week in all.
    #[param(format = Date)]
    to: Option<String>,
}

/// A free time of a doctor.
#[derive(Serialize, ToSchema)]
struct SlotItem {
    /// The start of the appointment, with the clinic's offset from UTC. Send it back as it is.
    #[schema(format = DateTime)]
    start: String,
    /// The end of the appointment.
    #[schema(format = DateTime)]
    end: String,
    /// The clinic's time zone by its IANA name.
    zone: String,
    /// Day and time in words, on the clinic's clock.
    words: String,
    /// Name of the location.
    location: String,
    location_id: String,
    /// The visit type that this time is for.
    visit_type_id: String,
}

impl SlotItem {
    /// The list of these times as JSON.
    fn all(free: &FreeTimes) -> Bytes {
        let items: Vec<_> = free.times.iter().map(|time| SlotItem::new(free.visit_type, free.now, time)).collect();
        serde_json::to_vec(&items).unwrap_or_default().into()
    }

    fn new(visit_type: VisitTypeId, now: Timestamp, (slot, at): &(Slot, Location)) -> Self {
        let FreeTime { start, zone, words, location } = FreeTime::from(&time_option(slot, at, now));
        SlotItem {
            start,
            end: rfc3339(slot.end, at.zone.offset_seconds(slot.end) / 60),
            zone,
            words,
            location,
            location_id: at.id.to_string(),
            visit_type_id: visit_type.to_string(),
        }
    }
}

/// A doctor's free times
///
/// Every listed time can be booked until another patient takes it. With a patient's token, the times of the patient's
/// own appointments are left out.
#[utoipa::path(
    get,
    path = "/doctors/{id}/slots",
    tag = "directory",
    params(Id<DoctorId>, SlotsQuery),
    security((), ("bearer" = [])),
    responses((
        status = 200,
        description = "The earliest first.",
        body = Vec<SlotItem>,
    )),
)]
async fn list_slots(
    State(app): State<AppState>,
    OptionalActor(request_context): OptionalActor,
    Id(doctor): Id<DoctorId>,
    Query(query): Query<SlotsQuery>,
) -> Result<Response, Problem> {
    let (from, to) = (date("from", query.from)?, date("to", query.to)?);
    let query = FreeTimesQuery { doctor, visit_type: query.visit_type, from, to };
    let free = booking::free_times(&app, &Booker::of_any(&request_context), query).await?;
    let body = free.sent.get_or_init(|| SlotItem::all(&free)).clone();
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

fn date(field: &str, text: Option<String>) -> Result<Option<LocalDate>, AppError> {
    text.map(|text| text.parse().map_err(|_| AppError::field(field, FieldCode::NotADate))).transpose()
}

/// A field of medicine.
#[derive(Serialize, ToSchema)]
struct Specialty {
    /// The value for `specialty` in `GET /doctors`.
    id: String,
    name: String,
    /// The number of doctors who name it.
    doctors: u32,
}

impl From<Facet> for Specialty {
    fn from(facet: Facet) -> Self {
        Specialty { id: facet.value, name: facet.label, doctors: facet.count }
    }
}

/// All specialties
#[utoipa::path(
    get,
    path = "/specialties",
    tag = "directory",
    responses((
        status = 200,
        description = "The specialties that a doctor names, by name.",
        body = Vec<Specialty>,
    )),
)]
async fn list_specialties(State(app): State<AppState>) -> Result<axum::Json<Vec<Specialty>>, Problem> {
    let home = doctors::home(&app).await?;
    Ok(axum::Json(home.specialties.into_iter().map(Specialty::from).collect()))
}

/// A location with the number of doctors.
#[derive(Serialize, ToSchema)]
struct LocationItem {
    #[serde(flatten)]
    location: LocationDto,
    /// The number of doctors who work there.
    doctors: u32,
}

/// All locations
#[utoipa::path(
    get,
    path = "/locations",
    tag = "directory",
    responses((
        status = 200,
        description = "The locations at which a doctor works, by name.",
        body = Vec<LocationItem>,
    )),
)]
async fn list_locations(State(app): State<AppState>) -> Result<axum::Json<Vec<LocationItem>>, Problem> {
    let locations = doctors::locations(&app).await?;
    let item = |(place, doctors): (PublicLocation, u32)| LocationItem { location: place.into(), doctors };
    Ok(axum::Json(locations.into_iter().map(item).collect()))
}

//! Weekly hours.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::request::{DoctorQuery, is_clock};
use crate::{
    api::{
        auth::{ReadAccess, WriteAccess},
        dto::{after_change, renamed},
        extract::{Json, Query},
        problem::Problem,
        roles::DoctorOrStaff,
        version::{IfMatch, Tagged, tagged},
    },
    availability::{
        model::hours::{HoursDraft, MAX_WINDOWS, MonthWeek, WeekHours, WindowInput},
        server::hours::{self, WeekChange},
    },
    error::{AppError, FieldCode, FieldError},
    ids::{LocationId, VisitTypeId},
    state::AppState,
    time::server::LocalDate,
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(read_availability, change_availability))
}

/// Hours of one weekday, on the clock of their location.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Hours {
    /// 1 for Monday to 7 for Sunday.
    #[schema(minimum = 1, maximum = 7)]
    weekday: u8,
    #[schema(example = "09:00")]
    start: String,
    /// `24:00` is the end of the day.
    #[schema(example = "17:30")]
    end: String,
    #[schema(value_type = uuid::Uuid)]
    location_id: LocationId,
    /// The only visit type of these hours; left out, all of them.
    #[serde(default)]
    #[schema(value_type = Option<uuid::Uuid>)]
    visit_type_id: Option<VisitTypeId>,
    /// The first day; left out, today.
    #[serde(default)]
    #[schema(format = Date)]
    valid_from: Option<String>,
    /// The last day; left out, there is none.
    #[serde(default)]
    #[schema(format = Date)]
    valid_until: Option<String>,
    /// 1 for every week, 2 for every second one and so on, counted from the week of `valid_from`.
    #[serde(default = "every_week")]
    #[schema(minimum = 1, maximum = 8, default = 1)]
    every_weeks: u8,
    /// The only one of each month's dates with that weekday; left out, all that `every_weeks` says. Not together with
    /// an `every_weeks` above 1.
    #[serde(default)]
    month_week: Option<MonthWeek>,
}

fn every_week() -> u8 {
    1
}

/// A doctor's weekly hours.
#[derive(Serialize, ToSchema)]
struct Availability {
    /// A number that rises with every change of the profile, the hours and the visit types; also the `ETag`.
    version: i64,
    /// The hours that have not ended, by weekday and start.
    hours: Vec<Hours>,
}

impl TryFrom<WeekHours> for Availability {
    type Error = AppError;

    fn try_from(week: WeekHours) -> Result<Self, AppError> {
        let windows = week.days.iter().flat_map(|day| day.inputs.iter().map(|input| (day.weekday, input)));
        let hours: Option<Vec<Hours>> = windows.map(|(weekday, input)| Hours::shown(weekday, input)).collect();
        let hours = hours.ok_or_else(|| crate::web::answer::internal("weekly hours", &"a stored value is odd"))?;
        Ok(Availability { version: week.editing.version, hours })
    }
}

impl Hours {
    /// The hours that a form shows.
    fn shown(weekday: u8, input: &WindowInput) -> Option<Hours> {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let month_week: Option<MonthWeek> = input.every.parse().ok();
        Some(Hours {
            weekday,
            start: input.from.clone(),
            end: input.to.clone(),
            location_id: input.location.parse().ok()?,
            visit_type_id: some(&input.visit_type).map(|id| id.parse()).transpose().ok()?,
            valid_from: some(&input.since),
            valid_until: some(&input.until),
            every_weeks: if month_week.is_some() { every_week() } else { input.every.parse().ok()? },
            month_week,
        })
    }

    /// The same hours as a form sends them.
    fn typed(&self) -> WindowInput {
        WindowInput {
            from: self.start.clone(),
            to: self.end.clone(),
            location: self.location_id.to_string(),
            visit_type: self.visit_type_id.map(|id| id.to_string()).unwrap_or_default(),
            since: self.valid_from.clone().unwrap_or_default(),
            until: self.valid_until.clone().unwrap_or_default(),
            every: self.month_week.map_or_else(|| self.every_weeks.to_string(), |only| only.into_str().to_owned()),
            remove: String::new(),
        }
    }

    /// Collects the fields that are not in the format of the API, which is stricter than that of a form.
    fn check(&self, place: usize, wrong: &mut Vec<FieldError>) {
        let mut refuse = |part, code| wrong.push(FieldError { field: format!("hours[{place}].{part}"), code });
        if !(1..=7).contains(&self.weekday) {
            refuse("weekday", FieldCode::OutOfRange(1, 7));
        }
        if !is_clock(&self.start) || self.start == "24:00" {
            refuse("start", FieldCode::NotATime);
        }
        if !is_clock(&self.end) {
            refuse("end", FieldCode::NotATime);
        }
        if self.month_week.is_some() && self.every_weeks != 1 {
            refuse("every_weeks", FieldCode::OutOfRange(1, 1));
        }
        for (part, date) in [("valid_from", &self.valid_from), ("valid_until", &self.valid_until)] {
            if date.as_ref().is_some_and(|date| date.parse::<LocalDate>().is_err()) {
                refuse(part, FieldCode::NotADate);
            }
        }
    }
}

/// Weekly hours
#[utoipa::path(
    get,
    path = "/doctor/availability",
    tag = "doctor",
    security(("bearer" = [])),
    params(DoctorQuery),
    responses((
        status = 200,
        description = "The weekly hours.",
        body = Availability,
        headers(("ETag" = String, description = "The version, for `If-Match`.")),
    )),
)]
async fn read_availability(
    State(app): State<AppState>,
    DoctorOrStaff(ReadAccess(actor)): DoctorOrStaff<ReadAccess>,
    Query(whose): Query<DoctorQuery>,
) -> Result<Tagged<Availability>, Problem> {
    let week = hours::week_hours(&app, actor, &whose.doctor, None).await?;
    Ok(tagged(week.editing.version, week.try_into()?))
}

/// All weekly hours of a doctor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AvailabilityChange {
    /// The hours, at most eight on one weekday.
    #[schema(max_items = 56)]
    hours: Vec<Hours>,
    /// The number of booked appointments that may fall outside the hours, as the problem reported it in `appointments`.
    /// They stay booked.
    #[serde(default)]
    keep_appointments: Option<u32>,
}

/// The position in the body of each window, in the order of the drafts.
type Places = Vec<usize>;

impl AvailabilityChange {
    fn days(&self) -> Result<(Vec<HoursDraft>, Places), AppError> {
        let mut wrong = Vec::new();
        self.hours.iter().enumerate().for_each(|(place, hours)| hours.check(place, &mut wrong));
        if !wrong.is_empty() {
            return Err(AppError::Invalid { fields: wrong });
        }
        let (mut days, mut places) = (Vec::new(), Places::new());
        for weekday in 1..=7 {
            let of_day = self.hours.iter().enumerate().filter(|(_, hours)| hours.weekday == weekday);
            let (at, windows): (Places, Vec<_>) = of_day.map(|(place, hours)| (place, hours.typed())).unzip();
            if windows.len() > MAX_WINDOWS {
                let most = i64::try_from(MAX_WINDOWS).unwrap_or(i64::MAX);
                return Err(AppError::field("hours", FieldCode::OutOfRange(0, most)));
            }
            places.extend(at);
            days.push(HoursDraft { weekday, windows, copy: Vec::new() });
        }
        Ok((days, places))
    }
}

/// The field of the body behind a field of the drafts: `hours[2].start` for `windows[0][from]`.
fn field(places: &Places, window: &str) -> Option<String> {
    let (row, part) = window.strip_prefix("windows[")?.strip_suffix(']')?.split_once("][")?;
    let place = places.get(row.parse::<usize>().ok()?)?;
    let part = match part {
        "from" => "start",
        "to" => "end",
        "location" => "location_id",
        "visit_type" => "visit_type_id",
        "since" => "valid_from",
        "until" => "valid_until",
        "every" => "every_weeks",
        other => other,
    };
    Some(format!("hours[{place}].{part}"))
}

/// Change the weekly hours
///
/// The new hours replace all old ones. Booked appointments never change. When some would fall outside the hours,
/// nothing is changed and the answer is 409 with their number. The same request with that number in `keep_appointments`
/// succeeds.
#[utoipa::path(
    put,
    path = "/doctor/availability",
    tag = "doctor",
    security(("bearer" = [])),
    params(DoctorQuery, IfMatch),
    responses((
        status = 200,
        description = "The hours as they are now.",
        body = Availability,
        headers(("ETag" = String, description = "The new version.")),
    )),
)]
async fn change_availability(
    State(app): State<AppState>,
    DoctorOrStaff(WriteAccess(actor)): DoctorOrStaff<WriteAccess>,
    IfMatch(version): IfMatch,
    Query(whose): Query<DoctorQuery>,
    Json(change): Json<AvailabilityChange>,
) -> Result<Tagged<Availability>, Problem> {
    let (days, places) = change.days()?;
    let week = WeekChange { slug: whose.doctor.clone(), version, days, keep_appointments: change.keep_appointments };
    let saved = hours::save_week(&app, actor, week).await;
    saved.map_err(|error| renamed(IfMatch::failed(error), |window| field(&places, window)))?;
    let week = hours::week_hours(&app, actor, &whose.doctor, None).await.map_err(after_change)?;
    Ok(tagged(week.editing.version, week.try_into()?))
}

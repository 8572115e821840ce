//! Locations and the days on which they are closed.

use serde::{Deserialize, Serialize};

use crate::{
    booking::zone_change::{ZoneKeep, ZonePlan},
    error::FieldCode,
    ids::{ClosureId, LocationId},
};

/// One location in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationRow {
    pub id: LocationId,
    pub name: String,
    pub address: String,
    pub phone: String,
    /// IANA name.
    pub time_zone: String,
    /// Doctors who have hours there.
    pub doctors: u32,
}

/// What the page of one location needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationPageData {
    /// None for a new one.
    pub location: Option<LocationView>,
    /// The zone of the clinic's first location, for a new one; empty when there is none yet.
    pub usual_zone: String,
    /// IANA names to choose from.
    pub zones: Vec<String>,
}

/// One location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationView {
    pub id: LocationId,
    pub name: String,
    pub address: String,
    pub phone: String,
    pub time_zone: String,
    /// Names this state of the location; a form that carries another one is out of date.
    pub seen: String,
    /// Doctors who have hours there.
    pub doctors: u32,
    /// Appointments, past and booked, at this location.
    pub appointments: u32,
    /// Appointments that are booked there and not over.
    pub ahead: u32,
}

/// A location as it was typed.
#[derive(Clone, Debug, Default)]
pub struct LocationForm {
    /// None for a new one.
    pub id: Option<LocationId>,
    pub name: String,
    pub address: String,
    pub phone: String,
    pub time_zone: String,
    /// From [`LocationView::seen`].
    pub seen: String,
}

/// What the page of a location's zone is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ZoneQuery {
    /// The location's id.
    pub id: String,
    /// The zone that it shall have, as it was typed; empty at first.
    pub time_zone: String,
    /// The code of a [`ZoneKeep`]; empty at first.
    pub keep: String,
}

/// What the page of a location's zone shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZonePage {
    pub id: LocationId,
    pub name: String,
    /// The present one.
    pub time_zone: String,
    /// As [`LocationView::seen`].
    pub seen: String,
    /// IANA names to choose from.
    pub zones: Vec<String>,
    /// The zone that was typed.
    pub wanted: String,
    pub keep: Option<ZoneKeep>,
    /// What is wrong with the zone that was typed.
    pub problem: Option<FieldCode>,
    /// What the change would do, when another zone and what stays are chosen.
    pub plan: Option<ZonePlan>,
}

/// A change of a location's zone, confirmed.
#[derive(Clone, Debug)]
pub struct ZoneForm {
    pub id: LocationId,
    pub time_zone: String,
    /// The code of a [`ZoneKeep`].
    pub keep: String,
    /// The appointments of which the page spoke.
    pub count: u32,
    /// From [`ZonePage::seen`].
    pub seen: String,
}

/// The closures of all locations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosuresData {
    /// Id and name of each location, by name.
    pub locations: Vec<(LocationId, String)>,
    /// Not over yet; the next one first.
    pub coming: Vec<ClosureRow>,
    /// Over; the latest first, and only the latest ones.
    pub past: Vec<ClosureRow>,
}

/// One closure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosureRow {
    pub id: ClosureId,
    pub location: String,
    /// "Thursday 24 December to Friday 1 January 2027", or one day.
    pub days: String,
    pub reason: String,
    /// Appointments that are still booked on these days, doctor by doctor and day by day.
    pub booked: Vec<BookedDay>,
}

/// Appointments of one doctor on one day that a closure left as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookedDay {
    pub doctor: String,
    pub doctor_slug: String,
    /// "2026-12-24"
    pub date: String,
    /// "Thursday 24 December"
    pub day: String,
    pub appointments: u32,
}

/// The first and the last day of a closure, as they are typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClosureDays {
    pub first_day: String,
    pub first_month: String,
    pub first_year: String,
    pub last_day: String,
    pub last_month: String,
    pub last_year: String,
}

/// A closure as it was typed.
#[derive(Clone, Debug, Default)]
pub struct ClosureForm {
    /// A location's id.
    pub location: String,
    /// Day, month and year of the first day.
    pub first: [String; 3],
    /// The same of the last day; empty when it is the first day, too.
    pub last: [String; 3],
    pub reason: String,
    /// How many booked appointments the sender knows of and leaves as they are.
    pub keep_appointments: Option<u32>,
}

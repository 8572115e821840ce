//! Rooms and devices.

use serde::{Deserialize, Serialize};

use crate::ids::{AppointmentId, LocationId, ResourceId, ResourceKindId};

/// The most letters of a name.
pub const MAX_RESOURCE_NAME: u32 = 80;

/// The rooms and devices of one location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourcesPageData {
    pub location: LocationId,
    pub location_name: String,
    /// The kinds of which the location has some, by name.
    pub kinds: Vec<KindView>,
    /// Every kind of the clinic, by name.
    pub all_kinds: Vec<(ResourceKindId, String)>,
}

/// A kind of rooms or devices, as one location has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindView {
    pub id: ResourceKindId,
    pub name: String,
    /// Visit types of the clinic that need one.
    pub visit_types: u32,
    /// By name.
    pub rows: Vec<ResourceRow>,
}

/// A room or a device in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceRow {
    pub id: ResourceId,
    pub name: String,
    /// "Thursday 3 December"; empty while it is in use.
    pub out_of_use_from: String,
    /// Appointments ahead that use it.
    pub ahead: u32,
}

/// The page of one room or device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourcePageData {
    pub id: ResourceId,
    pub location: LocationId,
    pub location_name: String,
    pub kind: String,
    pub name: String,
    /// "2026-12-03"; empty while it is in use.
    pub out_of_use_from: String,
    pub version: i32,
    /// Appointments ahead that use it.
    pub ahead: u32,
    /// Those of them on days on which it is out of use: each needs another time, or another room or device.
    pub stranded: Vec<ResourceAppointment>,
}

/// An appointment that uses a room or device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceAppointment {
    pub id: AppointmentId,
    /// "Thursday 3 December, 2:20pm: Dr Silva, Ultrasound scan"
    pub words: String,
}

/// A new room or device, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct NewResourceForm {
    pub location: String,
    /// The id of a kind; another text for a new one.
    pub kind: String,
    /// The name of a new kind.
    pub new_kind: String,
    pub name: String,
}

/// A changed room or device, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct ResourceForm {
    pub id: String,
    /// As the page showed it.
    pub version: i32,
    pub name: String,
    /// Day, month and year of the first day on which it is out of use; empty while it is in use.
    pub out: [String; 3],
    /// How many appointments the sender knows of that lose it.
    pub keep_appointments: Option<u32>,
}

//! Addresses of the desk.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::desk::model::{DeskDay, DeskQuery};

/// The field of a doctor's slug in the address; it may stand there several times.
pub(super) const DOCTOR: &str = "doctor";

/// What the address of the page says.
pub(super) fn asked() -> DeskQuery {
    use_query_map().with_untracked(|query| DeskQuery {
        location: query.get("location").unwrap_or_default(),
        date: query.get("date").unwrap_or_default(),
        doctors: query.get_all(DOCTOR).unwrap_or_default().join(","),
    })
}

/// The desk of the same location and doctors on another date; on today without one.
pub(super) fn on_date(day: &DeskDay, date: &str) -> String {
    let mut address = ["/desk?location=", &day.location.id.to_string()].concat();
    if !date.is_empty() {
        address = [&address, "&date=", date].concat();
    }
    for doctor in day.doctors.iter().filter(|doctor| doctor.chosen) {
        address = [&address, "&", DOCTOR, "=", &doctor.slug].concat();
    }
    address
}

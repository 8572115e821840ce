//! Rows of `weekly_hours` and `overrides`, read as the slot engine and the editor need them.

use sqlx::FromRow;

use super::schedule::WeeklyHours;
use crate::{
    availability::model::{hours::MonthWeek, overrides::DateChange},
    db::Error,
    ids::{DoctorId, LocationId, VisitTypeId},
    time::server::LocalDate,
};

/// A row of `weekly_hours`.
#[derive(FromRow)]
pub(super) struct WeeklyHoursRow {
    pub doctor_id: DoctorId,
    location_id: LocationId,
    weekday: i32,
    start_minute: i32,
    end_minute: i32,
    valid_from: LocalDate,
    valid_until: Option<LocalDate>,
    every_weeks: i32,
    month_week: Option<MonthWeek>,
    visit_type_id: Option<VisitTypeId>,
}

impl WeeklyHoursRow {
    /// # Errors
    /// [`Error::Corrupt`] for a value that means nothing.
    pub fn read(self) -> Result<WeeklyHours, Error> {
        Ok(WeeklyHours {
            location: self.location_id,
            weekday: u8::try_from(self.weekday).map_err(|_| Error::Corrupt("weekday"))?,
            start_minute: minute(self.start_minute)?,
            end_minute: minute(self.end_minute)?,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            every_weeks: u8::try_from(self.every_weeks).map_err(|_| Error::Corrupt("every_weeks"))?,
            month_week: self.month_week,
            visit_type: self.visit_type_id,
        })
    }
}

/// A row of `overrides`. A closed date has no place and no minutes.
#[derive(FromRow)]
pub(super) struct OverrideRow {
    pub doctor_id: DoctorId,
    pub local_date: LocalDate,
    pub kind: DateChange,
    pub location_id: Option<LocationId>,
    start_minute: Option<i32>,
    end_minute: Option<i32>,
}

impl OverrideRow {
    /// Where the hours are, and from which minute of the day to which.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a value that means nothing.
    pub fn window(&self) -> Result<Option<(LocationId, u16, u16)>, Error> {
        match (self.location_id, self.start_minute, self.end_minute) {
            (Some(location), Some(start), Some(end)) => Ok(Some((location, minute(start)?, minute(end)?))),
            _ => Ok(None),
        }
    }
}

fn minute(minute: i32) -> Result<u16, Error> {
    u16::try_from(minute).map_err(|_| Error::Corrupt("minute of the day"))
}

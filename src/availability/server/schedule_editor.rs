//! One doctor's calendar, opened for editing: the choices of the editor's forms, and what they are checked against.

use std::collections::HashMap;

use sqlx::FromRow;

use super::load::{Location, load_locations};
use crate::{
    availability::{
        model::hours::{Editing, Named, WindowWords},
        server::{Calendar, calendar_of},
    },
    clinic::DoctorStatus,
    db::{Conn, Error},
    ids::{DoctorId, LocationId, VisitTypeId},
    time::{
        Timestamp,
        server::{LocalDate, clock_words},
    },
    web::request::Actor,
};

pub(super) struct ScheduleEditor {
    pub calendar: Calendar,
    pub locations: HashMap<LocationId, Location>,
    pub visit_types: Vec<OwnVisitType>,
    pub usual_location: Option<LocationId>,
    /// By the calendar of the doctor's location.
    pub today: LocalDate,
}

/// A visit type of the doctor, bookable or not.
#[derive(Clone, Debug, FromRow)]
pub(super) struct OwnVisitType {
    pub id: VisitTypeId,
    pub name: String,
    pub active: bool,
}

impl ScheduleEditor {
    /// Opens the calendar that `actor` may work on; `slug` names it for staff.
    ///
    /// # Errors
    /// Those of [`calendar_of`].
    pub async fn open(conn: &mut Conn<'_>, actor: Actor, slug: &str, now: Timestamp) -> Result<ScheduleEditor, Error> {
        let calendar = calendar_of(conn, actor, slug).await?;
        let locations = load_locations(conn).await?;
        let visit_types = own_visit_types(conn, calendar.doctor).await?;
        let usual_location = usual_location(conn, calendar.doctor).await?;
        let today = calendar.zone.local_date(now);
        Ok(ScheduleEditor { calendar, locations, visit_types, usual_location, today })
    }

    /// What the page shows of it.
    pub fn editing(&self) -> Editing {
        let mut locations: Vec<Named> = self
            .locations
            .values()
            .map(|location| Named { id: location.id.to_string(), name: location.name.clone() })
            .collect();
        locations.sort_by(|a, b| a.name.cmp(&b.name));
        let visit_type = |visit_type: &OwnVisitType| {
            let name =
                if visit_type.active { visit_type.name.clone() } else { format!("{} (not offered)", visit_type.name) };
            Named { id: visit_type.id.to_string(), name }
        };
        Editing {
            doctor: if self.calendar.by_staff { self.calendar.slug.clone() } else { String::new() },
            name: self.calendar.name.clone(),
            version: self.calendar.version,
            shown: self.calendar.status == DoctorStatus::Active,
            today: self.today.to_string(),
            locations,
            usual_location: self.usual_location.map(|id| id.to_string()).unwrap_or_default(),
            visit_types: self.visit_types.iter().map(visit_type).collect(),
        }
    }

    /// A window in words, with what is not the usual.
    pub fn label(&self, location: LocationId, (start, end): (u16, u16), notes: Vec<String>) -> WindowWords {
        WindowWords {
            time: format!("{} to {}", clock_words(start), clock_words(end)),
            location: self.locations.get(&location).map(|location| location.name.clone()).unwrap_or_default(),
            notes,
        }
    }

    pub fn visit_type_name(&self, id: VisitTypeId) -> &str {
        self.visit_types.iter().find(|visit_type| visit_type.id == id).map_or("", |visit_type| &visit_type.name)
    }
}

async fn usual_location(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Option<LocationId>, Error> {
    const SQL: &str = "select location_id from weekly_hours where doctor_id = $1
        group by location_id order by count(*) desc, location_id limit 1";
    conn.fetch_optional_value(SQL, (doctor,)).await
}

async fn own_visit_types(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Vec<OwnVisitType>, Error> {
    const SQL: &str = "select id, name, active from visit_types where doctor_id = $1 order by position, id";
    conn.fetch_all(SQL, (doctor,)).await
}

//! One doctor's calendar, opened for editing: what the forms of the editor offer and check against.

use std::collections::HashMap;

use sqlx::FromRow;

use super::load::{Site, load_sites};
use crate::{
    availability::model::hours::{Editing, Named, WindowWords},
    db::{Conn, Error, on},
    doctors::server::{Calendar, calendar_of},
    ids::{DoctorId, LocationId, VisitTypeId},
    server::request::Actor,
    time::{
        Instant,
        server::{LocalDate, clock_words},
    },
};

pub(super) struct Desk {
    pub calendar: Calendar,
    pub sites: HashMap<LocationId, Site>,
    pub visits: Vec<OwnVisitType>,
    pub usual_place: Option<LocationId>,
    /// By the calendar of the doctor's place.
    pub today: LocalDate,
}

/// A visit type of the doctor, offered or not.
#[derive(Clone, Debug, FromRow)]
pub(super) struct OwnVisitType {
    pub id: VisitTypeId,
    pub name: String,
    pub active: bool,
}

impl Desk {
    /// Opens the calendar that `actor` may work on; `slug` names it for staff.
    ///
    /// # Errors
    /// Those of [`calendar_of`].
    pub async fn open(conn: &mut Conn<'_>, actor: Actor, slug: &str, now: Instant) -> Result<Desk, Error> {
        let calendar = calendar_of(conn, actor, slug).await?;
        let sites = load_sites(conn).await?;
        let visits = own_visit_types(conn, calendar.doctor).await?;
        let usual_place = usual_place(conn, calendar.doctor).await?;
        let today = calendar.zone.local_date(now);
        Ok(Desk { calendar, sites, visits, usual_place, today })
    }

    /// What the page shows of it.
    pub fn editing(&self) -> Editing {
        let mut places: Vec<Named> =
            self.sites.values().map(|site| Named { id: site.id.to_string(), name: site.name.clone() }).collect();
        places.sort_by(|a, b| a.name.cmp(&b.name));
        let visit = |visit: &OwnVisitType| {
            let name = if visit.active { visit.name.clone() } else { format!("{} (not offered)", visit.name) };
            Named { id: visit.id.to_string(), name }
        };
        Editing {
            doctor: if self.calendar.by_staff { self.calendar.slug.clone() } else { String::new() },
            name: self.calendar.name.clone(),
            version: self.calendar.version,
            shown: self.calendar.status == "active",
            today: self.today.to_string(),
            places,
            usual_place: self.usual_place.map(|id| id.to_string()).unwrap_or_default(),
            visits: self.visits.iter().map(visit).collect(),
        }
    }

    /// A window in words, with what is not the usual.
    pub fn words(&self, location: LocationId, (start, end): (u16, u16), notes: Vec<String>) -> WindowWords {
        WindowWords {
            time: format!("{} to {}", clock_words(start), clock_words(end)),
            place: self.sites.get(&location).map(|site| site.name.clone()).unwrap_or_default(),
            notes,
        }
    }

    pub fn visit_name(&self, id: VisitTypeId) -> &str {
        self.visits.iter().find(|visit| visit.id == id).map_or("", |visit| &visit.name)
    }
}

async fn usual_place(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Option<LocationId>, Error> {
    const SQL: &str = "select location_id from weekly_hours where doctor_id = $1
        group by location_id order by count(*) desc, location_id limit 1";
    Ok(on!(conn, |c| sqlx::query_scalar(SQL).bind(doctor).fetch_optional(c).await?))
}

async fn own_visit_types(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Vec<OwnVisitType>, Error> {
    const SQL: &str = "select id, name, active from visit_types where doctor_id = $1 order by position, id";
    Ok(on!(conn, |c| sqlx::query_as(SQL).bind(doctor).fetch_all(c).await?))
}

//! Rooms and devices: which there are, and when they are used.

use std::{collections::HashMap, sync::Arc};

use sqlx::FromRow;

use super::{
    occupies,
    schedule::{Busy, BusyTimes, Fit, Schedule, VisitTypeRules},
};
use crate::{
    db::{Conn, Error, ids_json, in_ids},
    ids::{AppointmentId, LocationId, ResourceId, ResourceKindId},
    time::{Timestamp, server::LocalDate},
};

/// A room or a device of the clinic.
#[derive(Clone, Copy, Debug)]
pub struct Resource {
    pub id: ResourceId,
    pub kind: ResourceKindId,
    pub location: LocationId,
    /// The first date on which no appointment gets it any more; `None` while it is in use.
    pub out_of_use_from: Option<LocalDate>,
}

/// When rooms and devices are used, by any doctor.
#[derive(Clone, Debug, Default)]
pub struct ResourceUse(Arc<HashMap<ResourceId, BusyTimes>>);

impl ResourceUse {
    /// Puts the times of each in order.
    #[must_use]
    pub fn new(used: impl IntoIterator<Item = (ResourceId, Busy)>) -> ResourceUse {
        let mut by_resource: HashMap<ResourceId, Vec<Busy>> = HashMap::new();
        for (resource, busy) in used {
            by_resource.entry(resource).or_default().push(busy);
        }
        ResourceUse(Arc::new(by_resource.into_iter().map(|(id, busy)| (id, BusyTimes::new(busy))).collect()))
    }
}

impl Schedule {
    /// The same with these rooms and devices.
    #[must_use]
    pub fn with_resources(mut self, resources: Vec<Resource>) -> Schedule {
        self.resources = resources;
        self
    }

    /// The same with the times at which rooms and devices are used, by any doctor.
    #[must_use]
    pub fn with_used(mut self, used: ResourceUse) -> Schedule {
        self.used = used;
        self
    }

    /// The rooms and devices of a kind.
    pub fn resources_of(&self, kind: ResourceKindId) -> impl Iterator<Item = ResourceId> + '_ {
        self.resources.iter().filter(move |resource| resource.kind == kind).map(|resource| resource.id)
    }

    /// The room or device that an appointment from `start` to `end` at a location can use: of those that are free, with
    /// the buffers that both appointments want, the one that is free for the shortest while around it, so that long
    /// stretches stay whole. `preferred` comes first if it is free.
    #[must_use]
    pub fn free_resource(
        &self,
        rules: &VisitTypeRules,
        location: LocationId,
        (start, end): (Timestamp, Timestamp),
        preferred: Option<ResourceId>,
    ) -> Option<ResourceId> {
        let date = self.locations.iter().find(|clock| clock.id == location)?.zone.local_date(start);
        let in_use = |resource: &&Resource| {
            Some(resource.kind) == rules.needs
                && resource.location == location
                && resource.out_of_use_from.is_none_or(|from| date < from)
        };
        let free = self.resources.iter().filter(in_use).filter_map(|resource| {
            let around = match self.used.0.get(&resource.id) {
                Some(used) if used.fit(start, end, rules) != Fit::Free => return None,
                Some(used) => used.free_around(start),
                None => i64::MAX,
            };
            Some((Some(resource.id) != preferred, around, resource.id))
        });
        free.min_by_key(|(other, around, _)| (*other, *around)).map(|(.., id)| id)
    }

    /// Takes a room or device for one more time, as [`Self::take`] takes the doctor's.
    pub fn take_resource(&mut self, resource: ResourceId, busy: Busy) {
        let used = Arc::make_mut(&mut self.used.0);
        used.entry(resource).or_insert_with(|| BusyTimes::new(Vec::new())).add(busy);
    }
}

#[derive(FromRow)]
struct Row {
    id: ResourceId,
    kind_id: ResourceKindId,
    location_id: LocationId,
    out_of_use_from: Option<LocalDate>,
}

/// The rooms and devices of these kinds, at every location. Nothing is asked where none is needed.
///
/// # Errors
/// The database's.
pub async fn load_resources(conn: &mut Conn<'_>, kinds: &[ResourceKindId]) -> Result<Vec<Resource>, Error> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let sql = in_ids!("select id, kind_id, location_id, out_of_use_from from resources where kind_id", " order by id");
    let rows: Vec<Row> = conn.fetch_all(sql, (ids_json(kinds.iter().map(|id| id.0)),)).await?;
    let read = |row: Row| Resource {
        id: row.id,
        kind: row.kind_id,
        location: row.location_id,
        out_of_use_from: row.out_of_use_from,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// An appointment that uses a room or device.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    pub appointment: AppointmentId,
    pub resource: ResourceId,
    pub busy: Busy,
}

#[derive(FromRow)]
struct UsedRow {
    id: AppointmentId,
    resource_id: ResourceId,
    starts_at: Timestamp,
    ends_at: Timestamp,
    buffer_before_minutes: i32,
    buffer_after_minutes: i32,
}

/// When these rooms and devices are used within a span, without holds and requests that ran out. Nothing is asked where
/// there are none.
///
/// # Errors
/// The database's, or a stored value that means nothing.
pub async fn load_used(
    conn: &mut Conn<'_>,
    resources: &[Resource],
    now: Timestamp,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Used>, Error> {
    if resources.is_empty() {
        return Ok(Vec::new());
    }
    let sql = in_ids!(
        concat!(
            "select id, resource_id, starts_at, ends_at, buffer_before_minutes, buffer_after_minutes from appointments
            where ",
            occupies!("appointments", "$2"),
            " and starts_at > $3 and starts_at < $4 and ends_at > $5 and resource_id"
        ),
        ""
    );
    let ids = ids_json(resources.iter().map(|resource| resource.id.0));
    let rows: Vec<UsedRow> = conn.fetch_all(sql, (ids, now, from.day_before(), to, from)).await?;
    let minutes = |minutes: i32| u16::try_from(minutes).map_err(|_| Error::Corrupt("buffer"));
    rows.into_iter()
        .map(|row| {
            let (before_minutes, after_minutes) =
                (minutes(row.buffer_before_minutes)?, minutes(row.buffer_after_minutes)?);
            let (start, end) = (row.starts_at, row.ends_at);
            let busy = Busy { start, end, before_minutes, after_minutes };
            Ok(Used { appointment: row.id, resource: row.resource_id, busy })
        })
        .collect()
}

//! When rooms and devices are used, by any doctor. Only bookings of visit types that need one ask.

use sqlx::FromRow;

use super::{appointment::Appointment, availability::Availability, facts::Found, read_window::ReadWindow};
use crate::{
    availability::{
        Reason,
        server::{Busy, ran_out},
    },
    db::{Conn, Error, ids_json, in_ids},
    ids::{LocationId, ResourceId},
    time::Timestamp,
};

#[derive(FromRow)]
struct Row {
    resource_id: ResourceId,
    starts_at: Timestamp,
    ends_at: Timestamp,
    buffer_before_minutes: i32,
    buffer_after_minutes: i32,
    /// 1: it is a hold or a request that ran out and still stands.
    ran_out: i32,
}

/// When these rooms and devices are used within a span. What ran out is added to `found`: a booking has to end it.
///
/// # Errors
/// The database's, or a stored value that means nothing.
pub(super) async fn read(
    conn: &mut Conn<'_>,
    resources: &[ResourceId],
    window: ReadWindow,
    (from, until): (Timestamp, Timestamp),
    found: &mut Found,
) -> Result<Vec<(ResourceId, Busy)>, Error> {
    if resources.is_empty() {
        return Ok(Vec::new());
    }
    let sql = in_ids!(
        concat!(
            "select a.resource_id, a.starts_at, a.ends_at, a.buffer_before_minutes, a.buffer_after_minutes, case when ",
            ran_out!("a", "$2"),
            " then 1 else 0 end as ran_out
            from appointments a
            where a.starts_at > $3 and a.starts_at < $4 and a.ends_at > $5
                and a.status in ('held', 'requested', 'booked', 'arrived')
                and a.reference <> coalesce((select reference from appointments where id = $6), '')
                and a.resource_id"
        ),
        ""
    );
    let ids = ids_json(resources.iter().map(|id| id.0));
    let rows: Vec<Row> = conn.fetch_all(sql, (ids, window.now, from.day_before(), until, from, window.except)).await?;
    let minutes = |minutes: i32| u16::try_from(minutes).map_err(|_| Error::Corrupt("buffer"));
    let mut used = Vec::with_capacity(rows.len());
    for row in rows {
        let (start, end) = (row.starts_at, row.ends_at);
        if row.ran_out == 1 {
            found.add_ran_out((start, end));
            continue;
        }
        let (before_minutes, after_minutes) = (minutes(row.buffer_before_minutes)?, minutes(row.buffer_after_minutes)?);
        used.push((row.resource_id, Busy { start, end, before_minutes, after_minutes }));
    }
    Ok(used)
}

/// What staff call a room or device.
///
/// # Errors
/// The database's.
pub(super) async fn name(conn: &mut Conn<'_>, resource: ResourceId) -> Result<String, Error> {
    const SQL: &str = "select name from resources where id = $1";
    conn.fetch_value(SQL, (resource,)).await
}

impl Availability {
    /// The room or device for an appointment of this visit type, which needs none or may need one: `preferred` if it is
    /// free, else another one that is.
    ///
    /// # Errors
    /// [`Reason::NoResource`] when one is needed and none is free.
    pub fn resource_for(
        &self,
        location: LocationId,
        span: (Timestamp, Timestamp),
        preferred: Option<ResourceId>,
    ) -> Result<Option<ResourceId>, Reason> {
        let rules = &self.visit_type.rules;
        if rules.needs.is_none() {
            return Ok(None);
        }
        self.schedule.free_resource(rules, location, span, preferred).map(Some).ok_or(Reason::NoResource)
    }

    /// The room or device with which a hold is booked: its own, unless that went to another appointment after the hold ran
    /// out; none where none is needed.
    ///
    /// # Errors
    /// Every reason why the hold cannot be booked.
    pub fn held_resource(&self, hold: &Appointment) -> Result<Option<ResourceId>, Vec<Reason>> {
        self.held_slot_at(hold.starts_at)?;
        let span = (hold.starts_at, hold.ends_at);
        self.resource_for(hold.location_id, span, hold.resource_id).map_err(|reason| vec![reason])
    }
}

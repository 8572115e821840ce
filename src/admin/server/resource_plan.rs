//! What becomes of the appointments that lose their room or device.

use sqlx::FromRow;

use super::resources::Row;
use crate::{
    admin::model::resources::ResourceAppointment,
    availability::server::{
        Audience, Busy, Entries, LONGEST_BUFFER, Location, LocationClock, ResourceUse, Schedule, VisitTypeRules,
        load_resources, load_used, occupies,
    },
    db::{Conn, Error, Tx},
    error::AppError,
    ids::{AppointmentId, ResourceId, ResourceKindId, VisitTypeId},
    time::{Timestamp, server::LocalDate},
};

/// Appointments named when the page asks what becomes of them.
const NAMED: usize = 10;

/// An appointment that uses a room or device.
#[derive(FromRow)]
struct Using {
    id: AppointmentId,
    visit_type_id: VisitTypeId,
    visit_type_name: String,
    doctor_name: String,
    starts_at: Timestamp,
    ends_at: Timestamp,
    buffer_before_minutes: i32,
    buffer_after_minutes: i32,
}

impl Using {
    fn words(&self, location: &Location, now: Timestamp) -> String {
        let when = location.zone.moment_words(self.starts_at, now);
        format!("{when}: {}, {}", self.doctor_name, self.visit_type_name)
    }
}

/// The appointments ahead that use this room or device from a date on. What is held is looked at again when it is booked.
async fn using(
    conn: &mut Conn<'_>,
    resource: ResourceId,
    from: LocalDate,
    now: Timestamp,
) -> Result<Vec<Using>, Error> {
    const SQL: &str = concat!(
        "select a.id, t.visit_type_id, t.visit_type_name, t.doctor_name, a.starts_at, a.ends_at,
            a.buffer_before_minutes, a.buffer_after_minutes
        from appointments a join appointment_terms t on t.id = a.terms_id
        where a.resource_id = $1 and substr(a.local_start, 1, 10) >= $2 and a.starts_at > $3
            and a.status <> 'held' and ",
        occupies!("a", "$3"),
        " order by a.starts_at, a.id"
    );
    conn.fetch_all(SQL, (resource, from.to_string(), now)).await
}

/// The appointments that a room or device has on days on which it is out of use.
pub(super) async fn stranded(
    conn: &mut Conn<'_>,
    resource: ResourceId,
    from: LocalDate,
    location: &Location,
    now: Timestamp,
) -> Result<Vec<ResourceAppointment>, Error> {
    let rows = using(conn, resource, from, now).await?;
    Ok(rows.iter().map(|row| ResourceAppointment { id: row.id, words: row.words(location, now) }).collect())
}

/// Gives each appointment that loses its room or device another one of the kind, where one is free. The others keep it:
/// nothing is cancelled, and nothing is lost.
///
/// # Errors
/// [`AppError::AppointmentsOutside`] with what becomes of each, unless `known` is their number.
pub(super) async fn give_others(
    tx: &mut Tx<'_>,
    row: &Row,
    from: LocalDate,
    location: &Location,
    known: Option<u32>,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "update appointments set resource_id = $2 where id = $1";
    const NAMES: &str = "select id, name from resources where kind_id = $1";
    let losing = using(tx, row.id, from, now).await?;
    let (Some(first), Some(last)) = (losing.first(), losing.iter().map(|one| one.ends_at).max()) else {
        return Ok(());
    };
    let span = (first.starts_at.plus_minutes(-LONGEST_BUFFER), last.plus_minutes(LONGEST_BUFFER));
    let resources = load_resources(tx, &[row.kind_id]).await?;
    let used = load_used(tx, &resources, now, span).await?;
    let names: Vec<(ResourceId, String)> = tx.fetch_all(NAMES, (row.kind_id,)).await?;
    let here = LocationClock { id: location.id, zone: location.zone.clone() };
    let entries = Entries { locations: vec![here], ..Entries::default() };
    let others = used.into_iter().filter(|used| used.resource != row.id).map(|used| (used.resource, used.busy));
    let mut schedule = Schedule::new(entries).with_resources(resources).with_used(ResourceUse::new(others));
    let mut planned = Vec::with_capacity(losing.len());
    for one in &losing {
        let rules = rules(one, row.kind_id)?;
        let other = schedule.free_resource(&rules, location.id, (one.starts_at, one.ends_at), None);
        if let Some(other) = other {
            let (before_minutes, after_minutes) = (rules.buffer_before, rules.buffer_after);
            schedule
                .take_resource(other, Busy { start: one.starts_at, end: one.ends_at, before_minutes, after_minutes });
        }
        planned.push((one, other));
    }
    let all = u32::try_from(planned.len()).unwrap_or(u32::MAX);
    if known != Some(all) {
        let named = |(one, other): &(&Using, Option<ResourceId>)| {
            let other = other.and_then(|other| names.iter().find(|(id, _)| *id == other));
            let then = match other {
                Some((_, name)) => format!("it gets {name}"),
                None => "no other one is free then, so it keeps this one until you move it".to_owned(),
            };
            format!("{}: {then}", one.words(location, now))
        };
        let appointments = planned.iter().take(NAMED).map(named).collect();
        return Err(AppError::AppointmentsOutside { appointments, all }.into());
    }
    for (one, other) in planned {
        if let Some(other) = other {
            tx.execute(SQL, (one.id, other)).await?;
        }
    }
    Ok(())
}

/// As far as a room or device has to know them.
fn rules(one: &Using, kind: ResourceKindId) -> Result<VisitTypeRules, Error> {
    let minutes = |minutes: i32| u16::try_from(minutes).map_err(|_| Error::Corrupt("buffer"));
    Ok(VisitTypeRules {
        visit_type: one.visit_type_id,
        minutes: u16::try_from(one.ends_at.minutes_since(one.starts_at)).unwrap_or(u16::MAX),
        buffer_before: minutes(one.buffer_before_minutes)?,
        buffer_after: minutes(one.buffer_after_minutes)?,
        step_minutes: 5,
        notice_minutes: 0,
        horizon_days: u16::MAX,
        daily_cap: None,
        audience: Audience::Any,
        needs: Some(kind),
    })
}

//! Another zone for a location where appointments are booked, step by step: what would become of each, and then the
//! change.

use uuid::Uuid;

use super::locations::{all, calendars_changed, record};
use crate::{
    admin::model::locations::{ZoneForm, ZonePage, ZoneQuery},
    booking::{
        server::{
            absence_resolution,
            zone_change::{self, ZoneChange},
        },
        zone_change::ZoneKeep,
    },
    db::{Error, Tx, WriteUnit},
    error::{AppError, FieldCode},
    ids::LocationId,
    state::AppState,
    time::{
        Timestamp,
        server::{Zone, zone_names},
    },
    web::request::Actor,
};

/// What the page shows: the question, and when both answers are there, what the change would do.
///
/// # Errors
/// [`AppError::NotFound`]; the database's.
pub async fn page(app: &AppState, query: ZoneQuery) -> Result<ZonePage, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let id: LocationId = query.id.parse().map_err(|_| AppError::NotFound)?;
    let row = all(conn).await?.into_iter().find(|row| row.id == id).ok_or(AppError::NotFound)?;
    let (zone, keep) = (Zone::parse(query.time_zone.trim()), query.keep.parse::<ZoneKeep>().ok());
    let unknown = (!query.time_zone.trim().is_empty() && zone.is_none()).then_some(FieldCode::UnknownZone);
    let other = zone.filter(|zone| zone.name() != row.time_zone);
    let plan = match other.zip(keep) {
        Some((zone, keep)) => {
            let change = ZoneChange { location: id, zone, keep, now };
            Some(zone_change::in_words(&zone_change::plan(conn, &change).await?, &change)?)
        }
        None => None,
    };
    let seen = row.seen();
    Ok(ZonePage {
        id,
        name: row.name,
        time_zone: row.time_zone,
        seen,
        zones: zone_names(),
        wanted: query.time_zone,
        keep,
        problem: unknown,
        plan,
    })
}

/// Gives the location the zone, and its appointments their new times.
///
/// # Errors
/// [`AppError::Invalid`] naming `time_zone` or `keep`; [`AppError::NotFound`]; [`AppError::Conflict`] when the location
/// or the number of its appointments changed since the page was made; [`AppError::AppointmentsAhead`] with the number
/// of those that cannot keep their clock time. Nothing is changed then.
pub async fn change(app: &AppState, actor: Actor, form: ZoneForm) -> Result<(), AppError> {
    let ZoneForm { id, time_zone, keep, count, seen } = form;
    let zone = Zone::parse(time_zone.trim()).ok_or_else(|| AppError::field("time_zone", FieldCode::UnknownZone))?;
    let keep = keep.parse().map_err(|_| AppError::field("keep", FieldCode::Unknown))?;
    let change = ZoneChange { location: id, zone, keep, now: app.clock.now() };
    let unit = ChangeZone { actor, change, count, seen, action: Uuid::now_v7() };
    app.db.write(unit).await.map_err(absence_resolution::in_words)
}

/// Gives a location another zone.
struct ChangeZone {
    actor: Actor,
    change: ZoneChange,
    /// The appointments of which the page spoke.
    count: u32,
    /// The state of the location that the page showed.
    seen: String,
    /// Names this change: each person gets one message about it.
    action: Uuid,
}

impl WriteUnit for ChangeZone {
    const NAME: &'static str = "change_location_zone";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update locations set time_zone = $2 where id = $1";
        let ChangeZone { actor, change, count, seen, action } = self;
        let (id, zone, now): (LocationId, &Zone, Timestamp) = (change.location, &change.zone, change.now);
        let known = all(tx).await?;
        let before = known.iter().find(|row| row.id == id).ok_or(AppError::NotFound)?;
        if before.time_zone == zone.name() {
            return Ok(());
        }
        let planned = zone_change::plan(tx, change).await?;
        if before.seen() != *seen || u32::try_from(planned.len()) != Ok(*count) {
            return Err(AppError::Conflict.into());
        }
        let stuck = planned.iter().filter(|one| one.is_stuck()).count();
        if stuck > 0 {
            let appointments = i64::try_from(stuck).unwrap_or(i64::MAX);
            return Err(AppError::AppointmentsAhead { appointments }.into());
        }
        tx.execute(SQL, (id, zone.name())).await?;
        zone_change::apply(tx, change, planned, (*actor).into(), *action).await?;
        let kept = match change.keep {
            ZoneKeep::Moments => "moments",
            ZoneKeep::ClockTimes => "clock times",
        };
        let details =
            format!("{}: {} to {}, {kept} of {count} appointments kept", before.name, before.time_zone, zone.name());
        record(tx, *actor, now, "location.zone_changed", id, &details).await?;
        calendars_changed(tx).await
    }
}

//! The time zone of the clinic as a whole.

use crate::{
    db::{Conn, Error, Tx},
    time::{Timestamp, server::Zone},
};

/// The zone by which the clinic as a whole reads the clock: the one that is kept. Until one is, that of the location
/// made first; UTC without any.
///
/// # Errors
/// The database's, or a zone that is unknown.
pub async fn clinic_zone(conn: &mut Conn<'_>) -> Result<Zone, Error> {
    const SQL: &str = "select coalesce((select time_zone from clinic_zone where id = 1),
            (select time_zone from locations order by id limit 1), 'UTC')";
    let name: String = conn.fetch_value(SQL, ()).await?;
    Zone::parse(&name).ok_or(Error::Corrupt("unknown time zone"))
}

/// Keeps the zone of the location made first as the clinic's, unless one is kept already. No later change of a location
/// changes it.
///
/// # Errors
/// The database's.
pub async fn keep_zone(tx: &mut Tx<'_>) -> Result<(), Error> {
    // ids of locations are in the order in which they were made
    const SQL: &str = "insert into clinic_zone (id, time_zone)
        select 1, time_zone from locations where 1 = 1 order by id limit 1
        on conflict (id) do nothing";
    tx.execute(SQL, ()).await?;
    Ok(())
}

/// Keeps another zone as the clinic's.
///
/// # Errors
/// The database's.
pub async fn change_zone(tx: &mut Tx<'_>, zone: &Zone) -> Result<(), Error> {
    const SQL: &str = "insert into clinic_zone (id, time_zone) values (1, $1)
        on conflict (id) do update set time_zone = excluded.time_zone";
    tx.execute(SQL, (zone.name(),)).await?;
    Ok(())
}

/// The clinic's clock in words ("London time"), when its locations are in more than one zone and a time has to say
/// whose it is.
///
/// # Errors
/// As [`clinic_zone`].
pub async fn named_clock(conn: &mut Conn<'_>) -> Result<Option<String>, Error> {
    const SQL: &str = "select count(distinct time_zone) from locations";
    let zones: i64 = conn.fetch_value(SQL, ()).await?;
    Ok(if zones > 1 { Some(clinic_zone(conn).await?.label()) } else { None })
}

/// A moment on the clinic's clock in words, for a message: "Thursday 3 December, 2:20pm", with the name of the clock
/// where there are several.
///
/// # Errors
/// As [`clinic_zone`].
pub async fn clinic_moment(conn: &mut Conn<'_>, at: Timestamp, now: Timestamp) -> Result<String, Error> {
    let words = clinic_zone(conn).await?.moment_words(at, now);
    Ok(match named_clock(conn).await? {
        Some(clock) => format!("{words} ({clock})"),
        None => words,
    })
}

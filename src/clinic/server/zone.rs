//! The time zone of the clinic as a whole.

use crate::{
    db::{Conn, Error},
    time::server::Zone,
};

/// The zone by which the clinic as a whole reads the clock: that of its first location by name; UTC without any.
///
/// # Errors
/// The database's, or a location whose zone is unknown.
pub async fn clinic_zone(conn: &mut Conn<'_>) -> Result<Zone, Error> {
    const SQL: &str = "select time_zone from locations order by name, id limit 1";
    let name: Option<String> = conn.fetch_optional_value(SQL, ()).await?;
    Zone::parse(name.as_deref().unwrap_or("UTC")).ok_or(Error::Corrupt("unknown time zone"))
}

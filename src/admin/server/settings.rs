//! What the clinic decides about itself.

use sqlx::FromRow;

use crate::{
    db::{Conn, Error, on},
    server::settings::ClinicSettings,
};

/// The clinic's own settings, as they hold now.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ClinicNow {
    pub name: String,
    pub phone: String,
    /// The number to call in an emergency.
    pub emergency_line: String,
    /// Whether doctors who join wait until staff approve them.
    pub approve_doctors: bool,
    /// Hours within which a request is answered, or it runs out.
    pub request_hours: i32,
    /// Minutes before the start until which patients change a visit; for new visit types.
    pub cutoff_minutes: i32,
    /// Rises with every change; 0 while nobody has changed anything.
    pub version: i32,
}

/// The settings that the clinic saved; until it saves some, the names of the configuration and careful rules.
///
/// # Errors
/// The database's.
pub async fn load(conn: &mut Conn<'_>, configured: &ClinicSettings) -> Result<ClinicNow, Error> {
    const SQL: &str = "select name, phone, emergency_line, approve_doctors, request_hours, cutoff_minutes, version
        from clinic_settings where id = 1";
    let saved = on!(conn, |c| sqlx::query_as(SQL).fetch_optional(c).await?);
    Ok(saved.unwrap_or_else(|| ClinicNow {
        name: configured.name.clone(),
        phone: configured.phone.clone(),
        emergency_line: configured.emergency_line.clone(),
        approve_doctors: true,
        request_hours: 72,
        cutoff_minutes: 24 * 60,
        version: 0,
    }))
}

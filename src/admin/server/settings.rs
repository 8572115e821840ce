//! The clinic's own settings.

use std::sync::Arc;

use crate::clinic::server::audit::{self, Entry};
use crate::{
    accounts::model::{check_name, check_phone, kept_phone},
    admin::model::settings::{
        CUTOFF_HOURS, REQUEST_HOURS, SettingsForm, SettingsView, check_emergency_line, number_between,
    },
    clinic::server::{ClinicSettings, change_zone, clinic_zone, load_settings},
    config::Settings,
    db::{Error, Tx, WriteUnit},
    error::{AppError, FieldCode, FieldError},
    state::AppState,
    text::{figures, is_blank, line},
    time::{
        Timestamp,
        server::{Zone, zone_names},
    },
    web::request::Actor,
};

/// The settings for their page, straight from the database.
///
/// # Errors
/// The database's.
pub async fn view(app: &AppState) -> Result<SettingsView, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let ClinicSettings { name, phone, emergency_line, approve_doctors, request_hours, cutoff_minutes, version } =
        load_settings(conn, &app.settings.clinic).await?;
    Ok(SettingsView {
        name,
        phone,
        emergency_line,
        approve_doctors,
        request_hours,
        cutoff_hours: cutoff_minutes / 60,
        time_zone: clinic_zone(conn).await?.name().to_owned(),
        version,
        zones: zone_names(),
    })
}

/// Saves the settings; this process shows them at once. What changed goes to the audit log; nothing does when nothing
/// changed.
///
/// # Errors
/// [`AppError::Invalid`] naming the fields; [`AppError::Conflict`] when another person changed them since the page was
/// made.
pub async fn save(app: &AppState, actor: Actor, form: SettingsForm) -> Result<(), AppError> {
    let (wanted, zone) = check(form)?;
    let unit = SaveClinicSettings { actor, wanted, zone, settings: app.settings.clone(), now: app.clock.now() };
    app.clinic.keep(app.db.write(unit).await?);
    Ok(app.clinic.read_clock().await?)
}

/// Saves the clinic's settings, if they are still those from which `wanted` was made. Returns the settings now in use.
struct SaveClinicSettings {
    actor: Actor,
    wanted: ClinicSettings,
    zone: Zone,
    settings: Arc<Settings>,
    now: Timestamp,
}

impl WriteUnit for SaveClinicSettings {
    const NAME: &'static str = "save_clinic_settings";
    type Output = ClinicSettings;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<ClinicSettings, Error> {
        const INSERT: &str = "insert into clinic_settings
                (name, phone, emergency_line, approve_doctors, request_hours, cutoff_minutes, version, id)
            values ($1, $2, $3, $4, $5, $6, $7, 1)";
        const UPDATE: &str = "update clinic_settings set name = $1, phone = $2, emergency_line = $3,
                approve_doctors = $4, request_hours = $5, cutoff_minutes = $6, version = $7
            where id = 1";
        let before = load_settings(tx, &self.settings.clinic).await?;
        if before.version != self.wanted.version {
            return Err(AppError::Conflict.into());
        }
        let zone_before = clinic_zone(tx).await?;
        let changes = changes((&before, &zone_before), (&self.wanted, &self.zone));
        if changes.is_empty() {
            return Ok(before);
        }
        let saved = ClinicSettings { version: before.version + 1, ..self.wanted.clone() };
        let ClinicSettings { name, phone, emergency_line, approve_doctors, request_hours, cutoff_minutes, version } =
            &saved;
        let sql = if before.version == 0 { INSERT } else { UPDATE };
        tx.execute(sql, (name, phone, emergency_line, *approve_doctors, *request_hours, *cutoff_minutes, *version))
            .await?;
        if zone_before.name() != self.zone.name() {
            change_zone(tx, &self.zone).await?;
        }
        let entry = Entry { action: "settings.changed", subject: "settings", subject_id: None, details: &changes };
        audit::record(tx, self.actor.into(), self.now, entry).await?;
        Ok(saved)
    }
}

/// The settings that a form asks for, with the version it was made from, and the clinic's zone.
fn check(form: SettingsForm) -> Result<(ClinicSettings, Zone), AppError> {
    let missing_phone = is_blank(&form.phone).then_some(FieldCode::Missing);
    let request_hours = number_between(&form.request_hours, REQUEST_HOURS);
    let cutoff_hours = number_between(&form.cutoff_hours, CUTOFF_HOURS);
    let zone = Zone::parse(&line(&form.time_zone));
    let zone_code = if is_blank(&form.time_zone) { FieldCode::Missing } else { FieldCode::UnknownZone };
    invalid([
        ("name", check_name(&form.name)),
        ("phone", missing_phone.or_else(|| check_phone(&form.phone))),
        ("emergency_line", check_emergency_line(&form.emergency_line)),
        ("request_hours", request_hours.err()),
        ("cutoff_hours", cutoff_hours.err()),
        ("time_zone", zone.is_none().then_some(zone_code)),
    ])?;
    let zone = zone.ok_or_else(|| AppError::field("time_zone", FieldCode::UnknownZone))?;
    let wanted = ClinicSettings {
        name: line(&form.name),
        phone: kept_phone(&form.phone),
        emergency_line: figures(&form.emergency_line),
        approve_doctors: form.approve_doctors,
        request_hours: request_hours.unwrap_or_default(),
        cutoff_minutes: cutoff_hours.unwrap_or_default() * 60,
        version: form.version,
    };
    Ok((wanted, zone))
}

/// Nothing when every field is fine.
///
/// # Errors
/// [`AppError::Invalid`] with the fields that are not.
pub(super) fn invalid<const N: usize>(fields: [(&str, Option<FieldCode>); N]) -> Result<(), AppError> {
    let wrong = |(field, code): (&str, Option<FieldCode>)| Some(FieldError { field: field.to_owned(), code: code? });
    let fields: Vec<FieldError> = fields.into_iter().filter_map(wrong).collect();
    if fields.is_empty() { Ok(()) } else { Err(AppError::Invalid { fields }) }
}

/// What is different, for the audit log: "phone: 1 to 2; hours to answer: 72 to 48".
fn changes(before: (&ClinicSettings, &Zone), after: (&ClinicSettings, &Zone)) -> String {
    let yes = |value: bool| if value { "yes" } else { "no" }.to_owned();
    let values = |(of, zone): (&ClinicSettings, &Zone)| {
        [
            ("name", of.name.clone()),
            ("phone", of.phone.clone()),
            ("emergency line", of.emergency_line.clone()),
            ("doctors wait for approval", yes(of.approve_doctors)),
            ("hours to answer a request", of.request_hours.to_string()),
            ("hours of cut-off", (of.cutoff_minutes / 60).to_string()),
            ("time zone", zone.name().to_owned()),
        ]
    };
    let different = |((what, before), (_, after)): ((&str, String), (&str, String))| {
        (before != after).then(|| format!("{what}: {before} to {after}"))
    };
    values(before).into_iter().zip(values(after)).filter_map(different).collect::<Vec<_>>().join("; ")
}

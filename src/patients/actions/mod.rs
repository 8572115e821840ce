//! Server functions of the pages about patients, for staff; finding and reading a record also for doctors.

use leptos::prelude::*;

use crate::{
    accounts::model::record::RecordValues,
    error::AppError,
    ids::{MatchPairId, MergeId, PersonId},
    patients::model::{MatchPair, MergeForm, MergePage, PatientPage, PatientsPage},
};

/// Patients whom a search finds. With `open`, a search that finds one goes on to the record.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Forbidden`] for patients.
#[server(name = FindPatients, prefix = "/fn", endpoint = "patients/find")]
pub async fn find_patients(
    #[server(default)] query: String,
    #[server(default)] open: String,
) -> Result<PatientsPage, AppError> {
    use crate::{patients::server::records, web::request};
    let (app, actor) = (request::app()?, request::signed_in()?);
    let page = records::find(&app, actor, &query).await?;
    if let (Some([one]), "one") = (page.found.as_deref(), open.as_str())
        && records::may_open(&app, actor, one.id).await?
    {
        leptos_axum::redirect(&format!("/patients/{}", one.id));
    }
    Ok(page)
}

/// The record of a patient.
///
/// # Errors
/// As [`find_patients`]; [`AppError::NotFound`], also for a doctor whom the person has never seen.
#[server(name = LoadPatient, prefix = "/fn", endpoint = "patients/record")]
pub async fn patient(id: PersonId) -> Result<PatientPage, AppError> {
    use crate::{patients::server::records, web::request};
    records::page(&request::app()?, request::signed_in()?, id).await
}

/// Saves a record and shows it. The fields are those of [`RecordValues`], the birth date in three parts.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Forbidden`] but for staff and receptionists; [`AppError::Invalid`] naming the fields;
/// [`AppError::Conflict`] when the record changed since `version`; [`AppError::NotFound`].
#[server(prefix = "/fn", endpoint = "patients/save")]
pub async fn save_patient(
    id: PersonId,
    version: i32,
    #[server(default)] birth_date_day: String,
    #[server(default)] birth_date_month: String,
    #[server(default)] birth_date_year: String,
    #[server(flatten)] values: RecordValues,
) -> Result<(), AppError> {
    use crate::{accounts::Permission, patients::server::records, ui::DateParts, web::request};
    let born = DateParts { day: birth_date_day, month: birth_date_month, year: birth_date_year };
    let values = RecordValues { birth_date: born.text(), ..values };
    records::save(&request::app()?, request::allowed(Permission::ChangePatients)?, id, version, &values).await?;
    leptos_axum::redirect(&format!("/patients/{id}?done=saved"));
    Ok(())
}

/// What making two records one would do.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Forbidden`] but for staff; [`AppError::NotFound`].
#[server(name = LoadMerge, prefix = "/fn", endpoint = "patients/merge_page")]
pub async fn merge_page(
    id: PersonId,
    #[server(default)] with: String,
    #[server(default)] query: String,
) -> Result<MergePage, AppError> {
    use crate::{accounts::Permission, patients::server::merges, web::request};
    let app = request::app()?;
    request::allowed(Permission::MergePatients)?;
    merges::page(&app, id, &with, &query).await
}

/// Makes two records one and shows it. The fields are those of [`MergeForm`].
///
/// # Errors
/// As [`merge_page`]; [`AppError::Conflict`] when one of them changed, or cannot be merged; [`AppError::PatientBusy`]
/// when both have an appointment at one time.
#[server(prefix = "/fn", endpoint = "patients/merge")]
pub async fn merge_patients(
    kept: PersonId,
    kept_version: i32,
    merged: PersonId,
    merged_version: i32,
    #[server(flatten)] form: MergeForm,
) -> Result<(), AppError> {
    use crate::{accounts::Permission, patients::server::merges, web::request};
    let actor = request::allowed(Permission::MergePatients)?;
    merges::merge(&request::app()?, actor, (kept, kept_version), (merged, merged_version), &form).await?;
    leptos_axum::redirect(&format!("/patients/{kept}?done=merged"));
    Ok(())
}

/// Makes two records of one again, within a day, and shows the one that was kept.
///
/// # Errors
/// As [`merge_page`]; [`AppError::Conflict`] when the day is over, or it was undone before.
#[server(prefix = "/fn", endpoint = "patients/undo_merge")]
pub async fn undo_merge(id: PersonId, merge: MergeId) -> Result<(), AppError> {
    use crate::{accounts::Permission, patients::server::merges, web::request};
    merges::undo(&request::app()?, request::allowed(Permission::MergePatients)?, id, merge).await?;
    leptos_axum::redirect(&format!("/patients/{id}?done=undone"));
    Ok(())
}

/// Pairs that may be one person and wait for an answer.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Forbidden`] but for staff.
#[server(name = LoadMatches, prefix = "/fn", endpoint = "patients/matches")]
pub async fn matches() -> Result<Vec<MatchPair>, AppError> {
    use crate::{accounts::Permission, patients::server::matches, web::request};
    request::allowed(Permission::MergePatients)?;
    matches::waiting(&request::app()?).await
}

/// Says that two people are two.
///
/// # Errors
/// As [`matches`]; [`AppError::NotFound`] for a pair that does not wait for an answer.
#[server(prefix = "/fn", endpoint = "patients/not_the_same")]
pub async fn not_the_same(pair: MatchPairId) -> Result<(), AppError> {
    use crate::{accounts::Permission, patients::server::matches, web::request};
    matches::not_the_same(&request::app()?, request::allowed(Permission::MergePatients)?, pair).await?;
    leptos_axum::redirect("/patients/matches");
    Ok(())
}

//! A doctor's visit types.

use leptos::prelude::*;

use crate::{
    availability::model::visit_types::{VisitTypeInput, VisitTypeList, VisitTypePageData},
    error::AppError,
};

/// The visit types of one doctor: their own, or for staff those of the doctor with the slug `doctor`.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] for another doctor's.
#[server(prefix = "/fn", endpoint = "availability/visit_types")]
pub async fn visit_types(#[server(default)] doctor: String) -> Result<VisitTypeList, AppError> {
    use crate::{availability::server::visit_types, web::request};
    visit_types::visit_types(&request::app()?, request::signed_in()?, &doctor).await
}

/// One of them; what a new one begins with when `id` is empty.
///
/// # Errors
/// As [`visit_types`]; [`AppError::NotFound`] for an unknown `id`.
#[server(prefix = "/fn", endpoint = "availability/visit_type")]
pub async fn visit_type(
    #[server(default)] doctor: String,
    #[server(default)] id: String,
) -> Result<VisitTypePageData, AppError> {
    use crate::{availability::server::visit_types, web::request};
    visit_types::visit_type(&request::app()?, request::signed_in()?, &doctor, &id).await
}

/// Saves a visit type; a new one when `id` is empty.
///
/// # Errors
/// Invalid fields, a stale `version`, [`AppError::NotFound`] for an unknown `id`.
#[server(prefix = "/fn", endpoint = "availability/save_visit_type")]
pub async fn save_visit_type(
    #[server(default)] doctor: String,
    version: i64,
    #[server(default)] id: String,
    visit_type: VisitTypeInput,
) -> Result<(), AppError> {
    use crate::{
        availability::{
            pages::address::saved,
            server::visit_types::{VisitTypeChange, What, change_visit_type},
        },
        web::request,
    };
    let back = saved("/doctor/visit-types", &doctor);
    let change = VisitTypeChange { slug: doctor, version, id, what: What::Save(Box::new(visit_type)) };
    change_visit_type(&request::app()?, request::signed_in()?, change).await?;
    leptos_axum::redirect(&back);
    Ok(())
}

/// Makes a visit type bookable for patients, or not.
///
/// # Errors
/// A stale `version`, [`AppError::NotFound`] for an unknown `id`.
#[server(prefix = "/fn", endpoint = "availability/offer_visit_type")]
pub async fn offer_visit_type(
    #[server(default)] doctor: String,
    version: i64,
    id: String,
    active: bool,
) -> Result<(), AppError> {
    use crate::{
        availability::{
            pages::address::saved,
            server::visit_types::{VisitTypeChange, What, change_visit_type},
        },
        web::request,
    };
    let back = saved("/doctor/visit-types", &doctor);
    let change = VisitTypeChange { slug: doctor, version, id, what: What::Offer(active) };
    change_visit_type(&request::app()?, request::signed_in()?, change).await?;
    leptos_axum::redirect(&back);
    Ok(())
}

/// Moves a visit type one position up or down.
///
/// # Errors
/// A stale `version`, [`AppError::NotFound`] for an unknown `id`.
#[server(prefix = "/fn", endpoint = "availability/move_visit_type")]
pub async fn move_visit_type(
    #[server(default)] doctor: String,
    version: i64,
    id: String,
    up: bool,
) -> Result<(), AppError> {
    use crate::{
        availability::{
            pages::address::saved,
            server::visit_types::{VisitTypeChange, What, change_visit_type},
        },
        web::request,
    };
    let back = saved("/doctor/visit-types", &doctor);
    let change = VisitTypeChange { slug: doctor, version, id, what: What::Move { up } };
    change_visit_type(&request::app()?, request::signed_in()?, change).await?;
    leptos_axum::redirect(&back);
    Ok(())
}

/// Removes a visit type that nothing refers to.
///
/// # Errors
/// The field `id` for one in use, a stale `version`, [`AppError::NotFound`] for an unknown `id`.
#[server(prefix = "/fn", endpoint = "availability/remove_visit_type")]
pub async fn remove_visit_type(#[server(default)] doctor: String, version: i64, id: String) -> Result<(), AppError> {
    use crate::{
        availability::{
            pages::address::saved,
            server::visit_types::{VisitTypeChange, What, change_visit_type},
        },
        web::request,
    };
    let back = saved("/doctor/visit-types", &doctor);
    let change = VisitTypeChange { slug: doctor, version, id, what: What::Remove };
    change_visit_type(&request::app()?, request::signed_in()?, change).await?;
    leptos_axum::redirect(&back);
    Ok(())
}

//! The questions of a visit type.

use leptos::prelude::*;

use crate::{
    availability::model::questions::{QuestionInput, QuestionList},
    error::AppError,
};

/// The questions of one visit type: of a doctor's own, or for staff of the doctor with the slug `doctor`.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] for another doctor's.
#[server(prefix = "/fn", endpoint = "availability/questions")]
pub async fn questions(
    #[server(default)] doctor: String,
    #[server(default)] visit_type: String,
) -> Result<QuestionList, AppError> {
    use crate::{availability::server::questions, web::request};
    questions::question_list(&request::app()?, request::signed_in()?, &doctor, &visit_type).await
}

/// Saves a question; a new one without `key`.
///
/// # Errors
/// Invalid fields, a stale `version`, [`AppError::NotFound`] for an unknown `key`.
#[server(prefix = "/fn", endpoint = "availability/save_question")]
pub async fn save_question(
    #[server(default)] doctor: String,
    version: i64,
    visit_type: String,
    #[server(default)] key: Option<i32>,
    question: QuestionInput,
) -> Result<(), AppError> {
    use crate::{
        availability::{
            pages::address::saved,
            server::questions::{QuestionChange, QuestionEdit, change_questions},
        },
        web::request,
    };
    let back = saved(&["/doctor/visit-types/", &visit_type, "/questions"].concat(), &doctor);
    let change = QuestionChange { slug: doctor, version, visit_type, edit: QuestionEdit::Save { key, question } };
    change_questions(&request::app()?, request::signed_in()?, change).await?;
    leptos_axum::redirect(&back);
    Ok(())
}

/// Moves a question one position up or down; the page stays.
///
/// # Errors
/// A stale `version`, [`AppError::NotFound`] for an unknown `key`.
#[server(prefix = "/fn", endpoint = "availability/move_question")]
pub async fn move_question(
    #[server(default)] doctor: String,
    version: i64,
    visit_type: String,
    key: i32,
    up: bool,
) -> Result<(), AppError> {
    use crate::{
        availability::server::questions::{QuestionChange, QuestionEdit, change_questions},
        web::request,
    };
    let change = QuestionChange { slug: doctor, version, visit_type, edit: QuestionEdit::Move { key, up } };
    change_questions(&request::app()?, request::signed_in()?, change).await
}

/// Asks a question no more; the page stays.
///
/// # Errors
/// A stale `version`, [`AppError::NotFound`] for an unknown `key`.
#[server(prefix = "/fn", endpoint = "availability/remove_question")]
pub async fn remove_question(
    #[server(default)] doctor: String,
    version: i64,
    visit_type: String,
    key: i32,
) -> Result<(), AppError> {
    use crate::{
        availability::server::questions::{QuestionChange, QuestionEdit, change_questions},
        web::request,
    };
    let change = QuestionChange { slug: doctor, version, visit_type, edit: QuestionEdit::Remove { key } };
    change_questions(&request::app()?, request::signed_in()?, change).await
}

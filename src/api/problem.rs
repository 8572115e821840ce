//! Errors for programs: RFC 9457, `application/problem+json`.
//!
//! A problem is made from an [`AppError`], whose code is the stable part of `type`. Its words are those of the pages.

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::dto::FreeTime;
use crate::{
    app::{error_words, field_words},
    availability::Reason,
    db,
    error::{AppError, FieldError},
    ids::AppointmentId,
    web::answer,
};

/// Content type of every problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The answer to a request that was refused or failed.
#[derive(Clone, Debug)]
pub struct Problem(Box<Body>);

/// The reason why a request was refused or failed.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Body {
    /// Names the kind of problem and never changes: `/api/problems/time_gone`.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference")]
    kind: String,
    /// The kind of problem in a few words.
    pub title: String,
    /// The HTTP status of this answer.
    pub status: u16,
    /// The last part of `type`.
    pub code: String,
    /// The reason in a sentence or two, for a person, and whether anything was changed.
    pub message: String,
    /// The fields that need another look.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    /// Free times close to a time that cannot be booked, the earliest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<Vec<FreeTime>>,
    /// Every reason why a time cannot be booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    reasons: Option<Vec<Reason>>,
    /// The number of appointments that prevent the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    appointments: Option<i64>,
    /// The first of those appointments in words: day, time, and the reference where there is room for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    affected: Option<Vec<String>>,
    /// Seconds to wait before another attempt; also in `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    wait_seconds: Option<u32>,
    /// Whether it is certain that nothing was changed; with status 503.
    #[serde(skip_serializing_if = "Option::is_none")]
    unchanged: Option<bool>,
    /// The word that finds the details in the clinic's log; with status 500.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// Whether the request had an invalid token.
    #[serde(skip)]
    broken_token: bool,
}

/// One field that needs another look.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The field's name; inside others `appointment.name` or `hours[2].start`.
    field: String,
    /// `missing`, `too_long` and so on.
    code: String,
    /// The fault in words.
    message: String,
}

impl Problem {
    /// The answer to a token that is unknown, expired or revoked.
    #[must_use]
    pub fn broken_token() -> Self {
        let mut problem = Problem::from(AppError::Unauthenticated);
        problem.0.broken_token = true;
        problem.0.message = "This token is not good, or no longer. Please sign in again.".to_owned();
        problem
    }

    /// The same problem with the appointments that prevent the change.
    #[must_use]
    pub fn naming(mut self, appointments: Vec<String>) -> Self {
        self.0.affected = Some(appointments);
        self
    }

    /// The answer to a request that was sent again after its answer had held a secret.
    #[must_use]
    pub fn shown_once() -> Self {
        let mut problem = Problem::from(AppError::Conflict);
        problem.0.message = "This was done already. What it made was shown once and cannot be shown again.".to_owned();
        problem
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let code = code_of(&error);
        let mut body = Body {
            kind: format!("/api/problems/{code}"),
            title: title_of(&code),
            status: error.status(),
            message: error_words(&error),
            code,
            errors: Vec::new(),
            nearest: None,
            reasons: None,
            appointments: None,
            affected: None,
            wait_seconds: None,
            unchanged: None,
            reference: None,
            broken_token: false,
        };
        body.add_data(error);
        Problem(Box::new(body))
    }
}

impl From<db::Error> for Problem {
    fn from(error: db::Error) -> Self {
        AppError::from(error).into()
    }
}

impl Body {
    /// Adds the data that some errors have besides their code.
    fn add_data(&mut self, error: AppError) {
        match error {
            AppError::TimeGone { reasons, nearest, .. } => {
                self.reasons = Some(reasons);
                self.nearest = Some(nearest.iter().map(FreeTime::from).collect());
            }
            AppError::HoldExpired { nearest } | AppError::PatientBusy { nearest, .. } => {
                self.nearest = Some(nearest.iter().map(FreeTime::from).collect())
            }
            AppError::AppointmentsAhead { appointments } => self.appointments = Some(appointments),
            AppError::AppointmentsOutside { appointments, all } => {
                self.appointments = Some(all.into());
                self.affected = Some(appointments);
            }
            AppError::TooManyAttempts { wait_seconds } => self.wait_seconds = Some(wait_seconds),
            AppError::Unavailable { unchanged } => {
                self.unchanged = Some(unchanged);
                self.wait_seconds = Some(answer::RETRY_SECONDS);
            }
            AppError::Internal { reference } => self.reference = Some(reference),
            AppError::Invalid { fields } => {
                self.errors = fields.iter().map(FieldProblem::from).collect();
                let words: Vec<&str> = self.errors.iter().map(|error| error.message.as_str()).collect();
                self.message = words.join(" ");
            }
            _ => {}
        }
    }
}

impl From<&FieldError> for FieldProblem {
    fn from(wrong: &FieldError) -> Self {
        let code = match serde_json::to_value(wrong.code) {
            Ok(serde_json::Value::String(code)) => code,
            // a code with its bounds
            Ok(serde_json::Value::Object(code)) => code.keys().next().cloned().unwrap_or_default(),
            _ => String::new(),
        };
        let message = field_words(wrong.code, &wrong.field.replace('_', " ")) + ".";
        FieldProblem { field: wrong.field.clone(), code, message }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = self.0.wait_seconds {
            answer::retry_after(headers, seconds);
        }
        if status == StatusCode::UNAUTHORIZED {
            let challenge = if self.0.broken_token {
                "Bearer realm=\"docslot\", error=\"invalid_token\""
            } else {
                "Bearer realm=\"docslot\""
            };
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

/// The stable name of an error: `time_gone`.
fn code_of(error: &AppError) -> String {
    let value = serde_json::to_value(error).unwrap_or_default();
    value.get("code").and_then(|code| code.as_str()).unwrap_or("internal").to_owned()
}

/// A code as a heading: "Time gone".
fn title_of(code: &str) -> String {
    let words = code.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// One error of each kind that programs may meet, for the documentation.
#[must_use]
pub fn kinds() -> Vec<Body> {
    let wait_seconds = 60;
    let reference = || "K7F4-M2PQ".to_owned();
    let errors = vec![
        AppError::BadRequest,
        AppError::Unauthenticated,
        AppError::WrongCredentials,
        AppError::SecondFactorNeeded,
        AppError::Forbidden,
        AppError::SecondFactorDue,
        AppError::RecentSignInNeeded,
        AppError::OtherCalendar,
        AppError::NotFound,
        AppError::MethodNotAllowed,
        AppError::NotAcceptable,
        AppError::TimeGone { wanted: String::new(), reasons: Vec::new(), nearest: Vec::new() },
        AppError::HoldExpired { nearest: Vec::new() },
        AppError::PatientBusy { own: true, with: String::new(), nearest: Vec::new() },
        AppError::TooManyAppointments { most: 10 },
        AppError::TooManyTokens { most: 20 },
        AppError::TooManyPersons { most: 15 },
        AppError::NotActing,
        AppError::Conflict,
        AppError::KeyInUse,
        AppError::AppointmentsAhead { appointments: 2 },
        AppError::AppointmentsOutside { appointments: Vec::new(), all: 2 },
        AppError::LastAdmin,
        AppError::NotResolved { appointment: AppointmentId(Uuid::nil()), when: "Tuesday 6 January, 9am".to_owned() },
        AppError::TooLate,
        AppError::UndoOver,
        AppError::InvitationOver { why: crate::error::InvitationEnd::Expired },
        AppError::LinkOver,
        AppError::PreconditionFailed,
        AppError::TooLarge,
        AppError::UnsupportedMediaType,
        AppError::Invalid { fields: Vec::new() },
        AppError::KeyReused,
        AppError::PreconditionRequired,
        AppError::TooManyAttempts { wait_seconds },
        AppError::Internal { reference: reference() },
        AppError::Unavailable { unchanged: true },
    ];
    let kind = |error: AppError| {
        let message = error_words(&error);
        let Problem(body) = error.into();
        Body { message, ..*body }
    };
    errors.into_iter().map(kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::FieldCode;

    fn json(error: AppError) -> serde_json::Value {
        serde_json::to_value(Problem::from(error).0).unwrap()
    }

    #[test]
    fn a_problem_names_its_kind_and_says_it_in_words() {
        let problem = json(AppError::TooLate);
        assert_eq!(problem["type"], "/api/problems/too_late");
        assert_eq!((problem["status"].as_u64(), problem["title"].as_str()), (Some(409), Some("Too late")));
        assert!(problem["message"].as_str().unwrap().contains("too late"));
        assert!(problem.get("errors").is_none());
    }

    #[test]
    fn every_wrong_field_is_named_and_the_message_says_them_all() {
        let fields = [("email", FieldCode::NotAnEmail), ("invitation_code", FieldCode::TooLong(9))];
        let fields = fields.map(|(field, code)| FieldError { field: field.into(), code });
        let problem = json(AppError::Invalid { fields: fields.into() });
        assert_eq!(problem["errors"][0]["field"], "email");
        assert_eq!(problem["errors"][0]["code"], "not_an_email");
        assert_eq!(problem["errors"][1]["code"], "too_long");
        let message = problem["message"].as_str().unwrap();
        assert!(
            message.contains("email address") && message.contains("Invitation code can have at most 9"),
            "{message}"
        );
    }

    #[test]
    fn waiting_and_signing_in_stand_in_the_headers() {
        let response = Problem::from(AppError::TooManyAttempts { wait_seconds: 7 }).into_response();
        assert_eq!(response.headers()["retry-after"], "7");
        assert_eq!(response.headers()["content-type"], PROBLEM_JSON);
        let response = Problem::from(AppError::Unavailable { unchanged: true }).into_response();
        assert!(response.headers().contains_key("retry-after"));
        let response = Problem::broken_token().into_response();
        assert!(response.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));
    }

    #[test]
    fn every_error_that_the_server_sends_is_explained_once() {
        let source = include_str!("../error.rs");
        let variants = source.split_once("pub enum AppError {").unwrap().1.split_once("\n}").unwrap().0;
        let names = variants.lines().filter_map(|line| line.strip_prefix("    ")).map(str::trim_end);
        let names = names.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
        let mut wanted: Vec<String> = names.map(|line| code_of_variant(line.trim_end_matches(','))).collect();
        // what only a page shows
        let of_pages = ["directory_refused", "network", "signed_out_meanwhile", "sign_in_over"];
        wanted.retain(|code| !of_pages.contains(&code.as_str()));
        wanted.sort_unstable();
        let mut explained: Vec<String> = kinds().into_iter().map(|kind| kind.code).collect();
        explained.sort_unstable();
        assert_eq!(explained, wanted);
        assert!(wanted.len() > 20);
    }

    /// "TimeGone { … }" as its code, "time_gone".
    fn code_of_variant(line: &str) -> String {
        let name = line.split([' ', '(']).next().unwrap_or_default();
        let mut code = String::new();
        for letter in name.chars() {
            if letter.is_uppercase() && !code.is_empty() {
                code.push('_');
            }
            code.extend(letter.to_lowercase());
        }
        code
    }
}

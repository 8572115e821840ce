//! Registering: patients by themselves, doctors by an invitation.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{accounts::Session, auth::OptionalActor, extract::Json, problem::Problem};
use crate::{
    accounts::{
        Role,
        model::MAX_NAME,
        server::{
            self, RegisterForm, Signed,
            join::{self, JoinForm},
            registration,
        },
    },
    admin::model::invitations::Invited,
    error::{AppError, FieldCode},
    state::AppState,
    web::request::RequestContext,
};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(register)).routes(routes!(open_account))
}

/// The role of a person who registers. Clinic staff are invited and join on the website.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum NewRole {
    #[default]
    Patient,
    Doctor,
}

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Registration {
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// 12 to 128 characters, and none of the passwords that attackers try first. Not looked at for a patient where the clinic
    /// sends mail: the owner of the address chooses it.
    #[serde(default)]
    #[schema(format = Password, min_length = 12, max_length = 128)]
    password: String,
    #[serde(default)]
    role: NewRole,
    /// The person's name. For a patient it may be left out: then it is the part of the email address before the @.
    #[serde(default)]
    #[schema(max_length = 100)]
    name: Option<String>,
    /// A phone number, of patients only.
    #[serde(default)]
    #[schema(max_length = 30)]
    phone: Option<String>,
    /// The code in the invitation's link; doctors need it.
    #[serde(default)]
    invitation_code: Option<String>,
    /// Professional title; doctors need it: "Consultant cardiologist".
    #[serde(default)]
    designation: Option<String>,
    /// Number in the professional register; doctors need it.
    #[serde(default)]
    registration_number: Option<String>,
}

/// What comes of a registration.
enum Registered {
    Open(axum::Json<Session>),
    Sent(axum::Json<RegistrationSent>),
}

impl IntoResponse for Registered {
    fn into_response(self) -> Response {
        match self {
            Registered::Open(session) => (StatusCode::CREATED, session).into_response(),
            Registered::Sent(sent) => (StatusCode::ACCEPTED, sent).into_response(),
        }
    }
}

/// A registration that waits for the owner of the address.
#[derive(Serialize, ToSchema)]
struct RegistrationSent {
    /// What to do now, in words, for a person.
    message: &'static str,
}

/// The link in a message, and the password that its reader chooses.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountOpening {
    /// The last part of the link's address.
    token: String,
    #[schema(format = Password, min_length = 12, max_length = 128)]
    password: String,
}

/// Open an account
///
/// Patients register themselves; doctors need the code of their invitation. A patient's address gets a link, which opens
/// the account (`POST /open-account`, or the page behind the link). The answer is the same for an address that has an
/// account; its owner is told. Where the clinic sends no mail, the account is open and signed in at once.
#[utoipa::path(
    post,
    path = "/register",
    tag = "accounts",
    responses(
        (
            status = 201,
            description = "The account is open and signed in.",
            body = Session,
        ),
        (
            status = 202,
            description = "A message is on its way to the address.",
            body = RegistrationSent,
        ),
    ),
)]
async fn register(
    State(app): State<AppState>,
    OptionalActor(request_context): OptionalActor,
    Json(form): Json<Registration>,
) -> Result<Registered, Problem> {
    // a program that is signed in stays signed in
    let request_context = RequestContext { actor: None, ..request_context };
    let signed = match form.role {
        NewRole::Patient if app.settings.sends_mail() => {
            let asked = registration::check(&app, &request_context, &form.into_patient()?).await?;
            registration::ask(&app, asked, "", None).await?;
            let message = "Open the link in the message that we have sent.";
            return Ok(Registered::Sent(axum::Json(RegistrationSent { message })));
        }
        NewRole::Patient => server::register(&app, &request_context, form.into_patient()?).await?,
        NewRole::Doctor => join_as_doctor(&app, &request_context, form).await?,
    };
    Ok(Registered::Open(Session::new(&app, signed, "Your account is open.")))
}

/// Finish opening an account
///
/// With the link that was sent to the address, which works once. The account is signed in at once.
#[utoipa::path(
    post,
    path = "/open-account",
    tag = "accounts",
    responses((
        status = 201,
        description = "The account is open and signed in.",
        body = Session,
    )),
)]
async fn open_account(
    State(app): State<AppState>,
    OptionalActor(request_context): OptionalActor,
    Json(form): Json<AccountOpening>,
) -> Result<(StatusCode, axum::Json<Session>), Problem> {
    let request_context = RequestContext { actor: None, ..request_context };
    let opened = registration::finish(&app, &request_context, &form.token, &form.password).await?;
    Ok((StatusCode::CREATED, Session::new(&app, opened.signed, "Your account is open.")))
}

impl Registration {
    fn into_patient(self) -> Result<RegisterForm, AppError> {
        let doctors = [
            ("invitation_code", self.invitation_code),
            ("designation", self.designation),
            ("registration_number", self.registration_number),
        ];
        if let Some((field, _)) = doctors.iter().find(|(_, value)| value.is_some()) {
            return Err(AppError::field(field, FieldCode::NotAField));
        }
        let before_at = || self.email.split('@').next().unwrap_or_default().chars().take(MAX_NAME as usize).collect();
        let name = self.name.unwrap_or_else(before_at);
        Ok(RegisterForm { name, phone: self.phone.unwrap_or_default(), email: self.email, password: self.password })
    }
}

/// Opens a doctor's account. It needs an invitation for doctors, because the invitation gives the role.
async fn join_as_doctor(
    app: &AppState,
    request_context: &RequestContext,
    form: Registration,
) -> Result<Signed, AppError> {
    let code = form.invitation_code.ok_or_else(|| AppError::field("invitation_code", FieldCode::Missing))?;
    let unknown = |error| if error == AppError::NotFound { unknown_code() } else { error };
    match join::invitation(app, None, &code).await.map_err(unknown)? {
        Invited::Welcome { role: Role::Doctor, .. } => {}
        _ => return Err(unknown_code()),
    }
    let form = JoinForm {
        code,
        email: form.email,
        name: form.name.unwrap_or_default(),
        designation: form.designation.unwrap_or_default(),
        registration_number: form.registration_number.unwrap_or_default(),
        password: form.password,
    };
    join::join(app, request_context, form).await?.signed.ok_or(AppError::Conflict)
}

fn unknown_code() -> AppError {
    AppError::field("invitation_code", FieldCode::Unknown)
}

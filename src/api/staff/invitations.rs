//! Invitations, the only way to become a doctor or staff.

use axum::{
    Extension,
    extract::{OriginalUri, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    accounts::{Role, server::recent_sign_in::require_recent_sign_in},
    admin::{
        model::invitations::{Invitation as Listed, InvitationState},
        server::invitations::{self, InviteForm, NewLink},
    },
    api::{
        auth::{ReadAccess, WriteAccess},
        dto::{on_clock, renamed},
        extract::{Id, Json, Query},
        idempotency::ShownOnce,
        paging::{PageQuery, Paged, check_page},
        problem::Problem,
        roles::Staff,
        specialties::Specialties,
    },
    ids::{InvitationId, LocationId},
    state::AppState,
    time::server::Zone,
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list_invitations, invite))
        .routes(routes!(resend_invitation))
        .routes(routes!(revoke_invitation))
}

/// An invitation. Its link is never shown again.
#[derive(Serialize, ToSchema)]
struct Invitation {
    id: String,
    email: String,
    /// `doctor`, `receptionist` or `admin`.
    #[schema(value_type = String)]
    role: Role,
    /// A doctor's specialty and place, as in "Cardiology, Riverside"; empty for staff.
    work: String,
    /// `waiting`, `used`, `expired` or `revoked`.
    #[schema(value_type = String)]
    state: InvitationState,
    /// The name of the person who invited.
    invited_by: String,
    /// The moment at which the valid link was made.
    #[schema(format = DateTime)]
    sent: String,
    /// The moment at which the link expires.
    #[schema(format = DateTime)]
    expires: String,
    /// The clinic's time zone by its IANA name.
    zone: String,
    /// The account that was opened with it.
    used_by: Option<String>,
}

impl Invitation {
    fn new(zone: &Zone, listed: Listed) -> Self {
        Invitation {
            id: listed.id.to_string(),
            email: listed.email,
            role: listed.role,
            work: listed.work,
            state: listed.state,
            invited_by: listed.invited_by,
            sent: on_clock(zone, listed.sent_at),
            expires: on_clock(zone, listed.expires_at),
            zone: zone.name().to_owned(),
            used_by: listed.used_by.map(|(id, _)| id.to_string()),
        }
    }
}

/// Invitations
#[utoipa::path(
    get,
    path = "/staff/invitations",
    tag = "staff",
    security(("bearer" = [])),
    params(PageQuery),
    responses((
        status = 200,
        description = "One page, the newest first. `X-Total-Count` counts them all; `Link` has the other pages.",
        body = Vec<Invitation>,
    )),
)]
async fn list_invitations(
    State(app): State<AppState>,
    _staff: Staff<ReadAccess>,
    address: OriginalUri,
    Query(query): Query<PageQuery>,
) -> Result<Paged<Invitation>, Problem> {
    let page = check_page(query.page)?;
    let (found, zone) = (invitations::list(&app, page).await?, invitations::clinic_clock(&app).await?);
    let items = found.invitations.into_iter().map(|invitation| Invitation::new(&zone, invitation)).collect();
    Ok(Paged { items, total: found.all, page, pages: found.pages, address })
}

/// The person to invite.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInvitation {
    /// `doctor`, `receptionist` or `admin`.
    #[schema(pattern = "^(doctor|receptionist|admin)$")]
    role: String,
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// The specialty of a doctor, from `GET /specialties`.
    #[serde(default)]
    specialty_id: Option<String>,
    /// The location of a doctor, from `GET /locations`.
    #[serde(default)]
    #[schema(value_type = Option<uuid::Uuid>)]
    location_id: Option<LocationId>,
    /// The number of days for which the link is valid.
    #[serde(default = "usual_days")]
    #[schema(minimum = 1, maximum = 30, default = 7)]
    days: u32,
}

fn usual_days() -> u32 {
    crate::admin::model::invitations::USUAL_DAYS
}

impl NewInvitation {
    fn into_form(self, specialties: &Specialties) -> InviteForm {
        InviteForm {
            role: self.role,
            email: self.email,
            specialty: self.specialty_id.and_then(|id| specialties.find(&id)).unwrap_or_default(),
            location: self.location_id.map(|id| id.to_string()).unwrap_or_default(),
            days: self.days.to_string(),
        }
    }
}

/// A new link. It cannot be read again.
#[derive(Serialize, ToSchema)]
struct InvitationLink {
    /// The outcome in words, for a person.
    message: &'static str,
    id: String,
    email: String,
    /// The address that the invited person opens. Its last part is the `invitation_code` of `POST /register`.
    link: String,
}

/// An answer that is not kept for a request that is sent again.
type Shown = (Extension<ShownOnce>, axum::Json<InvitationLink>);

fn shown(made: NewLink) -> Shown {
    let message = "Please pass the link on yourself. It is shown only once.";
    let link = InvitationLink { message, id: made.id.to_string(), email: made.email, link: made.link };
    (Extension(ShownOnce), axum::Json(link))
}

/// Invite a doctor or staff
///
/// An older invitation to the same address that still waits is revoked. An invitation grants a role: it needs a session
/// that began within the last ten minutes, and no personal token can make one.
#[utoipa::path(
    post,
    path = "/staff/invitations",
    tag = "staff",
    security(("bearer" = [])),
    params((
        "Idempotency-Key" = Option<String>,
        Header,
        min_length = 1,
        max_length = 255,
        description = "Sent again, the request has no second effect, and the answer is 409: the link is shown once.",
    )),
    responses((
        status = 201,
        description = "The link, which is shown only here.",
        body = InvitationLink,
    )),
)]
async fn invite(
    State(app): State<AppState>,
    Staff(WriteAccess(staff)): Staff<WriteAccess>,
    Json(wanted): Json<NewInvitation>,
) -> Result<(StatusCode, Shown), Problem> {
    require_recent_sign_in(&app, staff).await?;
    let field = |form: &str| matches!(form, "specialty" | "location").then(|| [form, "_id"].concat());
    let form = wanted.into_form(&Specialties::load(&app).await?);
    let made = invitations::create(&app, staff, form).await.map_err(|error| renamed(error, field))?;
    Ok((StatusCode::CREATED, shown(made)))
}

/// Make a new link for an invitation
///
/// The old link no longer works. It needs a session that began within the last ten minutes.
#[utoipa::path(
    post,
    path = "/staff/invitations/{id}/resend",
    tag = "staff",
    security(("bearer" = [])),
    params(Id<InvitationId>),
    responses((
        status = 200,
        description = "The link, which is shown only here.",
        body = InvitationLink,
    )),
)]
async fn resend_invitation(
    State(app): State<AppState>,
    Staff(WriteAccess(staff)): Staff<WriteAccess>,
    Id(id): Id<InvitationId>,
) -> Result<Shown, Problem> {
    require_recent_sign_in(&app, staff).await?;
    Ok(shown(invitations::resend(&app, staff, id).await?))
}

/// Revoke an invitation
///
/// A second request changes nothing.
#[utoipa::path(
    post,
    path = "/staff/invitations/{id}/revoke",
    tag = "staff",
    security(("bearer" = [])),
    params(Id<InvitationId>),
    responses((
        status = 204,
        description = "The link no longer works.",
    )),
)]
async fn revoke_invitation(
    State(app): State<AppState>,
    Staff(WriteAccess(staff)): Staff<WriteAccess>,
    Id(id): Id<InvitationId>,
) -> Result<StatusCode, Problem> {
    invitations::revoke(&app, staff, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

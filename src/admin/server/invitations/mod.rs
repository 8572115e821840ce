//! Invitations: besides the command line, the only way to become a doctor or staff.
//!
//! A code has 256 random bits and the database keeps its SHA-256 alone, so its link can be shown only at the moment in
//! which it is made.

mod list;

use uuid::Uuid;

pub use self::list::list;
use crate::{
    accounts::{
        Role,
        server::{account_exists, invitation::StoredInvitation},
    },
    admin::model::invitations::{MAX_DAYS, USUAL_DAYS},
    clinic::server::{
        audit::{Entry, record},
        clinic_zone,
    },
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldCode, FieldError},
    ids::{InvitationId, LocationId, SpecialtyId},
    notifications::{
        model::Kind,
        server::{Notice, To, enqueue_notice, links},
    },
    random,
    state::AppState,
    text::{
        figures,
        server::email::{check_email, kept_email},
    },
    time::{Timestamp, server::Zone},
    web::forms,
    web::request::Actor,
};

const DAY_MINUTES: i64 = 24 * 60;

/// What staff choose and type to invite a person.
#[derive(Clone, Default)]
pub struct InviteForm {
    /// `doctor` or `admin`.
    pub role: String,
    pub email: String,
    /// For doctors: ids.
    pub specialty: String,
    pub location: String,
    /// Empty for the usual number.
    pub days: String,
}

/// The link of an invitation that has just been made; it cannot be shown again.
pub struct NewLink {
    pub id: InvitationId,
    pub link: String,
    /// The address invited.
    pub email: String,
    /// Whether a link of its own is on its way to them.
    pub mailed: bool,
}

impl NewLink {
    /// Has the next page show the link, once.
    pub fn show_once(self, app: &AppState) {
        let mailed = if self.mailed { "yes" } else { "" };
        let values = vec![("link".into(), self.link), ("email".into(), self.email), ("mailed".into(), mailed.into())];
        forms::say_once(app, "admin/invite", values);
    }
}

/// Invites a person, also by mail. Revokes an older invitation of the same address that still waits.
///
/// # Errors
/// [`AppError::Invalid`] naming the fields; an address that has an account is [`FieldCode::EmailUnusable`].
pub async fn create(app: &AppState, staff: Actor, form: InviteForm) -> Result<NewLink, AppError> {
    let invitation = CheckedInvitation::check(&form)?;
    let (id, code, now) = (InvitationId(Uuid::now_v7()), random::token(), app.clock.now());
    let (hash, email, message) = (random::token_hash(&code), invitation.email.clone(), Uuid::now_v7());
    app.db.write(CreateInvitation { staff, invitation, id, hash, message, now }).await?;
    Ok(NewLink { id, link: link(app, &code), email, mailed: app.settings.sends_mail() })
}

/// Writes an invitation: `hash` is that of the link's code, `message` names the message with a link.
struct CreateInvitation {
    staff: Actor,
    invitation: CheckedInvitation,
    id: InvitationId,
    hash: Vec<u8>,
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for CreateInvitation {
    const NAME: &'static str = "create_invitation";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "insert into invitations (id, code_hash, role, email, specialty_id, location_id, invited_by,
                created_at, sent_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)";
        let CreateInvitation { staff, invitation, id, hash, message, now } = self;
        let (staff, id, now) = (*staff, *id, *now);
        if account_exists(tx, &invitation.email).await? {
            return Err(AppError::field("email", FieldCode::EmailUnusable).into());
        }
        let details = invitation.label(tx).await?;
        revoke_waiting(tx, staff, &invitation.email, None, now).await?;
        let expires = now.plus_minutes(i64::from(invitation.days) * DAY_MINUTES);
        let (specialty, location) = invitation.work.unzip();
        tx.execute(SQL, (id, hash, invitation.role, &invitation.email, specialty, location, staff.user, now, expires))
            .await?;
        audit(tx, staff, now, "invitation.created", id, &details).await?;
        send(tx, id, *message, now).await
    }
}

/// Makes a new link for an invitation that waits or has run out, valid for as long as the old one was, and also mails
/// one. The old links end.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] for one that was used or revoked; an address that has got an account
/// meanwhile is [`FieldCode::EmailUnusable`].
pub async fn resend(app: &AppState, staff: Actor, id: InvitationId) -> Result<NewLink, AppError> {
    let (code, now, message) = (random::token(), app.clock.now(), Uuid::now_v7());
    let hash = random::token_hash(&code);
    let email = app.db.write(ResendInvitation { staff, id, hash, message, now }).await?;
    Ok(NewLink { id, link: link(app, &code), email, mailed: app.settings.sends_mail() })
}

/// Gives an invitation a new link, whose code has this `hash`, and sends another one. Returns the address invited.
struct ResendInvitation {
    staff: Actor,
    id: InvitationId,
    hash: Vec<u8>,
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for ResendInvitation {
    const NAME: &'static str = "resend_invitation";
    type Output = String;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<String, Error> {
        const SQL: &str = "update invitations set code_hash = $1, sent_at = $2, expires_at = $3 where id = $4";
        let ResendInvitation { staff, id, hash, message, now } = self;
        let (staff, id, now) = (*staff, *id, *now);
        let old = StoredInvitation::by_id(tx, id).await?;
        if old.used_at.is_some() || old.revoked_at.is_some() {
            return Err(AppError::Conflict.into());
        }
        if account_exists(tx, &old.email).await? {
            return Err(AppError::field("email", FieldCode::EmailUnusable).into());
        }
        revoke_waiting(tx, staff, &old.email, Some(id), now).await?;
        let expires = now.plus_seconds(old.expires_at.0 - old.sent_at.0);
        tx.execute(SQL, (hash, now, expires, id)).await?;
        links::end_invitation(tx, id, now).await?;
        send(tx, id, *message, now).await?;
        audit(tx, staff, now, "invitation.resent", id, "").await?;
        Ok(old.email)
    }
}

/// Puts the message with a link into the outbox. `message` names it: a random value from outside the unit.
async fn send(tx: &mut Tx<'_>, id: InvitationId, message: Uuid, now: Timestamp) -> Result<(), Error> {
    let dedupe_key = &["invitation:", &message.to_string()].concat();
    enqueue_notice(tx, now, Notice { kind: Kind::Invitation, to: To::Invited(id), about: "", dedupe_key }).await
}

/// Revokes an invitation. A second call is fine.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] for one that was used.
pub async fn revoke(app: &AppState, staff: Actor, id: InvitationId) -> Result<(), AppError> {
    Ok(app.db.write(RevokeInvitation { staff, id, now: app.clock.now() }).await?)
}

/// Calls an invitation back, unless that was done before.
struct RevokeInvitation {
    staff: Actor,
    id: InvitationId,
    now: Timestamp,
}

impl WriteUnit for RevokeInvitation {
    const NAME: &'static str = "revoke_invitation";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let invitation = StoredInvitation::by_id(tx, self.id).await?;
        if invitation.used_at.is_some() {
            return Err(AppError::Conflict.into());
        }
        if invitation.revoked_at.is_none() {
            mark_revoked(tx, self.id, self.now).await?;
            audit(tx, self.staff, self.now, "invitation.revoked", self.id, "").await?;
        }
        Ok(())
    }
}

/// A form whose fields have been checked.
struct CheckedInvitation {
    role: Role,
    email: String,
    work: Option<(SpecialtyId, LocationId)>,
    days: u32,
}

impl CheckedInvitation {
    fn check(form: &InviteForm) -> Result<Self, AppError> {
        let role = match form.role.as_str() {
            "doctor" => Ok(Role::Doctor),
            "receptionist" => Ok(Role::Receptionist),
            "admin" => Ok(Role::Admin),
            _ => Err(FieldCode::Unknown),
        };
        let email = kept_email(&form.email);
        let doctor = role == Ok(Role::Doctor);
        let (specialty, location) = (form.specialty.parse::<SpecialtyId>(), form.location.parse::<LocationId>());
        let days = days(&form.days);
        let checks = [
            ("role", role.err()),
            ("email", check_email(&email)),
            ("specialty", (doctor && specialty.is_err()).then_some(FieldCode::Unknown)),
            ("location", (doctor && location.is_err()).then_some(FieldCode::Unknown)),
            ("days", days.err()),
        ];
        let wrong = |(field, code): (&str, Option<FieldCode>)| Some(FieldError { field: field.into(), code: code? });
        let fields: Vec<_> = checks.into_iter().filter_map(wrong).collect();
        match (role, days) {
            (Ok(role), Ok(days)) if fields.is_empty() => {
                let work = specialty.ok().zip(location.ok()).filter(|_| doctor);
                Ok(CheckedInvitation { role, email, work, days })
            }
            _ => Err(AppError::Invalid { fields }),
        }
    }

    /// The work that the invitation offers; the specialty and the location must exist.
    async fn label(&self, conn: &mut Conn<'_>) -> Result<String, Error> {
        const SPECIALTY: &str = "select name from specialties where id = $1";
        const LOCATION: &str = "select name from locations where id = $1";
        let Some((specialty, location)) = self.work else {
            return Ok(if self.role == Role::Receptionist { "receptionist" } else { "staff" }.into());
        };
        let specialty: Option<String> = conn.fetch_optional_value(SPECIALTY, (specialty,)).await?;
        let location: Option<String> = conn.fetch_optional_value(LOCATION, (location,)).await?;
        let unknown = |field| AppError::field(field, FieldCode::Unknown);
        let (specialty, location) = (specialty.ok_or(unknown("specialty"))?, location.ok_or(unknown("location"))?);
        Ok(format!("doctor, {specialty}, {location}"))
    }
}

fn days(typed: &str) -> Result<u32, FieldCode> {
    let typed = figures(typed);
    if typed.is_empty() {
        return Ok(USUAL_DAYS);
    }
    if !typed.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(FieldCode::NotANumber);
    }
    let days = typed.parse().ok().filter(|days| (1..=MAX_DAYS).contains(days));
    days.ok_or(FieldCode::OutOfRange(1, i64::from(MAX_DAYS)))
}

/// Calls back what still waits for this address.
async fn revoke_waiting(
    tx: &mut Tx<'_>,
    staff: Actor,
    email: &str,
    except: Option<InvitationId>,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "select id from invitations
        where email = $1 and used_at is null and revoked_at is null and expires_at > $2";
    let waiting: Vec<InvitationId> = tx.fetch_values(SQL, (email, now)).await?;
    for id in waiting.into_iter().filter(|id| Some(*id) != except) {
        mark_revoked(tx, id, now).await?;
        audit(tx, staff, now, "invitation.revoked", id, "replaced by a newer one").await?;
    }
    Ok(())
}

async fn mark_revoked(tx: &mut Tx<'_>, id: InvitationId, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "update invitations set revoked_at = $1 where id = $2";
    tx.execute(SQL, (now, id)).await?;
    Ok(())
}

async fn audit(
    tx: &mut Tx<'_>,
    staff: Actor,
    now: Timestamp,
    action: &'static str,
    id: InvitationId,
    details: &str,
) -> Result<(), Error> {
    record(tx, staff.into(), now, Entry { action, subject: "invitation", subject_id: Some(id.0), details }).await
}

fn link(app: &AppState, code: &str) -> String {
    [&app.settings.public_url(), "/invite/", code].concat()
}

/// As [`clinic_zone`], for programs.
///
/// # Errors
/// The database cannot be read.
pub async fn clinic_clock(app: &AppState) -> Result<Zone, AppError> {
    let mut reader = app.db.read().await?;
    Ok(clinic_zone(&mut reader.conn()).await?)
}

/// The page shown and the number of pages, both from 1; a page past the end is the last one.
pub(super) fn page_of(page: u32, all: i64, per_page: i64) -> (u32, u32) {
    let pages = u32::try_from((all + per_page - 1) / per_page).unwrap_or(u32::MAX).max(1);
    (page.clamp(1, pages), pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_good_for_1_to_30_days() {
        assert_eq!(days(""), Ok(7));
        assert_eq!((days("1"), days(" 30 ")), (Ok(1), Ok(30)));
        for outside in ["0", "31", "99999999999999999999"] {
            assert_eq!(days(outside), Err(FieldCode::OutOfRange(1, 30)), "{outside}");
        }
        for odd in ["-1", "1.5", "a week", "+3"] {
            assert_eq!(days(odd), Err(FieldCode::NotANumber), "{odd}");
        }
    }

    #[test]
    fn a_page_past_the_end_is_the_last_one() {
        assert_eq!(page_of(0, 0, 20), (1, 1));
        assert_eq!(page_of(9, 41, 20), (3, 3));
        assert_eq!(page_of(2, 40, 20), (2, 2));
    }
}

//! An invitation as it is stored, and how it ends.

use sqlx::FromRow;

use crate::{
    accounts::Role,
    admin::model::invitations::InvitationState,
    db::{Conn, Error, Tx},
    error::{AppError, InvitationEnd},
    ids::{InvitationId, LocationId, PersonId, SpecialtyId},
    time::Timestamp,
};

/// An invitation as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct StoredInvitation {
    pub id: InvitationId,
    pub role: Role,
    pub email: String,
    pub specialty_id: Option<SpecialtyId>,
    pub location_id: Option<LocationId>,
    pub invited_by: PersonId,
    pub sent_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub used_by: Option<PersonId>,
    pub revoked_at: Option<Timestamp>,
    /// Whether it was found by a link that was mailed, which proves the address.
    #[sqlx(default)]
    pub by_mail: bool,
}

impl StoredInvitation {
    pub(crate) async fn by_id(conn: &mut Conn<'_>, id: InvitationId) -> Result<Self, Error> {
        const SQL: &str = "select id, role, email, specialty_id, location_id, invited_by, sent_at, expires_at, used_at,
            used_by, revoked_at from invitations where id = $1";
        let found = conn.fetch_optional(SQL, (id,)).await?;
        found.ok_or(Error::App(AppError::NotFound))
    }

    /// The invitation whose link, shown or mailed, holds the code with this SHA-256.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an unknown one.
    pub async fn by_code(conn: &mut Conn<'_>, hash: &[u8]) -> Result<Self, Error> {
        const SQL: &str = "select id, role, email, specialty_id, location_id, invited_by, sent_at, expires_at, used_at,
            used_by, revoked_at, code_hash <> $1 as by_mail
        from invitations where code_hash = $1 or id in (select invitation_id from mail_links
            where token_hash = $1 and purpose = 'invitation' and used_at is null)";
        let found = conn.fetch_optional(SQL, (hash,)).await?;
        found.ok_or(Error::App(AppError::NotFound))
    }

    /// Whether it can be used at `now`.
    ///
    /// # Errors
    /// [`AppError::InvitationOver`]
    pub fn check_open(&self, now: Timestamp) -> Result<(), AppError> {
        let why = match state(self.used_at, self.revoked_at, self.expires_at, now) {
            InvitationState::Waiting => return Ok(()),
            InvitationState::Used => InvitationEnd::Used,
            InvitationState::Expired => InvitationEnd::Expired,
            InvitationState::Revoked => InvitationEnd::Revoked,
        };
        Err(AppError::InvitationOver { why })
    }

    /// Uses it up, in the unit that makes the account.
    ///
    /// # Errors
    /// [`AppError::InvitationOver`] when another person was quicker.
    pub async fn mark_used(&self, tx: &mut Tx<'_>, user: PersonId, now: Timestamp) -> Result<(), Error> {
        const SQL: &str = "update invitations set used_at = $1, used_by = $2
            where id = $3 and used_at is null and revoked_at is null";
        let id = self.id;
        let used = tx.execute(SQL, (now, user, id)).await?;
        if used == 0 { Err(AppError::InvitationOver { why: InvitationEnd::Used }.into()) } else { Ok(()) }
    }
}

pub(crate) fn state(
    used: Option<Timestamp>,
    revoked: Option<Timestamp>,
    expires: Timestamp,
    now: Timestamp,
) -> InvitationState {
    if used.is_some() {
        InvitationState::Used
    } else if revoked.is_some() {
        InvitationState::Revoked
    } else if expires <= now {
        InvitationState::Expired
    } else {
        InvitationState::Waiting
    }
}

//! The list of invitations that staff see.

use sqlx::FromRow;

use super::page_of;
use crate::{
    accounts::{Role, server::invitation::state},
    admin::model::invitations::{Invitation, InvitationList},
    clinic::server::clinic_zone,
    db::{Conn, Error},
    error::AppError,
    ids::{InvitationId, LocationId, PersonId, SpecialtyId},
    state::AppState,
    time::{Timestamp, server::Zone},
};

/// Invitations on one page.
const PER_PAGE: i64 = 25;

/// One page of invitations, the newest first, with what a new one can name.
///
/// # Errors
/// The database cannot be read.
pub async fn list(app: &AppState, page: u32) -> Result<InvitationList, AppError> {
    const COUNT: &str = "select count(*) from invitations";
    const SQL: &str = "
        select i.id, i.email, i.role, i.sent_at, i.expires_at, i.used_at, i.revoked_at, i.used_by,
            s.name as specialty, l.name as location, b.display_name as invited_by, p.display_name as joined
        from invitations i
        join persons b on b.id = i.invited_by
        left join persons p on p.id = i.used_by
        left join specialties s on s.id = i.specialty_id
        left join locations l on l.id = i.location_id
        order by i.created_at desc, i.id desc limit $1 offset $2";
    const SPECIALTIES: &str = "select id, name from specialties order by name";
    const LOCATIONS: &str = "select id, name from locations order by name";
    let now = app.clock.now();
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let conn = &mut reader.conn();
    let read = async |conn: &mut Conn<'_>| -> Result<InvitationList, Error> {
        let all: i64 = conn.fetch_value(COUNT, ()).await?;
        let (page, pages) = page_of(page, all, PER_PAGE);
        let skipped = i64::from(page - 1) * PER_PAGE;
        let rows: Vec<ListRow> = conn.fetch_all(SQL, (PER_PAGE, skipped)).await?;
        let zone = clinic_zone(conn).await?;
        let specialties: Vec<(SpecialtyId, String)> = conn.fetch_all(SPECIALTIES, ()).await?;
        let locations: Vec<(LocationId, String)> = conn.fetch_all(LOCATIONS, ()).await?;
        Ok(InvitationList {
            invitations: rows.into_iter().map(|row| row.shown(&zone, now)).collect(),
            all: u32::try_from(all).unwrap_or(u32::MAX),
            page,
            pages,
            specialties: specialties.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
            locations: locations.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        })
    };
    Ok(read(conn).await?)
}

#[derive(FromRow)]
struct ListRow {
    id: InvitationId,
    email: String,
    role: Role,
    sent_at: Timestamp,
    expires_at: Timestamp,
    used_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    used_by: Option<PersonId>,
    specialty: Option<String>,
    location: Option<String>,
    invited_by: String,
    joined: Option<String>,
}

impl ListRow {
    fn shown(self, zone: &Zone, now: Timestamp) -> Invitation {
        Invitation {
            id: self.id,
            email: self.email,
            role: self.role,
            work: [self.specialty, self.location].into_iter().flatten().collect::<Vec<_>>().join(", "),
            invited_by: self.invited_by,
            sent: zone.moment_words(self.sent_at, now),
            expires: zone.moment_words(self.expires_at, now),
            sent_at: self.sent_at,
            expires_at: self.expires_at,
            state: state(self.used_at, self.revoked_at, self.expires_at, now),
            used_by: self.used_by.zip(self.joined),
        }
    }
}

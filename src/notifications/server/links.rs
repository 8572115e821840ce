//! Links in messages: 256 random bits each, stored as SHA-256, for one purpose of one person.
//!
//! A link is made in the unit that takes its message from the outbox, so it is in the database before the message is on
//! its way, and its token is only in the message. A message that is sent again has new links; the old ones stay valid.
//! Opening a link only shows a page; sending the form on that page acts, because mail scanners open every link they
//! see.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Conn, Error, Tx},
    error::AppError,
    ids::{AppointmentId, InvitationId, OfferId, PersonId, RegistrationId},
    notifications::model::Kind,
    random,
    time::Timestamp,
    web::cookies,
};

/// Seconds for which a link that verifies an address works: three days.
const VERIFY_SECONDS: i64 = 3 * 24 * 3600;
/// Seconds for which a link that resets a password works: an hour.
const RESET_SECONDS: i64 = 3600;
/// Seconds for which a registration can be finished: three days.
pub const REGISTRATION_SECONDS: i64 = VERIFY_SECONDS;
/// Seconds for which reminders can be switched off from a message: a year.
const STOP_SECONDS: i64 = 365 * 24 * 3600;

/// The address that an account has.
const PRESENT: &str = "select coalesce(email, '') from persons where id = $1";
/// The address that waits to be verified.
const WANTED: &str = "select coalesce(pending_email, email, '') from persons where id = $1";

/// What a link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Purpose {
    /// To see and cancel one appointment, until it starts or changes.
    ManageAppointment,
    /// To switch reminders off, and nothing else.
    StopReminders,
    /// To prove that the person who opens it reads the address it was sent to.
    VerifyAddress,
    ResetPassword,
    /// With a recovery code, to take the second factor away.
    ResetSecondFactor,
    /// To join.
    Invitation,
    /// To see an offer of the waiting list, and to answer it until it runs out.
    AnswerOffer,
    /// To finish a registration.
    OpenAccount,
}

/// A link that has just been made.
#[derive(Clone, Debug)]
pub struct Link {
    pub purpose: Purpose,
    /// The secret in its address.
    pub token: String,
}

/// A link as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct Stored {
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    pub person_id: Option<PersonId>,
    pub appointment_id: Option<AppointmentId>,
    /// Of the appointment, when the link was made.
    pub version: Option<i32>,
    pub invitation_id: Option<InvitationId>,
    /// SHA-256 of the address that it was sent to, when it proves that address.
    pub address_hash: Option<Vec<u8>>,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

/// The link with this token, whether or not it is still valid at `now`.
///
/// # Errors
/// [`AppError::NotFound`] for a token that was never given out for this purpose.
pub async fn find(conn: &mut Conn<'_>, purpose: Purpose, token: &str) -> Result<Stored, Error> {
    const SQL: &str = "select token_hash, person_id, appointment_id, version, invitation_id, address_hash, expires_at,
            used_at
        from mail_links where token_hash = $1 and purpose = $2";
    if !cookies::is_token(token) {
        return Err(AppError::NotFound.into());
    }
    let hash = random::token_hash(token);
    let found = conn.fetch_optional(SQL, (&hash, purpose)).await?;
    found.ok_or(Error::App(AppError::NotFound))
}

/// What the message of a link is about, besides persons and appointments: an id, as its kind has it.
///
/// # Errors
/// The database's.
pub async fn about(conn: &mut Conn<'_>, link: &Stored) -> Result<String, Error> {
    const SQL: &str = "select o.about from mail_links l join outbox o on o.id = l.outbox_id where l.token_hash = $1";
    conn.fetch_value(SQL, (&link.token_hash,)).await
}

/// Uses a link up, in the unit that does what it is for. Of two browsers with one link, one succeeds.
///
/// # Errors
/// [`AppError::Conflict`] when it was used before.
pub async fn use_up(tx: &mut Tx<'_>, link: &Stored, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "update mail_links set used_at = $1 where token_hash = $2 and used_at is null";
    let used = tx.execute(SQL, (now, &link.token_hash)).await?;
    if used == 0 { Err(AppError::Conflict.into()) } else { Ok(()) }
}

/// A row of the outbox, as far as its links depend on it.
pub(super) struct LinkedMessage<'a> {
    pub id: Uuid,
    pub kind: &'a str,
    pub person_id: Option<PersonId>,
    pub invitation_id: Option<InvitationId>,
    /// The ids of its appointments, as JSON.
    pub appointments: &'a str,
    /// What else the kind needs.
    pub about: &'a str,
}

/// Makes the links that a message of this kind carries. Reads the rows of the message as they are now; what is no
/// longer true gets no link, and its message is not sent either.
pub(super) async fn make(tx: &mut Tx<'_>, row: &LinkedMessage<'_>, now: Timestamp) -> Result<Vec<Link>, Error> {
    let Ok(kind) = row.kind.parse() else {
        return Ok(Vec::new());
    };
    let mut made = Vec::new();
    for purpose in purposes(kind) {
        let token = random::token();
        let new = New { hash: random::token_hash(&token), purpose: *purpose, row, now };
        let inserted = match purpose {
            Purpose::ManageAppointment => new.insert_for_appointment(tx).await?,
            Purpose::StopReminders => new.insert_for_person(tx, None, STOP_SECONDS).await?,
            // who did not ask for it may read it later
            Purpose::ResetPassword if kind == Kind::OwnAccount => {
                new.insert_for_address(tx, WANTED, VERIFY_SECONDS).await?
            }
            Purpose::ResetPassword | Purpose::ResetSecondFactor => {
                new.insert_for_address(tx, PRESENT, RESET_SECONDS).await?
            }
            Purpose::VerifyAddress => new.insert_for_address(tx, WANTED, VERIFY_SECONDS).await?,
            Purpose::Invitation => new.insert_for_invitation(tx).await?,
            Purpose::AnswerOffer => new.insert_for_offer(tx).await?,
            Purpose::OpenAccount => new.insert_for_registration(tx).await?,
        };
        made.extend(inserted.then_some(Link { purpose: *purpose, token }));
    }
    Ok(made)
}

/// Deletes links that were made in the same unit.
pub(super) async fn unmake(tx: &mut Tx<'_>, made: &[Link]) -> Result<(), Error> {
    const SQL: &str = "delete from mail_links where token_hash = $1";
    for link in made {
        let hash = random::token_hash(&link.token);
        tx.execute(SQL, (&hash,)).await?;
    }
    Ok(())
}

fn purposes(kind: Kind) -> &'static [Purpose] {
    match kind {
        Kind::AppointmentBooked
        | Kind::AppointmentAdded
        | Kind::RequestReceived
        | Kind::RequestAccepted
        | Kind::AppointmentsMoved
        | Kind::AppointmentsChanged
        | Kind::VideoLink => &[Purpose::ManageAppointment],
        Kind::Reminder => &[Purpose::ManageAppointment, Purpose::StopReminders],
        Kind::VerifyAddress => &[Purpose::VerifyAddress],
        Kind::ResetPassword | Kind::OwnAccount => &[Purpose::ResetPassword],
        Kind::ResetSecondFactor => &[Purpose::ResetSecondFactor],
        Kind::Invitation => &[Purpose::Invitation],
        Kind::TimeOffered => &[Purpose::AnswerOffer],
        Kind::Registration => &[Purpose::OpenAccount],
        Kind::RequestDeclined
        | Kind::RequestExpired
        | Kind::AppointmentsCancelled
        | Kind::PasswordChanged
        | Kind::AddressChanging
        | Kind::DailyAgenda
        | Kind::DoctorBooked
        | Kind::DoctorRequested
        | Kind::DoctorMoved
        | Kind::DoctorCancelled
        | Kind::DoctorChanged
        | Kind::WrongPasswords
        | Kind::NewDevice
        | Kind::SecondFactorChanged
        | Kind::WrongCodes
        | Kind::CareAsked
        | Kind::OwnDataReady
        | Kind::AccountClosed => &[],
    }
}

/// A link that is about to be stored.
struct New<'a> {
    hash: Vec<u8>,
    purpose: Purpose,
    row: &'a LinkedMessage<'a>,
    now: Timestamp,
}

impl New<'_> {
    /// For a message about one appointment that is still ahead, until it starts: of its recipient, or of a person for whom
    /// they act. Whether they still do is asked when the link is opened.
    async fn insert_for_appointment(&self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        const SQL: &str = "insert into mail_links (token_hash, purpose, outbox_id, person_id, appointment_id, version,
                created_at, expires_at)
            select $1, $2, $3, $6, id, version, $4, starts_at from appointments a
            where id = $5 and starts_at > $4 and status in ('requested', 'booked')
                and (patient_id = $6 or exists (select 1 from care_grants g
                    where g.account_id = $6 and g.person_id = a.patient_id and g.revoked_at is null))";
        let ids: Vec<AppointmentId> = serde_json::from_str(self.row.appointments).unwrap_or_default();
        let [appointment] = ids.as_slice() else {
            return Ok(false);
        };
        let made =
            tx.execute(SQL, (&self.hash, self.purpose, self.row.id, self.now, appointment, self.row.person_id)).await?;
        Ok(made > 0)
    }

    async fn insert_for_person(
        &self,
        tx: &mut Tx<'_>,
        address_hash: Option<Vec<u8>>,
        seconds: i64,
    ) -> Result<bool, Error> {
        const SQL: &str = "insert into mail_links (token_hash, purpose, outbox_id, person_id, address_hash, created_at,
                expires_at)
            values ($1, $2, $3, $4, $5, $6, $7)";
        let until = self.now.plus_seconds(seconds);
        tx.execute(SQL, (&self.hash, self.purpose, self.row.id, self.row.person_id, &address_hash, self.now, until))
            .await?;
        Ok(true)
    }

    /// Bound to the address that `sql` finds for the person: once it is another one, the link is over.
    async fn insert_for_address(&self, tx: &mut Tx<'_>, sql: &'static str, seconds: i64) -> Result<bool, Error> {
        let address: Option<String> = tx.fetch_optional_value(sql, (self.row.person_id,)).await?;
        let Some(address) = address else {
            return Ok(false);
        };
        self.insert_for_person(tx, Some(random::token_hash(&address)), seconds).await
    }

    /// For an offer that waits for its answer, until it runs out.
    async fn insert_for_offer(&self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        const SQL: &str = "insert into mail_links (token_hash, purpose, outbox_id, person_id, appointment_id,
                created_at, expires_at)
            select $1, $2, $3, e.account_id, o.hold_id, $4, o.until_at
            from offers o join waiting_entries e on e.id = o.entry_id
            where o.id = $5 and e.account_id = $6 and o.outcome is null and o.until_at > $4";
        let Ok(offer) = self.row.about.parse::<OfferId>() else { return Ok(false) };
        let binds = (&self.hash, self.purpose, self.row.id, self.now, offer, self.row.person_id);
        Ok(tx.execute(SQL, binds).await? > 0)
    }

    /// For a registration of an address that has no account, until the registration ends.
    async fn insert_for_registration(&self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        const SQL: &str = "insert into mail_links (token_hash, purpose, outbox_id, created_at, expires_at)
            select $1, $2, $3, $4, expires_at from registrations
            where id = $5 and expires_at > $4 and not exists (select 1 from persons p
                where p.email = registrations.email and p.password_hash is not null)";
        let Ok(registration) = self.row.about.parse::<RegistrationId>() else { return Ok(false) };
        Ok(tx.execute(SQL, (&self.hash, self.purpose, self.row.id, self.now, registration)).await? > 0)
    }

    /// Until the invitation ends.
    async fn insert_for_invitation(&self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        const SQL: &str =
            "insert into mail_links (token_hash, purpose, outbox_id, invitation_id, created_at, expires_at)
            select $1, $2, $3, id, $4, expires_at from invitations
            where id = $5 and used_at is null and revoked_at is null and expires_at > $4";
        let made = tx.execute(SQL, (&self.hash, self.purpose, self.row.id, self.now, self.row.invitation_id)).await?;
        Ok(made > 0)
    }
}

/// Ends every link that was mailed for an invitation, because a newer one replaces them.
///
/// # Errors
/// The database's.
pub async fn end_invitation(tx: &mut Tx<'_>, invitation: InvitationId, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "update mail_links set used_at = $1 where invitation_id = $2 and used_at is null";
    tx.execute(SQL, (now, invitation)).await?;
    Ok(())
}

/// Ends every unused link of a person for this purpose, because a newer link or the action itself replaces it.
///
/// # Errors
/// The database's.
pub async fn end_all(tx: &mut Tx<'_>, purpose: Purpose, user: PersonId, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "update mail_links set used_at = $1 where person_id = $2 and purpose = $3 and used_at is null";
    tx.execute(SQL, (now, user, purpose)).await?;
    Ok(())
}

//! Joining by invitation.
//!
//! The role comes from the invitation, never from the form. The account, the doctor and the mark on the invitation are
//! written in one unit, so that of two browsers with one code exactly one joins.

use uuid::Uuid;

use super::{
    NewAccount, RegisterForm, Signed, account_mail, account_row,
    doctor_profile_setup::{self, NewDoctorProfile},
    email_taken, second_factor,
    sessions::NewSession,
    wrong_fields,
};
use crate::{
    accounts::{
        Permission, Role,
        model::{MAX_DESIGNATION, MAX_REGISTRATION},
        server::invitation::StoredInvitation,
    },
    admin::model::{
        invitations::{Invited, OwnApproval},
        people::Approval,
    },
    clinic::server::{
        ClinicSettings,
        audit::{Author, Entry, record},
        clinic_moment, load_settings,
    },
    config::ClinicDefaults,
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldCode, FieldError, InvitationEnd},
    ids::PersonId,
    notifications::model::Kind,
    random,
    state::AppState,
    text::{
        check_line, figures, line,
        server::email::{check_email, kept_email},
    },
    time::Timestamp,
    web::{
        cookies,
        request::{Actor, RequestContext},
    },
};

/// What an invited person types.
#[derive(Clone, Default)]
pub struct JoinForm {
    /// From the link.
    pub code: String,
    /// Must be the address that was invited.
    pub email: String,
    pub name: String,
    /// Of doctors only.
    pub designation: String,
    pub registration_number: String,
    pub password: String,
}

/// A person who has just joined.
pub struct Joined {
    /// None for a person who had joined before and sent the form again.
    pub signed: Option<Signed>,
    /// The page to begin with.
    pub next: &'static str,
}

impl Joined {
    /// Gives the browser its cookies and sends it to the first page.
    pub fn enter(&self, app: &AppState) {
        match &self.signed {
            Some(signed) => signed.enter(app, self.next),
            None => leptos_axum::redirect(self.next),
        }
    }
}

/// The person who invites and the person invited. `signed_in_user` is the signed-in account.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown code; [`AppError::InvitationOver`].
pub async fn invitation(app: &AppState, signed_in_user: Option<Actor>, code: &str) -> Result<Invited, AppError> {
    const NAMES: &str = "select display_name, email from persons where id = $1";
    let (hash, now) = (hash_of(code)?, app.clock.now());
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let read = async |conn: &mut Conn<'_>| -> Result<Invited, Error> {
        let names = async |conn: &mut Conn<'_>, user: PersonId| -> Result<(String, String), Error> {
            conn.fetch_one(NAMES, (user,)).await
        };
        let stored = StoredInvitation::by_code(conn, &hash).await?;
        if let Some(signed_in_user) =
            signed_in_user.filter(|signed_in_user| stored.used_by == Some(signed_in_user.user))
        {
            return Ok(Invited::Joined { role: signed_in_user.role });
        }
        stored.check_open(now)?;
        if let Some(signed_in_user) = signed_in_user {
            let (name, email) = names(conn, signed_in_user.user).await?;
            return Ok(Invited::OtherAccount { name, email });
        }
        Ok(Invited::Welcome {
            invited_by: names(conn, stored.invited_by).await?.0,
            clinic: load_settings(conn, &app.settings.clinic).await?.name,
            role: stored.role,
            expires: clinic_moment(conn, stored.expires_at, now).await?,
        })
    };
    Ok(read(&mut reader.conn()).await?)
}

/// Makes the account that the invitation allows and signs it in.
///
/// # Errors
/// [`AppError::Forbidden`] while another account is signed in; [`AppError::NotFound`] for an unknown code;
/// [`AppError::InvitationOver`]; [`AppError::Invalid`] naming the fields.
pub async fn join(app: &AppState, request_context: &RequestContext, form: JoinForm) -> Result<Joined, AppError> {
    let hash = hash_of(&form.code)?;
    // before a password is hashed, which costs much more than this query
    let stored = StoredInvitation::by_code(&mut app.db.read().await.map_err(AppError::from)?.conn(), &hash).await?;
    if let Some(actor) = request_context.actor {
        // the same form sent twice
        let again = stored.used_by == Some(actor.user);
        return if again {
            Ok(Joined { signed: None, next: first_page(actor.role, actor.may(Permission::KeepOwnCalendar)) })
        } else {
            Err(AppError::Forbidden)
        };
    }
    let unit = Join::check(app, request_context, hash, &stored, form).await?;
    let (user, role, session) = (unit.account.id, unit.account.role, unit.session.clone());
    let waits = app.db.write(unit).await.map_err(email_taken)?;
    tracing::info!(%user, "a person joined by invitation");
    Ok(Joined { signed: Some(session.signed(app, user, role)?), next: first_page(role, waits) })
}

/// Creates the account that an invitation allows, with a doctor if the invitation names one, and signs it in. Returns
/// whether staff must still approve the doctor.
struct Join {
    /// SHA-256 of the invitation's code.
    hash: Vec<u8>,
    account: NewAccount,
    session: NewSession,
    /// Of doctors only.
    doctor_profile_setup: NewDoctorProfile,
    configured: ClinicDefaults,
    /// Names the message that lets them confirm their address.
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for Join {
    const NAME: &'static str = "join";
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        let stored = StoredInvitation::by_code(tx, &self.hash).await?;
        stored.check_open(self.now)?;
        check_address(&stored, &self.account.email)?;
        self.account.insert(tx).await?;
        let user = self.account.id;
        if stored.by_mail {
            // the holder of this link reads mail sent to the address
            account_row::prove_address(tx, user, self.now).await?;
        } else {
            account_mail::send(tx, Kind::VerifyAddress, user, self.message, self.now).await?;
        }
        stored.mark_used(tx, user, self.now).await?;
        let by = Author { actor: Some(user), role: self.account.role.into() };
        let subject_id = Some(stored.id.0);
        let used = Entry { action: "invitation.used", subject: "invitation", subject_id, details: &self.account.name };
        record(tx, by, self.now, used).await?;
        let waits = stored.role == Role::Doctor && self.insert_doctor(tx, &stored, by).await?;
        second_factor::rule::begin_grace(tx, user, self.account.role, self.now).await?;
        self.session.begin(tx, user).await?;
        Ok(waits)
    }
}

impl Join {
    /// Checks the fields of the form.
    async fn check(
        app: &AppState,
        request_context: &RequestContext,
        hash: Vec<u8>,
        stored: &StoredInvitation,
        form: JoinForm,
    ) -> Result<Self, AppError> {
        let now = app.clock.now();
        stored.check_open(now)?;
        check_address(stored, &form.email)?;
        let doctor_profile_setup = NewDoctorProfile {
            name: line(&form.name),
            designation: line(&form.designation),
            registration_number: figures(&form.registration_number),
        };
        let form = RegisterForm { name: form.name, email: form.email, phone: String::new(), password: form.password };
        let mut fields = wrong_fields(app, &form).await;
        if stored.role == Role::Doctor {
            fields.extend(doctor_profile_setup.wrong_fields());
        }
        if !fields.is_empty() {
            return Err(AppError::Invalid { fields });
        }
        let account = NewAccount::check(app, form, stored.role).await?;
        let session = NewSession::prepare(app, request_context, &account.email);
        let (configured, message) = (app.settings.clinic.clone(), Uuid::now_v7());
        Ok(Join { hash, account, session, doctor_profile_setup, configured, message, now })
    }

    /// Writes the doctor, and returns whether staff must still approve them.
    async fn insert_doctor(&self, tx: &mut Tx<'_>, stored: &StoredInvitation, by: Author) -> Result<bool, Error> {
        let clinic: ClinicSettings = load_settings(tx, &self.configured).await?;
        let doctor = self.doctor_profile_setup.insert(tx, self.account.id, stored.specialty_id, &clinic).await?;
        let location = doctor_profile_setup::location_name(tx, stored.location_id).await?;
        let details =
            if location.is_empty() { self.account.name.clone() } else { format!("{}, {location}", self.account.name) };
        let joined =
            Entry { action: "doctor.joined", subject: "doctor", subject_id: Some(doctor.0), details: &details };
        record(tx, by, self.now, joined).await?;
        tx.schedule_changed(doctor);
        Ok(clinic.approve_doctors)
    }
}

fn first_page(role: Role, waits: bool) -> &'static str {
    if waits { "/doctor/waiting" } else { role.start_page() }
}

/// Whether staff let this doctor in.
///
/// # Errors
/// [`AppError::NotFound`] for an account without a calendar.
pub async fn own_approval(app: &AppState, doctor: Actor) -> Result<OwnApproval, AppError> {
    const SQL: &str = "select approval, approval_note from doctors where person_id = $1";
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let read = async |conn: &mut Conn<'_>| -> Result<Option<(Approval, String)>, Error> {
        conn.fetch_optional(SQL, (doctor.user,)).await
    };
    Ok(match read(&mut reader.conn()).await?.ok_or(AppError::NotFound)? {
        (Approval::Waiting, _) => OwnApproval::Waiting,
        (Approval::Rejected, note) => OwnApproval::Rejected(note),
        (Approval::Approved, _) => OwnApproval::Approved,
    })
}

fn hash_of(code: &str) -> Result<Vec<u8>, AppError> {
    if cookies::is_token(code) { Ok(random::token_hash(code)) } else { Err(AppError::NotFound) }
}

/// Whether the address is the one invited. One that is not an address is left to the check of the fields.
fn check_address(stored: &StoredInvitation, email: &str) -> Result<(), AppError> {
    if check_email(email).is_some() || kept_email(email) == stored.email {
        return Ok(());
    }
    Err(AppError::InvitationOver { why: InvitationEnd::OtherEmail })
}

impl NewDoctorProfile {
    fn wrong_fields(&self) -> impl Iterator<Item = FieldError> {
        let checks = [
            ("designation", check_line(&self.designation, MAX_DESIGNATION)),
            ("registration_number", check_line(&self.registration_number, MAX_REGISTRATION)),
        ];
        let wrong = |(field, code): (&str, Option<FieldCode>)| Some(FieldError { field: field.into(), code: code? });
        checks.into_iter().filter_map(wrong)
    }
}

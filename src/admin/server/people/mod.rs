//! Doctors, as the clinic's staff manage them: who is let in, who is shown.

pub mod users;

use sqlx::FromRow;

use crate::{
    admin::model::people::{Approval, DoctorStatus, ListedDoctor, ManagedDoctor, PausedBy, Standing, check_reason},
    availability::server::bump,
    clinic::server::{
        audit::{Entry, record},
        clinic_zone,
    },
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::{DoctorId, PersonId},
    state::AppState,
    text::kept_lines,
    time::Timestamp,
    web::request::Actor,
};

/// What staff decide about a doctor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Approve,
    /// With the reason that the doctor reads.
    Reject(String),
    Pause,
    Resume,
}

/// All doctors: those who wait for approval first, each group by name.
///
/// # Errors
/// The database cannot be read.
pub async fn doctors(app: &AppState) -> Result<Vec<ListedDoctor>, AppError> {
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let conn = &mut reader.conn();
    let today = clinic_zone(conn).await?.local_date(app.clock.now());
    const SQL: &str = "
        select d.id, d.person_id, d.name, d.slug, d.designation, d.registration_number, d.status, d.approval,
            d.approval_note, d.paused_by, d.leave_requested_at, d.schedule_version,
            exists (select 1 from weekly_hours w where w.doctor_id = d.id
                and (w.valid_until is null or w.valid_until >= $1)) as has_hours,
            exists (select 1 from visit_types v where v.doctor_id = d.id and v.active) as has_visit_types,
            (select s.name from doctor_specialties ds join specialties s on s.id = ds.specialty_id
            where ds.doctor_id = d.id order by ds.position, s.name limit 1) as specialty
        from doctors d order by lower(d.name), d.slug";
    let read = async |conn: &mut Conn<'_>| -> Result<Vec<Row>, Error> { conn.fetch_all(SQL, (today,)).await };
    let mut doctors: Vec<ListedDoctor> = read(conn).await?.into_iter().map(Row::listed).collect();
    doctors.sort_by_key(|doctor| !doctor.standing.waits());
    Ok(doctors)
}

/// One doctor.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn doctor(app: &AppState, slug: &str) -> Result<ManagedDoctor, AppError> {
    const SPECIALTIES: &str = "select s.name from doctor_specialties ds join specialties s on s.id = ds.specialty_id
        where ds.doctor_id = $1 order by ds.position, s.name";
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let now = app.clock.now();
    let read = async |conn: &mut Conn<'_>| -> Result<ManagedDoctor, Error> {
        let row = Row::by_slug(conn, slug, now).await?;
        let id = row.id;
        let specialties = conn.fetch_values(SPECIALTIES, (id,)).await?;
        Ok(ManagedDoctor {
            id,
            standing: row.standing(),
            specialties,
            name: row.name,
            slug: row.slug,
            designation: row.designation,
            registration_number: row.registration_number,
            approval_note: row.approval_note,
            version: row.schedule_version,
            account: row.person_id,
            wants_to_leave: row.leave_requested_at.is_some(),
        })
    };
    Ok(read(&mut reader.conn()).await?)
}

/// Carries out what staff decided about the doctor with this slug, if the doctor has not changed since `version`.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when the doctor has changed, or the doctor's standing does not allow
/// the decision; [`AppError::Invalid`] naming `reason`.
pub async fn decide(
    app: &AppState,
    staff: Actor,
    slug: &str,
    version: i64,
    decision: Decision,
) -> Result<(), AppError> {
    if let Decision::Reject(reason) = &decision
        && let Some(code) = check_reason(reason)
    {
        return Err(AppError::field("reason", code));
    }
    let (now, slug) = (app.clock.now(), slug.to_owned());
    Ok(app.db.write(DecideOnDoctor { staff, slug, version, decision, now }).await?)
}

/// Carries out what staff decided about a doctor who has not changed since `version`.
struct DecideOnDoctor {
    staff: Actor,
    slug: String,
    version: i64,
    decision: Decision,
    now: Timestamp,
}

impl WriteUnit for DecideOnDoctor {
    const NAME: &'static str = "decide_on_doctor";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let doctor = Row::by_slug(tx, &self.slug, self.now).await?;
        bump(tx, doctor.id, self.version).await?;
        doctor.change(tx, self.staff, &self.decision, self.now).await?;
        tx.schedule_changed(doctor.id);
        Ok(())
    }
}

#[derive(FromRow)]
struct Row {
    id: DoctorId,
    person_id: Option<PersonId>,
    name: String,
    slug: String,
    designation: String,
    registration_number: String,
    status: DoctorStatus,
    approval: Approval,
    approval_note: String,
    paused_by: Option<PausedBy>,
    leave_requested_at: Option<Timestamp>,
    schedule_version: i64,
    has_hours: bool,
    has_visit_types: bool,
    specialty: Option<String>,
}

impl Row {
    async fn by_slug(conn: &mut Conn<'_>, slug: &str, now: Timestamp) -> Result<Row, Error> {
        const SQL: &str = "
            select d.id, d.person_id, d.name, d.slug, d.designation, d.registration_number, d.status, d.approval,
                d.approval_note, d.paused_by, d.leave_requested_at, d.schedule_version,
                exists (select 1 from weekly_hours w where w.doctor_id = d.id
                    and (w.valid_until is null or w.valid_until >= $2)) as has_hours,
                exists (select 1 from visit_types v where v.doctor_id = d.id and v.active) as has_visit_types,
                cast(null as text) as specialty
            from doctors d where d.slug = $1";
        let today = clinic_zone(conn).await?.local_date(now);
        let found = conn.fetch_optional(SQL, (slug, today)).await?;
        found.ok_or(Error::App(AppError::NotFound))
    }

    fn standing(&self) -> Standing {
        Standing {
            status: self.status,
            approval: self.approval,
            paused_by: self.paused_by,
            has_hours: self.has_hours,
            has_visit_types: self.has_visit_types,
        }
    }

    fn listed(self) -> ListedDoctor {
        ListedDoctor {
            id: self.id,
            standing: self.standing(),
            name: self.name,
            slug: self.slug,
            specialty: self.specialty.unwrap_or_default(),
            version: self.schedule_version,
        }
    }

    /// Writes the decision and its entry in the audit log.
    async fn change(&self, tx: &mut Tx<'_>, staff: Actor, decision: &Decision, now: Timestamp) -> Result<(), Error> {
        const SQL: &str =
            "update doctors set status = $1, approval = $2, approval_note = $3, paused_by = $4 where id = $5";
        let before = self.standing();
        let (allowed, action) = match decision {
            Decision::Approve => (before.can_approve(), "doctor.approved"),
            Decision::Reject(_) => (before.can_reject(), "doctor.rejected"),
            Decision::Pause => (before.can_pause(), "doctor.paused"),
            Decision::Resume => (before.can_resume(), "doctor.resumed"),
        };
        if !allowed {
            return Err(AppError::Conflict.into());
        }
        let (status, approval, note, paused_by) = match decision {
            Decision::Approve => (DoctorStatus::Active, Approval::Approved, String::new(), None),
            Decision::Reject(reason) => (DoctorStatus::Paused, Approval::Rejected, kept_lines(reason), None),
            Decision::Pause => (DoctorStatus::Paused, before.approval, String::new(), Some(PausedBy::Admin)),
            Decision::Resume => (DoctorStatus::Active, before.approval, String::new(), None),
        };
        tx.execute(SQL, (status, approval, &note, paused_by, self.id)).await?;
        let subject_id = Some(self.id.0);
        record(tx, staff.into(), now, Entry { action, subject: "doctor", subject_id, details: &self.name }).await
    }
}

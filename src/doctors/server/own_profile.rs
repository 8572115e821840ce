//! The profile, as its doctor edits it.

use sqlx::FromRow;

use super::{languages, load};
use crate::{
    accounts::model::{MAX_DESIGNATION, MAX_REGISTRATION, check_name},
    availability::server::{Calendar, bump, calendar_of},
    booking::ActorRole,
    clinic::{Approval, DoctorStatus, server::audit},
    db::{Conn, Error, Tx, WriteUnit},
    doctors::{
        DoctorProfile,
        model::own_profile::{MAX_ABOUT, MAX_SPECIALTIES, OwnProfile, ProfileForm, Visibility},
    },
    error::{AppError, FieldCode, FieldError},
    ids::{DoctorId, SpecialtyId},
    state::AppState,
    text::{
        check_lines, check_optional_line, figures, kept_lines, line,
        server::{MAX_LINK, check_https},
    },
    time::{Timestamp, server::LocalDate},
    web::request::Actor,
};

/// The form's fields of specialties, in their order.
const SPECIALTY_FIELDS: [&str; MAX_SPECIALTIES] = ["specialty_1", "specialty_2", "specialty_3"];

#[derive(FromRow)]
struct Row {
    designation: String,
    registration_number: String,
    about: String,
    video_url: String,
    accepts_new_patients: bool,
    staff_read_reasons: bool,
    approval: Approval,
    approval_note: String,
    paused_by: Option<ActorRole>,
}

async fn row(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Row, Error> {
    const SQL: &str = "select designation, registration_number, about, video_url, accepts_new_patients,
            staff_read_reasons, approval, approval_note, paused_by
        from doctors where id = $1";
    conn.fetch_one(SQL, (doctor,)).await
}

impl Row {
    /// The registration number is what staff approved.
    fn registration_fixed(&self, calendar: &Calendar) -> bool {
        !calendar.by_staff && self.approval == Approval::Approved
    }

    fn visibility(&self, calendar: &Calendar) -> Visibility {
        match (calendar.status, self.approval, self.paused_by) {
            (DoctorStatus::Active, ..) => Visibility::Visible,
            (DoctorStatus::Leaving | DoctorStatus::Deactivated, ..) => Visibility::Leaving,
            (_, Approval::Waiting, _) => Visibility::Waiting,
            (_, Approval::Rejected, _) => Visibility::Rejected { note: self.approval_note.clone() },
            (.., Some(ActorRole::Admin)) => Visibility::PausedByClinic,
            _ => Visibility::HiddenByDoctor,
        }
    }

    /// A doctor lifts the doctor's own pause; staff lift every pause. Waiting for approval is no pause.
    fn can_switch(&self, calendar: &Calendar) -> bool {
        match self.visibility(calendar) {
            Visibility::Visible | Visibility::HiddenByDoctor => true,
            Visibility::PausedByClinic => calendar.by_staff,
            Visibility::Waiting | Visibility::Rejected { .. } | Visibility::Leaving => false,
        }
    }
}

/// The profile with all choices of its form.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] for another doctor's.
pub async fn read(app: &AppState, actor: Actor, slug: &str) -> Result<OwnProfile, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let calendar = calendar_of(conn, actor, slug).await?;
    let row = row(conn, calendar.doctor).await?;
    let today = calendar.zone.local_date(app.clock.now());
    Ok(OwnProfile {
        registration_fixed: row.registration_fixed(&calendar),
        visibility: row.visibility(&calendar),
        can_switch: row.can_switch(&calendar),
        specialties: specialties_of(conn, calendar.doctor).await?.iter().map(ToString::to_string).collect(),
        languages: languages_of(conn, calendar.doctor).await?,
        has_hours: has_hours(conn, calendar.doctor, today).await?,
        has_visit_types: has_visit_types(conn, calendar.doctor).await?,
        all_specialties: all_specialties(conn).await?.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        all_languages: languages::all(),
        slug: calendar.slug,
        name: calendar.name,
        version: calendar.version,
        by_staff: calendar.by_staff,
        designation: row.designation,
        registration_number: row.registration_number,
        about: row.about,
        video_url: row.video_url,
        accepts_new_patients: row.accepts_new_patients,
        staff_read_reasons: row.staff_read_reasons,
    })
}

async fn specialties_of(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Vec<SpecialtyId>, Error> {
    const SQL: &str = "select specialty_id from doctor_specialties where doctor_id = $1 order by position";
    conn.fetch_values(SQL, (doctor,)).await
}

async fn languages_of(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Vec<String>, Error> {
    const SQL: &str = "select language from doctor_languages where doctor_id = $1 order by language";
    conn.fetch_values(SQL, (doctor,)).await
}

async fn all_specialties(conn: &mut Conn<'_>) -> Result<Vec<(SpecialtyId, String)>, Error> {
    const SQL: &str = "select id, name from specialties order by name";
    conn.fetch_all(SQL, ()).await
}

async fn has_hours(conn: &mut Conn<'_>, doctor: DoctorId, today: LocalDate) -> Result<bool, Error> {
    const SQL: &str = "select count(*) from weekly_hours
        where doctor_id = $1 and (valid_until is null or valid_until >= $2)";
    let count: i64 = conn.fetch_value(SQL, (doctor, today)).await?;
    Ok(count > 0)
}

async fn has_visit_types(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<bool, Error> {
    const SQL: &str = "select count(*) from visit_types where doctor_id = $1 and active";
    let count: i64 = conn.fetch_value(SQL, (doctor,)).await?;
    Ok(count > 0)
}

/// Saves the profile; the address of its form.
///
/// # Errors
/// [`AppError::Invalid`] naming the fields, [`AppError::Conflict`] when it changed since the form was made,
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] for another doctor's.
pub async fn save(
    app: &AppState,
    actor: Actor,
    slug: &str,
    version: i64,
    form: ProfileForm,
    languages: Vec<String>,
) -> Result<String, AppError> {
    let unit = SaveProfile { actor, slug: slug.to_owned(), version, form, languages, now: app.clock.now() };
    let calendar = app.db.write(unit).await?;
    Ok(page(&calendar, "saved"))
}

/// Saves a profile as it was typed.
struct SaveProfile {
    actor: Actor,
    slug: String,
    version: i64,
    form: ProfileForm,
    languages: Vec<String>,
    now: Timestamp,
}

impl WriteUnit for SaveProfile {
    const NAME: &'static str = "save_profile";
    type Output = Calendar;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Calendar, Error> {
        let calendar = calendar_of(tx, self.actor, &self.slug).await?;
        let checked = Checked::of(tx, &self.form, &self.languages).await?;
        bump(tx, calendar.doctor, self.version).await?;
        checked.write(tx, self.actor, &calendar, self.now).await?;
        tx.schedule_changed(calendar.doctor);
        Ok(calendar)
    }
}

fn page(calendar: &Calendar, done: &str) -> String {
    let owner = if calendar.by_staff { format!("doctor={}&", calendar.slug) } else { String::new() };
    format!("/doctor/profile?{owner}done={done}")
}

/// A profile whose fields have been checked.
struct Checked {
    name: String,
    designation: String,
    registration_number: String,
    about: String,
    video_url: String,
    accepts_new_patients: bool,
    specialties: Vec<SpecialtyId>,
    /// In order, each once.
    languages: Vec<String>,
}

impl Checked {
    async fn of(conn: &mut Conn<'_>, form: &ProfileForm, spoken: &[String]) -> Result<Self, Error> {
        let mut known = spoken.to_vec();
        known.sort_unstable();
        known.dedup();
        let strange = known.iter().any(|code| !languages::is_known(code));
        let mut wrong = vec![
            ("name", check_name(&form.name)),
            ("designation", check_optional_line(&form.designation, MAX_DESIGNATION)),
            ("registration_number", check_optional_line(&form.registration_number, MAX_REGISTRATION)),
            ("about", check_lines(&form.about, MAX_ABOUT)),
            ("video_url", check_https(&form.video_url, MAX_LINK)),
            ("languages", strange.then_some(FieldCode::Unknown)),
        ];
        let all = all_specialties(conn).await?;
        let mut specialties: Vec<SpecialtyId> = Vec::new();
        for (field, typed) in
            SPECIALTY_FIELDS.into_iter().zip([&form.specialty_1, &form.specialty_2, &form.specialty_3])
        {
            match typed.parse() {
                Ok(id) if specialties.contains(&id) => {}
                Ok(id) if all.iter().any(|(known, _)| *known == id) => specialties.push(id),
                Err(_) if typed.is_empty() => {}
                _ => wrong.push((field, Some(FieldCode::Unknown))),
            }
        }
        let named = wrong.iter().any(|(field, code)| SPECIALTY_FIELDS.contains(field) && code.is_some());
        if specialties.is_empty() && !named {
            wrong.push(("specialty_1", Some(FieldCode::Missing)));
        }
        let error = |(field, code): (&str, Option<FieldCode>)| Some(FieldError { field: field.into(), code: code? });
        let fields: Vec<_> = wrong.into_iter().filter_map(error).collect();
        if !fields.is_empty() {
            return Err(AppError::Invalid { fields }.into());
        }
        Ok(Checked {
            name: line(&form.name),
            designation: line(&form.designation),
            registration_number: figures(&form.registration_number),
            about: kept_lines(&form.about),
            video_url: line(&form.video_url),
            accepts_new_patients: form.accepts_new_patients == "true",
            specialties,
            languages: known,
        })
    }

    async fn write(mut self, tx: &mut Tx<'_>, actor: Actor, calendar: &Calendar, now: Timestamp) -> Result<(), Error> {
        let before = row(tx, calendar.doctor).await?;
        if before.registration_fixed(calendar) {
            self.registration_number.clone_from(&before.registration_number);
        }
        let changed = [
            ("name", self.name != calendar.name),
            ("title", self.designation != before.designation),
            ("registration number", self.registration_number != before.registration_number),
            ("about", self.about != before.about),
            ("link for video calls", self.video_url != before.video_url),
            ("new patients", self.accepts_new_patients != before.accepts_new_patients),
            ("specialties", self.specialties != specialties_of(tx, calendar.doctor).await?),
            ("languages", self.languages != languages_of(tx, calendar.doctor).await?),
        ];
        self.update(tx, calendar.doctor).await?;
        let changed: Vec<&str> = changed.iter().filter(|(_, changed)| *changed).map(|(what, _)| *what).collect();
        let what = if changed.is_empty() { "nothing".to_owned() } else { changed.join(", ") };
        record(tx, actor, calendar, now, &format!("{}: {what}", self.name)).await
    }

    async fn update(&self, tx: &mut Tx<'_>, doctor: DoctorId) -> Result<(), Error> {
        const PROFILE: &str = "update doctors set name = $2, designation = $3, registration_number = $4, about = $5,
                accepts_new_patients = $6, video_url = $7
            where id = $1";
        const NO_SPECIALTIES: &str = "delete from doctor_specialties where doctor_id = $1";
        const NO_LANGUAGES: &str = "delete from doctor_languages where doctor_id = $1";
        const SPECIALTY: &str =
            "insert into doctor_specialties (doctor_id, specialty_id, position) values ($1, $2, $3)";
        const LANGUAGE: &str = "insert into doctor_languages (doctor_id, language) values ($1, $2)";
        tx.execute(
            PROFILE,
            (
                doctor,
                &self.name,
                &self.designation,
                &self.registration_number,
                &self.about,
                self.accepts_new_patients,
                &self.video_url,
            ),
        )
        .await?;
        for clear in [NO_SPECIALTIES, NO_LANGUAGES] {
            tx.execute(clear, (doctor,)).await?;
        }
        for (position, specialty) in (1_i32..).zip(&self.specialties) {
            tx.execute(SPECIALTY, (doctor, specialty, position)).await?;
        }
        for language in &self.languages {
            tx.execute(LANGUAGE, (doctor, language)).await?;
        }
        Ok(())
    }
}

/// Hides the profile from patients, or shows it again; the address of its form. Booked appointments stay as they are.
/// Doing it twice is doing it once.
///
/// # Errors
/// [`AppError::Forbidden`] when another person paused the doctor, or the doctor is not approved or leaves;
/// [`AppError::Conflict`] when the profile changed since the form was made; as [`save`] otherwise.
pub async fn set_visible(
    app: &AppState,
    actor: Actor,
    slug: &str,
    version: i64,
    show: bool,
) -> Result<String, AppError> {
    let unit = SetVisible { actor, slug: slug.to_owned(), version, show, now: app.clock.now() };
    let calendar = app.db.write(unit).await?;
    Ok(page(&calendar, if show { "shown" } else { "hidden" }))
}

/// Hides a profile from patients, or shows it again.
struct SetVisible {
    actor: Actor,
    slug: String,
    version: i64,
    show: bool,
    now: Timestamp,
}

impl WriteUnit for SetVisible {
    const NAME: &'static str = "set_profile_visible";
    type Output = Calendar;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Calendar, Error> {
        let calendar = calendar_of(tx, self.actor, &self.slug).await?;
        let before = row(tx, calendar.doctor).await?;
        if !before.can_switch(&calendar) {
            return Err(AppError::Forbidden.into());
        }
        if self.show != (calendar.status == DoctorStatus::Active) {
            bump(tx, calendar.doctor, self.version).await?;
            switch(tx, self.actor, &calendar, self.show, self.now).await?;
            tx.schedule_changed(calendar.doctor);
        }
        Ok(calendar)
    }
}

async fn switch(tx: &mut Tx<'_>, actor: Actor, calendar: &Calendar, show: bool, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "update doctors set status = $2, paused_by = $3 where id = $1";
    let (status, by, what) = if show {
        (DoctorStatus::Active, None, "shown to patients")
    } else {
        (DoctorStatus::Paused, Some(ActorRole::from(actor.role)), "hidden from patients")
    };
    tx.execute(SQL, (calendar.doctor, status, by)).await?;
    record(tx, actor, calendar, now, &format!("{}: {what}", calendar.name)).await
}

async fn record(
    tx: &mut Tx<'_>,
    actor: Actor,
    calendar: &Calendar,
    now: Timestamp,
    details: &str,
) -> Result<(), Error> {
    let entry = audit::Entry {
        action: "doctor.profile_changed",
        subject: "doctor",
        subject_id: Some(calendar.doctor.0),
        details,
    };
    audit::record(tx, actor.into(), now, entry).await
}

/// The profile as patients see it, or would see it.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] for another doctor's.
pub async fn preview(app: &AppState, actor: Actor, slug: &str) -> Result<DoctorProfile, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let calendar = calendar_of(conn, actor, slug).await?;
    let entry = load::hidden_too(conn, calendar.doctor, app.clock.now()).await?;
    entry.map(|entry| entry.profile).ok_or(AppError::NotFound)
}

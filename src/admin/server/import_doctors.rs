//! Doctors from another system: profiles without an account, with one visit type and no hours yet.

use uuid::Uuid;

use super::specialties;
use crate::{
    accounts::{
        model::{MAX_DESIGNATION, MAX_REGISTRATION, check_name},
        server::doctor_profile_setup::{free_slug, insert_first_visit_type, slug_of},
    },
    app::field_words,
    clinic::server::{
        audit::{self, Author, Entry},
        imports::{Cells, ImportItem, ImportKey, ImportRows, Plan, Problem, Verdict},
    },
    db::{Conn, Error, Tx},
    doctors::{
        model::own_profile::{MAX_ABOUT, MAX_SPECIALTIES},
        server::is_known_language,
    },
    error::FieldCode,
    ids::{DoctorId, SpecialtyId},
    text::{check_lines, check_optional_line, figures, is_blank, kept_lines, line},
    time::Timestamp,
};

/// The doctors of a file.
pub struct DoctorRows {
    /// The clinic's usual minutes between the last change and the appointment.
    pub cutoff_minutes: i32,
}

/// A doctor to write.
pub struct DoctorItem {
    key: ImportKey,
    name: String,
    designation: String,
    registration_number: String,
    about: String,
    specialties: Vec<String>,
    languages: Vec<String>,
    accepts_new_patients: bool,
    /// The code of a status.
    status: &'static str,
    cutoff_minutes: i32,
}

/// The parts of a cell that holds a list.
fn list(cell: &str) -> Vec<String> {
    let parts = cell.split([';', '|']).map(line);
    parts.filter(|part| !part.is_empty()).collect()
}

fn checks(cells: &Cells, specialties: &[String], languages: &[String]) -> Vec<Problem> {
    let strange = languages.iter().any(|code| !is_known_language(code));
    let named = specialties.iter().find_map(|name| check_name(name));
    let none = specialties.is_empty().then_some(FieldCode::Missing);
    let checks = [
        ("name", "the name", check_name(cells.get("name"))),
        ("title", "the title", check_optional_line(cells.get("title"), MAX_DESIGNATION)),
        (
            "registration_number",
            "the registration number",
            check_optional_line(cells.get("registration_number"), MAX_REGISTRATION),
        ),
        ("about", "the text about the doctor", check_lines(cells.get("about"), MAX_ABOUT)),
        ("specialties", "the specialty", none.or(named)),
    ];
    let words = |(column, what, code): (&'static str, &str, Option<FieldCode>)| {
        Some(Problem::new(column, field_words(code?, what)))
    };
    let mut wrong: Vec<Problem> = checks.into_iter().filter_map(words).collect();
    if specialties.len() > MAX_SPECIALTIES {
        wrong.push(Problem::new("specialties", format!("A doctor has at most {MAX_SPECIALTIES} specialties")));
    }
    if strange {
        wrong.push(Problem::new("languages", "Enter languages by their two letters, like en; fr"));
    }
    wrong
}

impl ImportRows for DoctorRows {
    type Item = DoctorItem;

    async fn check(
        &mut self,
        conn: &mut Conn<'_>,
        _row: u64,
        cells: &Cells,
        key: ImportKey,
    ) -> Result<Verdict<DoctorItem>, Error> {
        if let Some(before) = key.find(conn).await? {
            let words = "The row has changed since it was imported: not changed here; change the profile in docslot";
            return Ok(Verdict::kept(&key, &before, words));
        }
        let (specialties, languages) = (list(cells.get("specialties")), list(&cells.get("languages").to_lowercase()));
        let mut wrong = checks(cells, &specialties, &languages);
        let status = match line(cells.get("status")).to_lowercase().as_str() {
            "" | "paused" | "leaving" => "paused",
            "active" => "active",
            "deactivated" => "deactivated",
            _ => {
                wrong.push(Problem::new("status", "Enter active, paused or deactivated"));
                ""
            }
        };
        let accepts_new_patients = match line(cells.get("accepts_new_patients")).to_lowercase().as_str() {
            "" | "yes" | "true" | "1" => true,
            "no" | "false" | "0" => false,
            _ => {
                wrong.push(Problem::new("accepts_new_patients", "Enter yes or no"));
                true
            }
        };
        if !wrong.is_empty() {
            return Ok(wrong.into());
        }
        Ok(Plan::Add(DoctorItem {
            key,
            name: line(cells.get("name")),
            designation: line(cells.get("title")),
            registration_number: figures(cells.get("registration_number")),
            about: kept_lines(cells.get("about")),
            specialties,
            languages: if is_blank(cells.get("languages")) { vec!["en".to_owned()] } else { languages },
            accepts_new_patients,
            status,
            cutoff_minutes: self.cutoff_minutes,
        })
        .into())
    }
}

impl ImportItem for DoctorItem {
    const NAME: &'static str = "import_doctors";

    async fn write(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Error> {
        const DOCTOR: &str = "insert into doctors (id, slug, name, designation, registration_number, about,
                accepts_new_patients, status, paused_by, approval)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'approved')";
        const SPECIALTY: &str =
            "insert into doctor_specialties (doctor_id, specialty_id, position) values ($1, $2, $3)";
        const LANGUAGE: &str = "insert into doctor_languages (doctor_id, language) values ($1, $2)";
        if self.key.find(tx).await?.is_some() {
            return Ok(());
        }
        let id = DoctorId(Uuid::now_v7());
        let slug = free_slug(tx, &slug_of(&self.name)).await?;
        let paused_by = (self.status == "paused").then_some("admin");
        tx.execute(
            DOCTOR,
            (
                id,
                &slug,
                &self.name,
                &self.designation,
                &self.registration_number,
                &self.about,
                self.accepts_new_patients,
                self.status,
                paused_by,
            ),
        )
        .await?;
        let mut given: Vec<SpecialtyId> = Vec::new();
        for name in &self.specialties {
            let specialty = specialties::named(tx, Author::SYSTEM, name, now).await?;
            if !given.contains(&specialty) {
                let position = i32::try_from(given.len()).unwrap_or_default();
                tx.execute(SPECIALTY, (id, specialty, position)).await?;
                given.push(specialty);
            }
        }
        let mut languages = self.languages.clone();
        languages.sort_unstable();
        languages.dedup();
        for language in &languages {
            tx.execute(LANGUAGE, (id, language)).await?;
        }
        insert_first_visit_type(tx, id, self.cutoff_minutes).await?;
        tx.schedule_changed(id);
        let entry = Entry { action: "doctor.imported", subject: "doctor", subject_id: Some(id.0), details: &self.name };
        audit::record(tx, Author::SYSTEM, now, entry).await?;
        self.key.remember(tx, Some(id.0), now).await
    }
}

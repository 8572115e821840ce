//! The calendar of a doctor who has just joined: ready for the first hours, with one visit type.

use uuid::Uuid;

use crate::{
    admin::model::people::{Approval, DoctorStatus},
    clinic::server::ClinicSettings,
    db::{Conn, Error, Tx},
    ids::{DoctorId, LocationId, PersonId, SpecialtyId, VisitTypeId},
    text::server::{slug, words_of},
};

/// Characters of the last part of a profile's address.
const MAX_SLUG: usize = 60;

/// What a doctor says about themselves on joining.
#[derive(Clone)]
pub(super) struct NewDoctorProfile {
    pub name: String,
    pub designation: String,
    pub registration_number: String,
}

impl NewDoctorProfile {
    /// Writes the doctor. Patients see them at once only if the clinic lets doctors join without approval.
    pub async fn insert(
        &self,
        tx: &mut Tx<'_>,
        user: PersonId,
        specialty: Option<SpecialtyId>,
        clinic: &ClinicSettings,
    ) -> Result<DoctorId, Error> {
        const DOCTOR: &str = "insert into doctors (id, person_id, slug, name, designation, registration_number, about,
                accepts_new_patients, status, approval)
            values ($1, $2, $3, $4, $5, $6, '', $7, $8, $9)";
        const SPECIALTY: &str = "insert into doctor_specialties (doctor_id, specialty_id, position) values ($1, $2, 0)";
        const LANGUAGE: &str = "insert into doctor_languages (doctor_id, language) values ($1, 'en')";
        let id = DoctorId(Uuid::now_v7());
        let slug = free_slug(tx, &slug_of(&self.name)).await?;
        let (status, approval) = if clinic.approve_doctors {
            (DoctorStatus::Paused, Approval::Waiting)
        } else {
            (DoctorStatus::Active, Approval::Approved)
        };
        tx.execute(
            DOCTOR,
            (id, user, &slug, &self.name, &self.designation, &self.registration_number, true, status, approval),
        )
        .await?;
        if let Some(specialty) = specialty {
            tx.execute(SPECIALTY, (id, specialty)).await?;
        }
        tx.execute(LANGUAGE, (id,)).await?;
        insert_first_visit_type(tx, id, clinic.cutoff_minutes).await?;
        Ok(id)
    }
}

/// A visit type that most doctors can begin with, so that hours alone open booking.
pub(crate) async fn insert_first_visit_type(
    tx: &mut Tx<'_>,
    doctor: DoctorId,
    cutoff_minutes: i32,
) -> Result<(), Error> {
    const SQL: &str = "insert into visit_types (id, doctor_id, name, position, mode, minutes, buffer_before_minutes,
            buffer_after_minutes, step_minutes, notice_minutes, horizon_days, audience, needs_approval, cutoff_minutes,
            late_cancel, instructions, active)
        values ($1, $2, 'Consultation', 0, 'in_person', 20, 0, 0, 20, 120, 60, 'any', $3, $4, 'allow', '', $5)";
    let id = VisitTypeId(Uuid::now_v7());
    tx.execute(SQL, (id, doctor, false, cutoff_minutes, true)).await?;
    Ok(())
}

/// The name of a location; empty for none.
pub(super) async fn location_name(conn: &mut Conn<'_>, location: Option<LocationId>) -> Result<String, Error> {
    const SQL: &str = "select name from locations where id = $1";
    let name: Option<String> = conn.fetch_optional_value(SQL, (location,)).await?;
    Ok(name.unwrap_or_default())
}

/// `wanted`, or with the first number behind it that no doctor has.
pub(crate) async fn free_slug(conn: &mut Conn<'_>, wanted: &str) -> Result<String, Error> {
    const SQL: &str = "select slug from doctors where slug = $1 or slug like $2";
    // a slug contains no wildcard of a pattern
    let numbered = [wanted, "-%"].concat();
    let taken: Vec<String> = conn.fetch_values(SQL, (wanted, &numbered)).await?;
    let numbered = (2_u32..).map(|number| format!("{wanted}-{number}"));
    let mut candidates = std::iter::once(wanted.to_owned()).chain(numbered);
    Ok(candidates.find(|candidate| !taken.contains(candidate)).unwrap_or_default())
}

/// The last part of a profile's address: the name without its title.
pub(crate) fn slug_of(name: &str) -> String {
    let words = words_of(name);
    let title = |word: &&str| matches!(*word, "dr" | "prof" | "professor");
    let name = words.split_whitespace().skip_while(title).collect::<Vec<_>>().join(" ");
    let slug = slug(&name, MAX_SLUG);
    if slug.is_empty() { "doctor".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::slug_of;

    #[test]
    fn an_address_has_small_letters_and_hyphens_only() {
        assert_eq!(slug_of("Dr Zoë Ng"), "zoe-ng");
        assert_eq!(slug_of("Prof. Łukasz  O'Neill-Brandão"), "lukasz-oneill-brandao");
        assert_eq!(slug_of("Dr. Nguyễn"), "nguyen");
        assert_eq!(slug_of("李雷"), "li-lei");
        assert_eq!(slug_of("?"), "doctor");
        assert_eq!(slug_of("Dr"), "doctor");
        assert_eq!(slug_of(&"a".repeat(99)).len(), 60);
    }
}

//! The calendar of a doctor who has just joined: ready for the first hours, with one visit type.

use uuid::Uuid;

use crate::{
    admin::{
        model::people::{Approval, DoctorStatus},
        server::settings::ClinicSettings,
    },
    db::{Conn, Error, on},
    ids::{DoctorId, LocationId, SpecialtyId, UserId, VisitTypeId},
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
    /// Writes the doctor. Patients see them at once only if the clinic lets doctors in without looking.
    pub async fn insert(
        &self,
        conn: &mut Conn<'_>,
        user: UserId,
        specialty: Option<SpecialtyId>,
        clinic: &ClinicSettings,
    ) -> Result<DoctorId, Error> {
        const DOCTOR: &str = "insert into doctors (id, user_id, slug, name, designation, registration_number, about,
                accepts_new_patients, status, approval)
            values ($1, $2, $3, $4, $5, $6, '', $7, $8, $9)";
        const SPECIALTY: &str = "insert into doctor_specialties (doctor_id, specialty_id, position) values ($1, $2, 0)";
        const LANGUAGE: &str = "insert into doctor_languages (doctor_id, language) values ($1, 'en')";
        let id = DoctorId(Uuid::now_v7());
        let slug = free_slug(conn, &slug_of(&self.name)).await?;
        let (status, approval) = if clinic.approve_doctors {
            (DoctorStatus::Paused, Approval::Waiting)
        } else {
            (DoctorStatus::Active, Approval::Approved)
        };
        on!(conn, |c| {
            let query = sqlx::query(DOCTOR).bind(id).bind(user).bind(&slug).bind(&self.name).bind(&self.designation);
            let query = query.bind(&self.registration_number).bind(true).bind(status).bind(approval);
            query.execute(c).await?.rows_affected()
        });
        if let Some(specialty) = specialty {
            on!(conn, |c| sqlx::query(SPECIALTY).bind(id).bind(specialty).execute(c).await?.rows_affected());
        }
        on!(conn, |c| sqlx::query(LANGUAGE).bind(id).execute(c).await?.rows_affected());
        insert_first_visit_type(conn, id, clinic.cutoff_minutes).await?;
        Ok(id)
    }
}

/// A visit type that most doctors can begin with, so that hours alone open booking.
async fn insert_first_visit_type(conn: &mut Conn<'_>, doctor: DoctorId, cutoff_minutes: i32) -> Result<(), Error> {
    const SQL: &str = "insert into visit_types (id, doctor_id, name, position, mode, minutes, buffer_before_minutes,
            buffer_after_minutes, step_minutes, notice_minutes, horizon_days, audience, needs_approval, cutoff_minutes,
            late_cancel, instructions, active)
        values ($1, $2, 'Consultation', 0, 'in_person', 20, 0, 0, 20, 120, 60, 'any', $3, $4, 'allow', '', $5)";
    let id = VisitTypeId(Uuid::now_v7());
    on!(conn, |c| {
        let query = sqlx::query(SQL).bind(id).bind(doctor).bind(false).bind(cutoff_minutes).bind(true);
        query.execute(c).await?.rows_affected()
    });
    Ok(())
}

/// The name of a place; empty for none.
pub(super) async fn location_name(conn: &mut Conn<'_>, location: Option<LocationId>) -> Result<String, Error> {
    const SQL: &str = "select name from locations where id = $1";
    let name: Option<String> = on!(conn, |c| sqlx::query_scalar(SQL).bind(location).fetch_optional(c).await?);
    Ok(name.unwrap_or_default())
}

/// `wanted`, or with the first number behind it that no doctor has.
async fn free_slug(conn: &mut Conn<'_>, wanted: &str) -> Result<String, Error> {
    const SQL: &str = "select slug from doctors where slug = $1 or slug like $2";
    // a slug has no sign that stands for something else in a pattern
    let numbered = [wanted, "-%"].concat();
    let taken: Vec<String> = on!(conn, |c| sqlx::query_scalar(SQL).bind(wanted).bind(&numbered).fetch_all(c).await?);
    let numbered = (2_u32..).map(|number| format!("{wanted}-{number}"));
    let mut candidates = std::iter::once(wanted.to_owned()).chain(numbered);
    Ok(candidates.find(|candidate| !taken.contains(candidate)).unwrap_or_default())
}

/// The last part of a profile's address: the name without its title.
fn slug_of(name: &str) -> String {
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

//! Writes the demonstration clinic: working hours of each doctor, and a feature that makes each one worth a look.

use super::{
    calendar,
    people::{DOCTORS, HARBOUR, PATIENTS, Person, RIVERSIDE},
    rows::{self, Location, NewDoctor, NewHours},
};
use crate::{
    accounts::Role,
    clinic::server::{SecondFactorRule, keep_zone, load_settings},
    config::ClinicDefaults,
    db::{Error, Tx},
    ids::{DoctorId, PersonId, SpecialtyId},
    time::Timestamp,
};

/// Patients who have appointments but never sign in.
const OTHER_PATIENTS: usize = 120;
/// Weeks before today from which the weekly hours count.
const WEEKS_BACK: i64 = 12;

/// The values that one writing of the clinic needs; the same for every try of its unit.
pub(super) struct Clinic {
    pub now: Timestamp,
    /// Role, name and e-mail of each sign-in, and its password's hash.
    pub accounts: Vec<((Role, &'static str, &'static str), String)>,
    /// Hash of an unknown password.
    pub unknown_password: String,
    /// What holds while the clinic has saved no settings.
    pub configured: ClinicDefaults,
}

impl Clinic {
    /// Writes everything. The database has no doctor.
    pub async fn write(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let locations = rows::insert_locations(tx).await?;
        keep_zone(tx).await?;
        // whoever looks at the demonstration signs in with the password alone
        SecondFactorRule { is_needed: false, ..SecondFactorRule::default() }.save(tx).await?;
        let specialties = rows::insert_specialties(tx).await?;
        let (mut patients, mut doctor_account) = (Vec::new(), None);
        for (account, hash) in &self.accounts {
            let user = rows::insert_user(tx, *account, hash, self.now).await?;
            match account.0 {
                Role::Patient => patients.push(user),
                Role::Doctor => doctor_account = Some(user),
                Role::Receptionist | Role::Admin => {}
            }
        }
        for number in 0..OTHER_PATIENTS {
            patients.push(self.patient(tx, number).await?);
        }
        let mut doctors = Vec::new();
        for (index, person) in DOCTORS.iter().enumerate() {
            let user = doctor_account.filter(|_| index == 0);
            doctors.push(self.doctor(tx, index, person, user, &locations, &specialties).await?);
        }
        self.exceptions(tx, &doctors, &locations).await?;
        let settings = load_settings(tx, &self.configured).await?;
        calendar::fill(tx, &doctors, &patients, &settings, self.now).await
    }

    /// The first name of one known patient with the family name of another.
    async fn patient(&self, tx: &mut Tx<'_>, number: usize) -> Result<PersonId, Error> {
        let known = |index: usize| PATIENTS.get(index % PATIENTS.len()).and_then(|name| name.split_once(' '));
        let (first, _) = known(number).unwrap_or_default();
        let (_, family) = known(number + 1 + 7 * (number / PATIENTS.len())).unwrap_or_default();
        let email = format!("patient{number}@patients.example");
        rows::insert_user(tx, (Role::Patient, &format!("{first} {family}"), &email), &self.unknown_password, self.now)
            .await
    }

    async fn doctor(
        &self,
        tx: &mut Tx<'_>,
        index: usize,
        person: &Person,
        user: Option<PersonId>,
        locations: &[Location],
        specialties: &[(&str, SpecialtyId)],
    ) -> Result<DoctorId, Error> {
        let known = |slug: &&str| specialties.iter().find(|(known, _)| known == slug).map(|(_, id)| *id);
        let doctor = NewDoctor {
            user,
            slug: person.slug,
            name: person.name,
            title: person.title,
            registration_number: format!("{}", 7_104_218 + index * 1_379),
            about: person.about,
            new_patients: person.new_patients,
            status: person.status,
            specialties: person.specialties.iter().filter_map(known).collect(),
            languages: person.languages,
            visit_types: person.offer.visit_types(),
        };
        let (id, _) = rows::insert_doctor(tx, &doctor).await?;
        for (place, weekdays, windows, every_weeks) in person.hours {
            let Some(location) = locations.get(*place) else { continue };
            let valid_from = location.zone.local_date(self.now).monday().plus_days(-7 * WEEKS_BACK);
            for weekday in *weekdays {
                for window in *windows {
                    let (location, weekday, window, every_weeks) = (location.id, *weekday, *window, *every_weeks);
                    let hours = NewHours { location, weekday, window, valid_from, every_weeks };
                    rows::insert_hours(tx, id, &hours).await?;
                }
            }
        }
        Ok(id)
    }

    /// Days that differ: a closed day, a replaced one, an extra one, time off, and a clinic that is shut.
    async fn exceptions(&self, tx: &mut Tx<'_>, doctors: &[DoctorId], locations: &[Location]) -> Result<(), Error> {
        let (Some(riverside), Some(harbour)) = (locations.get(RIVERSIDE), locations.get(HARBOUR)) else {
            return Ok(());
        };
        let monday = riverside.zone.local_date(self.now).monday();
        let day = |week: i64, weekday: i64| monday.plus_days(7 * week + weekday - 1);
        let off = |location: &Location, first, last| {
            (location.zone.window_start(first, 0), location.zone.window_end(last, 1440))
        };
        if let [_, tomasz, farah, eleni, rhys, folasade, ..] = doctors {
            rows::insert_override(tx, *tomasz, day(1, 4), "closed", None).await?;
            let late_start = Some((riverside.id, 11 * 60, 17 * 60));
            rows::insert_override(tx, *farah, day(2, 2), "replace", late_start).await?;
            rows::insert_override(tx, *rhys, day(1, 6), "add", Some((riverside.id, 9 * 60, 12 * 60))).await?;
            rows::insert_time_off(tx, *eleni, off(harbour, day(1, 1), day(1, 5)), "Holiday").await?;
            let course = (riverside.zone.window_start(day(1, 3), 13 * 60), riverside.zone.window_end(day(1, 3), 1440));
            rows::insert_time_off(tx, *folasade, course, "Course").await?;
        }
        rows::insert_closure(tx, riverside.id, (day(3, 3), day(3, 3)), "Training day").await?;
        rows::insert_closure(tx, harbour.id, (day(4, 1), day(4, 2)), "Works in the building").await
    }
}

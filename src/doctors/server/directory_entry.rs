//! One doctor in the directory's memory: finished words, and what the filters look at.

use crate::{
    availability::server::{Location, Slot, VisitType, time_option},
    doctors::model::{DoctorCard, DoctorProfile, PublicLocation, VisitTypeChoice},
    ids::DoctorId,
    text::server::words_of,
    time::Timestamp,
};

use super::{languages, search_words::everyday_words};
use crate::availability::server::Audience;

/// Quick times on a card.
pub(super) const QUICK_TIMES: usize = 3;
/// An entry is read again after this many seconds even if its doctor did not change: locations have no version. Entries
/// read together run out spread over the second half of it.
pub(super) const MAX_AGE: i64 = 300;

/// A visible doctor.
pub(super) struct Entry {
    /// The doctor's `schedule_version` when this was read.
    pub version: i64,
    /// From this moment on the entry is to be read again.
    pub valid_until: Timestamp,
    pub profile: DoctorProfile,
    /// Name, title, specialties and what people say for them, as [`words_of`] writes them.
    pub words: String,
    /// The languages in the same way, with a blank after the last one: they are found by the whole word.
    pub spoken: String,
    /// The words of each specialty alone.
    pub specialty_words: Vec<String>,
    /// Slug and name of each specialty, in the doctor's order.
    pub specialties: Vec<(String, String)>,
    /// Code and name of each language, by name.
    pub languages: Vec<(String, String)>,
    pub first: Option<FirstFree>,
}

/// The next free time, with the moments at which it becomes "today" and "this week" at its clinic.
#[derive(Clone, Copy)]
pub(super) struct FirstFree {
    pub start: Timestamp,
    pub today_from: Timestamp,
    pub week_from: Timestamp,
}

/// What the database says about one doctor.
pub(super) struct Facts {
    pub id: DoctorId,
    pub version: i64,
    pub slug: String,
    pub name: String,
    pub designation: String,
    pub registration_number: String,
    pub about: String,
    pub accepts_new_patients: bool,
    /// Slug, name and other words of each.
    pub specialties: Vec<(String, String, String)>,
    /// ISO 639-1 codes.
    pub languages: Vec<String>,
    pub locations: Vec<Location>,
    pub visit_types: Vec<VisitType>,
    /// The first free times of the visit type that [`offered`] names, each with its location.
    pub free: Vec<(Slot, Location)>,
}

/// The first visit type that a patient can book whom the doctor does not know: what the directory shows is for anybody.
pub(super) fn offered(visit_types: &[VisitType], accepts_new_patients: bool) -> Option<&VisitType> {
    visit_types.iter().find(|visit_type| visit_type.rules.audience.with(accepts_new_patients) != Audience::Returning)
}

impl Facts {
    /// Finishes the words, as of `now`.
    pub fn into_entry(self, now: Timestamp) -> Entry {
        let mut languages: Vec<(String, String)> =
            self.languages.iter().map(|code| (code.clone(), languages::name(code))).collect();
        languages.sort_by(|a, b| a.1.cmp(&b.1));
        let mut words = words_of(&self.name);
        words.push_str(&words_of(&self.designation));
        let specialty = |(_, name, other): &(String, String, String)| words_of(name) + &everyday_words(name, other);
        let specialty_words: Vec<String> = self.specialties.iter().map(specialty).collect();
        words.extend(specialty_words.iter().map(String::as_str));
        let spoken: String = languages.iter().map(|(_, name)| words_of(name)).collect();
        let profile = DoctorProfile {
            card: self.card(&languages, now),
            specialties: self.specialties.iter().map(|(_, name, _)| name.clone()).collect(),
            locations: self.locations.iter().map(public_location).collect(),
            visit_types: self.visit_types.iter().map(visit_type_choice).collect(),
            designation: self.designation.clone(),
            registration_number: self.registration_number.clone(),
            about: self.about.clone(),
        };
        Entry {
            version: self.version,
            valid_until: self.valid_until(now),
            profile,
            words,
            spoken: spoken + " ",
            specialty_words,
            first: self.free.first().map(|(slot, location)| first_free(slot, location)),
            specialties: self.specialties.into_iter().map(|(slug, name, _)| (slug, name)).collect(),
            languages,
        }
    }

    fn card(&self, languages: &[(String, String)], now: Timestamp) -> DoctorCard {
        let mut modes = Vec::new();
        for visit_type in &self.visit_types {
            if !modes.contains(&visit_type.mode) {
                modes.push(visit_type.mode);
            }
        }
        let quick: Vec<_> = self.same_day().map(|(slot, location)| time_option(slot, location, now)).collect();
        let offered = self.offered();
        DoctorCard {
            id: self.id,
            slug: self.slug.clone(),
            name: self.name.clone(),
            specialty: self.specialties.first().map(|(_, name, _)| name.clone()).unwrap_or_default(),
            specialties: self.specialties.iter().map(|(_, name, _)| name.clone()).collect(),
            languages: languages.iter().map(|(_, name)| name.clone()).collect(),
            locations: self.locations.iter().map(|location| location.name.clone()).collect(),
            zones: self.locations.iter().map(|location| location.zone.label()).collect(),
            modes,
            accepts_new_patients: self.accepts_new_patients,
            next: quick.first().map(|time| time.full.clone()),
            none_words: quick.is_empty().then(|| self.none_words()),
            quick,
            visit_type: offered.map(|visit_type| visit_type.id),
            only_known: offered.is_none() && !self.visit_types.is_empty(),
        }
    }

    /// The free times on the day of the first one: a button that says "9am" must not mean another day or another
    /// location.
    fn same_day(&self) -> impl Iterator<Item = &(Slot, Location)> {
        let day = |(slot, location): &(Slot, Location)| (location.id, location.zone.local_date(slot.start));
        let first = self.free.first().map(day);
        self.free.iter().take_while(move |time| Some(day(time)) == first)
    }

    fn offered(&self) -> Option<&VisitType> {
        offered(&self.visit_types, self.accepts_new_patients)
    }

    fn none_words(&self) -> String {
        let opening = if self.visit_types.is_empty() || self.locations.is_empty() {
            "Online booking is not open for this doctor."
        } else if self.offered().is_none() {
            return format!("Only patients who have seen {} before can book online.", self.name);
        } else {
            "No free times at the moment."
        };
        match self.locations.first() {
            Some(location) => format!("{opening} Call {} on {}.", location.name, location.phone),
            None => format!("{opening} Please call the clinic."),
        }
    }

    /// Until the first time on the card can no longer be booked, and at most [`MAX_AGE`].
    fn valid_until(&self, now: Timestamp) -> Timestamp {
        let spread = i64::from(self.id.0.as_bytes().last().copied().unwrap_or_default()) * MAX_AGE / 512;
        let latest = now.plus_seconds(MAX_AGE / 2 + spread);
        let first = self.free.first().zip(self.offered());
        first.map_or(latest, |((slot, _), visit_type)| {
            let last_chance = slot.start.plus_minutes(-i64::from(visit_type.rules.notice_minutes));
            latest.min(last_chance.plus_seconds(1))
        })
    }
}

fn first_free(slot: &Slot, location: &Location) -> FirstFree {
    let date = location.zone.local_date(slot.start);
    FirstFree {
        start: slot.start,
        today_from: location.zone.window_start(date, 0),
        week_from: location.zone.window_start(date.plus_days(-6), 0),
    }
}

fn public_location(location: &Location) -> PublicLocation {
    PublicLocation {
        id: location.id.to_string(),
        name: location.name.clone(),
        address: location.address.clone(),
        phone: location.phone.clone(),
        zone_words: location.zone.label(),
        zone: location.zone.name().to_owned(),
    }
}

fn visit_type_choice(visit_type: &VisitType) -> VisitTypeChoice {
    let mut notes = Vec::new();
    match visit_type.rules.audience {
        Audience::Any => {}
        Audience::New => notes.push("For new patients."),
        Audience::Returning => notes.push("For patients who have been here before."),
    }
    if visit_type.needs_approval {
        notes.push("The doctor confirms each request.");
    }
    VisitTypeChoice {
        id: visit_type.id,
        name: visit_type.name.clone(),
        meta: format!("{} minutes, {}", visit_type.rules.minutes, visit_type.mode.label().to_lowercase()),
        minutes: visit_type.rules.minutes,
        mode: visit_type.mode,
        needs_approval: visit_type.needs_approval,
        note: notes.join(" "),
    }
}

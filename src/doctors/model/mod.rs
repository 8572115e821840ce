//! What browser, server and API share about doctors: the question a directory page asks, and finished answers.

pub mod agenda;
pub mod colleagues;
pub mod leaving;
pub mod own_profile;

use std::borrow::Cow;

use leptos_router::location::Url;
use serde::{Deserialize, Serialize};

use crate::{
    availability::TimeOption,
    booking::Mode,
    ids::{DoctorId, VisitTypeId},
    text::line,
};

/// Doctors on one page of the directory.
pub const PAGE_SIZE: usize = 20;

/// How soon a doctor must have a free time to be listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// At any time, or at none.
    #[default]
    Any,
    /// Today, by the clinic's calendar.
    Today,
    /// Today or on one of the six days after it, by the clinic's calendar.
    Week,
}

/// The order of the directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The next free time first; doctors without one come last.
    #[default]
    Soonest,
    /// By name.
    Name,
}

/// What a directory page is asked for. An empty text is no filter. It is the query part of the page's address:
/// `/doctors?specialty=cardiology&when=week&page=2`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DirectoryQuery {
    /// Beginnings of words of the name, the title, the specialties or what people say for them, and languages, in any
    /// order.
    pub q: String,
    /// A specialty's slug.
    pub specialty: String,
    /// A location's id.
    pub location: String,
    /// ISO 639-1 code of a language the doctor speaks.
    pub language: String,
    /// Only doctors who accept new patients.
    pub new_patients: bool,
    pub when: When,
    pub sort: Sort,
    /// Counted from 1; a page past the end means the last one.
    pub page: u32,
}

impl Default for DirectoryQuery {
    fn default() -> Self {
        DirectoryQuery {
            q: String::new(),
            specialty: String::new(),
            location: String::new(),
            language: String::new(),
            new_patients: false,
            when: When::Any,
            sort: Sort::Soonest,
            page: 1,
        }
    }
}

impl DirectoryQuery {
    /// Reads the pairs of an address. Unknown names and values that mean nothing are passed over.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (Cow<'static, str>, String)>) -> Self {
        let mut query = DirectoryQuery::default();
        for (name, value) in pairs {
            query.take(&name, &line(&value));
        }
        query
    }

    fn take(&mut self, name: &str, value: &str) {
        match (name, value) {
            ("q", _) => self.q = value.to_owned(),
            ("specialty", _) => self.specialty = value.to_owned(),
            ("location", _) => self.location = value.to_owned(),
            ("language", _) => self.language = value.to_owned(),
            ("new_patients", _) => self.new_patients = value == "true",
            ("when", "today") => self.when = When::Today,
            ("when", "week") => self.when = When::Week,
            ("sort", "name") => self.sort = Sort::Name,
            ("page", _) => self.page = value.parse().unwrap_or(1).max(1),
            _ => {}
        }
    }

    /// The query part of the address that asks this, without `?`; empty when nothing differs from the plain directory.
    #[must_use]
    pub fn to_query(&self) -> String {
        let page = self.page.to_string();
        let when = match self.when {
            When::Any => "",
            When::Today => "today",
            When::Week => "week",
        };
        let pairs = [
            ("q", self.q.as_str()),
            ("specialty", &self.specialty),
            ("location", &self.location),
            ("language", &self.language),
            ("new_patients", if self.new_patients { "true" } else { "" }),
            ("when", when),
            ("sort", if self.sort == Sort::Name { "name" } else { "" }),
            ("page", if self.page > 1 { &page } else { "" }),
        ];
        let mut text = String::new();
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            if !text.is_empty() {
                text.push('&');
            }
            text.push_str(name);
            text.push('=');
            text.push_str(&Url::escape(value));
        }
        text
    }

    /// The page's address: `/doctors`, with the query when there is one.
    #[must_use]
    pub fn href(&self) -> String {
        let query = self.to_query();
        if query.is_empty() { "/doctors".to_owned() } else { ["/doctors?", &query].concat() }
    }

    /// The same question for another page.
    #[must_use]
    pub fn on_page(&self, page: u32) -> Self {
        DirectoryQuery { page, ..self.clone() }
    }
}

/// One doctor in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DoctorCard {
    pub id: DoctorId,
    /// The last part of the profile's address, `/doctors/{slug}`.
    pub slug: String,
    pub name: String,
    /// The doctor's first specialty: "General practice".
    pub specialty: String,
    /// All of them; in a list, those that were asked for stand first.
    pub specialties: Vec<String>,
    /// Languages in English words: "Igbo".
    pub languages: Vec<String>,
    /// Names of the locations.
    pub locations: Vec<String>,
    /// Zone of each of them: "London time".
    pub zones: Vec<String>,
    /// How appointments take place.
    pub modes: Vec<Mode>,
    pub accepts_new_patients: bool,
    /// The next free time of the first visit type that new patients can book, in clinic time: "Thursday 3 December,
    /// 2:20pm".
    pub next: Option<String>,
    /// Up to three free times of that visit type, all on the day of `next`, the soonest first.
    pub quick: Vec<TimeOption>,
    /// The visit type that `next` and `quick` are for; none when the doctor has none that new patients can book.
    pub visit_type: Option<VisitTypeId>,
    /// Whether only patients whom the doctor knows can book.
    pub only_known: bool,
    /// What to say when there is no free time: "No free times at the moment. Call Riverside Clinic on 020 7946 0100."
    pub none_words: Option<String>,
}

/// One choice of a filter, with the number of doctors it has without any other filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facet {
    /// What the address carries.
    pub value: String,
    pub label: String,
    pub count: u32,
}

/// A filter that is set, and the question without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveFilter {
    /// "Speaks Igbo".
    pub label: String,
    /// Address of the directory without this filter.
    pub href: String,
    /// How many doctors there are without this filter. Counted only when the page lists no doctor.
    pub count: Option<u32>,
}

/// One page of the directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DirectoryPage {
    /// The question as it was understood; `page` is the page shown.
    pub query: DirectoryQuery,
    /// "General practice: 14 doctors", "14 doctors", "No doctors match".
    pub heading: String,
    /// The words that were searched for instead of `query.q`, which found nobody: "okafor" for "okafr".
    pub corrected: Option<String>,
    pub cards: Vec<DoctorCard>,
    /// Doctors on all pages together.
    pub total: u32,
    /// Number of pages, at least 1.
    pub pages: u32,
    pub specialties: Vec<Facet>,
    pub locations: Vec<Facet>,
    pub languages: Vec<Facet>,
    /// The filters that are set, in the order of the form.
    pub filters: Vec<ActiveFilter>,
}

impl DirectoryPage {
    /// When no doctor is listed: the filters whose removal would list one.
    pub fn drop_hints(&self) -> impl Iterator<Item = (&ActiveFilter, u32)> {
        self.filters.iter().filter_map(|filter| Some((filter, filter.count.filter(|count| *count > 0)?)))
    }
}

/// A location on a doctor's profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicLocation {
    /// What the directory's address carries as `location`.
    pub id: String,
    pub name: String,
    pub address: String,
    pub phone: String,
    /// "London time".
    pub zone_words: String,
    /// The same by its IANA name: "Europe/London".
    pub zone: String,
}

/// A visit type on a doctor's profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitTypeChoice {
    pub id: VisitTypeId,
    /// "Follow-up".
    pub name: String,
    /// "15 minutes, in person".
    pub meta: String,
    pub minutes: u16,
    pub mode: Mode,
    /// Whether the doctor confirms each request.
    pub needs_approval: bool,
    /// What the patient must know about it: "The clinic confirms each request.", "For new patients."; may be empty.
    pub note: String,
}

/// A doctor's public profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DoctorProfile {
    /// What a list shows of the doctor.
    pub card: DoctorCard,
    /// "Consultant cardiologist".
    pub designation: String,
    pub registration_number: String,
    pub about: String,
    pub specialties: Vec<String>,
    pub locations: Vec<PublicLocation>,
    /// In the order in which patients see them.
    pub visit_types: Vec<VisitTypeChoice>,
}

/// A doctor's public page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicProfile {
    pub profile: DoctorProfile,
    /// The profile for search engines, as JSON-LD that may stand inside a `script` element.
    pub structured_data: String,
}

/// What the home page says about the clinic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeData {
    /// Specialties with the number of doctors, by name.
    pub specialties: Vec<Facet>,
    /// The clinic's locations with the number of doctors, by name.
    pub locations: Vec<Facet>,
    /// All doctors that can be found.
    pub doctors: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> DirectoryQuery {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        DirectoryQuery::from_pairs(pairs.map(|(name, value)| (name.to_owned().into(), Url::unescape(value))))
    }

    #[test]
    fn a_question_survives_its_address() {
        let query = DirectoryQuery {
            q: "o'neil & söhne=?".into(),
            specialty: "general-practice".into(),
            location: "0197f2c4-0000-7000-8000-000000000001".into(),
            language: "ig".into(),
            new_patients: true,
            when: When::Week,
            sort: Sort::Name,
            page: 3,
        };
        assert_eq!(read(&query.to_query()), query);
        assert_eq!(read(&DirectoryQuery { when: When::Today, ..query.clone() }.to_query()).when, When::Today);
    }

    #[test]
    fn the_plain_directory_has_a_plain_address() {
        assert_eq!(DirectoryQuery::default().href(), "/doctors");
        assert_eq!(DirectoryQuery::default().on_page(2).href(), "/doctors?page=2");
    }

    #[test]
    fn an_address_with_nonsense_is_read_as_far_as_it_makes_sense() {
        let query = read("page=0&when=yesterday&sort=random&new_patients=perhaps&colour=red&q=%20Amara%20");
        assert_eq!(query, DirectoryQuery { q: "Amara".into(), ..DirectoryQuery::default() });
        assert_eq!(read("page=-4").page, 1);
        assert_eq!(read("page=99999999999999").page, 1);
    }
}

//! One page out of the directory: filters, order, counts and words. Pure.

use std::collections::{HashMap, HashSet};

use super::{
    directory::Snapshot,
    directory_entry::Entry,
    search_words::{nearest, wanted_words},
};
use crate::{
    doctors::model::{ActiveFilter, DirectoryPage, DirectoryQuery, DoctorCard, Facet, PAGE_SIZE, Sort, When},
    ids::DoctorId,
    text::line,
    time::Timestamp,
};

/// Most characters of a search that are looked at.
const MAX_CHARACTERS: usize = 100;

/// Most words of a search in which typing errors are looked for: each costs a look at every known word.
const MOST_CORRECTED: usize = 6;

/// The page that `query` asks for, as of `now`.
pub(super) fn page(snapshot: &Snapshot, mut query: DirectoryQuery, now: Timestamp) -> DirectoryPage {
    query.q = line(&query.q).chars().take(MAX_CHARACTERS).collect();
    let mut found = matching(snapshot, &query, now);
    let mut asked = query.clone();
    let mut corrected = None;
    if found.is_empty()
        && let Some(words) = corrected_words(snapshot, &query.q)
    {
        asked.q.clone_from(&words);
        found = matching(snapshot, &asked, now);
        corrected = Some(words).filter(|_| !found.is_empty());
    }
    let wanted = Wanted::new(&asked, now);
    let pages = count(found.len().div_ceil(PAGE_SIZE).max(1));
    query.page = query.page.clamp(1, pages);
    let first = PAGE_SIZE.saturating_mul(usize::try_from(query.page - 1).unwrap_or(usize::MAX));
    let cards = found.iter().skip(first).take(PAGE_SIZE).map(|entry| wanted.card(entry)).collect();
    let total = count(found.len());
    DirectoryPage {
        heading: heading(snapshot, &query, total, pages),
        filters: active_filters(snapshot, &query, total == 0, now),
        query,
        corrected,
        cards,
        total,
        pages,
        specialties: snapshot.home.specialties.clone(),
        locations: snapshot.home.locations.clone(),
        languages: snapshot.languages.clone(),
    }
}

/// The doctors whom `query` finds, in its order.
pub(super) fn doctors(snapshot: &Snapshot, query: &DirectoryQuery, now: Timestamp) -> Vec<DoctorId> {
    matching(snapshot, query, now).into_iter().map(|entry| entry.profile.card.id).collect()
}

/// Counts values with their labels, by label.
pub(super) fn facets<'a>(pairs: impl IntoIterator<Item = &'a (String, String)>) -> Vec<Facet> {
    let mut counts: HashMap<(&str, &str), u32> = HashMap::new();
    for (value, label) in pairs {
        *counts.entry((label, value)).or_default() += 1;
    }
    let facet =
        |((label, value), count): ((&str, &str), u32)| Facet { value: value.into(), label: label.into(), count };
    let mut facets: Vec<Facet> = counts.into_iter().map(facet).collect();
    facets.sort_by(|a, b| (&a.label, &a.value).cmp(&(&b.label, &b.value)));
    facets
}

fn matching<'a>(snapshot: &'a Snapshot, query: &DirectoryQuery, now: Timestamp) -> Vec<&'a Entry> {
    let wanted = Wanted::new(query, now);
    let is_wanted = |entry: &&Entry| wanted.accepts(entry);
    match query.sort {
        Sort::Name => snapshot.entries.iter().map(AsRef::as_ref).filter(is_wanted).collect(),
        Sort::Soonest => {
            let ordered = snapshot.soonest.iter().filter_map(|index| snapshot.entries.get(*index));
            ordered.map(AsRef::as_ref).filter(is_wanted).collect()
        }
    }
}

/// A question, prepared for looking at many doctors.
struct Wanted<'q> {
    query: &'q DirectoryQuery,
    /// The beginnings of words to find, each after a blank.
    beginnings: Vec<String>,
    /// The same as whole words, between blanks.
    whole: Vec<String>,
    now: Timestamp,
}

impl<'q> Wanted<'q> {
    fn new(query: &'q DirectoryQuery, now: Timestamp) -> Self {
        let words = wanted_words(&query.q);
        let beginnings = words.iter().map(|word| [" ", word].concat()).collect();
        let whole = words.iter().map(|word| [" ", word, " "].concat()).collect();
        Wanted { query, beginnings, whole, now }
    }

    fn accepts(&self, entry: &Entry) -> bool {
        let query = self.query;
        let is_soon = |from: fn(&super::directory_entry::FirstFree) -> Timestamp| {
            entry.first.as_ref().is_some_and(|free| from(free) <= self.now)
        };
        (!query.new_patients || entry.profile.card.accepts_new_patients)
            && match query.when {
                When::Any => true,
                When::Today => is_soon(|free| free.today_from),
                When::Week => is_soon(|free| free.week_from),
            }
            && has(&entry.specialties, &query.specialty)
            && has(&entry.languages, &query.language)
            && (query.location.is_empty()
                || entry.profile.locations.iter().any(|location| location.id == query.location))
            && self.beginnings.iter().zip(&self.whole).all(|(beginning, whole)| has_word(entry, beginning, whole))
    }

    /// What the list shows of a doctor: the specialties that were asked for, by the filter or by their words, first.
    fn card(&self, entry: &Entry) -> DoctorCard {
        let mut card = entry.profile.card.clone();
        let is_asked = |((slug, _), words): (&(String, String), &String)| {
            *slug == self.query.specialty || self.beginnings.iter().any(|beginning| words.contains(beginning))
        };
        let asked: Vec<bool> = entry.specialties.iter().zip(&entry.specialty_words).map(is_asked).collect();
        let mut order: Vec<usize> = (0..asked.len()).collect();
        order.sort_by_key(|index| !asked.get(*index).copied().unwrap_or_default());
        let name = |index: usize| entry.specialties.get(index).map(|(_, name)| name.clone());
        card.specialties = order.into_iter().filter_map(name).collect();
        card
    }
}

fn has_word(entry: &Entry, beginning: &str, whole: &str) -> bool {
    entry.words.contains(beginning) || entry.spoken.contains(whole)
}

/// A search that found nobody, with each word that no doctor has as the one that was most likely meant; none when there
/// is no such word.
fn corrected_words(snapshot: &Snapshot, typed: &str) -> Option<String> {
    let is_known = |word: &String| {
        let (beginning, whole) = ([" ", word].concat(), [" ", word, " "].concat());
        snapshot.entries.iter().any(|entry| has_word(entry, &beginning, &whole))
    };
    let words = wanted_words(typed);
    if words.len() > MOST_CORRECTED || words.iter().all(is_known) {
        return None;
    }
    let all = snapshot.entries.iter().flat_map(|entry| [entry.words.as_str(), entry.spoken.as_str()]);
    let vocabulary: HashSet<&str> = all.flat_map(str::split_whitespace).collect();
    let meant = |word: &String| {
        if is_known(word) { Some(word.clone()) } else { nearest(word, &vocabulary).map(str::to_owned) }
    };
    Some(words.iter().map(meant).collect::<Option<Vec<String>>>()?.join(" "))
}

fn has(pairs: &[(String, String)], wanted: &str) -> bool {
    wanted.is_empty() || pairs.iter().any(|(value, _)| value == wanted)
}

fn heading(snapshot: &Snapshot, query: &DirectoryQuery, total: u32, pages: u32) -> String {
    let doctors = match total {
        0 => return "No doctors match".to_owned(),
        1 => "1 doctor".to_owned(),
        _ => format!("{total} doctors"),
    };
    let specialty = label(&snapshot.home.specialties, &query.specialty);
    let subject = if query.specialty.is_empty() { doctors } else { format!("{specialty}: {doctors}") };
    if query.page > 1 { format!("{subject}, page {} of {pages}", query.page) } else { subject }
}

fn active_filters(snapshot: &Snapshot, query: &DirectoryQuery, with_counts: bool, now: Timestamp) -> Vec<ActiveFilter> {
    let all = query.on_page(1);
    let mut filters = Vec::new();
    let mut add = |is_set: bool, label: String, without: DirectoryQuery| {
        if is_set {
            let count = with_counts.then(|| count(matching(snapshot, &without, now).len()));
            filters.push(ActiveFilter { label, href: without.href(), count });
        }
    };
    let (specialties, locations) = (&snapshot.home.specialties, &snapshot.home.locations);
    add(!query.q.is_empty(), format!("“{}”", query.q), DirectoryQuery { q: String::new(), ..all.clone() });
    add(
        !query.specialty.is_empty(),
        label(specialties, &query.specialty).to_owned(),
        DirectoryQuery { specialty: String::new(), ..all.clone() },
    );
    add(
        !query.location.is_empty(),
        format!("At {}", label(locations, &query.location)),
        DirectoryQuery { location: String::new(), ..all.clone() },
    );
    add(
        !query.language.is_empty(),
        format!("Speaks {}", label(&snapshot.languages, &query.language)),
        DirectoryQuery { language: String::new(), ..all.clone() },
    );
    add(query.new_patients, "Accepts new patients".to_owned(), DirectoryQuery { new_patients: false, ..all.clone() });
    let soon = if query.when == When::Today { "Free today" } else { "Free in the next 7 days" };
    add(query.when != When::Any, soon.to_owned(), DirectoryQuery { when: When::Any, ..all.clone() });
    filters
}

/// The label of a value; "another choice" for a value that no doctor has, such as one from an old address.
fn label<'a>(facets: &'a [Facet], value: &str) -> &'a str {
    facets.iter().find(|facet| facet.value == value).map_or("another choice", |facet| &facet.label)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;

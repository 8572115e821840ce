use std::{collections::HashSet, sync::Arc, time::Instant as Moment};

use uuid::Uuid;

use super::*;
use crate::{
    availability::server::{Asking, Audience, Location, Slot, VisitType, VisitTypeRules},
    booking::{LateCancel, Mode},
    doctors::server::{directory::Check, directory_entry::Facts},
    ids::{DoctorId, LocationId, VisitTypeId},
    time::server::Zone,
};

/// Tuesday 24 November 2026, 10am in London.
const NOW: Timestamp = Timestamp(1_795_514_400);
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

fn location(number: u128, name: &str, zone: &str) -> Location {
    Location {
        id: LocationId(Uuid::from_u128(number)),
        name: name.into(),
        address: "1 Any Street".into(),
        phone: "020 7946 0100".into(),
        zone: Zone::parse(zone).unwrap(),
    }
}

fn riverside() -> Location {
    location(1, "Riverside Clinic", "Europe/London")
}

fn visit_type() -> VisitType {
    let id = VisitTypeId(Uuid::from_u128(7));
    let rules = VisitTypeRules {
        visit_type: id,
        minutes: 20,
        buffer_before: 0,
        buffer_after: 0,
        step_minutes: 20,
        notice_minutes: 60,
        horizon_days: 90,
        daily_cap: None,
        audience: Audience::Any,
        needs: None,
    };
    VisitType {
        id,
        name: "Consultation".into(),
        mode: Mode::InPerson,
        rules,
        instructions: String::new(),
        needs_approval: false,
        cutoff_minutes: 1440,
        late_cancel: LateCancel::Deny,
        asking: Asking::default(),
        most_at_once: 1,
    }
}

/// A doctor with one free time, `free_in` seconds from now.
fn doctor(number: u128, name: &str, specialty: (&str, &str), languages: &[&str], free_in: Option<i64>) -> Facts {
    let slot = free_in.map(|seconds| {
        let start = NOW.plus_seconds(seconds);
        (Slot { start, end: start.plus_minutes(20), location: riverside().id, resource: None }, riverside())
    });
    Facts {
        id: DoctorId(Uuid::from_u128(number)),
        version: 1,
        slug: number.to_string(),
        name: name.into(),
        designation: "Consultant".into(),
        registration_number: number.to_string(),
        about: String::new(),
        accepts_new_patients: number % 2 == 1,
        specialties: vec![(specialty.0.into(), specialty.1.into(), String::new())],
        languages: languages.iter().map(|code| (*code).into()).collect(),
        locations: vec![riverside()],
        visit_types: vec![visit_type()],
        free: slot.into_iter().collect(),
    }
}

fn directory(doctors: Vec<Facts>) -> Snapshot {
    let entries = doctors.into_iter().map(|facts| Arc::new(facts.into_entry(NOW))).collect();
    Snapshot::new(entries, Arc::new(Check { at: NOW, seen: Moment::now(), changes: HashSet::new() }))
}

const HEART: (&str, &str) = ("cardiology", "Cardiology");
const SKIN: (&str, &str) = ("dermatology", "Dermatology");

fn four() -> Snapshot {
    directory(vec![
        doctor(1, "Dr Amara Okafor", HEART, &["en", "ig"], Some(3 * DAY)),
        doctor(2, "Dr José Álvarez", HEART, &["en", "es"], Some(2 * HOUR)),
        doctor(3, "Dr Mei-Ling Chen", SKIN, &["zh"], Some(20 * DAY)),
        doctor(4, "Dr Bram de Vries", SKIN, &["en", "nl"], None),
    ])
}

fn ask(snapshot: &Snapshot, change: impl FnOnce(&mut DirectoryQuery)) -> DirectoryPage {
    let mut query = DirectoryQuery::default();
    change(&mut query);
    page(snapshot, query, NOW)
}

fn slugs(page: &DirectoryPage) -> Vec<&str> {
    page.cards.iter().map(|card| card.slug.as_str()).collect()
}

#[test]
fn the_soonest_come_first_and_doctors_without_a_time_last() {
    assert_eq!(slugs(&ask(&four(), |_| {})), ["2", "1", "3", "4"]);
    assert_eq!(slugs(&ask(&four(), |query| query.sort = Sort::Name)), ["1", "4", "2", "3"]);
}

#[test]
fn a_search_finds_beginnings_of_words_in_any_order_without_accents() {
    let found = |text: &str| {
        let page = ask(&four(), |query| query.q = text.into());
        page.cards.iter().map(|card| card.slug.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(found("alvarez jose"), "2");
    assert_eq!(found("ÁLV"), "2");
    assert_eq!(found("ling"), "3");
    assert_eq!(found("afor"), "");
    assert_eq!(found("dr derm"), "3 4");
    assert_eq!(found(" - "), "2 1 3 4");
}

#[test]
fn a_name_is_found_in_the_letters_of_any_keyboard() {
    let snapshot = directory(vec![
        doctor(1, "Dr Nguyễn Thị Hồng", HEART, &["vi"], None),
        doctor(2, "Dr Ольга Щербакова", HEART, &["ru"], None),
        doctor(3, "Dr Jürgen Weiß", SKIN, &["de"], None),
    ]);
    for (text, slug) in [("nguyen hong", "1"), ("Nguyễn", "1"), ("shcherb", "2"), ("ольга", "2"), ("jurgen weiss", "3")]
    {
        assert_eq!(slugs(&ask(&snapshot, |query| query.q = text.into())), [slug], "{text}");
    }
}

#[test]
fn everyday_words_languages_and_the_words_of_staff_find_doctors() {
    let mut sleep = doctor(5, "Dr Eva Lind", ("sleep", "Sleep medicine"), &["el"], None);
    sleep.specialties = vec![("sleep".into(), "Sleep medicine".into(), "snoring, insomnia".into())];
    let mut both = doctor(6, "Dr Kofi Mensah", ("general-practice", "General practice"), &["en"], None);
    both.specialties.push(("paediatrics".into(), "Paediatrics".into(), String::new()));
    let mut doctors = vec![sleep, both];
    doctors.extend([
        doctor(1, "Dr Amara Okafor", HEART, &["en", "ig"], Some(3 * DAY)),
        doctor(3, "Dr Mei-Ling Chen", SKIN, &["zh", "el"], Some(20 * DAY)),
    ]);
    let snapshot = directory(doctors);
    for (text, expected) in [
        ("heart", "1"),
        ("Heart doctor", "1"),
        ("cardiologist", "1"),
        ("skin doctor", "3"),
        ("gp", "6"),
        ("child", "6"),
        ("kids", "6"),
        ("snoring", "5"),
        ("insom", "5"),
        ("Greek", "3 5"),
        ("skin greek", "3"),
        ("igbo", "1"),
        ("doctor", "1 3 5 6"),
    ] {
        let page = ask(&snapshot, |query| query.q = text.into());
        let mut found = slugs(&page);
        found.sort_unstable();
        assert_eq!(found.join(" "), expected, "{text}");
        assert_eq!(page.corrected, None, "{text}");
    }
    assert_eq!(ask(&snapshot, |query| query.q = "gree".into()).corrected.as_deref(), Some("greek"), "a whole word");
}

#[test]
fn a_mistyped_word_finds_who_was_meant_and_the_page_says_so() {
    let found = |text: &str| {
        let page = ask(&four(), |query| query.q = text.into());
        (slugs(&page).join(" "), page.corrected.unwrap_or_default())
    };
    assert_eq!(found("Okafr"), ("1".into(), "okafor".into()));
    assert_eq!(found("amara okafro"), ("1".into(), "amara okafor".into()));
    assert_eq!(found("dermatolgoy"), ("3 4".into(), "dermatology".into()));
    assert_eq!(found("dr okafor"), ("1".into(), String::new()), "nothing is corrected where somebody is found");
    assert_eq!(found("okafor"), ("1".into(), String::new()));
    assert_eq!(found("chn"), (String::new(), String::new()), "a short word is taken as it is");
    assert_eq!(found("xyzzyxyz"), (String::new(), String::new()));
    assert_eq!(found("amara chen"), (String::new(), String::new()), "both are known, and nobody is both");
    let page = ask(&four(), |query| {
        query.q = "okafr".into();
        query.language = "zh".into();
    });
    assert_eq!((page.total, page.corrected, page.query.q.as_str()), (0, None, "okafr"), "the other filters still hold");
}

#[test]
fn a_card_shows_every_specialty_and_the_one_that_was_asked_for_first() {
    let mut facts = doctor(1, "Dr A", ("paediatrics", "Paediatrics"), &[], None);
    facts.specialties.push((HEART.0.into(), HEART.1.into(), String::new()));
    facts.specialties.push((SKIN.0.into(), SKIN.1.into(), "freckles".into()));
    let snapshot = directory(vec![facts]);
    let shown = |page: DirectoryPage| page.cards.first().map(|card| card.specialties.join(", ")).unwrap_or_default();
    assert_eq!(shown(ask(&snapshot, |_| {})), "Paediatrics, Cardiology, Dermatology");
    let filtered = ask(&snapshot, |query| query.specialty = SKIN.0.into());
    assert_eq!(shown(filtered), "Dermatology, Paediatrics, Cardiology");
    assert_eq!(shown(ask(&snapshot, |query| query.q = "heart".into())), "Cardiology, Paediatrics, Dermatology");
    assert_eq!(shown(ask(&snapshot, |query| query.q = "freckles".into())), "Dermatology, Paediatrics, Cardiology");
}

#[test]
fn filters_combine() {
    assert_eq!(slugs(&ask(&four(), |query| query.specialty = "cardiology".into())), ["2", "1"]);
    assert_eq!(slugs(&ask(&four(), |query| query.language = "en".into())), ["2", "1", "4"]);
    assert_eq!(slugs(&ask(&four(), |query| query.new_patients = true)), ["1", "3"]);
    let both = ask(&four(), |query| {
        query.language = "en".into();
        query.new_patients = true;
    });
    assert_eq!(slugs(&both), ["1"]);
    let place = riverside().id.to_string();
    assert_eq!(ask(&four(), |query| query.location = place).total, 4);
    assert_eq!(ask(&four(), |query| query.location = "elsewhere".into()).total, 0);
}

#[test]
fn soon_is_counted_in_days_of_the_clinic() {
    assert_eq!(slugs(&ask(&four(), |query| query.when = When::Today)), ["2"]);
    assert_eq!(slugs(&ask(&four(), |query| query.when = When::Week)), ["2", "1"]);
    // at 10am in London it is 11pm in Auckland: 2 hours later is tomorrow there
    let mut far = doctor(5, "Dr Aroha Ngata", HEART, &["en"], Some(2 * HOUR));
    let auckland = location(2, "Harbour Clinic", "Pacific/Auckland");
    far.free.iter_mut().for_each(|(_, place)| *place = auckland.clone());
    let snapshot = directory(vec![far]);
    assert_eq!(ask(&snapshot, |query| query.when = When::Today).total, 0);
    assert_eq!(ask(&snapshot, |query| query.when = When::Week).total, 1);
}

#[test]
fn the_seventh_day_is_in_the_week_and_the_eighth_is_not() {
    let week = |free_in| {
        let snapshot = directory(vec![doctor(1, "Dr A", HEART, &[], Some(free_in))]);
        ask(&snapshot, |query| query.when = When::Week).total
    };
    // Monday 30 November, 11:59pm and midnight after it
    assert_eq!(week(6 * DAY + 14 * HOUR - 60), 1);
    assert_eq!(week(6 * DAY + 14 * HOUR), 0);
}

#[test]
fn an_empty_page_says_which_filter_to_drop_and_what_that_gives() {
    let page = ask(&four(), |query| {
        query.language = "ig".into();
        query.when = When::Today;
        query.specialty = "dermatology".into();
        query.page = 4;
    });
    assert_eq!((page.total, page.pages, page.query.page), (0, 1, 1));
    assert_eq!(page.heading, "No doctors match");
    assert_eq!(page.drop_hints().count(), 0);

    let page = ask(&four(), |query| {
        query.language = "ig".into();
        query.when = When::Today;
    });
    let hints: Vec<_> =
        page.drop_hints().map(|(filter, count)| (filter.label.as_str(), filter.href.as_str(), count)).collect();
    assert_eq!(hints, [("Speaks Igbo", "/doctors?when=today", 1), ("Free today", "/doctors?language=ig", 1)]);
}

#[test]
fn filters_that_are_set_can_be_taken_off_one_by_one() {
    let page = ask(&four(), |query| {
        query.q = "okafor".into();
        query.specialty = "cardiology".into();
        query.new_patients = true;
    });
    let labels: Vec<_> = page.filters.iter().map(|filter| filter.label.as_str()).collect();
    assert_eq!(labels, ["“okafor”", "Cardiology", "Accepts new patients"]);
    assert_eq!(page.filters[1].href, "/doctors?q=okafor&new_patients=true");
    assert!(page.filters.iter().all(|filter| filter.count.is_none()), "nothing is counted while a doctor is listed");
    assert_eq!(page.heading, "Cardiology: 1 doctor");
}

#[test]
fn twenty_a_page_and_past_the_end_is_the_last_page() {
    let snapshot = directory((0..45).map(|number| doctor(number, "Dr Same Name", SKIN, &["en"], None)).collect());
    let first = ask(&snapshot, |_| {});
    let last = ask(&snapshot, |query| query.page = 99);
    assert_eq!((first.cards.len(), first.total, first.pages), (20, 45, 3));
    assert_eq!((last.cards.len(), last.query.page), (5, 3));
    assert_eq!(last.heading, "45 doctors, page 3 of 3");
    let mut seen: Vec<_> =
        (1..=3).flat_map(|number| ask(&snapshot, |query| query.page = number).cards).map(|card| card.id).collect();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 45, "every doctor is on exactly one page");
}

#[test]
fn choices_are_counted_over_all_visible_doctors() {
    let page = ask(&four(), |query| query.specialty = "cardiology".into());
    let specialties: Vec<_> = page.specialties.iter().map(|facet| (facet.label.as_str(), facet.count)).collect();
    assert_eq!(specialties, [("Cardiology", 2), ("Dermatology", 2)]);
    assert!(page.languages.iter().any(|facet| facet.label == "English" && facet.value == "en" && facet.count == 3));
    assert_eq!(page.locations.len(), 1);
}

#[test]
fn a_card_says_the_next_time_or_whom_to_call() {
    let page = ask(&four(), |_| {});
    assert_eq!(page.cards[0].next.as_deref(), Some("Tuesday 24 November, 12 noon"));
    assert_eq!(page.cards[0].quick.len(), 1);
    let words = "Only patients who have seen Dr Bram de Vries before can book online.";
    assert_eq!((page.cards[3].only_known, page.cards[3].none_words.as_deref()), (true, Some(words)));
    let full = directory(vec![doctor(5, "Dr A", SKIN, &[], None)]).entries[0].profile.card.clone();
    let words = "No free times at the moment. Call Riverside Clinic on 020 7946 0100.";
    assert_eq!((full.only_known, full.none_words.as_deref()), (false, Some(words)));
}

#[test]
fn quick_times_stay_on_the_day_and_at_the_place_of_the_first() {
    let mut facts = doctor(1, "Dr A", HEART, &[], Some(2 * HOUR));
    let time = |hours: i64, location: Location| {
        let start = NOW.plus_seconds(hours * HOUR);
        (Slot { start, end: start.plus_minutes(20), location: location.id, resource: None }, location)
    };
    facts.free.extend([time(3, riverside()), time(23, riverside())]);
    assert_eq!(directory(vec![facts]).entries[0].profile.card.quick.len(), 2);
    let mut facts = doctor(1, "Dr A", HEART, &[], Some(2 * HOUR));
    facts.free.push(time(3, location(2, "Harbour Clinic", "Europe/Athens")));
    assert_eq!(directory(vec![facts]).entries[0].profile.card.quick.len(), 1);
}

#[test]
fn an_entry_runs_out_when_its_first_time_can_no_longer_be_booked() {
    let soon = doctor(1, "Dr A", HEART, &[], Some(HOUR + 60)).into_entry(NOW);
    // one hour of notice: the last moment to book is in a minute
    assert_eq!(soon.valid_until, NOW.plus_seconds(61));
    let later = doctor(1, "Dr A", HEART, &[], Some(DAY)).into_entry(NOW);
    assert!(later.valid_until >= NOW.plus_seconds(150) && later.valid_until <= NOW.plus_seconds(300));
}

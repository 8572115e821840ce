//! One doctor in the list: who it is, and the next free times.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    app::{FormPage, has_several_zones, leaving_target, use_frame},
    availability::TimeOption,
    booking::{Mode, actions::HoldTime},
    doctors::DoctorCard,
    ui::{Avatar, Glyph, Icon, Tag, Tone},
};

/// What stands on the card and the profile of a doctor whom only known patients can book.
pub(super) const NOT_TAKING: &str = "Not taking new patients";

/// What a press on a time does for patients and visitors, and for doctors and staff.
const HOLDS: &str = "hold this time";
const ADDS: &str = "add an appointment";

/// A card with up to three times, each of them a button that holds it.
pub(super) fn doctor_card(card: DoctorCard) -> AnyView {
    let profile = ["/doctors/", &card.slug].concat();
    let times = times(&card, &profile);
    view! {
        <li>
            <article class="doctor-card">
                <div class="doctor-who">
                    <Avatar name=card.name.clone() />
                    <div>
                        <h2>
                            <a href=profile>
                                <bdi>{card.name.clone()}</bdi>
                            </a>
                        </h2>
                        <p class="doctor-specialty">{card.specialties.join(", ")}</p>
                        {facts(&card)}
                    </div>
                </div>
                <div class="doctor-times">{times}</div>
            </article>
        </li>
    }
    .into_any()
}

/// Where, in which languages, how, and for whom.
pub(super) fn facts(card: &DoctorCard) -> AnyView {
    let new_patients = card.accepts_new_patients.then(|| "Accepts new patients".to_owned());
    let facts = [
        (Glyph::Place, places(card)),
        (Glyph::Speech, joined(&card.languages)),
        (Glyph::Video, mode_words(&card.modes)),
        (Glyph::Check, new_patients),
    ];
    let facts = facts
        .into_iter()
        .filter_map(|(glyph, words)| {
            Some(view! {
                <li>
                    <Icon glyph />
                    <span>{words?}</span>
                </li>
            })
        })
        .collect::<Vec<_>>();
    view! { <ul class="facts">{facts}</ul> }.into_any()
}

fn joined(words: &[String]) -> Option<String> {
    (!words.is_empty()).then(|| words.join(", "))
}

/// The locations by name; with their zones, where the clinic's locations have several.
fn places(card: &DoctorCard) -> Option<String> {
    if !has_several_zones() {
        return joined(&card.locations);
    }
    let named = |(name, zone): (&String, &String)| [name, " (", zone, ")"].concat();
    joined(&card.locations.iter().zip(&card.zones).map(named).collect::<Vec<_>>())
}

/// "In person, by video".
fn mode_words(modes: &[Mode]) -> Option<String> {
    let mut words = modes.iter().map(|mode| mode.label());
    let mut text = words.next()?.to_owned();
    for more in words {
        text.push_str(", ");
        text.push_str(&more.to_lowercase());
    }
    Some(text)
}

fn times(card: &DoctorCard, profile: &str) -> AnyView {
    let (Some(next), Some(visit_type)) = (&card.next, &card.visit_type) else {
        let words = card.none_words.clone().unwrap_or_else(|| "No free times at the moment.".to_owned());
        let closed = card.only_known.then(|| view! { <Tag tone=Tone::Plain text=NOT_TAKING /> " " });
        return view! {
            <p class="next-time">{closed} {words}</p>
            <a class="btn btn-quiet btn-wide" href=profile.to_owned()>
                "See profile"
                <span class="visually-hidden">" of " {card.name.clone()}</span>
            </a>
        }
        .into_any();
    };
    let visit_type = visit_type.to_string();
    let all = [profile, "/times?visit_type=", &visit_type].concat();
    let (slug, name, next) = (card.slug.clone(), card.name.clone(), next.clone());
    // the quick times are all at one location
    let zone = card.quick.first().filter(|_| has_several_zones()).map(|time| [" ", &time.zone_words].concat());
    let zone = zone.unwrap_or_default();
    let does = if use_frame().is_clinic() { ADDS } else { HOLDS };
    let buttons = card
        .quick
        .iter()
        .map(|time| {
            let name = press_words(time, &zone, does, &card.name);
            let zone = (!zone.is_empty()).then(|| view! { <span class="time-zone">{zone.clone()}</span> });
            view! {
                <button class="time-btn" type="submit" name="start" value=time.start.0.to_string() aria-label=name>
                    {time.label.clone()}
                    " "
                    {zone}
                </button>
            }
        })
        .collect_view();
    view! {
        <p class="next-time">"Next free time " <strong>{next_words(&next)} {zone}</strong></p>
        <form method="post" action=HoldTime::PATH target=leaving_target()>
            <FormPage />
            <input type="hidden" name="doctor" value=slug />
            <input type="hidden" name="visit_type" value=visit_type />
            <div class="quick-times">{buttons}</div>
        </form>
        <a class="btn btn-quiet btn-wide" href=all>
            "All times"
            <span class="visually-hidden">" with " {name}</span>
        </a>
    }
    .into_any()
}

/// "Thursday 3 December, 2:20pm", where a narrow window breaks it before the clock time only.
fn next_words(next: &str) -> AnyView {
    // the comma stays with the date
    let (date, time) = next.find(", ").and_then(|comma| next.split_at_checked(comma + 1)).unwrap_or((next, ""));
    view! {
        <span>{date.to_owned()}</span>
        {time.to_owned()}
    }
    .into_any()
}

/// What a press on a time does, for those who do not see the card. The words on the button come first, so that it can
/// be called by them.
fn press_words(time: &TimeOption, zone: &str, does: &str, doctor: &str) -> String {
    let day = time.full.split(", ").next().unwrap_or_default();
    [&time.label, zone, ", ", day, ": ", does, ", ", doctor].concat()
}

#[cfg(test)]
mod tests {
    use super::{ADDS, HOLDS, press_words};
    use crate::{
        availability::{DayPart, TimeOption},
        time::Timestamp,
    };

    #[test]
    fn a_quick_time_is_called_by_the_words_on_it() {
        let time = TimeOption {
            start: Timestamp(0),
            label: "2:20pm".into(),
            full: "Thursday 3 December, 2:20pm".into(),
            part: DayPart::Afternoon,
            location: String::new(),
            zone_words: String::new(),
            zone: String::new(),
            offset_minutes: 0,
        };
        assert_eq!(
            press_words(&time, "", HOLDS, "Dr Amara Okafor"),
            "2:20pm, Thursday 3 December: hold this time, Dr Amara Okafor"
        );
        assert_eq!(
            press_words(&time, " Athens time", ADDS, "Dr Amara Okafor"),
            "2:20pm Athens time, Thursday 3 December: add an appointment, Dr Amara Okafor"
        );
    }
}

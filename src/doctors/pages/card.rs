//! One doctor in the list: who it is, and the next free times.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    booking::{Mode, actions::HoldTime},
    doctors::DoctorCard,
    ui::{Avatar, Glyph, Icon},
};

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
                        <p class="doctor-specialty">{card.specialty.clone()}</p>
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
        (Glyph::Place, joined(&card.locations)),
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

/// "In person, by video".
fn mode_words(modes: &[Mode]) -> Option<String> {
    let mut words = modes.iter().map(|mode| mode.words());
    let mut text = words.next()?.to_owned();
    for more in words {
        text.push_str(", ");
        text.push_str(&more.to_lowercase());
    }
    Some(text)
}

fn times(card: &DoctorCard, profile: &str) -> AnyView {
    let (Some(next), Some(visit)) = (&card.next, &card.visit_type) else {
        let words = card
            .none_words
            .clone()
            .unwrap_or_else(|| "No free times at the moment.".to_owned());
        return view! {
            <p class="next-time">{words}</p>
            <a class="btn btn-quiet btn-wide" href=profile.to_owned()>
                "See profile"
                <span class="visually-hidden">" of " {card.name.clone()}</span>
            </a>
        }
        .into_any();
    };
    let visit = visit.to_string();
    let all = [profile, "/times?visit=", &visit].concat();
    let (slug, name, next) = (card.slug.clone(), card.name.clone(), next.clone());
    let buttons = card
        .quick
        .iter()
        .map(|time| {
            let name = [&time.full, ", ", &card.name].concat();
            view! {
                <button class="time-btn" type="submit" name="start" value=time.start.0.to_string() aria-label=name>
                    {time.label.clone()}
                </button>
            }
        })
        .collect_view();
    view! {
        <p class="next-time">"Next free time " <strong>{next}</strong></p>
        <form method="post" action=HoldTime::PATH>
            <input type="hidden" name="doctor" value=slug />
            <input type="hidden" name="visit" value=visit />
            <div class="quick-times">{buttons}</div>
        </form>
        <a class="btn btn-quiet btn-wide" href=all>
            "All times"
            <span class="visually-hidden">" with " {name}</span>
        </a>
    }
    .into_any()
}

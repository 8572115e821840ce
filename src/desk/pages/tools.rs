//! What stands above the columns: the day, the location, the doctors, and the key to the colours.

use leptos::prelude::*;
use strum::VariantArray;

use super::address::{DOCTOR, on_date};
use crate::{
    app::has_several_zones,
    desk::model::{CardState, DeskDay, MAX_COLUMNS},
    ui::{Glyph, Icon},
};

/// Previous and next day, and today.
pub(super) fn turn(day: &DeskDay) -> AnyView {
    let today = (!day.is_today).then(|| {
        view! {
            <a class="btn btn-secondary" href=on_date(day, "")>
                "Today"
            </a>
        }
    });
    view! {
        <nav class="row no-print" aria-label="Days">
            <a class="btn btn-secondary" href=on_date(day, &day.previous)>
                <Icon glyph=Glyph::ChevronLeft />
                "Previous"
                <span class="visually-hidden">" day"</span>
            </a>
            {today}
            <a class="btn btn-secondary" href=on_date(day, &day.next)>
                "Next"
                <span class="visually-hidden">" day"</span>
                <Icon glyph=Glyph::ChevronRight />
            </a>
        </nav>
    }
    .into_any()
}

/// Location, date and doctors, as a form that works by its address.
pub(super) fn choices(day: &DeskDay) -> AnyView {
    let location = day.location.id.to_string();
    let locations = day.locations.iter().map(|(id, name)| {
        view! {
            <option value=id.clone() selected=*id == location>
                {name.clone()}
            </option>
        }
    });
    let locations = locations.collect_view();
    view! {
        <form class="desk-tools no-print" method="get" action="/desk">
            <div>
                <label for="location">"Location"</label>
                <select class="input select" id="location" name="location">
                    {locations}
                </select>
            </div>
            <div>
                <label for="date">"Date"</label>
                <input class="input" id="date" name="date" type="date" value=day.date.clone() />
            </div>
            {doctors(day)}
            <button class="btn btn-secondary" type="submit">
                "Show"
            </button>
        </form>
    }
    .into_any()
}

fn doctors(day: &DeskDay) -> AnyView {
    if day.doctors.len() < 2 {
        return ().into_any();
    }
    let chosen = day.doctors.iter().filter(|doctor| doctor.chosen).count();
    let title = match chosen {
        0 => "Doctors: all".to_owned(),
        some => ["Doctors: ", &some.to_string()].concat(),
    };
    let boxes = day.doctors.iter().map(|doctor| {
        view! {
            <label class="check">
                <input type="checkbox" name=DOCTOR value=doctor.slug.clone() checked=doctor.chosen />
                <span>{doctor.name.clone()}</span>
            </label>
        }
    });
    view! {
        <details class="desk-doctors">
            <summary class="btn btn-secondary">{title}</summary>
            <div>{boxes.collect_view()}</div>
        </details>
    }
    .into_any()
}

/// What the colours mean.
pub(super) fn key() -> AnyView {
    let state = |state: &CardState| view! { <li class=state.into_str()>{state.words()}</li> };
    view! {
        <ul class="desk-key no-print" aria-label="What the colours mean">
            <li class="free">"free"</li>
            {CardState::VARIANTS.iter().map(state).collect_view()}
            <li class="held">"a patient is booking it"</li>
            <li class="blocked">"blocked"</li>
            <li class="overlaps">"overlaps"</li>
        </ul>
    }
    .into_any()
}

/// What the columns are about, in a sentence.
pub(super) fn about(day: &DeskDay) -> String {
    let zone = if has_several_zones() { [", ", &day.location.zone_words].concat() } else { String::new() };
    [&day.location.name, &zone, ". ", &day.summary, "."].concat()
}

/// Says that some doctors are not shown, and what to do.
pub(super) fn left_out(day: &DeskDay) -> Option<AnyView> {
    let words = match day.left_out {
        0 => return None,
        1 => "One more doctor works here on this day.".to_owned(),
        more => [&more.to_string(), " more doctors work here on this day."].concat(),
    };
    let words =
        ["The first ", &MAX_COLUMNS.to_string(), " are shown. ", &words, " Choose doctors to see them."].concat();
    Some(view! { <p class="muted">{words}</p> }.into_any())
}

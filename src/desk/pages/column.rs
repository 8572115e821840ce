//! One doctor's column: a list of the day, which a wide screen shows as a strip of time.

use leptos::prelude::*;

use crate::{
    desk::model::{CardState, DeskColumn, DeskEntry, DeskThing},
    doctors::pages::place,
};

/// The column with its head.
pub(super) fn column_view(column: &DeskColumn, date: &str) -> AnyView {
    let head = ["desk-", &column.slug].concat();
    let named = head.clone();
    let href = ["/doctor?date=", date, "&doctor=", &column.slug].concat();
    view! {
        <section aria-labelledby=named data-doctor=column.doctor.to_string() data-slug=column.slug.clone()>
            <div class="desk-head">
                <h2 id=head>
                    <a href=href>{column.name.clone()}</a>
                </h2>
                <p>{column.summary.clone()}</p>
            </div>
            {list_view(column)}
        </section>
    }
    .into_any()
}

/// The list alone.
pub(crate) fn list_view(column: &DeskColumn) -> AnyView {
    if column.entries.is_empty() {
        return view! { <p class="desk-empty">"No hours and no appointments."</p> }.into_any();
    }
    let class = (column.lanes > 1).then(|| ["lanes-", &column.lanes.to_string()].concat());
    let entries: Vec<AnyView> = column.entries.iter().map(|entry| entry_view(entry, &column.slug)).collect();
    view! { <ol class=class>{entries}</ol> }.into_any()
}

fn entry_view(entry: &DeskEntry, doctor: &str) -> AnyView {
    let place = place((entry.row, entry.rows), entry.lane);
    let time = entry.time.clone();
    match &entry.what {
        DeskThing::Appointment { id, version, patient, kind, state, overlaps } => {
            let class = [place.as_str(), " ", state.into_str(), if *overlaps { " overlaps" } else { "" }].concat();
            view! {
                <li class=class>
                    <a href=["/appointments/", &id.to_string()].concat() data-version=version.to_string()>
                        <b>{time}</b>
                        " "
                        <bdi>{patient.clone()}</bdi>
                        <span>{words_of(*state, *overlaps, kind)}</span>
                    </a>
                </li>
            }
            .into_any()
        }
        DeskThing::Free { start } => {
            let href = ["/doctor/add?doctor=", doctor, "&start=", &start.to_string()].concat();
            view! {
                <li class=[&place, " free"].concat()>
                    <a href=href>
                        <b>{time}</b>
                        " free"
                    </a>
                </li>
            }
            .into_any()
        }
        DeskThing::Held => view! {
            <li class=[&place, " held"].concat()>
                <b>{time}</b>
                " A patient is booking this time"
            </li>
        }
        .into_any(),
        DeskThing::Blocked { until, words } => {
            let time = if until.is_empty() { time } else { [&time, " to ", until].concat() };
            view! {
                <li class=[&place, " blocked"].concat()>
                    <b>{time}</b>
                    {[" ", words].concat()}
                </li>
            }
            .into_any()
        }
    }
}

/// " overlaps, arrived, Follow-up": the most urgent first, because a short card cuts off what comes last.
fn words_of(state: CardState, overlaps: bool, kind: &str) -> String {
    [if overlaps { " overlaps, " } else { " " }, state.words(), ", ", kind].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_says_in_words_what_its_colours_say() {
        assert_eq!(words_of(CardState::Arrived, false, "Follow-up"), " arrived, Follow-up");
        assert_eq!(words_of(CardState::Booked, true, "Follow-up"), " overlaps, booked, Follow-up");
    }
}

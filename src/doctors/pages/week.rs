//! A doctor's week: columns of time on a wide screen, a list by day on a narrow one.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::agenda::{calendar_words, turn, zone_note};
use crate::{
    app::{DoctorNav, Failure, PageTitle, doctor_link, named_doctor},
    doctors::{AgendaState, AgendaWeek, WeekDay, WeekEntry, WeekThing, actions::agenda::read_week},
    ui::rendered,
};

/// Steps of the grid in an hour.
const STEPS: u16 = 12;

/// `/doctor/week?of=2026-12-03`: the week with that date.
#[component]
pub fn WeekPage() -> impl IntoView {
    let of = use_query_map().with_untracked(|query| query.get("of"));
    let doctor = named_doctor();
    let week = Resource::new_blocking(move || (doctor.clone(), of.clone()), |(doctor, of)| read_week(doctor, of));
    let content = move || {
        week.get().map(|week| match week {
            Ok(week) => rendered(week_view(week)),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn week_view(week: AgendaWeek) -> AnyView {
    let slug = week.owner.slug.as_str();
    let link = |date: &str| doctor_link(&["/doctor/week?of=", date].concat(), slug);
    let present = (!week.is_this_week).then(|| (doctor_link("/doctor/week", slug), "This week"));
    let turn = turn("Weeks", " week", (link(&week.previous), present, link(&week.next)));
    let hours = week.hours.iter().map(|hour| view! { <span>{hour.clone()}</span> }).collect_view();
    let days = week.days.iter().map(|day| day_view(day, slug)).collect_view();
    view! {
        <DoctorNav />
        <PageTitle text=week.title.clone() />
        <div class="agenda-bar">
            <div>
                <h1 tabindex="-1">{week.title.clone()}</h1>
                <p class="muted">{calendar_words(&week.owner)} {week.summary.clone()} {zone_note(&week.owner)}</p>
            </div>
            {turn}
        </div>
        <div class="week places">
            <div class="week-hours" aria-hidden="true">
                {hours}
            </div>
            {days}
        </div>
    }
    .into_any()
}

fn day_view(day: &WeekDay, doctor: &str) -> AnyView {
    let href = doctor_link(&["/doctor?date=", &day.date].concat(), doctor);
    let label = if day.is_today { ["Today, ", &day.label].concat() } else { day.label.clone() };
    let class = (day.lanes > 1).then(|| ["lanes-", &day.lanes.to_string()].concat());
    let content = if day.entries.is_empty() {
        view! { <p class="muted small">"No hours and no appointments."</p> }.into_any()
    } else {
        let entries: Vec<AnyView> = day.entries.iter().map(|entry| entry_view(entry, doctor)).collect();
        view! { <ol class=class>{entries}</ol> }.into_any()
    };
    view! {
        <section aria-current=day.is_today.then_some("date")>
            <h2>
                <a href=href>{label}</a>
            </h2>
            {content}
        </section>
    }
    .into_any()
}

fn entry_view(entry: &WeekEntry, doctor: &str) -> AnyView {
    let place = place((entry.row, entry.rows), entry.lane);
    match &entry.what {
        WeekThing::Appointment { id, patient, status, state, overlaps } => {
            let kind = match state {
                AgendaState::Coming => "",
                AgendaState::Waiting | AgendaState::Unclear => " waits",
                AgendaState::Done => " done",
            };
            // before the name: a narrow column cuts off what comes last
            let overlaps = if *overlaps { " overlaps," } else { "" };
            let open = if *state == AgendaState::Unclear { " Came?" } else { "" };
            let time = [entry.time.as_str(), overlaps, open, " "].concat();
            let is_plain = *state == AgendaState::Unclear || status.is_empty();
            let note = (!is_plain).then(|| [", ", &status.to_lowercase()].concat());
            view! {
                <li class=[&place, kind].concat()>
                    <a href=["/appointments/", &id.to_string()].concat()>
                        {time}
                        <bdi>{patient.clone()}</bdi>
                        {note}
                    </a>
                </li>
            }
            .into_any()
        }
        WeekThing::Free { until, start } => {
            let href = doctor_link(&["/doctor/add?start=", &start.to_string()].concat(), doctor);
            view! {
                <li class=[&place, " free"].concat()>
                    <a href=href>
                        {[&entry.time, " to ", until, " free"].concat()}
                        <span class="visually-hidden">": add an appointment"</span>
                    </a>
                </li>
            }
            .into_any()
        }
        WeekThing::Blocked { until, words } => {
            let to = if until.is_empty() { String::new() } else { [" to ", until].concat() };
            view! { <li class=[&place, " blocked"].concat()>{[&entry.time, &to, " ", words].concat()}</li> }.into_any()
        }
    }
}

/// The classes that position an entry: hours and steps to its start (`h`, `m`), the hours and steps it takes (`s`,
/// `t`), and its lane (`c`). What is zero is left out.
pub(crate) fn place((row, rows): (u16, u16), lane: u8) -> String {
    let parts =
        [("h", row / STEPS), ("m", row % STEPS), ("s", rows / STEPS), ("t", rows % STEPS), ("c", u16::from(lane))];
    let named = parts.into_iter().filter(|(_, n)| *n > 0).map(|(name, n)| [name, &n.to_string()].concat());
    named.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_said_with_few_classes() {
        assert_eq!(place((0, 3), 0), "t3");
        assert_eq!(place((27, 14), 2), "h2 m3 s1 t2 c2");
    }
}

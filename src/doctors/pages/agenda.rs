//! The doctor's day.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::agenda_appointment::{Style, appointment_line, problems, until_words};
use crate::{
    app::{DoctorNav, Failure, PageTitle, doctor_link, edits_calendar, has_several_zones, named_doctor},
    doctors::{AgendaDay, AgendaEntry, CalendarOwner, FreeTime, actions::agenda::read_day},
    ui::{ButtonKind, ButtonLink, Empty, ErrorLine, ErrorSummary, Glyph, Icon, rendered},
};

/// `/doctor?date=2026-12-03`: who comes when, what is free or blocked, and the requests that wait for an answer.
#[component]
pub fn AgendaPage() -> impl IntoView {
    let problems = problems();
    let date = use_query_map().with_untracked(|query| query.get("date"));
    let doctor = named_doctor();
    let day = Resource::new_blocking(move || (doctor.clone(), date.clone()), |(doctor, date)| read_day(doctor, date));
    let page = move || {
        day.get().map(|day| match day {
            Ok(day) => rendered(show(day, problems.clone())),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(day: AgendaDay, problems: Vec<ErrorLine>) -> AnyView {
    let title = if day.is_today { ["Today, ", &day.title].concat() } else { day.title.clone() };
    let link = |date: &str| doctor_link(&["/doctor?date=", date].concat(), &day.owner.slug);
    let today = (!day.is_today).then(|| doctor_link("/doctor", &day.owner.slug));
    let turn = turn("Days", " day", (link(&day.previous), today.map(|href| (href, "Today")), link(&day.next)));
    view! {
        <DoctorNav />
        <PageTitle text=title.clone() failed=!problems.is_empty() />
        <ErrorSummary errors=problems />
        <div class="agenda-bar">
            <div>
                <h1 tabindex="-1">{title}</h1>
                <p class="print-only">{[&day.owner.name, ", ", &day.title].concat()}</p>
                <p class="muted">{calendar_words(&day.owner)} {day.summary.clone()} {zone_note(&day.owner)}</p>
            </div>
            {turn}
        </div>
        {requests(&day)}
        {tools(&day)}
        {entries(&day)}
    }
    .into_any()
}

/// Links to the span before and after, and to the present one.
pub(super) fn turn(
    label: &'static str,
    what: &'static str,
    (previous, present, next): (String, Option<(String, &'static str)>, String),
) -> AnyView {
    let present = present.map(|(href, words)| {
        view! {
            <a class="btn btn-secondary" href=href>
                {words}
            </a>
        }
    });
    view! {
        <nav class="row no-print" aria-label=label>
            <a class="btn btn-secondary" href=previous>
                <Icon glyph=Glyph::ChevronLeft />
                "Previous"
                <span class="visually-hidden">{what}</span>
            </a>
            {present}
            <a class="btn btn-secondary" href=next>
                "Next"
                <span class="visually-hidden">{what}</span>
                <Icon glyph=Glyph::ChevronRight />
            </a>
        </nav>
    }
    .into_any()
}

/// Whose calendar this is, for staff: "Dr Amara Okafor: ".
pub(super) fn calendar_words(owner: &CalendarOwner) -> AnyView {
    let is_named = !owner.slug.is_empty();
    is_named
        .then(|| {
            view! {
                <strong class="no-print">
                    <bdi>{owner.name.clone()}</bdi>
                    ": "
                </strong>
            }
        })
        .into_any()
}

/// The clock that a calendar goes by, where the clinic has several: ". Times are London time."
pub(super) fn zone_note(owner: &CalendarOwner) -> AnyView {
    has_several_zones().then(|| [". Times are ", &owner.zone_words, "."].concat()).into_any()
}

fn tools(day: &AgendaDay) -> impl IntoView + use<> {
    let link = |address: &str| doctor_link(address, &day.owner.slug);
    let week = ["/doctor/week?of=", &day.date].concat();
    let block = edits_calendar(&day.owner.slug).then(|| {
        view! {
            <ButtonLink href=link("/doctor/time-off") kind=ButtonKind::Secondary>
                "Block time"
            </ButtonLink>
        }
    });
    view! {
        <div class="row no-print agenda-tools">
            <ButtonLink href=link("/doctor/add")>
                <Icon glyph=Glyph::Plus />
                "Add appointment"
            </ButtonLink>
            {block}
            <a href=link(&week)>"The week of this day"</a>
            <span class="muted small">"You can print this page: a day fits on one sheet."</span>
        </div>
    }
}

/// The requests of other days in one line, which opens: the day itself comes first.
fn requests(day: &AgendaDay) -> impl IntoView + use<> {
    let title = match day.other_requests {
        0 => return None,
        1 => "1 request for another day to answer".to_owned(),
        more => more.to_string() + " requests for other days to answer",
    };
    let all = doctor_link("/doctor/list?show=waiting", &day.owner.slug);
    let lines = day.requests.iter().map(|appointment| appointment_line(appointment, Style::Request)).collect_view();
    Some(view! {
        <details class="agenda-requests no-print">
            <summary>{title}</summary>
            <p class="muted small">"If nobody answers a request in time, it ends, and its time is free again."</p>
            <ol class="agenda-day">{lines}</ol>
            <a href=all>"See all requests"</a>
        </details>
    })
}

fn entries(day: &AgendaDay) -> AnyView {
    if day.entries.is_empty() {
        let hours = edits_calendar(&day.owner.slug).then(|| {
            let hours = doctor_link("/doctor/availability", &day.owner.slug);
            view! {
                <div class="btns">
                    <ButtonLink href=hours kind=ButtonKind::Secondary>
                        "Weekly hours"
                    </ButtonLink>
                </div>
            }
        });
        return view! {
            <Empty glyph=Glyph::Calendar title="No appointments and no free time on this day">
                <p>"Appointments appear here as soon as they are booked. What can be booked depends on the weekly hours."</p>
                {hours}
            </Empty>
        }
        .into_any();
    }
    let line = |entry: &AgendaEntry| match entry {
        AgendaEntry::Appointment(appointment) => appointment_line(appointment, Style::InDay),
        AgendaEntry::Free(free) => free_line(free, &day.owner.slug),
        AgendaEntry::Blocked { times, words } => blocked_line(times.as_ref(), words),
    };
    let lines = day.entries.iter().map(line).collect_view();
    view! { <ol class="agenda-day">{lines}</ol> }.into_any()
}

fn free_line(free: &FreeTime, doctor: &str) -> AnyView {
    let href = doctor_link(&["/doctor/add?start=", &free.start.to_string()].concat(), doctor);
    let words = ["Free, ", &minutes_words(free.minutes), ". ", &free.location].concat();
    let hidden = [" an appointment at ", &free.time].concat();
    view! {
        <li class="agenda-item agenda-free">
            <p class="agenda-time">
                {free.time.clone()} " "
                <span class="agenda-until">{until_words(&free.until, &free.other_zone)}</span>
            </p>
            <p class="muted">{words}</p>
            <div class="btns">
                <a class="btn btn-quiet" href=href>
                    "Add"
                    <span class="visually-hidden">{hidden}</span>
                </a>
            </div>
        </li>
    }
    .into_any()
}

fn blocked_line(times: Option<&(String, String)>, words: &str) -> AnyView {
    let time = match times.cloned() {
        Some((from, until)) => view! { {from} " " <span class="agenda-until">"to " {until}</span> }.into_any(),
        None => "All day".into_any(),
    };
    view! {
        <li class="agenda-item agenda-blocked">
            <p class="agenda-time">{time}</p>
            <p>{words.to_owned()}</p>
        </li>
    }
    .into_any()
}

/// "20 minutes", "2 hours", "1 hour 30 minutes"
fn minutes_words(minutes: i64) -> String {
    let counted = |n: i64, unit: &str| [n.to_string().as_str(), " ", unit, if n == 1 { "" } else { "s" }].concat();
    match (minutes / 60, minutes % 60) {
        (0, minutes) => counted(minutes, "minute"),
        (hours, 0) => counted(hours, "hour"),
        (hours, minutes) => [counted(hours, "hour"), counted(minutes, "minute")].join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::minutes_words;

    #[test]
    fn a_long_gap_is_said_in_hours() {
        assert_eq!(minutes_words(20), "20 minutes");
        assert_eq!(minutes_words(60), "1 hour");
        assert_eq!(minutes_words(150), "2 hours 30 minutes");
    }
}

//! A patient's appointments.

use leptos::prelude::*;
use strum::VariantArray;

use super::{
    address::{appointment_path, failed, in_query, times_path},
    facts::{appointment_words, date_tile, for_whom, phone_link, start_words, status_tag},
    series_booked::series_path,
    who::person_choices,
};
use crate::{
    app::PageTitle,
    booking::{AppointmentDetails, AppointmentList, Change, Status, Tab, actions::my_appointments},
    ids::PersonId,
    ui::{self, Button, ButtonKind, ButtonLink, Choice, Empty, Glyph, Icon, Select, Tabs},
};

/// `/appointments?tab=&person=`: the appointments of the signed-in patient and of those for whom they act, or of one of
/// them, by month.
#[component]
pub fn MyAppointmentsPage() -> impl IntoView {
    let tab = in_query("tab").unwrap_or_default();
    let person = in_query("person").and_then(|id| id.parse().ok());
    let list = Resource::new_blocking(move || (tab.clone(), person), |(tab, person)| my_appointments(tab, person));
    let content = move || {
        Suspend::new(async move {
            match list.await {
                Ok(list) => list_view(list),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn list_view(list: AppointmentList) -> AnyView {
    let tab = list.tab;
    let title = match tab {
        Tab::Upcoming => "My appointments",
        Tab::Past => "My past appointments",
        Tab::Cancelled => "My cancelled appointments",
    };
    let tabs = Tab::VARIANTS
        .iter()
        .zip(list.counts)
        .map(|(&each, count)| ui::Tab {
            href: list_path(each, list.person),
            text: each.label().into(),
            count: u32::try_from(count).ok(),
            current: each == tab,
        })
        .collect();
    let nothing = list.items.is_empty().then(|| nothing(tab));
    view! {
        <PageTitle text=title />
        <div class="page-head row row-between">
            <h1 tabindex="-1">"My appointments"</h1>
            <div class="btns">
                <a class="btn btn-quiet" href="/waiting-list">
                    "My waiting list"
                </a>
                <a class="btn" href="/doctors">
                    <Icon glyph=Glyph::Plus />
                    "Book an appointment"
                </a>
            </div>
        </div>
        <Tabs label="Appointments" tabs />
        {filter(&list)}
        {nothing}
        {months(list.items, tab)}
    }
    .into_any()
}

/// The list under a tab, of everybody or of one person.
fn list_path(tab: Tab, person: Option<PersonId>) -> String {
    let tab = (tab != Tab::Upcoming).then(|| ["tab=", tab.into_str()].concat());
    let person = person.map(|id| ["person=", &id.to_string()].concat());
    let query: Vec<String> = tab.into_iter().chain(person).collect();
    if query.is_empty() { "/appointments".to_owned() } else { ["/appointments?", &query.join("&")].concat() }
}

/// Whose appointments are listed, for an account that acts for others.
fn filter(list: &AppointmentList) -> impl IntoView + use<> {
    let chosen = list.person.map(|id| id.to_string()).unwrap_or_default();
    let everybody = Choice::new("", "Everybody");
    let choices: Vec<Choice> = std::iter::once(everybody).chain(person_choices(&list.persons)).collect();
    let tab = (list.tab != Tab::Upcoming).then(|| {
        view! { <input type="hidden" name="tab" value=list.tab.into_str() /> }
    });
    (choices.len() > 1).then(|| {
        view! {
            <form method="get" action="/appointments" class="row">
                {tab}
                <Select name="person" label="Whose appointments" choices chosen />
                <Button kind=ButtonKind::Secondary>"Show"</Button>
            </form>
        }
    })
}

fn nothing(tab: Tab) -> impl IntoView + use<> {
    let title = match tab {
        Tab::Upcoming => "You have no upcoming appointments",
        Tab::Past => "You have no past appointments",
        Tab::Cancelled => "You have no cancelled appointments",
    };
    view! {
        <Empty glyph=Glyph::Calendar title>
            <div class="btns">
                <ButtonLink href="/doctors">"Find a doctor"</ButtonLink>
            </div>
        </Empty>
    }
}

/// One heading per month, in the order of the list.
fn months(items: Vec<AppointmentDetails>, tab: Tab) -> impl IntoView + use<> {
    items
        .chunk_by(|a, b| a.summary.tile.2 == b.summary.tile.2)
        .map(|month| {
            let heading = month.first().map(|first| first.summary.tile.2.clone());
            let cards = month.iter().map(|item| view! { <li>{card(item, tab)}</li> }).collect_view();
            view! {
                <h2 class="month">{heading}</h2>
                <ul class="appt-list">{cards}</ul>
            }
        })
        .collect_view()
}

fn card(appointment: &AppointmentDetails, tab: Tab) -> impl IntoView + use<> {
    let summary = &appointment.summary;
    let when = start_words(summary);
    let kind = appointment_words(&summary.visit_type_name, &summary.minutes.to_string(), summary.mode);
    view! {
        <article class="appt-card">
            {date_tile(summary, tab != Tab::Upcoming)}
            <div>
                <h3>
                    <a href=appointment_path(appointment.id, "")>{when}</a>
                </h3>
                {for_whom(summary)}
                <p>
                    <bdi>{summary.doctor_name.clone()}</bdi>
                </p>
                <p class="muted small">{kind} ". " {summary.location.clone()}</p>
                {status_tag(appointment)}
                {(appointment.status == Status::Expired)
                    .then(|| view! { <p class="small">"The clinic did not answer in time."</p> })}
                {other_time(appointment)}
                {together(appointment)}
            </div>
            <div class="btns">{actions(appointment, tab)}</div>
        </article>
    }
}

/// Where it stands among those that it was booked with.
fn together(appointment: &AppointmentDetails) -> impl IntoView + use<> {
    appointment.series.as_ref().map(|mark| {
        view! {
            <p class="small">
                <a href=series_path(mark.id, "")>{mark.words()} <span class="visually-hidden">" booked together"</span></a>
            </p>
        }
    })
}

/// The other one of an appointment and the request to move it.
fn other_time(appointment: &AppointmentDetails) -> impl IntoView + use<> {
    let words = match (&appointment.kept, &appointment.asked, appointment.status) {
        (Some(kept), _, Status::Requested) => ["You keep ", &kept.when, " until this time is accepted."].concat(),
        (Some(kept), ..) => ["You keep your appointment at ", &kept.when, "."].concat(),
        (None, Some(asked), _) => ["You asked to move it to ", &asked.when, "."].concat(),
        (None, None, _) => return None,
    };
    Some(view! { <p class="small">{words}</p> })
}

/// What the patient can do with an appointment of the list: links, or the number to call.
fn actions(appointment: &AppointmentDetails, tab: Tab) -> impl IntoView + use<> {
    let summary = &appointment.summary;
    let page = |part| appointment_path(appointment.id, part);
    let move_it = || ("btn btn-secondary", page("/move"), "Move", " the appointment with ");
    let (cancel_words, which) = if appointment.is_move_request {
        ("Withdraw", " the request to ")
    } else {
        ("Cancel", " the appointment with ")
    };
    let cancel = || ("btn btn-quiet btn-danger", page("/cancel"), cancel_words, which);
    let again = || ("btn btn-secondary", times_path(&summary.doctor_slug, &summary.visit_type), "Book again", " with ");
    let links = match appointment.change {
        Change::Free => vec![move_it(), cancel()],
        Change::LateCancelOnly => vec![cancel()],
        Change::Finished if tab != Tab::Upcoming && appointment.kept.is_none() => vec![again()],
        Change::CallClinic | Change::Finished => Vec::new(),
    };
    let call = (appointment.change == Change::CallClinic && !appointment.only_seen).then(|| {
        let phone = phone_link(&summary.phone);
        view! { <p class="small">"To move or cancel it, call " {phone}</p> }
    });
    let which = [&summary.doctor_name, ", ", &summary.day].concat();
    let link = move |(class, href, text, hidden): (&'static str, String, &'static str, &'static str)| {
        view! {
            <a class=class href=href>
                {text}
                <span class="visually-hidden">{[hidden, &which].concat()}</span>
            </a>
        }
    };
    view! {
        {links.into_iter().map(link).collect_view()}
        {call}
    }
}

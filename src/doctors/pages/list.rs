//! A doctor's coming appointments, one after another.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use strum::VariantArray;

use super::{
    agenda::{calendar_words, zone_note},
    agenda_appointment::{Style, appointment_line, problems},
};
use crate::{
    app::{DoctorNav, Failure, PageTitle, doctor_link, named_doctor},
    doctors::{AgendaList, Show, actions::agenda::read_list},
    ui::{self, ButtonLink, Empty, ErrorLine, ErrorSummary, Glyph, Pager, Tabs, rendered},
};

/// `/doctor/list?show=waiting&page=2`: fifty appointments a page, by day.
#[component]
pub fn ListPage() -> impl IntoView {
    let problems = problems();
    let (show, page) = use_query_map().with_untracked(|query| {
        let page = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
        (query.get("show").unwrap_or_default(), page)
    });
    let doctor = named_doctor();
    let list = Resource::new_blocking(
        move || (doctor.clone(), show.clone(), page),
        |(doctor, show, page)| read_list(doctor, show, page),
    );
    let content = move || {
        list.get().map(|list| match list {
            Ok(list) => rendered(list_view(list, problems.clone())),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn list_view(list: AgendaList, problems: Vec<ErrorLine>) -> AnyView {
    let address = |show: Show| doctor_link(&["/doctor/list?show=", show.into_str()].concat(), &list.owner.slug);
    let tabs = Show::VARIANTS.iter().zip(list.counts).map(|(&show, count)| ui::Tab {
        href: address(show),
        text: show.label().to_owned(),
        count: Some(count),
        current: show == list.show,
    });
    let title = match (list.page, list.pages) {
        (_, 1) => "Upcoming appointments".to_owned(),
        (page, pages) => ["Upcoming appointments, page ", &page.to_string(), " of ", &pages.to_string()].concat(),
    };
    view! {
        <DoctorNav />
        <PageTitle text=title.clone() failed=!problems.is_empty() />
        <ErrorSummary errors=problems />
        <div class="agenda-bar">
            <div>
                <h1 tabindex="-1">{title}</h1>
                <p class="muted">{calendar_words(&list.owner)} "by day, the next one first" {zone_note(&list.owner)}</p>
            </div>
        </div>
        <Tabs label="Which appointments" tabs=tabs.collect() />
        {days(&list)}
        <Pager page=list.page pages=list.pages prefix=[&address(list.show), "&page="].concat() />
    }
    .into_any()
}

fn days(list: &AgendaList) -> AnyView {
    if list.appointments.is_empty() {
        let add = doctor_link("/doctor/add", &list.owner.slug);
        return view! {
            <Empty glyph=Glyph::Calendar title="Nothing here">
                <p>"Appointments appear here as soon as they are booked."</p>
                <div class="btns">
                    <ButtonLink href=add>"Add appointment"</ButtonLink>
                </div>
            </Empty>
        }
        .into_any();
    }
    list.appointments
        .chunk_by(|a, b| a.day == b.day)
        .map(|day| {
            let heading = day.first().map(|appointment| appointment.day.clone());
            let lines = day.iter().map(|appointment| appointment_line(appointment, Style::InDay)).collect_view();
            view! {
                <h2 class="month">{heading}</h2>
                <ol class="agenda-day">{lines}</ol>
            }
        })
        .collect_view()
        .into_any()
}

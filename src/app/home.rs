//! The first page: search, the next appointment, the specialties, and how it works.

use leptos::prelude::*;

use super::{
    actions::{Start, start},
    failure::Failure,
    frame::{leaving_target, own_page, use_frame, zoned},
    title::PageTitle,
};
use crate::{
    booking::{AppointmentDetails, Status},
    doctors::Facet,
    ui::{Choice, Field, Glyph, HeroArt, Icon, Select, Tag, Tone, rendered},
};

/// `/`: where an appointment begins.
#[component]
pub fn HomePage() -> impl IntoView {
    let data = Resource::new_blocking(|| (), |()| start());
    let page = move || {
        data.get().map(|data| match data {
            Ok(start) => rendered(home(start)),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn home(start: Start) -> AnyView {
    view! {
        <PageTitle text="Book a doctor’s appointment" />
        {own_work()}
        {hero(start.clinic.locations)}
        {start.next.map(next_appointment)}
        {specialties(start.clinic.specialties)}
        {how_it_works()}
    }
    .into_any()
}

/// The way of a doctor or of staff to their own pages; the rest of this page is for patients.
fn own_work() -> Option<AnyView> {
    let frame = use_frame();
    let (href, words) = own_page(frame.role());
    frame.is_clinic().then(|| {
        view! {
            <p>
                "This page is for patients. Your work: " <a href=href>{words}</a> "."
            </p>
        }
        .into_any()
    })
}

fn hero(locations: Vec<Facet>) -> AnyView {
    let several = locations.len() > 1;
    let location = several.then(|| {
        let every = Choice::new("", "Any clinic");
        let choices = std::iter::once(every)
            .chain(locations.into_iter().map(|location| Choice::new(location.value, location.label)))
            .collect();
        view! { <Select name="location" label="Where" choices /> }
    });
    let class = if several { "search" } else { "search search-one" };
    view! {
        <section class="hero bleed">
            <div class="wrap hero-row">
                <div>
                    <h1 tabindex="-1">"Book a doctor’s appointment"</h1>
                    <p class="lead">"See which doctors are free, choose a time and confirm it. No waiting on the phone."</p>
                    <form method="get" action="/doctors" class=class role="search">
                        <Field name="q" label="Specialty or doctor" />
                        {location}
                        <button class="btn btn-large" type="submit">
                            <Icon glyph=Glyph::Search />
                            "Search"
                        </button>
                    </form>
                </div>
                <HeroArt />
            </div>
        </section>
    }
    .into_any()
}

fn next_appointment(appointment: AppointmentDetails) -> AnyView {
    let summary = appointment.summary;
    let href = ["/appointments/", &appointment.id.to_string()].concat();
    let (weekday, day, month) = summary.tile;
    let when = [&summary.date, ", ", &zoned(&summary.from, &summary.zone)].concat();
    let tone = if appointment.status == Status::Requested { Tone::Warning } else { Tone::Success };
    view! {
        <section class="section" aria-labelledby="next-appointment">
            <h2 id="next-appointment">"Your next appointment"</h2>
            <article class="appt-card">
                <div class="date-tile" aria-hidden="true">
                    <span class="date-tile-month">{short_month(&month)}</span>
                    <span class="date-tile-day">{day}</span>
                    <span class="date-tile-weekday">{weekday}</span>
                </div>
                <div>
                    <h3>
                        <a href=href.clone() target=leaving_target()>{when}</a>
                    </h3>
                    <p>
                        <bdi>{summary.doctor_name}</bdi>
                    </p>
                    <p class="muted small">{summary.visit_type_name} ", " {summary.minutes} " minutes. " {summary.location}</p>
                    <Tag tone text=appointment.status.label() />
                </div>
                <div class="btns">
                    <a class="btn btn-secondary" href=href target=leaving_target()>
                        "See details"
                    </a>
                </div>
            </article>
        </section>
    }
    .into_any()
}

/// "Dec" of "December 2026".
fn short_month(month: &str) -> String {
    month.chars().take(3).collect()
}

fn specialties(specialties: Vec<Facet>) -> AnyView {
    let tiles = specialties
        .into_iter()
        .map(|specialty| {
            let doctors = if specialty.count == 1 { " doctor" } else { " doctors" };
            view! {
                <li>
                    <a class="tile" href=["/doctors?specialty=", &specialty.value].concat()>
                        <span class="tile-icon">
                            <Icon glyph=glyph(&specialty.value) />
                        </span>
                        <span>
                            <span class="tile-title">{specialty.label}</span>
                            <span class="tile-meta">{specialty.count} {doctors}</span>
                        </span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="section" aria-labelledby="specialties">
            <h2 id="specialties">"Browse by specialty"</h2>
            <ul class="tiles">{tiles}</ul>
        </section>
    }
    .into_any()
}

/// A drawing for the specialties most clinics have; a stethoscope for all others.
fn glyph(slug: &str) -> Glyph {
    match slug {
        "cardiology" => Glyph::Heart,
        "dentistry" => Glyph::Tooth,
        "dermatology" => Glyph::Drop,
        "ear-nose-and-throat" | "ent" => Glyph::Ear,
        "eye-care" | "ophthalmology" => Glyph::Eye,
        "children" | "paediatrics" => Glyph::Child,
        "mental-health" | "psychiatry" | "psychology" => Glyph::Speech,
        "bones-and-joints" | "orthopaedics" | "physiotherapy" => Glyph::Bone,
        "womens-health" | "gynaecology" => Glyph::Person,
        _ => Glyph::Stethoscope,
    }
}

fn how_it_works() -> AnyView {
    view! {
        <section class="section" aria-labelledby="how">
            <h2 id="how">"How it works"</h2>
            <ol class="how">
                <li>
                    <h3>"Choose a time"</h3>
                    <p>"Choose a doctor and a free time. We hold that time for a few minutes while you fill in the rest."</p>
                </li>
                <li>
                    <h3>"Confirm"</h3>
                    <p>"Check the details and confirm. After that, no other patient can book your time."</p>
                </li>
                <li>
                    <h3>"Come to your appointment"</h3>
                    <p>"If your plans change, you can move or cancel it online. The page of the appointment says until when."</p>
                </li>
            </ol>
        </section>
    }
    .into_any()
}

//! A doctor's waiting list, for that doctor and for staff: who waits, since when, and what they were offered.

use leptos::prelude::*;

use crate::{
    app::{DoctorNav, PageTitle, named_doctor},
    booking::{
        actions::waiting::waiting_for_doctor,
        pages::address::failed,
        waiting::{DoctorWaitingList, WaitingPerson},
    },
    ui::{Empty, Glyph},
};

/// `/doctor/waiting-list`: staff name the doctor.
#[component]
pub fn DoctorWaitingListPage() -> impl IntoView {
    let doctor = named_doctor();
    let list = Resource::new_blocking(move || doctor.clone(), waiting_for_doctor);
    let content = move || {
        Suspend::new(async move {
            match list.await {
                Ok(list) => list_view(list),
                Err(error) => failed(error),
            }
        })
    };
    view! {
        <DoctorNav />
        <Suspense>{content}</Suspense>
    }
}

fn list_view(list: DoctorWaitingList) -> AnyView {
    let none = list.waiting.is_empty().then(|| {
        view! {
            <Empty glyph=Glyph::Clock title="Nobody waits">
                <p>"Patients join the list where they find no time that suits them."</p>
            </Empty>
        }
    });
    let ended = (!list.ended.is_empty()).then(|| {
        view! {
            <section class="section" aria-labelledby="ended-heading">
                <h2 id="ended-heading">"No longer waiting, last 30 days"</h2>
                <ul class="appt-list">{list.ended.into_iter().map(person).collect_view()}</ul>
            </section>
        }
    });
    view! {
        <PageTitle text="Waiting list" />
        <div class="page-head">
            <h1 tabindex="-1">"Waiting list"</h1>
            <p class="lead">
                <bdi>{list.doctor_name}</bdi>
            </p>
            <p>
                "In the order in which they joined. A time that comes free is offered to the first of them whom its \
                 day, its part of the day and its notice suit, who has no other appointment then and no other offer. \
                 Who does not answer an offer is not asked again for 12 hours. Nobody is asked between 9pm and 8am: \
                 then the time is free for everybody."
            </p>
        </div>
        {none}
        <h2>"Waiting"</h2>
        <ol class="appt-list">{list.waiting.into_iter().map(person).collect_view()}</ol>
        {ended}
    }
    .into_any()
}

fn person(person: WaitingPerson) -> impl IntoView + use<> {
    let wishes = person.wishes.join(". ");
    let offers = person.offers.into_iter().map(|offer| view! { <li>{offer}</li> }).collect_view();
    let ended = (!person.ended.is_empty()).then(|| view! { <p>{person.ended} "."</p> });
    view! {
        <li class="card">
            <h3>
                <bdi>{person.name}</bdi>
            </h3>
            <p>
                <bdi>{person.whom}</bdi>
            </p>
            <p class="muted small">{wishes} "."</p>
            <p class="muted small">"Waits since " {person.since} "."</p>
            {ended}
            <ul>{offers}</ul>
        </li>
    }
}

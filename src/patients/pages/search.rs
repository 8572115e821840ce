//! Finding a patient.

use leptos::prelude::*;

use super::{found::found_list, in_query, nav, record_path};
use crate::{
    app::{Failure, PageTitle},
    patients::{actions::find_patients, model},
    ui::{Button, Field},
};

const BY_STAFF: &str = "Any words of the name, a birth date like 9 12 1956, a phone number or its last digits, an email \
    address, a clinic number, or the reference of an appointment.";
const BY_DOCTOR: &str = "People who have had an appointment with you: by any words of the name, birth date or phone \
    number. Anybody else only by the whole email address.";

/// `/patients?q=`: find a patient.
#[component]
pub fn PatientsPage() -> impl IntoView {
    let typed = (in_query("q"), in_query("open"));
    let page = Resource::new_blocking(move || typed.clone(), |(query, open)| find_patients(query, open));
    let content = move || {
        page.get().map(|page| match page {
            Ok(page) => show(page),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn show(page: model::PatientsPage) -> AnyView {
    let hint = if page.by_staff { BY_STAFF } else { BY_DOCTOR };
    let found = page.found.as_ref().map(|found| {
        if found.is_empty() {
            return view! {
                <p class="section">
                    "No patient was found. Check the spelling. The beginning of each word is enough; its middle is not."
                </p>
            }
            .into_any();
        }
        view! {
            <section class="section" aria-labelledby="found">
                <h2 id="found">"Found"</h2>
                {found_list(found, |patient| record_path(patient.id, ""))}
            </section>
        }
        .into_any()
    });
    let pairs = match page.pairs {
        0 => None,
        1 => Some("One pair may be the same person".to_owned()),
        more => Some(more.to_string() + " pairs may be the same person"),
    };
    let pairs = pairs.map(|words| {
        view! {
            <p>
                <a href="/patients/matches">{words}</a>
            </p>
        }
    });
    view! {
        <PageTitle text="Patients" />
        {nav(page.by_staff)}
        <div class="page-head">
            <h1 tabindex="-1">"Patients"</h1>
        </div>
        {pairs}
        <div class="narrow">
            <form method="get" action="/patients" role="search">
                <Field name="q" label="Find a patient" kind="search" hint autocomplete="off" value=page.query.clone() />
                <Button>"Search"</Button>
            </form>
            {found}
        </div>
    }
    .into_any()
}

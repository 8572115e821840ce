//! A list of patients to choose from.

use leptos::prelude::*;

use crate::{
    booking::front_desk::FoundPatient,
    ui::{Avatar, AvatarSize},
};

/// What tells this patient apart from others of the name: birth date, called name, address and number.
pub(super) fn marks(patient: &FoundPatient) -> String {
    let called = if patient.call_name.is_empty() { String::new() } else { ["Called ", &patient.call_name].concat() };
    let born = if patient.birth_date.is_empty() { String::new() } else { ["Born ", &patient.birth_date].concat() };
    let parts = [born.as_str(), &called, &patient.phone, &patient.email];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The patients, each with a link to the address that `href` makes.
pub(super) fn found_list(found: &[FoundPatient], href: impl Fn(&FoundPatient) -> String) -> AnyView {
    let item = |patient: &FoundPatient| {
        let name = patient.name.clone();
        view! {
            <li class="person">
                <Avatar name=name.clone() size=AvatarSize::Small />
                <div>
                    <p>
                        <a href=href(patient)>
                            <bdi>{name}</bdi>
                        </a>
                    </p>
                    <p class="muted small breakable">
                        <bdi>{marks(patient)}</bdi>
                    </p>
                </div>
            </li>
        }
    };
    view! { <ul class="stack plain-list">{found.iter().map(item).collect_view()}</ul> }.into_any()
}

//! The pages about patients.

mod edit;
mod found;
mod matches;
mod merge;
mod record;
mod search;

pub use edit::EditPatientPage;
pub use matches::MatchesPage;
pub use merge::MergePatientPage;
pub use record::PatientPage;
pub use search::PatientsPage;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    app::{AdminNav, DoctorNav},
    ids::PersonId,
};

/// The person whom the page's address names.
fn person_in_path() -> Option<PersonId> {
    use_params_map().with_untracked(|params| params.get("id")?.parse().ok())
}

/// A value of the page's address.
fn in_query(name: &str) -> String {
    use_query_map().with_untracked(|query| query.get(name)).unwrap_or_default()
}

/// The links above a page: the clinic's, or those of a doctor's work.
fn nav(by_staff: bool) -> AnyView {
    if by_staff { view! { <AdminNav /> }.into_any() } else { view! { <DoctorNav /> }.into_any() }
}

/// The address of a record, or of a page about it.
fn record_path(id: PersonId, rest: &str) -> String {
    ["/patients/", &id.to_string(), rest].concat()
}

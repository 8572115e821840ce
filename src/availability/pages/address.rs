//! Addresses of the editor's pages.

use leptos::prelude::WithUntracked;
use leptos_router::hooks::use_query_map;

use crate::app::whose_query;

/// A page of the editor: for staff, of the doctor whom they look at. `query` has the form `name=value`, or is empty.
#[must_use]
pub fn page(path: &str, doctor: &str, query: &str) -> String {
    let whose = whose_query(doctor);
    let separator = match (whose.is_empty(), query.is_empty()) {
        (_, true) => "",
        (true, false) => "?",
        (false, false) => "&",
    };
    [path, &whose, separator, query].concat()
}

/// The page to which a saved form leads: it says that all is well.
#[must_use]
pub fn saved(path: &str, doctor: &str) -> String {
    page(path, doctor, "saved=1")
}

/// Whether this page's address says that something has just been saved.
#[must_use]
pub(super) fn was_saved() -> bool {
    use_query_map().with_untracked(|query| query.get("saved").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_stay_with_the_doctor_they_look_at() {
        assert_eq!(page("/doctor/overrides", "", ""), "/doctor/overrides");
        assert_eq!(saved("/doctor/overrides", ""), "/doctor/overrides?saved=1");
        assert_eq!(page("/doctor/availability", "ana", "day=1"), "/doctor/availability?doctor=ana&day=1");
    }
}

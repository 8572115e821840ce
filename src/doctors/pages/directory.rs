//! The list of doctors.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    card::doctor_card,
    filters::{chips, filters},
};
use crate::{
    app::{Failure, FormState, PageTitle, leaving_target, use_frame},
    doctors::{ActiveFilter, DirectoryPage as Found, DirectoryQuery, actions::find_doctors},
    ui::{ButtonLink, Empty, ErrorSummary, Glyph, LiveFilters, Pager, rendered},
};

/// `/doctors?q&specialty&location&language&new_patients&when&sort&page`: who is there, and who is free soonest.
#[component]
pub fn DirectoryPage() -> impl IntoView {
    let state = FormState::of("booking/hold");
    let query = DirectoryQuery::from_pairs(use_query_map().get_untracked());
    let found = Resource::new_blocking(move || query.clone(), find_doctors);
    let page = move || {
        found.get().map(|found| match found {
            Ok(found) => rendered(list(found, &state)),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn count_words(doctors: u32) -> String {
    match doctors {
        0 => "No doctors".to_owned(),
        1 => "1 doctor".to_owned(),
        more => more.to_string() + " doctors",
    }
}

fn list(found: Found, state: &FormState) -> AnyView {
    let page = found.query.page;
    let heading = found.heading.clone();
    let filters = filters(&found);
    let chips = chips(&found.filters);
    let hint = found.cards.iter().any(|card| !card.quick.is_empty()).then(|| {
        let words = if use_frame().is_clinic() {
            "Press a time to add an appointment for a patient."
        } else {
            "Press a time, and we hold it for you while you finish booking."
        };
        view! { <p class="lead">{words}</p> }
    });
    let others = other_ways(&found);
    let corrected = found.corrected.clone().map(|words| {
        view! {
            <p>
                "Showing results for " <strong>{words}</strong> ". Nobody was found for “"
                <bdi>{found.query.q.clone()}</bdi> "”."
            </p>
        }
    });
    let results = if found.cards.is_empty() {
        no_doctors(&found)
    } else {
        let prefix = pager_prefix(&found.query);
        let pages = found.pages;
        let cards = found.cards.into_iter().map(doctor_card).collect_view();
        view! {
            <ol class="doctor-list">{cards}</ol>
            <Pager page pages prefix />
        }
        .into_any()
    };
    view! {
        <PageTitle text=heading.clone() failed=state.failed() />
        <ErrorSummary errors=state.lines(&[]) />
        <div class="page-head" id="found-head">
            <h1 tabindex="-1">{heading}</h1>
            {hint}
            {others}
        </div>
        <div class="directory">
            {filters} <div id="found">{chips} {corrected} {results}</div>
        </div>
        <LiveFilters />
    }
    .into_any()
}

/// Links to other ways of finding a time than choosing a doctor of the list.
fn other_ways(found: &Found) -> impl IntoView + use<> {
    let pair = (found.total > 1 && !use_frame().is_clinic()).then(|| {
        view! {
            <p>
                <a href="/pair" target=leaving_target()>"Two doctors on one day"</a>
            </p>
        }
    });
    let soonest = (!found.query.specialty.is_empty() && !found.cards.is_empty()).then(|| {
        let DirectoryQuery { specialty, location, .. } = &found.query;
        let place = if location.is_empty() { String::new() } else { ["&location=", location].concat() };
        view! {
            <p>
                <a href=["/soonest?specialty=", specialty, &place].concat() target=leaving_target()>"Soonest with any doctor"</a>
            </p>
        }
    });
    view! {
        {soonest}
        {pair}
    }
}

/// The address of another page, up to its number.
fn pager_prefix(query: &DirectoryQuery) -> String {
    let first = query.on_page(1).href();
    let separator = if first.contains('?') { "&page=" } else { "?page=" };
    first + separator
}

/// No doctor matches: says which filter to drop.
fn no_doctors(found: &Found) -> AnyView {
    let hint = |(filter, count): (&ActiveFilter, u32)| {
        view! {
            <li>
                <a href=filter.href.clone()>"Remove " {filter.label.clone()}</a>
                " (" {count_words(count)} ")"
            </li>
        }
    };
    let hints = found.drop_hints().map(hint).collect::<Vec<_>>();
    let hints = (!hints.is_empty()).then(|| {
        view! {
            <p>"Remove one of these filters to see doctors:"</p>
            <ul>{hints}</ul>
        }
    });
    let title = if found.filters.is_empty() {
        "There are no doctors here yet"
    } else {
        "No doctor matches all of your filters"
    };
    let all = (!found.filters.is_empty()).then(|| {
        view! {
            <div class="btns">
                <ButtonLink href="/doctors">"Show all doctors"</ButtonLink>
            </div>
        }
    });
    view! { <Empty glyph=Glyph::Search title>{hints} {all}</Empty> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pager_keeps_the_filters_and_not_the_page() {
        let query = DirectoryQuery { page: 3, ..DirectoryQuery::default() };
        assert_eq!(pager_prefix(&query), "/doctors?page=");
        let query = DirectoryQuery { q: "amara".into(), ..query };
        assert_eq!(pager_prefix(&query), "/doctors?q=amara&page=");
    }
}

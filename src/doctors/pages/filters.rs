//! The filters of the list, as a form that works by its address, and the ones that are set.

use leptos::prelude::*;

use crate::{
    doctors::{ActiveFilter, DirectoryPage as Found, DirectoryQuery, Facet, Sort, When},
    ui::{Checkbox, Choice, Field, Glyph, Icon, Select},
};

/// The form. Sending it starts again on the first page.
pub(super) fn filters(found: &Found) -> AnyView {
    let DirectoryQuery { q, specialty, location, language, new_patients, when, sort, .. } = found.query.clone();
    let title = match found.filters.len() {
        0 => "Filters".to_owned(),
        set => ["Filters (", &set.to_string(), ")"].concat(),
    };
    let specialties = select("specialty", "Specialty", facets("Any specialty", &found.specialties), specialty);
    let languages = select("language", "Language", facets("Any language", &found.languages), language);
    let several = found.locations.len() > 1;
    let locations = several.then(|| select("location", "Clinic", facets("Any clinic", &found.locations), location));
    view! {
        <details class="filters">
            <summary>
                <span id="filter-count">{title}</span>
            </summary>
            <form method="get" action="/doctors">
                <Field
                    name="q"
                    label="Name or specialty"
                    hint="Everyday words and languages work too: heart, skin, Greek"
                    value=q
                />
                {specialties}
                {locations}
                {languages}
                {select("when", "When", when_choices(), when_value(when).to_owned())}
                <Checkbox name="new_patients" label="Accepts new patients" checked=new_patients />
                {select("sort", "Sort by", sort_choices(), sort_value(sort).to_owned())}
                <button class="btn btn-wide" type="submit">
                    "Apply"
                </button>
            </form>
        </details>
    }
    .into_any()
}

fn select(name: &'static str, label: &'static str, choices: Vec<Choice>, chosen: String) -> AnyView {
    view! { <Select name label choices chosen /> }.into_any()
}

fn facets(any: &str, facets: &[Facet]) -> Vec<Choice> {
    let choice =
        |facet: &Facet| Choice::new(facet.value.clone(), [&facet.label, " (", &facet.count.to_string(), ")"].concat());
    std::iter::once(Choice::new("", any)).chain(facets.iter().map(choice)).collect()
}

fn when_choices() -> Vec<Choice> {
    [(When::Any, "Any time"), (When::Today, "Today"), (When::Week, "In the next 7 days")]
        .map(|(when, label)| Choice::new(when_value(when), label))
        .into()
}

fn when_value(when: When) -> &'static str {
    match when {
        When::Any => "",
        When::Today => "today",
        When::Week => "week",
    }
}

fn sort_choices() -> Vec<Choice> {
    [(Sort::Soonest, "Soonest free time"), (Sort::Name, "Name")]
        .map(|(sort, label)| Choice::new(sort_value(sort), label))
        .into()
}

fn sort_value(sort: Sort) -> &'static str {
    match sort {
        Sort::Soonest => "",
        Sort::Name => "name",
    }
}

/// The filters that are set, each a link to the list without it.
pub(super) fn chips(filters: &[ActiveFilter]) -> AnyView {
    if filters.is_empty() {
        return ().into_any();
    }
    let chips = filters
        .iter()
        .map(|filter| {
            view! {
                <li>
                    <a class="chip" href=filter.href.clone()>
                        <span class="visually-hidden">"Remove "</span>
                        {filter.label.clone()}
                        <Icon glyph=Glyph::Cross />
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <ul class="chips" aria-label="Filters that are set">
            {chips}
        </ul>
    }
    .into_any()
}

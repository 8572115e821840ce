//! Who looked at or changed one's appointments.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    app::{ClinicClock, Failure, PageTitle},
    own_data::{
        actions::access,
        model::{AccessLine, AccessPage as Data, AccessQuery},
    },
    ui::{Button, ButtonKind, Choice, Column, Empty, Glyph, Icon, Pager, Select, Table},
};

const COLUMNS: [Column; 4] =
    [Column::text("Time"), Column::text("Who"), Column::text("What"), Column::text("Appointment")];

/// `/account/access?person&page`
#[component]
pub fn AccessPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let query = AccessQuery {
        person: query.get("person").unwrap_or_default(),
        page: query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1),
    };
    let data = Resource::new_blocking(move || query.clone(), access);
    let page = move || {
        data.get().map(|data| match data {
            Ok(data) => show(data),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(data: Data) -> AnyView {
    let (page, pages) = (data.page, data.pages);
    let prefix = ["/account/access?person=", &data.person.to_string(), "&page="].concat();
    let title = if page > 1 {
        ["Who looked at your appointments, page ", &page.to_string(), " of ", &pages.to_string()].concat()
    } else {
        "Who looked at your appointments".to_owned()
    };
    let chooser = (data.persons.len() > 1).then(|| {
        let choices = data.persons.iter().map(|(id, name)| Choice::new(id.to_string(), name.clone())).collect();
        view! {
            <form class="filter-bar" method="get" action="/account/access">
                <Select name="person" label="Whose" choices chosen=data.person.to_string() />
                <Button kind=ButtonKind::Secondary>"Show"</Button>
            </form>
        }
    });
    let found = if data.lines.is_empty() {
        view! {
            <Empty glyph=Glyph::Check title="Nothing yet">
                <p>"When somebody opens or changes your appointments, it stands here."</p>
            </Empty>
        }
        .into_any()
    } else {
        table(data.lines)
    };
    view! {
        <PageTitle text=title.clone() />
        <a class="back-link" href="/account">
            <Icon glyph=Glyph::ChevronLeft />
            "Back to your account"
        </a>
        <div class="page-head">
            <h1 id="access" tabindex="-1">
                {title}
            </h1>
            <p class="lead">
                "Everyone at the clinic who opened or changed your appointments, your record or your papers, the latest first."
            </p>
            <p>
                "Your doctor may open your appointments with them at any time; that is not listed. A person of the staff who opens the same thing again on one day is listed once. When staff open a doctor’s whole day, that is kept in the clinic’s own log."
            </p>
            <ClinicClock />
        </div>
        {chooser}
        {found}
        <Pager page pages prefix />
    }
    .into_any()
}

fn table(lines: Vec<AccessLine>) -> AnyView {
    let row = |line: AccessLine| {
        let who = view! { <bdi>{line.who}</bdi> };
        vec![line.when.into_any(), who.into_any(), line.what.into_any(), line.reference.into_any()]
    };
    let rows = lines.into_iter().map(row).collect();
    view! { <Table label="access" columns=&COLUMNS rows /> }.into_any()
}

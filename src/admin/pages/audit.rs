//! The audit log.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::parts::counted;
use crate::{
    admin::{
        actions::audit::audit_page,
        model::audit::{AuditLine, AuditPageData, AuditQuery},
    },
    app::{AdminNav, Failure, Fields, PageTitle, problem_words},
    ui::{
        Button, ButtonKind, Choice, Column, DateField, DateParts, Empty, ErrorLine, ErrorSummary, Glyph, Pager, Select,
        Table,
    },
};

const COLUMNS: [Column; 5] =
    [Column::text("Time"), Column::text("Who"), Column::text("What"), Column::text("Subject"), Column::long("Details")];

const FIELDS: Fields = &[("actor", "a person"), ("from", "the first day"), ("until", "the last day")];

/// `/admin/audit?actor&action&from&until&page`: who did what, when.
#[component]
pub fn AuditPage() -> impl IntoView {
    let query = AuditQuery::from_pairs(use_query_map().get_untracked());
    let data = Resource::new_blocking(move || query.clone(), audit_page);
    let page = move || {
        data.get().map(|data| match data {
            Ok(data) => show(data),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn problem(data: &AuditPageData, field: &str) -> Option<String> {
    let code = data.problem.as_ref()?.code_for(field)?;
    Some(problem_words(code, field, FIELDS))
}

fn show(data: AuditPageData) -> AnyView {
    let errors: Vec<ErrorLine> = FIELDS
        .iter()
        .filter_map(|(field, _)| Some(ErrorLine { field: (*field).to_owned(), text: problem(&data, field)? }))
        .collect();
    let filters = data.query.filters();
    let address = |path: &str| if filters.is_empty() { path.to_owned() } else { [path, "?", &filters].concat() };
    let file = address("/admin/audit.csv");
    let prefix = address("/admin/audit");
    let prefix = [prefix.as_str(), if filters.is_empty() { "?page=" } else { "&page=" }].concat();
    let (page, pages) = (data.page, data.pages);
    let title = if page > 1 {
        ["Audit log, page ", &page.to_string(), " of ", &pages.to_string()].concat()
    } else {
        "Audit log".to_owned()
    };
    let form = form(&data);
    let found = if data.lines.is_empty() {
        let (title, text) = if filters.is_empty() {
            (
                "Nothing has happened yet",
                "Changes of the clinic's data, what staff open, and sign-ins of doctors and staff appear here.",
            )
        } else {
            ("Nothing fits these filters", "Choose other people, actions or days.")
        };
        view! {
            <Empty glyph=Glyph::Search title>
                <p>{text}</p>
            </Empty>
        }
        .into_any()
    } else {
        let rows = data.lines.into_iter().map(row).collect();
        view! {
            <p>{counted(data.total, "line", "lines")} ", the newest first. " <a href=file rel="external" download="audit-log.csv">"Download as CSV"</a></p>
            {table(rows)}
            <Pager page pages prefix />
        }
        .into_any()
    };
    view! {
        <PageTitle text=title.clone() failed=!errors.is_empty() />
        <AdminNav />
        <ErrorSummary errors />
        <div class="page-head">
            <h1 id="audit" tabindex="-1">
                {title}
            </h1>
            <p class="lead">
                "Who changed or opened what, in " {data.zone_words}
                ". Lines are never changed or deleted. Each appointment has its own history on its page."
            </p>
        </div>
        {form}
        {found}
    }
    .into_any()
}

fn form(data: &AuditPageData) -> AnyView {
    let choices = |any: &str, list: &[(String, String)]| -> Vec<Choice> {
        let named = list.iter().map(|(value, name)| Choice::new(value.clone(), name.clone()));
        std::iter::once(Choice::new("", any)).chain(named).collect()
    };
    let query = data.query.clone();
    view! {
        <form class="filter-bar" method="get" action="/admin/audit">
            <Select
                name="actor"
                label="Who"
                choices=choices("All people", &data.actors)
                chosen=query.actor
                error=problem(data, "actor")
            />
            <Select name="action" label="What" choices=choices("Everything", &data.actions) chosen=query.action />
            <DateField name="from" legend="First day" value=DateParts::of(&query.from) error=problem(data, "from") />
            <DateField name="until" legend="Last day" value=DateParts::of(&query.until) error=problem(data, "until") />
            <Button kind=ButtonKind::Secondary>"Show"</Button>
        </form>
    }
    .into_any()
}

fn table(rows: Vec<Vec<AnyView>>) -> AnyView {
    view! {
        <Table label="audit" columns=&COLUMNS rows />
    }
    .into_any()
}

fn row(line: AuditLine) -> Vec<AnyView> {
    let subject = match line.href {
        Some(href) => view! { <a href=href>{line.subject}</a> }.into_any(),
        None => line.subject.into_any(),
    };
    vec![
        line.when.into_any(),
        view! { <bdi>{line.who}</bdi> }.into_any(),
        line.what.into_any(),
        subject,
        view! { <bdi>{line.details}</bdi> }.into_any(),
    ]
}

//! Statistics for the clinic.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, location::Url};

use crate::{
    admin::{
        actions::statistics::read_statistics,
        model::statistics::{Figure, HeatRow, Plot, Row, Statistics, StatisticsQuery},
    },
    app::{AdminNav, Failure, PageTitle},
    ui::{
        Choice, ColumnChart, DateField, DateParts, Empty, ErrorLine, ErrorSummary, Field, Glyph, LineChart, RowChart,
        Select,
    },
};

const WEEKDAYS: [(&str, &str); 7] = [
    ("Monday", "Mon"),
    ("Tuesday", "Tue"),
    ("Wednesday", "Wed"),
    ("Thursday", "Thu"),
    ("Friday", "Fri"),
    ("Saturday", "Sat"),
    ("Sunday", "Sun"),
];

/// `/admin/statistics?from=2026-11-01&until=2026-11-24&doctor=amara-okafor`: what happened, in plots and tables.
#[component]
pub fn StatisticsPage() -> impl IntoView {
    let asked = |name: &str| use_query_map().with_untracked(|query| query.get(name)).unwrap_or_default();
    let date = |name: &str| {
        let whole = asked(name);
        if whole.is_empty() { DateParts::read(name, asked).text() } else { whole }
    };
    let typed = StatisticsQuery { from: date("from"), until: date("until"), doctor: asked("doctor") };
    let query = typed.clone();
    let found =
        Resource::new_blocking(move || query.clone(), |query| read_statistics(query.from, query.until, query.doctor));
    let page = move || {
        found.get().map(|found| match found {
            Ok(found) => show(found, &typed),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(found: Statistics, typed: &StatisticsQuery) -> AnyView {
    let line = |(field, text): &(String, String)| ErrorLine { field: field.clone(), text: text.clone() };
    let errors: Vec<ErrorLine> = found.problems.iter().map(line).collect();
    let failed = !errors.is_empty();
    let query = found.query.clone();
    let form = form(&found, typed);
    let figures = if found.figures.is_empty() {
        view! {
            <Empty glyph=Glyph::Calendar title="No appointments in this time">
                <p>"Choose other days above, or another doctor."</p>
            </Empty>
        }
        .into_any()
    } else {
        let figures = found.figures.into_iter().map(|figure| section(figure, &query)).collect_view();
        view! {
            <p class="no-print">
                "To share numbers outside the clinic, download the file for sharing. It hides groups of fewer than 5 people and rounds all other numbers: appointments to the nearest 5, booked minutes to whole hours."
            </p>
            <div class="statistics">{figures}</div>
        }
        .into_any()
    };
    view! {
        <PageTitle text="Statistics" failed />
        <AdminNav />
        <ErrorSummary errors />
        <div class="page-head">
            <h1 tabindex="-1">"Statistics"</h1>
            <p class="lead">{found.subject}</p>
        </div>
        {form}
        {figures}
    }
    .into_any()
}

/// The form. What could not be read stays in its field.
fn form(found: &Statistics, typed: &StatisticsQuery) -> AnyView {
    let problem = |field: &str| found.problems.iter().find(|(name, _)| name == field).map(|(_, text)| text.clone());
    let failed = !found.problems.is_empty();
    let value = |typed: &str, used: &str| if failed { typed.to_owned() } else { used.to_owned() };
    let (from, until) = (value(&typed.from, &found.query.from), value(&typed.until, &found.query.until));
    let (from_error, until_error) = (problem("from"), problem("until"));
    let chosen = found.query.doctor.clone();
    let doctor = if found.doctors.is_empty() {
        let hint = "The last part of the profile's address; empty for all";
        view! { <Field name="doctor" label="Doctor" hint value=chosen /> }.into_any()
    } else {
        let choices = found.doctors.iter().map(|(slug, name)| Choice::new(slug.clone(), name.clone()));
        let choices: Vec<Choice> = std::iter::once(Choice::new("", "All doctors")).chain(choices).collect();
        view! { <Select name="doctor" label="Doctor" choices chosen /> }.into_any()
    };
    view! {
        <form class="statistics-form no-print" method="get" action="/admin/statistics">
            <DateField name="from" legend="First day" value=DateParts::of(&from) error=from_error />
            <DateField name="until" legend="Last day" value=DateParts::of(&until) error=until_error />
            {doctor}
            <div class="field">
                <button class="btn" type="submit">
                    "Show"
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn section(figure: Figure, query: &StatisticsQuery) -> AnyView {
    let Figure { id, heading, finding, description, counted, plot, table } = figure;
    let wide = !matches!(plot, Plot::Rows(_));
    let class = if wide { "card statistics-wide" } else { "card" };
    let heading_id = [&id, "-heading"].concat();
    let title = finding.clone();
    let plot = match plot {
        Plot::Columns(bars) => view! { <ColumnChart id=id.clone() title description bars /> }.into_any(),
        Plot::Rows(bars) => view! { <RowChart id=id.clone() title description bars /> }.into_any(),
        Plot::Line(points) => view! { <LineChart id=id.clone() title description points /> }.into_any(),
        Plot::Heat(rows) => heat(rows, &id, title),
    };
    let caption = heading.clone();
    let file = file_address(&id, query);
    let numbers = numbers(&id, caption, table.columns, table.rows);
    let about = heading.to_lowercase();
    view! {
        <section class=class aria-labelledby=heading_id.clone()>
            <h2 id=heading_id.clone()>{heading}</h2>
            <figure class="figure">
                <figcaption class="finding">{finding}</figcaption>
                {plot}
            </figure>
            <p class="small muted">{counted}</p>
            <details>
                <summary>
                    "Show the numbers"
                    <span class="visually-hidden">": " {about.clone()}</span>
                </summary>
                {numbers}
            </details>
            <div class="row no-print">
                {download(file.clone(), "Download the numbers", about.clone())}
                {download([&file, "&suppress=true"].concat(), "Download a file for sharing", about)}
            </div>
        </section>
    }
    .into_any()
}

fn download(file: String, words: &'static str, about: String) -> AnyView {
    view! {
        <a class="download" href=file download>
            {words}
            <span class="visually-hidden">": " {about}</span>
            " (CSV)"
        </a>
    }
    .into_any()
}

fn file_address(which: &str, query: &StatisticsQuery) -> String {
    let mut address = ["/admin/statistics.csv?which=", which, "&from=", &query.from, "&until=", &query.until].concat();
    if !query.doctor.is_empty() {
        address = [&address, "&doctor=", &Url::escape(&query.doctor)].concat();
    }
    address
}

/// The table under a plot, in a region of its own that scrolls.
fn numbers(id: &str, caption: String, columns: Vec<String>, rows: Vec<Row>) -> AnyView {
    let caption_id = [id, "-numbers"].concat();
    let head = columns
        .into_iter()
        .enumerate()
        .map(|(place, column)| {
            let class = (place > 0).then_some("num");
            view! {
                <th scope="col" class=class>
                    {column}
                </th>
            }
        })
        .collect_view();
    let body = rows
        .into_iter()
        .map(|row| {
            let cells = row.cells.into_iter().map(|cell| view! { <td class="num">{cell}</td> }).collect_view();
            view! {
                <tr>
                    <th scope="row">{row.label}</th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-scroll" role="region" aria-labelledby=caption_id.clone() tabindex="0">
            <table class="table">
                <caption id=caption_id.clone()>{caption}</caption>
                <thead>
                    <tr>{head}</tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Hours down, weekdays across: the numbers are the plot, and colour repeats them.
fn heat(rows: Vec<HeatRow>, id: &str, caption: String) -> AnyView {
    let caption_id = [id, "-title"].concat();
    let head = WEEKDAYS
        .map(|(name, short)| {
            view! {
                <th scope="col" abbr=name>
                    {short}
                </th>
            }
        })
        .collect_view();
    let body = rows
        .into_iter()
        .map(|row| {
            let cell = |(text, level): (String, u8)| {
                let class = match level {
                    0 => None,
                    1 => Some("heat-1"),
                    2 => Some("heat-2"),
                    3 => Some("heat-3"),
                    _ => Some("heat-4"),
                };
                view! { <td class=class>{text}</td> }
            };
            let cells = row.cells.into_iter().map(|heat| cell((heat.text, heat.level))).collect_view();
            view! {
                <tr>
                    <th scope="row">{row.hour}</th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-scroll" role="region" aria-labelledby=caption_id.clone() tabindex="0">
            <table class="table heat">
                <caption id=caption_id.clone() class="visually-hidden">
                    {caption}
                </caption>
                <thead>
                    <tr>
                        <th scope="col">"Hour"</th>
                        {head}
                    </tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
    .into_any()
}

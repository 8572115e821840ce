//! `/api/docs`: the same document for people, as plain HTML in the website's look. It is made once and has no script.

use std::sync::LazyLock;

use leptos::prelude::*;
use serde_json::Value;

use super::{
    described::{Group, Kind, Operation, Row, Schema, Token, groups, schemas},
    document,
};
use crate::{
    api::{names::PREFIX, problem},
    ui::{BrowserFiles, Mark, StyleLink},
};

/// The whole page, with the style sheet of this build, for a website below the path `base` of its host.
#[must_use]
pub fn html(files: BrowserFiles, base: &str) -> String {
    static MAIN: LazyLock<String> = LazyLock::new(|| Owner::new().with(|| main_part().to_html()));
    let head = Owner::new().with(|| view! { <StyleLink files /> }.to_html());
    let mark = Owner::new().with(|| view! { <Mark /> }.to_html());
    [
        "<!DOCTYPE html><html lang=\"en-GB\" dir=\"ltr\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>API for programs - docslot</title>\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">",
        &head,
        "</head><body><a class=\"skip-link\" href=\"#main\">Skip to main content</a><header class=\"header\">\
         <div class=\"wrap header-row\"><a class=\"brand\" href=\"/\">",
        &mark,
        "docslot</a><nav class=\"nav\" aria-label=\"Main\"><ul><li><a href=\"/doctors\">Find a doctor</a></li>\
         <li><a href=\"/api/openapi.json\">OpenAPI document</a></li></ul></nav></div></header>",
        // the one address of the page that is text
        &MAIN.replacen(&["<code>", PREFIX].concat(), &["<code>", base, PREFIX].concat(), 1),
        "</body></html>",
    ]
    .concat()
}

fn main_part() -> impl IntoView {
    let document: Value = serde_json::from_str(&document::json()).unwrap_or_default();
    let groups = groups(&document);
    let contents = groups.iter().map(contents).collect_view();
    let groups = groups.into_iter().map(group).collect_view();
    let schemas = schemas(&document).into_iter().map(schema).collect_view();
    view! {
        <main id="main" class="main" tabindex="-1">
            <div class="api-docs">
                <div class="page-head">
                    <h1>"API for programs"</h1>
                    <p class="lead">{document["info"]["description"].as_str().unwrap_or_default().to_owned()}</p>
                </div>
                {beginning()}
                <nav class="section" aria-labelledby="contents">
                    <h2 id="contents">"Endpoints"</h2>
                    {contents}
                </nav>
                {groups}
                <section class="section" aria-labelledby="problems">
                    <h2 id="problems">"Problems"</h2>
                    <p>
                        "A request that is refused or fails is answered with " <code>"application/problem+json"</code>
                        ". Decide by " <code>"status"</code> " and " <code>"type"</code> "; " <code>"message"</code>
                        " is for people, and " <code>"errors"</code> " names the fields that need another look."
                    </p>
                    {problems()}
                </section>
                <section class="section" aria-labelledby="data">
                    <h2 id="data">"Schemas"</h2>
                    {schemas}
                </section>
            </div>
        </main>
    }
}

fn beginning() -> impl IntoView {
    view! {
        <section aria-labelledby="begin">
            <h2 id="begin">"How it works"</h2>
            <ul>
                <li>
                    "Every address below begins with " <code>{PREFIX}</code>
                    ". Requests and answers are JSON."
                </li>
                <li>
                    "Sign in with " <a href="#login">"POST /login"</a> " and send the token with each request: "
                    <code>"Authorization: Bearer …"</code> ". It is good for some minutes; "
                    <a href="#refresh">"POST /refresh"</a> " gets the next one."
                </li>
                <li>
                    "Lists come in pages. " <code>"Link"</code> " leads to the next one, and "
                    <code>"X-Total-Count"</code> " counts them all."
                </li>
                <li>"Fields that are not described here are refused, so a misspelt one is noticed."</li>
                <li>"After 429 or 503, wait as many seconds as " <code>"Retry-After"</code> " says."</li>
            </ul>
        </section>
    }
}

fn contents(group: &Group) -> impl IntoView + use<> {
    let line = |operation: &Operation| {
        let href = ["#", &operation.id].concat();
        view! {
            <li>
                <a href=href>
                    <span class="api-method">{operation.method.clone()} " "</span>
                    {operation.path.clone()}
                </a>
                " "
                <span class="muted">{operation.summary.clone()}</span>
            </li>
        }
    };
    let lines = group.operations.iter().map(line).collect_view();
    view! {
        <h3>{group.description.clone()}</h3>
        <ul class="api-contents">{lines}</ul>
    }
}

fn group(group: Group) -> impl IntoView {
    let id = ["about-", &group.name].concat();
    let labelledby = id.clone();
    let operations = group.operations.into_iter().map(operation).collect_view();
    view! {
        <section class="section" aria-labelledby=labelledby>
            <h2 id=id>{group.description}</h2>
            {operations}
        </section>
    }
}

fn operation(operation: Operation) -> impl IntoView {
    let token = match operation.token {
        Token::No => "No token is needed.",
        Token::Possible => "A token is not needed, and changes the answer.",
        Token::Needed => "Needs a token.",
    };
    let description = operation.description.into_iter().map(|text| view! { <p>{marked(&text)}</p> }).collect_view();
    let parameters = rows(operation.parameters);
    let body = operation.body.map(|kind| view! { <p>"Send: " {kind_view(kind)}</p> });
    let answer = |(status, description, kind): (String, String, Option<Kind>)| {
        let kind = kind.map(|kind| view! { " " {kind_view(kind)} });
        view! {
            <p>
                "Answer " <strong>{status}</strong> ": " {marked(&description)} {kind}
            </p>
        }
    };
    let answers = operation.answers.into_iter().map(answer).collect_view();
    view! {
        <article class="card api-operation" id=operation.id.clone()>
            <h3>{operation.summary}</h3>
            <p class="api-address">
                <span class="api-method">{operation.method} " "</span>
                <a href=["#", &operation.id].concat()>{operation.path}</a>
            </p>
            {description}
            <p class="muted">{token}</p>
            {parameters}
            {body}
            {answers}
        </article>
    }
}

/// A description, with the parts between backticks as code.
fn marked(text: &str) -> AnyView {
    let part = |(number, part): (usize, &str)| {
        let part = part.to_owned();
        if number % 2 == 1 { view! { <code>{part}</code> }.into_any() } else { part.into_any() }
    };
    text.split('`').enumerate().map(part).collect_view().into_any()
}

fn kind_view(kind: Kind) -> AnyView {
    match kind.schema {
        Some(schema) => view! { <a href=["#data-", &schema].concat()>{kind.words}</a> }.into_any(),
        None => view! { <span>{kind.words}</span> }.into_any(),
    }
}

fn rows(rows: Vec<Row>) -> Option<AnyView> {
    let row = |row: Row| {
        let note = (!row.note.is_empty()).then(|| view! { <span class="muted">", " {row.note}</span> });
        let description = (!row.description.is_empty()).then(|| view! { <p>{marked(&row.description)}</p> });
        view! {
            <div class="summary-row">
                <dt>
                    <code>{row.name}</code>
                </dt>
                <dd>
                    <p>{kind_view(row.kind)} {note}</p>
                    {description}
                </dd>
            </div>
        }
    };
    (!rows.is_empty()).then(|| view! { <dl class="summary">{rows.into_iter().map(row).collect_view()}</dl> }.into_any())
}

fn schema(schema: Schema) -> impl IntoView {
    let description = (!schema.description.is_empty()).then(|| view! { <p>{marked(&schema.description)}</p> });
    view! {
        <article class="card" id=["data-", &schema.name].concat()>
            <h3>{schema.name.clone()}</h3>
            {description}
            {rows(schema.rows)}
        </article>
    }
}

fn problems() -> impl IntoView {
    let row = |kind: problem::Body| {
        view! {
            <div class="summary-row" id=["problem-", &kind.code].concat()>
                <dt>
                    {kind.status} " " <code>{kind.code.clone()}</code>
                </dt>
                <dd>{kind.message}</dd>
            </div>
        }
    };
    view! { <dl class="summary api-problems">{problem::kinds().into_iter().map(row).collect_view()}</dl> }
}

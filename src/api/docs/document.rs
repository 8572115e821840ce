//! The OpenAPI document.

use std::sync::LazyLock;

use axum::http::Method;
use utoipa::{
    OpenApi,
    openapi::{
        self, Content, Ref, RefOr, ResponseBuilder,
        path::{Operation, PathItem},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::api::{
    problem::{Body, PROBLEM_JSON},
    table,
};

/// The parts of the document that do not come from the handlers.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "docslot",
        description = "Find a doctor, see the free times, book, move and cancel. The same rules as on the website, \
            because it is the same code. Times are RFC 3339 with the clinic's offset, beside the name of its zone. \
            Every id is opaque."
    ),
    servers((url = "/api/v1")),
    components(schemas(Body)),
    tags(
        (name = "accounts", description = "Registering, signing in and your own account"),
        (name = "directory", description = "Doctors and their free times"),
        (name = "booking", description = "Holding, booking, moving and cancelling appointments"),
        (name = "doctor", description = "A doctor's own calendar"),
        (name = "staff", description = "The clinic's staff"),
        (name = "tokens", description = "Personal tokens for programs"),
    )
)]
struct Base;

/// The document.
#[must_use]
pub fn document() -> &'static openapi::OpenApi {
    static DOCUMENT: LazyLock<openapi::OpenApi> = LazyLock::new(|| {
        let (_, routes) = table::routes().split_for_parts();
        let mut document = Base::openapi();
        document.merge(routes);
        for item in document.paths.paths.values_mut() {
            for operation in
                [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
            {
                operation.responses.responses.insert("default".into(), RefOr::T(not_done()));
            }
        }
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The `token` of `POST /login`, or a personal token that begins with `dsk_`."));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
        document
    });
    &DOCUMENT
}

/// The answer to every request that is refused or fails.
fn not_done() -> openapi::Response {
    let schema = Content::new(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new()
        .description("The reason why the request was refused or failed.")
        .content(PROBLEM_JSON, schema)
        .build()
}

/// The document as JSON.
#[must_use]
pub fn json() -> String {
    document().to_pretty_json().unwrap_or_default()
}

/// The document of a website that stands below this path of its host.
#[must_use]
pub fn json_below(base: &str) -> String {
    let mut document = document().clone();
    for server in document.servers.iter_mut().flatten() {
        server.url.insert_str(0, base);
    }
    document.to_pretty_json().unwrap_or_default()
}

/// Every operation with its path behind [`names::PREFIX`](crate::api::names::PREFIX).
#[must_use]
pub fn operations(document: &openapi::OpenApi) -> Vec<(Method, &str)> {
    document
        .paths
        .paths
        .iter()
        .flat_map(|(path, item)| operations_of(item).into_iter().map(move |(method, _)| (method, path.as_str())))
        .collect()
}

fn operations_of(item: &PathItem) -> Vec<(Method, &Operation)> {
    let all = [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?))).collect()
}

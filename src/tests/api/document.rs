//! The description of the API.

use std::collections::BTreeSet;

use docslot::api;
use serde_json::Value;

use crate::{both_databases, web::Web};

fn document() -> Value {
    serde_json::from_str(&api::docs::json()).expect("JSON")
}

/// Path, method and operation.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().expect("an item");
        item.iter().map(move |(method, operation)| (path.clone(), method.clone(), operation.clone()))
    });
    operations.collect()
}

#[test]
fn every_operation_is_described() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let about = format!("{method} {path}");
        for field in ["summary", "operationId"] {
            assert!(operation[field].as_str().is_some_and(|text| !text.is_empty()), "{about}: {field}");
        }
        assert!(names.insert(operation["operationId"].to_string()), "{about}: its name is taken");
        let tags = operation["tags"].as_array().expect("tags");
        let known = document["tags"].as_array().expect("tags").iter().any(|tag| tag["name"] == tags[0]);
        assert!(tags.len() == 1 && known, "{about}: {tags:?}");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let named: BTreeSet<&str> =
            parameters.iter().filter(|p| p["in"] == "path").filter_map(|p| p["name"].as_str()).collect();
        let in_path: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(named, in_path, "{about}");
        assert!(parameters.iter().all(|p| p["in"] != "path" || p["required"] == true), "{about}: {parameters:?}");
        assert!(operation["responses"]["default"].is_object(), "{about}");
        let says_done =
            operation["responses"].as_object().expect("answers").keys().any(|status| status.starts_with('2'));
        assert!(says_done, "{about}");
    }
}

#[test]
fn every_schema_that_is_named_exists_and_bodies_are_strict() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let text = document.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().expect("a name");
        assert!(schemas.contains_key(name), "{name}");
    }
    for (path, method, operation) in operations(&document) {
        let Some(body) = operation.pointer("/requestBody/content/application~1json/schema/$ref") else {
            assert!(operation["requestBody"].is_null(), "{method} {path}: a body without a schema of its own");
            continue;
        };
        let name = body.as_str().and_then(|body| body.rsplit('/').next()).expect("a name");
        assert_eq!(schemas[name]["additionalProperties"], false, "{method} {path}: {name}");
    }
}

both_databases! {
    async fn the_document_is_served_as_it_is_printed(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let answer = web.browser().send("GET", "/api/openapi.json", &[], "").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, api::docs::json().as_str()));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
}

both_databases! {
    async fn the_page_describes_every_operation_and_runs_nothing(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let page = web.browser().get("/api/docs").await;
        assert_eq!(page.status, 200);
        assert!(!page.body.contains("<script") && !page.body.contains("style=") && !page.body.contains("http://"));
        assert!(page.header("content-security-policy").starts_with("default-src 'none'; style-src 'self'"));
        let ids = page.attributes("id=", "id");
        for (path, method, operation) in operations(&document()) {
            let id = operation["operationId"].as_str().expect("a name").to_owned();
            assert!(ids.contains(&id), "{method} {path}");
        }
        let unique: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "ids of a page are unique");
        for link in page.attributes("<a ".trim_start_matches('<'), "href") {
            let Some(id) = link.strip_prefix('#') else { continue };
            assert!(ids.iter().any(|one| one == id), "{link} leads nowhere");
        }
        let answer = web.browser().get("/api/problems/time_gone").await;
        assert_eq!(answer.location(), "/api/docs#problem-time_gone");
        assert!(ids.iter().any(|id| id == "problem-time_gone"));
        assert_eq!(web.browser().get("/api/problems/nothing").await.status, 404);
    }
}

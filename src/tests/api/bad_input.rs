//! Requests that make no sense: always a problem that names the field, never a defect.

use serde_json::{Value, json};

use super::{PASSWORD, Program, account};
use crate::{both_databases, web::Web};
use docslot::accounts::Role;

/// Values of every kind that no text field takes, or that are too much for it.
pub fn nonsense() -> Vec<Value> {
    vec![
        json!(null),
        json!(7),
        json!(-1e308),
        json!(true),
        json!([]),
        json!({}),
        json!([["x"]]),
        json!(""),
        json!("\u{0}"),
        json!("a\u{0}b@example.org"),
        json!("\u{202e}\u{feff}"),
        json!("x".repeat(30_000)),
    ]
}

both_databases! {
    async fn a_body_that_makes_no_sense_names_its_field(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        account(&clinic, &web, "ana@example.org", Role::Patient).await;
        let bodies = [
            ("POST", "/register", json!({ "email": "b@example.org", "password": PASSWORD, "role": "patient", "name": "B" })),
            ("POST", "/open-account", json!({ "token": "nothing", "password": PASSWORD })),
            ("POST", "/login", json!({ "email": "ana@example.org", "password": PASSWORD })),
            ("POST", "/refresh", json!({ "refresh_token": "nothing" })),
            ("PATCH", "/me", json!({ "name": "Ana", "phone": "020 7946 0000" })),
        ];
        for (method, path, good) in bodies {
            for field in good.as_object().expect("an object").keys() {
                for (number, value) in nonsense().into_iter().enumerate() {
                    let mut body = good.clone();
                    if path == "/register" {
                        body["email"] = json!(format!("{field}-{number}@example.org"));
                    }
                    body[field] = value.clone();
                    clinic.clock.advance_seconds(3_600);
                    let reply = asking(method, &web).await.with_body(method, path, &body).await;
                    let about = format!("{method} {path}, {field}: {}", value.to_string().chars().take(30).collect::<String>());
                    assert!(reply.status() < 500, "{about}: {}", reply.answer.body);
                    if reply.status() == 422 {
                        reply.assert_problem(422, &about);
                        assert_eq!(reply.fields(), [field.as_str()], "{about}");
                    }
                    let may_be_null = matches!((path, field.as_str()), ("/me", _) | ("/register", "name"));
                    let fits = value.is_string() || (value.is_null() && may_be_null);
                    assert!(fits || reply.status() == 422, "{about}: {}", reply.answer.body);
                }
            }
            let mut more = good.clone();
            more["colour"] = json!("red");
            let reply = asking(method, &web).await.with_body(method, path, &more).await;
            reply.assert_problem(422, path);
            assert_eq!(reply.fields(), ["colour"], "{path}");
        }
    }

    async fn a_body_of_the_wrong_kind_or_size_is_refused(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = Program::new(&web);
        let json = [("content-type", "application/json")];
        let deep = "[".repeat(20_000);
        let deep_field = format!("{{\"email\": {}", "{\"a\":".repeat(5_000));
        for body in ["", "{", "nonsense", "[]", "null", "{\"email\": \"a\", \"password\": \"b\"} {}", &deep] {
            let about = body.chars().take(20).collect::<String>();
            program.send("POST", "/login", &json, body).await.assert_problem(400, &about);
        }
        let reply = program.send("POST", "/login", &json, &deep_field).await;
        reply.assert_problem(422, "a deep field");
        assert_eq!(reply.fields(), ["email"]);
        let half = program.send("POST", "/login", &json, "{\"email\": \"\\ud800\", \"password\": \"x\"}").await;
        half.assert_problem(422, "half a character");
        assert_eq!(half.fields(), ["email"]);
        let long = format!("{{\"email\": \"{}\"}}", "x".repeat(1_000_000));
        program.send("POST", "/login", &json, &long).await.assert_problem(413, "a megabyte");
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", ""] {
            program.send("POST", "/login", &[("content-type", kind)], "{}").await.assert_problem(415, kind);
        }
        program.send("POST", "/login", &[], "{}").await.assert_problem(415, "no content type");
        let reply = program.send("POST", "/login", &[("content-type", "application/json; charset=utf-8")], "{}").await;
        reply.assert_problem(422, "an object without its fields");
        assert_eq!(reply.fields(), ["email"]);
    }

    async fn an_address_that_makes_no_sense_names_its_part(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = Program::new(&web);
        let doctor = clinic.doctors[0].id;
        for (path, field) in [
            ("/doctors?page=0", "page"),
            ("/doctors?page=-1", "page"),
            ("/doctors?page=99999999999999999999", "page"),
            ("/doctors?page=x", "page"),
            ("/doctors?page=1&page=2", "page"),
            ("/doctors?new_patients=perhaps", "new_patients"),
            ("/doctors?when=yesterday", "when"),
            ("/doctors?sort=random", "sort"),
            ("/doctors?colour=red", "colour"),
            ("/doctors?q=%00", "q"),
            ("/doctors/{doctor}/slots?from=2026-02-30", "from"),
            ("/doctors/{doctor}/slots?from=99999-01-01", "from"),
            ("/doctors/{doctor}/slots?to=tomorrow", "to"),
            ("/doctors/{doctor}/slots?from=2026-01-06&to=2026-01-05", "to"),
            ("/doctors/{doctor}/slots?from=2026-01-06&to=2026-02-06", "to"),
            ("/doctors/{doctor}/slots?visit_type=x", "visit_type"),
            ("/doctors/{doctor}/slots?zone=Mars/Base", "zone"),
        ] {
            let reply = program.get(&path.replace("{doctor}", &doctor.to_string())).await;
            reply.assert_problem(422, path);
            assert_eq!(reply.fields(), [field], "{path}");
        }
        for path in [
            "/doctors/nothing",
            "/doctors/%00",
            "/doctors/%ff%fe",
            "/doctors/00000000-0000-0000-0000-000000000000",
            "/doctors/nothing/slots",
            "/doctors/{doctor}/slots?visit_type=00000000-0000-0000-0000-000000000000",
            "/nothing",
            "/",
            "",
            "/doctors/{doctor}/",
        ] {
            program.get(&path.replace("{doctor}", &doctor.to_string())).await.assert_problem(404, path);
        }
        for path in ["/doctors/{doctor}/slots?from=9999-12-31", "/doctors/{doctor}/slots?from=0001-01-01", "/doctors?q=zz%ff"] {
            let reply = program.get(&path.replace("{doctor}", &doctor.to_string())).await;
            assert_eq!((reply.status(), &reply.json), (200, &json!([])), "{path}: {}", reply.answer.body);
        }
    }

    async fn a_method_or_an_accept_header_that_does_not_fit_is_refused(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = Program::new(&web);
        for (method, path, allowed) in [
            ("POST", "/doctors", "GET,HEAD"),
            ("DELETE", "/me", "GET,HEAD,PATCH"),
            ("GET", "/login", "POST"),
            ("OPTIONS", "/login", "POST"),
            ("TRACE", "/doctors", "GET,HEAD"),
            ("BREW", "/doctors", "GET,HEAD"),
        ] {
            let reply = program.send(method, path, &[], "").await;
            reply.assert_problem(405, path);
            let mut allow: Vec<&str> = reply.answer.header("allow").split(',').collect();
            allow.sort_unstable();
            assert_eq!(allow.join(","), allowed, "{method} {path}");
        }
        for accept in ["text/html", "application/xml", "application/json;q=0"] {
            program.send("GET", "/doctors", &[("accept", accept)], "").await.assert_problem(406, accept);
        }
        for accept in ["*/*", "application/json", "text/html, */*;q=0.1"] {
            assert_eq!(program.send("GET", "/doctors", &[("accept", accept)], "").await.status(), 200, "{accept}");
        }
    }
}

/// A program for this method: changes of an account need a token.
async fn asking(method: &str, web: &Web) -> Program {
    if method == "PATCH" { Program::signed_in(web, "ana@example.org").await } else { Program::new(web) }
}

//! Registering, signing in and a person's own account.

use docslot::accounts::Role;
use serde_json::json;

use super::{PASSWORD, Program, account};
use crate::{
    both_databases,
    joining::{EMAIL, invite},
    web::Web,
};

both_databases! {
    async fn a_client_of_the_docspot_document_registers_and_signs_in(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = Program::new(&web);
        let person = json!({ "email": "Ana.Novak@example.org", "password": PASSWORD, "role": "patient" });
        let reply = program.post("/register", &person).await;
        assert_eq!(reply.status(), 201, "{}", reply.answer.body);
        assert!(!reply.text("message").is_empty());
        let again = program.post("/register", &person).await;
        again.assert_problem(422, "an address that has an account");
        assert_eq!(again.fields(), ["email"]);

        let credentials = json!({ "email": "ana.novak@example.org", "password": PASSWORD });
        let reply = program.post("/login", &credentials).await;
        assert_eq!((reply.status(), reply.text("role")), (200, "patient"));
        program.token = Some(reply.text("token").to_owned());
        let me = program.get("/me").await;
        assert_eq!((me.status(), me.text("name"), me.text("role")), (200, "Ana.Novak", "patient"));

        let wrong = program.post("/login", &json!({ "email": "ana.novak@example.org", "password": "not this one" })).await;
        wrong.assert_problem(401, "a wrong password");
        assert_eq!(wrong.text("code"), "wrong_credentials");
    }

    async fn a_role_comes_from_an_invitation_and_never_from_the_request(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = Program::new(&web);
        let doctor = |role: &str| json!({ "email": "d@example.org", "password": PASSWORD, "role": role });
        let reply = program.post("/register", &doctor("admin")).await;
        reply.assert_problem(422, "admin");
        assert_eq!(reply.fields(), ["role"]);
        let reply = program.post("/register", &doctor("doctor")).await;
        reply.assert_problem(422, "a doctor without an invitation");
        assert_eq!(reply.fields(), ["invitation_code"]);
        let mut made_up = doctor("doctor");
        made_up["invitation_code"] = json!("A".repeat(43));
        let reply = program.post("/register", &made_up).await;
        reply.assert_problem(422, "a made-up invitation");
        assert_eq!(clinic.count("select count(*) from persons").await, 0);
    }

    async fn an_invited_doctor_joins_through_the_same_door_as_on_the_website(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = Program::new(&web);
        let staff = clinic.user(Role::Admin).await;
        let for_staff = invite(&clinic, staff, "admin", EMAIL).await;
        let mut form = json!({ "email": EMAIL, "password": PASSWORD, "role": "doctor", "invitation_code": for_staff,
            "name": "Dr Mara Lind", "designation": "Cardiologist", "registration_number": "7104218" });
        let reply = program.post("/register", &form).await;
        reply.assert_problem(422, "an invitation for staff makes no doctor");
        assert_eq!(reply.fields(), ["invitation_code"]);

        form["invitation_code"] = json!(invite(&clinic, staff, "doctor", EMAIL).await);
        let mut incomplete = form.clone();
        incomplete.as_object_mut().expect("an object").remove("designation");
        let reply = program.post("/register", &incomplete).await;
        reply.assert_problem(422, "a doctor without a title");
        assert_eq!(reply.fields(), ["designation"]);
        let reply = program.post("/register", &form).await;
        assert_eq!((reply.status(), reply.text("role")), (201, "doctor"), "{}", reply.answer.body);
        assert_eq!(clinic.count("select count(*) from doctors where approval = 'waiting'").await, 1);
        program.post("/register", &form).await.assert_problem(410, "an invitation works once");
    }

    async fn a_session_is_renewed_once_and_ends_at_once(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        account(&clinic, &web, "ana@example.org", Role::Patient).await;
        let mut program = Program::new(&web);
        let first = program.post("/login", &json!({ "email": "ana@example.org", "password": PASSWORD })).await;
        let refresh = json!({ "refresh_token": first.text("refresh_token") });
        let second = program.post("/refresh", &refresh).await;
        assert_eq!(second.status(), 200, "{}", second.answer.body);
        program.post("/refresh", &refresh).await.assert_problem(409, "the same token at the same time");
        program.token = Some(second.text("token").to_owned());
        assert_eq!(program.get("/me").await.status(), 200);
        let out = program.send("POST", "/logout", &[], "").await;
        assert_eq!((out.status(), out.answer.body.as_str()), (204, ""));
        program.get("/me").await.assert_problem(401, "after signing out");
        program.token = None;
        let next = json!({ "refresh_token": second.text("refresh_token") });
        program.post("/refresh", &next).await.assert_problem(401, "a session that is over");
        let made_up = json!({ "refresh_token": "nothing" });
        program.post("/refresh", &made_up).await.assert_problem(401, "a made-up token");
    }

    async fn a_person_changes_their_own_details(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        account(&clinic, &web, "ana@example.org", Role::Patient).await;
        let mut program = Program::signed_in(&web, "ana@example.org").await;
        let reply = program.with_body("PATCH", "/me", &json!({ "phone": "020 7946 0000" })).await;
        assert_eq!((reply.status(), reply.text("phone"), reply.text("name")), (200, "020 7946 0000", "Test Person"));
        let reply = program.with_body("PATCH", "/me", &json!({ "name": " Ana Novak " })).await;
        assert_eq!((reply.text("phone"), reply.text("name")), ("020 7946 0000", "Ana Novak"));
        let reply = program.with_body("PATCH", "/me", &json!({ "phone": null })).await;
        assert!(reply.json["phone"].is_null() && reply.text("name") == "Ana Novak", "{}", reply.answer.body);
        let reply = program.with_body("PATCH", "/me", &json!({ "name": " ", "phone": "call me" })).await;
        reply.assert_problem(422, "wrong details");
        assert_eq!(reply.fields(), ["name", "phone"]);
        let reply = program.with_body("PATCH", "/me", &json!({ "role": "admin" })).await;
        reply.assert_problem(422, "a role");
        assert_eq!(reply.fields(), ["role"]);
        assert_eq!(program.get("/me").await.text("name"), "Ana Novak");
    }

    async fn a_cookie_says_nothing_and_a_broken_token_is_noticed(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        account(&clinic, &web, "ana@example.org", Role::Patient).await;
        let mut browser = web.browser();
        browser.get("/sign-in").await;
        browser.post("/fn/sign_in", &[("email", "ana@example.org"), ("password", PASSWORD), ("next", "/")]).await;
        assert_eq!(browser.get("/account").await.status, 200);
        let answer = browser.send("GET", "/api/v1/me", &[], "").await;
        assert_eq!(answer.status, 401);
        for value in ["Bearer nonsense", "Bearer dsk_nonsense", "Bearer", "Basic YTpi", "Bearer a.b.c"] {
            let answer = browser.send("GET", "/api/v1/doctors", &[("authorization", value)], "").await;
            assert_eq!(answer.status, 401, "{value}");
            assert!(answer.header("www-authenticate").contains("invalid_token"), "{value}");
        }
    }

    async fn guessing_passwords_is_slowed_down_as_on_the_website(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        account(&clinic, &web, "ana@example.org", Role::Patient).await;
        let mut program = Program::new(&web);
        let wrong = json!({ "email": "ana@example.org", "password": "not this one" });
        for _ in 0..5 {
            program.post("/login", &wrong).await.assert_problem(401, "a guess");
        }
        let slow = program.post("/login", &wrong).await;
        slow.assert_problem(429, "one guess too many");
        assert!(!slow.answer.header("retry-after").is_empty());
    }
}

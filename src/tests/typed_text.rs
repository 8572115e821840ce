//! What is typed is taken as it is meant, at every door: characters that nobody sees, digits of another script, accents
//! in two strokes, and e-mail addresses that look right.

use docslot::{
    accounts::{
        Role,
        server::{self as accounts, RegisterForm},
    },
    admin::server::closures,
    availability::model::clock_input::parse_clock,
    booking::server as booking,
    error::{AppError, FieldCode},
    state::AppState,
    web::request::RequestContext,
};
use serde_json::json;

use crate::{
    api::{PASSWORD, Program},
    both_databases,
    clinic::{TOMORROW_9, person},
    clinic_pages::closure,
    mail::{send_all, sending_to},
    smtp_sink::Sink,
    web::{Browser, Web},
};

async fn register(browser: &mut Browser, name: &str, email: &str, phone: &str, password: &str) -> u16 {
    browser.get("/register").await;
    let fields = [("name", name), ("email", email), ("phone", phone), ("password", password), ("next", "/account")];
    let answer = browser.post("/fn/register", &fields).await;
    if answer.location() == "/account" { 200 } else { browser.get(answer.location()).await.status }
}

async fn form(app: &AppState, email: &str) -> Result<(), AppError> {
    let form =
        RegisterForm { name: "Ana Novak".into(), email: email.into(), phone: String::new(), password: PASSWORD.into() };
    accounts::register(app, &RequestContext::anonymous(), form).await.map(|_| ())
}

both_databases! {
    async fn who_registers_with_characters_that_nobody_sees_signs_in_without_them(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        let phone = "\u{202A}+44\u{A0}20\u{A0}7946\u{2011}0100\u{202C}";
        assert_eq!(register(&mut browser, "\u{200B}Jose\u{301}\u{A0} Novak\u{202E}", "\u{200B}ana@example.org", phone, PASSWORD).await, 200);
        let sql = "select count(*) from persons where email = 'ana@example.org' and display_name = 'José Novak' and phone = '+44 20 7946-0100'";
        assert_eq!(clinic.count(sql).await, 1);
        for email in ["ana@example.org", " ANA@example.org\u{200B}", "ａｎａ＠example.org"] {
            accounts::sign_in(&clinic.app, &RequestContext::anonymous(), email, PASSWORD).await.expect("signed in");
            let again = form(&clinic.app, email).await;
            assert_eq!(again, Err(AppError::field("email", FieldCode::EmailUnusable)), "{email:?}");
        }
        // the account's own page, with a number of another script and an extension
        browser.get("/account").await;
        let fields = [("name", "José"), ("phone", "٠٢٠ ٧٩٤٦ ٠١٠٠ Ext. 12")];
        assert_eq!(browser.submit("/fn/account/profile", &fields).await.status, 200);
        assert_eq!(clinic.count("select count(*) from persons where phone = '020 7946 0100 ext 12'").await, 1);
    }

    async fn a_name_that_nobody_sees_is_none(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = Program::new(&web);
        for (number, name) in ["\u{200B}", "\u{3164}", "\u{202E} \u{2800}", "\u{200D}\u{FE0F}", "\u{AD}"].into_iter().enumerate() {
            clinic.clock.advance_seconds(3_600);
            let email = format!("a{number}@example.org");
            let mut browser = web.browser();
            assert_eq!(register(&mut browser, name, &email, "", PASSWORD).await, 422, "{name:?}");
            let reply = program.post("/register", &json!({ "email": email, "password": PASSWORD, "role": "patient", "name": name })).await;
            reply.assert_problem(422, name);
            assert_eq!(reply.fields(), ["name"], "{name:?}");
        }
        let taken = accounts::create_admin(&clinic.app, "staff@example.org", "\u{3164}", PASSWORD).await;
        assert_eq!(taken, Err(AppError::field("name", FieldCode::Missing)), "the command line too");
        assert_eq!(clinic.count("select count(*) from persons").await, 0);
    }

    async fn a_password_is_what_was_typed_but_for_the_strokes_of_its_accents(clinic: TestClinic) {
        let password = " straße \u{200B}e\u{301}le\u{300}ve fünf ";
        let typed = RegisterForm { name: "Ana".into(), email: "ana@example.org".into(), phone: String::new(), password: password.into() };
        accounts::register(&clinic.app, &RequestContext::anonymous(), typed).await.expect("an account");
        let nobody = RequestContext::anonymous();
        accounts::sign_in(&clinic.app, &nobody, "ana@example.org", " straße \u{200B}élève fünf ").await.expect("the same");
        for other in [" straße élève fünf ", "straße \u{200B}élève fünf", " strasse \u{200B}élève fünf "] {
            let refused = accounts::sign_in(&clinic.app, &nobody, "ana@example.org", other).await;
            assert_eq!(refused.err(), Some(AppError::WrongCredentials), "{other:?}");
        }
    }

    async fn an_address_that_no_mail_reaches_is_refused_with_the_reason_beside_it(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = Program::new(&web);
        for (email, code, words) in [
            ("ana@-x.org", "email_domain_wrong", "no hyphen or dot at its beginning or end"),
            ("ana@1.2.3.4", "email_domain_number", "not a number"),
            ("ana@localhost", "email_domain_short", "needs a dot and an ending"),
            ("a\\b@example.org", "email_name_wrong", "before the @"),
            ("ana at home", "not_an_email", "like name@example.org"),
        ] {
            let mut browser = web.browser();
            clinic.clock.advance_seconds(3_600);
            browser.get("/register").await;
            let fields = [("name", "Ana"), ("email", email), ("phone", ""), ("password", PASSWORD), ("next", "/account")];
            let page = browser.submit("/fn/register", &fields).await;
            assert_eq!(page.status, 422, "{email}");
            assert!(page.text().contains(words), "{email}: {}", page.text());
            assert_eq!(page.attributes("name=\"email\"", "value"), [email], "what was typed stays");
            let reply = program.post("/register", &json!({ "email": email, "password": PASSWORD, "role": "patient" })).await;
            reply.assert_problem(422, email);
            assert_eq!((reply.fields(), &reply.json["errors"][0]["code"]), (vec!["email"], &json!(code)), "{email}");
        }
        assert_eq!(clinic.count("select count(*) from persons").await, 0);
    }

    async fn an_address_in_any_script_is_one_account_and_gets_its_mail(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        form(&app, "ana@EXÄMPLE.org").await.expect("an account");
        for again in ["ana@xn--exmple-cua.org", "ana@exa\u{308}mple.org"] {
            assert_eq!(form(&app, again).await, Err(AppError::field("email", FieldCode::EmailUnusable)), "{again}");
        }
        assert_eq!(clinic.count("select count(*) from persons where email = 'ana@exämple.org'").await, 1, "as it reads");
        form(&app, "try..this.0511@docomo.ne.jp").await.expect("an account");
        let round = send_all(&app).await;
        assert_eq!((round.sent, round.failed), (2, 0));
        let mut to: Vec<String> = sink.emails().into_iter().map(|email| email.to).collect();
        to.sort();
        assert_eq!(to, ["\"try..this.0511\"@docomo.ne.jp", "ana@xn--exmple-cua.org"]);
    }

    async fn dates_times_and_numbers_may_have_the_digits_of_any_script(clinic: TestClinic) {
        let actor = clinic.user(Role::Admin).await;
        closures::add(&clinic.app, actor, closure(&clinic, ["٢٤", "\u{200B}12", "２０２６"], None)).await.expect("closed");
        assert_eq!(clinic.count("select count(*) from closures where first_date = '2026-12-24'").await, 1);
        assert_eq!((parse_clock("９：３０"), parse_clock("٩:٣٠\u{A0}pm")), (Some(570), Some(1290)));
        let patient = clinic.patient().await;
        let id = booking::hold(&clinic.app, person(patient), clinic.request(0, TOMORROW_9)).await.expect("a hold");
        let phone = "۰۲۰ ۷۹۴۶\u{2013}۰۱۰۰";
        booking::save_details(&clinic.app, person(patient), id, "\u{200B}Knee\u{A0}pain\u{2060}", phone).await.expect("fits");
        assert_eq!(clinic.reason(id).await, "Knee pain");
        assert_eq!(clinic.count("select count(*) from appointments where contact_phone = '020 7946-0100'").await, 1);
    }
}

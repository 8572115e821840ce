//! Words that no other row has, looked for where they must not be; and markup in every text, which stays text on every
//! page, file and message.

use docslot::{
    accounts::{Role, model::record::RecordValues, server::person_record},
    booking::server as booking,
    text::server::telephone::Country,
};

use crate::{
    access::{ROWS, one_of_each},
    both_databases,
    clinic::{NOW, TOMORROW_9, person},
    mail::{everything, parsed, send_all, sending_to},
    own_data::places_of,
    smtp_sink::Sink,
    web::{Answer, Browser, Web},
};

/// What is never outside of the row that it is written into: the reason, needs and notes.
const HEALTH: [&str; 3] = ["CANARYREASON", "CANARYNEEDS", "CANARYNOTES"];

/// As each text of the clinic: it leaves an attribute, an element and a script, if any of them lets it.
const MARKUP: &str = "\"'></textarea></script><img src=x onerror=evil()><script>evil()</script>&lt;";
/// What a page has when it did.
const RAW: [&str; 3] = ["<img src=x onerror", "<script>evil", "</script><img"];

/// Every text that people type, as it is stored.
pub const TEXTS: [&str; 13] = [
    "update persons set display_name = 'M', call_name = 'M', access_needs = 'M', desk_notes = 'M', language = 'M'",
    "update doctors set name = 'M', designation = 'M', registration_number = 'M', about = 'M'",
    "update locations set name = 'M', address = 'M', phone = 'M'",
    "update specialties set name = 'M', other_words = 'M'",
    "update visit_types set name = 'M', instructions = 'M'",
    "update appointments set reason = 'M', contact_phone = 'M', override_reason = 'M'",
    "update appointment_terms set doctor_name = 'M', visit_type_name = 'M', location_name = 'M', location_address = 'M',
        location_phone = 'M', instructions = 'M'",
    "update person_changes set before = 'M', after = 'M'",
    "update care_grants set reason = 'M'",
    "update api_tokens set name = 'M'",
    "update time_off set private_reason = 'M'",
    "update closures set reason = 'M'",
    "update doctors set approval_note = 'M'",
];

fn addresses(page: &Answer) -> Vec<String> {
    ["href", "src", "action"].into_iter().flat_map(|name| page.attributes("", name)).collect()
}

/// Opens a page and looks at every address on it; how many there are.
async fn without_canaries(browser: &mut Browser, path: &str) -> usize {
    let page = browser.get(path).await;
    assert_eq!(page.status, 200, "{path}");
    let addresses = addresses(&page);
    assert!(addresses.iter().all(|address| HEALTH.iter().all(|word| !address.contains(word))), "{addresses:?}");
    addresses.len()
}

both_databases! {
    async fn health_data_stands_in_no_subject_message_calendar_address_or_log(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let web = Web::serve(&app).await;
        let (mut browser, patient) = crate::access::person(&clinic, &web, "canary@example.org", Role::Patient).await;
        let (mut staff, _) = crate::access::person(&clinic, &web, "staff@example.org", Role::Admin).await;
        let actor = docslot::web::request::Actor { user: patient, role: Role::Patient, session: docslot::ids::SessionId(docslot::random::id()) };
        clinic
            .write(move |mut tx| {
                Box::pin(async move {
                    let before = person_record::stored(&mut tx, patient).await?;
                    let mut values: RecordValues = before.values.clone();
                    values.set("access_needs", HEALTH[1].to_owned());
                    values.set("desk_notes", HEALTH[2].to_owned());
                    let by = person_record::ChangedBy { actor: None, now: NOW, country: Country::GB };
                    person_record::write(&mut tx, &before, &values, by).await.map(|_| ())
                })
            })
            .await;
        let hold = booking::hold(&app, person(actor), clinic.request(0, TOMORROW_9)).await.expect("a hold");
        booking::save_details(&app, person(actor), hold, HEALTH[0], "").await.expect("details");
        let id = booking::confirm(&app, person(actor), hold).await.expect("an appointment");
        send_all(&app).await;
        booking::cancel(&app, actor, id, clinic.row(id).await.version, None).await.expect("cancelled");
        send_all(&app).await;
        let emails = sink.emails();
        assert!(emails.len() >= 3, "{} messages", emails.len());
        for email in &emails {
            let (subject, all) = (parsed(email).subject().unwrap_or_default().to_owned(), everything(email));
            assert!(HEALTH.iter().all(|word| !all.contains(word)), "{all}");
            assert!(!subject.contains("Consultation") && !subject.contains("General practice"), "{subject}");
        }
        let (appointment, record) = (format!("/appointments/{id}"), format!("/patients/{patient}"));
        let mut seen = without_canaries(&mut browser, &appointment).await;
        for page in [appointment.as_str(), record.as_str(), "/admin/audit"] {
            seen += without_canaries(&mut staff, page).await;
        }
        let file = browser.get(&format!("{appointment}/calendar.ics")).await;
        assert!(file.body.contains("BEGIN:VEVENT") && HEALTH.iter().all(|word| !file.body.contains(word)));
        assert_eq!(places_of(&clinic, HEALTH[0]).await, ["appointments.reason"]);
        assert_eq!(places_of(&clinic, HEALTH[1]).await, ["person_changes.after", "persons.access_needs"]);
        assert_eq!(places_of(&clinic, HEALTH[2]).await, ["person_changes.after", "persons.desk_notes"]);
        println!("{} words in {} messages, {seen} addresses, 1 calendar file and every table: 0 astray", HEALTH.len(), emails.len());
    }

    async fn markup_in_every_text_stays_text_on_every_page_and_in_every_file(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut browsers, fixture) = one_of_each(&clinic, &web).await;
        clinic.let_terms_change().await;
        for sql in TEXTS {
            let sql: &'static str = sql.replace("'M'", &format!("'{}'", MARKUP.replace('\'', "''"))).leak();
            clinic.execute(sql).await.expect("a text");
        }
        let query: String = docslot::web::local_path::encode(MARKUP);
        let (mut pages, mut shown, mut wrong) = (0, 0, Vec::new());
        for (address, example, ..) in ROWS.iter().filter(|(address, ..)| address.starts_with("GET ")) {
            let stored = fixture.fill(example);
            let joint = if stored.contains('?') { "&" } else { "?" };
            let names = ["q", "query", "person", "patient", "actor", "action", "doctor", "day", "date", "from", "page", "next", "tab", "text"];
            let asked: Vec<String> = names.iter().map(|name| format!("{name}={query}")).collect();
            for path in [stored.clone(), format!("{stored}{joint}{}", asked.join("&"))] {
                for browser in &mut browsers {
                    let kept = browser.cookies.clone();
                    let answer = browser.get(&path).await;
                    browser.cookies = kept;
                    pages += 1;
                    shown += answer.body.matches("onerror=evil()").count();
                    let is_page = answer.header("content-type").starts_with("text/html");
                    for raw in RAW.into_iter().filter(|_| is_page) {
                        if answer.body.contains(raw) || answer.headers.iter().any(|(_, value)| value.contains(raw)) {
                            wrong.push(format!("{address}: {raw}"));
                        }
                    }
                    if answer.status >= 500 {
                        wrong.push(format!("{address}: {}", answer.status));
                    }
                }
            }
        }
        wrong.dedup();
        println!("{pages} pages and files of {} addresses show the markup {shown} times, as text", ROWS.len());
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(pages > 800 && shown > 500, "{pages} pages, {shown} times");
    }
}

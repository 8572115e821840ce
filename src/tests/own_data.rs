//! One's own data: the copy, who can have it, and that it holds nothing of anybody else; closing an account, the end of a
//! record's time, and who looked at it.

use axum::{
    body::to_bytes,
    extract::{Path, State},
};
use docslot::{
    accounts::{
        Role,
        model::record::RecordValues,
        server::{care, care::NewGrant, person_record},
    },
    admin::model::audit::action_words,
    booking::{
        Status,
        server::{self as booking, Booker, BookingRequest, Details, Start},
    },
    db::{Conn, Error, Pools},
    error::AppError,
    ids::{AppointmentId, ExportId, PersonId},
    notifications::server::feeds,
    on,
    own_data::{
        model::{AccessQuery, ExportState},
        server::{access_log, ask, close, erase_closed, own_data_file, retention, work},
    },
    random,
    state::AppState,
    text::server::telephone::Country,
    time::Timestamp,
    web::request::Actor,
};
use sqlx::AssertSqlSafe;

use crate::{
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, person},
    family::{child, grant},
    folder::Folder,
    papers::{PDF, add, keeping_in},
    records::{assert_clean, seal},
    time_off::doctor,
    web::Web,
};

const DAY: i64 = 86_400;
const YEAR: i64 = 366 * 86_400;

/// Words that no other row has: of the person, and of everybody else.
const OWN: [&str; 6] = ["OWNNAME", "OWNREASON", "OWNPHONE", "OWNNEEDS", "OWNPAPER", "own-address"];
const OTHERS: [&str; 7] =
    ["OTHERNAME", "OTHERREASON", "CARERNAME", "carer-address", "STAFFNAME", "DESKNOTES", "OTHERPAPER"];

async fn named(clinic: &TestClinic, role: Role, name: &'static str, email: &'static str) -> Actor {
    let actor = clinic.user(role).await;
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "update persons set display_name = $2, email = $3 where id = $1";
                tx.execute(sql, (actor.user, name, email)).await?;
                Ok(())
            })
        })
        .await;
    actor
}

async fn booked(clinic: &TestClinic, app: &AppState, who: Booker, start: Timestamp, reason: &str) -> AppointmentId {
    let request = BookingRequest {
        id: AppointmentId(random::id()),
        doctor: clinic.doctors[0].id,
        visit_type: None,
        start: Start::At(start),
    };
    let details = Details { reason: reason.to_owned(), ..Details::default() };
    booking::book(app, who, request, details, None).await.expect("a booking").row.id
}

/// What there is of a person's files.
async fn state(app: &AppState, actor: Actor, person: PersonId) -> ExportState {
    let page = ask::page(app, actor).await.expect("the page");
    page.persons.into_iter().find(|one| one.id == person).expect("the person").state
}

async fn ready(app: &AppState, actor: Actor, person: PersonId) -> ExportId {
    ask::ask(app, actor, person).await.expect("asked");
    assert_eq!(state(app, actor, person).await, ExportState::Waiting);
    assert_eq!(work(app).await, Ok(1));
    match state(app, actor, person).await {
        ExportState::Ready { id, .. } => id,
        other => panic!("{other:?}"),
    }
}

async fn opened(app: &AppState, actor: Actor, id: ExportId, file: &str) -> (u16, Vec<u8>) {
    let path = Path((id.to_string(), file.to_owned()));
    let response = own_data_file(State(app.clone()), Ok(actor), path).await;
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), 10_000_000).await.expect("a body");
    (status, bytes.to_vec())
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// The columns in which any row has a word: `table.column`.
pub async fn places_of(clinic: &TestClinic, word: &str) -> Vec<String> {
    let columns = match clinic.app.db.pools {
        Pools::Sqlite { .. } => {
            "select m.name, c.name from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table'
                and m.name not like 'sqlite%' and c.type <> 'BLOB' order by 1, 2"
        }
        Pools::Postgres(_) => {
            "select table_name::text, column_name::text from information_schema.columns
                where table_schema = current_schema() and data_type = 'text' order by 1, 2"
        }
    };
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let read = async |conn: &mut Conn<'_>| -> Result<Vec<String>, Error> {
        let columns: Vec<(String, String)> = conn.fetch_all(columns, ()).await?;
        assert!(columns.len() > 100, "{} columns", columns.len());
        let mut found = Vec::new();
        for (table, column) in columns {
            let sql =
                format!("select count(*) from {table} where lower(cast({column} as text)) like lower('%{word}%')");
            let rows: i64 = on!(conn, |c| sqlx::query_scalar(AssertSqlSafe(sql.clone())).fetch_one(c).await?);
            if rows > 0 {
                found.push(format!("{table}.{column}"));
            }
        }
        Ok(found)
    };
    read(&mut reader.conn()).await.expect("the tables")
}

/// A patient with everything that the clinic can keep of one, among others.
async fn full(clinic: &TestClinic, app: &AppState) -> (Actor, AppointmentId) {
    let own = named(clinic, Role::Patient, "OWNNAME Person", "own-address@example.org").await;
    let other = named(clinic, Role::Patient, "OTHERNAME Person", "other-address@example.org").await;
    let carer = named(clinic, Role::Patient, "CARERNAME Person", "carer-address@example.org").await;
    let staff = named(clinic, Role::Admin, "STAFFNAME Person", "staff-address@example.org").await;
    grant(clinic, carer.user, own.user, ("carer", "book"), (None, None)).await;
    grant(clinic, own.user, other.user, ("carer", "see"), (None, None)).await;
    let user = own.user;
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let before = person_record::stored(&mut tx, user).await?;
                let mut values: RecordValues = before.values.clone();
                for (field, text) in [
                    ("phone", "OWNPHONE"),
                    ("access_needs", "OWNNEEDS"),
                    ("desk_notes", "DESKNOTES"),
                    ("clinic_number", "A-17"),
                ] {
                    values.set(field, text.to_owned());
                }
                let by = person_record::ChangedBy { actor: Some(staff.user), now: NOW, country: Country::GB };
                person_record::write(&mut tx, &before, &values, by).await.map(|_| ())
            })
        })
        .await;
    let id = booked(clinic, app, person(own), TOMORROW_9, "OWNREASON").await;
    booked(clinic, app, person(carer).acting_for(Some(own.user)), TOMORROW_9.plus_minutes(60), "").await;
    let others = booked(clinic, app, person(other), TOMORROW_9.plus_minutes(120), "OTHERREASON").await;
    add(app, own, id, "OWNPAPER.pdf", PDF).await.expect("a file");
    add(app, other, others, "OTHERPAPER.pdf", PDF).await.expect("a file");
    booking::appointment(app, staff, id).await.expect("read by staff");
    feeds::make(app, own, false).await.expect("a feed");
    (own, id)
}

both_databases! {
    async fn a_copy_holds_what_is_about_its_person_and_nothing_about_anybody_else(clinic: TestClinic) {
        let folder = Folder::new();
        let app = keeping_in(&clinic.app, &folder);
        let (own, _) = full(&clinic, &app).await;
        let id = ready(&app, own, own.user).await;
        let mut looked = 0;
        for file in ["data.json", "data.html", "data.zip"] {
            let (status, bytes) = opened(&app, own, id, file).await;
            assert_eq!(status, 200, "{file}");
            for word in OWN {
                assert!(holds(&bytes, word), "{word} is missing in {file}");
            }
            for word in OTHERS {
                assert!(!holds(&bytes, word), "{word} stands in {file}");
                looked += 1;
            }
        }
        let (_, calendar) = opened(&app, own, id, "appointments.ics").await;
        assert_eq!(String::from_utf8_lossy(&calendar).matches("BEGIN:VEVENT").count(), 2);
        assert!(OWN.iter().chain(&OTHERS).all(|word| !holds(&calendar, word)), "a calendar says when and where alone");
        let (_, archive) = opened(&app, own, id, "data.zip").await;
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(archive)).expect("an archive");
        let names: Vec<String> = zip.file_names().map(|name| name.expect("a name").into_owned()).collect();
        assert_eq!(names, ["data.html", "data.json", "appointments.ics", "papers/001-OWNPAPER.pdf"]);
        let mut paper = Vec::new();
        std::io::Read::read_to_end(&mut zip.by_name("papers/001-OWNPAPER.pdf").expect("the file"), &mut paper).expect("its bytes");
        assert_eq!(paper, PDF);
        println!("{} words of others in 3 files: 0 found in {looked} searches", OTHERS.len());
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'own_data.opened'").await, 5);
        assert_eq!(opened(&app, own, id, "data.exe").await.0, 404);
    }

    async fn the_names_of_the_fields_are_documented(clinic: TestClinic) {
        let folder = Folder::new();
        let app = keeping_in(&clinic.app, &folder);
        let (own, _) = full(&clinic, &app).await;
        let id = ready(&app, own, own.user).await;
        let (_, json) = opened(&app, own, id, "data.json").await;
        let tree: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/OWN-DATA.md")).expect("the guide");
        let mut missing = Vec::new();
        fn walk(value: &serde_json::Value, guide: &str, missing: &mut Vec<String>) {
            match value {
                serde_json::Value::Object(fields) => {
                    for (name, value) in fields {
                        if !guide.contains(&format!("`{name}`")) {
                            missing.push(name.clone());
                        }
                        walk(value, guide, missing);
                    }
                }
                serde_json::Value::Array(list) => list.iter().for_each(|value| walk(value, guide, missing)),
                _ => {}
            }
        }
        walk(&tree, &guide, &mut missing);
        assert!(missing.is_empty(), "not in docs/OWN-DATA.md: {missing:?}");
    }

    async fn a_copy_is_encrypted_told_of_by_mail_and_gone_after_a_week(clinic: TestClinic) {
        let folder = Folder::new();
        let app = keeping_in(&clinic.app, &folder);
        let (own, _) = full(&clinic, &app).await;
        let (here, there) = tokio::join!(ask::ask(&app, own, own.user), ask::ask(&app, own, own.user));
        assert_eq!((here, there), (Ok(()), Ok(())), "asking twice is asking once");
        assert_eq!(clinic.count("select count(*) from data_exports").await, 1);
        let (here, there) = tokio::join!(work(&app), work(&app));
        assert_eq!(here.expect("a round") + there.expect("a round"), 1, "one of two servers keeps it");
        let told = "select count(*) from outbox where kind = 'own_data_ready'";
        assert_eq!(clinic.count(told).await, 1);
        assert!(matches!(ask::ask(&app, own, own.user).await, Err(AppError::TooManyAttempts { wait_seconds: 600 })));
        let kept: Vec<u8> = {
            let mut reader = app.db.read().await.expect("a reader");
            reader.conn().fetch_value("select content from data_exports", ()).await.expect("the content")
        };
        assert!(kept.len() > 2_000 && OWN.iter().all(|word| !holds(&kept, word)), "at rest it is encrypted");
        let ExportState::Ready { id, .. } = state(&app, own, own.user).await else { panic!("not ready") };
        clinic.clock.advance_seconds(7 * DAY - 1);
        assert_eq!(opened(&app, own, id, "data.json").await.0, 200);
        clinic.clock.advance_seconds(1);
        assert_eq!(opened(&app, own, id, "data.json").await.0, 410);
        assert_eq!(work(&app).await, Ok(0));
        assert_eq!(clinic.count("select count(*) from data_exports where content is not null").await, 0);
        assert_eq!(opened(&app, own, id, "data.json").await.0, 404);
        assert_eq!(state(&app, own, own.user).await, ExportState::None);
    }

    async fn a_copy_is_for_its_person_and_for_who_books_for_one_without_an_account(clinic: TestClinic) {
        let (parent, seeing, carer, stranger) =
            (clinic.patient().await, clinic.patient().await, clinic.patient().await, clinic.patient().await);
        let ana = child(&clinic, parent, "Ana", "3 12 2019").await;
        grant(&clinic, seeing.user, ana, ("carer", "see"), (None, None)).await;
        grant(&clinic, carer.user, ana, ("carer", "book"), (None, None)).await;
        // an adult with an account asks alone
        grant(&clinic, carer.user, parent.user, ("carer", "book"), (None, None)).await;
        for (actor, person, wanted) in [
            (parent, ana, Ok(())),
            (carer, ana, Ok(())),
            (seeing, ana, Err(AppError::NotFound)),
            (stranger, ana, Err(AppError::NotFound)),
            (carer, parent.user, Err(AppError::NotFound)),
            (stranger, parent.user, Err(AppError::NotFound)),
        ] {
            assert_eq!(ask::ask(&clinic.app, actor, person).await, wanted);
        }
        assert_eq!(work(&clinic.app).await, Ok(1));
        let ExportState::Ready { id, .. } = state(&clinic.app, parent, ana).await else { panic!("not ready") };
        for (actor, status) in [(parent, 200), (carer, 200), (seeing, 404), (stranger, 404)] {
            assert_eq!(opened(&clinic.app, actor, id, "data.json").await.0, status);
        }
        clinic.execute("update care_grants set revoked_at = accepted_at, revoked_by = granted_by").await.expect("an end");
        assert_eq!(opened(&clinic.app, parent, id, "data.json").await.0, 404, "a grant that ended opens nothing");
    }

    async fn closing_cancels_ends_everything_and_erases_the_name(clinic: TestClinic) {
        let folder = Folder::new();
        let app = keeping_in(&clinic.app, &folder);
        let (own, first) = full(&clinic, &app).await;
        let (ana, ben) = (child(&clinic, own, "Ana", "3 12 2019").await, child(&clinic, own, "Ben", "3 12 2021").await);
        let father = clinic.patient().await;
        grant(&clinic, father.user, ben, ("parent", "book"), (None, None)).await;
        let of_ana = booked(&clinic, &app, person(own).acting_for(Some(ana)), TOMORROW_9.plus_minutes(180), "").await;
        let of_ben = booked(&clinic, &app, person(own).acting_for(Some(ben)), TOMORROW_9.plus_minutes(210), "").await;
        ask::ask(&app, own, own.user).await.expect("asked");
        work(&app).await.expect("a copy");
        seal(&clinic).await;
        assert_clean(&clinic).await;

        // from a day before, cancelling is late
        clinic.clock.advance_seconds(2 * 3_600);
        let page = close::page(&app, own).await.expect("the page");
        assert_eq!(page.appointments.len(), 3, "two of one's own, and the child's for whom nobody else cares");
        assert_eq!(page.appointments[2].for_whom.as_deref(), Some("Ana"));
        assert_eq!(page.appointments.iter().map(|one| (one.late, one.blocks)).collect::<Vec<_>>(), [(true, false), (true, false), (false, false)]);
        assert_eq!(close::close(&app, own, String::new()).await, Err(AppError::Conflict), "other appointments were shown");
        for role in [Role::Doctor, Role::Admin] {
            let actor = clinic.user(role).await;
            assert_eq!(close::page(&app, actor).await.err(), Some(AppError::Forbidden));
            assert_eq!(close::close(&app, actor, String::new()).await, Err(AppError::Forbidden));
        }
        close::close(&app, own, page.seen.clone()).await.expect("closed");
        assert_eq!(close::close(&app, own, page.seen).await, Err(AppError::Unauthenticated), "once");
        assert_eq!(
            [clinic.status(first).await, clinic.status(of_ana).await, clinic.status(of_ben).await],
            [Status::Cancelled, Status::Cancelled, Status::Booked]
        );
        assert!(clinic.row(first).await.cancelled_late);
        for open in [
            "select count(*) from persons where password_hash is not null and status = 'closed'",
            "select count(*) from calendar_feeds where revoked_at is null",
            "select count(*) from data_exports where content is not null",
            "select count(*) from care_grants g join closed_persons c on c.person_id in (g.person_id, g.account_id)
                where g.revoked_at is null",
        ] {
            assert_eq!(clinic.count(open).await, 0, "{open}");
        }
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'account_closed' and about = 'owner 3'").await, 1);
        assert_eq!(clinic.count("select count(*) from closed_persons where erased_at is null").await, 1);

        assert_eq!(erase_closed(&app).await, Ok(1));
        assert_eq!(erase_closed(&app).await, Ok(0));
        for word in OWN {
            let left: Vec<String> = places_of(&clinic, word).await;
            assert!(left.iter().all(|place| place == "audit_entries.details"), "{word}: {left:?}");
        }
        assert_eq!(places_of(&clinic, "OTHERNAME").await, ["persons.display_name"], "others stay as they are");
        assert_eq!(clinic.count("select count(*) from persons where display_name = 'Former patient'").await, 1);
        papers_are_gone(&clinic).await;
        seal(&clinic).await;
        assert_clean(&clinic).await;
    }

    async fn what_kills_the_closing_leaves_nothing_half_done(clinic: TestClinic) {
        let own = clinic.patient().await;
        let id = booked(&clinic, &clinic.app, person(own), TOMORROW_9, "").await;
        let seen = close::page(&clinic.app, own).await.expect("the page").seen;
        // the last statements of the unit fail
        clinic.execute("alter table closed_persons rename to closed_elsewhere").await.expect("a table that is away");
        assert!(matches!(close::close(&clinic.app, own, seen.clone()).await, Err(AppError::Internal { .. })));
        assert_eq!(clinic.status(id).await, Status::Booked);
        assert_eq!(clinic.count("select count(*) from persons where status <> 'active'").await, 0);
        assert_eq!(clinic.count("select count(*) from outbox where kind in ('account_closed', 'appointments_cancelled')").await, 0);
        clinic.execute("alter table closed_elsewhere rename to closed_persons").await.expect("the table");
        close::close(&clinic.app, own, seen).await.expect("closed");
        assert_eq!(clinic.status(id).await, Status::Cancelled);
    }

    async fn an_appointment_that_only_the_clinic_can_cancel_stands_in_the_way(clinic: TestClinic) {
        let own = clinic.patient().await;
        clinic.execute("update visit_types set late_cancel = 'deny'").await.expect("a rule");
        booked(&clinic, &clinic.app, person(own), TOMORROW_9, "").await;
        clinic.clock.set(TOMORROW_9.plus_minutes(-60));
        let page = close::page(&clinic.app, own).await.expect("the page");
        assert!(page.appointments[0].blocks);
        assert_eq!(close::close(&clinic.app, own, page.seen).await, Err(AppError::TooLate));
        assert_eq!(clinic.count("select count(*) from closed_persons").await, 0);
    }

    async fn a_closed_address_registers_as_a_new_person(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut browser, user) = crate::access::person(&clinic, &web, "again@example.org", Role::Patient).await;
        let page = browser.get("/account/close").await;
        assert!(page.body.contains("Close my account"), "{}", page.text());
        let unsure = browser.post("/fn/account/close", &[("seen", "")]).await;
        assert_eq!(browser.get(unsure.location()).await.status, 422, "without the tick nothing happens");
        let closed = browser.submit("/fn/account/close", &[("seen", ""), ("sure", "yes")]).await;
        assert!(closed.body.contains("Your account is closed"), "{}", closed.text());
        assert_eq!(browser.get("/account").await.status, 302, "signed out");
        crate::access::person(&clinic, &web, "again@example.org", Role::Patient).await;
        let again = clinic.an_id("select id from persons where email = 'again@example.org' and status = 'active'").await;
        assert_ne!(user.0, again, "a new person, also before the old name is erased");
        erase_closed(&clinic.app).await.expect("erased");
        assert_eq!(clinic.count("select count(*) from persons where email = 'again@example.org'").await, 1);
    }

    async fn records_that_nobody_needs_are_closed_after_the_years_of_the_settings(clinic: TestClinic) {
        let old = named(&clinic, Role::Patient, "OLDNAME Person", "old@example.org").await;
        let (lately, parent) = (clinic.patient().await, clinic.patient().await);
        let ana = child(&clinic, parent, "Ana", "3 12 2019").await;
        let past = booked(&clinic, &clinic.app, person(old), TOMORROW_9, "").await;
        clinic.clock.set(Timestamp(TOMORROW_9.0 + 2 * YEAR));
        let now = clinic.clock.now();
        booked(&clinic, &clinic.app, person(lately), Timestamp(next_nine(now)), "").await;
        booked(&clinic, &clinic.app, person(parent).acting_for(Some(ana)), Timestamp(next_nine(now) + 3_600), "").await;
        let counts = retention::count(&clinic.app, 1).await.expect("counts");
        assert_eq!((counts.accounts, counts.records, counts.appointments), (1, 0, 1));
        assert_eq!(retention::count(&clinic.app, 3).await.expect("counts"), retention::Counts::default());
        assert_eq!(retention::work(&clinic.app).await, Ok(0), "off by default");
        let mut settings = (*clinic.app.settings).clone();
        settings.data.retention_years = 1;
        let app = clinic.app.with_settings(settings);
        assert_eq!(retention::work(&app).await, Ok(1));
        assert_eq!(retention::work(&app).await, Ok(0));
        assert_eq!(erase_closed(&app).await, Ok(1));
        assert!(places_of(&clinic, "OLDNAME").await.is_empty());
        assert_eq!(clinic.row(past).await.patient_id, Some(old.user), "the appointment stays");
        assert_eq!(clinic.count("select count(*) from closed_persons where reason = 'retention'").await, 1);
        assert_clean(&clinic).await;
    }

    async fn a_patient_reads_who_looked_at_and_changed_what(clinic: TestClinic) {
        let own = clinic.patient().await;
        let (its_doctor, stranger) = (doctor(&clinic, 0).await, clinic.patient().await);
        let staff = named(&clinic, Role::Admin, "STAFFNAME Person", "staff-address@example.org").await;
        let id = booked(&clinic, &clinic.app, person(own), TOMORROW_9, "").await;
        for _ in 0..3 {
            booking::appointment(&clinic.app, staff, id).await.expect("read by staff");
            booking::appointment(&clinic.app, its_doctor, id).await.expect("read by the doctor");
        }
        clinic.clock.advance_seconds(60);
        booking::cancel(&clinic.app, staff, id, clinic.row(id).await.version, None).await.expect("cancelled");
        let shown = async |app: &AppState| {
            let page = access_log::page(app, own, &AccessQuery::default()).await.expect("the page");
            page.lines.into_iter().map(|line| format!("{}: {}", line.who, line.what)).collect::<Vec<_>>()
        };
        let wanted = ["Clinic staff: Cancelled", "Clinic staff: Opened the appointment", "You: Booked"];
        assert_eq!(shown(&clinic.app).await, wanted);
        let mut settings = (*clinic.app.settings).clone();
        settings.data.show_names = true;
        let wanted = ["Clinic staff: STAFFNAME Person: Cancelled", "Clinic staff: STAFFNAME Person: Opened the appointment", "You: Booked"];
        assert_eq!(shown(&clinic.app.with_settings(settings)).await, wanted);
        let theirs = AccessQuery { person: own.user.to_string(), page: 1 };
        assert_eq!(access_log::page(&clinic.app, stranger, &theirs).await.err(), Some(AppError::NotFound));

        let ana = child(&clinic, own, "Ana", "3 12 2019").await;
        for hour in 0..30 {
            let start = Timestamp(TOMORROW_9.0 + (hour / 10 + 1) * DAY + (hour % 10) * 1_800);
            let id = booked(&clinic, &clinic.app, person(own).acting_for(Some(ana)), start, "").await;
            booking::cancel(&clinic.app, own, id, 1, None).await.expect("cancelled");
        }
        let childs = |page| AccessQuery { person: ana.to_string(), page };
        let first = access_log::page(&clinic.app, own, &childs(1)).await.expect("the page");
        assert_eq!((first.lines.len(), first.page, first.pages), (25, 1, 3));
        assert_eq!(first.lines[0].who, "Somebody who acts for you");
        let last = access_log::page(&clinic.app, own, &childs(99)).await.expect("the page");
        assert_eq!((last.lines.len(), last.page), (11, 3), "with the line of the parent who added the child");
        assert_ne!(action_words("appointment.read"), "appointment.read");
    }
}

/// The first 9 o'clock in London that is two days off or more.
fn next_nine(now: Timestamp) -> i64 {
    (now.0 / 86_400 + 2) * 86_400 + 9 * 3_600
}

async fn papers_are_gone(clinic: &TestClinic) {
    let sql = "select count(*) from papers p join closed_persons c on c.person_id = p.patient_id
        where p.state <> 'removed' or length(p.file_key) > 0 or length(p.name) > 0";
    assert_eq!(clinic.count(sql).await, 0);
    assert_eq!(clinic.count("select count(*) from papers where state = 'ready'").await, 1, "another's stays");
}

both_databases! {
    async fn asking_to_act_leaves_no_address_of_a_closed_account(clinic: TestClinic) {
        let own = named(&clinic, Role::Patient, "OWNNAME Person", "own-address@example.org").await;
        let other = clinic.patient().await;
        let asked = NewGrant { email: "own-address@example.org".into(), scope: "see".into(), ..NewGrant::default() };
        care::ask_to_act(&clinic.app, other, asked).await.expect("asked");
        close::close(&clinic.app, own, String::new()).await.expect("closed");
        erase_closed(&clinic.app).await.expect("erased");
        assert!(places_of(&clinic, "own-address").await.is_empty());
    }
}

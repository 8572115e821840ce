//! The audit log: every change leaves a line, no line ever changes, and the file opens safely in a spreadsheet.

use docslot::{
    accounts::Role,
    admin::{
        model::{
            audit::{AuditQuery, SYSTEM},
            locations::{ClosureForm, LocationForm},
            settings::SettingsForm,
        },
        server::{audit_log, closures, locations, settings, specialties},
    },
    clinic::server::audit,
    clinic::server::audit::{Author, Entry},
    error::{AppError, FieldCode},
    time::Timestamp,
    web::request::Actor,
};

use crate::{
    both_databases,
    clinic::{NOW, TestClinic},
    clinic_pages::staff,
    web::Web,
};

async fn write(clinic: &TestClinic, by: Author, at: Timestamp, action: &'static str, details: &str) {
    let details = details.to_owned();
    clinic
        .write(move |mut tx| {
            let details = details.clone();
            Box::pin(async move {
                let entry = Entry { action, subject: "location", subject_id: None, details: &details };
                audit::record(&mut tx, by, at, entry).await?;
                Ok(())
            })
        })
        .await;
}

/// The codes of all actions, in order.
async fn actions(clinic: &TestClinic) -> Vec<String> {
    let file = audit_log::file(&clinic.app, &AuditQuery::default()).await.expect("a file");
    let mut lines: Vec<_> = file.lines().skip(1).filter_map(|line| line.split(',').nth(3).map(str::to_owned)).collect();
    lines.reverse();
    lines
}

fn by(actor: Actor) -> Author {
    actor.into()
}

both_databases! {
    async fn every_change_leaves_its_line_and_a_change_of_nothing_leaves_none(clinic: TestClinic) {
        let actor = clinic.user(Role::Admin).await;
        let form = SettingsForm {
            name: "Mill Lane".into(),
            phone: "020 7946 0000".into(),
            emergency_line: "112".into(),
            approve_doctors: true,
            request_hours: "72".into(),
            cutoff_hours: "24".into(),
            time_zone: "Europe/London".into(),
            version: 0,
        };
        settings::save(&clinic.app, actor, form.clone()).await.expect("saved");
        settings::save(&clinic.app, actor, SettingsForm { version: 1, ..form.clone() }).await.expect("the same again");
        settings::save(&clinic.app, actor, form).await.expect_err("out of date");
        let specialty = specialties::add(&clinic.app, actor, "Cardiology").await.expect("added");
        specialties::add(&clinic.app, actor, "cardiology").await.expect_err("taken");
        specialties::rename(&clinic.app, actor, specialty, "Cardiology", "Heart").await.expect("renamed");
        specialties::remove(&clinic.app, actor, specialty).await.expect("removed");
        let mut place = LocationForm {
            id: None,
            name: "Harbour".into(),
            address: "1 Quay".into(),
            phone: "020 7946 0001".into(),
            time_zone: "Europe/Paris".into(),
            seen: String::new(),
        };
        locations::save(&clinic.app, actor, place.clone()).await.expect("added");
        let rows = locations::locations(&clinic.app).await.expect("a list");
        let id = rows.iter().find(|row| row.name == "Harbour").expect("listed").id;
        let page = locations::location(&clinic.app, &id.to_string()).await.expect("a page");
        place = LocationForm { id: Some(id), phone: "020 7946 0002".into(), seen: page.location.expect("there").seen, ..place };
        locations::save(&clinic.app, actor, place).await.expect("changed");
        let closure = ClosureForm {
            location: id.to_string(),
            first: ["24", "12", "2026"].map(str::to_owned),
            last: Default::default(),
            reason: "Holiday".into(),
            keep_appointments: None,
        };
        closures::add(&clinic.app, actor, closure).await.expect("closed");
        let closed = closures::closures(&clinic.app).await.expect("a list").coming[0].id;
        closures::remove(&clinic.app, actor, closed).await.expect("reopened");
        locations::remove(&clinic.app, actor, id).await.expect("removed");
        let expected = [
            "settings.changed",
            "specialty.added",
            "specialty.renamed",
            "specialty.removed",
            "location.added",
            "location.changed",
            "closure.added",
            "closure.removed",
            "location.removed",
        ];
        assert_eq!(actions(&clinic).await, expected);
        let page = audit_log::page(&clinic.app, AuditQuery { action: "location.changed".into(), ..AuditQuery::default() }).await.expect("a page");
        let line = &page.lines[0];
        assert_eq!((line.when.as_str(), line.who.as_str(), line.what.as_str()), ("Monday 5 January, 8am", "Test Person", "Location changed"));
        assert_eq!(line.details, "Harbour: phone 020 7946 0001 to 020 7946 0002");
        assert_eq!(line.href.as_deref(), Some(format!("/admin/locations/{id}").as_str()));
    }

    async fn no_line_is_ever_changed_or_deleted(clinic: TestClinic) {
        write(&clinic, Author::SYSTEM, NOW, "location.added", "Harbour").await;
        clinic.execute("update audit_entries set details = 'nothing'").await.expect_err("never changed");
        clinic.execute("delete from audit_entries").await.expect_err("never deleted");
        if matches!(clinic.app.db.pools, docslot::db::Pools::Postgres(_)) {
            clinic.execute("truncate audit_entries").await.expect_err("never emptied");
        }
        assert_eq!(clinic.count("select count(*) from audit_entries where details = 'Harbour'").await, 1);
    }

    async fn filters_and_pages_find_lines(clinic: TestClinic) {
        let (ana, ben) = (clinic.user(Role::Admin).await, clinic.user(Role::Admin).await);
        for minute in 0..60 {
            write(&clinic, by(ana), NOW.plus_minutes(minute), "location.changed", &format!("line {minute}")).await;
        }
        write(&clinic, by(ben), NOW.plus_minutes(3 * 24 * 60), "location.removed", "by Ben").await;
        write(&clinic, Author::SYSTEM, NOW.plus_minutes(-24 * 60), "location.added", "at first").await;
        let page = async |query: AuditQuery| audit_log::page(&clinic.app, query).await.expect("a page");

        let all = page(AuditQuery::default()).await;
        assert_eq!((all.total, all.page, all.pages, all.lines.len()), (62, 1, 2, 50));
        assert_eq!(all.lines[0].details, "by Ben", "the newest first");
        let last = page(AuditQuery { page: 99, ..AuditQuery::default() }).await;
        assert_eq!((last.page, last.lines.len()), (2, 12));
        assert_eq!(last.lines[11].who, "Command line or system");
        assert_eq!(all.actions.len(), 3);
        assert_eq!(all.actors.len(), 4, "two people, those not signed in, and the system");

        let found = page(AuditQuery { actor: ben.user.to_string(), ..AuditQuery::default() }).await;
        assert_eq!((found.total, found.lines[0].details.as_str()), (1, "by Ben"));
        let found = page(AuditQuery { actor: SYSTEM.into(), ..AuditQuery::default() }).await;
        assert_eq!((found.total, found.lines[0].details.as_str()), (1, "at first"));
        let found = page(AuditQuery { action: "location.changed".into(), ..AuditQuery::default() }).await;
        assert_eq!(found.total, 60);
        let found = page(AuditQuery { from: "2026-01-06".into(), ..AuditQuery::default() }).await;
        assert_eq!(found.total, 1);
        let found = page(AuditQuery { from: "2026-01-05".into(), until: "2026-01-05".into(), ..AuditQuery::default() }).await;
        assert_eq!(found.total, 60, "the last day counts");
        let wrong = page(AuditQuery { from: "yesterday".into(), ..AuditQuery::default() }).await;
        assert_eq!(wrong.problem, Some(AppError::field("from", FieldCode::NotADate)));
        assert_eq!(wrong.total, 62, "what cannot be read is left out");
    }

    async fn the_file_is_for_staff_and_opens_safely_in_a_spreadsheet(clinic: TestClinic) {
        let evil = "=HYPERLINK(\"//evil.example\",\"x\")";
        for (minute, details) in [(0, evil), (1, "+1"), (2, "-1"), (3, "@sum"), (4, "two\nlines, and \"quotes\""), (5, "plain")] {
            write(&clinic, Author::SYSTEM, NOW.plus_minutes(minute), "location.changed", details).await;
        }
        let web = Web::serve(&clinic.app).await;
        let mut nobody = web.browser();
        let refused = nobody.get("/admin/audit.csv").await;
        assert_eq!(refused.status, 401);
        assert!(refused.header("content-type").starts_with("text/html"), "{refused:?}");
        let mut patient = web.browser();
        patient.get("/register").await;
        let fields = [("name", "Ana Novak"), ("email", "ana@example.org"), ("phone", ""), ("password", "quiet green bicycle"), ("next", "/")];
        patient.post("/fn/register", &fields).await;
        assert_eq!(patient.get("/admin/audit.csv").await.status, 403);

        let mut staff = staff(&clinic, &web).await;
        let page = staff.get("/admin/audit?action=location.changed&page=1").await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("href=\"/admin/audit.csv?action=location%2Echanged\""), "{}", page.body);
        let file = staff.get("/admin/audit.csv?action=location.changed").await;
        assert_eq!(file.status, 200);
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        assert!(file.header("content-disposition").starts_with("attachment"));
        assert_eq!(file.header("cache-control"), "no-store");
        let rows: Vec<&str> = file.body.split("\r\n").collect();
        assert!(rows[0].starts_with("Time (Europe/London),Time (UTC),Who,Action,"), "{}", rows[0]);
        assert!(rows[1].starts_with("2026-01-05T08:05,20260105T080500Z,Command line or system,location.changed,Location changed,Location,"));
        assert!(rows[1].ends_with(",plain"), "{}", rows[1]);
        assert!(rows[2].ends_with(",\"two\nlines, and \"\"quotes\"\"\""), "{}", rows[2]);
        for (row, cell) in [(3, ",'@sum"), (4, ",'-1"), (5, ",'+1"), (6, ",\"'=HYPERLINK(\"\"//evil.example\"\",\"\"x\"\")\"")] {
            assert!(rows[row].ends_with(cell), "{}", rows[row]);
        }
        assert_eq!((rows.len(), rows[7]), (8, ""));
        assert_eq!(staff.get("/admin/audit.csv?from=yesterday").await.status, 422);
        let page = staff.get("/admin/audit?from=yesterday").await;
        assert!(page.text().contains("Enter a date that exists"), "{}", page.text());
    }
}

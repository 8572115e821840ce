//! Statistics: the numbers are those of a slow count, and files for sharing hide groups of fewer than five people.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use docslot::{
    accounts::Role,
    admin::{
        model::statistics::{Figure, Statistics, StatisticsQuery},
        server::statistics::{file, statistics},
    },
    booking::{
        ActorRole, CancelReason, Status,
        server::{self as booking, Terms},
    },
    error::AppError,
    ids::{LocationId, PersonId},
    on,
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    web::{Browser, Web},
};

const PASSWORD: &str = "quiet green bicycle";
const DAY: i64 = 86_400;

/// An appointment as the tests write and count it.
#[derive(Clone)]
struct Past {
    doctor: usize,
    patient: PersonId,
    zone: &'static str,
    start: Timestamp,
    minutes: i64,
    booked: Timestamp,
    status: Status,
    cancelled_by: Option<ActorRole>,
    late: bool,
}

impl Past {
    fn zone(&self) -> Zone {
        Zone::parse(self.zone).expect("a zone")
    }

    fn date(&self) -> LocalDate {
        self.zone().local_date(self.start)
    }

    fn takes_place(&self) -> bool {
        matches!(self.status, Status::Booked | Status::Arrived | Status::Completed | Status::NoShow)
    }
}

/// Writes appointments behind the program's back; they may lie over each other.
async fn write(clinic: &TestClinic, appointments: &[Past]) {
    let new_york = LocationId(Uuid::now_v7());
    let (appointments, doctors, london) = (appointments.to_vec(), clinic.doctors.clone(), clinic.london);
    let terms: Vec<Terms> = (0..doctors.len()).map(|doctor| clinic.terms(doctor)).collect();
    clinic
        .write(move |mut tx| {
            let (appointments, doctors, terms) = (appointments.clone(), doctors.clone(), terms.clone());
            Box::pin(async move {
                let conn = &mut tx;
                let sql = "insert into locations (id, name, address, phone, time_zone)
                    values ($1, 'Harbour', '1 Pier', '1', 'America/New_York')";
                on!(conn, |c| sqlx::query(sql).bind(new_york).execute(c).await?.rows_affected());
                let sql = "insert into appointments (id, reference, doctor_id, patient_id, terms_id, status, version,
                        overbook, starts_at, ends_at, utc_offset_seconds, buffer_before_minutes, buffer_after_minutes,
                        cancelled_by, cancelled_late, created_at, updated_at, answer_by)
                    values ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $10, 0, 0, $11, $12, $13, $13, $8)";
                for (number, appointment) in appointments.iter().enumerate() {
                    let zone = appointment.zone();
                    let place = if appointment.zone == "Europe/London" { london } else { new_york };
                    let terms = terms[appointment.doctor].clone();
                    let terms = Terms { location_id: place, time_zone: appointment.zone.to_owned(), ..terms };
                    let terms = terms.write(conn).await?;
                    on!(conn, |c| {
                        let query = sqlx::query(sql).bind(Uuid::now_v7()).bind(format!("R{number}"));
                        let query = query.bind(doctors[appointment.doctor].id).bind(appointment.patient);
                        let query = query.bind(terms).bind(appointment.status).bind(true);
                        let query =
                            query.bind(appointment.start).bind(appointment.start.plus_minutes(appointment.minutes));
                        let query = query.bind(zone.offset_seconds(appointment.start));
                        let query =
                            query.bind(appointment.cancelled_by).bind(appointment.late).bind(appointment.booked);
                        query.execute(c).await?.rows_affected()
                    });
                }
                Ok(())
            })
        })
        .await;
}

async fn patients(clinic: &TestClinic, number: usize) -> Vec<PersonId> {
    let mut patients = Vec::new();
    for _ in 0..number {
        patients.push(clinic.patient().await.user);
    }
    patients
}

/// Appointments of two zones over both changes of the clocks in spring, at all hours of day and night.
fn random_appointments(patients: &[PersonId], number: usize) -> Vec<Past> {
    let mut dice = StdRng::seed_from_u64(20_260_308);
    let from = "2026-02-23".parse::<LocalDate>().expect("a date");
    let statuses = [
        Status::Booked,
        Status::Arrived,
        Status::Completed,
        Status::Completed,
        Status::NoShow,
        Status::Cancelled,
        Status::Cancelled,
        Status::Rescheduled,
        Status::Declined,
        Status::Requested,
    ];
    let appointment = |_| {
        let zone_name = ["Europe/London", "America/New_York"][dice.random_range(0..2)];
        let zone = Zone::parse(zone_name).expect("a zone");
        let date = from.plus_days(dice.random_range(0..50));
        let hour = if dice.random_range(0..4) == 0 { dice.random_range(0..24) } else { dice.random_range(9..12) };
        let start = zone.window_start(date, hour * 60 + 5 * dice.random_range(0..12));
        let status = statuses[dice.random_range(0..statuses.len())];
        let roles = [ActorRole::Patient, ActorRole::Patient, ActorRole::Doctor, ActorRole::Admin, ActorRole::System];
        let cancelled_by = (status == Status::Cancelled).then(|| roles[dice.random_range(0..roles.len())]);
        Past {
            doctor: dice.random_range(0..4),
            patient: patients[dice.random_range(0..patients.len())],
            zone: zone_name,
            start,
            minutes: [15, 30, 50, 90][dice.random_range(0..4)],
            booked: start.plus_minutes(-dice.random_range(0..40 * 24 * 60)),
            status,
            cancelled_by,
            late: cancelled_by == Some(ActorRole::Patient) && dice.random_range(0..3) == 0,
        }
    };
    (0..number).map(appointment).collect()
}

/// A group of the slow count.
#[derive(Default)]
struct Group {
    total: i64,
    people: HashSet<PersonId>,
}

impl Group {
    fn add(&mut self, number: i64, appointment: &Past) {
        self.total += number;
        self.people.insert(appointment.patient);
    }

    fn hidden(&self) -> bool {
        (1..5).contains(&self.people.len())
    }

    /// As a file for sharing has it.
    fn shared(&self, to: i64) -> String {
        match self.hidden() {
            true => FEW.to_owned(),
            false => ((self.total as f64 / to as f64).round() as i64 * to).to_string(),
        }
    }
}

const FIGURES: [&str; 5] = ["days", "hours", "missed", "lead", "cancelled"];

/// Counts again, appointment by appointment and minute by minute.
#[derive(Default)]
struct SlowCount {
    days: BTreeMap<String, Group>,
    hours: BTreeMap<String, Group>,
    known: BTreeMap<String, Group>,
    attended: BTreeMap<String, Group>,
    missed: BTreeMap<String, Group>,
    lead: BTreeMap<&'static str, Group>,
    cancelled: BTreeMap<&'static str, Group>,
}

const FEW: &str = "fewer than 5 people";
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl SlowCount {
    fn of(appointments: &[Past], first: LocalDate, last: LocalDate) -> SlowCount {
        let mut count = SlowCount::default();
        for appointment in appointments.iter().filter(|appointment| (first..=last).contains(&appointment.date())) {
            let week = appointment.date().monday().to_string();
            if appointment.takes_place() {
                // more than 62 days are shown by week
                let period = if last.days_since(first) < 62 { appointment.date().to_string() } else { week.clone() };
                count.days.entry(period).or_default().add(1, appointment);
                let ahead = appointment.date().days_since(appointment.zone().local_date(appointment.booked));
                let group = match ahead {
                    0 => "Same day",
                    1 | 2 => "1 to 2 days",
                    3..=7 => "3 to 7 days",
                    8..=14 => "8 to 14 days",
                    15..=28 => "15 to 28 days",
                    _ => "29 days or more",
                };
                count.lead.entry(group).or_default().add(1, appointment);
                for minute in 0..appointment.minutes {
                    let minute = i64::from(appointment.zone().minute_of_day(appointment.start)) + minute;
                    let date = appointment.date().plus_days(minute / 1440);
                    let weekday = WEEKDAYS[usize::from(date.weekday()) - 1];
                    let hour = format!("{weekday} {:02}:00", minute % 1440 / 60);
                    count.hours.entry(hour).or_default().add(1, appointment);
                }
            }
            if matches!(appointment.status, Status::Arrived | Status::Completed | Status::NoShow) {
                count.known.entry(week.clone()).or_default().add(1, appointment);
                let came = appointment.status != Status::NoShow;
                let groups = if came { &mut count.attended } else { &mut count.missed };
                groups.entry(week).or_default().add(1, appointment);
            }
            if appointment.status == Status::Cancelled {
                let by = match (appointment.cancelled_by, appointment.late) {
                    (Some(ActorRole::Patient), false) => "Patients, in time",
                    (Some(ActorRole::Patient), true) => "Patients, late",
                    (Some(ActorRole::Doctor), _) => "Doctors",
                    _ => "Clinic staff",
                };
                count.cancelled.entry(by).or_default().add(1, appointment);
            }
        }
        count
    }

    /// The numbers of the page.
    fn assert_agrees(&self, found: &Statistics) {
        let none = Group::default();
        let total = |group: Option<&Group>| group.unwrap_or(&none).total.to_string();
        let tables = |id: &str| figure(found, id).table.rows.clone();
        for row in tables("days") {
            assert_eq!(row.cells, [total(self.days.get(&row.code))], "appointments on {}", row.code);
        }
        for row in tables("hours") {
            assert_eq!(row.cells[0], total(self.hours.get(&row.code)), "booked minutes on {}", row.code);
        }
        let all: i64 = self.lead.values().map(|group| group.total).sum();
        for row in tables("lead") {
            let group = self.lead.get(row.code.as_str()).unwrap_or(&none);
            assert_eq!(row.cells, [group.total.to_string(), percent(group.total, all)], "booked {} ahead", row.code);
        }
        for row in tables("cancelled") {
            assert_eq!(row.cells, [total(self.cancelled.get(row.code.as_str()))], "cancelled by {}", row.code);
        }
        for row in tables("missed") {
            let (known, missed) = (self.known.get(&row.code), self.missed.get(&row.code));
            assert_eq!(row.cells[..2], [total(known), total(missed)], "outcomes in the week of {}", row.code);
            let share = known.map(|known| percent(missed.unwrap_or(&none).total, known.total));
            assert_eq!(row.cells[2], share.unwrap_or_else(|| "no appointments".to_owned()), "{}", row.code);
        }
    }

    /// The numbers of the files for sharing; gives how many of them are hidden.
    async fn assert_shared(&self, clinic: &TestClinic, asked: &StatisticsQuery) -> usize {
        let none = Group::default();
        let mut hidden = 0;
        for which in FIGURES {
            let (_, text) = file(&clinic.app, which, asked.clone(), true).await.expect("a file");
            for row in csv::Reader::from_reader(text.as_bytes()).records() {
                let row = row.expect("a row");
                let (code, cells) = (row[0].to_owned(), row.iter().skip(1).collect::<Vec<_>>());
                let (group, step) = match which {
                    "days" => (self.days.get(&code), 5),
                    "hours" => (self.hours.get(&code), 60),
                    "missed" => (self.known.get(&code), 5),
                    "lead" => (self.lead.get(code.as_str()), 5),
                    _ => (self.cancelled.get(code.as_str()), 5),
                };
                assert_eq!(cells[0], group.unwrap_or(&none).shared(step), "{which}: {row:?}");
                if which == "missed" {
                    self.assert_shared_outcomes(&code, &cells);
                }
                hidden += cells.iter().filter(|cell| **cell == FEW).count();
            }
        }
        hidden
    }

    /// A week's appointments with an outcome, those missed, and their share.
    fn assert_shared_outcomes(&self, monday: &str, cells: &[&str]) {
        let none = Group::default();
        let group = |groups: &BTreeMap<String, Group>| {
            let group = groups.get(monday).unwrap_or(&none);
            (group.shared(5), group.hidden())
        };
        let ((known, few_known), (missed, few_missed)) = (group(&self.known), group(&self.missed));
        let few_came = group(&self.attended).1;
        match few_known || few_came {
            true => assert_eq!(cells[1..], ["not shown", "not shown"], "{monday}"),
            false => assert_eq!(cells[1], missed, "missed in the week of {monday}"),
        }
        assert_eq!(cells[2] == "not shown", few_known || few_missed || few_came, "{monday}");
        if let (Ok(known), Ok(missed)) = (known.parse::<i64>(), cells[1].parse::<i64>())
            && known > 0
        {
            assert_eq!(cells[2], percent(missed, known), "{monday}");
        }
    }
}

fn percent(part: i64, whole: i64) -> String {
    format!("{}%", (100.0 * part as f64 / whole as f64).round())
}

fn figure<'a>(found: &'a Statistics, id: &str) -> &'a Figure {
    found.figures.iter().find(|figure| figure.id == id).expect("a figure")
}

fn query(from: &str, until: &str, doctor: &str) -> StatisticsQuery {
    StatisticsQuery { from: from.into(), until: until.into(), doctor: doctor.into() }
}

async fn staff(clinic: &TestClinic, web: &Web) -> Browser {
    let email = "admin@example.org";
    docslot::accounts::server::create_admin(&clinic.app, email, "Staff", PASSWORD).await.expect("an admin");
    let mut staff = web.browser();
    staff.get("/sign-in?next=/admin").await;
    let answer = staff.post("/fn/sign_in", &[("email", email), ("password", PASSWORD), ("next", "/admin")]).await;
    assert_eq!(answer.location(), "/admin");
    staff
}

/// Fourteen days of enough people in every group: 20 patients come at 10am each day, and some of them miss or cancel.
fn plenty(patients: &[PersonId]) -> Vec<Past> {
    let zone = Zone::parse("Europe/London").expect("a zone");
    let first: LocalDate = "2025-12-01".parse().expect("a date");
    let appointment = |number: i64| {
        let (day, person) = (number / 20, number % 20);
        let start = zone.window_start(first.plus_days(day), 600);
        let status = match person {
            0 | 1 => Status::NoShow,
            2 | 3 => Status::Cancelled,
            _ => Status::Completed,
        };
        let roles = [
            (ActorRole::Patient, false),
            (ActorRole::Patient, true),
            (ActorRole::Doctor, false),
            (ActorRole::Admin, false),
        ];
        let (role, late) = roles[usize::try_from(day).expect("a day") % 4];
        Past {
            doctor: 0,
            // each comes at another place of the list on another day
            patient: patients[usize::try_from(person + 3 * day).expect("a place") % patients.len()],
            zone: "Europe/London",
            start,
            minutes: 30,
            booked: start.plus_seconds(-DAY * [0, 2, 5, 10, 20, 30][usize::try_from(number % 6).expect("a group")]),
            status,
            cancelled_by: (status == Status::Cancelled).then_some(role),
            late: late && status == Status::Cancelled,
        }
    };
    (0..14 * 20).map(appointment).collect()
}

both_databases! {
    async fn the_numbers_are_those_of_a_slow_count(clinic: TestClinic) {
        let patients = patients(&clinic, 40).await;
        let appointments = random_appointments(&patients, 900);
        write(&clinic, &appointments).await;
        for (from, until) in [("2026-02-23", "2026-04-13"), ("2026-03-08", "2026-03-08"), ("2026-03-29", "2026-04-01"), ("2026-02-01", "2026-05-01")] {
            let found = statistics(&clinic.app, query(from, until, "")).await.expect("statistics");
            let count = SlowCount::of(&appointments, from.parse().expect("a date"), until.parse().expect("a date"));
            count.assert_agrees(&found);
            assert!(count.assert_shared(&clinic, &query(from, until, "")).await > 0, "some groups are small");
        }
        // one doctor's are counted another way
        let own: Vec<Past> = appointments.iter().filter(|appointment| appointment.doctor == 2).cloned().collect();
        let asked = query("2026-02-23", "2026-04-13", "doctor-3");
        let found = statistics(&clinic.app, asked.clone()).await.expect("statistics");
        let count = SlowCount::of(&own, "2026-02-23".parse().expect("a date"), "2026-04-13".parse().expect("a date"));
        count.assert_agrees(&found);
        assert!(count.assert_shared(&clinic, &asked).await > 0, "some groups are small");
    }

    async fn where_no_group_is_small_nothing_is_hidden(clinic: TestClinic) {
        let patients = patients(&clinic, 20).await;
        let appointments = plenty(&patients);
        write(&clinic, &appointments).await;
        let found = statistics(&clinic.app, query("2025-12-01", "2025-12-14", "")).await.expect("statistics");
        let count = SlowCount::of(&appointments, "2025-12-01".parse().expect("a date"), "2025-12-14".parse().expect("a date"));
        count.assert_agrees(&found);
        assert_eq!(count.assert_shared(&clinic, &query("2025-12-01", "2025-12-14", "")).await, 0);
        assert_eq!(figure(&found, "days").table.rows.len(), 14);
        // four doctors work from 9am to 5pm every day: two Mondays of 240 minutes in each hour
        let hours = &figure(&found, "hours").table.rows;
        assert_eq!(hours.len(), 7 * 8);
        assert!(hours.iter().all(|row| row.cells[1] == "480"), "{hours:?}");
        let monday_at_10 = hours.iter().find(|row| row.code == "Monday 10:00").expect("a row");
        assert_eq!(monday_at_10.cells, ["1080", "480", "225%"]);
        assert!(figure(&found, "missed").finding.starts_with("11% of appointments were missed: 28 of 252"), "{}", figure(&found, "missed").finding);
    }

    async fn what_changes_after_a_look_is_in_the_next_one(clinic: TestClinic) {
        let kept = async |measure: &str| {
            let sql = match measure {
                "appointments" => "select total from appointment_counts where measure = 'appointments' and local_date = '2026-01-06'",
                _ => "select total from appointment_counts where measure = 'cancelled' and local_date = '2026-01-06'",
            };
            clinic.count(sql).await
        };
        let mut booked = Vec::new();
        for number in 0..12 {
            let patient = clinic.patient().await;
            let start = TOMORROW_9.plus_minutes(30 * (number / 2));
            let doctor = usize::try_from(number % 2).expect("a place");
            booked.push((patient, clinic.book(patient, doctor, start).await.expect("a booking")));
        }
        let asked = || query("2026-01-05", "2026-01-07", "");
        statistics(&clinic.app, asked()).await.expect("statistics");
        assert_eq!(kept("appointments").await, 12);
        clinic.clock.set(clinic.app.clock.now().plus_seconds(45));
        for (patient, id) in booked.iter().take(6) {
            let version = clinic.row(*id).await.version;
            booking::cancel(&clinic.app, *patient, *id, version, Some(CancelReason::Mistake)).await.expect("a cancellation");
        }
        let found = statistics(&clinic.app, asked()).await.expect("statistics");
        assert_eq!((kept("appointments").await, kept("cancelled").await), (6, 6));
        assert_eq!(figure(&found, "days").table.rows[1].cells, ["6"]);
        assert_eq!(figure(&found, "cancelled").table.rows[0].cells, ["6"]);
        // an hour later nothing is new, and a count from nothing gives the same
        clinic.clock.set(clinic.app.clock.now().plus_seconds(3_600));
        let later = statistics(&clinic.app, asked()).await.expect("statistics");
        clinic.execute("delete from appointment_counts_state").await.expect("forgetting");
        let again = statistics(&clinic.app, asked()).await.expect("statistics");
        assert_eq!((&later.figures, &again.figures), (&found.figures, &found.figures));
        assert_eq!(clinic.count("select count(*) from appointment_counts_state").await, 1);
        // a clock that was put back does not hide what is booked then
        clinic.clock.set(clinic.app.clock.now().plus_seconds(-2_000));
        clinic.book(clinic.patient().await, 3, TOMORROW_9).await.expect("a booking");
        statistics(&clinic.app, asked()).await.expect("statistics");
        assert_eq!(kept("appointments").await, 7);
    }

    async fn looks_at_the_same_moment_do_not_disturb_each_other(clinic: TestClinic) {
        let patients = patients(&clinic, 20).await;
        write(&clinic, &plenty(&patients)).await;
        let looks: Vec<_> = (0..6)
            .map(|_| {
                let app = clinic.app.clone();
                tokio::spawn(async move { statistics(&app, query("2025-12-01", "2025-12-14", "")).await })
            })
            .collect();
        let mut answers = Vec::new();
        for look in looks {
            answers.push(look.await.expect("no panic").expect("statistics").figures);
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(clinic.count("select cast(sum(total) as bigint) from appointment_counts where measure = 'appointments'").await, 252);
    }

    async fn files_for_sharing_hide_small_groups_and_everything_else_is_exact(clinic: TestClinic) {
        let patients = patients(&clinic, 20).await;
        let mut appointments = plenty(&patients);
        // 71 appointments of two people on a day on which no other patient comes, 27 of which they missed
        let odd = appointments[0].clone();
        appointments.extend((0..71).map(|number| Past {
            patient: patients[number % 2],
            start: Timestamp(odd.start.0 + 14 * DAY + 4 * 3_600),
            booked: Timestamp(odd.start.0),
            status: if number < 27 { Status::NoShow } else { Status::Completed },
            ..odd.clone()
        }));
        write(&clinic, &appointments).await;
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        let page = staff.get("/admin/statistics?from=2025-12-01&until=2025-12-20").await;
        assert_eq!(page.status, 200);
        for shown in [">71<", ">27<", ">2130<", "17% of appointments were missed: 55 of 323"] {
            assert!(page.body.contains(shown), "{shown} in {}", page.body);
        }
        assert!(page.text().contains("It hides groups of fewer than 5 people"), "{}", page.text());
        let secret = |cell: &&str| ["71", "27", "44", "2130", "98", "323", "55"].contains(cell);
        for which in FIGURES {
            let address = format!("/admin/statistics.csv?which={which}&from=2025-12-01&until=2025-12-20");
            let shared = format!("{address}&suppress=true");
            assert!(page.body.contains(&format!("href=\"{}\"", shared.replace('&', "&amp;"))), "{shared} in {}", page.body);
            let file = staff.get(&shared).await;
            assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"));
            assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"{which}-2025-12-01-2025-12-20-for-sharing.csv\""));
            let cells: Vec<&str> = file.body.lines().flat_map(|line| line.split(',').skip(1)).collect();
            assert!(cells.iter().all(|cell| !secret(&cell.trim_matches('"'))), "{which}: {}", file.body);
            let plain = staff.get(&address).await;
            assert_eq!(plain.header("content-disposition"), format!("attachment; filename=\"{which}-2025-12-01-2025-12-20.csv\""));
            assert_eq!(plain.body, staff.get(&format!("{address}&suppress=false")).await.body);
            assert!(!plain.body.contains("fewer") && !plain.body.contains("not shown"), "{which}: {}", plain.body);
        }
        let days = "/admin/statistics.csv?which=days&from=2025-12-01&until=2025-12-20";
        let exact = staff.get(days).await.body;
        assert!(exact.starts_with("Day,Appointments\r\n2025-12-01,18\r\n2025-12-02,18\r\n"), "{exact}");
        assert!(exact.contains("2025-12-15,71\r\n2025-12-16,0\r\n"), "{exact}");
        let shared = staff.get(&format!("{days}&suppress=true")).await.body;
        assert!(shared.starts_with("Day,Appointments\r\n2025-12-01,20\r\n2025-12-02,20\r\n"), "{shared}");
        assert!(shared.contains("2025-12-15,fewer than 5 people\r\n2025-12-16,0\r\n"), "{shared}");
        assert_eq!((exact.lines().count(), shared.lines().count()), (21, 21));
        // a switch that cannot be read gives no file at all
        assert_eq!(staff.get(&format!("{days}&suppress=yes")).await.status, 400);
    }

    async fn only_staff_may_look(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut nobody = web.browser();
        let page = nobody.get("/admin/statistics").await;
        assert_eq!(page.location(), "/sign-in?next=%2Fadmin%2Fstatistics");
        assert_eq!(nobody.get("/admin/statistics.csv?which=days").await.status, 401);
        nobody.get("/register").await;
        let fields = [("name", "Ana"), ("email", "ana@example.org"), ("phone", ""), ("password", PASSWORD), ("next", "/")];
        nobody.post("/fn/register", &fields).await;
        for role in [Role::Patient, Role::Doctor] {
            let sql = if role == Role::Patient { "update persons set role = 'patient'" } else { "update persons set role = 'doctor'" };
            clinic.execute(sql).await.expect("a role");
            for address in ["/admin/statistics", "/admin/statistics.csv?which=days", "/admin/statistics.csv?which=days&suppress=true", "/admin/statistics.csv?which=nonsense&from=x"] {
                assert_eq!(nobody.get(address).await.status, 403, "{address} for {role:?}");
            }
            let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
            assert_eq!(nobody.send("POST", "/fn/admin/statistics", &headers, "from=x").await.status, 403);
        }
    }

    async fn dates_that_cannot_be_used_are_named_and_the_last_28_days_shown(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        let page = staff.get("/admin/statistics").await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("No appointments in this time"), "{}", page.text());
        assert!(page.text().contains("Tuesday 9 December 2025 to Monday 5 January 2026, all doctors"), "{}", page.text());
        for (asked, words) in [
            ("from=2025-02-30", "Enter a date that exists"),
            ("until=soon", "Enter a date that exists"),
            ("from=2026-01-03&until=2026-01-02", "The last day must not be before the first day"),
            ("from=2023-10-25&until=2026-01-02", "Choose at most 800 days"),
        ] {
            let page = staff.get(&format!("/admin/statistics?{asked}")).await;
            assert_eq!(page.status, 200, "{asked}");
            assert!(page.text().contains(words) && page.text().contains("There is a problem"), "{asked}: {}", page.text());
            assert!(page.text().contains("Tuesday 9 December 2025 to"), "{asked}");
            assert_eq!(staff.get(&format!("/admin/statistics.csv?which=days&{asked}")).await.status, 422, "{asked}");
        }
        let longest = staff.get("/admin/statistics?from=2023-10-26&until=2026-01-02").await;
        assert!(!longest.text().contains("There is a problem"), "{}", longest.text());
        assert_eq!(staff.get("/admin/statistics?doctor=nobody").await.status, 404);
        assert_eq!(staff.get("/admin/statistics?doctor=doctor-2").await.status, 200);
        assert_eq!(staff.get("/admin/statistics.csv?which=everything").await.status, 404);
        assert_eq!(staff.get("/admin/statistics.csv?which=days&doctor=nobody").await.status, 404);
        assert_eq!(file(&clinic.app, "days", query("", "", "nobody"), false).await.err(), Some(AppError::NotFound));
    }

    async fn every_plot_has_a_title_that_says_what_it_shows_and_ids_of_its_own(clinic: TestClinic) {
        let patients = patients(&clinic, 20).await;
        write(&clinic, &plenty(&patients)).await;
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        let page = staff.get("/admin/statistics?from=2025-12-01&until=2025-12-14").await;
        let ids = page.attributes("id=\"", "id");
        let unique: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len(), "{ids:?}");
        let plots = page.attributes("role=\"img\"", "aria-labelledby");
        assert_eq!(plots.len(), 4, "the fifth is a table");
        for names in plots {
            assert!(names.split(' ').all(|name| unique.contains(&name.to_owned())), "{names}");
        }
        let text = page.text();
        for finding in [
            "11% of appointments were missed: 28 of 252",
            "The largest group of appointments is booked",
            "of the offered time is booked; the 7 fullest hours of the week are at 225%",
            "Appointments are spread evenly over the week: 18 a day on average",
        ] {
            assert_eq!(text.matches(finding).count(), 2, "{finding} stands in the caption and in the title: {text}");
        }
        assert!(!page.body.contains("style=\""), "the content security policy allows no inline styles");
        for caption in page.attributes("class=\"table-scroll\"", "aria-labelledby") {
            assert!(unique.contains(&caption), "{caption}");
        }
    }
}

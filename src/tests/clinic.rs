//! A small clinic on a database of its own, with a clock that stands still until a test moves it.
//!
//! Four doctors in London work every day from 9am to 5pm. Their first visit type takes 30 minutes, starts every 30
//! minutes, and can be changed until a day before. It is Monday 5 January 2026, 8am.

use std::{
    marker::PhantomData,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    pin::Pin,
};

use docslot::{
    accounts::{Role, server::person_words},
    booking::{
        AppointmentDetails, LateCancel, Mode, Status,
        server::{self as booking, Appointment, Booker, HoldRequest, Terms},
    },
    config::Settings,
    db::{Conn, Db, Engine, Error, Pools, Tx, WriteUnit},
    error::AppError,
    ids::{AppointmentId, DoctorId, LocationId, PersonId, SessionId, SpecialtyId, VisitTypeId},
    on,
    state::{AppState, Clock},
    text::server::telephone::Country,
    time::{Timestamp, server::LocalDate},
    web::request::Actor,
};
use futures_util::FutureExt;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

/// Monday 5 January 2026, 8am in London.
pub const NOW: Timestamp = Timestamp(1_767_600_000);
/// Tuesday 6 January 2026, 9am in London: the first time of the next day.
pub const TOMORROW_9: Timestamp = Timestamp(1_767_690_000);

pub struct TestClinic {
    pub app: AppState,
    pub clock: Clock,
    pub london: LocationId,
    pub doctors: Vec<TestDoctor>,
    /// The address of its database.
    pub url: String,
}

#[derive(Clone)]
pub struct TestDoctor {
    pub id: DoctorId,
    pub slug: String,
    /// 30 minutes, open to every patient.
    pub visit_type: VisitTypeId,
}

enum Cleanup {
    Folder(PathBuf),
    Database { server: String, name: String },
}

impl TestClinic {
    /// Runs a test body on a new clinic and clears up behind it, whether it passed or not.
    pub async fn run<F, Fut>(engine: Engine, body: F)
    where
        F: FnOnce(TestClinic) -> Fut,
        Fut: Future<Output = ()>,
    {
        let (clinic, cleanup) = TestClinic::open(engine).await;
        let db = clinic.app.db.clone();
        let outcome = AssertUnwindSafe(body(clinic)).catch_unwind().await;
        db.close().await;
        cleanup.run().await;
        if let Err(failure) = outcome {
            std::panic::resume_unwind(failure);
        }
    }

    async fn open(engine: Engine) -> (TestClinic, Cleanup) {
        let name = format!("docslot_test_{}", Uuid::now_v7().simple());
        let (url, cleanup) = match engine {
            Engine::Sqlite => {
                let folder = std::env::temp_dir().join(&name);
                (format!("sqlite://{}", folder.join("docslot.db").display()), Cleanup::Folder(folder))
            }
            Engine::Postgres => {
                let server = postgres_server();
                let mut admin = PgConnection::connect(&server).await.expect("the PostgreSQL of TEST_DATABASE_URL");
                let create = sqlx::AssertSqlSafe(format!("create database {name}"));
                sqlx::raw_sql(create).execute(&mut admin).await.expect("creating a database");
                (with_database(&server, &name), Cleanup::Database { server, name })
            }
        };
        let db = Db::connect(&url, 8).await.expect("connecting");
        db.migrate().await.expect("migrating");
        let mut settings = Settings::default();
        // no browser files were built for this program
        settings.leptos.hash_files = false;
        // tests let months pass within one session
        (settings.session.staff_idle_minutes, settings.session.staff_hours) = (1_000_000, 1_000_000);
        let clock = Clock::fixed(NOW);
        let app = AppState::with_clock(settings, db, clock.clone()).await.expect("building the app");
        let mut clinic = TestClinic { app, clock, london: LocationId(Uuid::now_v7()), doctors: Vec::new(), url };
        clinic.furnish().await;
        (clinic, cleanup)
    }

    async fn furnish(&mut self) {
        let london = self.london;
        let specialty = SpecialtyId(Uuid::now_v7());
        self.doctors = (1..=4)
            .map(|n| TestDoctor {
                id: DoctorId(Uuid::now_v7()),
                slug: format!("doctor-{n}"),
                visit_type: VisitTypeId(Uuid::now_v7()),
            })
            .collect();
        let doctors = self.doctors.clone();
        self.write(move |mut tx| {
            let doctors = doctors.clone();
            Box::pin(async move {
                let conn = &mut tx;
                let sql = "insert into locations (id, name, address, phone, time_zone)
                    values ($1, 'Riverside', '4 Mill Lane', '020 7946 0000', 'Europe/London')";
                on!(conn, |c| sqlx::query(sql).bind(london).execute(c).await?.rows_affected());
                let sql =
                    "insert into specialties (id, slug, name) values ($1, 'general-practice', 'General practice')";
                on!(conn, |c| sqlx::query(sql).bind(specialty).execute(c).await?.rows_affected());
                for doctor in &doctors {
                    add_doctor(conn, doctor, specialty, london).await?;
                }
                Ok(())
            })
        })
        .await;
    }

    /// Runs a write unit that must succeed.
    pub async fn write<T, F>(&self, run: F) -> T
    where
        T: Send + 'static,
        F: for<'a> Fn(Tx<'a>) -> Written<'a, T> + Send + Sync + 'static,
    {
        self.app.db.write(test_unit(run)).await.expect("a write unit of the test")
    }

    /// A new account.
    pub async fn user(&self, role: Role) -> Actor {
        let user = PersonId(Uuid::now_v7());
        self.write(move |mut tx| {
            Box::pin(async move {
                let sql = "insert into persons (id, email, display_name, search_text, role, password_hash, created_at)
                values ($1, $2, 'Test Person', ' test person#', $3, 'none', $4)";
                let email = format!("{user}@example.org");
                on!(tx, |c| {
                    sqlx::query(sql).bind(user).bind(&email).bind(role).bind(NOW).execute(c).await?.rows_affected()
                });
                person_words::index(&mut tx, user, Country::GB).await
            })
        })
        .await;
        Actor { user, role, session: SessionId(Uuid::now_v7()) }
    }

    /// A new patient.
    pub async fn patient(&self) -> Actor {
        self.user(Role::Patient).await
    }

    /// Holds and books a time with the doctor of this number.
    pub async fn book(&self, patient: Actor, doctor: usize, start: Timestamp) -> Result<AppointmentId, AppError> {
        let hold = booking::hold(&self.app, person(patient), self.request(doctor, start)).await?;
        booking::confirm(&self.app, person(patient), hold).await
    }

    /// The request for a time with the doctor of this number.
    pub fn request(&self, doctor: usize, start: Timestamp) -> HoldRequest {
        let doctor = &self.doctors[doctor];
        HoldRequest {
            doctor_slug: doctor.slug.clone(),
            visit_type: doctor.visit_type,
            start,
            previous: None,
            person: None,
        }
    }

    /// The row of an appointment.
    pub async fn row(&self, id: AppointmentId) -> Appointment {
        let mut reader = self.app.db.read().await.expect("a reader");
        Appointment::find(&mut reader.conn(), id).await.expect("an appointment")
    }

    /// What stands in the row as the patient's reason, whoever may read it.
    pub async fn reason(&self, id: AppointmentId) -> String {
        let mut reader = self.app.db.read().await.expect("a reader");
        let read = async |conn: &mut Conn<'_>| -> Result<String, Error> {
            conn.fetch_value("select reason from appointments where id = $1", (id,)).await
        };
        read(&mut reader.conn()).await.expect("a reason")
    }

    pub async fn status(&self, id: AppointmentId) -> Status {
        self.row(id).await.status
    }

    /// Accepts or declines a request as it is now.
    pub async fn answer(&self, actor: Actor, id: AppointmentId, accept: bool) -> Result<(), AppError> {
        let version = self.row(id).await.version;
        booking::answer_request(&self.app, actor, id, version, accept).await
    }

    /// The appointment as its patient sees it.
    pub async fn view(&self, actor: Actor, id: AppointmentId) -> AppointmentDetails {
        booking::appointment(&self.app, actor, id).await.expect("a view")
    }

    /// One number that a query yields.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let mut reader = self.app.db.read().await.expect("a reader");
        let count = async |conn: &mut Conn<'_>| -> Result<i64, Error> {
            Ok(on!(conn, |c| sqlx::query_scalar(sql).fetch_one(c).await?))
        };
        count(&mut reader.conn()).await.expect("a count")
    }

    /// The id that a query yields first.
    pub async fn an_id(&self, sql: &'static str) -> Uuid {
        let mut reader = self.app.db.read().await.expect("a reader");
        let id = async |conn: &mut Conn<'_>| -> Result<Uuid, Error> {
            Ok(on!(conn, |c| sqlx::query_scalar(sql).fetch_one(c).await?))
        };
        id(&mut reader.conn()).await.expect("an id")
    }

    /// What is agreed with the doctor of this number, for rows that are written past the program.
    pub fn terms(&self, doctor: usize) -> Terms {
        Terms {
            visit_type_id: self.doctors[doctor].visit_type,
            location_id: self.london,
            time_zone: "Europe/London".into(),
            doctor_name: "Dr doctor-1".into(),
            visit_type_name: "Consultation".into(),
            mode: Mode::InPerson,
            location_name: "Riverside".into(),
            location_address: String::new(),
            location_phone: String::new(),
            instructions: String::new(),
            needs_approval: false,
            cutoff_minutes: 1440,
            late_cancel: LateCancel::Allow,
        }
    }

    /// Lets statements change what was agreed, which nobody can while the rule against it stands.
    pub async fn let_terms_change(&self) {
        let sql = match self.app.db.pools {
            Pools::Sqlite { .. } => "drop trigger if exists appointment_terms_never_changed",
            Pools::Postgres(_) => "drop trigger if exists appointment_terms_never_changed on appointment_terms",
        };
        self.execute(sql).await.expect("dropping a rule");
    }

    /// Closes every connection: the database is gone for the app.
    pub async fn close_database(&self) {
        match &self.app.db.pools {
            Pools::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// Changes rows behind the program's back. A change of calendars raises the version of all, as the program does.
    pub async fn execute(&self, sql: &'static str) -> Result<u64, Error> {
        const CALENDARS: [&str; 7] =
            ["visit_types", "weekly_hours", "overrides", "time_off", "closures", "locations", "specialties"];
        const RAISE: &str = "update doctors set schedule_version = schedule_version + 1";
        let table =
            sql.trim_start_matches("insert into ").trim_start_matches("update ").trim_start_matches("delete from ");
        let is_calendar = CALENDARS.iter().any(|name| table.starts_with(name));
        self.app
            .db
            .write(test_unit(move |mut tx| {
                Box::pin(async move {
                    let changed = on!(tx, |c| sqlx::query(sql).execute(c).await?.rows_affected());
                    if is_calendar {
                        tx.execute(RAISE, ()).await?;
                    }
                    Ok(changed)
                })
            }))
            .await
    }
}

/// The patient as booking sees them.
pub fn person(patient: Actor) -> Booker {
    Booker { patient: Some(patient.user), carer: None, holder: None }
}

/// A browser without an account.
pub fn browser(name: &str) -> Booker {
    Booker { patient: None, carer: None, holder: Some(docslot::random::token_hash(name)) }
}

/// A doctor who works every day from 9am to 5pm, with one visit type.
pub async fn add_doctor(
    conn: &mut Conn<'_>,
    doctor: &TestDoctor,
    specialty: SpecialtyId,
    location: LocationId,
) -> Result<(), Error> {
    let sql =
        "insert into doctors (id, slug, name, designation, registration_number, about, accepts_new_patients, status)
        values ($1, $2, $3, '', '', '', $4, 'active')";
    let name = format!("Dr {}", doctor.slug);
    on!(conn, |c| {
        sqlx::query(sql).bind(doctor.id).bind(&doctor.slug).bind(&name).bind(true).execute(c).await?.rows_affected()
    });
    let sql = "insert into doctor_specialties (doctor_id, specialty_id, position) values ($1, $2, 1)";
    on!(conn, |c| sqlx::query(sql).bind(doctor.id).bind(specialty).execute(c).await?.rows_affected());
    let sql = "insert into doctor_languages (doctor_id, language) values ($1, 'en')";
    on!(conn, |c| sqlx::query(sql).bind(doctor.id).execute(c).await?.rows_affected());
    let sql = "insert into visit_types (id, doctor_id, name, position, mode, minutes, buffer_before_minutes,
            buffer_after_minutes, step_minutes, notice_minutes, horizon_days, audience, needs_approval, cutoff_minutes,
            late_cancel, instructions, active)
        values ($1, $2, 'Consultation', 1, 'in_person', 30, 0, 0, 30, 0, 60, 'any', $3, 1440, 'allow', '', $4)";
    on!(conn, |c| {
        sqlx::query(sql)
            .bind(doctor.visit_type)
            .bind(doctor.id)
            .bind(false)
            .bind(true)
            .execute(c)
            .await?
            .rows_affected()
    });
    let from = LocalDate::new(2025, 1, 6).expect("a date");
    for weekday in 1..=7 {
        let sql = "insert into weekly_hours (id, doctor_id, location_id, weekday, start_minute, end_minute, valid_from,
                every_weeks)
            values ($1, $2, $3, $4, 540, 1020, $5, 1)";
        on!(conn, |c| {
            let query = sqlx::query(sql).bind(Uuid::now_v7()).bind(doctor.id).bind(location).bind(weekday).bind(from);
            query.execute(c).await?.rows_affected()
        });
    }
    Ok(())
}

pub fn postgres_server() -> String {
    std::env::var("TEST_DATABASE_URL")
        .unwrap_or_else(|_| panic!("TEST_DATABASE_URL must name a PostgreSQL server; `make test` starts one by itself"))
}

/// The same server, another database.
pub fn with_database(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').map_or((server, String::new()), |(base, q)| (base, format!("?{q}")));
    let base = match base.splitn(4, '/').collect::<Vec<_>>().as_slice() {
        [scheme, "", host, _] => format!("{scheme}//{host}"),
        _ => base.trim_end_matches('/').to_owned(),
    };
    format!("{base}/{name}{query}")
}

impl Cleanup {
    async fn run(self) {
        match self {
            Cleanup::Folder(folder) => remove(&folder).await,
            Cleanup::Database { server, name } => {
                let mut admin = PgConnection::connect(&server).await.expect("the PostgreSQL of TEST_DATABASE_URL");
                let drop = sqlx::AssertSqlSafe(format!("drop database {name} with (force)"));
                sqlx::raw_sql(drop).execute(&mut admin).await.expect("dropping the test's database");
            }
        }
    }
}

/// A connection whose task was dropped closes its files in its own time, and may still write one meanwhile.
async fn remove(folder: &Path) {
    for _ in 0..20 {
        if std::fs::remove_dir_all(folder).is_ok() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the test's folder is still in use: {}", folder.display());
}

/// What a write unit of a test comes to.
pub type Written<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// A write unit made of a function.
pub struct TestUnit<F, T> {
    run: F,
    output: PhantomData<fn() -> T>,
}

/// The function as a write unit.
pub fn test_unit<T, F>(run: F) -> TestUnit<F, T>
where
    F: for<'a> Fn(Tx<'a>) -> Written<'a, T> + Send + Sync + 'static,
{
    TestUnit { run, output: PhantomData }
}

impl<T, F> WriteUnit for TestUnit<F, T>
where
    T: Send + 'static,
    F: for<'a> Fn(Tx<'a>) -> Written<'a, T> + Send + Sync + 'static,
{
    const NAME: &'static str = "test";
    type Output = T;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<T, Error> {
        (self.run)(tx.shorter()).await
    }
}

//! What the database says, by statements of the checker's own. Everything is read as text, so that one reader does
//! for both engines.

use std::{collections::HashMap, str::FromStr};

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, PgPool, Row as _, SqlitePool, sqlite::SqliteConnectOptions};

/// A database to read.
pub enum Database {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// The statuses in which an appointment takes its time.
const OCCUPYING: [&str; 4] = ["held", "requested", "booked", "arrived"];
const STATUSES: [&str; 10] = [
    "held",
    "requested",
    "booked",
    "arrived",
    "completed",
    "no_show",
    "cancelled",
    "rescheduled",
    "declined",
    "expired",
];

/// A row of `appointments`.
#[derive(Clone, Debug)]
pub struct Row {
    pub id: u128,
    pub doctor: u128,
    /// None while a visitor holds the time.
    pub patient: Option<u128>,
    pub start: i64,
    pub end: i64,
    pub status: &'static str,
    pub moved_to: Option<u128>,
    pub moved_from: Option<u128>,
    pub would_replace: Option<u128>,
    /// Taken over another appointment on purpose.
    pub overbook: bool,
}

impl Row {
    pub fn occupies(&self) -> bool {
        OCCUPYING.contains(&self.status)
    }

    fn read(cells: &[Option<String>]) -> Option<Row> {
        let [id, doctor, patient, start, end, status, moved_to, moved_from, would_replace, overbook] = cells else {
            return None;
        };
        let optional = |cell: &Option<String>| cell.as_deref().and_then(number);
        Some(Row {
            id: number(id.as_deref()?)?,
            doctor: number(doctor.as_deref()?)?,
            patient: optional(patient),
            start: start.as_deref()?.parse().ok()?,
            end: end.as_deref()?.parse().ok()?,
            status: STATUSES.iter().find(|known| Some(**known) == status.as_deref())?,
            moved_to: optional(moved_to),
            moved_from: optional(moved_from),
            would_replace: optional(would_replace),
            overbook: overbook.as_deref()? == "1",
        })
    }
}

/// An id as a number, from text with or without hyphens.
pub fn number(id: &str) -> Option<u128> {
    uuid::Uuid::parse_str(id).ok().map(|id| id.as_u128())
}

/// The other way round.
pub fn name(id: u128) -> String {
    uuid::Uuid::from_u128(id).to_string()
}

impl Database {
    /// # Errors
    /// It cannot be opened.
    pub async fn open(url: &str) -> Result<Database, sqlx::Error> {
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?.read_only(true);
            return Ok(Database::Sqlite(SqlitePool::connect_with(options).await?));
        }
        Ok(Database::Postgres(PgPool::connect(url).await?))
    }

    /// The text of an id in this column.
    fn id(&self, column: &str) -> String {
        match self {
            Database::Sqlite(_) => format!("lower(hex({column}))"),
            Database::Postgres(_) => format!("cast({column} as text)"),
        }
    }

    /// The text of the Unix seconds in this column.
    fn seconds(&self, column: &str) -> String {
        match self {
            Database::Sqlite(_) => format!("cast({column} as text)"),
            Database::Postgres(_) => format!("cast(cast(extract(epoch from {column}) as bigint) as text)"),
        }
    }

    async fn each(
        &self,
        sql: String,
        columns: usize,
        mut read: impl FnMut(&[Option<String>]),
    ) -> Result<(), sqlx::Error> {
        let mut cells = vec![None; columns];
        macro_rules! read_rows {
            ($pool:expr) => {{
                let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch($pool);
                while let Some(row) = rows.try_next().await? {
                    for (index, cell) in cells.iter_mut().enumerate() {
                        *cell = row.try_get::<Option<String>, _>(index)?.filter(|text| !text.is_empty());
                    }
                    read(&cells);
                }
            }};
        }
        match self {
            Database::Sqlite(pool) => read_rows!(pool),
            Database::Postgres(pool) => read_rows!(pool),
        }
        Ok(())
    }

    /// The ids of people by their addresses.
    pub async fn patients(&self) -> Result<HashMap<String, u128>, sqlx::Error> {
        let sql = format!("select {}, email from persons where email like 'storm-%@storm.example'", self.id("id"));
        let mut found = HashMap::new();
        self.each(sql, 2, |cells| {
            if let [Some(id), Some(email)] = cells
                && let Some(id) = number(id)
            {
                found.insert(email.clone(), id);
            }
        })
        .await?;
        Ok(found)
    }

    /// The rows that take their time, and all rows of the storm's patients.
    pub async fn appointments(&self, read: impl FnMut(Row)) -> Result<(), sqlx::Error> {
        let mut read = read;
        let times = ["a.starts_at", "a.ends_at"].map(|column| self.seconds(column)).join(", ");
        let ids = ["a.id", "a.doctor_id", "a.patient_id"].map(|column| self.id(column)).join(", ");
        let moves =
            ["a.rescheduled_to", "a.rescheduled_from", "a.would_replace"].map(|column| self.id(column)).join(", ");
        let sql = format!(
            "select {ids}, {times}, a.status, {moves},
                case when a.overbook then '1' else '0' end
            from appointments a left join persons p on p.id = a.patient_id
            where a.status in ('held', 'requested', 'booked', 'arrived') or p.email like 'storm-%@storm.example'"
        );
        let mut unread = 0;
        self.each(sql, 10, |cells| match Row::read(cells) {
            Some(row) => read(row),
            None => unread += 1,
        })
        .await?;
        if unread > 0 {
            Err(sqlx::Error::Decode(format!("{unread} appointments make no sense").into()))
        } else {
            Ok(())
        }
    }

    /// The answered keys of the storm's patients: owner, operation, key and what was made.
    pub async fn keys(&self, mut read: impl FnMut(u128, &str, u128)) -> Result<(), sqlx::Error> {
        let sql = format!(
            "select {}, k.key, {} from idempotency_keys k join persons p on p.id = k.person_id
            where p.email like 'storm-%@storm.example' and k.status is not null",
            self.id("k.person_id"),
            self.id("k.effect_id")
        );
        self.each(sql, 3, |cells| {
            if let [Some(user), Some(key), Some(effect)] = cells
                && let (Some(user), Some(effect)) = (number(user), number(effect))
            {
                read(user, key, effect);
            }
        })
        .await
    }

    /// The changes of the appointments of the storm's patients: appointment and new status.
    pub async fn events(&self, mut read: impl FnMut(u128, &str)) -> Result<(), sqlx::Error> {
        let sql = format!(
            "select {}, e.to_status from appointment_events e join appointments a on a.id = e.appointment_id
            join persons p on p.id = a.patient_id where p.email like 'storm-%@storm.example'",
            self.id("e.appointment_id")
        );
        self.each(sql, 2, |cells| {
            if let [Some(id), Some(status)] = cells
                && let Some(id) = number(id)
            {
                read(id, status);
            }
        })
        .await
    }

    /// The messages to the storm's patients: message, kind, state, and the appointments as a JSON list.
    pub async fn messages(&self, mut read: impl FnMut(u128, &str, &str, &str)) -> Result<(), sqlx::Error> {
        let sql = format!(
            "select {}, o.kind, o.state, o.appointments from outbox o join persons p on p.id = o.person_id
            where p.email like 'storm-%@storm.example'",
            self.id("o.id")
        );
        self.each(sql, 4, |cells| {
            if let [Some(id), Some(kind), Some(state), Some(appointments)] = cells
                && let Some(id) = number(id)
            {
                read(id, kind, state, appointments);
            }
        })
        .await
    }
}

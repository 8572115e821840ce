//! A twin of docslot's booking, as the usual app has it: look whether the time is free, then write a row.
//!
//! It keeps none of docslot's promises. Two requests at one moment may both find the time free; there is no transaction
//! around the two statements, no rule in the database, no history, no message, no key that makes a request safe to
//! repeat, and no sign-in. It exists so that `make bench` shows what those promises cost. Its database waits for the
//! disk as docslot's does, and holds the same appointments.

use std::{error::Error, net::SocketAddr, path::Path, time::Duration};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use sqlx::{
    ConnectOptions, Connection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::net::TcpListener;
use uuid::Uuid;

const TABLE: &str = "create table appointments (
        id integer primary key,
        doctor_id blob not null,
        patient_id blob not null,
        starts_at integer not null,
        ends_at integer not null,
        status text not null)";
const COPY: &str = "insert into appointments (doctor_id, patient_id, starts_at, ends_at, status)
    select doctor_id, patient_id, starts_at, ends_at, status from clinic.appointments where patient_id is not null";
/// By the end, because a check for a time ahead then reads no appointment that is over.
const INDEX: &str = "create index appointments_doctor_index on appointments (doctor_id, ends_at)";
const TAKEN: &str = "select count(*) from appointments
    where doctor_id = $1 and status = 'booked' and starts_at < $2 and ends_at > $3";
const INSERT: &str = "insert into appointments (doctor_id, patient_id, starts_at, ends_at, status)
    values ($1, $2, $3, $4, 'booked')";
const APPOINTMENT_SECONDS: i64 = 20 * 60;

#[derive(Deserialize)]
struct Wanted {
    doctor_id: Uuid,
    patient_id: Uuid,
    /// Seconds since 1970.
    starts_at: i64,
}

#[derive(Serialize)]
struct Booked {
    id: i64,
    doctor_id: Uuid,
    patient_id: Uuid,
    starts_at: i64,
    ends_at: i64,
    status: &'static str,
}

/// Makes `file` with the appointments of `clinic`, and serves `POST /book` until the process is ended.
///
/// # Errors
/// The database's, or the address is taken.
pub async fn serve(address: SocketAddr, file: &Path, clinic: &Path) -> Result<(), Box<dyn Error>> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5));
    let mut conn = options.connect().await?;
    let read_only = format!("file:{}?mode=ro", clinic.display());
    sqlx::query("attach database $1 as clinic").bind(read_only).execute(&mut conn).await?;
    for sql in [TABLE, COPY, INDEX, "detach database clinic", "analyze", "pragma wal_checkpoint(truncate)"] {
        sqlx::query(sql).execute(&mut conn).await?;
    }
    conn.close().await?;
    // as many connections as sqlx opens when an app does not say
    let pool = SqlitePoolOptions::new().connect_with(options).await?;
    let app = Router::new().route("/healthz", get(|| async { "ok" })).route("/book", post(book)).with_state(pool);
    axum::serve(TcpListener::bind(address).await?, app).await?;
    Ok(())
}

async fn book(
    State(pool): State<SqlitePool>,
    Json(wanted): Json<Wanted>,
) -> Result<(StatusCode, Json<Booked>), StatusCode> {
    let Wanted { doctor_id, patient_id, starts_at } = wanted;
    let ends_at = starts_at.saturating_add(APPOINTMENT_SECONDS);
    let taken = sqlx::query_scalar(TAKEN).bind(doctor_id).bind(ends_at).bind(starts_at);
    let taken: i64 = taken.fetch_one(&pool).await.map_err(failed)?;
    if taken > 0 {
        return Err(StatusCode::CONFLICT);
    }
    let insert = sqlx::query(INSERT).bind(doctor_id).bind(patient_id).bind(starts_at).bind(ends_at);
    let id = insert.execute(&pool).await.map_err(failed)?.last_insert_rowid();
    Ok((StatusCode::CREATED, Json(Booked { id, doctor_id, patient_id, starts_at, ends_at, status: "booked" })))
}

fn failed(error: sqlx::Error) -> StatusCode {
    eprintln!("docslot-bench twin: {error}");
    StatusCode::INTERNAL_SERVER_ERROR
}

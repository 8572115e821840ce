//! What the storm finds at the server before it begins: doctors with free times; and the patients that it makes.

use std::{
    fs, io,
    net::SocketAddr,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use tokio::time::sleep;

use super::http::{Connection, Request};

const PASSWORD: &str = "quiet green bicycle";
/// Pages of the directory that are looked through.
const PAGES: usize = 10;
/// How often a new session is tried, and how long the storm waits in between.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);
/// How often the storm looks for a message: for half a minute.
const MESSAGE_TRIES: u32 = 600;

/// A free time of a doctor.
#[derive(Clone, Debug, Default)]
pub struct Slot {
    pub doctor: String,
    pub visit_type: String,
    pub start_text: String,
    /// Unix seconds.
    pub start: i64,
    pub end: i64,
}

/// Unix seconds of a moment in RFC 3339.
pub fn seconds(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(|at| at.as_second())
}

/// The free times, from three days ahead on, of as many doctors as wanted, each doctor's together.
///
/// # Errors
/// The server cannot be reached.
pub async fn free_times(address: SocketAddr, doctors: usize) -> io::Result<Vec<Vec<Slot>>> {
    let mut connection = Connection::new(address);
    let today = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
    let day = |ahead: u64| {
        let at = today + Duration::from_secs(ahead * 24 * 60 * 60);
        let at = jiff::Timestamp::from_second(i64::try_from(at.as_secs()).unwrap_or_default());
        at.map(|at| at.to_string().chars().take(10).collect::<String>()).map_err(io::Error::other)
    };
    let (from, to) = (day(3)?, day(30)?);
    let mut found = Vec::new();
    for page in 1..=PAGES {
        let (_, listed) = ask(&mut connection, "GET", &format!("/doctors?page={page}"), "", &Value::Null).await?;
        for doctor in listed.as_array().into_iter().flatten().filter_map(|doctor| doctor["id"].as_str()) {
            let path = format!("/doctors/{doctor}/slots?from={from}&to={to}");
            let (_, slots) = ask(&mut connection, "GET", &path, "", &Value::Null).await?;
            let slots: Vec<Slot> =
                slots.as_array().into_iter().flatten().filter_map(|slot| read_slot(doctor, slot)).collect();
            if slots.len() >= 8 {
                found.push(slots);
            }
            if found.len() == doctors {
                return Ok(found);
            }
        }
    }
    if found.is_empty() {
        Err(io::Error::other("no doctor has free times: seed the database first"))
    } else {
        Ok(found)
    }
}

fn read_slot(doctor: &str, slot: &Value) -> Option<Slot> {
    let start_text = slot["start"].as_str()?.to_owned();
    Some(Slot {
        doctor: doctor.to_owned(),
        visit_type: slot["visit_type_id"].as_str()?.to_owned(),
        start: seconds(&start_text)?,
        end: seconds(slot["end"].as_str()?)?,
        start_text,
    })
}

/// A new patient's personal token, which outlasts every storm.
///
/// # Errors
/// The server refuses: it has a limit on registrations, for example.
pub async fn register(address: SocketAddr, email: &str, mail: Option<&Path>) -> io::Result<String> {
    let mut connection = Connection::new(address);
    let person = json!({ "email": email, "password": PASSWORD, "role": "patient" });
    let (mut status, mut json) = ask(&mut connection, "POST", "/register", "", &person).await?;
    if status == 202 {
        let folder = mail.ok_or_else(|| io::Error::other("the server sends mail: name its folder by --mail"))?;
        let opening = json!({ "token": mailed_token(folder, email).await?, "password": PASSWORD });
        (status, json) = ask(&mut connection, "POST", "/open-account", "", &opening).await?;
    }
    let session = json["token"].as_str().ok_or_else(|| refused("register a patient", status, &json))?;
    let wish = json!({ "name": "storm", "scopes": ["read", "book"] });
    let headers = format!("authorization: Bearer {session}\r\n");
    // a server that answers before its commit does not know the session yet; the storm is to find that out later
    for _ in 0..TRIES {
        let (status, json) = ask(&mut connection, "POST", "/tokens", &headers, &wish).await?;
        match json["token"].as_str() {
            Some(token) => return Ok(token.to_owned()),
            None if status == 401 => sleep(PAUSE).await,
            None => return Err(refused("make a token", status, &json)),
        }
    }
    Err(io::Error::other("cannot make a token: the server does not know the session that it has just begun"))
}

/// The token of the link in the message to this address, once it has come.
async fn mailed_token(folder: &Path, email: &str) -> io::Result<String> {
    const START: &str = "/open-account/";
    for _ in 0..MESSAGE_TRIES {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let text = fs::read_to_string(entry.path()).unwrap_or_default().replace("=\r\n", "");
            let token =
                text.split_once(START).map(|(_, rest)| rest.chars().take_while(|c| !c.is_whitespace()).collect());
            if let Some(token) = token.filter(|_| text.contains(&format!("To: {email}\r\n"))) {
                return Ok(token);
            }
        }
        sleep(PAUSE).await;
    }
    Err(io::Error::other("no message with a link came"))
}

fn refused(what: &str, status: u16, json: &Value) -> io::Error {
    let why = json["message"].as_str().unwrap_or_default();
    io::Error::other(format!("cannot {what}: {status} {why} (is DOCSLOT_LIMITS_REGISTRATIONS=0 set on the server?)"))
}

async fn ask(
    connection: &mut Connection,
    method: &str,
    path: &str,
    headers: &str,
    body: &Value,
) -> io::Result<(u16, Value)> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers = format!("content-type: application/json\r\n{headers}");
    let path = format!("/api/v1{path}");
    let answer = connection.send(&Request { method, path: &path, headers: &headers, body: &body }, None).await?;
    Ok((answer.status, serde_json::from_str(&answer.body).unwrap_or_default()))
}

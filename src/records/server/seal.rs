//! The job that seals what is new.
//!
//! What is new is found in two ways. The events and entries of the last minutes, back to a while before the last seal,
//! are compared with what is sealed: a transaction that commits late, on another server with another clock, is in that
//! while. And a slow walk over everything, a part at a time, finds what the first way missed and what was brought along
//! from elsewhere, at any moment it names.
//!
//! Reading and hashing happen outside of the unit that writes. It only makes sure that no other server has sealed
//! meanwhile, so it is short and collides with nothing but another seal.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use serde::Serialize;
use uuid::Uuid;

use super::{
    chain::{Chain, NOTHING, entry_hash, hex, seal_hash},
    rows::{AppointmentRow, AuditRow, EventRow, SealRow, SealedRow, appointment_columns, audit_columns, event_columns},
};
use crate::{
    db::{Conn, Db, Error, Statement, Tx, WriteUnit, ids_json, in_ids},
    time::Timestamp,
};

/// Records in one seal. The unit that writes them takes some milliseconds, for which a booking on SQLite may wait.
const BATCH: usize = 250;
/// Ids that the walk over everything looks at in one go.
const PART: usize = 2_000;
/// Seconds before the last seal in which something may have been committed after it.
const LATE: i64 = 600;
/// How long one round may take.
const ROUND: Duration = Duration::from_secs(10);
/// A pause after each seal, in which other writes have the database for themselves.
const PAUSE: Duration = Duration::from_millis(5);

/// What the walk over everything has seen; each server has its own.
#[derive(Debug, Default)]
pub struct Sealer {
    appointments: Walk,
    entries: Walk,
}

/// How far a walk has come.
#[derive(Debug, Default)]
struct Walk {
    after: Uuid,
    /// The walk has reached the end once.
    complete: bool,
}

impl Walk {
    /// Goes on after the last of `ids`, or begins again when there were no more.
    fn go_on(&mut self, ids: impl ExactSizeIterator<Item = Uuid>) {
        let ended = ids.len() < PART;
        self.complete |= ended;
        self.after = ids.last().filter(|_| !ended).unwrap_or_default();
    }
}

/// What a seal is to cover.
#[derive(Default)]
struct New {
    appointments: Vec<Uuid>,
    entries: Vec<Uuid>,
}

impl New {
    fn len(&self) -> usize {
        self.appointments.len() + self.entries.len()
    }
}

/// Seals everything that has no seal, and says how many records that were.
///
/// # Errors
/// The database's; the seals written before stay.
pub async fn seal_everything(db: &Db, now: Timestamp) -> Result<usize, Error> {
    let mut sealer = Sealer::default();
    let mut sealed = sealer.seal_recent(db, now, None).await?;
    while !(sealer.appointments.complete && sealer.entries.complete) {
        sealed += sealer.seal_part(db, now).await?;
    }
    Ok(sealed)
}

impl Sealer {
    /// Seals what is new, and goes on with the walk over everything as long as it finds something, for some seconds at
    /// most. Says how many records were sealed. Several servers may do so at once.
    ///
    /// # Errors
    /// The database's; the seals written before stay.
    pub async fn round(&mut self, db: &Db, now: Timestamp) -> Result<usize, Error> {
        let until = Instant::now() + ROUND;
        let mut sealed = self.seal_recent(db, now, Some(until)).await?;
        while Instant::now() < until {
            let part = self.seal_part(db, now).await?;
            sealed += part;
            if part == 0 {
                break;
            }
        }
        if sealed > 0
            && let Some(last) = last_seal(&mut db.read().await?.conn()).await?
        {
            // whoever keeps the log elsewhere keeps the heads of the chain there too
            tracing::info!(records = sealed, head = format!("{}:{}", last.number, hex(&last.hash)), "sealed");
        }
        Ok(sealed)
    }

    /// Seals the events and entries of the last while.
    async fn seal_recent(&mut self, db: &Db, now: Timestamp, until: Option<Instant>) -> Result<usize, Error> {
        let mut sealed = 0;
        while until.is_none_or(|until| Instant::now() < until) {
            let mut reader = db.read().await?;
            let conn = &mut reader.conn();
            // read before what is new is looked for: a seal that another server writes in between is noticed
            let last = last_seal(conn).await?;
            let since = last.as_ref().map_or(now, |seal| seal.sealed_until.min(now)).plus_seconds(-LATE);
            let new = recent(conn, since).await?;
            if new.len() == 0 {
                break;
            }
            let is_all = new.len() < BATCH;
            let written = prepare(conn, last, &new, now, is_all).await?;
            drop(reader);
            let Some(unit) = written else { break };
            sealed += write(db, unit).await?.unwrap_or_default();
        }
        Ok(sealed)
    }

    /// Looks at the next part of everything and seals what of it has no seal.
    async fn seal_part(&mut self, db: &Db, now: Timestamp) -> Result<usize, Error> {
        const EVENTS: &str = "select appointment_id, max(version) from appointment_events where appointment_id > $1
            group by appointment_id order by appointment_id limit $2";
        const ENTRIES: &str = "select id from audit_entries where id > $1 order by id limit $2";
        let mut reader = db.read().await?;
        let conn = &mut reader.conn();
        let part = i64::try_from(PART).unwrap_or(i64::MAX);
        let histories: Vec<(Uuid, i32)> = conn.fetch_all(EVENTS, (self.appointments.after, part)).await?;
        let entries: Vec<Uuid> = conn.fetch_values(ENTRIES, (self.entries.after, part)).await?;
        let known = sealed_versions(conn, self.appointments.after, histories.last().map(|(id, _)| *id), 1).await?;
        let unsealed = |(id, version): &(Uuid, i32)| (known.get(id) < Some(version)).then_some(*id);
        let appointments: Vec<Uuid> = histories.iter().filter_map(unsealed).collect();
        let known = sealed_versions(conn, self.entries.after, entries.last().copied(), 0).await?;
        let open: Vec<Uuid> = entries.iter().copied().filter(|id| !known.contains_key(id)).collect();
        drop(reader);
        let mut sealed = 0;
        let appointments = appointments.chunks(BATCH).map(|ids| New { appointments: ids.to_vec(), ..New::default() });
        let open = open.chunks(BATCH).map(|ids| New { entries: ids.to_vec(), ..New::default() });
        for new in appointments.chain(open) {
            sealed += seal_these(db, &new, now).await?;
        }
        self.appointments.go_on(histories.iter().map(|(id, _)| *id));
        self.entries.go_on(entries.into_iter());
        Ok(sealed)
    }
}

/// Seals these records, unless another server does.
async fn seal_these(db: &Db, new: &New, now: Timestamp) -> Result<usize, Error> {
    loop {
        let mut reader = db.read().await?;
        let conn = &mut reader.conn();
        let last = last_seal(conn).await?;
        let unit = prepare(conn, last, new, now, false).await?;
        drop(reader);
        let Some(unit) = unit else { return Ok(0) };
        if let Some(sealed) = write(db, unit).await? {
            return Ok(sealed);
        }
    }
}

async fn last_seal(conn: &mut Conn<'_>) -> Result<Option<SealRow>, Error> {
    const SQL: &str = "select number, at, sealed_until, records, hash from seals order by number desc limit 1";
    conn.fetch_optional(SQL, ()).await
}

/// What was written since then and has no seal, as much as one seal takes.
async fn recent(conn: &mut Conn<'_>, since: Timestamp) -> Result<New, Error> {
    const EVENTS: &str = "select a.id from appointments a
        where a.updated_at >= $1 and exists (
            select 1 from appointment_events e where e.appointment_id = a.id and not exists (
                select 1 from sealed_records r where r.record_id = a.id and r.version >= e.version))
        limit $2";
    const ENTRIES: &str = "select e.id from audit_entries e
        where e.at >= $1 and not exists (select 1 from sealed_records r where r.record_id = e.id and r.version = 0)
        limit $2";
    let most = |taken: usize| i64::try_from(BATCH - taken).unwrap_or(0);
    let appointments: Vec<Uuid> = conn.fetch_values(EVENTS, (since, most(0))).await?;
    let entries = conn.fetch_values(ENTRIES, (since, most(appointments.len()))).await?;
    Ok(New { appointments, entries })
}

/// The last sealed versions of the ids after one and up to another, of those from `least` on.
async fn sealed_versions(
    conn: &mut Conn<'_>,
    after: Uuid,
    last: Option<Uuid>,
    least: i32,
) -> Result<HashMap<Uuid, i32>, Error> {
    const SQL: &str = "select record_id, max(version) from sealed_records
        where record_id > $1 and record_id <= $2 and version >= $3 group by record_id";
    let Some(last) = last else { return Ok(HashMap::new()) };
    let rows: Vec<(Uuid, i32)> = conn.fetch_all(SQL, (after, last, least)).await?;
    Ok(rows.into_iter().collect())
}

/// Hashes what is new and of it what is not sealed by now, as a unit; none when nothing is left.
async fn prepare(
    conn: &mut Conn<'_>,
    last: Option<SealRow>,
    new: &New,
    now: Timestamp,
    is_all: bool,
) -> Result<Option<WriteSeal>, Error> {
    let mut records = heads(conn, &new.appointments).await?;
    records.extend(entries(conn, &new.entries).await?);
    leave_out_sealed(conn, &mut records).await?;
    records.sort_by_key(|record| record.record_id);
    let before = last.as_ref().map_or(NOTHING.to_vec(), |seal| seal.hash.clone());
    let (number, until) = last.map_or((0, now.plus_seconds(-LATE)), |seal| (seal.number, seal.sealed_until));
    if records.is_empty() {
        return Ok(None);
    }
    let mut seal = SealRow {
        number: number + 1,
        at: now,
        sealed_until: if is_all { until.max(now) } else { until },
        records: i32::try_from(records.len()).unwrap_or(i32::MAX),
        hash: Vec::new(),
    };
    seal.hash = seal_hash(&before, &seal, &records).to_vec();
    Ok(Some(WriteSeal { seal, before, records }))
}

/// The heads of the chains of these appointments, as far as their histories go.
async fn heads(conn: &mut Conn<'_>, ids: &[Uuid]) -> Result<Vec<SealedRow>, Error> {
    let events_of = in_ids!(concat!(event_columns!(), "appointment_id"), " order by appointment_id, version");
    let rows_of = in_ids!(concat!(appointment_columns!(), "a.id"), "");
    let ids = ids_json(ids.iter().copied());
    // the events first: after one of them that is about the patient, the row never names another one
    let events: Vec<EventRow> = conn.fetch_all(events_of, (&ids,)).await?;
    let rows: Vec<AppointmentRow> = conn.fetch_all(rows_of, (&ids,)).await?;
    let rows: HashMap<Uuid, AppointmentRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut chains: BTreeMap<Uuid, (Chain, SealedRow)> = BTreeMap::new();
    for event in events {
        let record_id = event.appointment_id;
        let (chain, head) = chains.entry(record_id).or_insert_with(|| {
            let head = SealedRow { seal: 0, record_id, version: 0, hash: Vec::new() };
            (Chain::begin(rows.get(&record_id)), head)
        });
        head.hash = chain.add(&event).to_vec();
        head.version = event.version;
    }
    Ok(chains.into_values().map(|(_, head)| head).collect())
}

async fn entries(conn: &mut Conn<'_>, ids: &[Uuid]) -> Result<Vec<SealedRow>, Error> {
    let sql = in_ids!(concat!(audit_columns!(), "id"), "");
    let entries: Vec<AuditRow> = conn.fetch_all(sql, (&ids_json(ids.iter().copied()),)).await?;
    let record =
        |entry: AuditRow| SealedRow { seal: 0, record_id: entry.id, version: 0, hash: entry_hash(&entry).to_vec() };
    Ok(entries.into_iter().map(record).collect())
}

/// What another server has sealed since the ids were read is not sealed again.
async fn leave_out_sealed(conn: &mut Conn<'_>, records: &mut Vec<SealedRow>) -> Result<(), Error> {
    let sql = in_ids!("select record_id, max(version) from sealed_records where record_id", " group by record_id");
    let ids = ids_json(records.iter().map(|record| record.record_id));
    let known: Vec<(Uuid, i32)> = conn.fetch_all(sql, (&ids,)).await?;
    let known: HashMap<Uuid, i32> = known.into_iter().collect();
    records.retain(|record| known.get(&record.record_id).is_none_or(|version| *version < record.version));
    Ok(())
}

/// Writes a seal and says how many records it covers; none when another server was faster.
async fn write(db: &Db, unit: WriteSeal) -> Result<Option<usize>, Error> {
    let (number, records) = (unit.seal.number, unit.records.len());
    let written = db.write(unit).await?;
    tokio::time::sleep(PAUSE).await;
    if !written {
        return Ok(None);
    }
    tracing::debug!(number, records, "sealed");
    Ok(Some(records))
}

/// Writes a seal after the one that it was made for, and says whether that is still the last.
struct WriteSeal {
    seal: SealRow,
    /// The hash of the seal before.
    before: Vec<u8>,
    records: Vec<SealedRow>,
}

/// A record as the statement below takes it.
#[derive(Serialize)]
struct NewRecord(String, i32, String);

impl WriteUnit for WriteSeal {
    const NAME: &'static str = "write_seal";
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        const SEAL: &str = "insert into seals (number, at, sealed_until, records, hash) values ($1, $2, $3, $4, $5)";
        const RECORDS: Statement = Statement {
            sqlite: "insert into sealed_records (seal, record_id, version, hash)
                select $1, unhex(value->>0), value->>1, unhex(value->>2) from json_each($2)",
            postgres: "insert into sealed_records (seal, record_id, version, hash)
                select $1::bigint, (value->>0)::uuid, (value->>1)::integer, decode(value->>2, 'hex')
                from json_array_elements($2::json)",
        };
        let last = last_seal(tx).await?;
        let (number, hash) = last.map_or((0, NOTHING.to_vec()), |seal| (seal.number, seal.hash));
        if number + 1 != self.seal.number || hash != self.before {
            return Ok(false);
        }
        let SealRow { number, at, sealed_until, records, hash } = &self.seal;
        tx.execute(SEAL, (*number, *at, *sealed_until, *records, hash)).await?;
        let new =
            |record: &SealedRow| NewRecord(record.record_id.simple().to_string(), record.version, hex(&record.hash));
        let new: Vec<NewRecord> = self.records.iter().map(new).collect();
        let json = serde_json::to_string(&new).map_err(|_| Error::Corrupt("records of a seal"))?;
        tx.execute(RECORDS, (*number, &json)).await?;
        Ok(true)
    }
}

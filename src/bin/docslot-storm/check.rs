//! The checker: what the clients were told, against what the database says.

use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
    path::PathBuf,
};

use clap::Args;

use super::{
    history::{self, Event, Nanos, Operation, Record},
    ledger::{End, Ledger, Life, Span},
    linear::{self, Act, Step},
    occupancy::{Certain, Occupancy, double},
    report::{Property, print},
    rows::{Database, Row, name, number},
};

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;

#[derive(Args)]
pub struct Options {
    #[arg(long)]
    history: PathBuf,
    /// As DATABASE_URL
    #[arg(long)]
    database: String,
    /// The folder of the mail transport "file": every message that counts as sent must be there
    #[arg(long)]
    mail: Option<PathBuf>,
    /// The server's booking.hold_minutes
    #[arg(long, default_value_t = 10)]
    hold_minutes: u64,
    /// The server's clock was moved meanwhile, so a hold may have run out at any time
    #[arg(long)]
    clock_moved: bool,
}

/// What the database says.
struct Stored {
    /// Those that take their time, and all of the storm's patients.
    rows: HashMap<u128, Row>,
    /// The storm's patients in this history, as the ledger counts them.
    patients: HashMap<u128, u32>,
}

impl Stored {
    /// The rows of the patients of this history.
    fn own(&self) -> impl Iterator<Item = (&Row, u32)> {
        self.rows.values().filter_map(|row| Some((row, *self.patients.get(&row.patient?)?)))
    }
}

/// Checks everything, prints what was found, and says whether all is well.
///
/// # Errors
/// The history or the database cannot be read.
pub async fn run(options: Options) -> Result<bool, Box<dyn Error>> {
    let mut ledger = Ledger::default();
    for record in history::read(&options.history)? {
        ledger.read(record?)?;
    }
    ledger.finish();
    let database = Database::open(&options.database).await?;
    let stored = read_database(&database, &mut ledger).await?;
    let hold = if options.clock_moved { 0 } else { options.hold_minutes * 60 * 1_000_000_000 };
    let lapses = lapses(&ledger, hold);

    print_counts(&ledger);
    let properties = [
        ("no two appointments of a doctor or a patient overlap", overlaps(&stored)),
        ("every acknowledged booking is there as acknowledged", acknowledged(&ledger, &stored)),
        ("every row was asked for", asked_for(&ledger, &stored)),
        ("every refusal of a taken time is justified", refusals(&options, &ledger, &stored)?),
        ("each time of a doctor is had by one after the other", linearizable(&ledger, &lapses)),
        ("no doctor and no patient had two times at once", at_once(&ledger, &lapses)),
        ("one key, one effect", ledger.one_effect.clone()),
        ("what was acknowledged is read", ledger.own_writes.clone()),
        ("one message for each change, and none without", messages(&database, &stored).await?),
        ("every message that counts as sent was sent", sent(&options, &database).await?),
    ];
    Ok(print(&properties))
}

async fn read_database(database: &Database, ledger: &mut Ledger) -> Result<Stored, Box<dyn Error>> {
    let mut rows = HashMap::new();
    database
        .appointments(|row| {
            rows.insert(row.id, row);
        })
        .await?;
    let users = database.patients().await?;
    let number_of = |(index, email): (usize, &String)| Some((*users.get(email)?, u32::try_from(index).ok()?));
    let patients: HashMap<u128, u32> = ledger.patients.iter().enumerate().filter_map(number_of).collect();
    let mut keys: HashMap<(u32, String), Vec<u128>> = HashMap::new();
    database
        .keys(|user, key, effect| {
            if let Some(patient) = patients.get(&user)
                && key != "storm"
            {
                keys.entry((*patient, key.to_owned())).or_default().push(effect);
            }
        })
        .await?;
    ledger.resolve(&rows, &keys);
    Ok(Stored { rows, patients })
}

fn print_counts(ledger: &Ledger) {
    let mut counts: Vec<_> = ledger.counts.iter().collect();
    counts.sort();
    for ((op, outcome), count) in counts {
        println!("    {:<8} {outcome:<40} {count:>9}", format!("{op:?}").to_lowercase());
    }
}

fn overlaps(stored: &Stored) -> Property {
    let mut property = Property::default();
    type Owner = fn(&Row) -> Option<u128>;
    let owners: [(&str, Owner); 2] = [("doctor", |row| Some(row.doctor)), ("patient", |row| row.patient)];
    for (what, owner) in owners {
        let mut rows: Vec<&Row> =
            stored.rows.values().filter(|row| row.occupies() && !row.overbook && owner(row).is_some()).collect();
        rows.sort_by_key(|row| (owner(row), row.start, row.end));
        let mut longest: Option<&Row> = None;
        for row in rows {
            let before = longest.filter(|before| owner(before) == owner(row));
            let one = |row: &Row| row.would_replace.unwrap_or(row.id);
            let apart = before.is_none_or(|before| before.end <= row.start || one(before) == one(row));
            property.check(apart, || {
                format!("two appointments of {what} {:?} overlap: {before:?} and {row:?}", owner(row).map(name))
            });
            if before.is_none_or(|before| before.end < row.end) {
                longest = Some(row);
            }
        }
    }
    property
}

fn acknowledged(ledger: &Ledger, stored: &Stored) -> Property {
    let mut property = Property::default();
    let known = |span: Option<Span>| span.is_some_and(Span::is_known);
    for (id, life) in ledger.lives.iter().filter(|(_, life)| known(life.held) || known(life.booked)) {
        let Some(row) = stored.rows.get(id) else {
            property.check(false, || format!("{} was acknowledged and is not there: {life:?}", name(*id)));
            continue;
        };
        let patient = row.patient.and_then(|patient| stored.patients.get(&patient));
        let same =
            (patient, row.doctor, row.start, row.end) == (Some(&life.patient), life.doctor, life.start, life.end);
        let status = match (life.ended, life.booked) {
            (Some((End::Cancelled, _)), _) => row.status == "cancelled",
            (Some((End::MovedTo(new), _)), _) => row.status == "rescheduled" && row.moved_to == Some(new),
            (None, Some(_)) => matches!(row.status, "booked" | "requested"),
            (None, None) => matches!(row.status, "held" | "expired"),
        };
        property.check(same && status, || format!("{} was acknowledged as {life:?} and is {row:?}", name(*id)));
    }
    property
}

fn asked_for(ledger: &Ledger, stored: &Stored) -> Property {
    let mut property = Property::default();
    for (row, patient) in stored.own() {
        let life = ledger.lives.get(&row.id);
        let same = life.is_some_and(|life| (life.patient, life.doctor, life.start) == (patient, row.doctor, row.start));
        property.check(same, || format!("nobody asked for {row:?}; known: {life:?}"));
        // ended by its patient alone
        let ended = match row.status {
            "cancelled" | "rescheduled" => life.is_some_and(|life| life.ended.is_some()),
            "held" | "booked" | "requested" | "expired" => true,
            _ => false,
        };
        property.check(ended, || format!("nobody ended {row:?}; known: {life:?}"));
    }
    property
}

/// When each hold that was never booked may have been lost: with the next time that its patient took, or when it ran
/// out.
fn lapses(ledger: &Ledger, hold: Nanos) -> HashMap<u128, Nanos> {
    let mut takes: BTreeMap<(u32, Nanos), u128> = BTreeMap::new();
    for (id, life) in &ledger.lives {
        let first = [life.held, life.booked].into_iter().flatten().map(|span| span.from).min();
        takes.insert((life.patient, first.unwrap_or_default()), *id);
    }
    let mut lapses = HashMap::new();
    for (id, life) in &ledger.lives {
        let Some(held) = life.held else { continue };
        let runs_out = if held.is_known() { held.until.saturating_add(hold) } else { held.from.saturating_add(hold) };
        // a second for the clocks
        let runs_out = runs_out.saturating_sub(1_000_000_000).max(held.from);
        match life.booked {
            Some(booked) if booked.is_known() && booked.until < runs_out => {}
            Some(_) => drop(lapses.insert(*id, runs_out)),
            None => {
                let next = takes.range((life.patient, held.from + 1)..=(life.patient, Nanos::MAX)).next();
                lapses.insert(*id, next.map_or(runs_out, |((_, from), _)| runs_out.min(*from)));
            }
        }
    }
    lapses
}

/// The refusals are read again, so that none has to be kept.
fn refusals(options: &Options, ledger: &Ledger, stored: &Stored) -> Result<Property, Box<dyn Error>> {
    let (mut doctors, mut patients) = (Occupancy::default(), Occupancy::default());
    for life in ledger.lives.values() {
        let from = [life.held, life.booked].into_iter().flatten().map(|span| span.from).min().unwrap_or_default();
        let until = life.ended.map_or(Nanos::MAX, |(_, span)| span.until);
        let time = (life.start, life.end);
        doctors.add(life.doctor, time, Span { from, until });
        patients.add(life.patient.into(), time, Span { from, until });
    }
    let foreign = stored.rows.values().filter(|row| row.occupies() && !ledger.lives.contains_key(&row.id));
    for row in foreign {
        doctors.add(row.doctor, (row.start, row.end), Span::open(0));
    }
    doctors.sort();
    patients.sort();
    let numbers: HashMap<&str, u32> = ledger.patients.iter().map(String::as_str).zip(0..).collect();
    let mut property = Property::default();
    let mut under_way: HashMap<u64, Record> = HashMap::new();
    for record in history::read(&options.history)? {
        let record = record?;
        if record.event == Event::Invoke {
            under_way.insert(record.number, record);
            continue;
        }
        let Some(asked) = under_way.remove(&record.number) else { continue };
        let code = record.code.as_deref().unwrap_or_default();
        let says = |reason| code.split(':').any(|part| part == reason);
        let (taken, busy) = (says("taken"), says("patient_busy"));
        if record.event != Event::Fail || !(taken || busy) || asked.op == Some(Operation::Confirm) {
            continue;
        }
        let time = (asked.start.unwrap_or_default(), asked.end.unwrap_or_default());
        let span = Span { from: asked.at, until: record.at };
        let doctor = asked.doctor.as_deref().and_then(number).unwrap_or_default();
        let patient = numbers.get(asked.patient.as_deref().unwrap_or_default()).copied().unwrap_or(u32::MAX);
        let justified =
            if taken { doctors.meets(doctor, time, span) } else { patients.meets(patient.into(), time, span) };
        property.check(justified, || format!("nothing was in the way of {asked:?}, which was refused: {record:?}"));
    }
    Ok(property)
}

/// The steps of one appointment.
fn steps(id: u128, life: &Life, lapse: Option<Nanos>) -> Vec<Step> {
    let step = |act, span: Span, certain| Step { act, id, from: span.from, until: span.until, certain };
    let held = life.held.map(|span| step(Act::Hold, span, true));
    let booked = life.booked.map(|span| step(Act::Book, span, true));
    let release = life.ended.map(|(_, span)| step(Act::Release, span, true));
    let lapse = lapse.map(|from| step(Act::Lapse, Span::open(from), false));
    held.into_iter().chain(booked).chain(release).chain(lapse).collect()
}

fn linearizable(ledger: &Ledger, lapses: &HashMap<u128, Nanos>) -> Property {
    let mut slots: HashMap<(u128, i64), Vec<Step>> = HashMap::new();
    for (id, life) in &ledger.lives {
        slots.entry((life.doctor, life.start)).or_default().extend(steps(*id, life, lapses.get(id).copied()));
    }
    let mut property = Property::default();
    for ((doctor, start), steps) in slots {
        let order = linear::check(&steps);
        property.check(order.is_ok(), || {
            let left: Vec<String> = order
                .err()
                .unwrap_or_default()
                .iter()
                .map(|step| format!("{:?} of {} between {} and {}", step.act, name(step.id), step.from, step.until))
                .collect();
            format!("doctor {} at {start}: no order fits; cannot be placed: {}", name(doctor), left.join("; "))
        });
    }
    property
}

/// What each owner had for certain: from the end of the take to the beginning of the release.
fn at_once(ledger: &Ledger, lapses: &HashMap<u128, Nanos>) -> Property {
    let mut had: HashMap<(bool, u128), Vec<Certain>> = HashMap::new();
    for (id, life) in &ledger.lives {
        let released = life.ended.map_or(Nanos::MAX, |(_, span)| span.from);
        let until = |span: Option<Span>| span.map_or(Nanos::MAX, |span| span.until);
        let (taken, released) = match (lapses.get(id), life.booked) {
            (None, _) => (until(life.held).min(until(life.booked)), released),
            // the hold may have been lost before it was booked
            (Some(_), Some(booked)) => (booked.until, released),
            (Some(lapse), None) => (until(life.held), *lapse),
        };
        if taken < released {
            let span = Span { from: taken, until: released };
            let certain = Certain { id: *id, start: life.start, end: life.end, span };
            had.entry((true, life.doctor)).or_default().push(certain);
            had.entry((false, life.patient.into())).or_default().push(certain);
        }
    }
    let mut property = Property::default();
    for ((is_doctor, owner), mut certain) in had {
        let both = double(&mut certain);
        property.check(both.is_none(), || {
            let who = if is_doctor { format!("doctor {}", name(owner)) } else { format!("patient {owner}") };
            format!("{who} had two times at once: {both:?}")
        });
    }
    property
}

/// The message that a change of an appointment writes.
fn message_of(row: &Row, status: &str) -> Option<&'static str> {
    match status {
        "booked" if row.moved_from.is_some() => Some("appointments_moved"),
        "booked" => Some("appointment_booked"),
        "requested" => Some("request_received"),
        "cancelled" => Some("appointments_cancelled"),
        _ => None,
    }
}

const KINDS: [&str; 4] = ["appointment_booked", "appointments_moved", "request_received", "appointments_cancelled"];

async fn messages(database: &Database, stored: &Stored) -> Result<Property, sqlx::Error> {
    let mut missing: HashMap<(u128, &str), i64> = HashMap::new();
    let own =
        |id: u128| stored.rows.get(&id).filter(|row| row.patient.is_some_and(|id| stored.patients.contains_key(&id)));
    database
        .events(|id, status| {
            if let Some(kind) = own(id).and_then(|row| message_of(row, status)) {
                *missing.entry((id, kind)).or_default() += 1;
            }
        })
        .await?;
    database
        .messages(|_, kind, _, appointments| {
            let Some(kind) = KINDS.iter().find(|known| **known == kind) else { return };
            let ids: Vec<String> = serde_json::from_str(appointments).unwrap_or_default();
            for id in ids.iter().filter_map(|id| number(id)).filter(|id| own(*id).is_some()) {
                *missing.entry((id, kind)).or_default() -= 1;
            }
        })
        .await?;
    let mut property = Property::default();
    for ((id, kind), missing) in missing {
        property.check(missing == 0, || format!("of {kind} about {}, {missing} are missing", name(id)));
    }
    Ok(property)
}

async fn sent(options: &Options, database: &Database) -> Result<Property, sqlx::Error> {
    let mut property = Property::default();
    let Some(folder) = &options.mail else { return Ok(property) };
    let mut waiting = 0;
    database
        .messages(|id, kind, state, _| {
            waiting += u64::from(matches!(state, "queued" | "sending"));
            if state == "sent" {
                let there = folder.join(format!("{}.eml", name(id))).is_file();
                property.check(there, || format!("{kind} {} counts as sent and has no file", name(id)));
            }
            property.check(state != "failed", || format!("{kind} {} failed", name(id)));
        })
        .await?;
    println!("    {waiting} messages wait to be sent");
    Ok(property)
}

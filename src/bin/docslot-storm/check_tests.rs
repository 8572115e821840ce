//! The checker on recorded histories: a good one, and one for each fault that it must find.

use std::path::PathBuf;

use super::*;

const DOCTOR: u128 = 0xd0c;
const ANA: u128 = 0xa0;
const BEN: u128 = 0xb0;
const HOUR: i64 = 3600;
const TIME: i64 = 100 * HOUR;
/// A second, which is also how long a hold is kept in these histories.
const SECOND: Nanos = 1_000_000_000;

/// A history as the clients write it, and the rows of the database at its end.
#[derive(Default)]
struct Recorded {
    lines: Vec<Record>,
    rows: Vec<Row>,
    keys: Vec<(u128, String, u128)>,
}

impl Recorded {
    /// An operation from `from` to `until`, in seconds, about an appointment at [`TIME`].
    fn operation(
        &mut self,
        op: Operation,
        who: u128,
        id: u128,
        (from, until): (u64, u64),
        event: Event,
    ) -> &mut Record {
        let number = self.lines.len() as u64;
        let key = matches!(op, Operation::Hold | Operation::Book | Operation::Confirm).then(|| format!("k{number}"));
        let doctor = Some(name(DOCTOR));
        let common = Record { number, start: Some(TIME), end: Some(TIME + HOUR), doctor, ..Record::default() };
        let about = (!matches!(op, Operation::Hold | Operation::Book)).then(|| name(id));
        self.lines.push(Record {
            at: from * SECOND,
            op: Some(op),
            patient: Some(email(who)),
            key: key.clone(),
            id: about,
            ..common.clone()
        });
        let code = match (op, event) {
            (_, Event::Fail) => Some("time_gone:taken"),
            (Operation::Book | Operation::Confirm | Operation::Read, Event::Ok) => Some("booked"),
            (Operation::Cancel, Event::Ok) => Some("cancelled"),
            _ => None,
        };
        let told = (event == Event::Ok).then(|| name(id));
        if let (Some(key), Event::Ok) = (key, event) {
            self.keys.push((who, key, id));
        }
        self.lines.push(Record { at: until * SECOND, event, id: told, code: code.map(str::to_owned), ..common });
        self.lines.last_mut().expect("a line")
    }

    fn row(&mut self, id: u128, patient: u128, status: &'static str) {
        self.rows.push(Row {
            id,
            doctor: DOCTOR,
            patient: Some(patient),
            start: TIME,
            end: TIME + HOUR,
            status,
            moved_to: None,
            moved_from: None,
            would_replace: None,
            overbook: false,
        });
    }

    /// The names of the properties that are violated.
    fn violated(&self) -> Vec<&'static str> {
        let path = std::env::temp_dir().join(format!("docslot_storm_{}", uuid::Uuid::new_v4().simple()));
        let lines: Vec<String> = self.lines.iter().map(|line| serde_json::to_string(line).expect("JSON")).collect();
        std::fs::write(&path, lines.join("\n")).expect("a history");
        let mut ledger = Ledger::default();
        for record in history::read(&path).expect("a history") {
            ledger.read(record.expect("a record")).expect("a request");
        }
        ledger.finish();
        let rows: HashMap<u128, Row> = self.rows.iter().map(|row| (row.id, row.clone())).collect();
        let number =
            |who: u128| ledger.patients.iter().position(|known| *known == email(who)).map(|index| index as u32);
        let patients: HashMap<u128, u32> = [ANA, BEN].into_iter().filter_map(|who| Some((who, number(who)?))).collect();
        let key = |(who, key, id): &(u128, String, u128)| ((patients[who], key.clone()), vec![*id]);
        let keys = self.keys.iter().map(key).collect();
        ledger.resolve(&rows, &keys);
        let stored = Stored { rows, patients };
        let lapses = lapses(&ledger, SECOND);
        let options = Options {
            history: path.clone(),
            database: String::new(),
            mail: None::<PathBuf>,
            hold_minutes: 1,
            clock_moved: false,
        };
        let found = [
            ("overlaps", overlaps(&stored)),
            ("acknowledged", acknowledged(&ledger, &stored)),
            ("asked_for", asked_for(&ledger, &stored)),
            ("refusals", refusals(&options, &ledger, &stored).expect("a history")),
            ("linearizable", linearizable(&ledger, &lapses)),
            ("at_once", at_once(&ledger, &lapses)),
            ("one_effect", ledger.one_effect.clone()),
            ("own_writes", ledger.own_writes.clone()),
        ];
        std::fs::remove_file(&path).expect("removing the history");
        found.iter().filter(|(_, property)| property.violations > 0).map(|(name, _)| *name).collect()
    }
}

fn email(who: u128) -> String {
    format!("storm-{who}@storm.example")
}

/// Ana books and cancels, Ben is refused in between, then books.
fn good() -> Recorded {
    let mut history = Recorded::default();
    history.operation(Operation::Book, ANA, 1, (0, 10), Event::Ok);
    history.operation(Operation::Read, ANA, 1, (11, 12), Event::Ok);
    history.operation(Operation::Book, BEN, 9, (12, 13), Event::Fail);
    history.operation(Operation::Cancel, ANA, 1, (20, 30), Event::Ok);
    history.operation(Operation::Book, BEN, 2, (25, 40), Event::Ok);
    history.row(1, ANA, "cancelled");
    history.row(2, BEN, "booked");
    history
}

#[test]
fn a_good_history_is_good() {
    assert!(good().violated().is_empty(), "{:?}", good().violated());
}

#[test]
fn a_time_that_is_booked_twice_is_found() {
    // neither the program nor the database kept them apart
    let mut history = good();
    history.operation(Operation::Book, ANA, 3, (50, 60), Event::Ok);
    history.row(3, ANA, "booked");
    assert_eq!(history.violated(), ["overlaps", "linearizable", "at_once"]);
}

#[test]
fn a_booking_that_was_acknowledged_before_its_commit_and_died_is_found() {
    let mut history = good();
    history.rows.pop();
    history.keys.pop();
    assert_eq!(history.violated(), ["acknowledged", "one_effect"]);
}

#[test]
fn a_commit_that_did_nothing_and_was_acknowledged_is_found() {
    // the error of a deferred transaction was swallowed: the time is free, and another one gets it
    let mut history = good();
    history.rows.pop();
    history.keys.pop();
    history.operation(Operation::Book, ANA, 3, (50, 60), Event::Ok);
    history.row(3, ANA, "booked");
    assert_eq!(history.violated(), ["acknowledged", "linearizable", "at_once", "one_effect"]);
}

#[test]
fn a_row_that_nobody_asked_for_and_a_refusal_without_a_reason_are_found() {
    let mut history = good();
    history.row(7, ANA, "expired");
    assert_eq!(history.violated(), ["asked_for"]);
    let mut history = Recorded::default();
    history.operation(Operation::Book, BEN, 9, (12, 13), Event::Fail);
    history.operation(Operation::Book, BEN, 1, (14, 15), Event::Ok);
    history.row(1, BEN, "booked");
    assert_eq!(history.violated(), ["refusals"]);
}

#[test]
fn a_read_that_does_not_show_what_was_acknowledged_is_found() {
    let mut history = good();
    history.operation(Operation::Read, BEN, 2, (50, 51), Event::Fail).status = Some(404);
    assert_eq!(history.violated(), ["own_writes"]);
}

#[test]
fn without_an_answer_either_outcome_is_fine() {
    let mut history = Recorded::default();
    history.operation(Operation::Book, ANA, 1, (0, 1), Event::Unknown);
    history.operation(Operation::Book, BEN, 2, (2, 3), Event::Ok);
    history.row(2, BEN, "booked");
    assert!(history.violated().is_empty(), "{:?}", history.violated());
    let mut history = Recorded::default();
    history.operation(Operation::Book, ANA, 1, (0, 1), Event::Unknown);
    history.keys.push((ANA, "k0".to_owned(), 1));
    history.operation(Operation::Book, BEN, 9, (2, 3), Event::Fail);
    history.row(1, ANA, "booked");
    assert!(history.violated().is_empty(), "{:?}", history.violated());
}

#[test]
fn a_hold_keeps_its_time_until_it_runs_out() {
    let mut history = Recorded::default();
    history.operation(Operation::Hold, ANA, 1, (0, 10), Event::Ok);
    history.operation(Operation::Book, BEN, 2, (12, 13), Event::Ok);
    history.row(1, ANA, "expired");
    history.row(2, BEN, "booked");
    assert!(history.violated().is_empty(), "{:?}", history.violated());
    let mut history = Recorded::default();
    history.operation(Operation::Hold, ANA, 1, (0, 10), Event::Ok);
    history.operation(Operation::Confirm, ANA, 1, (10, 11), Event::Ok);
    history.operation(Operation::Book, BEN, 2, (12, 13), Event::Ok);
    history.row(1, ANA, "booked");
    history.row(2, BEN, "booked");
    assert_eq!(history.violated(), ["overlaps", "linearizable", "at_once"]);
}

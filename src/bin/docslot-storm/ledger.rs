//! What the history says was done: the life of every appointment, from what its patient was told and, where no answer
//! came, from the database.
//!
//! Refusals are counted and not kept, so memory grows with what had an effect and not with the attempts.

use std::{collections::HashMap, io};

use super::{
    history::{Event, Nanos, Operation, Record},
    report::Property,
    rows::{Row, name, number},
};

/// The times between which something happened; without an end when no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: Nanos,
    pub until: Nanos,
}

impl Span {
    pub fn open(from: Nanos) -> Self {
        Span { from, until: Nanos::MAX }
    }

    /// Whether it was acknowledged.
    pub fn is_known(self) -> bool {
        self.until < Nanos::MAX
    }
}

/// How an appointment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Cancelled,
    MovedTo(u128),
}

/// An appointment as its patient knows it.
#[derive(Clone, Debug)]
pub struct Life {
    pub patient: u32,
    pub doctor: u128,
    pub start: i64,
    pub end: i64,
    pub held: Option<Span>,
    pub booked: Option<Span>,
    /// The same of a move: the new row.
    pub ended: Option<(End, Span)>,
    /// The status that its patient was told last; none after an answer that did not come.
    told: Option<String>,
}

/// What was sent under a key.
#[derive(Clone, Debug)]
struct Keyed {
    op: Operation,
    span: Span,
    id: Option<u128>,
    doctor: u128,
    start: i64,
    end: i64,
}

/// Everything that the history says, with what was noticed while it was read.
#[derive(Default)]
pub struct Ledger {
    pub lives: HashMap<u128, Life>,
    /// Addresses by number.
    pub patients: Vec<String>,
    numbers: HashMap<String, u32>,
    keyed: HashMap<(u32, String), Keyed>,
    /// Moves and cancellations without an answer.
    open: Vec<(Operation, u32, u128, Span, i64, i64)>,
    under_way: HashMap<u64, Record>,
    /// By operation and outcome.
    pub counts: HashMap<(Operation, String), u64>,
    pub one_effect: Property,
    pub own_writes: Property,
}

impl Ledger {
    /// Reads one line.
    ///
    /// # Errors
    /// It does not fit to those before.
    pub fn read(&mut self, record: Record) -> io::Result<()> {
        if record.event == Event::Invoke {
            self.under_way.insert(record.number, record);
            return Ok(());
        }
        let broken = || io::Error::other(format!("the history has an outcome without its request: {}", record.number));
        let asked = self.under_way.remove(&record.number).ok_or_else(broken)?;
        let op = asked.op.ok_or_else(broken)?;
        let outcome = match (&record.event, &record.code) {
            (Event::Ok, _) => "done".to_owned(),
            (Event::Fail, Some(code)) => code.clone(),
            (Event::Fail, None) => "refused".to_owned(),
            _ => "unknown".to_owned(),
        };
        *self.counts.entry((op, outcome)).or_default() += 1;
        self.enter(op, &asked, &record);
        Ok(())
    }

    /// Ends what was under way when the history ended: its outcome is unknown.
    pub fn finish(&mut self) {
        for (number, asked) in std::mem::take(&mut self.under_way) {
            let outcome = Record { number, event: Event::Unknown, at: Nanos::MAX, ..Record::default() };
            if let Some(op) = asked.op {
                self.enter(op, &asked, &outcome);
            }
        }
    }

    fn patient(&mut self, email: &str) -> u32 {
        if let Some(number) = self.numbers.get(email) {
            return *number;
        }
        let number = u32::try_from(self.patients.len()).unwrap_or(u32::MAX);
        self.patients.push(email.to_owned());
        self.numbers.insert(email.to_owned(), number);
        number
    }

    fn enter(&mut self, op: Operation, asked: &Record, outcome: &Record) {
        let patient = self.patient(asked.patient.as_deref().unwrap_or_default());
        let about = asked.id.as_deref().and_then(number);
        let known = outcome.event == Event::Ok;
        let span = Span { from: asked.at, until: if known { outcome.at } else { Nanos::MAX } };
        if outcome.event == Event::Fail && op != Operation::Read {
            return;
        }
        match op {
            Operation::Hold | Operation::Book | Operation::Confirm => {
                self.enter_keyed(op, patient, span, asked, outcome)
            }
            Operation::Read => self.enter_read(about, outcome),
            Operation::Move | Operation::Cancel => {
                let Some(about) = about else { return };
                if !known {
                    let (start, end) = (asked.start.unwrap_or_default(), asked.end.unwrap_or_default());
                    self.open.push((op, patient, about, span, start, end));
                    self.lives.entry(about).and_modify(|life| life.told = None);
                } else if op == Operation::Cancel {
                    self.end(about, End::Cancelled, span, outcome.code.clone());
                } else if let Some(new) = outcome.id.as_deref().and_then(number) {
                    let requested = outcome.code.as_deref() == Some("requested");
                    if !requested {
                        self.end(about, End::MovedTo(new), span, Some("rescheduled".to_owned()));
                    }
                    let doctor = asked.doctor.as_deref().and_then(number).unwrap_or_default();
                    let life = Life {
                        patient,
                        doctor,
                        start: asked.start.unwrap_or_default(),
                        end: asked.end.unwrap_or_default(),
                        held: None,
                        booked: Some(span),
                        ended: None,
                        told: outcome.code.clone(),
                    };
                    self.lives.insert(new, life);
                }
            }
        }
    }

    fn end(&mut self, id: u128, end: End, span: Span, told: Option<String>) {
        self.lives.entry(id).and_modify(|life| {
            life.ended = Some((end, span));
            life.told = told;
        });
    }

    /// An operation that was sent again is one with the first of the same key.
    fn enter_keyed(&mut self, op: Operation, patient: u32, span: Span, asked: &Record, outcome: &Record) {
        let Some(key) = asked.key.clone() else { return };
        let id = outcome.id.as_deref().and_then(number).filter(|_| span.is_known());
        let new = Keyed {
            op,
            span,
            id: None,
            doctor: asked.doctor.as_deref().and_then(number).unwrap_or_default(),
            start: asked.start.unwrap_or_default(),
            end: asked.end.unwrap_or_default(),
        };
        let entry = self.keyed.entry((patient, key)).or_insert(new);
        entry.span.until = entry.span.until.min(span.until);
        let Some(id) = id else { return };
        let same = entry.id.is_none_or(|before| before == id);
        let wanted = outcome.start == asked.start && outcome.doctor == asked.doctor;
        entry.id = Some(id);
        let taken = entry.clone();
        self.one_effect.check(same, || format!("key {:?} was answered with two appointments", asked.key));
        self.own_writes.check(wanted, || format!("asked for {asked:?}, was told {outcome:?}"));
        self.take(patient, id, &taken, outcome.code.clone());
    }

    fn take(&mut self, patient: u32, id: u128, taken: &Keyed, told: Option<String>) {
        let Keyed { op, span, doctor, start, end, .. } = *taken;
        let new = Life { patient, doctor, start, end, held: None, booked: None, ended: None, told: None };
        let life = self.lives.entry(id).or_insert(new);
        let place = if op == Operation::Hold { &mut life.held } else { &mut life.booked };
        *place = Some(span);
        if life.ended.is_none() {
            life.told = told;
        }
    }

    /// The patient asks alone, and one thing after the other: what was told last is what there is.
    fn enter_read(&mut self, about: Option<u128>, outcome: &Record) {
        let Some((id, life)) = about.and_then(|id| Some((id, self.lives.get(&id)?))) else { return };
        let refused = outcome.event == Event::Fail && outcome.status.is_some_and(|status| status < 429);
        let Some(told) = life.told.as_ref().filter(|_| refused || outcome.event == Event::Ok) else { return };
        let same = outcome.event == Event::Ok
            && outcome.code.as_ref() == Some(told)
            && outcome.start == Some(life.start)
            && outcome.doctor.as_deref().and_then(number) == Some(life.doctor);
        self.own_writes.check(same, || format!("{} was {told}, then it read {outcome:?}", name(id)));
    }

    /// Completes the lives with what had its effect though no answer came, and compares every key with what is stored.
    pub fn resolve(&mut self, rows: &HashMap<u128, Row>, stored: &HashMap<(u32, String), Vec<u128>>) {
        for ((patient, key), made) in stored {
            let known = self.keyed.contains_key(&(*patient, key.clone()));
            self.one_effect.check(known, || {
                format!("the key {key} is stored, and nobody was left without an answer or with a yes")
            });
            self.one_effect.check(made.len() == 1, || format!("the key {key} is stored {} times", made.len()));
        }
        let mut late = Vec::new();
        for ((patient, key), taken) in &self.keyed {
            let made = stored.get(&(*patient, key.clone())).and_then(|made| made.first().copied());
            match (taken.id, made) {
                (Some(id), made) => {
                    self.one_effect.check(made == Some(id), || {
                        format!("key {key} was answered with {}, and made {:?}", name(id), made.map(name))
                    });
                }
                (None, Some(made)) => late.push((*patient, made, taken.clone())),
                (None, None) => {}
            }
        }
        for (patient, id, taken) in late {
            self.take(patient, id, &Keyed { span: Span::open(taken.span.from), ..taken }, None);
        }
        for (op, patient, id, span, start, end) in std::mem::take(&mut self.open) {
            let Some(row) = rows.get(&id) else { continue };
            match (op, row.moved_to) {
                (Operation::Move, Some(new)) => {
                    self.end(id, End::MovedTo(new), span, None);
                    let booked = Some(span);
                    let life =
                        Life { patient, doctor: row.doctor, start, end, held: None, booked, ended: None, told: None };
                    self.lives.insert(new, life);
                }
                (Operation::Cancel, _) if row.status == "cancelled" => self.end(id, End::Cancelled, span, None),
                _ => {}
            }
        }
    }
}

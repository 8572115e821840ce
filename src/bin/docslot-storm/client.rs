//! One client: a patient who books, moves and cancels, one request after the other, and writes down what came of it.

use std::{io, sync::Arc, time::Duration};

use rand::{Rng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    clinic::{Slot, seconds},
    history::{Event, Operation, Record},
    http::{Answer, Connection, Cut, Request},
    storm::Shared,
};

/// Pause after a request whose outcome is unknown, and between two looks for a server that is away.
const PAUSE: Duration = Duration::from_millis(50);
/// A patient with so many appointments cancels one before booking more.
const MOST: usize = 8;
/// Bytes within which a connection is cut off: mostly in the request, now and then in the answer.
const CUT_WITHIN: usize = 700;

/// An appointment of this patient as it was last acknowledged.
struct Mine {
    id: String,
    version: i64,
    slot: Slot,
}

/// What came of a request.
enum Outcome {
    Done(Value),
    Refused,
    Unknown,
}

/// A request with what the history says of it.
struct Call {
    op: Operation,
    path: String,
    body: Value,
    key: Option<String>,
    slot: Option<Slot>,
    id: Option<String>,
}

pub struct Client {
    pub number: u32,
    pub email: String,
    pub token: String,
    pub connection: Connection,
    pub random: StdRng,
    pub shared: Arc<Shared>,
    mine: Vec<Mine>,
    held: Option<Mine>,
}

impl Client {
    pub fn new(
        number: u32,
        (email, token): (String, String),
        connection: Connection,
        random: StdRng,
        shared: Arc<Shared>,
    ) -> Self {
        Client { number, email, token, connection, random, shared, mine: Vec::new(), held: None }
    }

    /// Works until the storm's attempts are used up.
    ///
    /// # Errors
    /// The history cannot be written, or the server is away for too long.
    pub async fn run(mut self) -> io::Result<()> {
        while let Some(contended) = self.shared.next_attempt() {
            let dice = self.random.random_range(0..100);
            if let Some(held) = self.held.take() {
                // some holds are left to be replaced or to run out
                if dice < 85 {
                    self.confirm(held).await?;
                }
                continue;
            }
            let (cancel, hold, change, read) = if contended { (4, 10, 12, 13) } else { (20, 35, 50, 65) };
            match dice {
                _ if self.mine.len() >= MOST => self.cancel().await?,
                _ if dice < cancel && !self.mine.is_empty() => self.cancel().await?,
                _ if dice < hold => self.hold(contended).await?,
                _ if dice < change && !self.mine.is_empty() => self.change(contended).await?,
                _ if dice < read && !self.mine.is_empty() => self.read().await?,
                _ => self.book(contended).await?,
            }
        }
        Ok(())
    }

    fn any_slot(&mut self, contended: bool) -> Slot {
        let slots = if contended { &self.shared.hot } else { &self.shared.slots };
        let index = self.random.random_range(0..slots.len().max(1));
        slots.get(index).cloned().unwrap_or_default()
    }

    async fn book(&mut self, contended: bool) -> io::Result<()> {
        let slot = self.any_slot(contended);
        let body = json!({ "doctor_id": slot.doctor, "visit_type_id": slot.visit_type, "start": slot.start_text });
        let made = self.take(Operation::Book, "/appointments", body, &slot, None).await?;
        self.keep(made, slot).await
    }

    async fn hold(&mut self, contended: bool) -> io::Result<()> {
        let slot = self.any_slot(contended);
        let body = json!({ "doctor_id": slot.doctor, "visit_type_id": slot.visit_type, "start": slot.start_text });
        let made = self.take(Operation::Hold, "/holds", body, &slot, None).await?;
        self.held = made.and_then(|made| Some(Mine { id: text(&made, "id")?, version: 0, slot }));
        Ok(())
    }

    async fn confirm(&mut self, held: Mine) -> io::Result<()> {
        let body = json!({ "hold_id": held.id });
        let made = self.take(Operation::Confirm, "/appointments", body, &held.slot, Some(held.id)).await?;
        self.keep(made, held.slot).await
    }

    /// Remembers a new appointment, and now and then looks whether it is there.
    async fn keep(&mut self, made: Option<Value>, slot: Slot) -> io::Result<()> {
        let Some(made) = made else { return Ok(()) };
        if let Some(id) = text(&made, "id") {
            let version = made["version"].as_i64().unwrap_or_default();
            self.mine.push(Mine { id, version, slot });
            if self.random.random_range(0..10) < 3 {
                self.read().await?;
            }
        }
        Ok(())
    }

    /// Sends a request with a key until it has an answer, and now and then once more after that.
    async fn take(
        &mut self,
        op: Operation,
        path: &str,
        body: Value,
        slot: &Slot,
        id: Option<String>,
    ) -> io::Result<Option<Value>> {
        let key = Some(format!("{}-{}", self.number, self.shared.next_key()));
        let call = Call { op, path: path.into(), body, key, slot: Some(slot.clone()), id };
        loop {
            match self.call(&call).await? {
                Outcome::Done(made) => {
                    if self.random.random_range(0..100) < 3 {
                        self.call(&call).await?;
                    }
                    return Ok(Some(made));
                }
                Outcome::Refused => return Ok(None),
                Outcome::Unknown => sleep(PAUSE).await,
            }
        }
    }

    /// Moves an appointment to another time of the same doctor. One whose outcome stays unknown is not touched again.
    async fn change(&mut self, contended: bool) -> io::Result<()> {
        let index = self.random.random_range(0..self.mine.len());
        let mine = self.mine.swap_remove(index);
        let slot = self.any_slot(contended);
        if slot.doctor != mine.slot.doctor || slot.start == mine.slot.start {
            self.mine.push(mine);
            return self.book(contended).await;
        }
        let call = Call {
            op: Operation::Move,
            path: format!("/appointments/{}/reschedule", mine.id),
            body: json!({ "start": slot.start_text, "version": mine.version }),
            key: None,
            slot: Some(slot.clone()),
            id: Some(mine.id.clone()),
        };
        match self.call(&call).await? {
            Outcome::Done(made) => self.keep(Some(made), slot).await?,
            Outcome::Refused => self.mine.push(mine),
            Outcome::Unknown => sleep(PAUSE).await,
        }
        Ok(())
    }

    async fn cancel(&mut self) -> io::Result<()> {
        let index = self.random.random_range(0..self.mine.len());
        let mine = self.mine.swap_remove(index);
        let call = Call {
            op: Operation::Cancel,
            path: format!("/appointments/{}/cancel", mine.id),
            body: json!({ "version": mine.version }),
            key: None,
            slot: Some(mine.slot.clone()),
            id: Some(mine.id.clone()),
        };
        match self.call(&call).await? {
            Outcome::Done(_) if self.random.random_range(0..10) == 0 => self.look(&mine).await?,
            Outcome::Refused => self.mine.push(mine),
            Outcome::Unknown => sleep(PAUSE).await,
            Outcome::Done(_) => {}
        }
        Ok(())
    }

    /// Reads the newest appointment.
    async fn read(&mut self) -> io::Result<()> {
        let Some(mine) = self.mine.pop() else { return Ok(()) };
        self.look(&mine).await?;
        self.mine.push(mine);
        Ok(())
    }

    async fn look(&mut self, mine: &Mine) -> io::Result<()> {
        let call = Call {
            op: Operation::Read,
            path: format!("/appointments/{}", mine.id),
            body: Value::Null,
            key: None,
            slot: Some(mine.slot.clone()),
            id: Some(mine.id.clone()),
        };
        self.call(&call).await?;
        Ok(())
    }

    /// Sends one request and writes both of its lines.
    async fn call(&mut self, call: &Call) -> io::Result<Outcome> {
        self.shared.reach(&mut self.connection).await?;
        let number = self.shared.next_number();
        let history = &self.shared.history;
        let invoke = Record {
            number,
            at: history.now(),
            event: Event::Invoke,
            op: Some(call.op),
            client: Some(self.number),
            patient: Some(self.email.clone()),
            doctor: call.slot.as_ref().map(|slot| slot.doctor.clone()),
            start: call.slot.as_ref().map(|slot| slot.start),
            end: call.slot.as_ref().map(|slot| slot.end),
            key: call.key.clone(),
            id: call.id.clone(),
            ..Record::default()
        };
        history.write(&invoke)?;
        let answer = self.exchange(call).await;
        let (record, outcome) = judged(number, call.op, answer);
        self.shared.count(&record);
        let history = &self.shared.history;
        history.write(&Record { at: history.now(), ..record })?;
        Ok(outcome)
    }

    async fn exchange(&mut self, call: &Call) -> io::Result<Answer> {
        let cut = self.random.random_bool(self.shared.cuts).then(|| Cut(self.random.random_range(0..CUT_WITHIN)));
        let key = call.key.as_ref().map(|key| format!("idempotency-key: {key}\r\n")).unwrap_or_default();
        let headers = format!("authorization: Bearer {}\r\n{key}content-type: application/json\r\n", self.token);
        let (method, body) = match call.op {
            Operation::Read => ("GET", String::new()),
            _ => ("POST", call.body.to_string()),
        };
        let path = format!("/api/v1{}", call.path);
        self.connection.send(&Request { method, path: &path, headers: &headers, body: &body }, cut).await
    }
}

/// What an answer says of its operation.
fn judged(number: u64, op: Operation, answer: io::Result<Answer>) -> (Record, Outcome) {
    let Ok(answer) = answer else {
        return (Record { number, event: Event::Unknown, ..Record::default() }, Outcome::Unknown);
    };
    let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let mut record = Record { number, status: Some(answer.status), ..Record::default() };
    match answer.status {
        200..300 => {
            record.event = Event::Ok;
            record.id = text(&json, "id");
            record.doctor = text(&json, "doctor_id");
            record.start = text(&json, "start").and_then(|start| seconds(&start));
            record.end = text(&json, "end").and_then(|end| seconds(&end));
            record.code = text(&json, "status").filter(|_| op != Operation::Hold);
            (record, Outcome::Done(json))
        }
        _ => {
            let reasons = json["reasons"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let code = text(&json, "code").into_iter().chain(reasons.map(str::to_owned)).collect::<Vec<_>>().join(":");
            record.code = Some(code);
            // a failure that does not say that nothing was changed leaves it open
            let refused = answer.status < 500 || json["unchanged"] == Value::Bool(true);
            record.event = if refused { Event::Fail } else { Event::Unknown };
            (record, if refused { Outcome::Refused } else { Outcome::Unknown })
        }
    }
}

fn text(json: &Value, field: &str) -> Option<String> {
    json[field].as_str().map(str::to_owned)
}

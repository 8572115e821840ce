//! Messages against a mail server in a process of its own, which refuses, breaks off and is killed, and from a program
//! that is killed while it sends.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant as Elapsed},
};

use docslot::{
    db::Error,
    error::AppError,
    ids::{AppointmentId, PersonId},
    notifications::{
        model::Kind,
        server::{Message, enqueue},
    },
    on,
    state::Clock,
    web::request::Actor,
};
use uuid::Uuid;

use super::{fill, in_state, send_all, with_mail};
use crate::{
    booking::DAY,
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, test_unit},
    process,
    python::python,
};

/// A message that was taken.
struct Taken {
    id: String,
    to: String,
    /// Whether the server said so.
    answered: bool,
}

/// A mail server; it is killed and cleared away when this is dropped.
struct MailServer {
    child: Child,
    port: u16,
    folder: PathBuf,
    /// How often it was killed.
    kills: usize,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl MailServer {
    /// A server that takes the turns one after the other, again and again, and has answers of its own for some
    /// recipients (see mail_server.py).
    fn start(turns: &[&str], recipients: &[(&str, &str)]) -> MailServer {
        let folder = std::env::temp_dir().join(format!("docslot_smtp_{}", Uuid::now_v7().simple()));
        fs::create_dir(&folder).expect("a folder");
        write_script(&folder, turns, recipients);
        let (child, port) = listen(&folder, 0);
        MailServer { child, port, folder, kills: 0 }
    }

    fn follow(&self, turns: &[&str], recipients: &[(&str, &str)]) {
        write_script(&self.folder, turns, recipients);
    }

    fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// `kill -9`, and a new one at the same address.
    fn kill_and_start_again(&mut self) {
        self.child.kill().expect("kill -9");
        self.child.wait().expect("its end");
        self.kills += 1;
        (self.child, self.port) = listen(&self.folder, self.port);
    }

    /// The messages that were taken, in the order of their coming.
    fn taken(&self) -> Vec<Taken> {
        let log = fs::read_to_string(self.folder.join("taken")).unwrap_or_default();
        let complete = log.rsplit_once('\n').map_or("", |(complete, _)| complete);
        let taken = |line: &str| {
            let mut words = line.splitn(3, ' ').map(str::to_owned);
            Some(Taken { id: words.next()?, to: words.next()?, answered: words.next()? != "keep and drop" })
        };
        complete.lines().filter_map(taken).collect()
    }

    async fn wait_for(&self, messages: usize) {
        let began = Elapsed::now();
        while self.taken().len() < messages {
            assert!(began.elapsed() < Duration::from_secs(60), "{} of {messages} came", self.taken().len());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn write_script(folder: &Path, turns: &[&str], recipients: &[(&str, &str)]) {
    let recipients: BTreeMap<&str, &str> = recipients.iter().copied().collect();
    let script = serde_json::json!({ "recipients": recipients, "turns": turns });
    let unfinished = folder.join("script.new");
    fs::write(&unfinished, script.to_string()).expect("a script");
    fs::rename(unfinished, folder.join("script")).expect("a script in its place");
}

/// Another program's outgoing connection may sit at the port of a server that was killed: then it tries again.
fn listen(folder: &Path, port: u16) -> (Child, u16) {
    let began = Elapsed::now();
    loop {
        if let Some(listening) = try_to_listen(folder, port) {
            return listening;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "the mail server does not come to listen");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn try_to_listen(folder: &Path, port: u16) -> Option<(Child, u16)> {
    let mut command = python("mail/mail_server.py");
    command.arg(port.to_string()).arg(folder.join("script")).arg(folder.join("taken"));
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the mail server");
    let out = child.stdout.take().expect("its output");
    match BufReader::new(out).lines().next().and_then(Result::ok) {
        Some(line) => Some((child, line.trim().parse().expect("a port"))),
        None => {
            child.wait().expect("its end");
            None
        }
    }
}

/// What became of the messages of a run.
#[derive(Debug, PartialEq, Eq)]
struct Tally {
    /// Of those that ought to arrive, the ones that did not.
    lost: usize,
    /// Messages about what was rolled back.
    untrue: usize,
    /// How often a message came that had come before, under the same Message-ID.
    repeated: usize,
    /// Messages that arrived for a person whom the server refuses.
    refused: usize,
}

fn tally(server: &MailServer, people: &People, wanted: usize) -> Tally {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let (mut untrue, mut refused) = (0, 0);
    for Taken { id, to, .. } in server.taken() {
        untrue += usize::from(to == people.undone_address);
        refused += usize::from(to == people.refused_address);
        *times.entry(id).or_default() += 1;
    }
    let repeated = times.values().map(|times| times - 1).sum();
    Tally { lost: wanted.saturating_sub(times.len()), untrue, repeated, refused }
}

/// A patient who gets messages, one whom the server refuses, and one whose booking is rolled back.
struct People {
    refused_address: String,
    undone_address: String,
}

/// Puts `wanted` messages for one person into the outbox, `REFUSED` for another one, and rolls five back.
async fn write_messages(clinic: &TestClinic, wanted: usize) -> People {
    let (patient, refused, undone) = (clinic.patient().await, clinic.patient().await, clinic.patient().await);
    let appointment = clinic.book(patient, 0, TOMORROW_9.plus_minutes(20 * DAY)).await.expect("a booking");
    let other = clinic.book(refused, 1, TOMORROW_9.plus_minutes(20 * DAY)).await.expect("a booking");
    fill(clinic, patient.user, appointment, wanted - 1).await;
    tell_again(clinic, refused.user, other, REFUSED - 1).await;
    for number in 0..5 {
        roll_back(clinic, undone, appointment, number).await;
    }
    let address = |who: Actor| format!("{}@example.org", who.user);
    People { refused_address: address(refused), undone_address: address(undone) }
}

const REFUSED: usize = 3;

async fn tell_again(clinic: &TestClinic, to: PersonId, appointment: AppointmentId, number: usize) {
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                for n in 0..number {
                    let dedupe_key = &format!("refused:{n}");
                    enqueue(
                        &mut tx,
                        NOW,
                        Message { kind: Kind::AppointmentBooked, to, appointments: &[appointment], dedupe_key },
                    )
                    .await?;
                }
                Ok(())
            })
        })
        .await;
}

async fn roll_back(clinic: &TestClinic, who: Actor, appointment: AppointmentId, number: usize) {
    let undone: Result<(), Error> = clinic
        .app
        .db
        .write(test_unit(move |mut tx| {
            Box::pin(async move {
                let dedupe_key = &format!("undone:{number}");
                let message =
                    Message { kind: Kind::AppointmentBooked, to: who.user, appointments: &[appointment], dedupe_key };
                enqueue(&mut tx, NOW, message).await?;
                Err(AppError::Conflict.into())
            })
        }))
        .await;
    assert!(undone.is_err());
}

/// Everything that waits is due, and each worker that had a message in hand is known to be dead.
async fn hurry(clinic: &TestClinic) {
    let due = "update outbox set due_at = created_at where state = 'queued'";
    clinic.execute(due).await.expect("messages that are due");
    let over = "update outbox set leased_until = created_at where state = 'sending'";
    clinic.execute(over).await.expect("leases that ran out");
}

/// The program itself, sending over one connection.
fn serve(clinic: &TestClinic, server: &MailServer) -> Child {
    let mut command = process::command(&clinic.url);
    command
        .env("DOCSLOT_MAIL_TRANSPORT", "smtp")
        .env("DOCSLOT_MAIL_SMTP_URL", server.url())
        .env("DOCSLOT_MAIL_CONNECTIONS", "1");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program");
    let out = child.stdout.take().expect("its output");
    let ready = BufReader::new(out).lines().map_while(Result::ok).any(|line| line.contains("http://"));
    assert!(ready, "it does not start");
    child
}

fn end(mut program: Child) {
    program.kill().expect("kill -9");
    program.wait().expect("its end");
}

both_databases! {
    async fn a_server_that_refuses_breaks_off_and_is_killed_gets_every_message_that_it_can_get(clinic: TestClinic) {
        const MESSAGES: usize = 60;
        let people = write_messages(&clinic, MESSAGES).await;
        let refuses = [(people.refused_address.as_str(), "550 5.1.1 No such user here")];
        let turns = [
            "250", "421 4.3.2 Shutting down", "250", "451 4.3.0 Try again later", "drop before", "250", "drop after",
            "250", "keep and drop", "250", "452 4.2.2 Mailbox full",
        ];
        let mut server = MailServer::start(&turns, &refuses);
        let app = with_mail(&clinic, &server.url(), 1);
        let mut rounds = 0;
        while in_state(&clinic, "queued").await > 0 {
            send_all(&app).await;
            clinic.clock.advance_seconds(3_600);
            rounds += 1;
            if rounds % 12 == 0 && server.kills < 3 {
                server.kill_and_start_again();
            }
            if rounds == 60 {
                server.follow(&["250"], &refuses);
            }
            assert!(rounds < 200, "{} taken, {} wait", server.taken().len(), in_state(&clinic, "queued").await);
        }
        let tally = tally(&server, &people, MESSAGES);
        // the server said nothing after it had taken these
        let unanswered = server.taken().iter().filter(|taken| !taken.answered).count();
        println!("{MESSAGES} messages, {rounds} rounds, the server killed {} times: {tally:?}", server.kills);
        assert_eq!((tally.lost, tally.untrue, tally.refused), (0, 0, 0));
        assert!(tally.repeated <= unanswered + server.kills, "{tally:?}, {unanswered} unanswered");
        assert_eq!(in_state(&clinic, "sent").await, MESSAGES as i64);
        assert_eq!(in_state(&clinic, "failed").await, REFUSED as i64);
        let refused = "select count(*) from outbox where state = 'failed' and last_error = 'refused' and attempts = 1";
        assert_eq!(clinic.count(refused).await, REFUSED as i64, "no is no");
    }

    async fn programs_killed_after_the_servers_yes_lose_nothing_and_repeat_at_most_one_message_a_time(clinic: TestClinic) {
        const MESSAGES: usize = 30;
        const CRASHES: usize = 6;
        let people = write_messages(&clinic, MESSAGES).await;
        // the program's clock is the machine's
        let start = Clock::system().now().plus_minutes(10 * DAY);
        clinic.write(move |mut tx| Box::pin(async move {
            let sql = "update appointments set starts_at = $1, ends_at = $2";
            let end = start.plus_minutes(30);
            on!(tx, |c| sqlx::query(sql).bind(start).bind(end).execute(c).await?.rows_affected());
            Ok(())
        })).await;
        let refuses = [(people.refused_address.as_str(), "550 5.1.1 No such user here")];
        // every yes comes late: a worker that is killed when a message was written down has not heard it
        let mut server = MailServer::start(&["slow"], &refuses);
        for crash in 1..=CRASHES {
            hurry(&clinic).await;
            let program = serve(&clinic, &server);
            server.wait_for(server.taken().len() + 3).await;
            end(program);
            if crash % 3 == 0 {
                server.kill_and_start_again();
            }
        }
        hurry(&clinic).await;
        server.follow(&["250"], &refuses);
        let program = serve(&clinic, &server);
        let began = Elapsed::now();
        while in_state(&clinic, "sent").await < MESSAGES as i64 {
            assert!(began.elapsed() < Duration::from_secs(90), "{} sent", in_state(&clinic, "sent").await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        end(program);
        let tally = tally(&server, &people, MESSAGES);
        println!("{MESSAGES} messages, {CRASHES} programs and {} servers killed: {tally:?}", server.kills);
        assert_eq!((tally.lost, tally.untrue, tally.refused), (0, 0, 0));
        assert!(tally.repeated <= CRASHES, "{tally:?}");
        assert!(tally.repeated > 0, "no crash met the moment that it was meant to meet");
    }
}

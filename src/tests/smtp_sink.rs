//! A mail server in the test's own process, which does what the test's script says.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::{JoinHandle, JoinSet},
};

/// What the server does with one message.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// Keeps it and says 250.
    Accept,
    /// Keeps it and says 250 after a while.
    Slowly(Duration),
    /// Says this line instead of 250.
    Refuse(&'static str),
    /// Says this line to the sender.
    RefuseSender(&'static str),
    /// Says this line to the recipient.
    RefuseRecipient(&'static str),
    /// Ends the connection when the message has come, without keeping it.
    Drop,
    /// Keeps the message and never answers: what a crash between the 250 and the update looks like from here.
    KeepAndHang,
}

/// A message that was kept.
#[derive(Clone, Debug)]
pub struct Email {
    pub to: String,
    pub raw: Vec<u8>,
}

type Script = dyn Fn(usize, &str) -> Answer + Send + Sync;

struct State {
    /// Gets the number of the message, from 0, and its recipient.
    script: Box<Script>,
    begun: AtomicUsize,
    emails: Mutex<Vec<Email>>,
    /// Told when a message was kept.
    kept: Notify,
}

/// A running server; it stops when this is dropped.
pub struct Sink {
    pub address: SocketAddr,
    state: Arc<State>,
    server: JoinHandle<()>,
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Sink {
    /// A server on a free port of the loopback interface.
    pub async fn start(script: impl Fn(usize, &str) -> Answer + Send + Sync + 'static) -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = State {
            script: Box::new(script),
            begun: AtomicUsize::new(0),
            emails: Mutex::default(),
            kept: Notify::new(),
        };
        let state = Arc::new(state);
        let shared = state.clone();
        let server = tokio::spawn(async move {
            let mut talks = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                talks.spawn(talk(stream, shared.clone()));
            }
        });
        Sink { address, state, server }
    }

    /// A server that keeps everything.
    pub async fn accepting() -> Sink {
        Sink::start(|_, _| Answer::Accept).await
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The messages kept so far, in the order of their coming.
    pub fn emails(&self) -> Vec<Email> {
        self.state.emails.lock().expect("the emails").clone()
    }

    /// Waits until this many messages were kept.
    pub async fn wait_for(&self, emails: usize) {
        let wait = async {
            loop {
                let kept = self.state.kept.notified();
                if self.emails().len() >= emails {
                    return;
                }
                let _ = tokio::time::timeout(Duration::from_millis(200), kept).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(120), wait).await;
        assert!(waited.is_ok(), "only {} of {emails} messages came", self.emails().len());
    }
}

impl State {
    fn keep(&self, to: &str, raw: Vec<u8>) {
        self.emails.lock().expect("the emails").push(Email { to: to.to_owned(), raw });
        self.kept.notify_waiters();
    }
}

/// One connection, until either side ends it.
async fn talk(stream: TcpStream, state: Arc<State>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read);
    let (mut to, mut answer) = (String::new(), Answer::Accept);
    write.write_all(b"220 sink\r\n").await.ok()?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let verb = line.trim().to_ascii_uppercase();
        let reply = if verb.starts_with("EHLO") {
            "250-sink\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN"
        } else if verb.starts_with("AUTH") {
            "535 5.7.8 user name or password not right"
        } else if verb.starts_with("MAIL") {
            // the only answer that is needed before the recipient is known
            match (state.script)(state.begun.load(Ordering::SeqCst), "") {
                Answer::RefuseSender(reply) => reply,
                _ => "250 ok",
            }
        } else if verb.starts_with("RCPT") {
            to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
            answer = (state.script)(state.begun.fetch_add(1, Ordering::SeqCst), &to);
            if let Answer::RefuseRecipient(reply) = answer { reply } else { "250 ok" }
        } else if verb.starts_with("DATA") {
            write.write_all(b"354 go on\r\n").await.ok()?;
            let raw = read_message(&mut lines).await?;
            match answer {
                Answer::Drop => return None,
                Answer::KeepAndHang => {
                    state.keep(&to, raw);
                    std::future::pending::<()>().await;
                    return None;
                }
                Answer::Refuse(reply) => reply,
                Answer::Slowly(pause) => {
                    tokio::time::sleep(pause).await;
                    state.keep(&to, raw);
                    "250 kept"
                }
                Answer::Accept | Answer::RefuseRecipient(_) | Answer::RefuseSender(_) => {
                    state.keep(&to, raw);
                    "250 kept"
                }
            }
        } else if verb.starts_with("QUIT") {
            write.write_all(b"221 bye\r\n").await.ok()?;
            return None;
        } else {
            "250 ok"
        };
        write.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
    }
}

/// The lines up to the one that is a dot alone.
async fn read_message(lines: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).await.ok()? == 0 {
            return None;
        }
        match line.as_slice() {
            b".\r\n" => return Some(message),
            [b'.', rest @ ..] => message.extend_from_slice(rest),
            all => message.extend_from_slice(all),
        }
    }
}

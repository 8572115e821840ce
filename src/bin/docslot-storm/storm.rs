//! The storm: many clients at once, first on few times, then on many.

use std::{
    collections::BTreeMap,
    error::Error,
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use clap::Args;
use rand::{SeedableRng, rngs::StdRng};
use tokio::{
    net::lookup_host,
    signal::unix::{SignalKind, signal},
    task::JoinSet,
    time::sleep,
};

use super::{
    client::Client,
    clinic::{self, Slot},
    history::{Event, Record, Writer},
    http::Connection,
};

/// Doctors whose first times are the contended ones, and how many times of each.
const HOT_DOCTORS: usize = 3;
const HOT_TIMES: usize = 8;
/// Of ten attempts, those on contended times, which come first.
const CONTENDED_TENTHS: u64 = 8;
/// Pause between two looks for a server that is away.
const PAUSE: Duration = Duration::from_millis(20);
/// Patients that register at the same time: the server hashes a password for each.
const REGISTERING: usize = 4;

#[derive(Args)]
pub struct Options {
    /// The server: http://HOST:PORT. It needs DOCSLOT_LIMITS_REGISTRATIONS=0, DOCSLOT_LIMITS_HOLDS=0 and
    /// DOCSLOT_BOOKING_MAX_FUTURE_APPOINTMENTS=1000. Given again: more servers of the same database, in turn for the
    /// clients
    #[arg(long, required = true)]
    url: Vec<String>,
    #[arg(long, default_value_t = 32)]
    clients: u32,
    /// Requests in all; SIGTERM or SIGINT end the storm earlier
    #[arg(long, default_value_t = 10_000)]
    attempts: u64,
    /// Where to write what was asked and answered
    #[arg(long)]
    history: PathBuf,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Doctors whose times are booked
    #[arg(long, default_value_t = 8)]
    doctors: usize,
    /// Of 1,000 requests, how many are cut off at a random byte
    #[arg(long, default_value_t = 0)]
    cuts: u32,
    /// Seconds for which a server may be away
    #[arg(long, default_value_t = 60)]
    patience: u64,
    /// The folder into which the server writes its messages: a server that sends mail opens accounts by a link alone
    #[arg(long)]
    mail: Option<PathBuf>,
}

/// What the clients share.
pub struct Shared {
    pub history: Writer,
    pub hot: Vec<Slot>,
    pub slots: Vec<Slot>,
    /// The share of requests that are cut off.
    pub cuts: f64,
    patience: Duration,
    attempts: u64,
    begun: AtomicU64,
    numbers: AtomicU64,
    keys: AtomicU64,
    counts: Mutex<BTreeMap<String, u64>>,
}

impl Shared {
    /// Whether there is another attempt, and whether it is for a contended time.
    pub fn next_attempt(&self) -> Option<bool> {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        (number < self.attempts).then_some(number < self.attempts / 10 * CONTENDED_TENTHS)
    }

    pub fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    pub fn next_key(&self) -> u64 {
        self.keys.fetch_add(1, Ordering::Relaxed)
    }

    pub fn count(&self, outcome: &Record) {
        let name = match (&outcome.event, &outcome.code) {
            (Event::Fail, Some(code)) => format!("refused: {code}"),
            (Event::Fail, None) => "refused".to_owned(),
            (Event::Ok, _) => "done".to_owned(),
            _ => "unknown".to_owned(),
        };
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
    }

    /// Opens the connection, and waits for a server that is away.
    ///
    /// # Errors
    /// It stays away.
    pub async fn reach(&self, connection: &mut Connection) -> io::Result<()> {
        let began = Instant::now();
        while let Err(error) = connection.open().await {
            if began.elapsed() > self.patience {
                return Err(error);
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }
}

/// Runs the storm, and says what came of it.
///
/// # Errors
/// The server refuses to be stormed or is away for too long, or the history cannot be written.
pub async fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let mut servers = Vec::new();
    for url in &options.url {
        let host = url.strip_prefix("http://").ok_or("the URL must begin with http://")?.trim_end_matches('/');
        servers.push(lookup_host(host).await?.next().ok_or("the URL names no address")?);
    }
    let address = *servers.first().ok_or("there is no URL")?;
    let times = clinic::free_times(address, options.doctors).await?;
    let hot = times.iter().take(HOT_DOCTORS).flat_map(|slots| slots.iter().take(HOT_TIMES)).cloned().collect();
    let patients = register(address, &options).await?;
    let shared = Arc::new(Shared {
        history: Writer::create(&options.history)?,
        hot,
        slots: times.concat(),
        cuts: f64::from(options.cuts.min(1_000)) / 1_000.0,
        patience: Duration::from_secs(options.patience),
        attempts: options.attempts,
        begun: AtomicU64::new(0),
        numbers: AtomicU64::new(0),
        keys: AtomicU64::new(0),
        counts: Mutex::default(),
    });
    end_on_signal(&shared)?;
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for ((number, patient), address) in (0_u32..).zip(patients).zip(servers.into_iter().cycle()) {
        let random = StdRng::seed_from_u64(options.seed.wrapping_mul(1_000_003).wrapping_add(number.into()));
        clients.spawn(Client::new(number, patient, Connection::new(address), random, shared.clone()).run());
    }
    let ended: Vec<io::Result<()>> = clients.join_all().await;
    let (seconds, number) = (began.elapsed().as_secs_f64(), shared.numbers.load(Ordering::Relaxed));
    println!("{number} requests in {seconds:.1} s: {:.0} a second", number as f64 / seconds);
    for (name, count) in &*shared.counts.lock().unwrap_or_else(PoisonError::into_inner) {
        println!("    {count:>9} {name}");
    }
    ended.into_iter().collect::<io::Result<()>>()?;
    Ok(())
}

/// Lets no attempt begin after SIGTERM or SIGINT.
fn end_on_signal(shared: &Arc<Shared>) -> io::Result<()> {
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let (mut told, shared) = (signal(kind)?, shared.clone());
        tokio::spawn(async move {
            told.recv().await;
            shared.begun.store(shared.attempts, Ordering::Relaxed);
        });
    }
    Ok(())
}

/// Registers a patient for each client, and returns their addresses and tokens.
async fn register(address: SocketAddr, options: &Options) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let emails: Vec<String> =
        (0..options.clients).map(|number| format!("storm-{}-{now}-{number}@storm.example", options.seed)).collect();
    let mut patients = Vec::new();
    for some in emails.chunks(REGISTERING) {
        let mut tasks = JoinSet::new();
        for email in some.iter().cloned() {
            let mail = options.mail.clone();
            tasks.spawn(
                async move { clinic::register(address, &email, mail.as_deref()).await.map(|token| (email, token)) },
            );
        }
        for patient in tasks.join_all().await {
            patients.push(patient?);
        }
    }
    Ok(patients)
}

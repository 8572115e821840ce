//! The figures by name, with what each means. Names follow Prometheus' rules: base units, `_total` for what only rises.

use std::{fmt, sync::atomic::Ordering::Relaxed, time::UNIX_EPOCH};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder, prometheus_text},
    metrics::{MetricType, exemplar::Exemplar},
    registry::Registry,
};

use super::{
    figures::{Figures, millis},
    process::ProcessFigures,
};
use crate::{
    db::{Pools, measure::Histogram},
    state::AppState,
    web::{
        metrics::{Act, Door, JobFigures, METHODS, place},
        rate_limits::Limited,
    },
};

/// All figures as text.
///
/// # Errors
/// None that is known: the text is in memory.
pub(super) fn text(app: &AppState, figures: Option<Figures>, process: ProcessFigures) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Families { app: app.clone(), figures, process }));
    let mut text = String::new();
    prometheus_text::encode(&mut text, &registry)?;
    Ok(text)
}

struct Families {
    app: AppState,
    figures: Option<Figures>,
    process: ProcessFigures,
}

impl fmt::Debug for Families {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Families")
    }
}

impl Collector for Families {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        let mut page = Page(encoder);
        self.requests(&mut page)?;
        self.appointments(&mut page)?;
        self.people(&mut page)?;
        self.database(&mut page)?;
        self.units(&mut page)?;
        self.mail(&mut page)?;
        self.jobs(&mut page)?;
        self.process(&mut page)
    }
}

/// The text while it is written.
struct Page<'a>(DescriptorEncoder<'a>);

/// The labels of one series.
type Labels<'l> = &'l [(&'static str, &'l str)];

impl Page<'_> {
    fn counter<'l>(&mut self, name: &str, help: &str, all: impl Iterator<Item = (Vec<Label<'l>>, u64)>) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in all {
            let labels: Labels<'_> = &labels;
            encode_counter(family.encode_family(&labels)?, value)?;
        }
        Ok(())
    }

    fn counter_f64(&mut self, name: &str, help: &str, value: Option<f64>) -> fmt::Result {
        let Some(value) = value else { return Ok(()) };
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        family.encode_counter(&value, None::<&Exemplar<[(&str, &str); 0], f64>>)
    }

    fn gauge<'l>(&mut self, name: &str, help: &str, all: impl Iterator<Item = (Vec<Label<'l>>, f64)>) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, value) in all {
            let labels: Labels<'_> = &labels;
            family.encode_family(&labels)?.encode_gauge(&value)?;
        }
        Ok(())
    }

    /// One value without labels, or nothing.
    fn value(&mut self, name: &str, help: &str, value: Option<f64>) -> fmt::Result {
        match value {
            Some(value) => self.gauge(name, help, [(Vec::new(), value)].into_iter()),
            None => Ok(()),
        }
    }

    fn histogram<'l>(
        &mut self,
        name: &str,
        help: &str,
        all: impl Iterator<Item = (Vec<Label<'l>>, &'l Histogram)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (labels, histogram) in all {
            let (sum, count, buckets) = histogram.read();
            let labels: Labels<'_> = &labels;
            let mut series = family.encode_family(&labels)?;
            series.encode_histogram::<[(&str, &str); 0]>(sum, count, &buckets, None)?;
        }
        Ok(())
    }
}

type Label<'l> = (&'static str, &'l str);

fn encode_counter(mut series: MetricEncoder<'_>, value: u64) -> fmt::Result {
    series.encode_counter(&value, None::<&Exemplar<[(&str, &str); 0], f64>>)
}

fn float(value: u64) -> f64 {
    value as f64
}

fn signed(value: i64) -> f64 {
    value as f64
}

/// Seconds since 1970 of so many milliseconds; nothing for what never was.
fn seconds(milliseconds: u64) -> Option<f64> {
    (milliseconds > 0).then(|| float(milliseconds) / 1000.0)
}

impl Families {
    fn requests(&self, page: &mut Page<'_>) -> fmt::Result {
        let routes: Vec<_> = self.app.metrics.routes.all().collect();
        let method = |kind: usize| METHODS.get(kind).copied().unwrap_or("other");
        let statuses = routes.iter().flat_map(|(route, kind, figures)| {
            let used = figures.statuses().filter(|(_, count)| *count > 0);
            used.map(|(status, count)| (*route, method(*kind), status.to_string(), count))
        });
        let statuses: Vec<_> = statuses.collect();
        page.counter(
            "docslot_http_requests",
            "Answered requests by the pattern of their address, method and status (0: a rare one).",
            statuses.iter().map(|(route, method, status, count)| {
                (vec![("route", *route), ("method", *method), ("status", status.as_str())], *count)
            }),
        )?;
        let used = routes.iter().filter(|(.., figures)| figures.seconds.read().1 > 0);
        page.histogram(
            "docslot_http_request_duration_seconds",
            "Time from a request's head to its answer's head.",
            used.map(|(route, kind, figures)| (vec![("route", *route), ("method", method(*kind))], &figures.seconds)),
        )
    }

    fn appointments(&self, page: &mut Page<'_>) -> fmt::Result {
        let metrics = &self.app.metrics;
        let named = [
            (
                Act::Hold,
                "docslot_holds",
                "Times that were held, by door: web (patients), api. A doctor's or staff's booking needs none.",
            ),
            (
                Act::Book,
                "docslot_bookings",
                "Appointments that were booked or requested, by door: web (patients), desk (doctors and staff on the website), api.",
            ),
            (Act::Move, "docslot_moves", "Appointments that were moved or asked to be moved, one by one, by door."),
            (Act::Cancel, "docslot_cancellations", "Appointments that were cancelled one by one, by door."),
        ];
        for (act, name, help) in named {
            let doors = Door::ALL.into_iter();
            page.counter(name, help, doors.map(|(door, word)| (vec![("door", word)], metrics.done(act, door))))?;
        }
        let places: Vec<_> = Act::ALL.into_iter().flat_map(|act| Door::ALL.map(|door| (act, door))).collect();
        let refusals = metrics.refusals.all().filter_map(|(code, kind, count)| {
            let ((_, act), (_, door)) = places.iter().find(|((act, _), (door, _))| place(*act, *door) == kind)?;
            Some((vec![("act", *act), ("door", *door), ("reason", code)], count.load(Relaxed)))
        });
        page.counter(
            "docslot_refusals",
            "Holds, bookings, moves and cancellations that were refused or failed, by the code of the reason.",
            refusals.filter(|(_, count)| *count > 0),
        )?;
        let held = self.figures.map(|figures| signed(figures.row.held));
        page.value("docslot_held_appointments", "Times that are held now (10000: as many or more).", held)
    }

    fn people(&self, page: &mut Page<'_>) -> fmt::Result {
        let metrics = &self.app.metrics;
        let sign_ins = [("succeeded", &metrics.signed_in), ("failed", &metrics.sign_ins_failed)];
        page.counter(
            "docslot_sign_ins",
            "Passwords that were typed to sign in, and sign-ins by the clinic's directory, by whether they were right.",
            sign_ins.into_iter().map(|(outcome, count)| (vec![("outcome", outcome)], count.load(Relaxed))),
        )?;
        let refused = |limited| self.app.limits.refused(limited);
        let limits = [
            ("hold", refused(Limited::Hold)),
            ("registration", refused(Limited::Registration)),
            ("password_reset", refused(Limited::PasswordReset)),
            ("directory", refused(Limited::Directory)),
            ("passkey", refused(Limited::PasskeyChallenge)),
            ("sign_in", metrics.sign_ins_early.load(Relaxed)),
        ];
        page.counter(
            "docslot_rate_limited",
            "Requests that were told to wait, by limit.",
            limits.into_iter().map(|(limit, count)| (vec![("limit", limit)], count)),
        )?;
        let listeners = u64::try_from(self.app.schedule_changes.listener_count()).unwrap_or(u64::MAX);
        page.value("docslot_event_listeners", "Open pages and programs that listen to changes.", Some(float(listeners)))
    }

    fn database(&self, page: &mut Page<'_>) -> fmt::Result {
        let db = &self.app.db;
        let pools = db.pool_figures();
        let states = pools.iter().flat_map(|pool| {
            [("idle", pool.idle), ("busy", pool.size.saturating_sub(pool.idle))]
                .map(|(state, count)| (vec![("pool", pool.name), ("state", state)], f64::from(count)))
        });
        page.gauge("docslot_database_connections", "Open connections to the database.", states)?;
        let most = pools.iter().map(|pool| (vec![("pool", pool.name)], f64::from(pool.most)));
        page.gauge("docslot_database_connections_max", "As many connections as there can be.", most)?;
        let waiting = pools.iter().map(|pool| (vec![("pool", pool.name)], signed(pool.waiting)));
        page.gauge(
            "docslot_database_waiting",
            "Who waits for a connection, or for the only one that writes.",
            waiting,
        )?;
        let timeouts = db.measures().timeouts.load(Relaxed);
        page.counter(
            "docslot_database_wait_timeouts",
            "Requests that were told to come back because no connection was free for five seconds.",
            [(Vec::new(), timeouts)].into_iter(),
        )?;
        let age = self.figures.map(|figures| figures.asked.elapsed().as_secs_f64());
        page.value(
            "docslot_database_figures_age_seconds",
            "Age of the figures that the database is asked for; it grows while all connections are in use.",
            age,
        )?;
        let ahead = self.figures.and_then(|figures| figures.clock_ahead);
        let help = "How far the clock of the PostgreSQL server is ahead of this machine's.";
        page.value("docslot_database_clock_offset_seconds", help, ahead)
    }

    fn units(&self, page: &mut Page<'_>) -> fmt::Result {
        let measures = self.app.db.measures();
        let units: Vec<_> = measures.units.all().filter(|(.., unit)| unit.tries.load(Relaxed) > 0).collect();
        let outcomes = units.iter().flat_map(|(name, _, unit)| {
            unit.outcomes().map(|(outcome, count)| (vec![("unit", *name), ("outcome", outcome)], count))
        });
        page.counter("docslot_write_units", "Changes of the database by how they ended.", outcomes)?;
        let tries = units.iter().map(|(name, _, unit)| (vec![("unit", *name)], unit.tries.load(Relaxed)));
        let help = "Tries of changes of the database; more than the changes when some collided with others.";
        page.counter("docslot_write_unit_tries", help, tries)?;
        let seconds = units.iter().map(|(name, _, unit)| (vec![("unit", *name)], &unit.seconds));
        let help = "Time of changes of the database, waiting and all tries included.";
        page.histogram("docslot_write_unit_duration_seconds", help, seconds)?;
        if matches!(self.app.db.pools, Pools::Postgres(_)) {
            return Ok(());
        }
        let sizes = [(Vec::new(), &measures.group_sizes)].into_iter();
        page.histogram("docslot_commit_group_size", "Changes that share one commit on SQLite.", sizes)
    }

    fn mail(&self, page: &mut Page<'_>) -> fmt::Result {
        if let Some(Figures { row, .. }) = self.figures {
            let states = [("queued", row.queued), ("sending", row.sending), ("failed", row.failed)].into_iter();
            page.gauge(
                "docslot_outbox_messages",
                "Messages of the outbox by state (10000: as many or more).",
                states.map(|(state, count)| (vec![("state", state)], signed(count))),
            )?;
            let age = row.waiting_since.map_or(0, |since| self.app.clock.now().0 - since.0);
            let help = "Age of the oldest message that should have been sent by now; 0 without one.";
            page.value("docslot_outbox_oldest_age_seconds", help, Some(signed(age.max(0))))?;
        }
        let mail = self.app.metrics.mail.all().filter(|(.., count)| count.load(Relaxed) > 0);
        // "retried/unreachable"
        let split = mail.map(|(name, _, count)| (name.split_once('/').unwrap_or((name, "")), count.load(Relaxed)));
        page.counter(
            "docslot_mail_attempts",
            "Attempts to send a message: sent, suppressed (no longer true), retried later, failed for good; with the error.",
            split.map(|((outcome, error), count)| (vec![("outcome", outcome), ("error", error)], count)),
        )
    }

    fn jobs(&self, page: &mut Page<'_>) -> fmt::Result {
        let jobs: Vec<_> = self.app.metrics.jobs.all().filter(|(.., job)| job.last_run.load(Relaxed) > 0).collect();
        let runs = jobs.iter().flat_map(|(name, _, job)| {
            [("succeeded", &job.succeeded), ("failed", &job.failed)]
                .map(|(outcome, count)| (vec![("job_name", *name), ("outcome", outcome)], count.load(Relaxed)))
        });
        page.counter("docslot_job_runs", "Runs of the jobs that run by the clock.", runs)?;
        let last = |at: fn(&JobFigures) -> u64| {
            let named =
                jobs.iter().filter_map(move |(name, _, job)| Some((vec![("job_name", *name)], seconds(at(job))?)));
            named.collect::<Vec<_>>().into_iter()
        };
        let help = "When a job ran last, in seconds since 1970.";
        page.gauge("docslot_job_last_run_timestamp_seconds", help, last(|job| job.last_run.load(Relaxed)))?;
        let help = "When a job succeeded last, in seconds since 1970.";
        page.gauge("docslot_job_last_success_timestamp_seconds", help, last(|job| job.last_success.load(Relaxed)))?;
        let took =
            jobs.iter().map(|(name, _, job)| (vec![("job_name", *name)], float(job.last_took.load(Relaxed)) / 1e6));
        page.gauge("docslot_job_last_duration_seconds", "How long a job took the last time.", took)
    }

    fn process(&self, page: &mut Page<'_>) -> fmt::Result {
        let started = float(millis(self.app.metrics.started)) / 1000.0;
        let process = &self.process;
        let now = float(millis(std::time::SystemTime::now())) / 1000.0;
        let engine = if matches!(self.app.db.pools, Pools::Postgres(_)) { "postgres" } else { "sqlite" };
        let backup = process.last_backup.map(|at| at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
        let version = vec![("version", env!("CARGO_PKG_VERSION")), ("database", engine)];
        page.gauge("docslot_build_info", "1; the version and the kind of database.", [(version, 1.0)].into_iter())?;
        page.value("docslot_clock_timestamp_seconds", "This machine's clock, in seconds since 1970.", Some(now))?;
        let help = "When the newest file of metrics.backup_folder was written, in seconds since 1970; 0 without one.";
        page.value("docslot_backup_last_timestamp_seconds", help, backup)?;
        let help = "When this process started, in seconds since 1970.";
        page.value("process_start_time_seconds", help, Some(started))?;
        page.value("process_resident_memory_bytes", "Memory in use.", process.resident_bytes.map(float))?;
        page.value("process_open_fds", "Open files and connections.", process.open_files.map(float))?;
        page.value("process_max_fds", "As many as there can be.", process.most_files.map(float))?;
        page.counter_f64("process_cpu_seconds", "Time of the processors.", process.cpu_seconds)
    }
}

//! What waits for the clinic's staff.

use sqlx::FromRow;

use crate::{
    accounts::{Permission, Role},
    admin::{PendingTaskLink, PendingTasks},
    clinic::server::clinic_zone,
    config::TransportKind,
    db::{Conn, Error},
    notifications::model::State,
    time::{Timestamp, server::Zone},
};

/// A request that runs out within this many minutes cannot wait until tomorrow.
const SOON_MINUTES: i64 = 24 * 60;
/// Minutes after which a message that is due should have left.
const LATE_MINUTES: i64 = 15;
/// Doctors named one by one.
const NAMED: usize = 10;

/// Everything that waits and that a person of this role may deal with, the most pressing first.
pub(super) async fn pending_tasks(
    conn: &mut Conn<'_>,
    role: Role,
    transport: TransportKind,
    now: Timestamp,
) -> Result<Vec<PendingTasks>, Error> {
    let zone = clinic_zone(conn).await?;
    let mut pending_tasks = requests(conn, &zone, now).await?;
    if role.may(Permission::ManagePeople) {
        pending_tasks.extend(approvals(conn).await?);
        pending_tasks.extend(leaving(conn).await?);
    }
    if role.may(Permission::ReadMessages) {
        pending_tasks.extend(messages(conn, transport, now).await?);
    }
    pending_tasks.sort_by_key(|pending_tasks| !pending_tasks.urgent);
    Ok(pending_tasks)
}

#[derive(FromRow)]
struct RequestsRow {
    name: String,
    slug: String,
    requests: i64,
    answer_by: Option<Timestamp>,
}

/// Requests for appointments to come, doctor by doctor; those that run out first come first.
async fn requests(conn: &mut Conn<'_>, zone: &Zone, now: Timestamp) -> Result<Vec<PendingTasks>, Error> {
    const SQL: &str = "select d.name, d.slug, count(*) as requests, min(a.answer_by) as answer_by
        from appointments a join doctors d on d.id = a.doctor_id
        where a.status = 'requested' and a.starts_at >= $1
        group by d.id, d.name, d.slug order by d.name, d.slug";
    let mut rows: Vec<RequestsRow> = conn.fetch_all(SQL, (now,)).await?;
    rows.sort_by_key(|row| row.answer_by.map_or(i64::MAX, |at| at.0));
    let others = rows.len().saturating_sub(NAMED);
    rows.truncate(NAMED);
    let mut pending_tasks: Vec<PendingTasks> = rows.into_iter().map(|row| row.pending_tasks(zone, now)).collect();
    if others > 0 {
        pending_tasks.push(plain(format!(
            "{} have requests that wait as well.",
            counted(others, "more doctor", "more doctors")
        )));
    }
    Ok(pending_tasks)
}

impl RequestsRow {
    fn pending_tasks(self, zone: &Zone, now: Timestamp) -> PendingTasks {
        let waiting = match self.requests {
            1 => "1 request is waiting for an answer.".to_owned(),
            more => format!("{more} requests are waiting for an answer."),
        };
        let which = if self.requests == 1 { "It" } else { "The first" };
        let runs_out = match self.answer_by {
            Some(at) if at <= now => format!(" {which} is running out now."),
            Some(at) => format!(" {which} runs out on {}.", zone.moment_words(at, now)),
            None => String::new(),
        };
        PendingTasks {
            text: format!("{}: {waiting}{runs_out}", self.name),
            urgent: self.answer_by.is_some_and(|at| at <= now.plus_minutes(SOON_MINUTES)),
            link: Some(link(format!("/doctor?doctor={}", self.slug), "Open the day", &self.name)),
        }
    }
}

async fn approvals(conn: &mut Conn<'_>) -> Result<Option<PendingTasks>, Error> {
    const SQL: &str = "select count(*) from doctors where approval = 'waiting' and status <> 'deactivated'";
    let waiting: i64 = conn.fetch_value(SQL, ()).await?;
    let text = match waiting {
        0 => return Ok(None),
        1 => "1 doctor is waiting for approval.".to_owned(),
        more => format!("{more} doctors are waiting for approval."),
    };
    let link = link("/admin/doctors".to_owned(), "Approve or reject", "");
    Ok(Some(PendingTasks { text, urgent: false, link: Some(link) }))
}

async fn leaving(conn: &mut Conn<'_>) -> Result<Vec<PendingTasks>, Error> {
    const SQL: &str = "select name, slug from doctors
        where leave_requested_at is not null and status <> 'deactivated' order by leave_requested_at, name";
    let rows: Vec<(String, String)> = conn.fetch_all(SQL, ()).await?;
    let pending_tasks = |(name, slug): (String, String)| PendingTasks {
        text: format!("{name} has asked to leave the clinic."),
        urgent: false,
        link: Some(link(format!("/admin/doctors/{slug}/leaving"), "See what is left behind", &name)),
    };
    Ok(rows.into_iter().map(pending_tasks).collect())
}

/// Messages that could not be sent, and those that should have left by now.
async fn messages(conn: &mut Conn<'_>, transport: TransportKind, now: Timestamp) -> Result<Vec<PendingTasks>, Error> {
    const SQL: &str = "select state, count(*) as messages from outbox
        where state = 'failed' or (state in ('queued', 'sending') and due_at <= $1) group by state";
    let late = match transport {
        TransportKind::None => now,
        TransportKind::File | TransportKind::Smtp => now.plus_minutes(-LATE_MINUTES),
    };
    let rows: Vec<(State, i64)> = conn.fetch_all(SQL, (late,)).await?;
    let (failed, waiting): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(state, _)| *state == State::Failed);
    let sum = |rows: Vec<(State, i64)>| usize::try_from(rows.iter().map(|(_, count)| count).sum::<i64>()).unwrap_or(0);
    let mut pending_tasks = Vec::new();
    let mut add = |text: String, state: State| {
        let link = link(format!("/admin/outbox?state={}", state.into_str()), "See the messages", "");
        pending_tasks.push(PendingTasks { text, urgent: false, link: Some(link) });
    };
    match sum(failed) {
        0 => {}
        failed => add(format!("{} could not be sent.", counted(failed, "message", "messages")), State::Failed),
    }
    match (sum(waiting), transport) {
        (0, _) => {}
        (1, TransportKind::None) => add("Email is not set up yet: 1 message waits.".to_owned(), State::Queued),
        (more, TransportKind::None) => add(format!("Email is not set up yet: {more} messages wait."), State::Queued),
        (1, _) => add("1 message has not been sent yet.".to_owned(), State::Queued),
        (more, _) => add(format!("{more} messages have not been sent yet."), State::Queued),
    }
    Ok(pending_tasks)
}

fn link(href: String, words: &str, about: &str) -> PendingTaskLink {
    PendingTaskLink { href, words: words.to_owned(), about: about.to_owned() }
}

fn plain(text: String) -> PendingTasks {
    PendingTasks { text, urgent: false, link: None }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

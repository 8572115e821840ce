//! Messages to the owner of an account, and how often one may be asked for.
//!
//! The outbox itself is the count: an account gets at most ten messages of a kind a day, however often it asks.

use uuid::Uuid;

use crate::{
    db::{Conn, Error, Tx},
    ids::PersonId,
    notifications::{
        model::Kind,
        server::{Notice, To, enqueue_notice},
    },
    time::Timestamp,
};

/// Seconds between two messages that were asked for by pressing the same button twice.
pub(super) const MIN_RESEND_INTERVAL: i64 = 5 * 60;
/// Messages of one kind to one account in a day.
const MAX_A_DAY: i64 = 10;
const DAY: i64 = 24 * 3600;

/// Puts a message to the owner of an account into the outbox. `message` names it: a random value from outside the unit.
pub(super) async fn send(
    tx: &mut Tx<'_>,
    kind: Kind,
    user: PersonId,
    message: Uuid,
    now: Timestamp,
) -> Result<(), Error> {
    send_about(tx, kind, user, message, "", now).await
}

/// The same of a kind that needs more, as [`Notice::about`] says.
pub(super) async fn send_about(
    tx: &mut Tx<'_>,
    kind: Kind,
    user: PersonId,
    message: Uuid,
    about: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let dedupe_key = &[kind.into_str(), ":", &message.to_string()].concat();
    enqueue_notice(tx, now, Notice { kind, to: To::Person(user), about, dedupe_key }).await
}

/// Seconds until this account may have another message of this kind, with this many seconds between two; 0 for now.
pub(super) async fn wait(
    conn: &mut Conn<'_>,
    kind: Kind,
    user: PersonId,
    apart: i64,
    now: Timestamp,
) -> Result<u32, Error> {
    const SQL: &str = "select created_at from outbox where person_id = $1 and kind = $2 and created_at > $3
        order by created_at desc limit $4";
    let since = Timestamp(now.0 - DAY);
    let sent: Vec<Timestamp> = conn.fetch_values(SQL, (user, kind, since, MAX_A_DAY)).await?;
    Ok(wait_after(&sent, apart, now))
}

/// `sent` are the messages of the last day, the newest first, and no more than a day may have.
fn wait_after(sent: &[Timestamp], apart: i64, now: Timestamp) -> u32 {
    let after_last = sent.first().map_or(0, |last| last.0 + apart - now.0);
    let full = i64::try_from(sent.len()).is_ok_and(|sent| sent >= MAX_A_DAY);
    let after_first = sent.last().filter(|_| full).map_or(0, |first| first.0 + DAY - now.0);
    u32::try_from(after_last.max(after_first)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_messages_are_five_minutes_apart_and_ten_come_in_a_day() {
        let now = Timestamp(1_000_000);
        let sent = |seconds: &[i64]| seconds.iter().map(|ago| Timestamp(now.0 - ago)).collect::<Vec<_>>();
        assert_eq!(wait_after(&[], MIN_RESEND_INTERVAL, now), 0);
        assert_eq!(wait_after(&sent(&[100]), MIN_RESEND_INTERVAL, now), 200);
        assert_eq!(wait_after(&sent(&[100]), 0, now), 0);
        assert_eq!(wait_after(&sent(&[300]), MIN_RESEND_INTERVAL, now), 0);
        let ten: Vec<i64> = (1..=10).map(|n| n * 1_000).collect();
        assert_eq!(wait_after(&sent(&ten), MIN_RESEND_INTERVAL, now), 76_400);
        assert_eq!(wait_after(&sent(&ten[..9]), MIN_RESEND_INTERVAL, now), 0);
    }
}

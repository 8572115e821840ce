//! The life of an appointment: every action by every role in every state, on a real database.
//!
//! What is expected is written down here by hand, so that a slip in the program's own table is found.

use docslot::{
    booking::{
        Action, ActorRole, Status,
        server::{Appointment, Author},
    },
    db::{Conn, Error, Tx},
    error::AppError,
    ids::AppointmentId,
    on,
};
use strum::VariantArray;
use uuid::Uuid;

use crate::{
    both_databases,
    clinic::{NOW, TOMORROW_9},
};

use Action as A;
use Status as S;

/// The state before (none for a new appointment), the action, the state afterwards, and who may: V(isitor), P(atient),
/// D(octor), R(eceptionist), staff (A), the system (S).
#[rustfmt::skip]
const EXPECTED: &[(Option<Status>, Action, Status, &str)] = &[
    (None,               A::Hold,       S::Held,        "VPS"),
    (None,               A::Book,       S::Booked,      "PDRA"),
    (None,               A::Request,    S::Requested,   "PDRA"),
    (None,               A::Import,     S::Booked,      "S"),
    (None,               A::Restore,    S::Booked,      "DRA"),
    (None,               A::RestoreRequest, S::Requested, "DRA"),
    (Some(S::Cancelled), A::Restore,    S::Booked,      "DRA"),
    (Some(S::Cancelled), A::RestoreRequest, S::Requested, "DRA"),
    (Some(S::Held),      A::Extend,     S::Held,        "VP"),
    (Some(S::Held),      A::Release,    S::Expired,     "VP"),
    (Some(S::Held),      A::Expire,     S::Expired,     "S"),
    (Some(S::Held),      A::Book,       S::Booked,      "P"),
    (Some(S::Held),      A::Request,    S::Requested,   "P"),
    (Some(S::Expired),   A::Book,       S::Booked,      "P"),
    (Some(S::Expired),   A::Request,    S::Requested,   "P"),
    (Some(S::Requested), A::Accept,     S::Booked,      "DRA"),
    (Some(S::Requested), A::Decline,    S::Declined,    "DRA"),
    (Some(S::Requested), A::Expire,     S::Expired,     "S"),
    (Some(S::Requested), A::Cancel,     S::Cancelled,   "PDRA"),
    (Some(S::Requested), A::Reschedule, S::Rescheduled, "PDRA"),
    (Some(S::Booked),    A::Cancel,     S::Cancelled,   "PDRAS"),
    (Some(S::Booked),    A::Reschedule, S::Rescheduled, "PDRA"),
    (Some(S::Booked),    A::Arrive,     S::Arrived,     "DRA"),
    (Some(S::Booked),    A::Complete,   S::Completed,   "DRAS"),
    (Some(S::Booked),    A::NoShow,     S::NoShow,      "DRAS"),
    (Some(S::Arrived),   A::Complete,   S::Completed,   "DRA"),
    (Some(S::Arrived),   A::Cancel,     S::Cancelled,   "DRA"),
    (Some(S::Arrived),   A::Reopen,     S::Booked,      "DRA"),
    (Some(S::Completed), A::Reopen,     S::Booked,      "DRA"),
    (Some(S::NoShow),    A::Reopen,     S::Booked,      "DRA"),
];

fn email(role: ActorRole) -> char {
    match role {
        ActorRole::Visitor => 'V',
        ActorRole::Patient => 'P',
        ActorRole::Doctor => 'D',
        ActorRole::Receptionist => 'R',
        ActorRole::Admin => 'A',
        ActorRole::System => 'S',
    }
}

fn expected(from: Option<Status>, action: Action, role: ActorRole) -> Option<Status> {
    let mut rows = EXPECTED.iter().filter(|row| row.0 == from && row.1 == action && row.3.contains(email(role)));
    let found = rows.next().map(|row| row.2);
    assert!(rows.next().is_none(), "{from:?} {action:?} stands twice");
    found
}

/// Every pair of an action and a role.
fn actions_and_roles() -> impl Iterator<Item = (Action, ActorRole)> {
    Action::VARIANTS.iter().flat_map(|&action| ActorRole::VARIANTS.iter().map(move |&role| (action, role)))
}

fn by(role: ActorRole) -> Author {
    Author { actor: None, role }
}

/// A new row like this one, which stands next to others at its time.
fn copy(template: &Appointment, status: Status) -> Appointment {
    let mut row = template.clone();
    row.id = AppointmentId(Uuid::now_v7());
    row.reference = docslot::random::reference();
    (row.status, row.overbook, row.version) = (status, true, 1);
    (row.held_until, row.answer_by) = (Some(NOW), Some(NOW));
    row
}

/// A row that came into this state behind the program's back.
async fn row_in(tx: &mut Tx<'_>, template: &Appointment, status: Status) -> Result<Appointment, Error> {
    let row = copy(template, Status::Booked);
    row.insert(tx, Action::Book, by(ActorRole::Admin)).await?;
    let sql = "update appointments set status = $2 where id = $1";
    on!(tx, |c| sqlx::query(sql).bind(row.id).bind(status).execute(c).await?.rows_affected());
    Appointment::find(tx, row.id).await
}

type EventRow = (i32, ActorRole, Action, Option<Status>, Status);

async fn events(conn: &mut Conn<'_>, id: AppointmentId) -> Result<Vec<EventRow>, Error> {
    let sql = "select version, actor_role, action, from_status, to_status from appointment_events
        where appointment_id = $1 order by version";
    Ok(on!(conn, |c| sqlx::query_as(sql).bind(id).fetch_all(c).await?))
}

/// Tries everything on rows in one state; returns how many tries were allowed and refused.
async fn walk(tx: &mut Tx<'_>, template: &Appointment, from: Status) -> Result<(u32, u32), Error> {
    let (mut allowed, mut refused) = (0, 0);
    let untouched = row_in(tx, template, from).await?;
    for (action, role) in actions_and_roles() {
        let Some(to) = expected(Some(from), action, role) else {
            // the unit goes on and commits: what a refused change had written would stay
            let outcome = untouched.clone().change(tx, action, by(role), NOW).await;
            assert!(
                matches!(outcome, Err(Error::App(AppError::Conflict))),
                "{from:?} {action:?} {role:?}: {outcome:?}"
            );
            refused += 1;
            continue;
        };
        let mut row = row_in(tx, template, from).await?;
        row.change(tx, action, by(role), NOW).await?;
        let now = Appointment::find(tx, row.id).await?;
        assert_eq!((now.status, now.version), (to, 2), "{from:?} {action:?} {role:?}");
        assert_eq!(events(tx, row.id).await?[1..], [(2, role, action, Some(from), to)]);
        allowed += 1;
    }
    let now = Appointment::find(tx, untouched.id).await?;
    assert_eq!(format!("{now:?}"), format!("{untouched:?}"), "a refused change left the row as it was");
    assert_eq!(events(tx, untouched.id).await?.len(), 1, "and wrote no event");
    Ok((allowed, refused))
}

/// Tries to make a new appointment by every action of every role, in every state.
async fn walk_new(tx: &mut Tx<'_>, template: &Appointment) -> Result<(u32, u32), Error> {
    let (mut allowed, mut refused) = (0, 0);
    for (action, role) in actions_and_roles() {
        let wanted = expected(None, action, role);
        for &status in Status::VARIANTS {
            let row = copy(template, status);
            let outcome = row.insert(tx, action, by(role)).await;
            let sql = "select count(*) from appointments where id = $1";
            let rows: i64 = on!(tx, |c| sqlx::query_scalar(sql).bind(row.id).fetch_one(c).await?);
            if wanted == Some(status) {
                outcome?;
                assert_eq!((rows, events(tx, row.id).await?), (1, vec![(1, role, action, None, status)]));
            } else {
                assert!(matches!(outcome, Err(Error::App(AppError::Conflict))), "{action:?} {role:?} {status:?}");
                assert_eq!((rows, events(tx, row.id).await?.len()), (0, 0));
            }
        }
        match wanted {
            Some(_) => allowed += 1,
            None => refused += 1,
        }
    }
    Ok((allowed, refused))
}

both_databases! {
    async fn each_state_allows_exactly_what_it_should_to_exactly_whom_it_should(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let template = clinic.row(id).await;
        let states: Vec<Option<Status>> = std::iter::once(None).chain(Status::VARIANTS.iter().copied().map(Some)).collect();
        let (mut allowed, mut refused) = (0, 0);
        for from in states.iter().copied() {
            let template = template.clone();
            let (yes, no) = clinic
                .write(move |mut tx| {
                    let template = template.clone();
                    Box::pin(async move {
                        let conn = &mut tx;
                        let counts = match from {
                            Some(from) => walk(conn, &template, from).await?,
                            None => walk_new(conn, &template).await?,
                        };
                        Ok(counts)
                    })
                })
                .await;
            allowed += yes;
            refused += no;
        }
        let written = EXPECTED.iter().map(|row| row.3.len()).sum::<usize>();
        println!("{} states, {} actions, {} roles: {allowed} changes allowed, {refused} refused",
            states.len(), Action::VARIANTS.len(), ActorRole::VARIANTS.len());
        assert_eq!(allowed as usize, written);
        assert_eq!((allowed + refused) as usize, states.len() * Action::VARIANTS.len() * ActorRole::VARIANTS.len());
    }
}

//! Appointments in words. Times are the clinic's, with its zone.

use super::{desk::day_page, record::Appointment};
use crate::{
    accounts::Role,
    booking::{
        Action, ActorRole, AppointmentView, Change, HistoryEntry, HoldLeft, HoldView, LateCancel, PatientContact,
        Status, VisitView, desk::ClinicSide, next_status,
    },
    db::{Conn, Error, on},
    ids::UserId,
    server::request::Actor,
    time::{Instant, server::Zone},
};

/// Name, e-mail address and phone number of an account.
pub(super) struct Contact {
    name: String,
    email: String,
    phone: Option<String>,
}

impl Contact {
    /// As doctor and staff see them: the number given for this visit comes first.
    pub(super) fn of_visit(self, visit: &Appointment) -> PatientContact {
        let given = Some(visit.contact_phone.clone()).filter(|phone| !phone.is_empty());
        PatientContact { name: self.name, phone: given.or(self.phone).unwrap_or_default() }
    }
}

pub(super) async fn contact(conn: &mut Conn<'_>, user: UserId) -> Result<Contact, Error> {
    const SQL: &str = "select display_name, email, phone from users where id = $1";
    let (name, email, phone) = on!(conn, |c| sqlx::query_as(SQL).bind(user).fetch_one(c).await?);
    Ok(Contact { name, email, phone })
}

/// The zone of the clock that a visit goes by.
pub(super) fn zone(visit: &Appointment) -> Result<Zone, Error> {
    Zone::parse(&visit.time_zone).ok_or(Error::Corrupt("unknown time zone"))
}

/// "Thursday 3 December, 2:20pm"
pub(super) fn moment(visit: &Appointment, now: Instant) -> Result<String, Error> {
    Ok(zone(visit)?.moment_words(visit.starts_at, now))
}

/// What the patient can do with a visit at this moment.
pub(super) fn change_now(visit: &Appointment, now: Instant) -> Change {
    let open = matches!(visit.status, Status::Requested | Status::Booked) && visit.starts_at > now;
    match (open, now < cutoff(visit), visit.late_cancel) {
        (false, ..) => Change::Finished,
        (true, true, _) => Change::Free,
        (true, false, LateCancel::Allow) => Change::LateCancelOnly,
        (true, false, LateCancel::Deny) => Change::CallClinic,
    }
}

fn cutoff(visit: &Appointment) -> Instant {
    visit.starts_at.plus_minutes(-i64::from(visit.cutoff_minutes))
}

/// What the patient can still change, and until when.
fn rule(visit: &Appointment, zone: &Zone, now: Instant) -> String {
    let (until, phone) = (zone.moment_words(cutoff(visit), now), &visit.location_phone);
    match (now < cutoff(visit), visit.late_cancel) {
        (true, LateCancel::Allow) => {
            format!("You can move or cancel online until {until}. After that you can still cancel; it counts as late.")
        }
        (true, LateCancel::Deny) => {
            format!("You can move or cancel online until {until}. After that, call {phone}.")
        }
        (false, LateCancel::Allow) => {
            "The visit is close, so it cannot be moved online. You can still cancel; it counts as late.".to_owned()
        }
        (false, LateCancel::Deny) => {
            format!("The visit is close, so it cannot be moved or cancelled online. If you cannot come, call {phone}.")
        }
    }
}

pub(super) fn visit(visit: &Appointment, now: Instant) -> Result<VisitView, Error> {
    let zone = zone(visit)?;
    let date = zone.local_date(visit.starts_at);
    Ok(VisitView {
        doctor_slug: visit.doctor_slug.clone(),
        doctor_name: visit.doctor_name.clone(),
        visit_type: visit.visit_type_id.to_string(),
        visit_name: visit.visit_name.clone(),
        mode: visit.mode,
        minutes: visit.ends_at.minutes_since(visit.starts_at),
        starts_at: visit.starts_at,
        date: date.date_words(),
        from: zone.time_words(visit.starts_at),
        to: zone.time_words(visit.ends_at),
        zone: zone.words(),
        offset_minutes: visit.utc_offset_seconds / 60,
        location: visit.location_name.clone(),
        address: visit.location_address.clone(),
        phone: visit.location_phone.clone(),
        instructions: visit.instructions.clone(),
        rule: rule(visit, &zone, now),
        tile: date.tile_words(),
    })
}

pub(super) fn hold(
    hold: &Appointment,
    contact: Option<Contact>,
    extendable: bool,
    now: Instant,
) -> Result<HoldView, Error> {
    let phone = contact.as_ref().and_then(|contact| contact.phone.clone());
    Ok(HoldView {
        id: hold.id,
        visit: visit(hold, now)?,
        left: hold_left(hold, extendable, now)?,
        needs_approval: hold.needs_approval,
        reason: hold.reason.clone(),
        phone: if hold.contact_phone.is_empty() { phone.unwrap_or_default() } else { hold.contact_phone.clone() },
        email: contact.as_ref().map(|contact| contact.email.clone()),
        patient: contact.map(|contact| contact.name),
    })
}

/// How long a time is still held.
pub(super) fn hold_left(hold: &Appointment, extendable: bool, now: Instant) -> Result<HoldLeft, Error> {
    let until = hold.held_until.unwrap_or(hold.updated_at);
    let live = hold.status == Status::Held && until > now;
    Ok(HoldLeft { until: zone(hold)?.time_words(until), minutes: live.then(|| until.minutes_since(now)), extendable })
}

/// An appointment for its patient, or with `patient` for doctor and staff.
pub(super) fn appointment(
    row: &Appointment,
    history: Vec<HistoryEntry>,
    patient: Option<Contact>,
    now: Instant,
) -> Result<AppointmentView, Error> {
    let cancelled_by = row.cancelled_by.map(|role| {
        match role {
            ActorRole::Patient | ActorRole::Visitor if patient.is_some() => "Cancelled by the patient",
            ActorRole::Patient | ActorRole::Visitor => "Cancelled by you",
            ActorRole::Doctor => "Cancelled by the doctor",
            ActorRole::Admin | ActorRole::System => "Cancelled by the clinic",
        }
        .to_owned()
    });
    Ok(AppointmentView {
        id: row.id,
        version: row.version,
        reference: row.reference.clone(),
        status: row.status,
        visit: visit(row, now)?,
        reason: row.reason.clone(),
        patient: patient.map(|patient| patient.of_visit(row)),
        change: change_now(row, now),
        cancelled_by,
        moved_to: row.rescheduled_to,
        moved_from: row.rescheduled_from,
        answer_by: match (row.status, row.answer_by) {
            (Status::Requested, Some(until)) => Some(zone(row)?.moment_words(until, now)),
            _ => None,
        },
        clinic: None,
        history,
    })
}

/// What the doctor and staff see of a visit besides; none for patients.
pub(super) fn clinic_side(row: &Appointment, actor: Actor) -> Option<ClinicSide> {
    let can = |action| next_status(Some(row.status), action, actor.role.into()).is_some();
    (actor.role != Role::Patient).then(|| ClinicSide {
        day: day_page(actor, row),
        overbook: row.overbook,
        override_reason: row.override_reason.clone(),
        can_move: can(Action::Reschedule),
        can_cancel: can(Action::Cancel),
    })
}

/// Who did something, as its reader sees them.
pub(super) fn who(role: ActorRole, is_reader: bool) -> &'static str {
    match (role, is_reader) {
        (_, true) => "you",
        (ActorRole::Visitor | ActorRole::Patient, _) => "the patient",
        (ActorRole::Doctor, _) => "the doctor",
        (ActorRole::Admin, _) => "the clinic",
        (ActorRole::System, _) => "the system",
    }
}

/// The line of the history for a request that nobody answered.
pub(super) const RAN_OUT: &str = "Ran out: the clinic did not answer in time";

/// One line of the history. Holding a time and keeping it longer are not worth a line.
pub(super) fn event_words(action: Action, after_move: bool, who: &str) -> Option<String> {
    let what = match action {
        Action::Hold | Action::Extend | Action::Release | Action::Expire => return None,
        Action::Arrive => "Arrived: noted by",
        Action::Complete => "Completed: noted by",
        Action::NoShow => "Did not attend: noted by",
        Action::Reopen => "Set back to booked by",
        Action::Book if after_move => "Moved to this time by",
        Action::Book => "Booked by",
        Action::Request => "Requested by",
        Action::Accept => "Accepted by",
        Action::Decline => "Declined by",
        Action::Cancel => "Cancelled by",
        Action::Reschedule => "Moved to another time by",
    };
    Some(format!("{what} {who}"))
}

pub(super) fn history_entry(
    visit: &Appointment,
    at: Instant,
    what: String,
    now: Instant,
) -> Result<HistoryEntry, Error> {
    Ok(HistoryEntry { when: zone(visit)?.moment_words(at, now), what })
}

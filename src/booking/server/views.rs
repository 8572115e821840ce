//! Appointments in words. Times are the clinic's, with its zone.

use super::{appointment::Appointment, resource_use};
use crate::{
    accounts::Permission,
    booking::{
        Action, ActorRole, Answered, AppointmentAnswers, AppointmentDetails, AppointmentSummary, Change, HistoryEntry,
        HoldLeft, HoldView, LateCancel, Mode, OtherTime, PatientContact, PatientReason, Status, front_desk::ClinicSide,
        next_status, server::access::day_page,
    },
    clinic::server::answer_by_words,
    db::{Conn, Error},
    ids::PersonId,
    time::{Timestamp, server::Zone},
    web::request::Actor,
};

/// Name, e-mail address and phone number of an account.
pub(super) struct Contact {
    pub name: String,
    email: String,
    pub phone: Option<String>,
}

impl Contact {
    /// To begin a form with.
    pub(super) fn name_and_phone(self) -> (String, String) {
        (self.name, self.phone.unwrap_or_default())
    }

    /// As doctor and staff see them: the number given for this appointment comes first.
    pub(super) fn of_appointment(self, appointment: &Appointment) -> PatientContact {
        let given = Some(appointment.contact_phone.clone()).filter(|phone| !phone.is_empty());
        PatientContact { id: appointment.patient_id, name: self.name, phone: given.or(self.phone).unwrap_or_default() }
    }
}

pub(super) async fn contact(conn: &mut Conn<'_>, user: PersonId) -> Result<Contact, Error> {
    const SQL: &str = "select display_name, coalesce(email, ''), phone from persons where id = $1";
    let (name, email, phone) = conn.fetch_one(SQL, (user,)).await?;
    Ok(Contact { name, email, phone })
}

/// The zone of the clock that an appointment goes by.
pub(super) fn zone(appointment: &Appointment) -> Result<Zone, Error> {
    Zone::parse(&appointment.time_zone).ok_or(Error::Corrupt("unknown time zone"))
}

/// "Thursday 3 December, 2:20pm"
pub(super) fn moment(appointment: &Appointment, now: Timestamp) -> Result<String, Error> {
    Ok(zone(appointment)?.moment_words(appointment.starts_at, now))
}

/// The other appointment of a request to move: "9am on Tuesday 6 January".
pub(super) fn other_time(other: Option<&Appointment>, now: Timestamp) -> Result<Option<OtherTime>, Error> {
    let Some(other) = other else { return Ok(None) };
    let zone = zone(other)?;
    let date = zone.local_date(other.starts_at).day_words(zone.local_date(now));
    Ok(Some(OtherTime { id: other.id, when: [&zone.time_words(other.starts_at), " on ", &date].concat() }))
}

/// The details with the other appointment, when a request to move is open or came to nothing. What can no longer be
/// moved can no longer be asked to be moved elsewhere.
pub(super) fn with_others(
    details: AppointmentDetails,
    kept: Option<&Appointment>,
    asked: Option<&Appointment>,
    now: Timestamp,
) -> Result<AppointmentDetails, Error> {
    let change = change_with(details.change, kept, now);
    Ok(AppointmentDetails { kept: other_time(kept, now)?, asked: other_time(asked, now)?, change, ..details })
}

/// What can be done with a request to move `kept`.
pub(super) fn change_with(change: Change, kept: Option<&Appointment>, now: Timestamp) -> Change {
    match (change, kept) {
        (Change::Free, Some(kept)) if change_now(kept, now) != Change::Free => Change::LateCancelOnly,
        (change, _) => change,
    }
}

/// What the patient can do with an appointment at this moment. A request to move can be withdrawn until it is answered.
pub(super) fn change_now(appointment: &Appointment, now: Timestamp) -> Change {
    let open = matches!(appointment.status, Status::Requested | Status::Booked) && appointment.starts_at > now;
    match (open, now < cutoff(appointment), appointment.late_cancel) {
        (false, ..) => Change::Finished,
        (true, true, _) => Change::Free,
        (true, false, _) if appointment.would_replace.is_some() => Change::LateCancelOnly,
        (true, false, LateCancel::Allow) => Change::LateCancelOnly,
        (true, false, LateCancel::Deny) => Change::CallClinic,
    }
}

fn cutoff(appointment: &Appointment) -> Timestamp {
    appointment.starts_at.plus_minutes(-i64::from(appointment.cutoff_minutes))
}

/// What the patient can still change, and until when.
fn rule(appointment: &Appointment, zone: &Zone, now: Timestamp) -> String {
    if appointment.would_replace.is_some() && appointment.status == Status::Requested {
        return "You can withdraw this request until it is answered.".to_owned();
    }
    let (until, phone) = (zone.moment_words(cutoff(appointment), now), &appointment.location_phone);
    match (now < cutoff(appointment), appointment.late_cancel) {
        (true, LateCancel::Allow) => {
            format!(
                "You can move or cancel online until {until}. After that you can still cancel, but the clinic notes that \
                 it was late."
            )
        }
        (true, LateCancel::Deny) => {
            format!("You can move or cancel online until {until}. After that, call {phone}.")
        }
        (false, LateCancel::Allow) => {
            "The appointment is close, so it cannot be moved online. You can still cancel, but the clinic notes that it was \
             late."
                .to_owned()
        }
        (false, LateCancel::Deny) => {
            format!(
                "The appointment is close, so it cannot be moved or cancelled online. If you cannot come, call {phone}."
            )
        }
    }
}

pub(super) fn summary(appointment: &Appointment, now: Timestamp) -> Result<AppointmentSummary, Error> {
    let zone = zone(appointment)?;
    let date = zone.local_date(appointment.starts_at);
    Ok(AppointmentSummary {
        for_whom: None,
        doctor_slug: appointment.doctor_slug.clone(),
        doctor_name: appointment.doctor_name.clone(),
        visit_type: appointment.visit_type_id.to_string(),
        visit_type_name: appointment.visit_type_name.clone(),
        mode: appointment.mode,
        minutes: appointment.ends_at.minutes_since(appointment.starts_at),
        starts_at: appointment.starts_at,
        date: date.date_words(),
        day: date.day_words(zone.local_date(now)),
        from: zone.time_words(appointment.starts_at),
        to: zone.time_words(appointment.ends_at),
        zone: zone.label(),
        offset_minutes: appointment.utc_offset_seconds / 60,
        location: appointment.location_name.clone(),
        address: appointment.location_address.clone(),
        phone: appointment.location_phone.clone(),
        instructions: appointment.instructions.clone(),
        rule: rule(appointment, &zone, now),
        tile: date.tile_words(),
    })
}

/// A hold; `for_whom` names the patient to who acts for them.
pub(super) fn hold(
    hold: &Appointment,
    contact: Option<Contact>,
    (for_whom, answers): (Option<String>, Option<Vec<Answered>>),
    extendable: bool,
    now: Timestamp,
) -> Result<HoldView, Error> {
    let phone = contact.as_ref().and_then(|contact| contact.phone.clone());
    Ok(HoldView {
        id: hold.id,
        summary: AppointmentSummary { for_whom, ..summary(hold, now)? },
        left: hold_left(hold, extendable, now),
        needs_approval: hold.needs_approval,
        reason: hold.reason.clone(),
        persons: Vec::new(),
        person: None,
        chooses: false,
        phone: if hold.contact_phone.is_empty() { phone.unwrap_or_default() } else { hold.contact_phone.clone() },
        email: contact.as_ref().map(|contact| contact.email.clone()),
        patient: contact.map(|contact| contact.name),
        answers,
    })
}

/// How long a time is still held.
pub(super) fn hold_left(hold: &Appointment, extendable: bool, now: Timestamp) -> HoldLeft {
    let until = hold.held_until.unwrap_or(hold.updated_at);
    let live = hold.status == Status::Held && until > now;
    HoldLeft { minutes: live.then(|| until.minutes_since(now)), extendable }
}

/// An appointment for its patient, or with `patient` for doctor and staff; with the reason as this reader may read it.
/// `for_whom` names the patient to who acts for them, and `cancelled_by` is what [`super::history::cancelled_words`] says.
pub(super) fn details(
    row: &Appointment,
    reason: PatientReason,
    (for_whom, cancelled_by): (Option<String>, Option<String>),
    history: Vec<HistoryEntry>,
    patient: Option<Contact>,
    now: Timestamp,
) -> Result<AppointmentDetails, Error> {
    Ok(AppointmentDetails {
        id: row.id,
        version: row.version,
        reference: row.reference.clone(),
        status: row.status,
        summary: AppointmentSummary { for_whom, ..summary(row, now)? },
        reason,
        patient: patient.map(|patient| patient.of_appointment(row)),
        change: change_now(row, now),
        only_seen: false,
        cancelled_by,
        moved_to: row.rescheduled_to,
        moved_from: row.rescheduled_from,
        answer_by: match (row.status, row.answer_by) {
            (Status::Requested, Some(until)) => Some(answer_by_words(until, row.starts_at, &zone(row)?, now)),
            _ => None,
        },
        kept: None,
        asked: None,
        is_move_request: row.would_replace.is_some(),
        video: None,
        answers: AppointmentAnswers::default(),
        clinic: None,
        series: None,
        history,
    })
}

/// What the doctor and staff see of an appointment besides, which is `own` for the doctor; none for patients. What can be
/// taken back is added by [`super::undo`].
pub(super) async fn clinic_side(
    conn: &mut Conn<'_>,
    row: &Appointment,
    (actor, own): (Actor, bool),
    now: Timestamp,
) -> Result<Option<ClinicSide>, Error> {
    if !actor.may(Permission::WorkAtDesk) {
        return Ok(None);
    }
    let can = |action| next_status(Some(row.status), action, actor.role.into()).is_some();
    let is_call = row.mode == Mode::Video && row.status.occupies() && row.ends_at > now;
    let resource = match row.resource_id {
        Some(resource) => resource_use::name(conn, resource).await?,
        None => String::new(),
    };
    Ok(Some(ClinicSide {
        day: day_page(own, row),
        overbook: row.overbook,
        override_reason: row.override_reason.clone(),
        resource,
        can_move: can(Action::Reschedule),
        can_cancel: can(Action::Cancel),
        video_url: is_call.then(|| row.video_url.clone()),
        undo: None,
    }))
}

/// Who did something, as its reader sees them.
pub(super) fn who(role: ActorRole, is_reader: bool) -> &'static str {
    match (role, is_reader) {
        (_, true) => "you",
        (ActorRole::Visitor | ActorRole::Patient, _) => "the patient",
        (ActorRole::Doctor, _) => "the doctor",
        (ActorRole::Receptionist | ActorRole::Admin, _) => "the clinic",
        (ActorRole::System, _) => "the system",
    }
}

/// The line of the history for a request without an answer.
pub(super) const RAN_OUT: &str = "Ran out: the clinic did not answer in time";

/// One line of the history. Holding a time and keeping it longer are not worth a line.
pub(super) fn event_words(action: Action, who: &str) -> Option<String> {
    let what = match action {
        Action::Hold | Action::Extend | Action::Release | Action::Expire => return None,
        Action::Arrive => "Arrived: noted by",
        Action::Complete => "Completed: noted by",
        Action::NoShow => "Did not attend: noted by",
        Action::Reopen => "Set back to booked by",
        Action::Restore | Action::RestoreRequest => "Cancellation taken back by",
        Action::Import => return Some("Taken over from another system".to_owned()),
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
    appointment: &Appointment,
    at: Timestamp,
    what: String,
    now: Timestamp,
) -> Result<HistoryEntry, Error> {
    Ok(HistoryEntry { when: zone(appointment)?.moment_words(at, now), what })
}

//! A person's appointments, and one of them with its history.

use std::collections::HashMap;

use strum::VariantArray;

use super::{
    answers,
    appointment::{Appointment, agreed, from_agreed},
    history::{cancelled_words, history},
    series::{mark_of, marks_of},
    thread::{kept, open_request},
    undo::offer,
    video::video_call,
    views,
    who::whose,
};
use crate::{
    accounts::{
        Permission,
        model::care::{ActedFor, CareScope},
        server::care::acted_for,
    },
    booking::{
        AppointmentDetails, AppointmentList, Change, Status, Tab,
        front_desk::{ClinicSide, PatientAppointment},
        server::access::{ReasonRule, find_with_scope, note_read, own_reason},
    },
    db::{Conn, Error, ids_json, in_ids},
    error::AppError,
    ids::{AppointmentId, DoctorId, PersonId},
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// Appointments shown under one tab.
const MAX_SHOWN: usize = 100;

/// The appointments of the patient and of everybody for whom they act, or of one `person` of these, under one tab, and how
/// many there are under each.
///
/// # Errors
/// The database's.
pub async fn my_appointments(
    app: &AppState,
    actor: Actor,
    tab: Tab,
    person: Option<PersonId>,
) -> Result<AppointmentList, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let persons = acted_for(conn, actor.user, now).await?;
    let person = person.filter(|wanted| persons.iter().any(|one| one.id == *wanted));
    let shown = persons.iter().filter(|one| person.is_none_or(|wanted| wanted == one.id));
    let known: HashMap<PersonId, &ActedFor> = shown.map(|one| (one.id, one)).collect();
    let all = all_of(conn, known.keys()).await?;
    let marks = marks_of(conn, known.keys()).await?;
    let mut counts = [0; 3];
    let mut items = Vec::new();
    for appointment in &all {
        let its_tab = tab_of(appointment, now);
        if let Some(count) = Tab::VARIANTS.iter().position(|t| *t == its_tab).and_then(|i| counts.get_mut(i)) {
            *count += 1;
        }
        if its_tab == tab {
            items.push(appointment);
        }
    }
    match tab {
        Tab::Upcoming => items.sort_by_key(|appointment| appointment.starts_at),
        Tab::Past | Tab::Cancelled => items.sort_by_key(|appointment| std::cmp::Reverse(appointment.starts_at)),
    }
    items.truncate(MAX_SHOWN);
    let mut cancelled = cancelled_words(conn, actor, items.iter().copied()).await?;
    let items = items.into_iter().map(|appointment| {
        let (kept, asked) = counterparts(&all, appointment, now);
        let whose = appointment.patient_id.and_then(|person| known.get(&person)).filter(|one| !one.own);
        let name = whose.map(|one| one.name.clone());
        let (reason, named) = (own_reason(appointment), (name, cancelled.remove(&appointment.id)));
        let details = views::details(appointment, reason, named, Vec::new(), None, now)?;
        let view = views::with_others(details, kept, asked, now)?;
        let view = AppointmentDetails { series: marks.get(&appointment.reference).cloned(), ..view };
        Ok(if whose.is_some_and(|one| one.scope == CareScope::See) { only_seen(view) } else { view })
    });
    let items = items.collect::<Result<_, Error>>()?;
    Ok(AppointmentList { tab, counts, items, persons: if persons.len() > 1 { persons } else { Vec::new() }, person })
}

/// An appointment for a reader who may see it and not change it.
fn only_seen(mut view: AppointmentDetails) -> AppointmentDetails {
    view.only_seen = true;
    if view.change != Change::Finished {
        view.change = Change::CallClinic;
        view.summary.rule = "You can see this appointment and not change it.".to_owned();
    }
    view
}

/// What a page about a patient shows of their appointments, the latest first; of one doctor, or of all.
///
/// # Errors
/// The database's.
pub async fn appointments_of(
    conn: &mut Conn<'_>,
    patient: PersonId,
    doctor: Option<DoctorId>,
    now: Timestamp,
) -> Result<Vec<PatientAppointment>, Error> {
    let mut all = all_of(conn, [patient].iter()).await?;
    all.retain(|appointment| doctor.is_none_or(|doctor| appointment.doctor_id == doctor));
    all.sort_by_key(|appointment| std::cmp::Reverse((appointment.starts_at, appointment.id)));
    let shown = all.iter().take(MAX_SHOWN).map(|appointment| -> Result<PatientAppointment, Error> {
        Ok(PatientAppointment {
            id: appointment.id,
            reference: appointment.reference.clone(),
            when: views::moment(appointment, now)?,
            doctor: appointment.doctor_name.clone(),
            status: appointment.status.clinic_words().to_owned(),
            open: tab_of(appointment, now) == Tab::Upcoming,
        })
    });
    shown.collect()
}

async fn all_of(conn: &mut Conn<'_>, persons: impl Iterator<Item = &PersonId>) -> Result<Vec<Appointment>, Error> {
    let sql = in_ids!(
        concat!(
            "select ",
            agreed!(),
            ", d.slug as doctor_slug",
            from_agreed!(),
            "join doctors d on d.id = a.doctor_id
            where a.status not in ('held', 'rescheduled')
                and (a.status <> 'expired' or a.answer_by is not null) and a.patient_id"
        ),
        ""
    );
    let ids = ids_json(persons.map(|id| id.0));
    conn.fetch_all(sql, (&ids,)).await
}

/// The appointment that stays while this request to move it waits, and after it came to nothing; and the request to
/// move this one.
fn counterparts<'a>(
    all: &'a [Appointment],
    appointment: &Appointment,
    now: Timestamp,
) -> (Option<&'a Appointment>, Option<&'a Appointment>) {
    let stands = |row: &&Appointment| matches!(row.status, Status::Booked | Status::Arrived);
    let waits = |row: &&Appointment| row.status == Status::Requested && !row.ran_out(now);
    let kept = appointment.would_replace.and_then(|id| all.iter().filter(stands).find(|row| row.id == id));
    let asked = all.iter().filter(waits).find(|row| row.would_replace == Some(appointment.id));
    (kept, asked)
}

fn tab_of(appointment: &Appointment, now: Timestamp) -> Tab {
    match appointment.status {
        Status::Cancelled | Status::Declined | Status::Expired => Tab::Cancelled,
        Status::Requested | Status::Booked | Status::Arrived if appointment.ends_at > now => Tab::Upcoming,
        _ => Tab::Past,
    }
}

/// One appointment with its history, for its patient, its doctor, or staff, of whom the audit log keeps that they read
/// it.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown id and for another person's appointment alike.
pub async fn appointment(app: &AppState, actor: Actor, id: AppointmentId) -> Result<AppointmentDetails, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let (appointment, scope) = find_with_scope(conn, actor, id, now).await?;
    let history = history(conn, &appointment, actor, now).await?;
    let patient = match appointment.patient_id {
        Some(patient) if actor.may(Permission::WorkAtDesk) => Some(views::contact(conn, patient).await?),
        _ => None,
    };
    let for_whom = whose(conn, actor, &appointment).await?;
    let cancelled_by = cancelled_words(conn, actor, [&appointment].into_iter()).await?.remove(&appointment.id);
    let kept = kept(conn, &appointment).await?;
    let asked = open_request(conn, &appointment).await?.filter(|request| !request.ran_out(now));
    let rule = ReasonRule::of(conn, appointment.doctor_id).await?;
    let reason = rule.reason_for(actor, &appointment);
    let answers = answers::of_appointment(conn, app, (actor, &rule), &appointment, now).await?;
    let series = mark_of(conn, &appointment, actor).await?;
    let clinic = views::clinic_side(conn, &appointment, (actor, rule.is_of(actor)), now).await?;
    let clinic = match clinic {
        Some(side) => Some(ClinicSide { undo: offer(conn, &appointment, now).await?, ..side }),
        None => None,
    };
    drop(reader);
    note_read(app, actor, &appointment).await;
    let view = views::details(&appointment, reason, (for_whom, cancelled_by), history, patient, now)?;
    let view = views::with_others(view, kept.as_ref(), asked.as_ref(), now)?;
    let view = if scope == CareScope::See { only_seen(view) } else { view };
    let video = video_call(&appointment, (actor, &rule), &app.settings.booking.video_url_template, now)?;
    Ok(AppointmentDetails { clinic, video, answers, series, ..view })
}

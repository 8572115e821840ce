//! The address of one video call, set by the appointment's doctor or by staff; and what an appointment's page says
//! about joining.

use uuid::Uuid;

use super::appointment::Appointment;
use crate::{
    accounts::Permission,
    booking::{
        Mode, VideoCall,
        server::access::{ReasonRule, find_for},
    },
    db::{Error, Tx, WriteUnit},
    error::AppError,
    ids::AppointmentId,
    notifications::{
        model::Kind,
        server::{Message, enqueue},
    },
    state::AppState,
    text::server::{MAX_LINK, check_https},
    time::{Timestamp, server::Zone},
    web::request::Actor,
};

/// Keeps where this video call takes place; empty text for where the doctor's calls do. A patient who was told already
/// is told again.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] for another doctor's appointment, [`AppError::Invalid`]
/// naming `video_url`, [`AppError::Conflict`] for a stale version and for an appointment that is over or no video call.
pub async fn set_video_url(
    app: &AppState,
    actor: Actor,
    id: AppointmentId,
    version: i32,
    typed: &str,
) -> Result<(), AppError> {
    actor.needs(Permission::WorkAtDesk)?;
    if let Some(code) = check_https(typed, MAX_LINK) {
        return Err(AppError::field("video_url", code));
    }
    let url = typed.trim().to_owned();
    let unit = SetVideoUrl { actor, id, version, url, action: Uuid::now_v7(), now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Keeps where one video call takes place.
struct SetVideoUrl {
    actor: Actor,
    id: AppointmentId,
    version: i32,
    url: String,
    /// Names this change: the patient gets one message about it.
    action: Uuid,
    now: Timestamp,
}

impl WriteUnit for SetVideoUrl {
    const NAME: &'static str = "set_video_url";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update appointments set video_url = $3 where id = $1 and version = $2";
        let appointment = find_for(tx, self.actor, self.id, self.now).await?;
        let open = appointment.status.occupies() && appointment.ends_at > self.now;
        if appointment.mode != Mode::Video || !open || appointment.version != self.version {
            return Err(AppError::Conflict.into());
        }
        if appointment.video_url == self.url {
            return Ok(());
        }
        tx.execute(SQL, (self.id, self.version, &self.url)).await?;
        let told = appointment.video_told_from()? <= self.now;
        match appointment.patient_id {
            Some(to) if told && !self.url.is_empty() => {
                let dedupe_key = &format!("video_link:{}:{}", self.id, self.action);
                enqueue(tx, self.now, Message { kind: Kind::VideoLink, to, appointments: &[self.id], dedupe_key }).await
            }
            _ => Ok(()),
        }
    }
}

/// What the page of an appointment says about joining its call: to its doctor the address at any time, to its patient
/// when it opens, and to staff nothing, because the call is between the two. None for what is no call, or over.
///
/// # Errors
/// A stored zone that means nothing.
pub(super) fn video_call(
    appointment: &Appointment,
    (actor, rule): (Actor, &ReasonRule),
    template: &str,
    now: Timestamp,
) -> Result<Option<VideoCall>, Error> {
    let stands = appointment.status.occupies() && appointment.ends_at > now;
    if appointment.mode != Mode::Video || !stands || !(rule.is_of(actor) || actor.may(Permission::BookForOneself)) {
        return Ok(None);
    }
    let Some(url) = appointment.video_address(template) else {
        return Ok(Some(VideoCall::Unknown));
    };
    let zone = Zone::parse(&appointment.time_zone).ok_or(Error::Corrupt("unknown time zone"))?;
    let (told_from, opens) = (appointment.video_told_from()?, appointment.video_opens());
    Ok(Some(if rule.is_of(actor) || now >= opens {
        VideoCall::Open { url }
    } else if now >= told_from {
        VideoCall::Soon { opens: zone.moment_words(opens, now) }
    } else {
        VideoCall::Later { from: zone.local_date(told_from).day_words(zone.local_date(now)) }
    }))
}

//! The message that offers a time that came free to a person on the waiting list.

use sqlx::FromRow;

use super::{
    email::{Email, RenderContext},
    layout::{Body, Part, one_line},
    links::Purpose,
    message_context::address,
    texts::{location_words, when, zone},
};
use crate::{
    accounts::{model::care::CareScope, server::care::may_act},
    booking::server::Appointment,
    db::{Conn, Error},
    ids::{AppointmentId, OfferId, PersonId},
    notifications::server::compose_error::ComposeError,
    time::Timestamp,
};

/// An offer that still waits for its answer.
#[derive(FromRow)]
struct Offered {
    hold_id: AppointmentId,
    until_at: Timestamp,
    account_id: PersonId,
    person_id: PersonId,
    /// The name of who is to be seen.
    person_name: String,
    /// Whether the person would give up an appointment that they have.
    gives_up: bool,
}

/// The offer, while it is open; nothing is said of one that was answered or ran out.
pub(super) async fn email(conn: &mut Conn<'_>, render: &RenderContext<'_>) -> Result<Option<Email>, ComposeError> {
    let offer: OfferId = render.claimed.about.parse().map_err(|_| ComposeError::Broken("no offer"))?;
    let Some(token) = render.claimed.token(Purpose::AnswerOffer) else { return Ok(None) };
    let Some(offered) = open(conn, offer, render.now).await? else { return Ok(None) };
    let hold = Appointment::find(conn, offered.hold_id).await?;
    let zone = zone(&hold)?;
    let until = format!("{} ({})", zone.time_words(offered.until_at), zone.label());
    // an account that may no longer book for the person hears nothing more of them
    if !may_act(conn, offered.account_id, offered.person_id, CareScope::Book, render.now).await? {
        return Ok(None);
    }
    let name = (offered.account_id != offered.person_id).then(|| one_line(&offered.person_name));
    let mut facts: Vec<_> = name.iter().map(|name| ("For", name.clone())).collect();
    facts.extend([("When", when(&hold)?), ("Doctor", one_line(&hold.doctor_name)), ("Where", location_words(&hold))]);
    if !hold.location_phone.is_empty() {
        facts.push(("Phone", one_line(&hold.location_phone)));
    }
    let whom = name.as_deref().unwrap_or("you");
    let kind = match offered.gives_up {
        true => format!("An earlier time is free for {whom}."),
        false => format!("A time has come free for {whom}."),
    };
    let keeps = match &name {
        Some(name) => format!("{name} keeps the current appointment until you accept the new one."),
        None => "You keep your current appointment until you accept the new one.".to_owned(),
    };
    let next = "If you do not want it, you do not need to do anything: the next person is asked then.".to_owned();
    let body = Body {
        subject: format!("A time has come free: please answer until {}", zone.time_words(offered.until_at)),
        parts: vec![Part { opening: format!("{kind} We keep it for you until {until}."), facts: vec![facts] }],
        lead: "To accept it, or to say no thanks:".to_owned(),
        link: format!("{}/offer/{token}", render.site),
        closing: offered.gives_up.then_some(keeps).into_iter().chain([next, render.sender().help()]).collect(),
    };
    Ok(Some(Email::plain(address(conn, offered.account_id).await?, body.lay_out()?)))
}

async fn open(conn: &mut Conn<'_>, offer: OfferId, now: Timestamp) -> Result<Option<Offered>, Error> {
    const SQL: &str = "select o.hold_id, o.until_at, e.account_id, e.person_id, w.display_name as person_name,
            exists (select 1 from appointments a
                where a.reference = (select reference from appointments where id = e.appointment_id)
                    and a.status = 'booked') as gives_up
        from offers o
        join waiting_entries e on e.id = o.entry_id
        join persons p on p.id = e.account_id
        join persons w on w.id = e.person_id
        where o.id = $1 and o.outcome is null and o.until_at > $2 and p.status = 'active'";
    conn.fetch_optional(SQL, (offer, now)).await
}

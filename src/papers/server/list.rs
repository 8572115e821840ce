//! The files of an appointment, as their reader sees them.

use super::row::{PaperRow, has_files, side, takes_files};
use crate::{
    accounts::Permission,
    availability::server::{Hand, hand_on},
    booking::server::entrusted,
    db::Error,
    error::AppError,
    ids::AppointmentId,
    papers::{Paper, Papers},
    state::AppState,
    time::server::Zone,
    web::request::Actor,
};

/// The files of an appointment, for its patient, its doctor, and staff whom the doctor allows.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown id and for another person's appointment alike.
pub async fn papers(app: &AppState, actor: Actor, id: AppointmentId) -> Result<Papers, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let (appointment, may_read) = entrusted(conn, actor, id, now).await?;
    let zone = Zone::parse(&appointment.time_zone).ok_or(Error::Corrupt("unknown time zone"))?;
    // a colleague of the doctor looks, and adds nothing
    let colleague = hand_on(conn, actor, appointment.doctor_id).await? == Some(Hand::Colleague);
    let adds = side(actor).is_some() && !colleague;
    let shown = may_read && has_files(&appointment);
    let rows = if shown { PaperRow::of(conn, &appointment).await? } else { Vec::new() };
    let paper = |row: &PaperRow| {
        let stands = row.state.stands();
        let by = match (row.added_by == actor.user, row.added_role.as_str()) {
            (true, _) => "you",
            (false, "doctor") => "the doctor",
            (false, _) if appointment.patient_id == Some(row.added_by) => "the patient",
            (false, _) if appointment.patient_id == Some(actor.user) => "a person who acts for you",
            (false, _) => "a person who acts for the patient",
        };
        let (verb, at) = if stands { ("Sent by ", row.added_at) } else { ("Taken away: sent by ", row.added_at) };
        Ok(Paper {
            id: row.id,
            name: if stands { row.name(&app.data_keys)? } else { String::new() },
            about: [row.kind.label(), ", ", &size_words(row.size)].concat(),
            added: [verb, by, " on ", &zone.moment_words(at, now)].concat(),
            state: row.state,
            removable: stands && row.added_by == actor.user,
        })
    };
    Ok(Papers {
        when: zone.moment_words(appointment.starts_at, now),
        papers: rows.iter().map(paper).collect::<Result<_, Error>>()?,
        may_read,
        may_add: may_read && adds && takes_files(&appointment),
        for_clinic: actor.may(Permission::WorkAtDesk),
    })
}

/// "240 kB", "1.5 MB"
fn size_words(bytes: i32) -> String {
    let kilobytes = (i64::from(bytes) + 1023) / 1024;
    if kilobytes < 1000 {
        return kilobytes.to_string() + " kB";
    }
    let tenths = (i64::from(bytes) * 10 + 524_288) / 1_048_576;
    [&(tenths / 10).to_string(), ".", &(tenths % 10).to_string(), " MB"].concat()
}

#[cfg(test)]
mod tests {
    use super::size_words;

    #[test]
    fn sizes_are_short() {
        for (bytes, words) in [
            (1, "1 kB"),
            (1024, "1 kB"),
            (1025, "2 kB"),
            (245_000, "240 kB"),
            (1_572_864, "1.5 MB"),
            (10_485_760, "10.0 MB"),
        ] {
            assert_eq!(size_words(bytes), words);
        }
    }
}

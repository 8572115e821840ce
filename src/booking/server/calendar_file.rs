//! An appointment as a calendar file.

use super::{appointment::Appointment, who::whose};
use crate::{
    booking::server::{
        access::{find_for, note_read},
        thread,
    },
    db::Conn,
    error::AppError,
    ids::AppointmentId,
    notifications::server::{
        calendar::{Event, Method, Shown, document},
        sender::sender,
    },
    state::AppState,
    web::request::Actor,
};

/// The appointment as a `text/calendar` document.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown id and for another person's appointment alike.
pub async fn calendar_file(app: &AppState, actor: Actor, id: AppointmentId) -> Result<String, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let appointment = find_for(conn, actor, id, app.clock.now()).await?;
    let name = whose(conn, actor, &appointment).await?;
    let file = file_of(app, conn, &appointment, name.as_deref()).await?;
    drop(reader);
    note_read(app, actor, &appointment).await;
    Ok(file)
}

/// The file of an appointment that its reader may see. `name` is the patient's, for a reader who acts for them.
pub(super) async fn file_of(
    app: &AppState,
    conn: &mut Conn<'_>,
    appointment: &Appointment,
    name: Option<&str>,
) -> Result<String, AppError> {
    let clinic = app.clinic.now().await;
    let thread = thread(conn, appointment).await?;
    let event = Event {
        method: Method::Publish,
        shown: Shown::Appointment { name },
        appointment,
        thread,
        clinic: &clinic.name,
        organizer: &sender(&app.settings, &clinic.name)?,
        attendee: None,
        now: app.clock.now(),
    };
    Ok(document(&event))
}

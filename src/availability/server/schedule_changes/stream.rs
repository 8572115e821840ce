//! The stream of changes for one listener.

use std::{convert::Infallible, net::IpAddr, time::Duration};

use axum::response::sse::Event;
use futures_util::{Stream, stream};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::Admission;
use crate::{
    db::{Conn, Error},
    error::AppError,
    ids::DoctorId,
    state::AppState,
};

/// Least time between two events of one listener: a burst of changes is one.
const PAUSE: Duration = Duration::from_millis(200);
/// After a broken connection, a browser waits this long before it comes back.
const RETRY: Duration = Duration::from_secs(3);

struct Listener {
    version: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    /// The number that the listener knows.
    known: Option<u64>,
    /// When something was sent last; none at first.
    last: Option<Instant>,
    _place: Admission,
}

/// A number whenever the doctor's times change, at once when it is not `known` already. Ends when the process is told
/// to stop.
///
/// # Errors
/// [`AppError::NotFound`] for a doctor whom patients do not see, and those of [`super::ScheduleChanges::admit`].
pub async fn listen(
    app: &AppState,
    doctor: DoctorId,
    address: IpAddr,
    known: Option<u64>,
) -> Result<impl Stream<Item = Result<Event, Infallible>> + use<>, AppError> {
    if app.readiness.is_stopping() {
        return Err(AppError::Unavailable { unchanged: true });
    }
    let place = app.schedule_changes.admit(address)?;
    let mut reader = app.db.read().await?;
    if !is_visible(&mut reader.conn(), doctor).await? {
        return Err(AppError::NotFound);
    }
    let (version, stopping) = (app.schedule_changes.follow(doctor), app.readiness.follow());
    let listener = Listener { version, stopping, known, last: None, _place: place };
    Ok(stream::unfold(listener, |mut listener: Listener| async move {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    }))
}

async fn is_visible(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<bool, Error> {
    const SQL: &str = "select id from doctors where id = $1 and status = 'active'";
    let found: Option<DoctorId> = conn.fetch_optional_value(SQL, (doctor,)).await?;
    Ok(found.is_some())
}

/// The doctors whose times changed, by their ids with blanks between them, or `all` when it may have been any; with a
/// number to come back with. Ends when the process is told to stop.
///
/// # Errors
/// Those of [`super::ScheduleChanges::admit`].
pub fn listen_to_all(
    app: &AppState,
    address: IpAddr,
    known: Option<u64>,
) -> Result<impl Stream<Item = Result<Event, Infallible>> + use<>, AppError> {
    if app.readiness.is_stopping() {
        return Err(AppError::Unavailable { unchanged: true });
    }
    let place = app.schedule_changes.admit(address)?;
    let known = known.or_else(|| Some(app.schedule_changes.latest()));
    let (version, stopping) = (app.schedule_changes.follow_all(), app.readiness.follow());
    let listener = Listener { version, stopping, known, last: None, _place: place };
    Ok(stream::unfold((app.clone(), listener), |(app, mut listener)| async move {
        let before = listener.known.unwrap_or_default();
        let event = match listener.next().await? {
            retry if listener.known == Some(before) => retry,
            _ => {
                let (number, doctors) = app.schedule_changes.since(before);
                listener.known = Some(number);
                let ids = doctors.map(|ids| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
                Event::default().id(number.to_string()).data(ids.unwrap_or_else(|| "all".to_owned()))
            }
        };
        Some((Ok(event), (app, listener)))
    }))
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        let Some(last) = self.last else {
            // something to send at once, so that nothing on the way waits for a first piece
            self.last = Some(Instant::now() - PAUSE);
            return Some(Event::default().retry(RETRY));
        };
        let known = self.known;
        let news = async {
            sleep_until(last + PAUSE).await;
            self.version.wait_for(|version| Some(*version) != known).await.map(|version| *version).ok()
        };
        let version = tokio::select! {
            version = news => version?,
            _ = self.stopping.wait_for(|stop| *stop) => return None,
        };
        (self.known, self.last) = (Some(version), Some(Instant::now()));
        Some(Event::default().id(version.to_string()).data(version.to_string()))
    }
}

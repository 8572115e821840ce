//! Listening, and stopping without losing an accepted request.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
    time::sleep,
};

use crate::{availability::server::schedule_changes, notifications::server::worker};
use crate::{cli::jobs, state::AppState, web::router};

/// How long requests that are under way may take after the server was told to stop.
const DRAIN: Duration = Duration::from_secs(10);
const DISK_FAILED: &str = "the disk failed a commit, see the log; check the disk and start again";
/// How long the server goes on answering when the disk has failed.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// Serves until SIGTERM or SIGINT arrives, then finishes what is under way.
///
/// # Errors
/// The address is taken or not ours, or the disk failed a commit.
pub async fn run(app: &AppState) -> io::Result<()> {
    let listener = TcpListener::bind(app.settings.server.address).await?;
    let mut told_to_stop = on_signal()?;
    let service = router::build(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    println!("docslot is ready at http://{}", listener.local_addr()?);

    let jobs = tokio::spawn(jobs::run(app.clone(), told_to_stop.clone()));
    let mail = tokio::spawn(worker::run(app.clone(), told_to_stop.clone()));
    tokio::spawn(schedule_changes::run(app.clone(), told_to_stop.clone()));
    let readiness = app.readiness.clone();
    let mut told = told_to_stop.clone();
    // idle connections are closed at once; those with a request under way when it is answered
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        let _ = told.wait_for(|stop| *stop).await;
        readiness.stop();
        tracing::info!("stopping");
    });
    let work = async {
        server.await?;
        let _ = jobs.await;
        // a message being sent is finished
        let _ = mail.await;
        Ok::<_, io::Error>(())
    };
    let deadline = async {
        let _ = told_to_stop.wait_for(|stop| *stop).await;
        sleep(DRAIN).await;
    };
    let disk_failed = async {
        app.db.disk_failed().await;
        app.readiness.stop();
        // the requests of the lost commit get their answers
        sleep(LAST_ANSWERS).await;
    };
    tokio::select! {
        result = work => result?,
        () = disk_failed => return Err(io::Error::other(DISK_FAILED)),
        () = deadline => tracing::warn!("some requests took too long and were cut off"),
    }
    Ok(())
}

/// Becomes true when the process is asked to stop. Listens from now on, so that no signal is lost.
fn on_signal() -> io::Result<watch::Receiver<bool>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.send_replace(true);
        // the receivers read the value after this task; keep the sender until they are gone
        stop.closed().await;
    });
    Ok(stopped)
}

//! Listening, and stopping without losing an accepted request.

use std::{future::IntoFuture, io, net::SocketAddr, time::Duration};

use sd_notify::NotifyState;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
    time::sleep,
};

use crate::{availability::server::schedule_changes, notifications::server::worker};
use crate::{
    cli::jobs,
    state::AppState,
    web::{router, scrape},
};

/// How long requests that are under way may take after the server was told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until SIGTERM or SIGINT arrives, then finishes what is under way.
///
/// # Errors
/// The address is taken or not ours.
pub async fn run(app: &AppState) -> io::Result<()> {
    let listener = TcpListener::bind(app.settings.server.address).await?;
    let mut told_to_stop = on_signal()?;
    serve_metrics(app, told_to_stop.clone()).await?;
    let service = router::build(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let place = app.db.file().map(|file| file.display().to_string());
    println!("docslot keeps its data in {}", place.unwrap_or_else(|| app.settings.database.url.to_string()));
    println!("docslot is ready at http://{}", listener.local_addr()?);
    tell_systemd(NotifyState::Ready);

    let jobs = tokio::spawn(jobs::run(app.clone(), told_to_stop.clone()));
    let mail = tokio::spawn(worker::run(app.clone(), told_to_stop.clone()));
    tokio::spawn(schedule_changes::run(app.clone(), told_to_stop.clone()));
    let readiness = app.readiness.clone();
    let mut told = told_to_stop.clone();
    // idle connections are closed at once; those with a request under way when it is answered
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        let _ = told.wait_for(|stop| *stop).await;
        readiness.stop();
        tell_systemd(NotifyState::Stopping);
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
    tokio::select! {
        result = work => result?,
        () = deadline => tracing::warn!("some requests took too long and were cut off"),
    }
    Ok(())
}

/// Answers `/metrics` at its own address, if it has one, until the process stops.
async fn serve_metrics(app: &AppState, mut told_to_stop: watch::Receiver<bool>) -> io::Result<()> {
    let Some(address) = app.settings.metrics.own_address() else { return Ok(()) };
    let named = |error: io::Error| io::Error::new(error.kind(), format!("metrics.address {address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(named)?;
    println!("figures for Prometheus: {}{}", listener.local_addr()?, scrape::PATH);
    let server = axum::serve(listener, scrape::alone(app.clone()));
    tokio::spawn(async move {
        tokio::select! {
            _ = server.into_future() => {}
            _ = told_to_stop.wait_for(|stop| *stop) => {}
        }
    });
    Ok(())
}

/// Where systemd started the server (`Type=notify`), it waits for this.
fn tell_systemd(state: NotifyState) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd could not be told");
    }
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

//! Being told to stop in the middle of a long piece of work.

use tokio::signal::unix::{SignalKind, signal};

/// Does the work, or gives up when the program is told to stop; what was begun is then taken back.
pub(super) async fn unless_stopped<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let signals = signal(SignalKind::terminate()).and_then(|t| Ok((t, signal(SignalKind::interrupt())?)));
    let (mut terminate, mut interrupt) = signals.map_err(|error| error.to_string())?;
    tokio::select! {
        result = work => result,
        _ = terminate.recv() => Err("it was told to stop".into()),
        _ = interrupt.recv() => Err("it was told to stop".into()),
    }
}

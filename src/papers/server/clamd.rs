//! The virus scanner: clamd, asked with INSTREAM.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    time::timeout,
};

/// How long one file may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the scanner may take to be there.
const CONNECT: Duration = Duration::from_secs(3);
/// Bytes sent at a time.
const PIECE: usize = 64 * 1024;
/// Bytes of an answer.
const MAX_ANSWER: u64 = 4 * 1024;

/// What the scanner says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Clean,
    Infected,
    /// It is not there, or could not look.
    Away,
}

/// Asks the scanner at this address: `HOST:PORT`, or the path of a socket.
pub async fn scan(address: &str, bytes: &[u8]) -> Verdict {
    match timeout(PATIENCE, ask(address, bytes)).await {
        Ok(Ok(answer)) => verdict(&answer),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the virus scanner cannot be asked; files wait");
            Verdict::Away
        }
        Err(_) => {
            tracing::warn!("the virus scanner does not answer; files wait");
            Verdict::Away
        }
    }
}

async fn ask(address: &str, bytes: &[u8]) -> io::Result<Vec<u8>> {
    if address.starts_with('/') {
        return instream(timeout(CONNECT, UnixStream::connect(address)).await??, bytes).await;
    }
    instream(timeout(CONNECT, TcpStream::connect(address)).await??, bytes).await
}

/// "zINSTREAM", then pieces, each with its length in front, and an empty one at the end; the answer ends with a zero.
async fn instream(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let sent = async {
        stream.write_all(b"zINSTREAM\0").await?;
        for piece in bytes.chunks(PIECE) {
            stream.write_all(&u32::try_from(piece.len()).unwrap_or_default().to_be_bytes()).await?;
            stream.write_all(piece).await?;
        }
        stream.write_all(&[0; 4]).await?;
        stream.flush().await
    };
    let sent: io::Result<()> = sent.await;
    // a scanner that has seen enough answers and closes
    let mut answer = Vec::new();
    let read = stream.take(MAX_ANSWER).read_to_end(&mut answer).await;
    if answer.is_empty() {
        sent?;
        read?;
    }
    Ok(answer)
}

/// "stream: OK", "stream: NAME FOUND", or an error such as "INSTREAM size limit exceeded. ERROR".
fn verdict(answer: &[u8]) -> Verdict {
    let answer = answer.split(|byte| *byte == 0).next().unwrap_or_default().trim_ascii();
    if answer == b"stream: OK" {
        return Verdict::Clean;
    }
    if answer.starts_with(b"stream: ") && answer.ends_with(b" FOUND") {
        return Verdict::Infected;
    }
    // its own words: no name of a file is in them
    tracing::warn!(answer = %String::from_utf8_lossy(answer), "the virus scanner could not look; files wait");
    Verdict::Away
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_answers_are_verdicts() {
        for (answer, meant) in [
            (&b"stream: OK\0"[..], Verdict::Clean),
            (b"stream: Win.Test.EICAR_HDB-1 FOUND\0", Verdict::Infected),
            (b"stream: OK FOUND\0", Verdict::Infected),
            (b"INSTREAM size limit exceeded. ERROR\0", Verdict::Away),
            (b"stream: OK", Verdict::Clean),
            (b"", Verdict::Away),
            (b"OK\0", Verdict::Away),
            (b"UNKNOWN COMMAND\0stream: OK\0", Verdict::Away),
        ] {
            assert_eq!(verdict(answer), meant, "{}", String::from_utf8_lossy(answer));
        }
    }
}

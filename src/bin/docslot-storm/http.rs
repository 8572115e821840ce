//! A small HTTP/1.1 client with one connection, which it can also cut off at any byte.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// How long one answer may take. A request without an answer has an unknown outcome.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// A request of the API.
pub struct Request<'a> {
    pub method: &'a str,
    pub path: &'a str,
    /// Further header lines, each ending in `\r\n`.
    pub headers: &'a str,
    pub body: &'a str,
}

/// What the server answered.
pub struct Answer {
    pub status: u16,
    /// The header lines.
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The values of a header, by its name in lower case.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.head.lines().filter_map(move |line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

/// Where a request is cut off, in bytes: of what is sent, and if that is more than the request has, of the answer.
#[derive(Clone, Copy)]
pub struct Cut(pub usize);

/// A client's connection, opened when it is needed.
pub struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    unread: Vec<u8>,
}

impl Connection {
    pub fn new(address: SocketAddr) -> Self {
        Connection { address, stream: None, unread: Vec::new() }
    }

    /// Connects, unless it is connected.
    ///
    /// # Errors
    /// There is no server; nothing was sent.
    pub async fn open(&mut self) -> io::Result<&mut TcpStream> {
        match &mut self.stream {
            Some(stream) => Ok(stream),
            none => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                Ok(none.insert(stream))
            }
        }
    }

    /// Sends a request and reads its answer. After an error the connection is closed.
    ///
    /// # Errors
    /// There is no server, or no whole answer: the request may have had its effect.
    pub async fn send(&mut self, request: &Request<'_>, cut: Option<Cut>) -> io::Result<Answer> {
        let result = timeout(ANSWER_TIMEOUT, self.exchange(request, cut)).await;
        let answer = result.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let closes = |answer: &Answer| answer.headers("connection").any(|value| value.eq_ignore_ascii_case("close"));
        if answer.as_ref().map_or(true, closes) {
            self.stream = None;
            self.unread.clear();
        }
        answer
    }

    async fn exchange(&mut self, request: &Request<'_>, cut: Option<Cut>) -> io::Result<Answer> {
        let Request { method, path, headers, body } = request;
        let text = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n{headers}\r\n{body}",
            self.address,
            body.len()
        );
        let stream = self.open().await?;
        let Some(Cut(at)) = cut else {
            stream.write_all(text.as_bytes()).await?;
            return self.answer(usize::MAX).await;
        };
        let (now, _) = text.as_bytes().split_at(at.min(text.len()));
        stream.write_all(now).await?;
        if at < text.len() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        self.answer(at - text.len()).await
    }

    /// Reads an answer, or `most` bytes of it.
    async fn answer(&mut self, most: usize) -> io::Result<Answer> {
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
            self.read_more(most).await?;
        };
        let head = String::from_utf8_lossy(self.unread.get(..end).unwrap_or_default()).into_owned();
        self.unread.drain(..end + 4);
        let status = head.get(9..12).and_then(|code| code.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        let mut answer = Answer { status, head, body: String::new() };
        let chunked = answer.headers("transfer-encoding").any(|value| value.eq_ignore_ascii_case("chunked"));
        let length = answer.headers("content-length").next().and_then(|length| length.parse().ok());
        let body = if chunked { self.chunks(most).await? } else { self.bytes(length.unwrap_or(0), most).await? };
        answer.body = String::from_utf8_lossy(&body).into_owned();
        Ok(answer)
    }

    async fn chunks(&mut self, most: usize) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = loop {
                if let Some(at) = self.unread.windows(2).position(|two| two == b"\r\n") {
                    break at;
                }
                self.read_more(most).await?;
            };
            let size = String::from_utf8_lossy(self.unread.get(..line).unwrap_or_default()).into_owned();
            let size = usize::from_str_radix(size.trim(), 16).map_err(|_| io::ErrorKind::InvalidData)?;
            self.unread.drain(..line + 2);
            let mut chunk = self.bytes(size + 2, most).await?;
            chunk.truncate(size);
            body.extend(chunk);
            if size == 0 {
                return Ok(body);
            }
        }
    }

    async fn bytes(&mut self, count: usize, most: usize) -> io::Result<Vec<u8>> {
        while self.unread.len() < count {
            self.read_more(most).await?;
        }
        Ok(self.unread.drain(..count).collect())
    }

    async fn read_more(&mut self, most: usize) -> io::Result<()> {
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        let mut piece = [0; 8 * 1024];
        let room = piece.len().min(most.saturating_sub(self.unread.len()));
        // a cut in the answer is here: nothing may be read any more
        let read = stream.read(piece.get_mut(..room).unwrap_or_default()).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.unread.extend(piece.get(..read).unwrap_or_default());
        Ok(())
    }
}

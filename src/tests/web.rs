//! The app behind a real listener, and a browser of the plainest kind: no scripts, a cookie jar, and nothing else.

use std::{collections::BTreeMap, net::SocketAddr};

use docslot::{config::TransportKind, flash::PAGE_FIELD, state::AppState, web::router};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A running server; it stops when this is dropped.
pub struct Web {
    pub address: SocketAddr,
    app: AppState,
    server: JoinHandle<()>,
}

impl Drop for Web {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Web {
    /// Serves the app on a free port of the loopback interface.
    pub async fn serve(app: &AppState) -> Web {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let service = router::build(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move { axum::serve(listener, service).await.expect("serving") });
        Web { address, app: app.clone(), server }
    }

    /// The same website as if it sent no mail: there registering makes an account at once, and signs it in for both.
    pub async fn without_mail(&self) -> Web {
        let mut settings = (*self.app.settings).clone();
        settings.mail.transport = TransportKind::None;
        Web::serve(&self.app.with_settings(settings)).await
    }

    /// A browser without scripts and without cookies.
    pub fn browser(&self) -> Browser {
        Browser::at(self.address)
    }
}

/// One answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        assert!(matches!(self.status, 302 | 303), "not a redirect: {} {}", self.status, self.body);
        self.header("location")
    }

    /// The text of the page, without tags, its spaces folded.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut in_tag = false;
        for character in self.body.chars() {
            match character {
                '<' => in_tag = true,
                '>' => {
                    in_tag = false;
                    text.push(' ');
                }
                c if !in_tag => text.push(c),
                _ => {}
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The forms of the page that are sent to server functions.
    pub fn forms(&self) -> Vec<SeenForm> {
        self.forms_below("")
    }

    /// The same on a page of a website below this path of its host; actions are given without it.
    pub fn forms_below(&self, base: &str) -> Vec<SeenForm> {
        let marker = format!("name=\"{PAGE_FIELD}\"");
        let function = format!("action=\"{base}/fn/");
        let seen = self.body.split("<form").skip(1).filter_map(|part| {
            let inside = part.split("</form>").next()?;
            let (_, action) = inside.split('>').next()?.split_once(&function)?;
            let field = inside.split('<').find(|tag| tag.contains(&marker));
            let page = field.and_then(|tag| tag.split_once("value=\"")?.1.split('"').next());
            let action = format!("/fn/{}", action.split('"').next()?);
            Some(SeenForm { action, page: page.map(|page| page.replace("&amp;", "&")) })
        });
        seen.collect()
    }

    /// The values of the attribute in every tag that contains `marker`.
    pub fn attributes(&self, marker: &str, attribute: &str) -> Vec<String> {
        let tags = self.body.split('<').filter_map(|part| part.split_once('>')).map(|(tag, _)| tag);
        let start = format!("{attribute}=\"");
        tags.filter(|tag| tag.contains(marker))
            .filter_map(|tag| tag.split_once(&start)?.1.split_once('"').map(|(value, _)| value.to_owned()))
            .collect()
    }
}

/// A form of a page that is sent to a server function.
#[derive(Debug)]
pub struct SeenForm {
    /// Where it is sent.
    pub action: String,
    /// Which page it says it stands on.
    pub page: Option<String>,
}

#[derive(Clone)]
pub struct Browser {
    pub address: SocketAddr,
    pub cookies: BTreeMap<String, String>,
    /// The page that is shown: what its forms name as theirs.
    pub page: String,
}

impl Browser {
    /// A browser without scripts and without cookies, for the server at this address.
    pub fn at(address: SocketAddr) -> Browser {
        Browser { address, cookies: BTreeMap::new(), page: "/".into() }
    }

    /// Shows a page. Redirects are left to the caller.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.page = path.split('#').next().unwrap_or_default().to_owned();
        self.send("GET", path, &[("accept", "text/html")], "").await
    }

    /// Sends a form of the page that is shown.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = fields.iter().chain(&[(PAGE_FIELD, self.page.as_str())]).copied().collect::<Vec<_>>();
        let headers = [
            ("accept", "text/html"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.send("POST", path, &headers, &form(&fields)).await
    }

    /// Sends a form and shows the page to which it leads.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post(path, fields).await;
        let next = answer.location().to_owned();
        self.get(&next).await
    }

    /// Sends any request, with this browser's cookies. Its host is the server's address unless a header says otherwise.
    pub async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send_bytes(method, path, headers, body.as_bytes()).await
    }

    /// The same with a body that is no text.
    pub async fn send_bytes(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
        if headers.iter().all(|(name, _)| *name != "host") {
            request.push_str(&format!("host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.push_str(&format!("cookie: {}\r\n", cookies.join("; ")));
        }
        request.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        // a server that refuses a long body answers before it has read all of it
        let _ = stream.write_all(&[request.as_bytes(), body].concat()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = parse(&answer);
        self.keep_cookies(&answer);
        answer
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            if cookie.to_ascii_lowercase().contains("max-age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

fn parse(raw: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(raw);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if chunked { unchunk(body) } else { body.to_owned() };
    Answer { status: status.expect("a status line"), headers, body }
}

fn unchunk(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).expect("a chunk's size");
        if size == 0 {
            break;
        }
        body.push_str(&after[..size]);
        rest = after[size..].trim_start_matches("\r\n");
    }
    body
}

/// Names and values as the body of a form.
pub fn form(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

fn encode(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

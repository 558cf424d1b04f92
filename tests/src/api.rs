//! A server on loopback that answers to order, well or badly, and remembers what it was asked.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::Request;

/// Far beyond what anything takes; only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// What it answers.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A status and a JSON body.
    Json(u16, Value),
    /// These bytes, as they are; then the connection is closed.
    Raw(Vec<u8>),
    /// Nothing: the connection is closed.
    Close,
    /// Nothing: the connection stays open until the client closes it.
    Silence,
    /// The first bytes once, the second again and again, as long as the client takes them.
    Endless(Vec<u8>, Vec<u8>),
    /// The same, but slowly: a little every tenth of a second.
    Drip(Vec<u8>, Vec<u8>),
}

impl Reply {
    /// A JSON body with headers of one's own, each a line.
    #[must_use]
    pub fn with_headers(status: u16, headers: &[&str], body: &Value) -> Self {
        let body = body.to_string();
        let mut head = format!("HTTP/1.1 {status} Status\r\n");
        for header in headers {
            head.push_str(&format!("{header}\r\n"));
        }
        let length = body.len();
        Self::Raw(
            format!("{head}content-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
                .into_bytes(),
        )
    }
}

type Answer = dyn Fn(&Request, usize) -> Reply + Send + Sync;

/// The requests that came, and how many of them the answer was found for.
#[derive(Default)]
struct Seen {
    requests: Mutex<(Vec<Request>, usize)>,
    changed: Condvar,
}

/// The server.
pub struct Api {
    /// Where it listens.
    pub url: String,
    seen: Arc<Seen>,
}

impl Api {
    /// Starts one. `answer` is given each request, and how many came before it.
    pub fn start(answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer: Arc<Answer> = Arc::new(answer);
        let requests = Arc::new(Seen::default());
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                thread::spawn(move || serve(stream, &*answer, &seen));
            }
        });
        Self { url, seen: requests }
    }

    /// What it was asked so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.seen.requests.lock().unwrap().0.clone()
    }

    /// How many requests came so far whose path begins so.
    #[must_use]
    pub fn count(&self, path: &str) -> usize {
        self.seen.requests.lock().unwrap().0.iter().filter(|request| request.path.starts_with(path)).count()
    }

    /// How many requests came so far.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.seen.requests.lock().unwrap().0.len()
    }

    /// Waits until it was asked so often, and has made up its mind about every answer.
    pub fn wait_for(&self, count: usize) {
        let requests = self.seen.requests.lock().unwrap();
        let (requests, late) =
            self.seen.changed.wait_timeout_while(requests, PATIENCE, |requests| requests.1 < count).unwrap();
        assert!(!late.timed_out(), "{count} requests never came: {:?}", requests.0);
    }

    /// Methods and paths of what it was asked so far.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.requests().iter().map(|request| format!("{} {}", request.method, request.path)).collect()
    }
}

fn serve(stream: TcpStream, answer: &Answer, seen: &Seen) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(request) = read(&mut reader) {
        let before = {
            let mut requests = seen.requests.lock().unwrap();
            requests.0.push(request.clone());
            requests.0.len() - 1
        };
        let reply = answer(&request, before);
        seen.requests.lock().unwrap().1 += 1;
        seen.changed.notify_all();
        let sent = match reply {
            Reply::Json(status, body) => {
                let body = body.to_string();
                let head = format!(
                    "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                writer.write_all(format!("{head}{body}").as_bytes())
            }
            Reply::Raw(bytes) => {
                let _ = writer.write_all(&bytes);
                return;
            }
            Reply::Close => return,
            Reply::Silence => {
                let _ = reader.read(&mut [0]);
                return;
            }
            Reply::Endless(head, more) => return go_on(&mut writer, &head, &more, Duration::ZERO),
            Reply::Drip(head, more) => return go_on(&mut writer, &head, &more, Duration::from_millis(100)),
        };
        if sent.is_err() {
            return;
        }
    }
}

/// Writes until the client has enough.
fn go_on(writer: &mut TcpStream, head: &[u8], more: &[u8], pause: Duration) {
    let mut sent = writer.write_all(head);
    while sent.is_ok() {
        thread::sleep(pause);
        sent = writer.write_all(more);
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path, headers, body })
}

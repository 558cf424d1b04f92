//! A JSON-RPC endpoint of a few lines, which answers what it is told to, however wrong.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};

/// What is answered.
pub(crate) enum Reply {
    Result(Value),
    Error(Value),
    /// A body; `$ID` stands for the question's number.
    Body(String),
    /// A whole HTTP answer.
    Raw(String),
    /// The connection is closed without a word.
    Nothing,
}

/// A question that was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) method: String,
    pub(crate) params: Value,
}

/// An endpoint on a free port of 127.0.0.1, stopped when dropped.
pub(crate) struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    stop: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers each question with what `handler` makes of it; questions are numbered from 0.
    pub(crate) fn new(handler: impl Fn(usize, &Asked) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, stop) = (Arc::<Mutex<Vec<Asked>>>::default(), Arc::new(AtomicBool::new(false)));
        let (log, stopped) = (asked.clone(), stop.clone());
        let accepting = thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let mut stream = stream.unwrap();
                let Some((asked, id)) = read(&mut stream) else { continue };
                let number = {
                    let mut log = log.lock().unwrap();
                    log.push(asked.clone());
                    log.len() - 1
                };
                let json = |value: Value| http(200, "", &value.to_string());
                let answer = match handler(number, &asked) {
                    Reply::Result(result) => json(json!({"jsonrpc": "2.0", "id": id, "result": result})),
                    Reply::Error(error) => json(json!({"jsonrpc": "2.0", "id": id, "error": error})),
                    Reply::Body(body) => http(200, "", &body.replace("$ID", &id.to_string())),
                    Reply::Raw(raw) => raw,
                    Reply::Nothing => continue,
                };
                // The client may have had enough of it.
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { address, asked, stop, accepting: Some(accepting) }
    }

    /// Answers every question alike.
    pub(crate) fn always(result: Value) -> Self {
        Self::new(move |_, _| Reply::Result(result.clone()))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// The questions so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How often this was asked.
    pub(crate) fn count(&self, method: &str) -> usize {
        self.asked().iter().filter(|asked| asked.method == method).count()
    }
}

/// An endpoint that keeps its connections open; it says how many connections it was asked over, and what on each.
pub(crate) struct Keeping {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Keeping {
    /// Answers every question alike.
    pub(crate) fn always(result: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<Vec<String>>>>::default();
        let log = asked.clone();
        // Ends with the process: nobody waits for connections that nobody makes.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, log, result) = (stream.unwrap(), log.clone(), result.clone());
                let connection = {
                    let mut log = log.lock().unwrap();
                    log.push(Vec::new());
                    log.len() - 1
                };
                thread::spawn(move || {
                    while let Some((asked, id)) = read(&mut stream) {
                        log.lock().unwrap()[connection].push(asked.method);
                        let answer = json!({"jsonrpc": "2.0", "id": id, "result": result});
                        stream.write_all(http(200, "", &answer.to_string()).as_bytes()).unwrap();
                    }
                });
            }
        });
        Self { address, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// What was asked on each connection.
    pub(crate) fn asked(&self) -> Vec<Vec<String>> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take().filter(|_| !thread::panicking()) {
            accepting.join().unwrap();
        }
    }
}

fn read(stream: &mut TcpStream) -> Option<(Asked, Value)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let mut words = line.split_whitespace();
    assert_eq!(words.next(), Some("POST"));
    let path = words.next()?.to_owned();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let question: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(question["jsonrpc"], "2.0");
    let method = question["method"].as_str().unwrap().to_owned();
    Some((Asked { path, method, params: question["params"].clone() }, question["id"].clone()))
}

/// An HTTP answer with these header lines.
pub(crate) fn http(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Whatever\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A value as it is at a slot.
pub(crate) fn at(slot: u64, value: impl Into<Value>) -> Value {
    json!({"context": {"slot": slot, "apiVersion": "9"}, "value": value.into()})
}

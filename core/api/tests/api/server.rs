//! An HTTP server of a few lines, which answers what it is told to, however wrong.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

/// A request that arrived whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Reads one request; `None` if the client went away.
    fn read(stream: &mut impl Read) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let mut words = line.split_whitespace().map(str::to_owned);
        let mut seen = Self { method: words.next()?, path: words.next()?, ..Self::default() };
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            seen.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let length = seen.header("content-length").map_or(0, |n| n.parse().expect("a length"));
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        seen.body = String::from_utf8(body).expect("a body of text");
        Some(seen)
    }
}

type Handler = dyn Fn(usize, TcpStream, &Mutex<Vec<Seen>>) + Send + Sync;

/// A server on a free port of 127.0.0.1, stopped when dropped. Every connection has a thread.
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    stop: Arc<AtomicBool>,
    accepting: Option<JoinHandle<usize>>,
}

impl Server {
    /// Hands every connection over as it is, numbered from 0.
    pub(crate) fn raw(handler: impl Fn(usize, TcpStream, &Mutex<Vec<Seen>>) + Send + Sync + 'static) -> Self {
        Self::on("127.0.0.1:0", Arc::new(handler))
    }

    fn on(address: &str, handler: Arc<Handler>) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (seen, stop) = (Arc::<Mutex<Vec<Seen>>>::default(), Arc::new(AtomicBool::new(false)));
        let (log, stopped) = (seen.clone(), stop.clone());
        let accepting = thread::spawn(move || {
            let mut handlers = Vec::new();
            for (number, stream) in listener.incoming().enumerate() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let (handler, log) = (handler.clone(), log.clone());
                let stream = stream.expect("a connection");
                handlers.push(thread::spawn(move || handler(number, stream, &log)));
            }
            let count = handlers.len();
            for handler in handlers {
                handler.join().expect("a handler that doesn't panic");
            }
            count
        });
        Self { address, seen, stop, accepting: Some(accepting) }
    }

    /// Reads a request from every connection and hands both over; requests are numbered from 0.
    pub(crate) fn new(handler: impl Fn(usize, &Seen, &mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::raw(move |number, mut stream, log| {
            let Some(seen) = Seen::read(&mut stream) else { return };
            lock(log).push(seen.clone());
            handler(number, &seen, &mut stream);
        })
    }

    /// Gives these answers one after the other, then the last one again and again.
    pub(crate) fn answers(answers: &[String]) -> Self {
        let answers = answers.to_vec();
        Self::new(move |number, _, stream| {
            let answer = answers.get(number).or(answers.last()).expect("an answer");
            // The client may have had enough of it.
            let _ = stream.write_all(answer.as_bytes());
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }

    /// Stops, and says how many connections there were.
    pub(crate) fn connections(mut self) -> usize {
        self.stop()
    }

    fn stop(&mut self) -> usize {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
        match self.accepting.take() {
            Some(accepting) => accepting.join().expect("a server that doesn't panic"),
            None => 0,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.stop();
        }
    }
}

fn lock(log: &Mutex<Vec<Seen>>) -> MutexGuard<'_, Vec<Seen>> {
    log.lock().expect("a log")
}

/// An answer with a JSON body.
pub(crate) fn answer(status: u16, body: &str) -> String {
    answer_with(status, "content-type: application/json\r\n", body)
}

/// An answer with these header lines.
pub(crate) fn answer_with(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} Whatever\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

/// Waits until the client closes the connection.
pub(crate) fn until_closed(stream: &mut TcpStream) {
    while stream.read(&mut [0; 1024]).is_ok_and(|n| n > 0) {}
}

/// A port of 127.0.0.1 at which nothing listens.
pub(crate) fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port()
}

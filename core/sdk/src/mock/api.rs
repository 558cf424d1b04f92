//! An API that answers to order, for plugins that make requests.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// How long a client may keep it waiting, and with it all others.
const PATIENCE: Duration = Duration::from_secs(10);

/// An HTTP server on this machine, in a thread of this process. Ends when dropped.
#[derive(Debug)]
pub struct Api {
    /// Its base URL.
    pub url: String,
    seen: Arc<Mutex<Vec<String>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Api {
    /// Starts one. `answer` gets each request, head and body, and gives a status and a JSON body.
    ///
    /// # Errors
    /// Where the system gives no port.
    pub fn start(answer: impl Fn(&str) -> (u16, String) + Send + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let (seen, over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (log, ends) = (Arc::clone(&seen), Arc::clone(&over));
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::SeqCst) {
                    return;
                }
                // A client that breaks off is the test's own business.
                let _ = stream.and_then(|stream| serve(&stream, &log, &answer));
            }
        });
        Ok(Self { url, seen, over, thread: Some(thread) })
    }

    /// The requests so far, head and body.
    #[must_use]
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes it up.
        let woken = TcpStream::connect(self.url.trim_start_matches("http://"));
        if let (Ok(_), Some(thread)) = (woken, self.thread.take()) {
            let _ = thread.join();
        }
    }
}

fn serve(
    mut stream: &TcpStream,
    log: &Mutex<Vec<String>>,
    answer: &impl Fn(&str) -> (u16, String),
) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let start = request.len();
        if reader.read_line(&mut request)? == 0 || request[start..] == *"\r\n" {
            break;
        }
        let line = request[start..].to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = String::new();
    reader.take(length).read_to_string(&mut body)?;
    request.push_str(&body);
    log.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    let (status, body) = answer(&request);
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

//! A signer to test plugins with: it keeps the contract, or breaks it to order, and has no key.

mod api;
mod honest;
mod launch;
mod shop;

use std::{
    io::{self, Read as _, Write as _},
    net::Shutdown,
    os::{fd::OwnedFd, unix::net::UnixStream},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use leash_protocol::frame::MAX_FRAME;
use serde_json::Value;

pub use api::Api;
pub use honest::Honest;
pub use launch::{Launch, Running, context};
pub use shop::Shop;

/// What a mock does with a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Answers with a frame of this JSON.
    Json(Value),
    /// Sends these bytes as they are.
    Raw(Vec<u8>),
    /// Sends these bytes one by one, with a pause before each.
    Slowly(Vec<u8>, Duration),
    /// Says nothing, and reads on.
    Silence,
    /// Sends these bytes and closes.
    Close(Vec<u8>),
}

/// A signer in a thread of this process. Ends when dropped.
#[derive(Debug)]
pub struct Mock {
    stream: UnixStream,
    seen: Arc<Mutex<Vec<Value>>>,
    thread: Option<JoinHandle<()>>,
}

impl Mock {
    /// Starts one, and returns the plugin's end of its socket.
    ///
    /// # Errors
    /// Where the system gives no sockets.
    pub fn start(answer: impl FnMut(&Value) -> Reply + Send + 'static) -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) = UnixStream::pair()?;
        Ok((Self::on(ours, answer)?, theirs.into()))
    }

    /// Starts one on a socket that is connected already.
    ///
    /// # Errors
    /// Where the system gives no second descriptor of it.
    pub fn on(stream: UnixStream, answer: impl FnMut(&Value) -> Reply + Send + 'static) -> io::Result<Self> {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, speaking) = (Arc::clone(&seen), stream.try_clone()?);
        let thread = thread::spawn(move || {
            // Whatever ended it, the other side sees the end of the stream.
            let _ = serve(&speaking, &log, answer);
            let _ = speaking.shutdown(Shutdown::Both);
        });
        Ok(Self { stream, seen, thread: Some(thread) })
    }

    /// The requests so far; null for one that is no JSON.
    #[must_use]
    pub fn seen(&self) -> Vec<Value> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A frame of these bytes.
#[must_use]
pub fn frame(json: &[u8]) -> Vec<u8> {
    let length = u32::try_from(json.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), json].concat()
}

fn serve(
    mut stream: &UnixStream,
    log: &Mutex<Vec<Value>>,
    mut answer: impl FnMut(&Value) -> Reply,
) -> io::Result<()> {
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        if length > MAX_FRAME {
            let refusal = r#"{"id":null,"err":{"code":"bad_request","message":"the frame is too long"}}"#;
            return stream.write_all(&frame(refusal.as_bytes()));
        }
        let mut json = vec![0; length];
        stream.read_exact(&mut json)?;
        let request = serde_json::from_slice(&json).unwrap_or(Value::Null);
        log.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        match answer(&request) {
            Reply::Json(value) => stream.write_all(&frame(value.to_string().as_bytes()))?,
            Reply::Raw(bytes) => stream.write_all(&bytes)?,
            Reply::Slowly(bytes, pause) => {
                for byte in bytes {
                    thread::sleep(pause);
                    stream.write_all(&[byte])?;
                }
            }
            Reply::Silence => {}
            Reply::Close(bytes) => return stream.write_all(&bytes),
        }
    }
}

//! A socket with a signer at its other end, and one request with its answer on it.

use std::{
    os::fd::OwnedFd,
    time::{Duration, Instant},
};

use leash_protocol::frame::MAX_FRAME;
use rustix::net::{Shutdown, SocketType, shutdown, sockopt};
use serde::Deserialize;

use crate::{
    Error,
    turn::{self, Turn},
    wire::{self, Fault},
};

/// How many answers to requests of other processes (that ended before they came) are passed over.
const STALE_MAX: u32 = 64;

/// How long to wait for one's turn: as long as somebody else may wait for a signature.
const TURN: Duration = Duration::from_secs(300);

/// The socket. Shared with other threads and processes; each exchange takes its turn.
pub(crate) struct Connection {
    /// Always there, until dropped.
    socket: Option<OwnedFd>,
}

/// Of an answer, what it answers.
#[derive(Deserialize)]
struct Head {
    id: Option<u64>,
}

impl Connection {
    /// Takes a socket.
    pub(crate) fn new(socket: OwnedFd) -> Result<Self, Error> {
        match sockopt::socket_type(&socket) {
            Ok(SocketType::STREAM) => Ok(Self { socket: Some(socket) }),
            _ => Err(Error::WrongSigner { reason: "the descriptor is no stream socket".to_owned() }),
        }
    }

    /// Sends a request and returns its answer: the one with the same id, or with none. A request without an id
    /// takes whatever comes. The signer has the time `after`, once it is this one's turn.
    pub(crate) fn exchange(
        &self,
        request: &[u8],
        id: Option<u64>,
        after: Duration,
    ) -> Result<Vec<u8>, Error> {
        if request.len() > MAX_FRAME {
            return Err(Error::TooLarge);
        }
        let socket = self.socket.as_ref().ok_or(Error::Closed)?;
        let turn = Turn::take(socket, Instant::now() + TURN)?;
        let _turn = turn.ok_or(Error::Timeout { after: TURN })?;
        let deadline = Instant::now() + after;
        wire::write(socket, request, deadline).map_err(|fault| judge(socket, fault, after))?;
        for _ in 0..STALE_MAX {
            let answer = wire::read(socket, deadline).map_err(|fault| judge(socket, fault, after))?;
            let Ok(head) = serde_json::from_slice::<Head>(&answer) else {
                return Err(end(socket, "its answer is no JSON object with an id"));
            };
            if head.id.is_none() || id.is_none() || head.id == id {
                return Ok(answer);
            }
        }
        Err(end(socket, "it answers what nobody asked"))
    }

    /// Ends the conversation: what was said can't be trusted.
    pub(crate) fn end(&self, reason: &str) -> Error {
        self.socket.as_ref().map_or(Error::Closed, |socket| end(socket, reason))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(socket) = self.socket.take() {
            turn::close(socket);
        }
    }
}

fn judge(socket: &OwnedFd, fault: Fault, after: Duration) -> Error {
    match fault {
        Fault::Closed => Error::Closed,
        Fault::Late => Error::Timeout { after },
        Fault::Torn => {
            let _ = end(socket, "");
            Error::Timeout { after }
        }
        Fault::TooLong => end(socket, "its answer is longer than a frame"),
        Fault::System(errno) => errno.into(),
    }
}

/// Shuts the socket, for the others who share it, too: nobody knows where the next frame begins.
fn end(socket: &OwnedFd, reason: &str) -> Error {
    let _ = shutdown(socket, Shutdown::Both);
    Error::malformed(reason)
}

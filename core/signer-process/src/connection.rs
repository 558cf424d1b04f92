//! One speaker's stream of frames. Nothing here waits.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use leash_protocol::frame::MAX_FRAME;
use rustix::{
    event::PollFlags,
    io::Errno,
    net::{RecvFlags, SendFlags, recv, send},
};

const HEAD: usize = 4;
/// Answers that somebody didn't read yet. Beyond that no more is taken from them.
const MOST_UNREAD: usize = 64 * 1024 * 1024;

/// A connection.
pub(crate) struct Connection {
    socket: OwnedFd,
    /// What came and wasn't looked at yet; never much more than one frame.
    input: Vec<u8>,
    used: usize,
    /// What is to be sent, from `sent` on.
    output: Vec<u8>,
    sent: usize,
    /// Whether a version was agreed upon.
    pub(crate) greeted: bool,
    /// Whether nothing more will be read: the other side ended its half, or broke the protocol.
    deaf: bool,
    /// Whether nothing more can be sent.
    broken: bool,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Frame(Vec<u8>),
    /// A frame begins that is longer than any may be.
    TooLong,
    /// Not all of it is there.
    Nothing,
}

impl Connection {
    pub(crate) const fn new(socket: OwnedFd) -> Self {
        Self {
            socket,
            input: Vec::new(),
            used: 0,
            output: Vec::new(),
            sent: 0,
            greeted: false,
            deaf: false,
            broken: false,
        }
    }

    /// What to wait for.
    pub(crate) fn wants(&self) -> PollFlags {
        let mut wants = PollFlags::empty();
        wants.set(PollFlags::IN, self.has_room() && !self.deaf);
        wants.set(PollFlags::OUT, self.unsent() > 0);
        wants
    }

    /// Takes what came, as far as there is room.
    pub(crate) fn receive(&mut self) {
        if self.deaf || !self.has_room() {
            return;
        }
        self.input.drain(..self.used);
        self.used = 0;
        let mut bytes = [0; 16 * 1024];
        match recv(&self.socket, &mut bytes[..], RecvFlags::DONTWAIT) {
            Ok((_, 0)) => self.deaf = true,
            Ok((_, count)) => self.input.extend_from_slice(&bytes[..count.min(bytes.len())]),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => self.broken = true,
        }
    }

    /// The next frame.
    pub(crate) fn next(&mut self) -> Next {
        let input = &self.input[self.used..];
        let Some((head, rest)) = input.split_first_chunk::<HEAD>() else { return Next::Nothing };
        let length = usize::try_from(u32::from_be_bytes(*head)).unwrap_or(usize::MAX);
        if length > MAX_FRAME {
            return Next::TooLong;
        }
        let Some(frame) = rest.get(..length) else { return Next::Nothing };
        let frame = frame.to_vec();
        self.used += HEAD + length;
        Next::Frame(frame)
    }

    /// Whether [`Connection::next`] would have something, and its answer would find room.
    pub(crate) fn has_next(&self) -> bool {
        let input = &self.input[self.used..];
        let whole = input.split_first_chunk::<HEAD>().is_some_and(|(head, rest)| {
            let length = usize::try_from(u32::from_be_bytes(*head)).unwrap_or(usize::MAX);
            length > MAX_FRAME || rest.len() >= length
        });
        whole && self.unsent() < MOST_UNREAD && !self.broken
    }

    /// Puts an answer into line.
    pub(crate) fn answer(&mut self, json: &[u8]) {
        let length = u32::try_from(json.len()).unwrap_or(u32::MAX);
        self.output.extend_from_slice(&length.to_be_bytes());
        self.output.extend_from_slice(json);
    }

    /// Reads nothing more, and ends once all answers are sent.
    pub(crate) fn end(&mut self) {
        self.deaf = true;
        self.input.clear();
        self.used = 0;
    }

    /// Sends what can be sent now.
    pub(crate) fn send(&mut self) {
        while self.unsent() > 0 && !self.broken {
            match send(&self.socket, &self.output[self.sent..], SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Ok(count) => self.sent += count,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(_) => self.broken = true,
            }
        }
        if self.unsent() == 0 {
            self.output.clear();
            self.output.shrink_to(MAX_FRAME);
            self.sent = 0;
        } else if self.sent > MOST_UNREAD / 4 {
            self.output.drain(..self.sent);
            self.sent = 0;
        }
    }

    /// Takes leave of a speaker who may have sent more than was read: some of that is taken from the socket, so
    /// that the speaker sees an end and not a reset.
    pub(crate) fn leave(self) {
        let mut bytes = [0; 16 * 1024];
        for _ in 0..64 {
            match recv(&self.socket, &mut bytes[..], RecvFlags::DONTWAIT) {
                Ok((_, 1..)) => {}
                _ => break,
            }
        }
    }

    /// The other side is gone altogether.
    pub(crate) fn hang_up(&mut self) {
        self.broken = true;
    }

    /// Whether it is over.
    pub(crate) fn is_over(&self) -> bool {
        self.broken || (self.deaf && self.unsent() == 0 && !self.has_next())
    }

    fn unsent(&self) -> usize {
        self.output.len() - self.sent
    }

    fn has_room(&self) -> bool {
        self.input.len() - self.used < HEAD + MAX_FRAME && self.unsent() < MOST_UNREAD
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

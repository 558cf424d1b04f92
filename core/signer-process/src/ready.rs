//! What the signer and the host say to each other before the plugin starts, over a socket of their own.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::net::UnixStream,
    },
    path::PathBuf,
};

use leash_output::{Error, Kind};
use leash_protocol::context::Presigned;
use leash_signature::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Far more than the presigned requests of any manifest take.
const MOST: u64 = 16 * 1024 * 1024;
/// More than a passphrase has.
const MOST_PASSPHRASE: usize = 4096;

/// How the host gets the passphrase of a locked key: given what came of the last one, if there was one; `None` where
/// nobody can be asked. After an error there is no signer.
pub type Passphrase<'a> = &'a mut dyn FnMut(Option<Error>) -> Result<Option<Secret<String>>, Error>;

/// That it is ready, or why it never will be, or what it needs.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Ready {
    Serving {
        pid: i32,
        executive: String,
        presigned: Vec<Presigned>,
        socket: Option<PathBuf>,
        locked: bool,
    },
    Failed(Failure),
    /// The key is locked: its passphrase is asked for, perhaps again.
    Ask(Option<Failure>),
}

/// An error, on its way to the other process.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Failure {
    exit: u8,
    code: String,
    message: String,
    hint: String,
}

impl Failure {
    pub(crate) fn of(error: &Error) -> Self {
        Self {
            exit: error.kind().exit_status(),
            code: error.code().to_owned(),
            message: error.message().to_owned(),
            hint: error.hints(),
        }
    }

    pub(crate) fn error(self) -> Error {
        let kinds =
            [Kind::Usage, Kind::Negative, Kind::Identity, Kind::Refused, Kind::NotRunnable, Kind::NotFound];
        let kind = kinds.into_iter().find(|kind| kind.exit_status() == self.exit).unwrap_or(Kind::Failure);
        Error::new(kind, self.code, self.message).hint(self.hint)
    }
}

/// The signer's end.
pub(crate) struct ToHost(UnixStream);

impl ToHost {
    pub(crate) fn new(socket: OwnedFd) -> Self {
        Self(socket.into())
    }

    pub(crate) fn tell(&mut self, ready: &Ready) -> io::Result<()> {
        let mut line = serde_json::to_vec(ready)?;
        line.push(b'\n');
        self.0.write_all(&line)
    }

    /// Has the host ask for the passphrase; `last` is what came of the last one.
    pub(crate) fn ask(&mut self, last: Option<&Error>) -> io::Result<Option<Secret<String>>> {
        self.tell(&Ready::Ask(last.map(Failure::of)))?;
        let mut length = [0; 4];
        self.0.read_exact(&mut length)?;
        // No passphrase is empty.
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length == 0 {
            return Ok(None);
        }
        if length > MOST_PASSPHRASE {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut bytes = Zeroizing::new(vec![0; length]);
        self.0.read_exact(&mut bytes)?;
        match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                Err(io::ErrorKind::InvalidData.into())
            }
        }
    }
}

/// The host's end: waits until the signer is ready, or never will be.
pub(crate) fn hear(socket: OwnedFd, passphrase: Passphrase<'_>) -> Result<Ready, Error> {
    let lost = |error: io::Error| Error::failure("signer", format!("cannot hear the signer: {error}"));
    let socket = UnixStream::from(socket);
    let mut lines = BufReader::new(socket.try_clone().map_err(lost)?).take(MOST);
    loop {
        let mut line = Vec::new();
        lines.read_until(b'\n', &mut line).map_err(lost)?;
        let ready = serde_json::from_slice(&line).map_err(|_| {
            Error::failure("signer", "the signer ended without a word")
                .hint("`leash doctor` looks at the machine")
        })?;
        let Ready::Ask(last) = ready else { return Ok(ready) };
        let answer = passphrase(last.map(Failure::error))?;
        hand_over(&socket, answer.as_ref()).map_err(lost)?;
    }
}

fn hand_over(socket: &UnixStream, passphrase: Option<&Secret<String>>) -> io::Result<()> {
    let bytes = passphrase.map_or(&[][..], |passphrase| passphrase.expose().as_bytes());
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    for part in [&length.to_be_bytes()[..], bytes] {
        // A signer that ended must not end the host with a signal.
        let mut rest = part;
        while !rest.is_empty() {
            let flags = rustix::net::SendFlags::NOSIGNAL;
            rest = &rest[rustix::net::send(socket.as_fd(), rest, flags)?..];
        }
    }
    Ok(())
}

//! The conversation with the signer.

use std::{
    cell::RefCell,
    io::{self, Read as _, Write as _},
    os::unix::net::UnixStream,
};

use leash_output::Error;
use leash_payer_protocol::{MOST, Word};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// The socket to the signer.
pub(crate) struct Link(RefCell<UnixStream>);

impl Link {
    pub(crate) const fn new(socket: UnixStream) -> Self {
        Self(RefCell::new(socket))
    }

    pub(crate) fn say(&self, word: &Word) -> Result<(), Error> {
        let json = serde_json::to_vec(word).map_err(|error| gone(&error.into()))?;
        let length = u32::try_from(json.len()).map_err(|_| gone(&io::ErrorKind::InvalidData.into()))?;
        let mut socket = self.0.borrow_mut();
        socket
            .write_all(&length.to_be_bytes())
            .and_then(|()| socket.write_all(&json))
            .map_err(|error| gone(&error))
    }

    /// What comes next; the first thing holds a secret, so that what it was read from is wiped.
    pub(crate) fn hear<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let mut socket = self.0.borrow_mut();
        let mut head = [0; 4];
        socket.read_exact(&mut head).map_err(|error| gone(&error))?;
        let length = usize::try_from(u32::from_be_bytes(head)).unwrap_or(usize::MAX);
        if length > MOST {
            return Err(gone(&io::ErrorKind::InvalidData.into()));
        }
        let mut json = Zeroizing::new(vec![0; length]);
        socket.read_exact(&mut json).map_err(|error| gone(&error))?;
        serde_json::from_slice(&json).map_err(|error| gone(&error.into()))
    }
}

fn gone(error: &io::Error) -> Error {
    Error::failure("signer_gone", format!("the signer is gone: {error}"))
}

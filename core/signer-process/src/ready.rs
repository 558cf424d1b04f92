//! What the signer tells the host before the plugin starts, over a pipe of their own.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    os::fd::OwnedFd,
    path::PathBuf,
};

use leash_output::{Error, Kind};
use leash_protocol::context::Presigned;
use serde::{Deserialize, Serialize};

/// Far more than the presigned requests of any manifest take.
const MOST: u64 = 16 * 1024 * 1024;

/// That it is ready, or why it never will be.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Ready {
    Serving { pid: i32, executive: String, presigned: Vec<Presigned>, socket: Option<PathBuf> },
    Failed { exit: u8, code: String, message: String, hint: String },
}

impl Ready {
    pub(crate) fn failed(error: &Error) -> Self {
        Self::Failed {
            exit: error.kind().exit_status(),
            code: error.code().to_owned(),
            message: error.message().to_owned(),
            hint: error.hints(),
        }
    }

    pub(crate) fn tell(&self, pipe: OwnedFd) -> io::Result<()> {
        File::from(pipe).write_all(&serde_json::to_vec(self)?)
    }

    /// Waits for it.
    pub(crate) fn hear(pipe: OwnedFd) -> Result<Self, Error> {
        let mut text = Vec::new();
        let heard = File::from(pipe).take(MOST).read_to_end(&mut text);
        heard.map_err(|error| Error::failure("signer", format!("cannot hear the signer: {error}")))?;
        serde_json::from_slice(&text).map_err(|_| {
            Error::failure("signer", "the signer ended without a word")
                .hint("`leash doctor` looks at the machine")
        })
    }
}

/// The error that a signer reported.
pub(crate) fn error(exit: u8, code: String, message: String, hint: String) -> Error {
    let kinds =
        [Kind::Usage, Kind::Negative, Kind::Identity, Kind::Refused, Kind::NotRunnable, Kind::NotFound];
    let kind = kinds.into_iter().find(|kind| kind.exit_status() == exit).unwrap_or(Kind::Failure);
    Error::new(kind, code, message).hint(hint)
}

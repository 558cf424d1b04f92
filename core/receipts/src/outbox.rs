//! What the API was told, and what it still has to be told.
//!
//! Receipts are published in their order, and a file beside the chain says up to which. The API takes the same receipt
//! twice as one, so where a process is killed between publishing and noting it, the next one publishes it again, and
//! nothing is lost or there twice.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use leash_files::{
    Paths, atomic,
    trust::{self, Others},
};
use leash_output::Error;
use serde::{Deserialize, Serialize};

use crate::{Chain, Receipt};

/// The state of publishing to one API.
#[derive(Debug)]
pub struct Outbox {
    path: PathBuf,
    api: String,
}

/// What the API said to one receipt.
#[derive(Debug)]
pub enum Outcome {
    /// It has it, now or already.
    Kept,
    /// It will never take it; the code says why. It isn't sent again.
    Refused(String),
}

/// A receipt that the API doesn't take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Its hash.
    pub hash: String,
    /// What the API said.
    pub code: String,
}

/// What came of publishing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Published {
    /// How many the API was told now.
    pub sent: u64,
    /// How many it still has to be told.
    pub pending: u64,
    /// Those that it doesn't take.
    pub refused: Vec<Refusal>,
    /// Whether another process is publishing at the moment, so that this one left it to that.
    pub busy: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Noted {
    v: u32,
    api: String,
    /// How many were dealt with.
    done: u64,
    #[serde(default)]
    refused: Vec<Refusal>,
}

impl Outbox {
    /// The outbox in an agent's directory, for the API at a base URL.
    #[must_use]
    pub fn new(dir: &Path, api: &str) -> Self {
        Self { path: dir.join("published.json"), api: api.to_owned() }
    }

    /// How many receipts the API still has to be told.
    ///
    /// # Errors
    /// Where chain or note can't be read.
    pub fn pending(&self, chain: &Chain) -> Result<u64, Error> {
        let mut count = 0_u64;
        chain.each(|_, _| {
            count += 1;
            Ok(true)
        })?;
        Ok(count.saturating_sub(self.noted()?.done))
    }

    /// Has `send` tell the API what it wasn't told, oldest first, and notes each that it has.
    ///
    /// # Errors
    /// The first failure of `send`: what comes after it stays for the next time. Where chain or note can't be read or
    /// written.
    pub fn publish(
        &self,
        chain: &Chain,
        mut send: impl FnMut(&Receipt, &str) -> Result<Outcome, Error>,
    ) -> Result<Published, Error> {
        let Some(_turn) = self.turn()? else {
            return Ok(Published { busy: true, pending: self.pending(chain)?, ..Published::default() });
        };
        let mut noted = self.noted()?;
        let (mut at, mut sent) = (0, 0);
        chain.each(|receipt, text| {
            at += 1;
            if at <= noted.done {
                return Ok(true);
            }
            if let Outcome::Refused(code) = send(&receipt, text)? {
                noted.refused.push(Refusal { hash: receipt.hash, code });
            } else {
                sent += 1;
            }
            noted.done = at;
            self.note(&noted)?;
            Ok(true)
        })?;
        Ok(Published { sent, pending: at.saturating_sub(noted.done), refused: noted.refused, busy: false })
    }

    fn noted(&self) -> Result<Noted, Error> {
        let fresh = || Noted { v: 1, api: self.api.clone(), ..Noted::default() };
        let Some(bytes) = trust::read(&self.path, Others::Read)? else { return Ok(fresh()) };
        // Beginning anew costs requests and nothing else.
        let noted = serde_json::from_slice::<Noted>(&bytes).ok();
        Ok(noted.filter(|noted| noted.v == 1 && noted.api == self.api).unwrap_or_else(fresh))
    }

    fn note(&self, noted: &Noted) -> Result<(), Error> {
        let text = serde_json::to_string(noted).map_err(|error| {
            Error::failure("internal", format!("cannot write what was published: {error}"))
        })?;
        atomic::replace(&self.path, format!("{text}\n").as_bytes())
            .map_err(|error| Error::io("write", &self.path, &error))
    }

    /// The lock on publishing; none where another process has it.
    fn turn(&self) -> Result<Option<File>, Error> {
        let path = self.path.with_extension("lock");
        let dir = path.parent().unwrap_or_else(|| Path::new("."));
        atomic::create_dir(dir).map_err(|error| Error::io("create", dir, &error))?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.map_err(|error| Error::io("open", &path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                Ok(Some(file))
            }
            Err(std::fs::TryLockError::Error(error)) => Err(Error::io("lock", &path, &error)
                .hint(format!("see who holds it: `fuser {}`", Paths::typed(&path)))),
        }
    }
}

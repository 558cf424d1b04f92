//! The chain behind the API.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use leash_ledger::Ledger;
use tokio::sync::watch;

use super::{Answer, Sandbox};

/// The ledger, opened when it is first asked for: commands that only look at the database don't need it, and two
/// processes must not write it.
pub(super) struct Chain {
    path: PathBuf,
    ledger: Mutex<Option<Ledger>>,
    /// Changes whenever something landed.
    landings: watch::Sender<u64>,
}

impl Chain {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, ledger: Mutex::new(None), landings: watch::Sender::new(0) }
    }
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Chain").field(&self.path).finish()
    }
}

impl Sandbox {
    /// Does something with the ledger. After a failed write it is read again from its file.
    ///
    /// # Errors
    /// The answer that the client gets where it can't be opened.
    pub(crate) fn with_ledger<T>(&self, work: impl FnOnce(&mut Ledger) -> T) -> Result<T, Answer> {
        let mut guard = self.chain.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ledger = match guard.take().filter(|ledger| !ledger.is_stopped()) {
            Some(ledger) => ledger,
            None => Ledger::open(&self.chain.path).map_err(|error| Answer::internal(error.to_string()))?,
        };
        let before = ledger.landings();
        let result = work(&mut ledger);
        if ledger.landings() != before {
            self.chain.landings.send_modify(|landings| *landings = landings.wrapping_add(1));
        }
        // Not where the work panicked: it might have stopped half-way.
        *guard = Some(ledger);
        Ok(result)
    }

    /// Tells when something landed on the ledger.
    pub(crate) fn landings(&self) -> watch::Receiver<u64> {
        self.chain.landings.subscribe()
    }
}

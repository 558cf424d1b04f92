//! The receipts of one agent that this machine wrote, in a file: JSON lines, each naming the one before it.

use std::path::{Path, PathBuf};

use leash_files::Paths;
use leash_journal::{Journal, Line};
use leash_js::{Text, Value, json};
use leash_output::Error;

use crate::{Draft, Fault, Receipt, Shaped, Verified, Verifier, receipt_hash};

/// A chain; the file need not exist yet.
#[derive(Debug, Clone)]
pub struct Chain {
    journal: Journal,
}

/// What came of adding a receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct Added {
    /// The receipt: the new one, or the one that was there.
    pub receipt: Receipt,
    /// Whether it was added.
    pub is_new: bool,
    /// Where the rest of a line went that was cut off while it was written. It was no receipt yet; say so.
    pub set_aside: Option<PathBuf>,
}

impl Chain {
    /// The chain in an agent's directory.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self { journal: Journal::new(dir.join("receipts.jsonl"), None) }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.journal.path()
    }

    /// Adds a receipt at the end, and returns once it is on the disk.
    ///
    /// # Errors
    /// Where it wasn't added: the file can't be trusted, read or written, or its last line is no receipt.
    pub fn append(&self, draft: &Draft) -> Result<Added, Error> {
        self.append_once(draft, |_| false)
    }

    /// Adds a receipt unless one `is_it`, which is looked for in the same step: so a command that is run again after it
    /// was killed adds none twice. Two receipts of one kind with the same transaction are never added.
    ///
    /// # Errors
    /// As [`Chain::append`].
    pub fn append_once(&self, draft: &Draft, is_it: impl Fn(&Receipt) -> bool) -> Result<Added, Error> {
        let mut held = self.journal.lock()?;
        let set_aside = held.set_aside()?;
        let mut last = None;
        for line in held.lines()? {
            let line = line?;
            if is_blank(&line) {
                continue;
            }
            let receipt = self.receipt(&line)?;
            // Who pays himself has one of each kind.
            let same = receipt.kind == draft.kind
                && draft.tx_sig().is_some_and(|draft| receipt.tx_sig.as_deref() == Some(draft));
            if same || is_it(&receipt) {
                return Ok(Added { receipt, is_new: false, set_aside });
            }
            last = Some((line.index, receipt.hash));
        }
        let too_many = || Error::failure("internal", "there are more receipts than can be counted");
        let nonce = match &last {
            Some((index, _)) => u32::try_from(index + 1).map_err(|_| too_many())?,
            None => 0,
        };
        let mut value = draft.placed(nonce, last.as_ref().map(|(_, hash)| hash.as_str()));
        let hash = receipt_hash(&value);
        if let Value::Object(members) = &mut value {
            members.push((Text::from("receipt_hash"), Value::text(hash.as_str())));
        }
        let receipt = Receipt::read(&value)
            .ok_or_else(|| Error::failure("internal", "what was to be added is no receipt"))?;
        held.append(&value.to_json())?;
        Ok(Added { receipt, is_new: true, set_aside })
    }

    /// Calls back with each receipt, oldest first, and its text; stops where the callback says no.
    ///
    /// # Errors
    /// Where the file can't be read or trusted, or a line is no receipt.
    pub fn each(&self, mut each: impl FnMut(Receipt, &str) -> Result<bool, Error>) -> Result<(), Error> {
        let Some(lines) = self.journal.read()? else { return Ok(()) };
        for line in lines {
            let line = line?;
            if is_blank(&line) {
                continue;
            }
            if !line.ended {
                // It is being looked at, not added to: whoever adds next sets it aside.
                break;
            }
            let receipt = self.receipt(&line)?;
            if !each(receipt, &String::from_utf8_lossy(&line.bytes))? {
                break;
            }
        }
        Ok(())
    }

    /// How many bytes at the end are what is left of a line that was cut off.
    ///
    /// # Errors
    /// As [`Chain::each`].
    pub fn torn(&self) -> Result<usize, Error> {
        let Some(lines) = self.journal.read()? else { return Ok(0) };
        let mut torn = 0;
        for line in lines {
            let line = line?;
            torn = if line.ended { 0 } else { line.bytes.len() };
        }
        Ok(torn)
    }

    /// Goes through all of it.
    ///
    /// # Errors
    /// Where it can't be read. What is wrong with it is the inner result.
    pub fn verify(&self) -> Result<Result<Verified, (Fault, Verified)>, Error> {
        let mut verifier = Verifier::new();
        let Some(lines) = self.journal.read()? else { return Ok(Ok(Verified::default())) };
        for line in lines {
            if let Err(fault) = verifier.line(&line?.bytes) {
                return Ok(Err((fault, verifier.so_far().clone())));
            }
        }
        Ok(Ok(verifier.so_far().clone()))
    }

    fn receipt(&self, line: &Line) -> Result<Receipt, Error> {
        let value = json::parse(&line.bytes).ok();
        let value = value.filter(|value| Shaped::read(value).is_some());
        value.as_ref().and_then(Receipt::read).ok_or_else(|| {
            let (shown, number) = (Paths::display(self.path()), line.index + 1);
            Error::failure("broken_chain", format!("line {number} of `{shown}` is no receipt"))
                .hint("`leash receipts verify` says what is wrong with it; restore the file from a copy")
        })
    }
}

fn is_blank(line: &Line) -> bool {
    line.bytes.iter().all(u8::is_ascii_whitespace)
}

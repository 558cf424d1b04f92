//! Opening an agent's key: with what the kernel keeps, or else with the passphrase.

use std::time::SystemTime;

use leash_files::trust;
use leash_identity::Locked;
use leash_output::{Error, Kind, Out, Progress};
use leash_signature::Secret;
use leash_signer::Executive;

use crate::{
    keyring, open,
    passphrase::{self, Obtained, Source},
};

/// How often a passphrase may be mistyped.
const ATTEMPTS: u32 = 3;

/// Opens a key: the kernel may keep it, else its passphrase is asked for, three times at a terminal.
///
/// # Errors
/// `locked` where the passphrase is needed and nobody can be asked; else as [`unlocked`], [`Asked::next`] and
/// [`open_with`].
pub fn unlock(locked: &Locked, out: Out) -> Result<Executive, Error> {
    if let Some((executive, _)) = unlocked(locked)? {
        return Ok(executive);
    }
    ask(locked, out)?.ok_or_else(|| locked.error())
}

/// Opens a key with its passphrase alone, asked for three times at a terminal; `None` where nobody can be asked.
///
/// # Errors
/// As [`Asked::next`] and [`open_with`].
pub fn ask(locked: &Locked, out: Out) -> Result<Option<Executive>, Error> {
    let mut asked = Asked::new(out);
    while let Some(passphrase) = asked.next(locked.agent())? {
        match open_with(locked, &passphrase) {
            Ok(executive) => return Ok(Some(executive)),
            Err(error) if error.is(crate::WRONG_PASSPHRASE) => asked.was_wrong(error)?,
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// The key, if the kernel keeps it just now, and until when.
///
/// # Errors
/// [`Kind::Identity`] where what the kernel keeps under the name of this key isn't it: any process of the user could
/// have put it there.
pub fn unlocked(locked: &Locked) -> Result<Option<(Executive, SystemTime)>, Error> {
    let public = locked.public();
    let Some(kept) = keyring::load(&public).map_err(|error| {
        Error::new(Kind::Identity, error.code().to_owned(), error.message()).hint(error.hints())
    })?
    else {
        return Ok(None);
    };
    match Executive::parse(&kept.key) {
        Ok(executive) if executive.public() == public => Ok(Some((executive, kept.until))),
        _ => {
            let message =
                format!("what the kernel keeps under the name of the key `{public}` is not that key");
            Err(Error::new(Kind::Identity, "wrong_key", message).hint(format!(
                "take it out: `leash --agent {} key lock`; some program of yours put it there",
                locked.agent()
            )))
        }
    }
}

/// Opens a key with its passphrase, and makes sure that it is the one that the file names.
///
/// # Errors
/// As [`open`]; `wrong_key` where it is another one.
pub fn open_with(locked: &Locked, passphrase: &Secret<String>) -> Result<Executive, Error> {
    let text = open(locked.sealed(), passphrase)?;
    match Executive::parse(&text) {
        Ok(executive) if executive.public() == locked.public() => Ok(executive),
        _ => {
            let message = format!(
                "the encrypted key of agent `{}` is not that of its executive_pubkey `{}`",
                locked.agent(),
                locked.public()
            );
            Err(Error::new(Kind::Identity, "wrong_key", message)
                .hint("one of the two is another agent's: restore the file from where it was exported"))
        }
    }
}

/// The passphrase of a key that is being opened, asked for as often as that makes sense.
pub struct Asked {
    out: Out,
    source: Option<Source>,
    attempts: u32,
    working: Option<Progress>,
}

impl Asked {
    /// Nobody was asked yet.
    #[must_use]
    pub const fn new(out: Out) -> Self {
        Self { out, source: None, attempts: 0, working: None }
    }

    /// Gets a passphrase for the key of this agent; `None` where nobody can be asked.
    ///
    /// # Errors
    /// As [`passphrase::obtain`].
    pub fn next(&mut self, agent: &str) -> Result<Option<Secret<String>>, Error> {
        self.working = None;
        let purpose = format!("agent `{agent}`");
        match passphrase::obtain(&purpose, false, &|path| trust::read(path, trust::Others::Nothing)) {
            Ok(Obtained { passphrase, source, .. }) => {
                self.source = Some(source);
                self.attempts += 1;
                self.working = Some(self.out.progress("opening the key"));
                Ok(Some(passphrase))
            }
            Err(error) if error.is(crate::NO_TERMINAL) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Notes that it was the wrong one.
    ///
    /// # Errors
    /// The given one, where there is no sense in asking again.
    pub fn was_wrong(&mut self, error: Error) -> Result<(), Error> {
        self.working = None;
        if self.source != Some(Source::Terminal) || self.attempts >= ATTEMPTS {
            return Err(error);
        }
        self.out.warn("that is not the passphrase");
        Ok(())
    }
}

//! What stops every payment of this user: `LEASH_KILL` in the environment, and `leash policy pause`.

use std::{fs, io::ErrorKind, path::PathBuf};

use jiff::Timestamp;
use leash_files::{
    Paths, atomic,
    trust::{self, Others},
};
use leash_output::{Code, Error, Kind};

use crate::effective::kill_switch;

/// The code of the error under `LEASH_KILL`.
pub const KILLED: Code = Code::new("killed");
/// The code of the error while payments are paused.
pub const PAUSED: Code = Code::new("paused");

/// The two switches. A process keeps what `LEASH_KILL` said when it began.
#[derive(Debug, Clone)]
pub struct Stop {
    killed: bool,
    file: PathBuf,
}

impl Stop {
    /// Those of this user and this process: the file is `~/.config/leash/money/paused`.
    #[must_use]
    pub fn of(paths: &Paths) -> Self {
        Self { killed: kill_switch(), file: paths.config.join("money").join("paused") }
    }

    /// Whether anything may be paid at all. To be asked before a payment is looked at, and again before it is signed.
    ///
    /// # Errors
    /// `killed` or `paused`, both [`Kind::Refused`]; where it can't be found out, nothing may be paid either.
    pub fn check(&self) -> Result<(), Error> {
        self.check_killed()?;
        match self.paused_since()? {
            Some(since) => {
                let message = format!("payments are paused since {since}, so nothing is paid");
                Err(Error::new(Kind::Refused, PAUSED, message).hint("`leash policy resume` lets them go on"))
            }
            None => Ok(()),
        }
    }

    /// Whether `LEASH_KILL` lets this process pay. For a process that asks somebody else to pay, who checks the rest.
    ///
    /// # Errors
    /// `killed`, which is [`Kind::Refused`].
    pub fn check_killed(&self) -> Result<(), Error> {
        if self.killed {
            return Err(Error::new(Kind::Refused, KILLED, "LEASH_KILL is set, so nothing is paid")
                .hint("`unset LEASH_KILL` where payments are to be made again"));
        }
        Ok(())
    }

    /// Whether `LEASH_KILL` is set.
    #[must_use]
    pub const fn is_killed(&self) -> bool {
        self.killed
    }

    /// Since when payments are paused, as it was noted.
    ///
    /// # Errors
    /// Where the file is there and can't be read or trusted.
    pub fn paused_since(&self) -> Result<Option<String>, Error> {
        let Some(bytes) = trust::read(&self.file, Others::Read)? else { return Ok(None) };
        let text = std::str::from_utf8(&bytes).unwrap_or_default().trim();
        // A file without a time pauses as well.
        let since = text.parse::<Timestamp>();
        Ok(Some(since.map_or_else(|_| "an unknown time".to_owned(), |since| since.to_string())))
    }

    /// Pauses all payments of this user. Gives the time since when they are.
    ///
    /// # Errors
    /// Where the file can't be written.
    pub fn pause(&self, now: Timestamp) -> Result<String, Error> {
        if let Some(since) = self.paused_since()? {
            return Ok(since);
        }
        if let Some(dir) = self.file.parent() {
            atomic::create_dir(dir).map_err(|error| Error::io("create", dir, &error))?;
        }
        // Nobody needs fractions of a second.
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let text = format!("{now}\n");
        atomic::replace(&self.file, text.as_bytes())
            .map_err(|error| Error::io("write", &self.file, &error))?;
        Ok(now.to_string())
    }

    /// Takes the pause back. Gives since when there was one.
    ///
    /// # Errors
    /// Where the file can't be read or removed.
    pub fn resume(&self) -> Result<Option<String>, Error> {
        let since = self.paused_since()?;
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("remove", &self.file, &error)),
            _ => Ok(since),
        }
    }
}

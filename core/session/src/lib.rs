//! One run of a program of leash: how it speaks, where its files are, its settings, and how much time it has.
//!
//! Files are read at the first use, so that a command pays only for what it needs.

use std::{
    cell::{Cell, OnceCell},
    time::{Duration, Instant},
};

use leash_files::{Paths, Settings};
use leash_output::{Error, Out};

/// How long a server is waited for where neither `--timeout` nor the settings say it.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// How `config.toml` is read.
pub type ReadSettings = fn(&Paths) -> Result<Settings, Error>;

/// One run.
pub struct Session {
    /// How it speaks.
    pub out: Out,
    /// `--timeout`, where it was given.
    pub timeout_option: Option<Duration>,
    /// Whether `--allow-http` was given.
    pub allow_http_option: bool,
    read_settings: ReadSettings,
    paths: OnceCell<Paths>,
    settings: OnceCell<Settings>,
    /// When the run began, and how long it waited for a person since.
    begun: Instant,
    prompted: Cell<Duration>,
}

impl Default for Session {
    fn default() -> Self {
        Self::new(Settings::read)
    }
}

impl Session {
    /// A run that reads its settings this way.
    #[must_use]
    pub fn new(read_settings: ReadSettings) -> Self {
        Self {
            out: Out::default(),
            timeout_option: None,
            allow_http_option: false,
            read_settings,
            paths: OnceCell::new(),
            settings: OnceCell::new(),
            begun: Instant::now(),
            prompted: Cell::default(),
        }
    }

    /// The version of leash.
    #[must_use]
    pub const fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// Where the files are.
    ///
    /// # Errors
    /// Where there is no home directory.
    pub fn paths(&self) -> Result<&Paths, Error> {
        if self.paths.get().is_none() {
            let _ = self.paths.set(Paths::from_env()?);
        }
        self.paths.get().ok_or_else(|| Error::failure("internal", "no paths"))
    }

    /// The settings. Who has no home has none.
    ///
    /// # Errors
    /// Where `config.toml` can't be read, trusted or understood.
    pub fn settings(&self) -> Result<&Settings, Error> {
        if self.settings.get().is_none() {
            let _ = self.settings.set(match self.paths() {
                Ok(paths) => (self.read_settings)(paths)?,
                Err(_) => Settings::default(),
            });
        }
        self.settings.get().ok_or_else(|| Error::failure("internal", "no settings"))
    }

    /// How long one server may take to answer.
    ///
    /// # Errors
    /// As [`Session::settings`].
    pub fn timeout(&self) -> Result<Duration, Error> {
        if let Some(timeout) = self.timeout_option {
            return Ok(timeout);
        }
        Ok(self.settings()?.timeout.map_or(DEFAULT_TIMEOUT, Duration::from_secs))
    }

    /// Whether plain http may leave this machine.
    ///
    /// # Errors
    /// As [`Session::settings`].
    pub fn allow_http(&self) -> Result<bool, Error> {
        Ok(self.allow_http_option || self.settings()?.allow_http)
    }

    /// What is left of the time that `--timeout`, or the setting, gives the command; none where nothing bounds it.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        let set = || self.settings().ok()?.timeout.map(Duration::from_secs);
        let bound = self.timeout_option.or_else(set)?;
        Some(bound.saturating_sub(self.begun.elapsed().saturating_sub(self.prompted.get())))
    }

    /// Asks a person, whose time doesn't count.
    pub fn prompt<T>(&self, ask: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let answer = ask();
        self.prompted.set(self.prompted.get() + begun.elapsed());
        answer
    }
}

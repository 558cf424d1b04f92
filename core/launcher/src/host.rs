//! One run of leash: what was typed, how it speaks, and where things lie. All of it is read at the first use, so that a
//! command pays only for what it needs.

use std::{
    cell::{Cell, OnceCell},
    collections::BTreeMap,
    fs::File,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use leash_argv::Globals;
use leash_identity::{Paths, Settings};
use leash_output::{Error, Out, Repeated, repeat_in_commands};
use leash_protocol::env as names;
use leash_resolve::Table;

use crate::{Builtins, environment, executable, parent_plugin};

/// One run of leash.
pub struct Host {
    /// How it speaks.
    pub out: Out,
    builtins: Builtins,
    globals: Globals,
    paths: OnceCell<Paths>,
    settings: OnceCell<Settings>,
    /// When the command began, and how long it waited for a person since.
    begun: Instant,
    prompted: Cell<Duration>,
}

impl Host {
    /// A run with these options.
    #[must_use]
    pub fn new(builtins: Builtins, globals: Globals) -> Self {
        let mut host = Self {
            out: Out::default(),
            builtins,
            globals,
            paths: OnceCell::new(),
            settings: OnceCell::new(),
            begun: Instant::now(),
            prompted: Cell::default(),
        };
        host.set_voice();
        host
    }

    /// Takes in global options that came later: after a built-in's name, or in an alias.
    ///
    /// # Errors
    /// Those of `take`.
    pub fn adopt(&mut self, take: impl FnOnce(&mut Globals) -> Result<(), Error>) -> Result<(), Error> {
        let taken = take(&mut self.globals);
        self.set_voice();
        taken
    }

    fn set_voice(&mut self) {
        self.out = Out {
            json: self.globals.json,
            quiet: self.globals.quiet,
            verbose: self.globals.verbose,
            color: self.globals.color.unwrap_or_default(),
        };
        let builtins = self.builtins;
        repeat_in_commands(Repeated {
            agent: self.named_agent(),
            allow_http: self.globals.allow_http,
            needs: Box::new(move |words| builtins.needs(words)),
        });
    }

    /// The agent that was named by `--agent` or `LEASH_AGENT`, which a bare `leash` in another shell need not mean.
    pub(crate) fn named_agent(&self) -> Option<String> {
        let variable = || {
            let name = environment::text(names::AGENT).ok()?;
            Some(name.trim().to_owned()).filter(|name| !name.is_empty())
        };
        self.globals.agent.clone().or_else(variable)
    }

    /// Lets the settings speak where the command line was silent.
    ///
    /// # Errors
    /// As [`Host::settings`].
    pub fn apply_settings(&mut self) -> Result<(), Error> {
        let (json, color) = {
            let output = &self.settings()?.output;
            (output.json, output.color)
        };
        self.out.json |= json;
        if self.globals.color.is_none() {
            self.out.color = color.unwrap_or_default();
        }
        Ok(())
    }

    /// The version of leash.
    #[must_use]
    pub const fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// The file of `leash`, links resolved, also where this process is the one that has the built-in commands.
    ///
    /// # Errors
    /// Where the system doesn't say.
    pub fn executable() -> Result<PathBuf, Error> {
        executable::own()
    }

    /// The built-ins.
    #[must_use]
    pub const fn builtins(&self) -> Builtins {
        self.builtins
    }

    /// The global options, as they were typed.
    #[must_use]
    pub const fn globals(&self) -> &Globals {
        &self.globals
    }

    /// What is left of the time that `--timeout`, or the setting, gives the command; none where nothing bounds it.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        let set = || self.settings().ok()?.timeout.map(Duration::from_secs);
        let bound = self.globals.timeout.or_else(set)?;
        Some(bound.saturating_sub(self.begun.elapsed().saturating_sub(self.prompted.get())))
    }

    /// Asks a person, whose time doesn't count.
    pub fn prompt<T>(&self, ask: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let answer = ask();
        self.prompted.set(self.prompted.get() + begun.elapsed());
        answer
    }

    /// Where things lie.
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
                // A strict plugin can't read them, so neither can the leash that it starts.
                Ok(paths) if parent_plugin::depth() > 0 && is_hidden(&paths.settings_file()) => {
                    Settings::default()
                }
                Ok(paths) => Settings::read(paths)?,
                Err(_) => Settings::default(),
            });
        }
        self.settings.get().ok_or_else(|| Error::failure("internal", "no settings"))
    }

    /// The one table of commands.
    ///
    /// # Errors
    /// As [`Host::settings`], for the aliases.
    pub fn table(&self) -> Result<Table<'static>, Error> {
        Ok(Table { aliases: self.aliases()?, ..self.table_without_aliases() })
    }

    pub(crate) fn aliases(&self) -> Result<BTreeMap<String, Vec<String>>, Error> {
        let aliases = self.settings()?.alias.iter();
        Ok(aliases.map(|(name, alias)| (name.clone(), alias.words())).collect())
    }

    pub(crate) fn table_without_aliases(&self) -> Table<'static> {
        let builtins = self.builtins.outlines.iter().flat_map(|builtin| builtin.names());
        let bundled = Self::executable().ok().and_then(|path| path.parent().map(PathBuf::from));
        Table {
            builtins: builtins.collect(),
            bundled: bundled
                .into_iter()
                .flat_map(|dir| [dir.clone(), dir.join("../libexec/leash")])
                .collect(),
            aliases: BTreeMap::new(),
            installed: self.paths().ok().map(Paths::plugins),
            path: environment::search_path(),
        }
    }
}

/// Whether the system keeps a file from this process.
pub(crate) fn is_hidden(path: &Path) -> bool {
    File::open(path).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
}

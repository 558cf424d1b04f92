//! One run of leash: what was typed, how it speaks, and where things lie.

use std::{
    collections::BTreeMap,
    fs::File,
    io::ErrorKind,
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
};

use leash_argv::Globals;
use leash_files::{Paths, Settings};
use leash_output::{Error, Out, Repeated, repeat_in_commands};
use leash_protocol::env as names;
use leash_resolve::Table;
use leash_session::Session;

use crate::{Builtins, environment, executable, parent_plugin};

/// One run of leash: a [`Session`], what was typed, and the commands there are.
pub struct Host {
    session: Session,
    builtins: Builtins,
    globals: Globals,
}

impl Deref for Host {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl DerefMut for Host {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.session
    }
}

impl Host {
    /// A run with these options.
    #[must_use]
    pub fn new(builtins: Builtins, globals: Globals) -> Self {
        let mut host = Self { session: Session::new(read_settings), builtins, globals };
        host.set_up_session();
        host
    }

    /// Takes in global options that came later: after a built-in's name, or in an alias.
    ///
    /// # Errors
    /// Those of `take`.
    pub fn adopt(&mut self, take: impl FnOnce(&mut Globals) -> Result<(), Error>) -> Result<(), Error> {
        let taken = take(&mut self.globals);
        self.set_up_session();
        taken
    }

    fn set_up_session(&mut self) {
        self.session.timeout_option = self.globals.timeout;
        self.session.allow_http_option = self.globals.allow_http;
        self.session.out = Out {
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
    /// As [`leash_session::Session::settings`].
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
        Session::version()
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

    /// The one table of commands.
    ///
    /// # Errors
    /// As [`leash_session::Session::settings`], for the aliases.
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

/// A strict plugin can't read the settings, so neither can the leash that it starts.
fn read_settings(paths: &Paths) -> Result<Settings, Error> {
    if parent_plugin::depth() > 0 && is_hidden(&paths.settings_file()) {
        return Ok(Settings::default());
    }
    Settings::read(paths)
}

/// Whether the system keeps a file from this process.
pub(crate) fn is_hidden(path: &Path) -> bool {
    File::open(path).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
}

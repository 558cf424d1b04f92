//! What a built-in is handed: who it acts for, how it speaks, and how it reaches the API. All of it is
//! made at the first use, so that a command pays only for what it needs.

use std::{cell::OnceCell, collections::BTreeMap, env, future::Future, path::PathBuf, sync::Arc, time::Duration};

use leash_api::{Client, Event};
use leash_argv::Globals;
use leash_identity::{Environment, Identity, Paths, Resolved, Selection, Settings, resolve};
use leash_output::{Color, Error, Kind, Out};
use leash_protocol::env as names;
use leash_resolve::Table;
use tokio::runtime::Runtime;

use crate::Builtins;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// One run of leash.
pub struct Host {
    /// How it speaks.
    pub out: Out,
    builtins: Builtins,
    globals: Globals,
    paths: OnceCell<Paths>,
    settings: OnceCell<Settings>,
    runtime: OnceCell<Runtime>,
}

impl Host {
    pub(crate) fn new(builtins: Builtins, globals: Globals) -> Self {
        let mut host = Self {
            out: Out::default(),
            builtins,
            globals,
            paths: OnceCell::new(),
            settings: OnceCell::new(),
            runtime: OnceCell::new(),
        };
        host.set_voice();
        host
    }

    /// Takes in what stood after a built-in's name.
    pub(crate) fn merge(&mut self, matches: &clap::ArgMatches) -> Result<(), Error> {
        let merged = self.globals.merge(matches);
        self.set_voice();
        merged
    }

    fn set_voice(&mut self) {
        self.out = Out {
            json: self.globals.json,
            quiet: self.globals.quiet,
            verbose: self.globals.verbose,
            color: self.globals.color.unwrap_or_default(),
        };
    }

    /// Lets the settings speak where the command line was silent.
    pub(crate) fn apply_settings(&mut self) -> Result<(), Error> {
        let (json, color) = {
            let output = &self.settings()?.output;
            (output.json, output.color.as_deref().and_then(Color::parse))
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

    /// This program's own file, links resolved.
    ///
    /// # Errors
    /// Where the system doesn't say.
    pub fn executable() -> Result<PathBuf, Error> {
        env::current_exe()
            .and_then(std::fs::canonicalize)
            .map_err(|error| Error::failure("io", format!("cannot find leash's own file: {error}")))
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

    /// The settings.
    ///
    /// # Errors
    /// Where `config.toml` can't be read, trusted or understood.
    pub fn settings(&self) -> Result<&Settings, Error> {
        if self.settings.get().is_none() {
            let _ = self.settings.set(Settings::read(self.paths()?)?);
        }
        self.settings.get().ok_or_else(|| Error::failure("internal", "no settings"))
    }

    /// The one table of commands.
    ///
    /// # Errors
    /// As [`Host::settings`], for the aliases.
    pub fn table(&self) -> Result<Table<'static>, Error> {
        let aliases = self.settings()?.alias.iter().map(|(name, alias)| (name.clone(), alias.words()));
        Ok(Table { aliases: aliases.collect(), ..self.table_without_aliases() })
    }

    pub(crate) fn table_without_aliases(&self) -> Table<'static> {
        let builtins = self.builtins.iter().flat_map(|builtin| {
            std::iter::once(builtin.name()).chain(builtin.other_names().iter().copied())
        });
        let bundled = Self::executable().ok().and_then(|path| path.parent().map(PathBuf::from));
        Table {
            builtins: builtins.collect(),
            bundled: bundled.into_iter().flat_map(|dir| [dir.clone(), dir.join("../libexec/leash")]).collect(),
            aliases: BTreeMap::new(),
            path: env::var_os("PATH").unwrap_or_default(),
        }
    }

    /// Which agent is meant.
    ///
    /// # Errors
    /// As [`Host::settings`].
    pub fn selection(&self, environment: &Environment) -> Result<Selection, Error> {
        if let Some(name) = &self.globals.agent {
            return Ok(Selection::Option(name.clone()));
        }
        if let Some(name) = &environment.agent {
            return Ok(Selection::Variable(name.clone()));
        }
        let name = self.settings()?.default_agent.as_deref().unwrap_or(leash_identity::DEFAULT_AGENT);
        Ok(Selection::Default(name.to_owned()))
    }

    /// The agent that is meant, or that there is none.
    ///
    /// # Errors
    /// Where there is one that can't be read or trusted.
    pub fn resolve_identity(&self) -> Result<Resolved, Error> {
        let environment = Environment::read()?;
        let selection = self.selection(&environment)?;
        let mut notes = Vec::new();
        let resolved = resolve(self.paths()?, &selection, environment, &mut notes);
        for note in notes {
            self.out.note(&note);
        }
        resolved
    }

    /// The agent that is meant, to act as it.
    ///
    /// # Errors
    /// [`Kind::Identity`] where there is none or it can't be trusted; [`Kind::Refused`] inside a plugin, which
    /// acts through its signer and never with a key.
    pub fn identity(&self) -> Result<Identity, Error> {
        refuse_inside_plugin()?;
        match self.resolve_identity()? {
            Resolved::Agent(identity) => Ok(*identity),
            Resolved::None(none) => Err(none.error()),
        }
    }

    /// How long one command may wait for a server.
    ///
    /// # Errors
    /// As [`Host::settings`].
    pub fn timeout(&self) -> Result<Duration, Error> {
        if let Some(timeout) = self.globals.timeout {
            return Ok(timeout);
        }
        Ok(self.settings()?.timeout.map_or(DEFAULT_TIMEOUT, Duration::from_secs))
    }

    /// A client of the API for this agent, with the API key where `bearer` asks for it.
    ///
    /// # Errors
    /// Where the base URL is none, or the API key is missing or of the wrong network.
    pub fn client(&self, identity: Identity, bearer: bool) -> Result<Client, Error> {
        let out = self.out;
        let mut builder = Client::builder(&identity.api_url)
            .map_err(api_error)?
            .user_agent(&format!("leash/{}", Self::version()))
            .timeout(self.timeout()?)
            .allow_http(self.globals.allow_http || self.settings()?.allow_http)
            .observer(move |event| tell(out, event));
        if bearer {
            builder = builder.api_key(identity.bearer()?.clone());
        }
        Ok(builder.agent(identity.mint, Arc::new(identity.executive)).build())
    }

    /// Runs a future to its end. The runtime is made at the first call.
    ///
    /// # Errors
    /// Where the system has no resources for a runtime.
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        if self.runtime.get().is_none() {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| Error::failure("runtime", format!("cannot start: {error}")))?;
            let _ = self.runtime.set(runtime);
        }
        match self.runtime.get() {
            Some(runtime) => Ok(runtime.block_on(future)),
            None => Err(Error::failure("internal", "no runtime")),
        }
    }
}

impl Drop for Host {
    /// Looking up a name may hang in the system's resolver, out of reach of any timeout; it isn't waited for.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Says what a call to the API goes through.
fn tell(out: Out, event: &Event) {
    match event {
        Event::Retry { wait, message, .. } => {
            out.note(&format!("{message}; trying again in {:.1} s", wait.as_secs_f32()));
        }
        Event::ClockOffset { offset_seconds, .. } => out.warn(&format!(
            "this machine's clock is {} s {} the API's; the request was signed with the API's time",
            offset_seconds.unsigned_abs(),
            if *offset_seconds > 0 { "behind" } else { "ahead of" }
        )),
        _ => {}
    }
}

/// Turns a failure of the API client into one of a command.
#[must_use]
#[allow(clippy::needless_pass_by_value, reason = "it is made to be given to `map_err`")]
pub fn api_error(error: leash_api::Error) -> Error {
    let kind = if error.is_unauthorized() { Kind::Identity } else { Kind::Failure };
    let wrapped = Error::new(kind, error.code().to_owned(), error.to_string());
    match error.hint() {
        Some(hint) => wrapped.hint(hint),
        None => wrapped,
    }
}

/// How deep this leash runs inside another one; 0 at the top.
pub(crate) fn depth() -> u32 {
    match env::var(names::DEPTH) {
        Ok(text) => text.parse().unwrap_or(u32::MAX),
        Err(env::VarError::NotPresent) => 0,
        Err(env::VarError::NotUnicode(_)) => u32::MAX,
    }
}

pub(crate) fn refuse_inside_plugin() -> Result<(), Error> {
    if depth() == 0 {
        return Ok(());
    }
    let plugin = env::var(names::PLUGIN).unwrap_or_else(|_| "this plugin".to_owned());
    Err(Error::new(Kind::Refused, "no_grant", format!("plugin `{plugin}` has no grant to act as the agent"))
        .hint("run the command yourself, outside the plugin"))
}

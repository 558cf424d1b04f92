//! The agent whose key is meant: one that has a file.

use std::path::PathBuf;

use leash_command::Host;
use leash_files::{DEFAULT_AGENT, Paths, is_agent_name};
use leash_identity::{AgentFile, Environment, Locked, NoAgent, Origin, store};
use leash_output::{Error, Kind};
use leash_signer::Executive;

/// Its name and its file.
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// How a file holds its key.
pub(crate) enum Held {
    Plain(Executive),
    Encrypted(Locked),
}

impl Target {
    /// The agent that is meant.
    pub(crate) fn find(host: &Host) -> Result<Self, Error> {
        let environment = Environment::read()?;
        let selection = host.selection(&environment)?;
        let name = selection.name().to_owned();
        if !is_agent_name(&name) {
            return Err(Error::usage(format!("`{name}` is no agent's name"))
                .hint("`leash agent list` shows those that are there"));
        }
        if selection.explicit().is_none() && environment.key.is_some() {
            let message = "the key is in the environment (LEASH_EXECUTIVE_KEY), and only one in a file can be protected";
            return Err(Error::new(Kind::Identity, "key_in_environment", message).hint(
                "`unset LEASH_EXECUTIVE_KEY`, or name an agent that has a file: `--agent NAME`; `leash agent export` and \
                 `leash agent import` make one",
            ));
        }
        let path = host.paths()?.agent_file(&name);
        Ok(Self { name, path })
    }

    /// Keeps others from changing its file, and removes what a killed process left beside it, which may hold the key.
    pub(crate) fn lock(&self) -> Result<store::Lock, Error> {
        let lock = store::lock(&self.path)?;
        store::sweep(&self.path, &lock)?;
        Ok(lock)
    }

    /// Removes what a killed process left, as far as that is possible just now.
    pub(crate) fn tidy(&self) {
        // Where there is no directory there is nothing in it, and who can't write there is told so when it matters.
        let _ = self.lock();
    }

    /// What its file holds just now.
    pub(crate) fn read(&self) -> Result<(AgentFile, Held), Error> {
        let shown = Paths::display(&self.path);
        let Some(file) = AgentFile::read(&self.path)? else {
            let what = match self.name.as_str() {
                DEFAULT_AGENT => format!("no agent is configured (there is no `{shown}`)"),
                name => format!("no agent `{name}` (there is no `{shown}`)"),
            };
            let hint =
                "`leash agent list` shows those that are there; `leash agent import FILE` takes yours in";
            return Err(NoAgent::because(what, hint).error());
        };
        if let Some(text) = &file.executive_keypair {
            let executive = Executive::parse(text).map_err(|error| {
                let place = Origin::File(self.path.clone()).place("executive_keypair");
                let message = format!("{place}: the executive key can't be used: {error}");
                Error::new(Kind::Identity, "bad_identity", message)
                    .hint("put in the key as it was exported; nothing of it is shown here")
            })?;
            return Ok((file, Held::Plain(executive)));
        }
        match Locked::of(&file, &self.name)? {
            Some(locked) => Ok((file, Held::Encrypted(locked))),
            None => Err(Error::new(Kind::Identity, "no_key", format!("`{shown}` holds no key"))
                .hint("`leash agent show` says what is missing")),
        }
    }

    /// Its encrypted key.
    ///
    /// # Errors
    /// `not_protected` where the key lies in the clear.
    pub(crate) fn encrypted(&self) -> Result<(AgentFile, Locked), Error> {
        match self.read()? {
            (file, Held::Encrypted(locked)) => Ok((file, locked)),
            (_, Held::Plain(_)) => Err(Error::failure(
                "not_protected",
                format!("the key of agent `{}` isn't encrypted", self.name),
            )
            .hint(format!("encrypt it: `leash --agent {} key protect`", self.name))),
        }
    }
}

/// Asks for the passphrase of a key, whether or not the kernel keeps the key.
pub(crate) fn ask(host: &Host, locked: &Locked) -> Result<Executive, Error> {
    leash_vault::ask(locked, host.out)?.ok_or_else(|| {
        Error::new(Kind::Identity, leash_vault::NO_TERMINAL, "a passphrase is needed, and there is no terminal to ask at").hint(
            "hand it over: LEASH_PASSPHRASE_FD (the number of a descriptor) or LEASH_PASSPHRASE_FILE (a file of mode 600)",
        )
    })
}

//! Which agent a command acts for.

use leash_chain::Address;
use leash_files::{DEFAULT_AGENT, Paths, is_agent_name};
use leash_identity::{
    Environment, Identity, Key, NoAgent, Note, Resolved, ResolvedPublic, Selection, resolve, resolve_public,
};
use leash_output::Error;

use crate::{Host, parent_plugin};

impl Host {
    /// Which agent is meant.
    ///
    /// # Errors
    /// As [`leash_session::Session::settings`].
    pub fn selection(&self, environment: &Environment) -> Result<Selection, Error> {
        if let Some(name) = &self.globals().agent {
            return Ok(Selection::Option(name.clone()));
        }
        if let Some(name) = &environment.agent {
            return Ok(Selection::Variable(name.clone()));
        }
        let outer = parent_plugin::context().and_then(|context| context.agent).map(|agent| agent.name);
        if let Some(name) = outer.filter(|name| is_agent_name(name)) {
            return Ok(Selection::Default(name));
        }
        let name = self.settings()?.default_agent.as_deref().unwrap_or(DEFAULT_AGENT);
        Ok(Selection::Default(name.to_owned()))
    }

    /// Whether the user named an agent for this command.
    ///
    /// # Errors
    /// Where the environment can't be read.
    pub fn agent_was_named(&self) -> Result<bool, Error> {
        Ok(self.globals().agent.is_some() || Environment::read()?.agent.is_some())
    }

    /// The agent that is meant, or that there is none. Inside a plugin it is the plugin's.
    ///
    /// # Errors
    /// Where there is one that can't be read or trusted.
    pub fn resolve_identity(&self) -> Result<Resolved, Error> {
        let (selection, resolved) = self.resolve_by(resolve)?;
        Ok(if selection.explicit().is_some() { resolved } else { as_the_plugin_was_told(resolved) })
    }

    /// The public half of the agent that is meant. Its key isn't read where that can be avoided.
    ///
    /// # Errors
    /// As [`Host::resolve_identity`].
    pub fn resolve_public(&self) -> Result<ResolvedPublic, Error> {
        let (selection, resolved) = self.resolve_by(resolve_public)?;
        Ok(match resolved {
            ResolvedPublic::Agent(public) if selection.explicit().is_none() => {
                match told_otherwise(&public.mint) {
                    Some(none) => ResolvedPublic::None(none),
                    None => ResolvedPublic::Agent(public),
                }
            }
            other => other,
        })
    }

    /// Finds out which agent is meant, has it looked for, and says what is to be said of it.
    fn resolve_by<T>(&self, resolve: Resolve<T>) -> Result<(Selection, T), Error> {
        let mut environment = Environment::read()?;
        if parent_plugin::depth() > 0 {
            // What stands there now is what the plugin was told, and has no key.
            environment = environment.selection_only();
        }
        let selection = self.selection(&environment)?;
        let paths = match self.paths() {
            Ok(paths) => Some(paths),
            Err(_) if selection.explicit().is_none() && environment.is_whole() => None,
            Err(error) => return Err(error),
        };
        let mut notes = Vec::new();
        let resolved = resolve(paths, &selection, environment, &mut notes);
        for note in notes {
            match note {
                Note::Remark(text) => self.out.note(&text),
                Note::Warning(text) => self.out.warn(&text),
            }
        }
        Ok((selection, resolved?))
    }

    /// Makes sure that an agent's key is open: one that is locked is taken from the kernel's keyring, or its passphrase
    /// is asked for.
    ///
    /// # Errors
    /// [`leash_output::Kind::Identity`] where nobody can be asked, or the key can't be opened or is another one.
    pub fn unlock(&self, identity: &mut Identity) -> Result<(), Error> {
        if let Some(locked) = identity.executive.locked() {
            identity.executive = Key::Open(leash_vault::unlock(locked, self.out)?);
        }
        Ok(())
    }

    /// The agent that is meant, to act as it. Its key may be locked; see [`Host::unlock`].
    ///
    /// # Errors
    /// [`leash_output::Kind::Identity`] where there is none or it can't be trusted;
    /// [`leash_output::Kind::Refused`] inside a plugin, which acts through its signer and never with a key.
    pub fn identity(&self) -> Result<Identity, Error> {
        parent_plugin::refuse_inside_plugin()?;
        match self.resolve_identity()? {
            Resolved::Agent(identity) => Ok(*identity),
            Resolved::None(none) => Err(none.error()),
        }
    }
}

/// How an agent is looked for.
type Resolve<T> = fn(Option<&Paths>, &Selection, Environment, &mut Vec<Note>) -> Result<T, Error>;

fn as_the_plugin_was_told(resolved: Resolved) -> Resolved {
    match resolved {
        Resolved::Agent(identity) => match told_otherwise(&identity.mint) {
            Some(none) => Resolved::None(none),
            None => Resolved::Agent(identity),
        },
        Resolved::None(none) => Resolved::None(told_of().map_or(none, |mint| public_half_alone(&mint))),
    }
}

/// Inside a plugin, another agent of the same name is not the one that is meant.
fn told_otherwise(mint: &Address) -> Option<NoAgent> {
    let told = told_of().filter(|told| *told != mint.to_string())?;
    Some(public_half_alone(&told))
}

/// The mint of the agent that the plugin around this leash was told of.
fn told_of() -> Option<String> {
    parent_plugin::context().and_then(|context| context.agent).map(|agent| agent.mint)
}

fn public_half_alone(mint: &str) -> NoAgent {
    NoAgent::because(
        format!("only the public half of agent `{mint}` is known inside the plugin"),
        "LEASH_CONTEXT holds all that is known of it",
    )
}

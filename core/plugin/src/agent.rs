//! Which agent a command acts for.

use leash_identity::{
    DEFAULT_AGENT, Environment, Identity, Key, NoAgent, Note, Resolved, Selection, is_agent_name, resolve,
};
use leash_output::Error;

use crate::{Host, outer};

impl Host {
    /// Which agent is meant.
    ///
    /// # Errors
    /// As [`Host::settings`].
    pub fn selection(&self, environment: &Environment) -> Result<Selection, Error> {
        if let Some(name) = &self.globals().agent {
            return Ok(Selection::Option(name.clone()));
        }
        if let Some(name) = &environment.agent {
            return Ok(Selection::Variable(name.clone()));
        }
        let outer = outer::context().and_then(|context| context.agent).map(|agent| agent.name);
        if let Some(name) = outer.filter(|name| is_agent_name(name)) {
            return Ok(Selection::Default(name));
        }
        let name = self.settings()?.default_agent.as_deref().unwrap_or(DEFAULT_AGENT);
        Ok(Selection::Default(name.to_owned()))
    }

    /// Whether the user named an agent for this command.
    pub(crate) fn agent_was_named(&self) -> Result<bool, Error> {
        Ok(self.globals().agent.is_some() || Environment::read()?.agent.is_some())
    }

    /// The agent that is meant, or that there is none. Inside a plugin it is the plugin's.
    ///
    /// # Errors
    /// Where there is one that can't be read or trusted.
    pub fn resolve_identity(&self) -> Result<Resolved, Error> {
        let mut environment = Environment::read()?;
        if outer::depth() > 0 {
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
        let resolved = resolved?;
        Ok(if selection.explicit().is_some() { resolved } else { as_the_plugin_was_told(resolved) })
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
        outer::refuse_inside_plugin()?;
        match self.resolve_identity()? {
            Resolved::Agent(identity) => Ok(*identity),
            Resolved::None(none) => Err(none.error()),
        }
    }
}

/// Inside a plugin, another agent of the same name is not the one that is meant.
fn as_the_plugin_was_told(resolved: Resolved) -> Resolved {
    let Some(told) = outer::context().and_then(|context| context.agent) else { return resolved };
    match resolved {
        Resolved::Agent(identity) if identity.mint.to_string() == told.mint => Resolved::Agent(identity),
        _ => Resolved::None(NoAgent::because(
            format!("only the public half of agent `{}` is known inside the plugin", told.mint),
            "LEASH_CONTEXT holds all that is known of it",
        )),
    }
}

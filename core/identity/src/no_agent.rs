//! That there is no agent: why, and the ways to get one.

use std::borrow::Cow;

use leash_output::{Error, Kind, command};

use crate::{AgentFile, Environment, Selection};
use leash_files::{DEFAULT_AGENT, Paths};

/// That there is no agent.
#[derive(Debug, Clone)]
pub struct NoAgent {
    message: String,
    hints: Vec<Cow<'static, str>>,
}

impl NoAgent {
    /// For a reason of the caller's, with what to do about it.
    #[must_use]
    pub fn because(message: impl Into<String>, hint: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), hints: vec![hint.into()] }
    }

    /// The error for a command that needs one.
    #[must_use]
    pub fn error(&self) -> Error {
        let error = Error::new(Kind::Identity, "no_agent", self.message.as_str());
        self.hints.iter().fold(error, |error, hint| error.hint(hint.clone()))
    }

    /// From what was looked at: `file` is the agent's, where it has one.
    pub(crate) fn explain(
        paths: Option<&Paths>,
        selection: &Selection,
        environment: &Environment,
        file: Option<&AgentFile>,
    ) -> Self {
        let name = selection.name();
        let path =
            paths.map_or_else(|| "agent.json".to_owned(), |paths| Paths::display(&paths.agent_file(name)));
        let message = match file {
            Some(file) if file.pending_register.is_some() => {
                let key =
                    file.pending_pubkey().map(|key| format!(" for the key `{key}`")).unwrap_or_default();
                format!("the agent in `{path}` isn't registered yet: a registration{key} is pending")
            }
            Some(file) if file.agent_mint.is_none() => format!("`{path}` names no agent_mint"),
            Some(_) => format!("`{path}` holds no executive_keypair"),
            None if environment.mint.is_some() || environment.key.is_some() => {
                let (there, missing) = match environment.mint {
                    Some(_) => ("LEASH_AGENT_MINT", "LEASH_EXECUTIVE_KEY"),
                    None => ("LEASH_EXECUTIVE_KEY", "LEASH_AGENT_MINT"),
                };
                format!("{there} is set, but {missing} isn't, and there is no `{path}`")
            }
            None if name != DEFAULT_AGENT => format!("no agent `{name}` (there is no `{path}`)"),
            None => "no agent is configured".to_owned(),
        };
        let mut hints: Vec<Cow<'static, str>> = Vec::new();
        if let Some(paths) = paths.filter(|_| file.is_none()) {
            hints.extend(hidden_by_xdg(paths).map(Cow::Owned));
            if name != DEFAULT_AGENT {
                hints.push("`leash agent list` shows those that are there".into());
            }
            if matches!(selection, Selection::Default(_)) && name != DEFAULT_AGENT {
                let settings = Paths::display(&paths.settings_file());
                let choose = command("agent use NAME");
                hints.push(format!("`{settings}` chooses `{name}`: `{choose}` chooses another").into());
            }
        }
        if file.is_some_and(|file| file.pending_register.is_some()) {
            let create = command(&format!("agent create {name}"));
            hints.push(format!("`{create}` goes on with it, and says what it needs").into());
            return Self { message, hints };
        }
        hints.push(
            "try one on this machine: `leash sandbox up`, then `leash --agent sandbox …`; or make one: \
             `leash agent create NAME`; or bring yours: `leash agent import FILE`, or LEASH_AGENT_MINT and LEASH_EXECUTIVE_KEY in the environment"
                .into(),
        );
        Self { message, hints }
    }
}

/// The original client doesn't know XDG: its file may lie where leash doesn't look.
fn hidden_by_xdg(paths: &Paths) -> Option<String> {
    let original = paths.original_config.join("agent.json");
    (paths.config != paths.original_config && original.exists()).then(|| {
        format!(
            "XDG_CONFIG_HOME hides `{}`: `{}` takes it over",
            Paths::display(&original),
            command(&format!("agent import {}", Paths::typed(&original)))
        )
    })
}

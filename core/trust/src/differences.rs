//! What became of what was agreed to.

use std::fmt::Display;

use leash_protocol::{
    manifest::{Consent, Level},
    scope::Scope,
};

use crate::{AgentBinding, Grant, Interpreter};

/// One thing that isn't as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What: `name`, `path`, `program`, `manifest`, `interpreter`, `env`, `scope`, `signatures`, `per day`, `pay`,
    /// `consent`, `sandbox`, `agent`, `api key` or `expiry`.
    pub what: &'static str,
    /// What it was; none where there was none.
    pub old: Option<String>,
    /// What it is now; none where there is none. For something that can't be granted, why.
    pub new: Option<String>,
}

impl Change {
    pub(crate) fn new(what: &'static str, old: Option<String>, new: Option<String>) -> Self {
        Self { what, old, new }
    }
}

/// What is different in a new grant, in the order in which a person would ask. When it was given, and whether
/// the user was asked since, is no difference.
#[must_use]
pub fn differences(old: &Grant, new: &Grant) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut compare = |what, old: Option<String>, new: Option<String>| {
        if old != new {
            changes.push(Change::new(what, old, new));
        }
    };
    compare("name", text(&old.name), text(&new.name));
    compare("path", text(old.path.display()), text(new.path.display()));
    compare("program", text(old.digest), text(new.digest));
    compare("manifest", text(old.manifest_digest), text(new.manifest_digest));
    compare("interpreter", interpreter(old.interpreter.as_ref()), interpreter(new.interpreter.as_ref()));
    compare("env", interpreter(old.env.as_ref()), interpreter(new.env.as_ref()));
    for scope in old.scopes.iter().filter(|scope| !grants(&new.scopes, scope)) {
        compare("scope", Some(describe(scope)), None);
    }
    for scope in new.scopes.iter().filter(|scope| !grants(&old.scopes, scope)) {
        compare("scope", None, Some(describe(scope)));
    }
    compare("signatures", text(old.max_signatures), text(new.max_signatures));
    compare("per day", old.max_per_day.and_then(text), new.max_per_day.and_then(text));
    compare("pay", old.pay.as_ref().and_then(text), new.pay.as_ref().and_then(text));
    compare("consent", consent(old.consent), consent(new.consent));
    compare("sandbox", level(old.level), level(new.level));
    compare("agent", agent(&old.agent), agent(&new.agent));
    compare("api key", yes(old.api_key), yes(new.api_key));
    compare("expiry", old.expires_at.and_then(text), new.expires_at.and_then(text));
    changes
}

// Not by what the plugin gives as a reason: that grants nothing.
fn grants(scopes: &[Scope], scope: &Scope) -> bool {
    scopes
        .iter()
        .any(|other| other.methods == scope.methods && other.path == scope.path && other.query == scope.query)
}

fn describe(scope: &Scope) -> String {
    let query = if scope.query { "" } else { " (no query)" };
    format!("{} {}{query}", scope.methods.join(","), scope.path)
}

#[allow(clippy::unnecessary_wraps, reason = "what it is compared with may be absent")]
fn text(value: impl Display) -> Option<String> {
    Some(value.to_string())
}

pub(crate) fn interpreter(value: Option<&Interpreter>) -> Option<String> {
    value.map(|value| format!("{} {}", value.path.display(), value.digest))
}

fn consent(value: Consent) -> Option<String> {
    text(match value {
        Consent::None => "none",
        Consent::First => "first",
        Consent::Each => "each",
    })
}

fn level(value: Level) -> Option<String> {
    text(match value {
        Level::None => "none",
        Level::Strict => "strict",
    })
}

fn agent(value: &AgentBinding) -> Option<String> {
    match value {
        AgentBinding::One { mint, network } => Some(format!("{mint} on {network}")),
        AgentBinding::All => text("all agents"),
    }
}

fn yes(value: bool) -> Option<String> {
    value.then(|| "granted".to_owned())
}

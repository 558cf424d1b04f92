//! What became of a plugin's grant, without running it.

use std::path::PathBuf;

use leash_identity::Resolved;
use leash_plugin::Host;
use leash_trust::{Grant, Store, Verdict, judge};
use serde_json::{Value, json};

use super::{find, show};

/// A plugin's version, whether it is trusted, and why not.
pub(super) struct State {
    pub(super) trust: &'static str,
    version: Option<String>,
    why: Option<String>,
    grant: Option<Grant>,
    signed_today: Option<u32>,
}

/// The mint and the network of the agent that is meant, if there is one.
pub(super) fn agent(host: &Host) -> Option<(String, String)> {
    match host.resolve_identity() {
        Ok(Resolved::Agent(agent)) => Some((agent.mint.to_string(), agent.network.to_string())),
        _ => None,
    }
}

impl State {
    /// That of what came with leash.
    pub(super) const fn of_leash() -> Self {
        Self { trust: "bundled", version: None, why: None, grant: None, signed_today: None }
    }

    /// That of a plugin on PATH.
    pub(super) fn of(store: &Store, name: &str, path: PathBuf, agent: Option<&(String, String)>) -> Self {
        let mut state = Self { trust: "broken", ..Self::of_leash() };
        let found = match find::at(name, path) {
            Ok(found) => found,
            Err(error) => {
                state.why = Some(error.message().to_owned());
                return state;
            }
        };
        state.version = found.manifest.as_ref().map(|loaded| loaded.manifest.version.clone());
        state.grant = store.get(name).ok().flatten();
        if state.grant.as_ref().is_some_and(|grant| grant.max_per_day.is_some()) {
            state.signed_today = store.counted_today(name).ok();
        }
        let (mint, network) = agent.map_or(("", ""), |(mint, network)| (mint.as_str(), network.as_str()));
        (state.trust, state.why) = match judge(store, &found, mint, network) {
            Ok(Verdict::NoManifest) => ("no manifest", None),
            Ok(Verdict::NotTrusted) => ("not trusted", None),
            Ok(Verdict::Changed(changes)) => {
                let what: Vec<_> = changes.iter().map(|change| change.what).collect();
                ("changed", Some(what.join(", ")))
            }
            Ok(Verdict::Expired(end)) => ("expired", Some(end.to_string())),
            Ok(Verdict::Granted(_)) => ("trusted", None),
            Err(error) => ("broken", Some(error.message().to_owned())),
        };
        state
    }

    /// Puts it into a document.
    pub(super) fn add_to(&self, mut item: Value) -> Value {
        item["version"] = json!(self.version);
        item["trust"] = json!(self.trust);
        item["why"] = json!(self.why);
        item["grant"] = self.grant.as_ref().map_or(Value::Null, show::grant_json);
        item["signed_today"] = json!(self.signed_today);
        item
    }
}

//! What a plugin says of itself, and what became of its grant, without running it.

use std::cell::OnceCell;

use leash_command::Host;
use leash_identity::ResolvedPublic;
use leash_install::{Lockfile, damage};
use leash_output::Error;
use leash_policy::Usd;
use leash_resolve::Target;
use leash_trust::{Grant, Store, Verdict, find, judge};
use serde_json::{Value, json};

use super::show;

/// A plugin's version, whether it is trusted, and why not.
#[derive(Default)]
pub(super) struct State {
    pub(super) trust: &'static str,
    pub(super) why: Option<String>,
    pub(super) summary: String,
    version: Option<String>,
    grant: Option<Grant>,
    signed_today: Option<u32>,
    /// What was paid out of the grant, or is under way.
    paid_today: Option<Usd>,
    /// For an installed plugin: why it isn't what was installed.
    pub(super) damage: Option<String>,
}

/// Finds out what became of plugins.
pub(super) struct States<'a> {
    host: &'a Host,
    store: Store,
    agent: Option<(String, String)>,
    /// What is installed, as far as that can be known; read for the first installed plugin.
    lock: OnceCell<Option<Lockfile>>,
}

impl<'a> States<'a> {
    pub(super) fn new(host: &'a Host) -> Result<Self, Error> {
        let store = Store::open(host.paths()?);
        Ok(Self { host, store, agent: agent(host), lock: OnceCell::new() })
    }

    /// That of what a name stands for.
    pub(super) fn of(&self, name: &str, target: &Target) -> State {
        let state = State::of(&self.store, name, target, self.agent.as_ref());
        let Target::Installed(_) = target else { return state };
        State { damage: self.damage(name), ..state }
    }

    fn damage(&self, name: &str) -> Option<String> {
        let paths = self.host.paths().ok()?;
        let read = || Lockfile::read(paths).map_err(|error| self.host.out.warn(error.message())).ok();
        damage(paths, self.lock.get_or_init(read).as_ref()?, name)
    }
}

/// The mint and the network of the agent that is meant, if there is one.
fn agent(host: &Host) -> Option<(String, String)> {
    match host.resolve_public() {
        Ok(ResolvedPublic::Agent(agent)) => Some((agent.mint.to_string(), agent.network.to_string())),
        _ => None,
    }
}

impl State {
    /// That of what a name stands for.
    fn of(store: &Store, name: &str, target: &Target, agent: Option<&(String, String)>) -> Self {
        let found = match find(name, target) {
            Ok(found) => found,
            Err(error) => {
                let why = Some(error.message().to_owned());
                return Self { trust: "broken", why, ..Self::default() };
            }
        };
        let bundled = Self { trust: "bundled", ..Self::default() };
        let Some(found) = found.filter(|_| !matches!(target, Target::Bundled(_))) else { return bundled };
        let mut state = Self::default();
        if let Some(loaded) = &found.manifest {
            state.version = Some(loaded.manifest.version.clone());
            state.summary.clone_from(&loaded.manifest.summary);
        }
        state.grant = store.get(name).ok().flatten();
        if state.grant.as_ref().is_some_and(|grant| grant.max_per_day.is_some()) {
            state.signed_today = store.counted_today(name).ok();
        }
        if state.grant.as_ref().is_some_and(|grant| grant.pay.is_some()) {
            state.paid_today = store.paid_today(name).ok();
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

    /// That of a plugin whose grant is all that is left of it, or why that can't be read.
    pub(super) fn gone(grant: Result<Grant, Error>) -> Self {
        let mut state = Self { trust: "gone", ..Self::default() };
        match grant {
            Ok(grant) => state.grant = Some(grant),
            Err(error) => state.why = Some(error.message().to_owned()),
        }
        state
    }

    /// Puts it into a document.
    pub(super) fn add_to(&self, mut item: Value) -> Value {
        item["version"] = json!(self.version);
        item["summary"] = json!(self.summary);
        item["trust"] = json!(self.trust);
        item["why"] = json!(self.why);
        item["grant"] = self.grant.as_ref().map_or(Value::Null, show::grant_json);
        item["damage"] = json!(self.damage);
        item["signed_today"] = json!(self.signed_today);
        item["paid_today"] = json!(self.paid_today.map(|paid| paid.to_string()));
        item
    }
}

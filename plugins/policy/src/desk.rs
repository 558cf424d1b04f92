//! What every subcommand needs: the agent, its policy, and what it spent.

use std::path::PathBuf;

use jiff::Timestamp;
use leash_command::Host;
use leash_files::Paths;
use leash_identity::{Identity, Resolved};
use leash_output::Error;
use leash_policy::{Effective, Entry, Ledger, Limits, Rules, State, Status, Usd};
use serde_json::{Value, json};

/// An agent's policy and spending, as they are now.
pub(crate) struct Desk {
    pub(crate) identity: Identity,
    pub(crate) dir: PathBuf,
    /// What was set, if anything was.
    pub(crate) policy: Option<Rules>,
    pub(crate) effective: Effective,
    pub(crate) ledger: Ledger,
    pub(crate) now: Timestamp,
}

impl Desk {
    pub(crate) fn open(host: &Host) -> Result<Self, Error> {
        let identity = agent(host)?;
        let dir = leash_policy::dir(host.paths()?, &identity.mint);
        let policy = leash_policy::read(&dir)?;
        let effective = Effective::new(policy.clone(), Limits::from_env()?);
        let ledger = Ledger::new(&dir, &identity.mint);
        Ok(Self { identity, dir, policy, effective, ledger, now: Timestamp::now() })
    }

    pub(crate) fn state(&self) -> Result<State, Error> {
        self.ledger.state(self.now, None)
    }

    pub(crate) fn left(&self, state: &State) -> Usd {
        self.effective.rules.daily.minus(state.spent)
    }

    /// Payments of which nobody said yet what became of them.
    pub(crate) fn open_entries(&self) -> Result<Vec<Entry>, Error> {
        let entries = self.ledger.entries()?;
        Ok(entries.into_iter().filter(|entry| entry.status == Status::Open).collect())
    }

    /// The file of the policy, as a person writes it.
    pub(crate) fn file(&self) -> String {
        Paths::display(&leash_policy::file(&self.dir))
    }
}

/// The agent that is meant. Nothing is signed here, so it may be asked inside a plugin as well.
pub(crate) fn agent(host: &Host) -> Result<Identity, Error> {
    match host.resolve_identity()? {
        Resolved::Agent(identity) => Ok(*identity),
        Resolved::None(none) => Err(none.error()),
    }
}

/// The limits that hold, for a document.
pub(crate) fn effective_json(effective: &Effective) -> Value {
    let rules = &effective.rules;
    let names = |names: &[leash_policy::Name]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({
        "per_call": rules.per_call.to_string(),
        "per_call_from": effective.per_call.as_str(),
        "daily": rules.daily.to_string(),
        "daily_from": effective.daily.as_str(),
        "price_ceiling": rules.price_ceiling.map(|ceiling| ceiling.to_string()),
        "allow": names(&rules.allow),
        "deny": names(&rules.deny),
        "currency": "USDC",
    })
}

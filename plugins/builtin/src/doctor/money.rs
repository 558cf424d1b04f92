//! What the agent may spend, what it has spent, and its receipts: whether they can be read.

use jiff::Timestamp;
use leash_command::Host;
use leash_identity::Identity;
use leash_output::{Error, command, count};
use leash_policy::{Effective, Ledger, Limits, Status, Stop};
use leash_receipts::Chain;

use super::Check;

pub(super) fn checks(host: &Host, identity: &Identity) -> Vec<Check> {
    let Ok(paths) = host.paths() else { return Vec::new() };
    let dir = leash_policy::dir(paths, &identity.mint);
    let policy = policy(host, &dir, identity).unwrap_or_else(|error| Check::from_error("policy", &error));
    let chain = Chain::new(&dir);
    let receipts = match chain.verify() {
        Ok(Ok(verified)) => Check::ok("receipts", format!("{} here, each as it was written", verified.count)),
        Ok(Err((fault, _))) => Check::fail(
            "receipts",
            format!("receipt {} is wrong: {}", fault.nonce, fault.reason.meaning()),
            command("receipts verify"),
        ),
        Err(error) => Check::from_error("receipts", &error),
    };
    vec![policy, receipts]
}

fn policy(host: &Host, dir: &std::path::Path, identity: &Identity) -> Result<Check, Error> {
    let policy = leash_policy::read(dir)?;
    let whose = if policy.is_some() { "the policy" } else { "no policy; the defaults" };
    let rules = Effective::new(policy, Limits::from_env()?).rules;
    let ledger = Ledger::new(dir, &identity.mint);
    let spent = ledger.state(Timestamp::now(), None)?.spent;
    // What the journal of payments knows of is named there.
    let known = leash_buyer::open(dir).unwrap_or_default();
    let entries = ledger.entries()?;
    let open = entries.iter().filter(|entry| entry.status == Status::Open);
    let open = open.filter(|entry| known.iter().all(|known| known.id != entry.id)).count();
    let said = format!(
        "{whose}: {} USDC a payment, {} USDC a day, {spent} spent today",
        rules.per_call, rules.daily
    );
    if let Err(stopped) = Stop::of(host.paths()?).check() {
        return Ok(Check::warn("policy", format!("{said}; {stopped}"), stopped.hints()));
    }
    if open > 0 {
        return Ok(Check::warn(
            "policy",
            format!("{said}; of {} nobody said what became", count(open, "reserved payment")),
            command("policy show"),
        ));
    }
    Ok(Check::ok("policy", said))
}

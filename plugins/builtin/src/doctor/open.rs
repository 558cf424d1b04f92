//! What was begun and isn't over: each with the command that goes on.

use leash_buyer::{Open, State};
use leash_command::Host;
use leash_identity::{AgentFile, Identity, store};
use leash_output::{Error, command, count, quoted};
use leash_receipts::{Chain, Outbox};

use super::Check;

/// The payments, the treasury's transaction and the receipts of the agent.
pub(super) fn checks(host: &Host, identity: &Identity) -> Vec<Check> {
    let failed = |name| move |error: Error| Check::from_error(name, &error);
    vec![
        payments(host, identity).unwrap_or_else(failed("payments")),
        transaction(host, identity).unwrap_or_else(failed("treasury")),
        receipts(host, identity).unwrap_or_else(failed("publishing")),
    ]
}

fn payments(host: &Host, identity: &Identity) -> Result<Check, Error> {
    let open = leash_buyer::open(&leash_policy::dir(host.paths()?, &identity.mint))?;
    let of =
        |states: &[State]| -> Vec<&Open> { open.iter().filter(|it| states.contains(&it.state)).collect() };
    if let [first, ..] = of(&[State::Uncounted])[..] {
        let detail = format!(
            "{} for {} was given back and is on the chain: new payments are refused until it is counted",
            first.gross, first.url
        );
        return Ok(Check::fail("payments", detail, command("payments resolve")));
    }
    let unknown = of(&[State::Noted, State::Unknown, State::Withheld]);
    if let Some(oldest) = unknown.first() {
        let detail = format!(
            "{} with unknown outcome; the oldest is {} for {}",
            count(unknown.len(), "payment"),
            oldest.gross,
            oldest.url
        );
        return Ok(Check::warn("payments", detail, command("payments resolve")));
    }
    if let [first, ..] = of(&[State::Landed])[..] {
        let method =
            if first.method == "GET" { String::new() } else { format!("--method {} ", first.method) };
        let detail = format!("{} for {} was paid, and its answer not delivered", first.gross, first.url);
        let fix = format!(
            "{}; typed as before, it pays nothing and delivers the answer, for an hour",
            command(&format!("pay {method}{}", quoted(&first.url)))
        );
        return Ok(Check::warn("payments", detail, fix));
    }
    Ok(match open.len() {
        0 => Check::ok("payments", "none is open"),
        released => {
            let released = count(released, "payment");
            Check::ok(
                "payments",
                format!("{released} given back on one RPC endpoint's word; checked again for two days"),
            )
        }
    })
}

fn transaction(host: &Host, identity: &Identity) -> Result<Check, Error> {
    Ok(match leash_treasury::open(host.paths()?, &identity.mint, identity.network)? {
        None => Check::ok("treasury", "no transaction is under way"),
        Some(open) => Check::warn(
            "treasury",
            format!("it isn't known yet what became of this: {}", open.text),
            format!("{} (it finds out, and does nothing twice)", open.command),
        ),
    })
}

fn receipts(host: &Host, identity: &Identity) -> Result<Check, Error> {
    let dir = leash_policy::dir(host.paths()?, &identity.mint);
    let pending = Outbox::new(&dir, &identity.api_url).pending(&Chain::new(&dir))?;
    let said = format!("{} the API wasn't told yet", count(pending, "receipt"));
    Ok(match (pending, super::local::api_key(identity)) {
        (0, _) => Check::ok("publishing", "every receipt is published"),
        (_, Some(_)) => Check::warn("publishing", said, command("receipts publish")),
        // Nobody misses them there: without an API key the agent sells nothing.
        (_, None) => Check::ok("publishing", format!("{said}; that takes an API key")),
    })
}

/// The agents that are being made.
pub(super) fn creations(host: &Host) -> Vec<Check> {
    let Ok(paths) = host.paths() else { return Vec::new() };
    let names = store::names(paths).unwrap_or_default();
    let pending = names.into_iter().filter(|name| {
        // What can't be read is said where that agent is meant.
        let file = AgentFile::read(&paths.agent_file(name)).ok().flatten();
        file.is_some_and(|file| file.pending_register.is_some() && file.agent_mint.is_none())
    });
    let check = |name: String| {
        let fix = command(&format!("agent create {name}"));
        Check::warn("creation", format!("agent `{name}` is being made, and isn't there yet"), fix)
    };
    pending.map(check).collect()
}

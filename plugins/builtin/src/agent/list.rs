//! `leash agent list`: the agents of this user, and which one is meant.

use leash_command::Host;
use leash_identity::{AgentFile, Environment, Resolved, store};
use leash_output::{Error, escape};
use serde_json::json;

pub(super) fn run(host: &Host) -> Result<(), Error> {
    let paths = host.paths()?;
    let environment = Environment::read()?;
    let selection = host.selection(&environment)?;
    let by_environment =
        selection.explicit().is_none() && environment.mint.is_some() && environment.key.is_some();
    let mut items = Vec::new();
    let mut lines = Vec::new();
    if by_environment && let Ok(Resolved::Agent(identity)) = host.resolve_identity() {
        items.push(json!({
            "name": "environment", "current": true, "status": "ok",
            "agent_mint": identity.mint.to_string(), "network": identity.network.as_str(), "file": null,
            "key": "environment",
        }));
        lines.push(format!("* {:<14} {}  {}", "environment", identity.mint, identity.network));
    }
    for name in store::names(paths)? {
        let path = paths.agent_file(&name);
        let current = !by_environment && name == selection.name();
        let mut key = None;
        let (status, mint, network) = match AgentFile::read(&path) {
            Ok(Some(file)) if file.agent_mint.is_none() => ("pending".to_owned(), None, file.network),
            Ok(Some(file)) => {
                key = match (&file.executive_keypair, &file.executive_sealed) {
                    (Some(_), _) => Some("plaintext"),
                    (None, Some(_)) => Some("encrypted"),
                    (None, None) => None,
                };
                ("ok".to_owned(), file.agent_mint, file.network)
            }
            Ok(None) => continue,
            Err(error) => (error.message().to_owned(), None, None),
        };
        lines.push(format!(
            "{} {name:<14} {}  {}",
            if current { "*" } else { " " },
            escape(mint.as_deref().unwrap_or(&status)),
            escape(network.as_deref().unwrap_or_default()),
        ));
        items.push(json!({
            "name": name, "current": current, "status": status, "agent_mint": mint, "network": network,
            "file": path.to_string_lossy(), "key": key,
        }));
    }
    let document = json!({ "kind": "agents", "status": "ok", "count": items.len(), "items": items });
    host.out.result(&document, || {
        if lines.is_empty() {
            return "no agents yet: `leash sandbox up` makes one to try, `leash agent import FILE` takes yours in"
                .to_owned();
        }
        lines.join("\n")
    })
}

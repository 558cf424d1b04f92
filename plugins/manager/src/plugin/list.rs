//! `leash plugin list`: the plugins, and what became of their grants. None of them is run.

use std::path::PathBuf;

use leash_identity::Resolved;
use leash_output::{Error, escape};
use leash_plugin::Host;
use leash_resolve::Target;
use leash_trust::{Store, Verdict, judge};
use serde_json::json;

use super::find;

pub(super) fn run(host: &Host) -> Result<(), Error> {
    let store = Store::open(host.paths()?);
    let agent = match host.resolve_identity() {
        Ok(Resolved::Agent(agent)) => Some((agent.mint.to_string(), agent.network.to_string())),
        _ => None,
    };
    let mut items = Vec::new();
    let mut lines = Vec::new();
    let mut seen = Vec::new();
    let mut table = host.table()?;
    table.aliases.clear();
    for listed in table.all() {
        let (source, path) = match listed.target {
            Target::Bundled(path) => ("bundled", path),
            Target::Path(path) => ("path", path),
            Target::Builtin | Target::Alias(_) => continue,
        };
        let (version, state, why) = if source == "bundled" {
            (None, "bundled", None)
        } else {
            state(&store, &listed.name, path.clone(), agent.as_ref())
        };
        let shown = path.to_string_lossy();
        lines.push(format!("{:<16} {state:<12} {}", listed.name, escape(&shown)));
        items.push(json!({
            "name": listed.name, "source": source, "path": shown, "version": version, "trust": state, "why": why,
        }));
        seen.push(listed.name);
    }
    for kept in store.all()?.into_iter().filter(|kept| !seen.contains(&kept.name)) {
        let path = kept.grant.as_ref().ok().map(|grant| grant.path.to_string_lossy().into_owned());
        let why = kept.grant.as_ref().err().map(|error| error.message().to_owned());
        lines.push(format!(
            "{:<16} {:<12} {}",
            kept.name,
            "gone",
            escape(path.as_deref().unwrap_or_default())
        ));
        items.push(json!({
            "name": kept.name, "source": null, "path": path, "version": null, "trust": "gone", "why": why,
        }));
    }
    let document = json!({ "kind": "plugins", "status": "ok", "count": items.len(), "items": items });
    host.out.result(&document, || {
        if lines.is_empty() {
            return "no plugins: any executable called `leash-NAME` on PATH is one".to_owned();
        }
        lines.join("\n")
    })
}

/// Version, state, and why it is so.
fn state(
    store: &Store,
    name: &str,
    path: PathBuf,
    agent: Option<&(String, String)>,
) -> (Option<String>, &'static str, Option<String>) {
    let found = match find::at(name, path) {
        Ok(found) => found,
        Err(error) => return (None, "broken", Some(error.message().to_owned())),
    };
    let version = found.manifest.as_ref().map(|loaded| loaded.manifest.version.clone());
    let (mint, network) = agent.map_or(("", ""), |(mint, network)| (mint.as_str(), network.as_str()));
    let (state, why) = match judge(store, &found, mint, network) {
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
    (version, state, why)
}

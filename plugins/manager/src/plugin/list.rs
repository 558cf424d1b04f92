//! `leash plugin list`: the plugins, and what became of their grants. None of them is run.

use leash_output::{Error, escape};
use leash_plugin::Host;
use leash_resolve::Target;
use leash_trust::Store;
use serde_json::json;

use super::{
    show,
    state::{self, State},
};

pub(super) fn run(host: &Host) -> Result<(), Error> {
    let store = Store::open(host.paths()?);
    let agent = state::agent(host);
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
        let shown = path.to_string_lossy().into_owned();
        let state = match source {
            "bundled" => State::of_leash(),
            _ => State::of(&store, &listed.name, path, agent.as_ref()),
        };
        lines.push(format!("{:<16} {:<12} {}", listed.name, state.trust, escape(&shown)));
        items.push(state.add_to(json!({ "name": listed.name, "source": source, "path": shown })));
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
            "grant": kept.grant.as_ref().ok().map(show::grant_json), "signed_today": null,
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

//! `leash plugin list`: the plugins, and what became of their grants. None of them is run.

use leash_identity::ResolvedPublic;
use leash_output::{Error, fit, stdout_width};
use leash_plugin::Host;
use leash_resolve::{Listed, Target};
use leash_trust::{Store, Verdict, find, judge};
use serde_json::{Value, json};

/// One plugin, as it is listed.
#[derive(Default)]
struct Item {
    name: String,
    source: Option<&'static str>,
    path: Option<String>,
    version: Option<String>,
    summary: String,
    state: &'static str,
    why: Option<String>,
}

pub(super) fn run(host: &Host) -> Result<(), Error> {
    let store = Store::open(host.paths()?);
    let agent = match host.resolve_public() {
        Ok(ResolvedPublic::Agent(agent)) => Some((agent.mint.to_string(), agent.network.to_string())),
        _ => None,
    };
    let mut table = host.table()?;
    table.aliases.clear();
    let plugins = table.all().into_iter().filter(|listed| listed.target != Target::Builtin);
    let mut items: Vec<Item> = plugins.map(|listed| look(&store, listed, agent.as_ref())).collect();
    for kept in store.all()? {
        if items.iter().any(|item| item.name == kept.name) {
            continue;
        }
        let (path, why) = match &kept.grant {
            Ok(grant) => (Some(grant.path.to_string_lossy().into_owned()), None),
            Err(error) => (None, Some(error.message().to_owned())),
        };
        items.push(Item { name: kept.name, path, state: "gone", why, ..Item::default() });
    }
    let listed: Vec<Value> = items.iter().map(Item::json).collect();
    let document = json!({ "kind": "plugins", "status": "ok", "count": listed.len(), "items": listed });
    host.out.result(&document, || {
        if items.is_empty() {
            return "no plugins: any executable called `leash-NAME` on PATH is one".to_owned();
        }
        let columns = stdout_width();
        items.iter().map(|item| fit(&item.line(), columns).into_owned()).collect::<Vec<_>>().join("\n")
    })
}

impl Item {
    fn line(&self) -> String {
        let said = match (&self.why, self.state) {
            (Some(why), "broken") => why.as_str(),
            _ if !self.summary.trim().is_empty() => self.summary.as_str(),
            _ => self.path.as_deref().unwrap_or_default(),
        };
        format!("{:<16} {:<12} {said}", self.name, self.state)
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name, "source": self.source, "path": self.path, "version": self.version,
            "summary": self.summary, "trust": self.state, "why": self.why,
        })
    }
}

/// What a plugin says of itself, and what became of its grant.
fn look(store: &Store, listed: Listed, agent: Option<&(String, String)>) -> Item {
    let Listed { name, target } = listed;
    let mut item = Item {
        source: Some(target.source()),
        path: target.program().map(|path| path.to_string_lossy().into_owned()),
        state: "bundled",
        ..Item::default()
    };
    let found = match find(&name, &target) {
        Ok(found) => found,
        Err(error) => {
            return Item { name, state: "broken", why: Some(error.message().to_owned()), ..item };
        }
    };
    item.name = name;
    let Some(found) = found.filter(|_| !matches!(target, Target::Bundled(_))) else { return item };
    if let Some(loaded) = &found.manifest {
        item.version = Some(loaded.manifest.version.clone());
        item.summary.clone_from(&loaded.manifest.summary);
    }
    let (mint, network) = agent.map_or(("", ""), |(mint, network)| (mint.as_str(), network.as_str()));
    (item.state, item.why) = match judge(store, &found, mint, network) {
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
    item
}

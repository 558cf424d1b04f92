//! `leash plugin list`: the plugins, and what became of their grants. None of them is run.

use leash_command::Host;
use leash_output::{Error, fit, stdout_width};
use leash_resolve::Target;
use leash_trust::Store;
use serde_json::{Value, json};

use super::state::{State, States};

/// One plugin, as it is listed.
struct Item {
    name: String,
    source: Option<&'static str>,
    path: Option<String>,
    state: State,
}

pub(super) fn run(host: &Host) -> Result<(), Error> {
    let states = States::new(host)?;
    let mut table = host.table()?;
    table.aliases.clear();
    let plugins = table.all().into_iter().filter(|listed| listed.target != Target::Builtin);
    let mut items: Vec<Item> = plugins
        .map(|listed| Item {
            source: Some(listed.target.source()),
            path: listed.target.program().map(|path| path.to_string_lossy().into_owned()),
            state: states.of(&listed.name, &listed.target),
            name: listed.name,
        })
        .collect();
    for kept in Store::open(host.paths()?).all()? {
        if items.iter().any(|item| item.name == kept.name) {
            continue;
        }
        let path = kept.grant.as_ref().ok().map(|grant| grant.path.to_string_lossy().into_owned());
        items.push(Item { name: kept.name, source: None, path, state: State::gone(kept.grant) });
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
        let said = match (&self.state.why, self.state.trust) {
            (Some(why), "broken") => why.as_str(),
            _ if !self.state.summary.trim().is_empty() => self.state.summary.as_str(),
            _ => self.path.as_deref().unwrap_or_default(),
        };
        let damage = self.state.damage.as_ref().map_or_else(String::new, |damage| format!("({damage}) "));
        format!("{:<16} {:<12} {damage}{said}", self.name, self.state.trust)
    }

    fn json(&self) -> Value {
        self.state.add_to(json!({ "name": self.name, "source": self.source, "path": self.path }))
    }
}

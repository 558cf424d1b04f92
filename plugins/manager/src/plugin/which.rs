//! `leash plugin which`: what a name stands for and, with `-a`, every candidate and why it loses.

use std::ffi::OsStr;

use leash_output::{Error, escape};
use leash_plugin::Host;
use leash_protocol::name::{RESERVED, is_valid};
use leash_resolve::{Concern, check_path, executable_problem};
use leash_trust::Store;
use serde_json::json;

use super::state::{self, State};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The name
    name: String,
    /// Show every candidate, and why each but the first loses
    #[arg(long, short)]
    all: bool,
}

/// Something that might be meant, and why it isn't.
struct Candidate {
    source: &'static str,
    what: String,
    loses: Option<String>,
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let name = args.name.as_str();
    let mut all = candidates(host, name)?;
    let mut winner = None;
    for candidate in all.iter_mut().filter(|candidate| candidate.loses.is_none()) {
        match &winner {
            None => winner = Some(format!("{} comes first", candidate.source)),
            Some(why) => candidate.loses = Some(why.clone()),
        }
    }
    // For the names that stand for nothing, the table knows best what to say.
    if winner.is_none()
        && let Err(error) = host.table()?.find(OsStr::new(name))
        && (!args.all || all.is_empty())
    {
        return Err(error);
    }
    all.sort_by_key(|candidate| candidate.loses.is_some());
    let (store, agent) = (Store::open(host.paths()?), state::agent(host));
    let shown = if args.all { all.len() } else { 1 };
    let items: Vec<_> = all
        .iter()
        .take(shown)
        .map(|one| {
            let item = json!({ "source": one.source, "target": one.what, "loses": one.loses });
            match (one.source, &one.loses) {
                ("path", None) => State::of(&store, name, (&one.what).into(), agent.as_ref()).add_to(item),
                _ => item,
            }
        })
        .collect();
    let document = json!({
        "kind": "plugin_which", "status": "ok", "name": name, "count": items.len(), "items": items,
    });
    host.out.result(&document, || {
        let line = |one: &Candidate| {
            let loses = one.loses.as_ref().map_or_else(String::new, |why| format!("  (not this one: {why})"));
            escape(&format!("{:<8} {}{loses}", one.source, one.what)).into_owned()
        };
        all.iter().take(shown).map(line).collect::<Vec<_>>().join("\n")
    })
}

fn candidates(host: &Host, name: &str) -> Result<Vec<Candidate>, Error> {
    let table = host.table()?;
    let mut all = Vec::new();
    if !is_valid(name) {
        return Ok(all);
    }
    let mut push = |source, what: String, loses| all.push(Candidate { source, what, loses });
    let file = format!("leash-{name}");
    if table.builtins.contains(&name) {
        push("builtin", format!("leash {name}"), None);
    }
    for path in table.bundled.iter().map(|dir| dir.join(&file)).filter(|path| path.exists()) {
        push("bundled", path.display().to_string(), executable_problem(&path).map(str::to_owned));
    }
    let reserved = RESERVED.contains(&name).then(|| "the name is kept for leash".to_owned());
    if let Some(words) = table.aliases.get(name) {
        push("alias", words.join(" "), reserved.clone());
    }
    for dir in check_path(&table.path) {
        let path = dir.path.join(&file);
        if dir.path.as_os_str().is_empty() || std::fs::symlink_metadata(&path).is_err() {
            continue;
        }
        let loses = match dir.concern {
            Some(Concern::Skipped(why)) => Some(format!("its directory is passed over: {why}")),
            _ => executable_problem(&path).map(str::to_owned),
        };
        push("path", path.display().to_string(), reserved.clone().or(loses));
    }
    Ok(all)
}

//! `leash plugin which`: what a name stands for and, with `-a`, every candidate and why it loses.

use std::ffi::OsStr;

use leash_command::Host;
use leash_output::{Error, escape};
use leash_resolve::{Candidate, Target};
use leash_trust::manifest_of;
use serde_json::json;

use super::state::{State, States};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The name
    name: String,
    /// Show every candidate, and why each but the first loses
    #[arg(long, short)]
    all: bool,
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let name = args.name.as_str();
    let table = host.table()?;
    let mut all = table.candidates(name);
    // For the names that stand for nothing, the table knows best what to say.
    if all.iter().all(|candidate| candidate.loses.is_some())
        && let Err(error) = table.find(OsStr::new(name))
        && (!args.all || all.is_empty())
    {
        return Err(error);
    }
    all.sort_by_key(|candidate| candidate.loses.is_some());
    let states = States::new(host)?;
    let shown = if args.all { all.len() } else { 1 };
    let all: Vec<Shown> =
        all.into_iter().take(shown).map(|candidate| Shown::of(&states, name, candidate)).collect();
    let items: Vec<_> = all
        .iter()
        .map(|one| {
            let item = json!({
                "source": one.source, "target": one.target, "loses": one.loses, "broken": one.broken,
            });
            match &one.plugin {
                Some(state) => state.add_to(item),
                None => item,
            }
        })
        .collect();
    let document = json!({
        "kind": "plugin_which", "status": "ok", "name": name, "count": items.len(), "items": items,
    });
    host.out.result(&document, || all.iter().map(Shown::line).collect::<Vec<_>>().join("\n"))
}

/// A candidate, in words.
struct Shown {
    source: &'static str,
    target: String,
    loses: Option<String>,
    /// What became of the plugin that would be run, if it is one.
    plugin: Option<State>,
    /// It would be run, and can't be.
    broken: Option<String>,
}

impl Shown {
    fn of(states: &States<'_>, name: &str, candidate: Candidate) -> Self {
        let Candidate { target, loses } = candidate;
        let broken = manifest_of(name, &target).err().map(|error| error.message().to_owned());
        let shown = match &target {
            Target::Builtin => format!("leash {name}"),
            Target::Alias(words) => words.join(" "),
            Target::Bundled(path) | Target::Path(path) => path.display().to_string(),
            Target::Installed(installed) => installed.program.display().to_string(),
        };
        let source = target.source();
        let plugin = Some(target)
            .filter(|target| loses.is_none() && matches!(target, Target::Path(_) | Target::Installed(_)))
            .map(|target| states.of(name, &target));
        Self { source, target: shown, loses, plugin, broken }
    }

    fn line(&self) -> String {
        let mut line = format!("{:<9} {}", self.source, self.target);
        if let Some(why) = &self.broken {
            line.push_str(&format!("  (broken: {why})"));
        }
        if let Some(damage) = self.plugin.as_ref().and_then(|state| state.damage.as_ref()) {
            line.push_str(&format!("  ({damage})"));
        }
        if let Some(why) = &self.loses {
            line.push_str(&format!("  (not this one: {why})"));
        }
        escape(&line).into_owned()
    }
}

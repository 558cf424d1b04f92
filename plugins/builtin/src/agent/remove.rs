//! `leash agent remove`: an agent's file, and the key in it, gone from this machine.

use leash_command::Host;
use leash_files::{Paths, Settings, is_agent_name};
use leash_identity::{AgentFile, Locked, store};
use leash_output::{Error, Kind, can_ask, confirm};
use serde_json::json;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The agent's name
    name: String,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let Args { name, yes } = args;
    let paths = host.paths()?;
    let path = paths.agent_file(name);
    if !is_agent_name(name) || std::fs::symlink_metadata(&path).is_err() {
        return Err(Error::new(Kind::Identity, "no_agent", format!("no agent `{name}`"))
            .hint("`leash agent list` shows those that are there, `leash agent create NAME` makes one"));
    }
    // A file that can't be understood may still hold the only copy of a key: it is named, not hidden.
    let file = AgentFile::read(&path).ok().flatten();
    let what = match file.as_ref().and_then(|file| file.agent_mint.as_ref()) {
        Some(mint) => format!("agent `{name}` ({mint})"),
        None => format!("agent `{name}`"),
    };
    if !yes {
        if !can_ask() {
            return Err(Error::usage(format!(
                "removing {what} deletes its executive key, and nobody can be asked"
            ))
            .hint(format!("`leash --agent {name} agent export --out FILE` keeps a copy; then add `--yes`")));
        }
        if !confirm(&format!("Remove {what}? Its executive key in {} is deleted.", Paths::display(&path))) {
            return Err(Error::failure("declined", "nothing was removed")
                .hint(format!("`leash --agent {name} agent export --out FILE` keeps a copy")));
        }
    }
    store::remove(paths, name)?;
    // The kernel may still keep the key of one that was encrypted.
    if let Some(Ok(Some(locked))) = file.map(|file| Locked::of(&file, name)) {
        let _ = leash_vault::keyring::clear(&locked.public());
    }
    if host.settings()?.default_agent.as_deref() == Some(name) {
        Settings::write_default_agent(paths, None)?;
        host.out.note("commands act as the default agent again");
    }
    let document = json!({ "kind": "agent_remove", "status": "ok", "name": name });
    host.out.result(&document, || format!("removed {what}"))
}

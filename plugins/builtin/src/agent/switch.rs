//! `leash agent use`: the agent that is meant from now on.

use leash_command::Host;
use leash_files::{DEFAULT_AGENT, Settings, is_agent_name};
use leash_identity::{AgentFile, Environment};
use leash_output::{Error, Kind};
use serde_json::json;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The agent's name; `default` is the original client's agent.json
    name: String,
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let paths = host.paths()?;
    if !is_agent_name(&args.name) || AgentFile::read(&paths.agent_file(&args.name))?.is_none() {
        return Err(Error::new(Kind::Identity, "no_agent", format!("no agent `{}`", args.name))
            .hint("`leash agent list` shows those that are there, `leash agent create NAME` makes one"));
    }
    let setting = (args.name != DEFAULT_AGENT).then_some(args.name.as_str());
    Settings::write_default_agent(paths, setting)?;
    let environment = Environment::read()?;
    let overriding = environment.names();
    if let Some(agent) = environment.agent {
        host.out.warn(&format!("LEASH_AGENT={agent} still chooses: `unset LEASH_AGENT`"));
    } else if !overriding.is_empty() {
        host.out.warn(&format!("these variables still override it: {}", overriding.join(", ")));
    }
    let document = json!({ "kind": "agent_use", "status": "ok", "name": args.name });
    host.out.result(&document, || format!("commands now act as `{}`", args.name))
}

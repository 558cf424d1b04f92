//! `leash agent`: the agents of this user.

mod export;
mod import;
mod list;
mod remove;
mod show;
mod switch;

use clap::{ArgMatches, Command, FromArgMatches as _, Subcommand};
use leash_command::{Builtin, Host};
use leash_output::Error;
use leash_protocol::commands::Outline;

/// The built-in.
pub(crate) struct Agent;

#[derive(Subcommand)]
enum Sub {
    /// Create an agent: key, mint, allowance, record; run it again to go on
    Create(Box<leash_create::create::Args>),
    /// Show where to send money for an agent, and what it has
    Fund(leash_create::fund::Args),
    /// Show the agent that commands act as
    Show,
    /// List the agents of this user
    List,
    /// Act as this agent from now on
    Use(switch::Args),
    /// Write an agent with its key to a new file
    Export(export::Args),
    /// Take in an agent from a file
    Import(import::Args),
    /// Remove an agent and its key from this machine
    Remove(remove::Args),
}

impl Builtin for Agent {
    fn outline(&self) -> &'static Outline {
        &leash_protocol::commands::AGENT
    }

    fn command(&self) -> Command {
        Sub::augment_subcommands(Command::new("agent").subcommand_required(true).arg_required_else_help(true))
            .after_help(
                "Examples:\n  leash agent create seller --network devnet --cap 5 --wait\n  leash agent show\n  leash agent use sandbox\n  leash agent export --out agent-backup.json\n  \
                 leash agent import agent-backup.json --name spare",
            )
    }

    fn document(&self, subcommand: Option<&str>) -> &'static str {
        match subcommand {
            Some("create") => "register_agent",
            Some("fund") => "agent_fund",
            Some("list") => "agents",
            Some("use") => "agent_use",
            Some("export") => "agent_export",
            Some("import") => "agent_import",
            Some("remove") => "agent_remove",
            _ => "identity",
        }
    }

    fn manages_identity(&self, subcommand: Option<&str>) -> bool {
        matches!(subcommand, Some("create" | "use" | "export" | "import" | "remove"))
    }

    fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error> {
        match Sub::from_arg_matches(matches).map_err(|error| Error::usage(error.to_string()))? {
            Sub::Create(args) => leash_create::create::run(host, &args),
            Sub::Fund(args) => leash_create::fund::run(host, &args),
            Sub::Show => show::run(host),
            Sub::List => list::run(host),
            Sub::Use(args) => switch::run(host, &args),
            Sub::Export(args) => export::run(host, &args),
            Sub::Import(args) => import::run(host, args),
            Sub::Remove(args) => remove::run(host, &args),
        }
    }
}

//! `leash policy`: what the agent may spend, and what it has spent.

mod check;
mod desk;
mod explain;
mod pause;
mod set;
mod show;

use clap::{ArgMatches, Command, FromArgMatches as _, Subcommand};
use leash_command::{Builtin, Host};
use leash_output::Error;
use leash_protocol::commands::Outline;

/// The built-in.
pub struct Policy;

#[derive(Subcommand)]
enum Sub {
    /// Show the limits that hold, and what was spent today
    Show,
    /// Set the policy from a file of rules; asks where that loosens it
    Set(set::Args),
    /// Say whether a payment would be allowed: exits 0 if so, else 3
    Check(check::Args),
    /// Stop every payment of this user, plugins' too, until `resume`
    Pause,
    /// Let payments go on after `pause`
    Resume,
    /// Say in words what is checked, in which order, and where each limit comes from
    Explain,
}

impl Builtin for Policy {
    fn outline(&self) -> &'static Outline {
        &leash_protocol::commands::POLICY
    }

    fn command(&self) -> Command {
        Sub::augment_subcommands(
            Command::new("policy").subcommand_required(true).arg_required_else_help(true),
        )
        .after_help(
            "Examples:\n  leash policy show\n  leash policy set --file rules.json\n  \
             leash policy check https://api.example.com/x --price 0.0101\n  \
             leash policy check https://api.example.com/x --net 0.01\n  leash policy pause\n  leash policy resume",
        )
    }

    fn document(&self, subcommand: Option<&str>) -> &'static str {
        match subcommand {
            Some("set") => "policy_set",
            Some("check") => "policy_check",
            Some("explain") => "policy_explain",
            Some("pause") => "policy_pause",
            Some("resume") => "policy_resume",
            _ => "policy",
        }
    }

    fn manages_identity(&self, subcommand: Option<&str>) -> bool {
        matches!(subcommand, Some("set" | "pause" | "resume"))
    }

    fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error> {
        match Sub::from_arg_matches(matches).map_err(|error| Error::usage(error.to_string()))? {
            Sub::Show => show::run(host),
            Sub::Set(args) => set::run(host, &args),
            Sub::Check(args) => check::run(host, &args),
            Sub::Pause => pause::pause(host),
            Sub::Resume => pause::resume(host),
            Sub::Explain => explain::run(host),
        }
    }
}

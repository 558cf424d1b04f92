//! The command line: `leash sandbox …`, or `leash-sandbox …`.

mod agent;
mod down;
mod faucet;
mod http;
mod logs;
#[cfg(test)]
mod manifest;
mod mint;
mod reset;
mod run;
mod seed;
mod status;
mod up;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, error::ErrorKind};
use leash_output::{Color, Error, Kind, Out};
use leash_protocol::{context::Context, env};

use crate::instance::DataDir;

/// The kind of this program's JSON documents.
const DOCUMENT: &str = "sandbox";

/// A Leash API on this machine, to try things out and to test against.
#[derive(Debug, Parser)]
#[command(name = "leash-sandbox", version, arg_required_else_help = true)]
struct Cli {
    /// Print one JSON document on stdout instead of text
    #[arg(long, global = true)]
    json: bool,
    /// Keep everything in DIR instead of the user's data directory
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a server in the background, with an agent `sandbox` to use it with
    Up(ServerArgs),
    /// Stop the server
    Down,
    /// Say whether a server runs (exit status 3: it doesn't)
    Status,
    /// Forget all keys, links and receipts
    Reset(reset::Args),
    /// Show what the server in the background logged
    Logs(logs::Args),
    /// Run a server in the foreground
    Run(run::Args),
    /// Agents that the server knows
    #[command(subcommand)]
    Agent(agent::Command),
    /// Give SOL to the key of the agent that is in use
    Airdrop(faucet::Airdrop),
    /// Give tokens to the treasury of the agent that is in use
    Fund(faucet::Fund),
}

/// How a server behaves.
#[derive(Debug, Clone, Args)]
struct ServerArgs {
    /// Listen on this port of 127.0.0.1 [default: the last one, or any that is free]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Refuse what the original API wrongly accepts: replayed requests, labels with control characters,
    /// keys of disabled agents, receipts of other agents
    #[arg(long)]
    strict: bool,
    /// Take so many requests a minute from each API key
    #[arg(long, value_name = "N", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..))]
    rate_limit: u32,
}

/// Runs a command line and says how it went.
#[must_use]
pub fn main(args: Vec<OsString>) -> ExitCode {
    // Whatever is written here is this user's alone.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let wants_json = args.iter().take_while(|arg| *arg != "--").any(|arg| arg == "--json");
    let mut out = voice();
    out.json |= wants_json;
    let result = parse(args).and_then(|cli| match cli {
        Some(cli) => execute(cli, out),
        None => Ok(()),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let error = error.of_document(DOCUMENT);
            out.failure(&error);
            ExitCode::from(error.kind().exit_status())
        }
    }
}

/// How the host was told to speak, where it runs this program.
#[allow(clippy::disallowed_methods, reason = "the host tells a plugin in a variable how to speak")]
fn voice() -> Out {
    let context =
        std::env::var(env::CONTEXT).ok().and_then(|text| serde_json::from_str::<Context>(&text).ok());
    context.map_or_else(Out::default, |context| {
        let global = context.global;
        let color = Color::parse(&global.color).unwrap_or_default();
        Out { json: global.json, quiet: global.quiet, verbose: global.verbose, color }
    })
}

/// `None`: what was asked for (help, the version) has been printed.
#[allow(clippy::disallowed_methods, reason = "a variable of the host says whether leash runs this program")]
fn parse(args: Vec<OsString>) -> Result<Option<Cli>, Error> {
    let name = if std::env::var_os(env::PLUGIN).is_some() { "leash sandbox" } else { "leash-sandbox" };
    let matches = Cli::command().bin_name(name).try_get_matches_from(args);
    match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => Ok(Some(cli)),
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            leash_output::write_stdout(error.render().to_string().as_bytes()).map(|()| None)
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Err(Error::usage("no command is given").hint(format!("`{name} --help` lists the commands")))
        }
        Err(error) => {
            Err(Error::usage(wording(&error)).hint(format!("`{name} --help` shows what can be typed")))
        }
    }
}

/// The parser's own words, in one line.
fn wording(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let first = text.split("\n\n").next().unwrap_or(text);
    first.split_whitespace().collect::<Vec<_>>().join(" ").replace('\'', "`")
}

fn execute(cli: Cli, out: Out) -> Result<(), Error> {
    let dir = DataDir::find(cli.data.as_deref())?;
    match cli.command {
        Command::Up(args) => up::up(&dir, &args, out),
        Command::Down => down::down(&dir, out),
        Command::Status => status::status(&dir, out),
        Command::Reset(args) => reset::reset(&dir, &args, out),
        Command::Logs(args) => logs::logs(&dir, &args, out),
        Command::Run(args) => run::run(&dir, &args, out),
        Command::Agent(command) => agent::agent(&dir, &command, out),
        Command::Airdrop(args) => faucet::airdrop(&dir, &args, out),
        Command::Fund(args) => faucet::fund(&dir, &args, out),
    }
}

fn database_error(dir: &DataDir, error: &str) -> Error {
    Error::new(Kind::Failure, "database", format!("cannot use `{}`: {error}", dir.database().display()))
        .hint("`leash sandbox reset` starts over with an empty database")
}

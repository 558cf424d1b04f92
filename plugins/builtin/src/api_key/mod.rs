//! `leash api-key`: the agent's API keys.

mod active;
mod announce;
mod chosen;
mod create;
mod deliver;
mod links;
mod list;
mod lost;
mod make;
mod pick;
mod revoke;
mod rotate;
mod rotation;
mod unfinished;
pub(crate) mod work;

use clap::{ArgMatches, Command, FromArgMatches as _, Subcommand};
use leash_api::ApiKey as Key;
use leash_command::{Builtin, Host, typed_network};
use leash_identity::Network;
use leash_output::{Error, command, escape, quoted};
use leash_protocol::commands::Outline;

/// The built-in.
pub(crate) struct ApiKey;

#[derive(Subcommand)]
enum Sub {
    /// Create an API key; its plaintext is shown this once
    Create(create::Args),
    /// List the keys, newest first
    List(list::Args),
    /// Revoke keys; what they could do ends at once
    #[command(visible_alias = "disable")]
    Revoke(revoke::Args),
    /// Replace a key by a new one, without a moment in which none works
    Rotate(rotate::Args),
}

impl Builtin for ApiKey {
    fn outline(&self) -> &'static Outline {
        &leash_protocol::commands::API_KEY
    }

    fn command(&self) -> Command {
        Sub::augment_subcommands(Command::new("api-key").subcommand_required(true).arg_required_else_help(true))
            .after_help(
                "Examples:\n  export LEASH_API_KEY=\"$(leash api-key create --label 'local runtime' --quiet)\"\n  \
                 leash api-key create --label ci --out key.txt\n  leash api-key list --include-disabled\n  \
                 leash api-key rotate --label ci --out new-key.txt\n  leash api-key revoke 01M839VFY4733NK3Y1H0KJ5JXM",
            )
    }

    fn document(&self, subcommand: Option<&str>) -> &'static str {
        match subcommand {
            Some("list") => "agent_api_keys",
            _ => "agent_api_key",
        }
    }

    fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error> {
        match Sub::from_arg_matches(matches).map_err(|error| Error::usage(error.to_string()))? {
            Sub::Create(args) => create::run(host, &args),
            Sub::List(args) => list::run(host, &args),
            Sub::Revoke(args) => revoke::run(host, &args),
            Sub::Rotate(args) => rotate::run(host, &args),
        }
    }
}

/// Where the original's `--network` is given, it must be the agent's own.
fn check_network(own: Network, asked: Option<&str>) -> Result<(), Error> {
    let Some(asked) = asked else { return Ok(()) };
    let network = typed_network(asked)?;
    if network == own {
        return Ok(());
    }
    Err(Error::usage(format!("the agent is on {own}, not on {network}"))
        .hint("leave `--network` out: a key is always of the agent's own network"))
}

fn none(what: &str) -> Error {
    Error::failure("not_found", format!("no {what}"))
        .hint("`leash api-key list` shows the keys of this agent")
}

/// The command that revokes keys, whose ids come from the API.
fn revocation<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let ids: Vec<_> = ids.into_iter().map(quoted).collect();
    command(&format!("api-key revoke {}", ids.join(" ")))
}

/// A key in one line, with how long it has been there.
fn line(key: &Key, now: jiff::Timestamp) -> String {
    let state = if key.disabled_at.is_some() { "disabled" } else { "active" };
    format!(
        "{}  {}  {}…{}  {}  {state}{}",
        escape(&key.id),
        escape(&key.label),
        escape(&key.prefix),
        escape(&key.last4),
        escape(&key.network),
        age(key, now).map(|age| format!("  {age}")).unwrap_or_default(),
    )
}

/// How long ago a key was created, in its largest unit.
fn age(key: &Key, now: jiff::Timestamp) -> Option<String> {
    let seconds = age_seconds(key, now)?;
    Some(match seconds {
        ..0 => "just now".to_owned(),
        0..60 => format!("{seconds} s old"),
        60..3_600 => format!("{} min old", seconds / 60),
        3_600..86_400 => format!("{} h old", seconds / 3_600),
        _ => format!("{} d old", seconds / 86_400),
    })
}

fn age_seconds(key: &Key, now: jiff::Timestamp) -> Option<i64> {
    let created: jiff::Timestamp = key.created_at.parse().ok()?;
    Some(now.as_second() - created.as_second())
}

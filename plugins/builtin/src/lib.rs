//! The commands that come with leash: one file or folder each, and one line in a table.

mod agent;
mod api;
mod api_key;
mod doctor;
mod label;
mod sell;
mod version;

use std::ffi::OsString;

use leash_command::Builtin;
use leash_launcher::{Builtins, Handlers, Host};
use leash_output::Error;
use leash_protocol::commands::Outline;

/// All of them, run where they are asked for.
pub const BUILTINS: Handlers = Handlers {
    builtins: Builtins { outlines: leash_protocol::commands::ALL, are_here: true },
    run,
    complete,
};

fn run(host: &mut Host, outline: &'static Outline, arguments: &[OsString]) -> Result<(), Error> {
    leash_command::run(host, TABLE, outline, arguments)
}

fn complete(host: &mut Host, shell: &str, words: Vec<OsString>) -> Result<(), Error> {
    leash_command::with(host, TABLE, |host| leash_shell::complete(host, shell, words))
}

/// In the order in which help shows them.
const TABLE: &[&dyn Builtin] = &[
    &agent::Agent,
    &api_key::ApiKey,
    &sell::Sell,
    &leash_treasury::Treasury,
    &leash_pay_command::Pay,
    &leash_pay_command::Quote,
    &leash_pay_command::Payments,
    &leash_policy_commands::Policy,
    &leash_receipts_commands::Receipts,
    &leash_receipts_commands::One,
    &leash_receipts_commands::History,
    &leash_receipts_commands::Daily,
    &api::Api,
    &leash_keys::Key,
    &leash_manager::Plugin,
    &leash_manager::Audit,
    &doctor::Doctor,
    &leash_shell::Completions,
    &leash_shell::Man,
    &version::Version,
];

#[cfg(test)]
mod tests {
    use leash_protocol::commands::Which;

    use super::*;

    #[test]
    fn what_is_said_of_them_is_said_of_all() {
        let commands: Vec<_> = TABLE.iter().map(|command| command.outline()).collect();
        assert_eq!(commands, leash_protocol::commands::ALL);
    }

    /// Else a subcommand that has another name now would be printed without the options that it needs.
    #[test]
    fn subcommands_that_are_told_apart_exist() {
        for command in TABLE {
            let outline = command.outline();
            for which in [outline.for_agent, outline.online] {
                let (Which::Only(names) | Which::Except(names)) = which else { continue };
                for name in names {
                    assert!(command.command().find_subcommand(name).is_some(), "{} {name}", outline.name);
                }
            }
        }
    }
}

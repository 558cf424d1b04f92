//! `leash`: the built-in commands, put into the plugin host.

use std::process::ExitCode;

fn main() -> ExitCode {
    leash_plugin::main(leash_builtin::TABLE, leash_builtin::complete)
}

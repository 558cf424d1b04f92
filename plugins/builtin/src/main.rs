//! `leash-builtin`: the built-in commands. `leash` executes it in its own place.

use std::process::ExitCode;

fn main() -> ExitCode {
    leash_launcher::main(leash_builtin::BUILTINS)
}

//! `leash-sandbox`, which `leash sandbox` runs.

use std::process::ExitCode;

fn main() -> ExitCode {
    leash_sandbox::cli::main(std::env::args_os().collect())
}

//! `leash`: finds out what a name stands for, and hands over to it.

use std::process::ExitCode;

fn main() -> ExitCode {
    leash_launcher::main(leash_outlines::HANDED_OVER)
}

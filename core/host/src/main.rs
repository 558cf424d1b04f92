//! `leash`: finds out what a name stands for, and hands over to it.

use std::process::ExitCode;

fn main() -> ExitCode {
    leash_plugin::main(leash_outlines::HANDED_OVER)
}

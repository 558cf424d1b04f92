//! `leash`: finds out what a name stands for, and hands over to it.

use std::{ffi::OsString, process::ExitCode};

use leash_launcher::{
    Builtins, Handlers, Host, adopt_plain, hand_over, hand_over_completion, version_details,
};
use leash_output::Error;
use leash_protocol::commands::{ALL, Outline, VERSION};

/// The built-ins are known by what is said of them, and run by the executable that has them.
const HANDED_OVER: Handlers =
    Handlers { builtins: Builtins { outlines: ALL, are_here: false }, run, complete: hand_over_completion };

fn main() -> ExitCode {
    leash_launcher::main(HANDED_OVER)
}

/// Which leash it is must be told by each one, also by a copy that lies alone.
fn run(host: &mut Host, outline: &'static Outline, arguments: &[OsString]) -> Result<(), Error> {
    if *outline == VERSION && adopt_plain(host, arguments) {
        return version_details(host);
    }
    hand_over(host, outline, arguments)
}

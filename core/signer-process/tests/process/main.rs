//! The signer as a process, with a plugin at its socket.
//!
//! This program plays all the parts: the host, which starts a signer and executes the plugin in its own place; the
//! plugin, which does what a case says; and processes of the plugin's. So the tests need a harness of their own: a
//! host has one thread.
#![allow(
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::zombie_processes,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod case;
mod cases;
mod client;
mod home;
mod payer;
mod play;
mod terminal;

use libtest_mimic::Arguments;

fn main() {
    if let Ok(part) = std::env::var("TEST_PART") {
        return play::play(&part);
    }
    let arguments = Arguments::from_args();
    let cases = cases::all().filter(|case| !case.is_part).map(|case| case.trial());
    let trials = cases.chain(cases::trials()).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

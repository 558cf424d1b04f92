//! Attacks of real processes on a real home, each first without strict, where it must succeed, and then under it, where
//! it must not; what must go on working; and what is refused. Run as root, the tests become another user first.
//!
//! A program that confines itself can't go on as a test, so this one is also the program that is confined
//! (`confined PROGRAM…`) and the one that attacks where a shell can't (`raw ATTACK…`).

mod boundary;
mod calls;
mod confined;
mod files;
mod ordinary;
mod raw;
mod refusals;
mod root;
mod syscall;
mod world;

use std::{env, ffi::OsString, process::ExitCode};

use libtest_mimic::{Arguments, Trial};
use world::ignored;

pub(crate) fn main() -> ExitCode {
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    match words.first().and_then(|word| word.to_str()) {
        Some("confined") => return confined::run(&words[1..]),
        Some("raw") => return raw::run(&words[1..]),
        Some("attacks-from-root") => return root::descend(&words[1..]),
        _ => {}
    }
    let arguments = Arguments::from_args();
    if rustix::process::geteuid().is_root() {
        return root::run(&arguments, &words);
    }
    let mut trials = refusals::trials();
    let availability = leash_strict::available();
    if let Some(refusal) = availability.refusal() {
        trials.extend(refusals::of_this_machine());
        let lacks = format!("needs a kernel with Landlock and seccomp: {refusal}");
        trials.extend(confined_trials().iter().map(|trial| ignored(trial.name().to_owned(), lacks.clone())));
    } else {
        trials.extend(confined_trials());
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Those that confine something.
fn confined_trials() -> Vec<Trial> {
    [files::trials(), calls::trials(), ordinary::trials(), boundary::trials()].into_iter().flatten().collect()
}

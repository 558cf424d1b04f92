//! The project's chores as commands: `cargo xtask NAME`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "speaking is what these are for")]

mod attacks;
mod bench;
mod demo;
mod fresh;
mod home;
mod interop;
mod licences;
mod needs;
mod run;
mod tests;
mod tidy;

use std::{env, process::ExitCode};

type Task = fn(&[String]) -> Result<(), String>;

const TASKS: [(&str, &str, Task); 9] = [
    ("demo", "the main job from end to end, on a sandbox in a temporary home", demo::run),
    ("test", "all tests; what follows goes to `cargo test`", tests::run),
    ("packages", "the Debian packages that some test needs and that aren't installed", needs::packages),
    ("attacks", "plugins that are out for the key, and the table of what came of it", attacks::run),
    ("fresh", "the README's two commands on a bare Debian, as an ordinary user and as root", fresh::run),
    ("interop", "leash against public software on the sandbox's chain: who pays whom", interop::run),
    ("bench", "timings, side by side with what they are measured against", bench::run),
    ("tidy", "whether documents and code agree; `--write` writes the table of dependencies", tidy::run),
    ("licences", "whether every dependency has a licence that deny.toml allows", licences::run),
];

fn main() -> ExitCode {
    let mut words = env::args().skip(1);
    let name = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    let Some((_, _, task)) = TASKS.iter().find(|(known, _, _)| *known == name) else {
        eprintln!("usage: cargo xtask NAME");
        for (name, what, _) in TASKS {
            eprintln!("  {name:<10} {what}");
        }
        return ExitCode::from(2);
    };
    match task(&rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

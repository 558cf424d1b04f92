//! `cargo xtask bench`: what leash costs, beside what it is measured against, in one run. Machines differ and are
//! noisy, so only the ratios mean something; instructions and system calls repeat.

mod case;
mod count;
mod home;
mod target;

use std::{
    env, fs,
    path::PathBuf,
    process,
    time::{Duration, Instant},
};

use crate::run;
use home::Home;

const ROUNDS: usize = 300;

pub(crate) fn run(words: &[String]) -> Result<(), String> {
    let mut words = words.iter();
    let (mut check, mut rounds) = (false, ROUNDS);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--check" => check = true,
            "--rounds" => {
                let number = words.next().and_then(|number| number.parse().ok()).filter(|number| *number > 0);
                rounds = number.ok_or("`--rounds` needs a number")?;
            }
            other => return Err(format!("`{other}` is neither `--check` nor `--rounds N`")),
        }
    }
    run::check(run::cargo().args(["build", "--release", "-p", "leash", "-p", "leash-builtin"]))?;
    let leash = run::target_dir().join("release/leash");
    let scratch = scratch()?;
    let result = Home::make(&scratch, &leash).and_then(|home| measure(&home, rounds));
    let _ = fs::remove_dir_all(&scratch);
    if !result? && check {
        // As leash itself says that a check came out negative.
        process::exit(3);
    }
    Ok(())
}

/// Prints it all, and says whether all targets are met.
fn measure(home: &Home, rounds: usize) -> Result<bool, String> {
    let cases = case::all(home);
    for case in &cases {
        case.try_once()?;
    }
    let mut times = vec![Vec::with_capacity(rounds); cases.len()];
    // Turn by turn, so that whatever else the machine does falls on all alike.
    for _ in 0..rounds {
        for (case, times) in cases.iter().zip(&mut times) {
            let mut command = case.command();
            let begun = Instant::now();
            command.status().map_err(|error| format!("cannot run {}: {error}", case.name))?;
            times.push(begun.elapsed());
        }
    }
    let medians: Vec<Duration> = times.into_iter().map(median).collect();
    let counter = count::Counter::find();
    println!("median of {rounds} interleaved runs; system calls and instructions of one ({})", counter.how());
    println!("{:<34} {:>8} {:>7} {:>7} {:>13}", "", "µs", "ratio", "calls", "instructions");
    for (case, median) in cases.iter().zip(&medians) {
        println!(
            "{:<34} {:>8} {:>7} {:>7} {:>13}",
            case.name,
            median.as_micros(),
            target::ratio(*median, medians[0]),
            shown(counter.calls(case)),
            shown(counter.instructions(case)),
        );
    }
    let find = |name: &str| cases.iter().position(|case| case.name == name).map(|at| medians[at]);
    Ok(target::report(find))
}

fn shown(number: Option<u64>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| number.to_string())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// A directory for this run alone, in which leash finds nothing to object to.
fn scratch() -> Result<PathBuf, String> {
    use std::os::unix::fs::DirBuilderExt as _;
    let dir = env::temp_dir().join(format!("leash-bench-{}", process::id()));
    let made = fs::DirBuilder::new().mode(0o700).create(&dir);
    made.map(|()| dir).map_err(|error| error.to_string())
}

//! `cargo xtask bench`: how long leash takes, beside what it is measured against, in one run. Machines
//! differ and are noisy, so only the ratios mean something.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::run;

const ROUNDS: usize = 400;

pub(crate) fn run(_: &[String]) -> Result<(), String> {
    run::check(run::cargo().args(["build", "--release", "--workspace"]))?;
    let release = run::target_dir().join("release");
    let scratch = env::temp_dir().join(format!("leash-bench-{}", std::process::id()));
    fs::create_dir(&scratch).map_err(|error| error.to_string())?;
    let result = compare(&release, &scratch);
    let _ = fs::remove_dir_all(&scratch);
    result
}

fn compare(release: &Path, scratch: &Path) -> Result<(), String> {
    let hello = build_hello(scratch)?;
    let leash = release.join("leash");
    let plugin = scratch.join("bin");
    fs::create_dir(&plugin).map_err(|error| error.to_string())?;
    fs::copy(&hello, plugin.join("leash-hello")).map_err(|error| error.to_string())?;
    let path = format!("{}:{}", plugin.display(), env::var("PATH").unwrap_or_default());
    let command = |program: &Path, words: &[&str]| {
        let mut command = Command::new(program);
        command
            .args(words)
            .env("PATH", &path)
            .env("HOME", scratch)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    };
    let mut cases = [
        ("hello world (Rust)", command(&hello, &[])),
        ("leash -v", command(&leash, &["-v"])),
        ("leash --list", command(&leash, &["--list"])),
        ("leash hello (a plugin)", command(&leash, &["hello"])),
    ];
    let mut times = vec![Vec::with_capacity(ROUNDS); cases.len()];
    // Turn by turn, so that whatever else the machine does falls on all alike.
    for _ in 0..ROUNDS {
        for ((_, command), times) in cases.iter_mut().zip(&mut times) {
            let begun = Instant::now();
            command.status().map_err(|error| error.to_string())?;
            times.push(begun.elapsed());
        }
    }
    let medians: Vec<Duration> = times.into_iter().map(median).collect();
    println!("median of {ROUNDS} runs, and how many times that of the first");
    for ((name, _), median) in cases.iter().zip(&medians) {
        let ratio = median.as_nanos() * 100 / medians[0].as_nanos().max(1);
        println!("  {name:<24} {:>6} µs  {}.{:02}", median.as_micros(), ratio / 100, ratio % 100);
    }
    Ok(())
}

/// A bare program, built with the flags of the release profile.
fn build_hello(scratch: &Path) -> Result<PathBuf, String> {
    let source = scratch.join("hello.rs");
    let program = scratch.join("hello");
    fs::write(&source, "fn main() { println!(\"hello\"); }\n").map_err(|error| error.to_string())?;
    let flags = ["-C", "opt-level=3", "-C", "lto=thin", "-C", "codegen-units=4", "-C", "strip=symbols", "-o"];
    run::check(Command::new("rustc").args(["--edition", "2024"]).args(flags).arg(&program).arg(&source))?;
    Ok(program)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

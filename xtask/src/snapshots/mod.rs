//! `cargo xtask snapshots`: runs the tests that compare what leash prints with snapshots, shows each difference, and asks
//! whether to accept it.

mod difference;
mod inline;
mod pending;

use std::{
    fs,
    io::{BufRead as _, Write as _},
    path::{Path, PathBuf},
};

use crate::run;

const USAGE: &str = "usage: cargo xtask snapshots [--accept | --check]";

/// What is done with the differences.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Each is shown and asked about.
    Ask,
    /// All are accepted.
    Accept,
    /// One is a failure.
    Check,
}

pub(crate) fn run(words: &[String]) -> Result<(), String> {
    let mode = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Mode::Ask,
        ["--accept"] => Mode::Accept,
        ["--check"] => Mode::Check,
        _ => return Err(USAGE.to_owned()),
    };
    let tests = run::root().join("tests");
    let referenced = test(&tests)?;
    let found = pending::all(&tests)?;
    let mut unused = pending::snapshots(&tests);
    unused.retain(|path| !referenced.contains(path));
    let mut left = 0;
    let mut inline = Vec::new();
    for pending in found {
        println!("\n{}", pending.name());
        print!("{}", difference::of(&pending.old, &pending.new));
        match answer(mode, "accept")? {
            Answer::Yes if pending.line.is_some() => inline.push(pending),
            Answer::Yes => pending.accept()?,
            Answer::No => pending.reject()?,
            Answer::Later => left += 1,
        }
    }
    // Those of one file at once: accepting one moves the lines of the others.
    inline::accept(inline)?;
    for path in unused {
        println!("\n{} belongs to no test", path.display());
        match answer(mode, "delete")? {
            Answer::Yes => fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?,
            Answer::No => {}
            Answer::Later => left += 1,
        }
    }
    match left {
        0 => Ok(()),
        1 => Err("1 snapshot is to be reviewed: `cargo xtask snapshots`".to_owned()),
        left => Err(format!("{left} snapshots are to be reviewed: `cargo xtask snapshots`")),
    }
}

/// Runs the tests, which leave a file beside each snapshot that differs; the snapshots that they looked at.
fn test(tests: &Path) -> Result<Vec<PathBuf>, String> {
    for path in pending::files(tests) {
        fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let references = run::target_dir().join("snapshot-references");
    let _ = fs::remove_file(&references);
    let programs = run::build()?;
    let mut cargo = run::cargo_for_tests();
    cargo.args(["test", "--quiet", "-p", "leash-tests", "--test", "suite", "--"]).args(modules(tests));
    cargo.env("LEASH_BIN_DIR", programs);
    cargo.env("INSTA_UPDATE", "new").env("INSTA_FORCE_PASS", "1").env("INSTA_OUTPUT", "none");
    run::check(cargo.env("INSTA_SNAPSHOT_REFERENCES_FILE", &references))?;
    let listed = fs::read_to_string(&references).unwrap_or_default();
    let looked_at: Vec<PathBuf> =
        listed.lines().filter_map(|line| Path::new(line).canonicalize().ok()).collect();
    if looked_at.is_empty() { Err("no test looked at a snapshot".to_owned()) } else { Ok(looked_at) }
}

/// The modules of the suite in which something is compared with a snapshot.
fn modules(tests: &Path) -> Vec<String> {
    let suite = tests.join("suite");
    let mut modules: Vec<String> = pending::below(&suite)
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| fs::read_to_string(path).is_ok_and(|text| text.contains("assert_snapshot!(")))
        .filter_map(|path| Path::new(path.strip_prefix(&suite).ok()?.iter().next()?).file_stem())
        .map(|name| format!("{}::", name.to_string_lossy()))
        .collect();
    modules.sort();
    modules.dedup();
    modules
}

enum Answer {
    Yes,
    No,
    Later,
}

/// What is to be done with one.
fn answer(mode: Mode, verb: &str) -> Result<Answer, String> {
    match mode {
        Mode::Accept => return Ok(Answer::Yes),
        Mode::Check => return Ok(Answer::Later),
        Mode::Ask => {}
    }
    loop {
        print!("{verb}? [y]es, [n]o, [l]ater: ");
        let mut line = String::new();
        let count = std::io::stdout().flush().and_then(|()| std::io::stdin().lock().read_line(&mut line));
        match (count.map_err(|error| error.to_string())?, line.trim()) {
            (0, _) | (_, "l" | "later") => return Ok(Answer::Later),
            (_, "y" | "yes") => return Ok(Answer::Yes),
            (_, "n" | "no") => return Ok(Answer::No),
            _ => {}
        }
    }
}

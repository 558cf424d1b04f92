//! `cargo xtask test`: every test, against programs that were just built.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
};

use crate::{needs, run};

/// Makes a test that was ignored for want of a package a failure.
const STRICT: &str = "--require-packages";

pub(crate) fn run(rest: &[String]) -> Result<(), String> {
    let programs = run::build()?;
    let mut cargo = run::cargo_for_tests();
    cargo.args(["test", "--workspace"]).args(rest.iter().filter(|word| *word != STRICT));
    let (missing, list) = needs::missing(&programs);
    cargo.env(missing, list).env("LEASH_BIN_DIR", programs);
    let mut ignored = Ignored::default();
    let tested = watched(&mut cargo, |line| ignored.read(line));
    ignored.print();
    tested?;
    if rest.iter().any(|word| word == STRICT) && !ignored.packages.is_empty() {
        return Err("tests were ignored for want of packages".to_owned());
    }
    Ok(())
}

/// Runs a command, which must succeed, and shows each line of its stdout to `read` on its way out.
fn watched(command: &mut Command, mut read: impl FnMut(&str)) -> Result<(), String> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start {command:?}: {error}"))?;
    let mut lines = child.stdout.take().map(BufReader::new).ok_or("no stdout")?;
    let (mut line, mut stdout) = (Vec::new(), std::io::stdout());
    while lines.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
        let _ = stdout.write_all(&line).and_then(|()| stdout.flush());
        read(&String::from_utf8_lossy(&line));
        line.clear();
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}")) }
}

/// The tests that this machine couldn't run.
#[derive(Default)]
struct Ignored {
    /// Each reason, and how often it was given.
    reasons: Vec<(String, usize)>,
    packages: Vec<String>,
}

impl Ignored {
    /// Reads a test runner's line: libtest's `test NAME ... ignored, needs WHAT`, or `ignored (needs WHAT)`, which is
    /// libtest-mimic's.
    fn read(&mut self, line: &str) {
        let Some((_, rest)) = line.trim_end().split_once(" ... ignored") else { return };
        let bracketed = || rest.strip_prefix(" (needs ")?.strip_suffix(')');
        let Some(reason) = rest.strip_prefix(", needs ").or_else(bracketed) else { return };
        match self.reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, count)) => *count += 1,
            None => self.reasons.push((reason.to_owned(), 1)),
        }
        let package = reason.split_once("(Debian package: ").and_then(|(_, rest)| rest.split_once(')'));
        if let Some((package, _)) = package
            && !self.packages.iter().any(|known| known == package)
        {
            self.packages.push(package.to_owned());
        }
    }

    fn print(&self) {
        if self.reasons.is_empty() {
            return;
        }
        println!("\nignored, since this machine lacks what they need:");
        for (reason, count) in &self.reasons {
            println!("{count:>5} {}  {reason}", if *count == 1 { "test " } else { "tests" });
        }
        if !self.packages.is_empty() {
            println!("to run more of them: apt-get install {}", self.packages.join(" "));
        }
    }
}

#[cfg(test)]
mod reading {
    use super::Ignored;

    #[test]
    fn what_was_ignored_is_counted_by_reason() {
        let mut ignored = Ignored::default();
        for line in [
            "test a ... ignored, needs python3 (Debian package: python3)\n",
            "test b ... ok\n",
            "test c ... ignored, takes minutes\n",
            "test d   ... ignored (needs root)\n",
            "test e ... ignored (needs python3 (Debian package: python3))\n",
        ] {
            ignored.read(line);
        }
        let reasons = [("python3 (Debian package: python3)".to_owned(), 2), ("root".to_owned(), 1)];
        assert_eq!(ignored.reasons, reasons);
        assert_eq!(ignored.packages, ["python3"]);
    }
}

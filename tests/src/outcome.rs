//! What came of a run.

use std::{fmt, os::unix::process::ExitStatusExt as _, process::Output};

use serde_json::Value;

use crate::Printed;

/// How a program ended, and what it said.
pub struct Outcome {
    command: String,
    /// Its status; 128 and the signal's number where one ended it.
    pub status: i32,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Outcome {
    pub(crate) fn new(command: String, output: Output) -> Self {
        let status = output.status.code().unwrap_or_else(|| 128 + output.status.signal().unwrap_or(0));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Self { command, status, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The document on stdout.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A failure has its status, one `error:` line and one `hint:` line on stderr, and says nothing on stdout
    /// but a document under `--json`.
    pub fn assert_failure(&self, status: i32) {
        assert_eq!(self.status, status, "{self:?}");
        let lines = |label: &str| self.stderr.lines().filter(|line| line.starts_with(label)).count();
        assert_eq!((lines("error: "), lines("hint: ")), (1, 1), "{self:?}");
        if !self.stdout.is_empty() {
            let document = self.json();
            assert_eq!(document["status"], "error", "{self:?}");
            for field in ["kind", "code", "message", "hint"] {
                assert!(document[field].is_string(), "{field}: {self:?}");
            }
        }
    }

    /// The commands that it printed for somebody to type.
    #[must_use]
    pub fn printed(&self) -> Vec<Printed> {
        let mut printed = Printed::all(&self.stderr);
        printed.extend(Printed::all_of_output(&self.stdout));
        printed
    }

    /// The first printed command in which a text stands.
    #[must_use]
    pub fn printed_with(&self, text: &str) -> Printed {
        let printed = self.printed();
        let found = printed.into_iter().find(|printed| printed.0.contains(text));
        found.unwrap_or_else(|| panic!("no command with `{text}`: {self:?}"))
    }

    /// Every command that acts for an agent names this one. All runs of the suite in which an agent was named are asked this.
    pub fn assert_repeats(&self, agent: &str) {
        for printed in self.printed().iter().filter(|printed| printed.is_for_agent()) {
            assert_eq!(printed.agent(), Some(agent), "`{}` acts for another agent: {self:?}", printed.0);
        }
    }

    /// That a text is on stderr.
    pub fn assert_says(&self, text: &str) {
        assert!(self.stderr.contains(text), "`{text}` is missing: {self:?}");
    }

    /// That a text is nowhere.
    pub fn assert_silent_about(&self, text: &str) {
        assert!(!self.stderr.contains(text) && !self.stdout.contains(text), "`{text}` is there: {self:?}");
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\nstatus {}", self.command, self.status)?;
        writeln!(f, "--- stdout\n{}--- stderr\n{}---", self.stdout, self.stderr)
    }
}

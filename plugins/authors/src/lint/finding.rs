//! One thing that is wrong, and where.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// leash won't take the plugin so, or its users shouldn't.
    Error,
    /// It works, and could do so better.
    Warning,
}

/// It.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) level: Level,
    /// A name in snake case that stays.
    pub(super) rule: &'static str,
    pub(super) file: PathBuf,
    pub(super) line: Option<usize>,
    pub(super) what: String,
    pub(super) hint: String,
}

impl Finding {
    pub(super) fn json(&self) -> Value {
        json!({
            "level": match self.level { Level::Error => "error", Level::Warning => "warning" },
            "rule": self.rule, "file": self.file, "line": self.line, "message": self.what, "hint": self.hint,
        })
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn error(
        &mut self,
        rule: &'static str,
        at: (&Path, Option<usize>),
        what: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push(Level::Error, rule, at, what.into(), hint.into());
    }

    pub(super) fn warn(
        &mut self,
        rule: &'static str,
        at: (&Path, Option<usize>),
        what: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push(Level::Warning, rule, at, what.into(), hint.into());
    }

    fn push(
        &mut self,
        level: Level,
        rule: &'static str,
        (file, line): (&Path, Option<usize>),
        what: String,
        hint: String,
    ) {
        self.0.push(Finding { level, rule, file: file.to_owned(), line, what, hint });
    }

    /// How many there are so far.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Errors first, then by file and line.
    pub(super) fn sorted(mut self) -> Vec<Finding> {
        self.0.sort_by(|a, b| (a.level, &a.file, a.line).cmp(&(b.level, &b.file, b.line)));
        self.0.dedup();
        self.0
    }
}

//! Whether a log is as it was written.

use leash_output::Error;

use crate::{AuditKey, MAX_LINE, line, lines::Raw};

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many lines are whole, true and in their place; up to the first bad one, if there is one.
    pub count: u64,
    /// The code of the last of them; none in an empty log. With the count it shows whether an earlier log is a
    /// part of this one.
    pub head: Option<String>,
    /// How many lines are what remains of a write that was cut off. They say nothing and were passed over.
    pub torn: u64,
    /// Whether the last line is such a rest.
    pub torn_tail: bool,
    /// The first line that somebody changed, added, moved or took away the predecessor of.
    pub first_bad: Option<Bad>,
}

/// A line that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// Which line it is, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: &'static str,
}

pub(crate) fn verify(mut raw: Raw, key: &AuditKey) -> Result<Report, Error> {
    let mut report = Report { count: 0, head: None, torn: 0, torn_tail: false, first_bad: None };
    while raw.next()? {
        report.torn_tail = false;
        let whole = if raw.line.len() > MAX_LINE { None } else { line::Whole::read(&raw.line) };
        let Some(whole) = whole else {
            report.torn += 1;
            report.torn_tail = true;
            continue;
        };
        let why = if !whole.is_true(key) {
            "its code is wrong: it was changed, or written with another key"
        } else if whole.prev != report.head.as_deref().unwrap_or(line::START) {
            "it doesn't follow the line before it: a line was taken out, added or moved"
        } else {
            report.count += 1;
            report.head = Some(whole.code.to_owned());
            continue;
        };
        report.first_bad = Some(Bad { line: raw.number, why });
        break;
    }
    Ok(report)
}

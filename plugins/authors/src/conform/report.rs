//! The table of cases, and what to do about those that failed.

use std::time::Duration;

use leash_command::Host;
use leash_output::{Error, escape};
use serde_json::json;

use super::{
    bench::Bench,
    cases::{CASES, Case},
    judge::{Outcome, Verdict},
};

/// What came of one case.
pub(super) struct Row {
    pub(super) case: &'static Case,
    pub(super) verdict: Verdict,
    pub(super) took: Duration,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Pass => "ok",
            Self::Warning => "warning",
            Self::Fail => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// `--list`.
pub(super) fn list(host: &Host) -> Result<(), Error> {
    let items: Vec<_> = CASES.iter().map(|case| json!({ "case": case.name, "what": case.what })).collect();
    let document =
        json!({ "kind": "plugin_test_cases", "status": "ok", "count": items.len(), "items": items });
    host.out.result(&document, || {
        let line = |case: &Case| format!("{:<16} {}", case.name, case.what);
        CASES.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

/// The outcome, and the exit status.
pub(super) fn show(host: &Host, bench: &Bench, rows: &[Row]) -> Result<(), Error> {
    let count = |outcome| rows.iter().filter(|row| row.verdict.outcome == outcome).count();
    let failed = count(Outcome::Fail);
    let items: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "case": row.case.name, "what": row.case.what, "outcome": row.verdict.outcome.word(),
                "why": row.verdict.why, "hint": row.verdict.hint,
                "milliseconds": u64::try_from(row.took.as_millis()).unwrap_or(u64::MAX),
            })
        })
        .collect();
    let counts = [Outcome::Pass, Outcome::Warning, Outcome::Fail, Outcome::Skipped].map(count);
    let document = json!({
        "kind": "plugin_test", "status": if failed == 0 { "ok" } else { "failed" },
        "name": bench.subject.name, "executable": bench.subject.executable, "manifest": bench.subject.manifest,
        "passed": counts[0], "warnings": counts[1], "failed": counts[2], "skipped": counts[3], "items": items,
    });
    host.out.result(&document, || {
        let mut lines: Vec<_> = rows.iter().flat_map(|row| line(host, row)).collect();
        lines.push(format!(
            "ok: {}, warnings: {}, failed: {}, skipped: {}",
            counts[0], counts[1], counts[2], counts[3]
        ));
        lines.join("\n")
    })?;
    if failed == 0 { Ok(()) } else { Err(Error::reported_negative()) }
}

fn line(host: &Host, row: &Row) -> Vec<String> {
    let palette = host.out.palette();
    let outcome = row.verdict.outcome;
    let word = format!("{:<7}", outcome.word());
    let word = match outcome {
        Outcome::Pass => palette.good(&word),
        Outcome::Warning => palette.warn(&word),
        Outcome::Fail => palette.bad(&word),
        Outcome::Skipped => palette.dim(&word),
    };
    let mut lines = vec![format!("{word} {:<14} {}", row.case.name, escape(&row.verdict.why))];
    if let Some(hint) = &row.verdict.hint {
        lines.push(format!("        {:<14} {}", "", palette.dim(row.case.what)));
        lines.push(format!("        {:<14} {} {}", "", palette.strong("hint:"), escape(hint)));
    }
    lines
}

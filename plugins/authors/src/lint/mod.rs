//! `leash plugin lint`: what is wrong with a plugin before anybody runs it.

mod commands;
mod file;
mod finding;
mod manifest;
mod payments;
mod scopes;

use std::ffi::OsString;

use leash_command::Host;
use leash_files::Paths;
use leash_output::{Error, escape};
use serde_json::json;

use crate::subject::Subject;
use finding::{Findings, Level};

/// What is to be looked at.
#[derive(Debug, clap::Args)]
pub struct LintArgs {
    /// A plugin's folder, executable or manifest, or the name of one on PATH
    #[arg(value_name = "PATH|NAME", default_value = ".")]
    plugin: OsString,
}

/// Looks at it.
///
/// # Errors
/// [`leash_output::Kind::ReportedNegative`] where there are errors in it; else where there is no such plugin.
pub fn run(host: &Host, args: &LintArgs) -> Result<(), Error> {
    let subject = Subject::find(host, &args.plugin)?;
    let mut findings = Findings::default();
    let manifest = manifest::look(host, &subject, &mut findings)?;
    file::look(&subject, manifest.as_ref(), &mut findings);
    let findings = findings.sorted();
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    let items: Vec<_> = findings.iter().map(finding::Finding::json).collect();
    let document = json!({
        "kind": "plugin_lint", "status": if errors == 0 { "ok" } else { "failed" }, "name": subject.name,
        "executable": subject.executable, "manifest": subject.manifest,
        "errors": errors, "warnings": warnings, "items": items,
    });
    host.out.result(&document, || {
        let palette = host.out.palette();
        let mut lines = Vec::new();
        for finding in &findings {
            let label = match finding.level {
                Level::Error => palette.bad("error:"),
                Level::Warning => palette.warn("warning:"),
            };
            let place = finding.line.map_or_else(String::new, |line| format!(":{line}"));
            lines.push(format!(
                "{label} {}{place}: {}",
                escape(&Paths::display(&finding.file).to_string()),
                escape(&finding.what)
            ));
            lines.push(format!("  {} {}", palette.dim("hint:"), escape(&finding.hint)));
        }
        lines.push(match (errors, warnings) {
            (0, 0) => format!("`{}` is as it should be", escape(&subject.name)),
            (errors, warnings) => format!("errors: {errors}, warnings: {warnings}"),
        });
        lines.join("\n")
    })?;
    if errors == 0 { Ok(()) } else { Err(Error::reported_negative()) }
}

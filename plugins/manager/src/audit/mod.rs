//! `leash audit`: what plugins had signed, and what they were refused.

use clap::{ArgMatches, Command, FromArgMatches as _, Subcommand};
use leash_audit::{AuditKey, Bad, Entry, Log};
use leash_command::{Builtin, Host};
use leash_identity::Identity;
use leash_output::{Error, Kind, count, escape};
use leash_protocol::commands::Outline;
use serde_json::json;

/// The built-in.
pub struct Audit;

#[derive(Subcommand)]
enum Sub {
    /// Show what was signed for plugins, and what was refused, oldest first
    Show {
        /// Only this plugin's
        #[arg(long, value_name = "NAME")]
        plugin: Option<String>,
        /// Only the last N
        #[arg(long, value_name = "N")]
        last: Option<usize>,
    },
    /// Check that no line was changed, added, moved or taken out
    Verify,
}

impl Builtin for Audit {
    fn outline(&self) -> &'static Outline {
        &leash_protocol::commands::AUDIT
    }

    fn command(&self) -> Command {
        Sub::augment_subcommands(Command::new("audit").subcommand_required(true).arg_required_else_help(true))
            .after_help("Examples:\n  leash audit show --last 20\n  leash audit verify")
    }

    fn document(&self, subcommand: Option<&str>) -> &'static str {
        if subcommand == Some("verify") { "audit_verify" } else { "audit" }
    }

    fn manages_identity(&self, _: Option<&str>) -> bool {
        true
    }

    fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error> {
        let mut identity = host.identity()?;
        let log = Log::new(&host.paths()?.data.join("audit"), &identity.executive.public());
        match Sub::from_arg_matches(matches).map_err(|error| Error::usage(error.to_string()))? {
            Sub::Show { plugin, last } => show(host, &log, plugin.as_deref(), last),
            Sub::Verify => {
                // The log's key is made from the agent's.
                host.unlock(&mut identity)?;
                verify(host, &log, &identity)
            }
        }
    }
}

fn show(host: &Host, log: &Log, plugin: Option<&str>, last: Option<usize>) -> Result<(), Error> {
    let mut entries = Vec::new();
    let mut torn = 0;
    for line in log.read()? {
        match line?.entry {
            Some(entry) if plugin.is_none_or(|plugin| plugin == entry.plugin) => entries.push(entry),
            Some(_) => {}
            None => torn += 1,
        }
    }
    let shown = last.map_or(0, |last| entries.len().saturating_sub(last));
    let entries = entries.split_off(shown);
    if torn > 0 {
        host.out.warn(&format!("lines passed over because they are torn: {torn}"));
    }
    let document = json!({
        "kind": "audit", "status": "ok", "count": entries.len(), "torn": torn, "items": entries,
    });
    host.out.result(&document, || {
        if entries.is_empty() {
            return "nothing was asked of a signer yet".to_owned();
        }
        entries.iter().map(text).collect::<Vec<_>>().join("\n")
    })
}

fn text(entry: &Entry) -> String {
    let paid = entry.pay.as_ref().map_or_else(String::new, |pay| {
        let gross = pay.gross.as_ref().map_or_else(String::new, |gross| format!(" ${gross}"));
        let reason = pay.reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
        format!("pay{gross}{reason} ")
    });
    let line = format!(
        "{}  {:<14} {:<14} {paid}{} {}",
        entry.time, entry.decision, entry.plugin, entry.method, entry.path
    );
    escape(&line).into_owned()
}

fn verify(host: &Host, log: &Log, identity: &Identity) -> Result<(), Error> {
    let report = log.verify(&AuditKey::of(identity.executive.open()?))?;
    if let Some(Bad { line, why }) = report.first_bad {
        let shown = leash_files::Paths::display(log.path());
        return Err(Error::new(
            Kind::Negative,
            "audit_broken",
            format!("line {line} of `{shown}` is not as it was written: {why}"),
        )
        .hint(format!(
            "before it there are {} as they were written; look at the file, and keep a copy of it",
            count(report.count, "line")
        )));
    }
    if report.torn > 0 {
        host.out.note(&format!("lines passed over because a write was cut off: {}", report.torn));
    }
    let document = json!({
        "kind": "audit_verify", "status": "ok", "count": report.count, "head": report.head,
        "torn": report.torn, "torn_tail": report.torn_tail,
    });
    host.out.result(&document, || {
        let head = report.head.as_deref().unwrap_or("none");
        format!(
            "count {}\nhead  {head}\nall lines are as they were written; lines cut off at the end show only against an \
             earlier count and head",
            report.count
        )
    })
}

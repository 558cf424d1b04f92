//! What installing did, or would do: for people and for programs. The texts are strangers' and are escaped.

use std::fmt::Write as _;

use leash_files::Paths;
use leash_install::{Action, Plan, Standing};
use leash_output::{command, escape};
use serde_json::{Value, json};

/// In lines.
pub(super) fn text(plan: &Plan, dry: bool) -> String {
    let Plan { name, version, .. } = plan;
    let old = plan.old_version.as_deref().unwrap_or("?");
    let done = |done: &str, would: &str| if dry { format!("would {would}") } else { done.to_owned() };
    let first = match plan.action {
        Action::Install => format!("{} `{name}` {version}", done("installed", "install")),
        Action::Update => format!("{} `{name}` from {old} to {version}", done("updated", "update")),
        Action::Downgrade => format!("{} `{name}` back from {old} to {version}", done("took", "take")),
        Action::Reinstall => format!("{} `{name}` {version} again", done("installed", "install")),
        Action::Mend => {
            format!("{} `{name}` {version}, which was not as it had been installed", done("mended", "mend"))
        }
        Action::Unchanged => format!("`{name}` {version} is installed already"),
    };
    let mut text = format!("{}\n", escape(&first));
    if !plan.changes_something() {
        return text;
    }
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(text, "  {:<10} {}", label, escape(value));
    };
    if !plan.summary.is_empty() {
        line("summary:", &plan.summary);
    }
    line("from:", &format!("{} {}", plan.source, plan.location));
    line("archive:", &plan.sha256.to_string());
    match plan.publisher {
        Standing::Unsigned => line("publisher:", "none; nobody signed it"),
        Standing::Known(key) => line("publisher:", &format!("{key}, as before")),
        Standing::First(key) => {
            line(
                "publisher:",
                &format!("{key}, seen for the first time; no other will be taken for `{name}`"),
            );
        }
        Standing::Accepted(key) => line("publisher:", &format!("{key}, in the place of the one before")),
    }
    line("directory:", &Paths::display(&plan.path));
    if let Some(digest) = plan.digest {
        line("digest:", &digest.to_string());
    }
    if plan.pinned {
        line("pinned:", "updates leave it as it is");
    }
    let (gained, lost) = differences(plan);
    match &plan.asked {
        None if plan.asks.is_empty() => line("asks for:", "nothing"),
        None => plan.asks.iter().for_each(|ask| line("asks for:", ask)),
        Some(_) if gained.is_empty() && lost.is_empty() => line("asks for:", "what it asked for before"),
        Some(_) => {
            gained.iter().for_each(|ask| line("now asks:", ask));
            lost.iter().for_each(|ask| line("no more:", ask));
        }
    }
    text
}

/// What comes after that: notes, one each.
pub(super) fn notes(plan: &Plan, dry: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if !plan.changes_something() {
        return notes;
    }
    if !plan.unknown_keys.is_empty() {
        notes.push(format!(
            "its manifest has keys that this leash doesn't know: {}",
            plan.unknown_keys.join(", ")
        ));
    }
    let trust = command(&format!("plugin trust {}", plan.name));
    if plan.ends_grant && dry {
        notes.push(format!(
            "`{0}` would be another than you trusted, and nothing signed for it until `{trust}`",
            plan.name
        ));
    } else if plan.ends_grant {
        notes.push(format!(
            "`{0}` is another than you trusted, so nothing is signed for it; to look and trust it again: `{trust}`",
            plan.name
        ));
    } else if plan.action == Action::Install && !plan.asks.is_empty() {
        notes.push(format!("nothing is signed for it until you say so: `{trust}`"));
    }
    notes
}

/// For a program.
pub(super) fn json(plan: &Plan, dry: bool) -> Value {
    let (gained, lost) = differences(plan);
    json!({
        "name": plan.name, "action": plan.action, "dry_run": dry, "version": plan.version,
        "old_version": plan.old_version, "summary": plan.summary, "source": plan.source, "location": plan.location,
        "sha256": plan.sha256, "digest": plan.digest, "platform": plan.platform, "pinned": plan.pinned,
        "path": plan.path.to_string_lossy(), "publisher": plan.publisher.key(),
        "publisher_is": match plan.publisher {
            Standing::Unsigned => "nobody",
            Standing::Known(_) => "known",
            Standing::First(_) => "new",
            Standing::Accepted(_) => "changed",
        },
        "asks": plan.asks, "asks_now": gained, "asks_no_more": lost, "ends_grant": plan.ends_grant,
    })
}

fn differences(plan: &Plan) -> (Vec<&String>, Vec<&String>) {
    let Some(asked) = &plan.asked else { return (Vec::new(), Vec::new()) };
    (
        plan.asks.iter().filter(|ask| !asked.contains(ask)).collect(),
        asked.iter().filter(|ask| !plan.asks.contains(ask)).collect(),
    )
}

//! `leash policy set`: rules from a file, shown against those that hold, and asked about where they loosen them.

use std::{
    fs::File,
    io::{self, Read as _},
    path::PathBuf,
};

use leash_command::Host;
use leash_files::Paths;
use leash_output::{Error, Kind, can_ask, confirm, escape};
use leash_policy::{Effective, Limits, Name, Rules, Usd};
use serde_json::json;

use crate::desk::agent;

/// Rules are a page of text.
const MAX_BYTES: u64 = 256 * 1024;

/// The least that is valid; it says what holds without a policy.
const EXAMPLE: &str = r#"A file of rules:
  {
    "v": "0.1",
    "budget": { "daily": "10", "perCall": "1", "currency": "USDC" },
    "hosts": {},
    "triggers": []
  }
"hosts" may hold "allow" and "deny", lists of hosts: { "deny": ["evil.example"] }.

Examples:
  leash policy set --file rules.json
  leash policy set --file rules.json --yes    # without asking, though it loosens the policy"#;

#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {
    /// The file with the rules; `-` is stdin
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
}

/// One difference between two policies.
struct Change {
    what: &'static str,
    from: String,
    to: String,
    loosens: bool,
}

pub(crate) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let rules = Rules::parse(&read(args)?).map_err(|error| of_file(args, &error))?;
    let identity = agent(host)?;
    let dir = leash_policy::dir(host.paths()?, &identity.mint);
    // A policy that can't be read can be replaced; what it allowed isn't known, so any other may loosen it.
    let (old, unreadable) = match leash_policy::read(&dir) {
        Ok(old) => (old, false),
        Err(error) if error.is(leash_policy::BAD_POLICY) => {
            host.out.warn(error.message());
            (None, true)
        }
        Err(error) => return Err(error),
    };
    // Without a policy the defaults hold; what the environment says holds before and after.
    let before = Effective::new(old.clone(), Limits::default()).rules;
    let changes = changes(&before, &rules);
    let loosens = unreadable || changes.iter().any(|change| change.loosens);
    show(host, args, &identity.mint.to_string(), &changes);
    // A first policy loosens as well, where it allows more than the limits that hold without one.
    if loosens && !args.yes {
        if !can_ask() {
            return Err(Error::usage("this loosens the policy, which needs a yes, and nobody can be asked")
                .hint("look at the difference, then add `--yes`"));
        }
        if !confirm("Let the agent spend by these rules?") {
            return Err(
                Error::failure("declined", "the policy is as it was").hint("`leash policy show` shows it")
            );
        }
    }
    leash_policy::write(&dir, &rules)?;
    let path = leash_policy::file(&dir);
    let items: Vec<_> = changes
        .iter()
        .map(|change| {
            json!({ "what": change.what, "from": change.from, "to": change.to, "loosens": change.loosens })
        })
        .collect();
    let document = json!({
        "kind": "policy_set",
        "status": "ok",
        "agent_mint": identity.mint.to_string(),
        "file": path.to_string_lossy(),
        "was_set": old.is_some() || unreadable,
        "loosens": loosens,
        "changes": items,
        "rules": rules.document(),
    });
    host.out.result(&document, || format!("the policy is set: {}", Paths::display(&path)))
}

fn read(args: &Args) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let name = args.file.display();
    let failed = |error: &io::Error| {
        Error::failure("io", format!("cannot read `{name}`: {error}"))
            .hint("name a file of rules: `--file rules.json`")
    };
    if args.file.as_os_str() == "-" {
        io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    } else {
        let file = File::open(&args.file).map_err(|error| failed(&error))?;
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::new(
            Kind::Failure,
            leash_policy::BAD_POLICY,
            format!("`{name}` is larger than 256 KiB"),
        )
        .hint("name a file of rules: `--file rules.json`"));
    }
    Ok(bytes)
}

/// The same error, which names the file: another policy may be in force.
fn of_file(args: &Args, error: &Error) -> Error {
    let message = format!("cannot use `{}`: {}", args.file.display(), error.message());
    let named = Error::new(error.kind(), error.code().to_owned(), message);
    let named = if error.has_hints() { named.hint(error.hints()) } else { named };
    named.hint("`leash policy set --help` shows a file of rules")
}

fn changes(before: &Rules, after: &Rules) -> Vec<Change> {
    let amount = |what, from: Option<Usd>, to: Option<Usd>| {
        let text =
            |amount: Option<Usd>| amount.map_or_else(|| "none".to_owned(), |amount| format!("{amount} USDC"));
        let loosens = match (from, to) {
            (Some(from), Some(to)) => to > from,
            (from, to) => from.is_some() && to.is_none(),
        };
        Change { what, from: text(from), to: text(to), loosens }
    };
    let hosts = |what, none: &str, from: &[Name], to: &[Name], loosens: bool| {
        let text = |names: &[Name]| match names {
            [] => none.to_owned(),
            names => names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        };
        Change { what, from: text(from), to: text(to), loosens }
    };
    let covered = |name: &Name, by: &[Name]| by.iter().any(|entry| name.is_meant_by(entry));
    // An empty list allows all: whoever had one is loosened by having none.
    let allow_loosens = !before.allow.is_empty()
        && (after.allow.is_empty() || after.allow.iter().any(|name| !covered(name, &before.allow)));
    let deny_loosens = before.deny.iter().any(|name| !covered(name, &after.deny));
    let all = [
        amount("a payment", Some(before.per_call), Some(after.per_call)),
        amount("a day", Some(before.daily), Some(after.daily)),
        amount("ceiling", before.price_ceiling, after.price_ceiling),
        hosts("allow", "any host", &before.allow, &after.allow, allow_loosens),
        hosts("deny", "none", &before.deny, &after.deny, deny_loosens),
    ];
    all.into_iter().filter(|change| change.from != change.to).collect()
}

/// The difference, on stderr, since stdout is for the outcome.
fn show(host: &Host, args: &Args, mint: &str, changes: &[Change]) {
    if args.yes && (host.out.quiet || host.out.json) {
        return;
    }
    let mut text = format!("policy of {mint}\n");
    for Change { what, from, to, loosens } in changes {
        let mark = if *loosens { "  (looser)" } else { "" };
        text.push_str(&format!("  {what:<10} {} -> {}{mark}\n", escape(from), escape(to)));
    }
    if changes.is_empty() {
        text.push_str("  the limits stay as they are\n");
    }
    host.out.show(&text);
}

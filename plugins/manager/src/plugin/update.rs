//! `leash plugin update`: the latest of what is installed, from where it came, verified as it was then.

use std::path::Path;

use leash_command::Host;
use leash_install::{Locked, Lockfile, Order, Place, Rooms, Wanted};
use leash_output::{Error, Out, command, count, escape};
use serde_json::{Value, json};

use super::{
    install::{self, Terms},
    plan, source,
};

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  leash plugin update sell-report\n  leash plugin update --all --dry-run\n  \
    leash plugin update sell-report --unpin"
)]
pub(super) struct Args {
    /// The plugins: NAME or, from an index, NAME@VERSION
    #[arg(value_name = "NAME", conflicts_with = "all")]
    names: Vec<String>,
    /// All that are installed and not pinned
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    terms: Terms,
    /// Let a pinned plugin follow its source again
    #[arg(long)]
    unpin: bool,
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let dry = args.terms.dry_run;
    if args.names.is_empty() && !args.all {
        return Err(
            Error::usage("no plugin is named").hint("name one, or update all: `leash plugin update --all`")
        );
    }
    if args.terms.sha256.is_some() && args.names.len() != 1 {
        return Err(Error::usage("`--sha256` is of one archive").hint("name the one plugin that it is for"));
    }
    let rooms = install::rooms(host, dry)?;
    let lock = Lockfile::read(host.paths()?)?;
    let names: Vec<_> = if args.all { lock.plugin.keys().cloned().collect() } else { args.names.clone() };
    let mut items = Vec::new();
    let mut failed = 0;
    for typed in &names {
        match one(host, args, &rooms, &lock, typed) {
            Ok(item) => items.push(item),
            // Alone, it is the command's own failure.
            Err(error) if names.len() == 1 && !args.all => return Err(error),
            Err(error) => {
                failed += 1;
                host.out.warn(&format!("{typed}: {} ({})", error.message(), error.hints()));
                items.push(json!({
                    "name": typed, "action": "failed", "code": error.code(), "message": error.message(),
                    "hint": error.hints(),
                }));
            }
        }
    }
    if items.is_empty() && !host.out.json {
        host.out.text("no plugins are installed")?;
    }
    let mut document = json!({ "kind": "plugin_update", "status": "ok", "dry_run": dry, "count": items.len(), "items": items });
    if failed == 0 {
        return if host.out.json { host.out.document(&document) } else { Ok(()) };
    }
    let error = Error::failure(
        "not_all_updated",
        format!("not updated: {failed} of {}", count(names.len(), "plugin")),
    )
    .hint("the warnings say why; the others are up to date");
    if !host.out.json {
        return Err(error);
    }
    // One document for all of it.
    for (key, value) in
        [("status", "error"), ("code", error.code()), ("message", error.message()), ("hint", &error.hints())]
    {
        document[key] = json!(value);
    }
    Out { json: false, ..host.out }.failure(&error);
    host.out.document(&document)?;
    Err(Error::reported())
}

fn one(host: &Host, args: &Args, rooms: &Rooms, lock: &Lockfile, typed: &str) -> Result<Value, Error> {
    let (name, version) = match Wanted::parse(typed, Path::new("/"))? {
        Wanted::Named(name, version) => (name, version),
        Wanted::At(_) => {
            return Err(Error::usage(format!("`{typed}` is no plugin's name"))
                .hint(format!("to install from a path or a URL: `leash plugin install {typed}`")));
        }
    };
    let Some(locked) = lock.plugin.get(&name) else {
        return Err(Error::failure("not_installed", format!("`{name}` is not installed")).hint(format!(
            "`leash plugin install {name}`; `{}` shows what there is",
            command("plugin list")
        )));
    };
    if let Some(why) = skipped(args, locked).filter(|_| args.all) {
        if !host.out.json {
            host.out.text(&format!("`{name}` {} is left as it is: {why}", escape(&locked.version)))?;
        }
        return Ok(json!({ "name": name, "action": "skipped", "version": locked.version, "why": why }));
    }
    let mut order = if locked.source == "index" || !args.terms.index.is_empty() {
        let mut order = args.terms.order(Wanted::Named(name.clone(), version));
        order.indexes = match args.terms.index.as_slice() {
            [] => vec![Place::parse(&locked.location, Path::new("/"))?],
            named => source::indexes(host, named)?,
        };
        order
    } else if version.is_some() {
        return Err(Error::usage(format!("`{name}` came from {}, which has one version", locked.location))
            .hint(format!("name an index that has others: `leash plugin update {typed} --index INDEX`")));
    } else {
        from_its_place(args, locked)?
    };
    order.expected = Some(name);
    if args.unpin {
        order.pin = Some(false);
    }
    let plan = install::carry_out(host, rooms, &order)?;
    if !host.out.json {
        host.out.text(&plan::text(&plan, args.terms.dry_run))?;
    }
    plan::notes(&plan, args.terms.dry_run).iter().for_each(|note| host.out.note(note));
    Ok(plan::json(&plan, args.terms.dry_run))
}

fn from_its_place(args: &Args, locked: &Locked) -> Result<Order, Error> {
    Ok(args.terms.order(Wanted::At(Place::parse(&locked.location, Path::new("/"))?)))
}

/// Why `--all` leaves a plugin out.
fn skipped(args: &Args, locked: &Locked) -> Option<&'static str> {
    if locked.pinned && !args.unpin {
        return Some("it is pinned (`--unpin` changes that)");
    }
    if locked.publisher.is_some() || locked.source == "index" || !args.terms.index.is_empty() {
        return None;
    }
    match locked.source.as_str() {
        "url" => Some("nobody signs it (name it, with `--sha256`)"),
        _ if args.terms.unsigned => None,
        _ => Some("nobody signs it (`--unsigned` takes it nevertheless)"),
    }
}

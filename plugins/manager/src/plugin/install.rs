//! `leash plugin install`: a plugin from a directory, an archive, a URL or an index.

use leash_command::Host;
use leash_install::{Order, Plan, PublicKey, Rooms, Wanted, parse_digest, prepare};
use leash_output::{Error, command};
use leash_trust::Digest;
use serde_json::json;

use super::{plan, source};

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  leash plugin install sell-report\n  leash plugin install sell-report@1.2.0\n  \
    leash plugin install https://example.com/sell-report-1.2.0-any.tar.gz\n  \
    leash plugin install ./my-plugin --unsigned --dry-run\n\n\
    `NAME` is looked for in the indexes (`[plugins] index` in config.toml); a directory of that name is `./NAME`."
)]
pub(super) struct Args {
    /// NAME or NAME@VERSION of an index, a directory, an archive (.tar.gz, .zip), or an https:// URL of one
    what: String,
    #[command(flatten)]
    terms: Terms,
    /// Leave it at this version until it is unpinned; NAME@VERSION does so, too
    #[arg(long)]
    pin: bool,
}

/// What installing and updating are told alike.
#[derive(clap::Args)]
pub(super) struct Terms {
    /// The digest that the archive must have
    #[arg(long, value_name = "HEX", value_parser = parse_digest)]
    pub(super) sha256: Option<Digest>,
    /// Take a local path although nobody signed it
    #[arg(long)]
    pub(super) unsigned: bool,
    /// The publisher's key that it must be signed with; also how to accept that it has changed
    #[arg(long, value_name = "ed25519:KEY")]
    pub(super) publisher: Option<PublicKey>,
    /// Look in this index, a path or a URL, in the place of the configured ones; may be repeated
    #[arg(long, value_name = "INDEX")]
    pub(super) index: Vec<String>,
    /// Let an older version take the place of a newer one
    #[arg(long)]
    pub(super) allow_downgrade: bool,
    /// Put the same version in place again, be it other bytes
    #[arg(long)]
    pub(super) reinstall: bool,
    /// Get and verify it, say what would happen, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

impl Terms {
    /// The order for a plugin on these terms.
    pub(super) fn order(&self, wanted: Wanted) -> Order {
        Order {
            wanted,
            expected: None,
            sha256: self.sha256,
            unsigned: self.unsigned,
            publisher: self.publisher,
            indexes: Vec::new(),
            pin: None,
            allow_downgrade: self.allow_downgrade,
            reinstall: self.reinstall,
        }
    }
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let mut order = args.terms.order(Wanted::parse(&args.what, &source::here()?)?);
    if matches!(order.wanted, Wanted::Named(..)) {
        order.indexes = source::indexes(host, &args.terms.index)?;
    }
    order.pin = args.pin.then_some(true);
    let dry = args.terms.dry_run;
    let rooms = rooms(host, dry)?;
    let plan = carry_out(host, &rooms, &order)?;
    let mut document = json!({ "kind": "plugin_install", "status": "ok" });
    if let (Some(all), Some(more)) = (document.as_object_mut(), plan::json(&plan, dry).as_object_mut()) {
        all.append(more);
    }
    host.out.result(&document, || plan::text(&plan, dry))?;
    plan::notes(&plan, args.terms.dry_run).iter().for_each(|note| host.out.note(note));
    if host.settings()?.alias.contains_key(&plan.name) {
        host.out.note(&format!(
            "your alias `{}` comes first; the plugin is run by `{}`",
            plan.name,
            command(&format!("plugin exec {}", plan.name))
        ));
    }
    Ok(())
}

/// Takes a turn among those that install, or none for a look.
pub(super) fn rooms(host: &Host, dry: bool) -> Result<Rooms, Error> {
    let paths = host.paths()?;
    if dry {
        return Ok(Rooms::dry(paths));
    }
    Rooms::open(paths, || host.out.note("another leash is installing or removing a plugin; waiting for it"))
}

/// Does what the order says or, where nothing may be changed, says what would be done.
pub(super) fn carry_out(host: &Host, rooms: &Rooms, order: &Order) -> Result<Plan, Error> {
    let what = match &order.wanted {
        Wanted::Named(name, _) => format!("getting `{name}` ready"),
        Wanted::At(place) => format!("getting `{place}` ready"),
    };
    source::with_world(host, |world| {
        let prepared = {
            let _progress = host.out.progress(&what);
            prepare(rooms, order, world)?
        };
        prepared.commit(rooms)
    })
}

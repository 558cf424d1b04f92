//! `leash plugin remove`: a plugin goes, and its grant with it.

use leash_command::Host;
use leash_files::Paths;
use leash_install::Removal;
use leash_output::{Error, can_ask, confirm};
use serde_json::json;

use super::install;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  leash plugin remove sell-report\n  leash plugin remove sell-report --yes --forget-publisher"
)]
pub(super) struct Args {
    /// The plugin
    name: String,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
    /// Forget its publisher's key, too, so that any other may come next
    #[arg(long)]
    forget_publisher: bool,
    /// Say what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let dry = args.dry_run;
    // Nobody else is to wait for an answer: it is looked at once before asking, and once more with the turn taken.
    let mut removal = Removal::plan(&install::rooms(host, true)?, &args.name, args.forget_publisher)?;
    if !dry {
        agree(args, &removal)?;
        let rooms = install::rooms(host, false)?;
        removal = Removal::plan(&rooms, &args.name, args.forget_publisher)?;
        removal.commit(&rooms)?;
    }
    let forgets = removal.forget && removal.publisher.is_some();
    let document = json!({
        "kind": "plugin_remove", "status": "ok", "dry_run": dry, "name": removal.name, "version": removal.version,
        "path": removal.path.as_ref().map(|path| path.to_string_lossy()), "grant_removed": removal.granted,
        "publisher": removal.publisher, "publisher_forgotten": forgets,
    });
    host.out.result(&document, || {
        let mut text = format!("{} {}\n", if dry { "would remove" } else { "removed" }, what(&removal));
        if removal.granted {
            text.push_str(if dry { "  its grant would end\n" } else { "  its grant has ended\n" });
        }
        if let Some(key) = removal.publisher {
            let kept = if forgets { "is forgotten" } else { "stays known, should it be installed again" };
            text.push_str(&format!("  its publisher {key} {kept}\n"));
        }
        text
    })
}

fn what(removal: &Removal) -> String {
    let version = removal.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let at =
        removal.path.as_deref().map(|path| format!(" from {}", Paths::display(path))).unwrap_or_default();
    leash_output::escape(&format!("`{}`{version}{at}", removal.name)).into_owned()
}

fn agree(args: &Args, removal: &Removal) -> Result<(), Error> {
    if args.yes {
        return Ok(());
    }
    if !can_ask() {
        return Err(Error::usage(format!("removing `{}` needs a yes, and nobody can be asked", args.name))
            .hint(format!("`leash plugin remove {} --yes`, or `--dry-run` for a look", args.name)));
    }
    let grant = if removal.granted { " and its grant" } else { "" };
    if confirm(&format!("Remove {}{grant}?", what(removal))) {
        return Ok(());
    }
    Err(Error::failure("declined", "nothing was removed").hint("`leash plugin list` shows what is installed"))
}

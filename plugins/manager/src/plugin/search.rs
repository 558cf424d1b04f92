//! `leash plugin search`: what the indexes hold.

use std::collections::BTreeMap;

use leash_command::Host;
use leash_install::{Entry, Fetch, Lockfile, Place, platform, read_index};
use leash_output::{Error, escape};
use serde_json::json;

use super::source;

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  leash plugin search\n  leash plugin search report --json\n  \
    leash plugin search --index https://example.com/plugins.toml")]
pub(super) struct Args {
    /// A word of the name or the summary; none for all
    word: Option<String>,
    /// Look in this index, a path or a URL, in the place of the configured ones; may be repeated
    #[arg(long, value_name = "INDEX")]
    index: Vec<String>,
}

/// A plugin of an index.
struct Hit {
    /// The latest release that runs here or, where none does, the latest.
    entry: Entry,
    index: Place,
    versions: Vec<String>,
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let places = source::indexes(host, &args.index)?;
    if places.is_empty() {
        return Err(Error::failure("no_index", "no index of plugins is configured")
            .hint("name one: `--index URL`, or `[plugins] index = [\"URL\"]` in config.toml"));
    }
    let lock = Lockfile::read(host.paths()?)?;
    let mut hits: BTreeMap<String, Hit> = BTreeMap::new();
    source::with_world(host, |world| {
        let _progress = host.out.progress("looking through the indexes");
        for place in &places {
            search(place, world.fetch, world.warn, &mut hits)?;
        }
        Ok(())
    })?;
    let word = args.word.as_deref().unwrap_or_default().to_lowercase();
    hits.retain(|name, hit| name.contains(&word) || hit.entry.summary.to_lowercase().contains(&word));
    let items: Vec<_> = hits
        .values()
        .map(|hit| {
            let release = &hit.entry.release;
            json!({
                "name": release.name, "version": release.version.to_string(), "summary": hit.entry.summary,
                "platform": release.platform, "runs_here": platform::fits(&release.platform),
                "versions": hit.versions, "publisher": hit.entry.publisher, "index": hit.index.to_string(),
                "installed": lock.plugin.get(&release.name).map(|locked| locked.version.as_str()),
            })
        })
        .collect();
    let document = json!({ "kind": "plugin_search", "status": "ok", "count": items.len(), "items": items });
    host.out.result(&document, || {
        if hits.is_empty() {
            return format!("no plugin has `{}` in its name or summary", escape(&word));
        }
        let line = |hit: &Hit| {
            let release = &hit.entry.release;
            let version = release.version.to_string();
            let note = match lock.plugin.get(&release.name) {
                Some(locked) if locked.version == version => "  (installed)".to_owned(),
                Some(locked) => format!("  ({} is installed)", locked.version),
                None if platform::fits(&release.platform) => String::new(),
                None => format!("  (for {} only)", release.platform),
            };
            escape(&format!("{:<20} {version:<10} {}{note}", release.name, hit.entry.summary)).into_owned()
        };
        hits.values().map(line).collect::<Vec<_>>().join("\n")
    })
}

/// As when something is installed, the first index that knows a name is the one.
fn search(
    place: &Place,
    fetch: &dyn Fetch,
    warn: &dyn Fn(&str),
    hits: &mut BTreeMap<String, Hit>,
) -> Result<(), Error> {
    let index = read_index(place, fetch)?;
    index.problems.iter().for_each(|what| warn(what));
    let mut own: BTreeMap<String, Hit> = BTreeMap::new();
    for entry in index.entries {
        let version = entry.version().to_string();
        let rank = |entry: &Entry| {
            (platform::fits(&entry.release.platform), entry.version().pre.is_empty(), entry.version().clone())
        };
        match own.get_mut(&entry.release.name) {
            None => {
                let hit = Hit { entry: entry.clone(), index: place.clone(), versions: vec![version] };
                own.insert(entry.release.name, hit);
            }
            Some(hit) => {
                if !hit.versions.contains(&version) {
                    hit.versions.push(version);
                }
                if rank(&entry) > rank(&hit.entry) {
                    hit.entry = entry;
                }
            }
        }
    }
    for (name, hit) in own {
        hits.entry(name).or_insert(hit);
    }
    Ok(())
}

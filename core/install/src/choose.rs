//! Which archive is meant, and what is claimed of it before it is seen.

use leash_output::{Error, Kind};
use semver::Version;

use crate::{
    Entry, Fetch, Index, MAX_INDEX, Order, Place, PublicKey, Redirects, Release, Wanted, Wish,
    fetch::{missing, to_memory},
    platform,
};

/// An archive, or a directory that is to become one.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// Where it lies.
    pub place: Place,
    /// `directory`, `archive`, `url` or `index`.
    pub source: &'static str,
    /// What the lockfile keeps as its origin.
    pub location: String,
    /// What an index says of it.
    pub claim: Option<Claim>,
}

/// What is said of an archive, and who signed that.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub release: Release,
    pub publisher: PublicKey,
    pub signature: String,
}

/// Finds what an order means.
pub(crate) fn choose(
    order: &Order,
    fetch: &dyn Fetch,
    problem: &mut dyn FnMut(&str),
) -> Result<Candidate, Error> {
    match &order.wanted {
        Wanted::At(place) => at(place),
        Wanted::Named(name, version) => named(order, name, version.as_ref(), fetch, problem),
    }
}

/// Reads an index.
///
/// # Errors
/// Where it can't be got or understood.
pub fn read_index(place: &Place, fetch: &dyn Fetch) -> Result<Index, Error> {
    let wish = Wish { limit: MAX_INDEX, redirects: Redirects::SameOrigin };
    let bytes = to_memory(fetch, place, wish)?.ok_or_else(|| {
        Error::failure("no_index", format!("there is no index at `{place}`"))
            .hint("check `[plugins] index` in config.toml, or `--index`")
    })?;
    Index::parse(&bytes, place)
}

fn at(place: &Place) -> Result<Candidate, Error> {
    let source = match place {
        Place::Url(_) => "url",
        Place::Path(path) => match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => "directory",
            Ok(_) => "archive",
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(missing(place)),
            Err(error) => return Err(Error::io("read", path, &error)),
        },
    };
    // A path that means the same from everywhere.
    let location = match place {
        Place::Path(path) => std::fs::canonicalize(path)
            .map_err(|error| Error::io("read", path, &error))?
            .to_string_lossy()
            .into_owned(),
        Place::Url(url) => url.to_string(),
    };
    Ok(Candidate { place: place.clone(), source, location, claim: None })
}

fn named(
    order: &Order,
    name: &str,
    version: Option<&Version>,
    fetch: &dyn Fetch,
    problem: &mut dyn FnMut(&str),
) -> Result<Candidate, Error> {
    if order.indexes.is_empty() {
        return Err(Error::failure(
            "no_index",
            format!("`{name}` is to be found in an index, and none is configured"),
        )
        .hint(format!(
            "name one: `--index URL`, or `[plugins] index` in config.toml; a directory is meant by `./{name}`"
        )));
    }
    for place in &order.indexes {
        let index = read_index(place, fetch)?;
        index.problems.iter().for_each(|what| problem(what));
        let mut known = index.releases(name).peekable();
        if known.peek().is_none() {
            continue;
        }
        // The first index that knows a name is the one: no other can put itself forward by a higher number.
        let Some(entry) = best(known, version) else {
            return Err(none_fits(&index, name, version));
        };
        return Ok(Candidate {
            place: entry.archive.clone(),
            source: "index",
            location: place.to_string(),
            claim: Some(Claim {
                release: entry.release.clone(),
                publisher: entry.publisher,
                signature: entry.signature.clone(),
            }),
        });
    }
    Err(Error::failure("unknown_plugin", format!("no index knows a plugin `{name}`"))
        .hint("`leash plugin search` shows what they hold"))
}

/// The latest that runs here; one that is finished before one that isn't, one made for this platform before one for any.
fn best<'a>(entries: impl Iterator<Item = &'a Entry>, version: Option<&Version>) -> Option<&'a Entry> {
    entries
        .filter(|entry| platform::fits(&entry.release.platform))
        .filter(|entry| version.is_none_or(|version| version == entry.version()))
        .max_by_key(|entry| {
            (entry.version().pre.is_empty(), entry.version().clone(), entry.release.platform != platform::ANY)
        })
}

fn none_fits(index: &Index, name: &str, version: Option<&Version>) -> Error {
    let mut versions: Vec<_> = index
        .releases(name)
        .map(|entry| format!("{} ({})", entry.version(), entry.release.platform))
        .collect();
    versions.sort_unstable();
    versions.dedup();
    versions.truncate(10);
    let wanted = version.map_or_else(|| format!("`{name}`"), |version| format!("`{name}` {version}"));
    Error::new(
        Kind::Failure,
        "no_release",
        format!("`{}` has no release of {wanted} for {}", index.place, platform::current()),
    )
    .hint(format!("it has {}", versions.join(", ")))
}

//! Whether an archive is what it is said to be, and by whom. Installing and updating ask the same.

use std::{fs, path::Path};

use leash_output::{Error, Kind};
use leash_trust::{Digest, digest_file};

use crate::{
    Contents, Fetch, Order, Place, Publishers, Redirects, SignatureFile, Standing, Wish,
    choose::{Candidate, Claim},
    fetch::to_memory,
    keys::bad_signature,
    platform,
    signed::MAX_SIGNATURE_FILE,
};

/// An archive as it arrived.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived {
    pub sha256: Digest,
    pub size: u64,
}

impl Arrived {
    pub(crate) fn look(archive: &Path) -> Result<Self, Error> {
        let size = fs::metadata(archive).map_err(|error| Error::io("read", archive, &error))?.len();
        Ok(Self { sha256: digest_file(archive)?, size })
    }
}

const OTHER: &str = "get it again; if it stays so, it is not what its author published";

/// The claim that an archive comes with: an index's, or that of the signature beside it.
///
/// # Errors
/// Where the digest or the signature is for something else, or where one is missing that is needed.
pub(crate) fn claim(
    order: &Order,
    candidate: &Candidate,
    arrived: Arrived,
    known: &Publishers,
    fetch: &dyn Fetch,
) -> Result<Option<Claim>, Error> {
    let shown = &candidate.place;
    if let Some(expected) = order.sha256.filter(|expected| *expected != arrived.sha256) {
        return Err(other_digest(shown, arrived.sha256, &format!("you named `{expected}`")));
    }
    if let Some(claim) = &candidate.claim {
        check(claim, shown, arrived)?;
        return Ok(Some(claim.clone()));
    }
    let is_local = matches!(shown, Place::Path(_));
    if order.unsigned && !is_local {
        return Err(Error::usage("`--unsigned` is for paths of this machine")
            .hint("name the archive's digest: `--sha256 HEX`, from where its author publishes it"));
    }
    // Where the digest was named and nobody is known to sign the plugin, the signature adds nothing.
    let needless = order.sha256.is_some() && order.publisher.is_none() && known.plugin.is_empty();
    if candidate.source != "directory" && !needless {
        let place = shown.signature();
        let wish = Wish { limit: MAX_SIGNATURE_FILE, redirects: Redirects::Https };
        if let Some(bytes) = to_memory(fetch, &place, wish)? {
            let (file, release) = SignatureFile::read(&bytes, &place.to_string())?;
            let claim = Claim { release, publisher: file.publisher, signature: file.signature };
            check(&claim, shown, arrived)?;
            return Ok(Some(claim));
        }
    }
    if order.sha256.is_some() || order.unsigned && is_local {
        return Ok(None);
    }
    let what =
        if candidate.source == "directory" { "a directory has no signature" } else { "nobody signed it" };
    let hint = if is_local {
        "if you know where it came from, say so: `--unsigned`".to_owned()
    } else {
        format!(
            "its author puts `{}` beside it; or name the digest that the author published: `--sha256 HEX`",
            shown.signature()
        )
    };
    Err(Error::new(Kind::Refused, "unsigned", format!("`{shown}` can't be verified: {what}")).hint(hint))
}

/// Whether the plugin inside is the one that was claimed, asked for and known.
pub(crate) fn contents(
    order: &Order,
    candidate: &Candidate,
    contents: &Contents,
    claim: Option<&Claim>,
    known: &Publishers,
) -> Result<Standing, Error> {
    let manifest = &contents.manifest;
    let shown = &candidate.place;
    let wrong = |what: String| {
        Error::new(Kind::Refused, "other_plugin", what)
            .hint("get it again from where its author publishes it")
    };
    let expected = match &order.wanted {
        crate::Wanted::Named(name, _) => Some(name),
        crate::Wanted::At(_) => order.expected.as_ref(),
    };
    if let Some(expected) = expected.filter(|expected| **expected != manifest.name) {
        return Err(wrong(format!("`{shown}` holds the plugin `{}`, not `{expected}`", manifest.name)));
    }
    if let Some(Claim { release, .. }) = claim {
        if release.name != manifest.name || release.version != contents.version {
            return Err(wrong(format!(
                "`{shown}` holds `{}` {}, and is said to be `{}` {}",
                manifest.name, contents.version, release.name, release.version
            )));
        }
        fits(&manifest.name, &release.platform)?;
    }
    fits(&manifest.name, &contents.platform)?;
    known.judge(&manifest.name, claim.map(|claim| claim.publisher), order.publisher)
}

fn check(claim: &Claim, shown: &Place, arrived: Arrived) -> Result<(), Error> {
    let Claim { release, publisher, signature } = claim;
    if release.sha256 != arrived.sha256 || release.size != arrived.size {
        let said = format!("its publisher signed `{}` of {} bytes", release.sha256, release.size);
        return Err(other_digest(shown, arrived.sha256, &said));
    }
    if publisher.verifies(release, signature) { Ok(()) } else { Err(bad_signature(&format!("`{shown}`"))) }
}

fn fits(name: &str, platform: &str) -> Result<(), Error> {
    if platform::fits(platform) {
        return Ok(());
    }
    Err(Error::new(
        Kind::Refused,
        "other_platform",
        format!("`{name}` is for {platform}, and this is {}", platform::current()),
    )
    .hint("get the archive for this platform from where its author publishes it"))
}

/// What is longer than the index says, of which no more was read.
pub(crate) fn other_size(shown: &Place, size: u64) -> Error {
    let what = format!("`{shown}` is not the archive that the index names: it has more than {size} bytes");
    Error::new(Kind::Negative, "other_digest", what).hint(OTHER)
}

fn other_digest(shown: &Place, is: Digest, said: &str) -> Error {
    Error::new(Kind::Negative, "other_digest", format!("`{shown}` has the digest `{is}`, and {said}"))
        .hint(OTHER)
}

//! What a manifest says, in the form in which it is kept with the grant that binds its bytes. That form is read in a
//! small part of the time that the manifest takes.

use std::borrow::Cow;

use leash_protocol::manifest::Manifest;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::LoadedManifest;

/// Longer ones are read anew: they have so many subcommands that there is little to win.
const MOST: usize = 16 * 1024;

/// What is known of a manifest.
#[derive(Debug, PartialEq)]
pub(crate) struct Known {
    pub(crate) manifest: Manifest,
    pub(crate) unknown_keys: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Written<'a> {
    /// The version of leash that read it: another one may find more in it, or something wrong with it.
    by: Cow<'a, str>,
    says: Cow<'a, Manifest>,
    unknown_keys: Cow<'a, [String]>,
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Known {
    /// What to keep; nothing where that isn't worth it.
    pub(crate) fn write(loaded: &LoadedManifest) -> Option<Box<RawValue>> {
        let written = Written {
            by: VERSION.into(),
            says: Cow::Borrowed(&loaded.manifest),
            unknown_keys: loaded.unknown_keys.as_slice().into(),
        };
        to_raw_value(&written).ok().filter(|json| json.get().len() <= MOST)
    }

    /// What was kept, where this leash wrote it.
    pub(crate) fn read(kept: &RawValue) -> Option<Self> {
        let Written { by, says, unknown_keys } = serde_json::from_str(kept.get()).ok()?;
        (by == VERSION).then(|| Self { manifest: says.into_owned(), unknown_keys: unknown_keys.into_owned() })
    }
}

//! `ARCHIVE.sig`: a publisher's signature beside the archive that it is for.

use leash_output::{Error, Kind};
use serde::{Deserialize, Serialize};

use crate::{PublicKey, PublisherKey, Release, keys::bad_signature};

/// The most bytes of such a file.
pub(crate) const MAX_SIGNATURE_FILE: u64 = 16 * 1024;

/// What one holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureFile {
    v: u32,
    name: String,
    version: String,
    platform: String,
    size: u64,
    sha256: String,
    /// Who signed.
    pub publisher: PublicKey,
    /// The signature, base58.
    pub signature: String,
}

impl SignatureFile {
    /// Signs a release.
    #[must_use]
    pub fn make(release: &Release, key: &PublisherKey) -> Self {
        Self {
            v: 1,
            name: release.name.clone(),
            version: release.version.to_string(),
            platform: release.platform.clone(),
            size: release.size,
            sha256: release.sha256.to_string(),
            publisher: key.public(),
            signature: key.sign(release),
        }
    }

    /// The file's text.
    ///
    /// # Errors
    /// Never, as far as can be known.
    pub fn text(&self) -> Result<String, Error> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Error::failure("internal", error.to_string()))?;
        Ok(text + "\n")
    }

    /// Reads one, and checks that it signs what it says. Whether that is the archive at hand is yet to be seen.
    ///
    /// # Errors
    /// [`Kind::Negative`] where it doesn't; `from` says where it was found.
    pub fn read(bytes: &[u8], from: &str) -> Result<(Self, Release), Error> {
        let wrong = |what: String| {
            Error::new(
                Kind::Negative,
                "bad_signature_file",
                format!("`{from}` is no signature of a release: {what}"),
            )
            .hint("its author makes one with `leash plugin sign`")
        };
        let file: Self = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        if file.v != 1 {
            return Err(wrong(format!("its form is version {}, and this leash knows 1", file.v)));
        }
        let release = Release::check(&file.name, &file.version, &file.platform, &file.sha256, file.size)
            .map_err(wrong)?;
        if file.publisher.verifies(&release, &file.signature) {
            Ok((file, release))
        } else {
            Err(bad_signature(&format!("`{from}`")))
        }
    }
}

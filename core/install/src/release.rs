//! One release of a plugin, and the bytes that its publisher signs.

use leash_protocol::name;
use leash_trust::Digest;
use semver::Version;

use crate::platform;

/// What a publisher vouches for: this archive is that plugin, in that version, for that platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The plugin's name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// What it runs on.
    pub platform: String,
    /// The digest of the archive.
    pub sha256: Digest,
    /// The size of the archive in bytes.
    pub size: u64,
}

impl Release {
    /// Reads the parts as a file has them.
    ///
    /// # Errors
    /// What is wrong with them, to be put behind where they were found.
    pub fn check(name: &str, version: &str, platform: &str, sha256: &str, size: u64) -> Result<Self, String> {
        if !name::is_valid(name) {
            return Err(format!("`{name}` is no plugin's name"));
        }
        let version = parse_version(version)?;
        if !platform::is_valid(platform) {
            return Err(format!("`{platform}` is no platform: such as `linux-x86_64`, or `any`"));
        }
        let sha256 = parse_digest(sha256)?;
        Ok(Self { name: name.to_owned(), version, platform: platform.to_owned(), sha256, size })
    }

    /// The bytes that are signed: a line that says what they are, then a line for each part. No part can hold a
    /// line break, so no two releases give the same bytes, and a signature is good for one release alone. Nothing
    /// else that leash signs begins like this.
    #[must_use]
    pub fn statement(&self) -> Vec<u8> {
        let Self { name, version, platform, sha256, size } = self;
        format!("leash plugin release v1\nname {name}\nversion {version}\nplatform {platform}\nsize {size}\n{sha256}\n")
            .into_bytes()
    }

    /// What its archive is called, without what says how it is packed.
    #[must_use]
    pub fn file_stem(&self) -> String {
        format!("{}-{}-{}", self.name, self.version, self.platform)
    }
}

/// A version: three numbers, and what may come behind.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn parse_version(text: &str) -> Result<Version, String> {
    if text.len() > 64 {
        return Err("a version has at most 64 characters".to_owned());
    }
    Version::parse(text).map_err(|error| format!("`{text}` is no version like `1.2.0`: {error}"))
}

/// A digest, with or without what stands before its hex digits.
///
/// # Errors
/// What is wrong with it.
pub fn parse_digest(text: &str) -> Result<Digest, String> {
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    format!("sha256:{}", hex.to_ascii_lowercase())
        .parse()
        .map_err(|_| format!("`{text}` is no SHA-256: 64 hex digits, with or without `sha256:` before them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed() {
        let release = Release::check("sell-report", "1.2.0", "any", &"ab".repeat(32), 12).expect("a release");
        let statement = String::from_utf8(release.statement()).expect("text");
        assert_eq!(
            statement,
            format!(
                "leash plugin release v1\nname sell-report\nversion 1.2.0\nplatform any\nsize 12\nsha256:{}\n",
                "ab".repeat(32)
            )
        );
    }

    #[test]
    fn parts_that_make_no_sense() {
        let hex = "ab".repeat(32);
        for (name, version, platform, sha256) in [
            ("a\nb", "1.0.0", "any", hex.as_str()),
            ("A", "1.0.0", "any", &hex),
            ("a", "1.0", "any", &hex),
            ("a", "1.0.0\n", "any", &hex),
            ("a", "v1.0.0", "any", &hex),
            ("a", "1.0.0", "any\nsize 1", &hex),
            ("a", "1.0.0", "", &hex),
            ("a", "1.0.0", "any", "sha256:12"),
            ("a", "1.0.0", "any", &hex[1..]),
        ] {
            assert!(
                Release::check(name, version, platform, sha256, 1).is_err(),
                "{name} {version} {platform}"
            );
        }
    }
}

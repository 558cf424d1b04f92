//! A JavaScript string: UTF-16 units, of which a lone surrogate is one like any other.

/// A string of UTF-16 units.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Text(Vec<u16>);

impl Text {
    /// The string of these units.
    pub const fn from_units(units: Vec<u16>) -> Self {
        Self(units)
    }

    /// A header's value as `fetch` gives it: one character a byte.
    pub fn from_latin1(bytes: &[u8]) -> Self {
        Self(bytes.iter().map(|&byte| u16::from(byte)).collect())
    }

    /// The units.
    pub fn units(&self) -> &[u16] {
        &self.0
    }

    /// `length`.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `slice(0, count)`.
    pub fn first(&self, count: usize) -> Self {
        Self(self.0[..count.min(self.0.len())].to_vec())
    }

    /// `trim()`.
    pub fn trim(&self) -> Self {
        let mut trimmed = self.trim_start();
        let end = trimmed.0.iter().rposition(|&unit| !is_space(unit)).map_or(0, |last| last + 1);
        trimmed.0.truncate(end);
        trimmed
    }

    /// `trimStart()`.
    pub fn trim_start(&self) -> Self {
        let start = self.0.iter().position(|&unit| !is_space(unit)).unwrap_or(self.0.len());
        Self(self.0[start..].to_vec())
    }

    /// As UTF-8; a lone surrogate becomes U+FFFD.
    pub fn to_lossy(&self) -> String {
        String::from_utf16_lossy(&self.0)
    }

    /// Whether it is exactly this text.
    pub fn is(&self, text: &str) -> bool {
        text.encode_utf16().eq(self.0.iter().copied())
    }

    /// The string as characters of ASCII, where it has no others.
    pub fn ascii(&self) -> Option<String> {
        self.0.iter().map(|&unit| u8::try_from(unit).ok().filter(u8::is_ascii).map(char::from)).collect()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.encode_utf16().collect())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl FromIterator<Self> for Text {
    fn from_iter<I: IntoIterator<Item = Self>>(parts: I) -> Self {
        Self(parts.into_iter().flat_map(|part| part.0).collect())
    }
}

/// White space and line ends, as `trim()` and `\s` know them.
#[must_use]
pub const fn is_space(unit: u16) -> bool {
    matches!(unit,
        0x09..=0x0d | 0x20 | 0xa0 | 0x1680 | 0x2000..=0x200a | 0x2028 | 0x2029 | 0x202f | 0x205f | 0x3000 | 0xfeff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trims_what_javascript_trims() {
        assert!(Text::from("\u{feff}\u{a0} a b\t\u{2028}").trim().is("a b"));
        assert!(Text::from(" \r\n").trim().is_empty());
        // U+0085 is white space to Unicode and none to JavaScript.
        assert_eq!(Text::from("\u{85}").trim().len(), 1);
    }

    #[test]
    fn counts_utf16_units() {
        assert_eq!(Text::from("😀").len(), 2);
        assert_eq!(Text::from("😀").first(1).to_lossy(), "\u{fffd}");
    }
}

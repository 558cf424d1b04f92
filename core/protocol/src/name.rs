//! What may be a command's name.

/// Whether a text is a command's name: `^[a-z][a-z0-9-]{0,63}$`, byte for byte.
#[must_use]
pub fn is_valid(name: &str) -> bool {
    let bytes = name.as_bytes();
    matches!(bytes.first(), Some(b'a'..=b'z'))
        && bytes.len() <= 64
        && bytes.iter().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "sell-report", "x2", &"a".repeat(64)] {
            assert!(is_valid(good), "{good}");
        }
        for bad in ["", "-a", "2x", "A", "a_b", "a/b", "..", "a ", "a\n", "é", &"a".repeat(65)] {
            assert!(!is_valid(bad), "{bad}");
        }
    }
}

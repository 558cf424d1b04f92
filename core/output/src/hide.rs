//! What may be a key by its looks, and so isn't said back to whoever typed it in the wrong place.

/// An executive key has 86 to 88 characters of base58; one that was cut off or mistyped is one still.
const SHORTEST: usize = 80;
const LONGEST: usize = 96;

/// The text without what may be a key. A transaction's name looks the same, so this is for what was typed and no more.
#[must_use]
pub fn hide_keys(text: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if (SHORTEST..=LONGEST).contains(&word.len()) {
            hidden.push_str("(what may be a key, and isn't shown)");
        } else {
            hidden.push_str(word);
        }
        let end = after.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(after.len());
        let (between, after) = after.split_at(end);
        hidden.push_str(between);
        rest = after;
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_length_of_a_key_are_hidden() {
        let key = "2".repeat(87);
        assert_eq!(hide_keys(&format!("no `{key}`é!")), "no `(what may be a key, and isn't shown)`é!");
        for kept in ["", "é", "a b", "`9hSR6S7WPtxmTojgo6GG3k4yDPecgJY292j7xrsUGWBu`", &"f".repeat(64)] {
            assert_eq!(hide_keys(kept), kept);
        }
    }
}

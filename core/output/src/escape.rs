//! Text from a server, a file or a plugin, made safe for a terminal.

use std::borrow::Cow;

/// Writes out what could move the cursor, colour the screen, reverse the line or break it: control
/// characters, line separators and Unicode's directional and invisible formatting characters appear as
/// `\n` or `\u{1b}`. All else, in any script, stays as it is.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if is_unsafe(char) {
            safe.extend(char.escape_default());
        } else {
            safe.push(char);
        }
    }
    Cow::Owned(safe)
}

/// The same for the text of a JSON document, which means the same afterwards: what is unsafe can only stand in a
/// string there, and is written as JSON writes it. Line breaks between its parts stay.
pub(crate) fn escape_json(text: &str) -> Cow<'_, str> {
    let hidden = |char: char| is_unsafe(char) && char != '\n';
    if !text.chars().any(hidden) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if hidden(char) {
            for unit in char.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(char);
        }
    }
    Cow::Owned(safe)
}

fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_unseen() {
        assert_eq!(escape("a\x1b[31mb\nc\u{202e}d\u{9b}e\x7f"), r"a\u{1b}[31mb\nc\u{202e}d\u{9b}e\u{7f}");
        assert!(matches!(escape("ключ ☃ \"q\" 👩‍🚀"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_document_says_the_same_but_safely() {
        let document = serde_json::json!({ "a\u{202e}": "x\u{9b}31m\n\u{7f}\u{e0041} ☃", "b": ["\u{1b}"] });
        let text = format!("{document:#}");
        let safe = escape_json(&text);
        assert!(!safe.chars().any(|char| is_unsafe(char) && char != '\n'), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).expect("JSON"), document);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_safe_afterwards(text in proptest::prelude::any::<String>()) {
            let safe = escape(&text);
            proptest::prop_assert!(!safe.chars().any(is_unsafe));
            // Twice is as once: what was made visible stays as it is.
            proptest::prop_assert_eq!(escape(&safe), safe.as_ref());
            if !text.chars().any(is_unsafe) {
                proptest::prop_assert_eq!(safe.as_ref(), text.as_str());
            }
        }

        #[test]
        fn any_document_keeps_its_meaning(text in proptest::prelude::any::<String>()) {
            let document = serde_json::json!({ text.as_str(): [text.as_str()] });
            let printed = format!("{document:#}");
            let safe = escape_json(&printed);
            proptest::prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).ok(), Some(document));
        }
    }

    #[test]
    fn the_result_is_always_safe() {
        for code in 0..=0x0010_ffff {
            if let Some(char) = char::from_u32(code) {
                assert!(!escape(&char.to_string()).chars().any(is_unsafe), "{code:x}");
            }
        }
    }
}

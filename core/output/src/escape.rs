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
    fn the_result_is_always_safe() {
        for code in 0..=0x0010_ffff {
            if let Some(char) = char::from_u32(code) {
                assert!(!escape(&char.to_string()).chars().any(is_unsafe), "{code:x}");
            }
        }
    }
}

//! Short, single-line, harmless renderings of what came from elsewhere.

use std::fmt::Write as _;
use std::time::Duration;

/// `text` on one line and in at most `max` characters: runs of white space become one space, and what a
/// terminal would obey (control and direction characters) is written out.
pub(crate) fn excerpt(text: &str, max: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            gap = length > 0;
            continue;
        }
        let mut piece = String::new();
        if gap {
            piece.push(' ');
        }
        gap = false;
        if is_unprintable(c) {
            let _ = write!(piece, "{}", c.escape_unicode());
        } else {
            piece.push(c);
        }
        let size = piece.chars().count();
        // The last place is kept for the ellipsis.
        if length + size >= max {
            out.push('…');
            return out;
        }
        length += size;
        out.push_str(&piece);
    }
    out
}

fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A span of time as a person says it.
pub(crate) fn span(time: Duration) -> String {
    match (time.as_secs(), time.subsec_millis()) {
        (0, ms) => format!("{ms} ms"),
        (s, 0) => format!("{s} s"),
        (s, ms) => format!("{s}.{} s", ms / 100),
    }
}

/// Seconds of drift, rounded to the unit in which a person would say them.
pub(crate) fn rough(seconds: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "days"), (3_600, "h"), (60, "min")];
    for (unit, name) in UNITS {
        // A second short of two hours is two hours.
        if seconds + unit / 100 >= 2 * unit {
            return format!("{} {name}", (seconds + unit / 2) / unit);
        }
    }
    format!("{seconds} s")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn terminal_codes_are_written_out() {
        assert_eq!(excerpt(" a\r\n\t b\u{1b}[31mc\u{202e} ", 200), "a b\\u{1b}[31mc\\u{202e}");
        assert_eq!(excerpt("", 200), "");
        assert_eq!(excerpt("abcdef", 4), "abc…");
    }

    #[test]
    fn times_are_said_in_their_unit() {
        assert_eq!(span(Duration::from_millis(300)), "300 ms");
        assert_eq!(span(Duration::from_millis(1_500)), "1.5 s");
        assert_eq!(span(Duration::from_secs(30)), "30 s");
        assert_eq!(
            [90, 419, 7_199, 200_000].map(rough),
            ["90 s", "7 min", "2 h", "2 days"].map(str::to_owned)
        );
    }

    proptest! {
        #[test]
        fn an_excerpt_is_short_and_harmless(text in any::<String>(), max in 1_usize..300) {
            let short = excerpt(&text, max);
            prop_assert!(short.chars().count() <= max);
            prop_assert!(!short.chars().any(is_unprintable));
        }
    }
}

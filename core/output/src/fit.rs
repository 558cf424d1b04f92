//! Text of strangers in a line of a list: safe, and no wider than the terminal.
#![allow(clippy::disallowed_methods, reason = "leash-output is what writes to stdout and stderr")]

use std::{borrow::Cow, io, os::fd::AsFd};

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::escape;

/// How many columns the terminal has to which stdout leads; none where it leads elsewhere, and lines are as long as
/// they are.
#[must_use]
pub fn stdout_width() -> Option<usize> {
    width(io::stdout())
}

/// The same of stderr.
pub(crate) fn stderr_width() -> Option<usize> {
    width(io::stderr())
}

fn width(terminal: impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    // Terminals that know nothing of themselves say 0.
    (size.ws_col > 0).then(|| size.ws_col.into())
}

/// Makes text safe for a terminal and, where it is wider than `columns`, cuts it and says so with `…`.
#[must_use]
pub fn fit(text: &str, columns: Option<usize>) -> Cow<'_, str> {
    let safe = escape(text);
    let Some(columns) = columns.filter(|columns| safe.width() > *columns) else { return safe };
    let mut cut = String::with_capacity(columns + 4);
    let mut room = columns.saturating_sub(1);
    for char in safe.chars() {
        let width = char.width().unwrap_or(0);
        if width > room {
            break;
        }
        room -= width;
        cut.push(char);
    }
    if columns > 0 {
        cut.push('…');
    }
    Cow::Owned(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_wide_is_cut() {
        for (text, columns, cut) in [
            ("short", Some(5), "short"),
            ("longer", Some(5), "long…"),
            ("any length at all", None, "any length at all"),
            ("a\x1b[31mb", None, "a\\u{1b}[31mb"),
            ("a\x1b[31mb", Some(8), "a\\u{1b}…"),
            ("名前です", Some(5), "名前…"),
            ("名前です", Some(8), "名前です"),
            ("x", Some(0), ""),
            ("xy", Some(1), "…"),
        ] {
            assert_eq!(fit(text, columns), cut, "{text:?} {columns:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_wider_than_asked(text in proptest::prelude::any::<String>(), columns in 0_usize..40) {
            proptest::prop_assert!(fit(&text, Some(columns)).width() <= columns);
        }
    }
}

//! In which line of a manifest something stands.

use toml::de::DeTable;

/// One step from a table into what it holds.
#[derive(Debug)]
pub(super) enum At {
    /// To a key of a table.
    Key(String),
    /// To an item of an array.
    Item(usize),
}

/// The line of a byte, from 1.
pub(super) fn line_at(bytes: &[u8], at: usize) -> usize {
    1 + bytes.iter().take(at).filter(|byte| **byte == b'\n').count()
}

/// The line of what some steps lead to, or of the last step that leads anywhere.
pub(super) fn line_of(bytes: &[u8], table: &DeTable<'_>, steps: &[At]) -> usize {
    let Some((At::Key(first), rest)) = steps.split_first() else { return 1 };
    let Some(mut value) = table.get(first.as_str()) else { return 1 };
    for step in rest {
        let next = match step {
            At::Key(key) => value.get_ref().get(key.as_str()),
            At::Item(index) => value.get_ref().get(*index),
        };
        match next {
            Some(next) => value = next,
            None => break,
        }
    }
    line_at(bytes, value.span().start)
}

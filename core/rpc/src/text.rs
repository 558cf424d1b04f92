//! Texts of the endpoint's, made harmless: one line, no terminal codes, not too long.

const LONGEST: usize = 300;
/// Of a program's log, the end is what says what went wrong.
const LOG_LINES: usize = 12;

pub(crate) fn line(text: &str) -> String {
    let mut out: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}

pub(crate) fn tail<'a>(lines: impl DoubleEndedIterator<Item = &'a str>) -> Vec<String> {
    let mut tail: Vec<String> = lines.rev().take(LOG_LINES).map(line).collect();
    tail.reverse();
    tail
}

//! The bytes of one line.
//!
//! `{"v":1,"time":…,"decision":…,"prev":"<64 hex>","mac":"<64 hex>"}`: the code is over everything before `,"mac"`,
//! byte for byte, so nothing has to be understood to verify it.

use serde::Serialize;

use crate::{AuditKey, Entry};

/// What the first line says comes before it.
pub(crate) const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const HEX: usize = 64;
const PREV: &[u8] = b",\"prev\":\"";
const MAC: &[u8] = b",\"mac\":\"";
const END: &[u8] = b"\"}";

#[derive(Serialize)]
struct Body<'a> {
    v: u32,
    #[serde(flatten)]
    entry: &'a Entry,
    prev: &'a str,
}

/// Writes a line, without its newline; gives its code as well.
pub(crate) fn write(key: &AuditKey, entry: &Entry, prev: &str) -> serde_json::Result<(String, String)> {
    let mut line = serde_json::to_string(&Body { v: 1, entry, prev })?;
    line.pop();
    let code = key.code(line.as_bytes());
    line.push_str(",\"mac\":\"");
    line.push_str(&code);
    line.push_str("\"}");
    Ok((line, code))
}

/// A line that is all there; whether it is true is another question.
pub(crate) struct Whole<'a> {
    /// What the code is over.
    pub(crate) body: &'a [u8],
    pub(crate) prev: &'a str,
    pub(crate) code: &'a str,
}

impl<'a> Whole<'a> {
    /// Looks at the form alone. No part of a line has it: quotation marks inside of a text are escaped.
    pub(crate) fn read(line: &'a [u8]) -> Option<Self> {
        let rest = line.strip_suffix(END).filter(|_| line.starts_with(b"{"))?;
        let (rest, code) = hex(rest)?;
        let body = rest.strip_suffix(MAC)?;
        let (rest, prev) = hex(body.strip_suffix(b"\"")?)?;
        rest.strip_suffix(PREV)?;
        Some(Self { body, prev, code })
    }

    pub(crate) fn is_true(&self, key: &AuditKey) -> bool {
        key.code(self.body) == self.code
    }
}

fn hex(text: &[u8]) -> Option<(&[u8], &str)> {
    let (rest, hex) = text.split_at_checked(text.len().checked_sub(HEX)?)?;
    let is_hex = hex.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    Some((rest, std::str::from_utf8(hex).ok().filter(|_| is_hex)?))
}

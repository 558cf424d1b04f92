//! What one line says.

use std::borrow::Cow;

use leash_output::escape;
use serde::{Deserialize, Serialize};

/// One signature, or one refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, ISO 8601.
    pub time: String,
    /// The plugin's name.
    pub plugin: String,
    /// Digest of what ran.
    pub digest: String,
    /// The agent's mint.
    pub agent: String,
    /// The run.
    pub invocation: String,
    /// The method that was asked for.
    pub method: String,
    /// Path and query, as they were signed or would have been.
    pub path: String,
    /// SHA-256 of the body in hex.
    pub body_sha256: String,
    /// `signed`, or the code of the refusal; of a payment also `free`, for what cost nothing, and `resumed`, for what an
    /// earlier run had signed.
    pub decision: String,
    /// What it was, where it was a payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay: Option<Payment>,
}

/// What a line says of a payment. Its path is the whole URL.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Payment {
    /// Who was to be paid; empty where the URL names nobody.
    pub host: String,
    /// What leaves the treasury, in dollars; none where nothing does, or the price wasn't known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross: Option<String>,
    /// Why not, in a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The most bytes of a path; what can be signed is shorter.
const PATH: usize = 20 * 1024;
/// The most bytes of any other field.
const OTHER: usize = 256;

impl Entry {
    /// The same, with fields that fit into a line and do nothing to a terminal. What was signed fits as it is.
    pub(crate) fn tamed(&self) -> Self {
        let other = |text: &str| tame(text, OTHER);
        Self {
            time: other(&self.time),
            plugin: other(&self.plugin),
            digest: other(&self.digest),
            agent: other(&self.agent),
            invocation: other(&self.invocation),
            method: other(&self.method),
            path: tame(&self.path, PATH),
            body_sha256: other(&self.body_sha256),
            decision: other(&self.decision),
            pay: self.pay.as_ref().map(|pay| Payment {
                host: other(&pay.host),
                gross: pay.gross.as_deref().map(other),
                reason: pay.reason.as_deref().map(other),
            }),
        }
    }
}

fn tame(text: &str, most: usize) -> String {
    // Nothing gets shorter by being escaped, so a text may be cut first, and isn't escaped for nothing.
    let text = cut(Cow::Borrowed(text), most);
    cut(escape(&text), most).into_owned()
}

/// Cuts a text to what takes `most` bytes as JSON, and marks the cut.
fn cut(text: Cow<'_, str>, most: usize) -> Cow<'_, str> {
    let mut bytes = 0;
    let mut last = 0;
    for (at, char) in text.char_indices() {
        bytes += match char {
            '"' | '\\' => 2,
            '\0'..='\x1f' => 6,
            other => other.len_utf8(),
        };
        if bytes > most {
            return Cow::Owned(format!("{}…", &text[..last]));
        }
        // Up to here there is room for the mark.
        if bytes + '…'.len_utf8() <= most {
            last = at + char.len_utf8();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_stay() {
        assert_eq!(tame("/v1/x?a=%20&b", PATH), "/v1/x?a=%20&b");
        assert_eq!(tame(&"a".repeat(OTHER), OTHER), "a".repeat(OTHER));
    }

    #[test]
    fn long_and_wild_texts_are_cut_and_tamed() {
        for text in ["a", "é", "\0", "\"", "\u{9b}", "\u{202e}", "👩", "\\"] {
            let tamed = tame(&text.repeat(100_000), OTHER);
            let json = serde_json::to_string(&tamed).expect("json");
            assert!(json.len() <= OTHER + 2, "{text:?}: {}", json.len());
            assert!(tamed.ends_with('…') && !json.contains('\u{9b}'), "{json}");
        }
    }
}

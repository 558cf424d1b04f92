//! The bytes that are signed for one HTTP request, and the headers that carry the signature.

use leash_chain::Address;
use sha2::{Digest, Sha256};

/// What one signature covers.
///
/// The text that is signed (raw, not hashed) has five lines without a final newline:
///
/// ```text
/// METHOD
/// path+query
/// timestamp
/// hex(sha256(body))
/// agent_mint
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// The HTTP method; written in upper case.
    pub method: &'a str,
    /// Path and query exactly as the server will see them (as WHATWG's URL standard normalises them, a
    /// base URL's path prefix included; a bare `?` is left out).
    pub path_and_query: &'a str,
    /// ISO 8601 in UTC with milliseconds and `Z`; the API takes five minutes of drift either way.
    pub timestamp: &'a str,
    /// SHA-256 of the body's bytes; an absent body hashes no bytes.
    pub body_sha256: [u8; 32],
    /// The agent in whose name the request is made.
    pub agent: &'a Address,
}

impl Envelope<'_> {
    /// SHA-256 of a body, for [`Envelope::body_sha256`].
    #[must_use]
    pub fn hash_body(body: &[u8]) -> [u8; 32] {
        Sha256::digest(body).into()
    }

    /// The signed bytes, as text.
    #[must_use]
    pub fn text(&self) -> String {
        let method = self.method.to_ascii_uppercase();
        let body = base16ct::HexDisplay(&self.body_sha256);
        format!("{method}\n{}\n{}\n{body:x}\n{}", self.path_and_query, self.timestamp, self.agent)
    }
}

/// The three headers of a signed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHeaders {
    /// `x-leash-agent`: the agent's mint.
    pub agent: String,
    /// `x-leash-timestamp`: the time that was signed.
    pub timestamp: String,
    /// `x-leash-sig`: base58 of the 64 bytes of the signature.
    pub signature: String,
}

impl SignatureHeaders {
    /// Names and values, in the order in which the API documents them.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, &str); 3] {
        [
            ("x-leash-agent", &self.agent),
            ("x-leash-timestamp", &self.timestamp),
            ("x-leash-sig", &self.signature),
        ]
    }
}

//! The signer of this run in the place of a key, for `leash_api::Client` and whatever else signs requests.

use leash_signature::{Envelope, SignError, SignHttp, SignatureHeaders};

use crate::{Error, Signer};

/// A [`Signer`] that signs for a client of the API at one base URL.
///
/// A client signs the path as it is sent, the base URL's own path included; the signer is asked for what is
/// below it, and puts it back in front. The time in the headers is the signer's, whatever the client's is.
#[derive(Debug)]
pub struct RemoteSigner {
    signer: Signer,
    prefix: String,
}

impl RemoteSigner {
    /// A signer for a client of the API at `base_url`, the context's.
    ///
    /// # Errors
    /// [`Error::BadRequest`] where the URL has a path that no signer takes.
    pub fn new(signer: Signer, base_url: &str) -> Result<Self, Error> {
        let prefix = prefix(base_url).ok_or_else(|| Error::BadRequest {
            reason: "the API's URL has a path that can't be signed".to_owned(),
        })?;
        Ok(Self { signer, prefix: prefix.to_owned() })
    }

    /// The signer itself.
    #[must_use]
    pub const fn signer(&self) -> &Signer {
        &self.signer
    }

    fn sign(&self, request: &Envelope<'_>) -> Result<SignatureHeaders, Error> {
        let below = request
            .path_and_query
            .strip_prefix(&self.prefix)
            .filter(|rest| rest.starts_with('/'))
            .ok_or_else(|| Error::BadRequest {
                reason: "the request isn't below the API's URL".to_owned(),
            })?;
        let (path, query) = below.split_once('?').unwrap_or((below, ""));
        let signed =
            self.signer.sign_hash(&request.method.to_ascii_uppercase(), path, query, &request.body_sha256)?;
        let headers = signed.headers;
        if headers.agent != request.agent.to_string() {
            return Err(Error::WrongSigner { reason: "it signs for another agent".to_owned() });
        }
        Ok(SignatureHeaders {
            agent: headers.agent,
            timestamp: headers.timestamp,
            signature: headers.signature,
        })
    }
}

impl SignHttp for RemoteSigner {
    fn sign_http(&self, request: &Envelope<'_>) -> Result<SignatureHeaders, SignError> {
        self.sign(request).map_err(SignError::from)
    }
}

impl From<Error> for SignError {
    fn from(error: Error) -> Self {
        Self { code: error.code().to_owned(), message: error.to_string(), hint: error.hint() }
    }
}

/// The path of a URL without trailing slashes, where it is plain: nothing in it that a URL library would write
/// in another way.
fn prefix(url: &str) -> Option<&str> {
    let (_, rest) = url.trim().split_once("://")?;
    let prefix = rest.find('/').map_or("", |at| &rest[at..]).trim_end_matches('/');
    // The bytes that the protocol takes in a path.
    let plain = prefix.is_empty() || leash_protocol::scope::Asked::check("GET", prefix, "").is_ok();
    (plain && !rest.contains(['?', '#', '\\'])).then_some(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        for (url, expected) in [
            ("https://h", Some("")),
            ("https://h/", Some("")),
            (" https://h:1/a/b// ", Some("/a/b")),
            ("https://h/a b", None),
            ("https://h/%61", None),
            ("https://h/a/../b", None),
            ("https://h/a//b", None),
            ("https://h/a?b", None),
            ("h/a", None),
        ] {
            assert_eq!(prefix(url), expected, "{url}");
        }
    }
}

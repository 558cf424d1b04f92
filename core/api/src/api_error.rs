//! The API's errors: one type for all their shapes.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap};

use crate::call::Credential;
use crate::said::{Said, code_of};
use crate::text::{excerpt, span};
use crate::{clock, redact, retry};

/// The longest message taken from an answer that is not in one of the API's shapes.
const EXCERPT: usize = 200;
const MESSAGE: usize = 500;

/// An answer of the API's that is an error. Its texts are on one line, without terminal codes, and
/// without the credential that was sent.
#[derive(Clone)]
#[non_exhaustive]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The API's own code, or one made of the status.
    pub code: String,
    /// What the API says.
    pub message: String,
    /// What part of the request it is about: `label`, `services[0].name`.
    pub field: Option<String>,
    /// More of what the API says.
    pub detail: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether the request may have taken effect all the same.
    pub request_may_have_run: bool,
    /// When the API wants to be asked again.
    pub retry_after: Option<Duration>,
    /// The API's clock.
    pub server_time: Option<Timestamp>,
    /// The answer's media type.
    pub content_type: Option<String>,
    /// The answer itself, but for credentials.
    pub body: Vec<u8>,
}

impl ApiError {
    /// Reads an error. `secrets` are taken out of everything.
    pub(crate) fn read(
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        credential: &Credential<'_>,
        secrets: &[&str],
    ) -> Self {
        let body = redact::bytes(body, secrets);
        let said = Said::of(status, &body);
        // Once more: JSON may have hidden a credential in escapes.
        let clean = |text: &str, max| excerpt(&redact::text(text, secrets), max);
        let mut error = Self {
            status: status.as_u16(),
            code: said.code.unwrap_or_else(|| code_of(status).to_owned()),
            message: clean(&said.message, if said.shaped { MESSAGE } else { EXCERPT }),
            field: said.field.map(|field| clean(&field, EXCERPT)),
            detail: said.detail.map(|detail| clean(&detail, MESSAGE)),
            hint: None,
            request_may_have_run: false,
            retry_after: retry::advice(headers),
            server_time: clock::server_time(headers),
            content_type: content_type(headers),
            body,
        };
        error.request_may_have_run = retry::may_have_run(&error);
        error.hint = error.advise(credential);
        error
    }

    fn advise(&self, credential: &Credential<'_>) -> Option<String> {
        let hint = match (self.status, credential) {
            (401, _) if self.message.contains("drift") => "set this machine's clock",
            // What the API says of a path that it doesn't know, where no key was sent with it.
            (401, Credential::Agent | Credential::None) if self.message == "missing api key" => {
                "the API has no such path, or it asks for an API key; check its URL"
            }
            (401, Credential::Agent) => {
                "check that the agent is on this API's network, and its key is the right one"
            }
            (401, Credential::Key(_)) => {
                "check the API key: it may be revoked, or belong to another API or agent"
            }
            (404, _) if !self.is_shaped() => "check that the API's URL is right",
            (429, _) => {
                return Some(match self.retry_after {
                    Some(wait) => format!("wait {} and try again", span(wait)),
                    None => "wait a minute and try again".to_owned(),
                });
            }
            (500.., _) if self.request_may_have_run => "the fault is the API's: try again later",
            _ => return None,
        };
        Some(hint.to_owned())
    }

    fn is_shaped(&self) -> bool {
        self.body.first() == Some(&b'{')
    }
}

pub(crate) fn content_type(headers: &HeaderMap) -> Option<String> {
    Some(excerpt(headers.get(CONTENT_TYPE)?.to_str().ok()?, EXCERPT))
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the API answered {}: ", self.status)?;
        if let Some(field) = &self.field {
            write!(f, "`{field}`: ")?;
        }
        f.write_str(&self.message)?;
        match &self.detail {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ApiError {}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("status", &self.status)
            .field("code", &self.code)
            .field("message", &self.message)
            .field("field", &self.field)
            .field("detail", &self.detail)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(status: u16, body: &[u8]) -> ApiError {
        let status = StatusCode::from_u16(status).expect("a status");
        ApiError::read(status, &HeaderMap::new(), body, &Credential::None, &["lsh_test_0123456789abcdefgh"])
    }

    #[test]
    fn a_credential_hidden_in_escapes_is_found() {
        let error =
            read(401, br#"{"error":"unauthorized","message":"bad \u006csh_test_0123456789abcdefgh"}"#);
        assert_eq!(error.message, "bad lsh_test_[redacted]");
    }

    #[test]
    fn a_code_that_is_none_is_made_of_the_status() {
        assert_eq!(read(403, br#"{"error":"Not allowed!","message":"m"}"#).code, "forbidden");
        assert_eq!(read(403, br#"{"error":"Not allowed!"}"#).message, "Not allowed!");
        assert_eq!(read(418, b"").to_string(), "the API answered 418: i'm a teapot");
        assert_eq!(read(599, b" ").to_string(), "the API answered 599: an error without a word");
    }

    proptest! {
        #[test]
        fn any_answer_makes_an_error(status in 400_u16..600, body in any::<Vec<u8>>()) {
            let error = read(status, &body);
            prop_assert!(error.message.chars().count() <= MESSAGE && !error.message.is_empty());
            prop_assert!(crate::said::is_code(&error.code));
        }

        #[test]
        fn any_json_makes_an_error(
            key in "error|message|success|detail", inner in "issues|name", text in any::<String>(),
        ) {
            let body = serde_json::json!({key.as_str(): {inner.as_str(): [{"message": text, "path": [text, 1]}]}});
            let error = read(400, body.to_string().as_bytes());
            let harmful = error.to_string().contains(['\n', '\u{1b}', '\u{202e}']);
            prop_assert!(!harmful);
        }
    }
}

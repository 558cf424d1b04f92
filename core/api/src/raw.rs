//! Any request at all, for endpoints that this crate has no method for.

use std::fmt;

use jiff::Timestamp;
use reqwest::Method;

use crate::call::{self, Call, Credential};
use crate::{Client, Error};

/// What a request proves itself with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// Nothing.
    None,
    /// The agent's signature.
    Signed,
    /// The client's API key.
    Bearer,
}

/// A request to any path of the API.
#[derive(Clone)]
pub struct RawRequest {
    /// The HTTP method, in either case.
    pub method: String,
    /// Path and query below the base URL: `/v1/version`.
    pub path_and_query: String,
    /// JSON to send.
    pub body: Option<Vec<u8>>,
    /// What to prove oneself with.
    pub auth: Auth,
}

/// An answer with a status of success.
#[derive(Clone)]
#[non_exhaustive]
pub struct RawResponse {
    /// The status, 200 to 299.
    pub status: u16,
    /// The media type.
    pub content_type: Option<String>,
    /// The body as it came.
    pub body: Vec<u8>,
    /// The API's clock when it answered.
    pub server_time: Option<Timestamp>,
}

impl Client {
    /// Makes any request. GET and HEAD are repeated where that may help; anything else only if it was
    /// certainly not sent, or refused by the rate limit.
    ///
    /// # Errors
    /// Any [`Error`]; an answer without success is an [`Error::Api`] that holds status and body.
    pub async fn request(&self, request: RawRequest) -> Result<RawResponse, Error> {
        let method = method(&request.method)?;
        let credential = match request.auth {
            Auth::None => Credential::None,
            Auth::Signed => Credential::Agent,
            Auth::Bearer => Credential::Key(self.inner.api_key.as_ref().ok_or(Error::NoApiKey)?),
        };
        let mut call = Call::new(method, self.inner.base.target(&request.path_and_query)?, credential);
        call.body = request.body;
        let answer = call::run(&self.inner, &call).await?;
        Ok(RawResponse {
            status: answer.status,
            content_type: answer.content_type,
            body: answer.body,
            server_time: answer.server_time,
        })
    }
}

fn method(text: &str) -> Result<Method, Error> {
    let upper = text.to_ascii_uppercase();
    match Method::from_bytes(upper.as_bytes()) {
        // These are for proxies, and send more than one request's worth.
        Ok(Method::CONNECT | Method::TRACE) | Err(_) => {
            Err(Error::InvalidRequest { reason: format!("`{}` is no method", text.escape_debug()) })
        }
        Ok(method) => Ok(method),
    }
}

/// Says nothing of the body, which may hold a new key.
impl fmt::Debug for RawResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawResponse")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RawRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRequest")
            .field("method", &self.method)
            .field("path_and_query", &self.path_and_query)
            .field("auth", &self.auth)
            .finish_non_exhaustive()
    }
}

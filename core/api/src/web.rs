//! One request to somebody else's server: any method, headers and body, and the answer as it is, whatever its status.
//! The same care as for the API: bounded time and size, no redirect, no proxy for plain http, nothing repeated.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::base::BaseUrl;
use crate::{Error, failure, transport};

/// How to ask.
#[derive(Debug, Clone, Copy)]
pub struct Web<'a> {
    /// What to call oneself.
    pub user_agent: &'a str,
    /// The most bytes of an answer's body.
    pub limit: usize,
    /// How long all of it may take.
    pub timeout: Duration,
    /// Whether plain http may leave this machine.
    pub allow_http: bool,
}

/// A request.
#[derive(Debug, Clone, Default)]
pub struct WebRequest {
    /// The method, as it is sent.
    pub method: String,
    /// The whole URL; a fragment is left out.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct WebAnswer {
    /// Its status.
    pub status: u16,
    headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl WebAnswer {
    /// A header that is there once and is plain text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.get_all(name).iter();
        let first = all.next()?;
        first.to_str().ok().filter(|_| all.next().is_none())
    }

    /// All headers, names in lower case. A byte of a value is a character (Latin-1), as servers write them.
    pub fn headers(&self) -> impl Iterator<Item = (&str, String)> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes().iter().copied().map(char::from).collect()))
    }
}

impl Web<'_> {
    /// Asks once. A redirect is an answer like any other.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Connect`] and what comes before it mean that nothing was sent.
    pub async fn ask(&self, request: &WebRequest) -> Result<WebAnswer, Error> {
        let refuse = |reason: String| Error::InvalidUrl { reason };
        let mut url = Url::parse(&request.url).map_err(|error| refuse(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refuse("it is neither `http` nor `https`".to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("it holds a user name or a password".to_owned()));
        }
        url.set_fragment(None);
        let base = BaseUrl::parse(&url.origin().ascii_serialization())?;
        if !base.is_https() && !base.is_loopback() && !self.allow_http {
            return Err(Error::InsecureUrl { origin: base.origin().to_owned() });
        }
        let deadline = Instant::now() + self.timeout;
        // Less than all the time, so that running out of it before anything was sent can be told.
        let connect = self.timeout * 4 / 5;
        let built = build(request)?;
        let http = transport::build(&base, self.user_agent, connect, false)?;
        let mut sending = http.request(built.0, url).headers(built.1);
        if let Some(body) = &request.body {
            sending = sending.body(body.clone());
        }
        let late = || Error::Timeout { origin: base.origin().to_owned(), after: self.timeout };
        let mut response = match timeout_at(deadline, sending.send()).await {
            Ok(answer) => answer.map_err(|error| failure::judge(&error, base.origin(), connect))?,
            Err(_) => return Err(late()),
        };
        let body = match timeout_at(deadline, self.read(&mut response, base.origin())).await {
            Ok(body) => body?,
            Err(_) => return Err(late()),
        };
        Ok(WebAnswer { status: response.status().as_u16(), headers: response.headers().clone(), body })
    }

    async fn read(&self, response: &mut Response, origin: &str) -> Result<Vec<u8>, Error> {
        let status = response.status().as_u16();
        let too_large = || Error::TooLarge { status, limit: self.limit };
        if response.content_length().is_some_and(|length| length > self.limit as u64) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| failure::lost(&e, origin, Some(status)))? {
            if body.len() + chunk.len() > self.limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn build(request: &WebRequest) -> Result<(Method, HeaderMap), Error> {
    let refuse = |reason: String| Error::InvalidRequest { reason };
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| refuse(format!("`{}` is no method", request.method)))?;
    let mut headers = HeaderMap::new();
    headers.insert("accept", HeaderValue::from_static("*/*"));
    for (name, value) in &request.headers {
        let known = HeaderName::from_bytes(name.as_bytes());
        let known = known.map_err(|_| refuse(format!("`{name}` is no name of a header")))?;
        let value = HeaderValue::from_str(value);
        let value = value.map_err(|_| refuse(format!("the value of header `{name}` can't be sent")))?;
        headers.insert(known, value);
    }
    Ok((method, headers))
}

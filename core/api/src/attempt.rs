//! One try of a call: signed, sent, and its answer read.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use leash_signature::Envelope;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION,
};
use reqwest::{Method, Response, StatusCode};
use serde::de::DeserializeOwned;

use crate::api_error::{ApiError, content_type};
use crate::call::{Call, Credential};
use crate::client::Inner;
use crate::{Error, clock, failure};

/// The largest answer that is read.
const BODY_LIMIT: usize = 16 << 20;

/// A whole answer with a status of success.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) server_time: Option<Timestamp>,
    pub(crate) body: Vec<u8>,
    /// From the first byte of connecting to the last one of the answer.
    pub(crate) took: Duration,
}

/// Makes one try.
pub(crate) async fn make(inner: &Inner, http: &reqwest::Client, call: &Call<'_>) -> Result<Answer, Error> {
    let mut headers = credentials(inner, call)?;
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let mut request = http.request(call.method.clone(), call.target.url.clone());
    if call.body.is_none() && matches!(call.method, Method::POST | Method::PUT | Method::PATCH) {
        // Some servers refuse these without a length, and the HTTP library leaves it out.
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    if let Some(body) = &call.body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request = request.body(body.clone());
    }
    let started = Instant::now();
    let origin = inner.base.origin();
    let mut response = request
        .headers(headers)
        .send()
        .await
        .map_err(|e| failure::judge(&e, origin, inner.connect_timeout()))?;
    let status = response.status();
    if status.is_redirection() {
        return Err(Error::Redirect { status: status.as_u16(), to: destination(call, response.headers()) });
    }
    let body = read(&mut response, origin).await?;
    if !status.is_success() {
        return Err(error(inner, call, status, response.headers(), &body));
    }
    Ok(Answer {
        status: status.as_u16(),
        content_type: content_type(response.headers()),
        server_time: clock::server_time(response.headers()),
        body,
        took: started.elapsed(),
    })
}

fn credentials(inner: &Inner, call: &Call<'_>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    match call.credential {
        Credential::None => {}
        Credential::Key(key) => {
            let mut value = header(&format!("Bearer {}", key.expose()), "the API key")?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Credential::Agent => {
            let (agent, signer) = inner.agent.as_ref().ok_or(Error::NoAgent)?;
            let signed = signer.sign_http(&Envelope {
                method: call.method.as_str(),
                path_and_query: &call.target.path_and_query,
                timestamp: &clock::stamp(call.offset(inner)),
                body_sha256: Envelope::hash_body(call.body.as_deref().unwrap_or_default()),
                agent,
            })?;
            for (name, value) in signed.pairs() {
                let value = header(value, "the signature").map_err(|e| Error::Sign {
                    code: "signer_malformed".to_owned(),
                    message: e.to_string(),
                    hint: None,
                })?;
                headers.insert(name, value);
            }
        }
    }
    Ok(headers)
}

fn header(text: &str, what: &str) -> Result<HeaderValue, Error> {
    // Beyond ASCII nobody agrees on what the bytes mean.
    let value = if text.is_ascii() { HeaderValue::from_str(text).ok() } else { None };
    value.ok_or_else(|| Error::InvalidRequest {
        reason: format!("{what} holds characters that no header can carry"),
    })
}

/// The origin that a redirect points to; the rest of the address may hold anything.
fn destination(call: &Call<'_>, headers: &HeaderMap) -> Option<String> {
    let to = call.target.url.join(headers.get(LOCATION)?.to_str().ok()?).ok()?;
    let origin = to.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

async fn read(response: &mut Response, origin: &str) -> Result<Vec<u8>, Error> {
    let status = response.status().as_u16();
    let too_large = || Error::TooLarge { status, limit: BODY_LIMIT };
    if response.content_length().is_some_and(|length| length > BODY_LIMIT as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| failure::lost(&e, origin, Some(status)))? {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn error(inner: &Inner, call: &Call<'_>, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
    let sent = match call.credential {
        Credential::Key(key) => Some(key),
        _ => None,
    };
    let secrets: Vec<&str> =
        sent.into_iter().chain(&inner.api_key).map(|key| key.expose().as_str()).collect();
    Error::Api(Box::new(ApiError::read(status, headers, body, &call.credential, &secrets)))
}

impl Answer {
    /// Reads the body as JSON. An error says where it is wrong, but quotes nothing: it may hold a key.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let malformed = |reason: String| Error::Malformed { reason };
        let text = std::str::from_utf8(&self.body)
            .map_err(|e| malformed(format!("it is not UTF-8 (byte {})", e.valid_up_to())))?;
        serde_json::from_str(text).map_err(|e| {
            let what = if e.is_data() { "it is JSON of another shape" } else { "it is not JSON" };
            malformed(match e.line() {
                0 => what.to_owned(),
                line => format!("{what} (line {line}, column {})", e.column()),
            })
        })
    }
}

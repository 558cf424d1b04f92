//! The seller's own server: what was paid for is asked of it, and its answer handed on.

use std::{future::Future, sync::Arc, time::Duration};

use reqwest::{Client, Method, Url, header::HeaderMap, redirect::Policy};
use rustls::{ClientConfig, crypto::ring};
use rustls_platform_verifier::Verifier;
use tokio::runtime::Handle;

use crate::{
    api::{Answer, Request},
    js::{Value, object},
    store::links::Link,
};

/// How long the connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest answer that is handed on.
const MAX_ANSWER: usize = 16 * 1024 * 1024;
/// What concerns one connection only.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "content-encoding",
    "content-length",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// What concerns the payment only. The seller's server gets no credential of the buyer's.
const OF_PAYMENT: &[&str] = &[
    "authorization",
    "payment-signature",
    "x-payment",
    "x-leash-callback",
    "payment-required",
    "x-payment-response",
    "payment-response",
];

/// Asks the seller's server.
pub(super) fn answer(link: &Link, request: &Request, url: &str) -> Answer {
    let Some(target) = target(url, request) else {
        return failed("invalid upstream_url configured on payment link");
    };
    match wait(ask(link, request, target)) {
        Ok(answer) => answer,
        Err(message) => failed(&message),
    }
}

fn failed(message: &str) -> Answer {
    Answer::json(502, &object([("error", Value::text("upstream_failed")), ("message", Value::text(message))]))
}

/// The seller's URL with the buyer's query behind its own, but for the network.
fn target(url: &str, request: &Request) -> Option<Url> {
    let mut url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let asked = Url::parse("http://127.0.0.1").ok()?.join(&request.target().signed).ok()?;
    let added: Vec<_> = asked.query_pairs().filter(|(name, _)| name != "network").collect();
    if !added.is_empty() {
        url.query_pairs_mut().extend_pairs(added);
    }
    Some(url)
}

async fn ask(link: &Link, request: &Request, target: Url) -> Result<Answer, String> {
    let method = Method::from_bytes(link.method.as_bytes()).map_err(|error| error.to_string())?;
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers() {
        if !HOP_BY_HOP.contains(&name.as_str()) && !OF_PAYMENT.contains(&name.as_str()) {
            headers.append(name, value.clone());
        }
    }
    let body = if method == Method::GET { Vec::new() } else { request.body().to_vec() };
    let sending = client(target.scheme() == "https")?.request(method, target).headers(headers).body(body);
    let mut response = sending.send().await.map_err(|error| told(&error))?;
    let mut answer = Answer::stored(response.status().as_u16(), Vec::new()).typed("");
    for (name, value) in response.headers() {
        let (name, value) = (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned());
        match name {
            "content-type" => answer = answer.typed(value),
            _ if HOP_BY_HOP.contains(&name) => {}
            _ => answer = answer.with(name.to_owned(), value),
        }
    }
    while let Some(chunk) = response.chunk().await.map_err(|error| told(&error))? {
        if answer.body.len() + chunk.len() > MAX_ANSWER {
            return Err("the upstream's answer exceeds 16 MiB".to_owned());
        }
        answer.body.extend_from_slice(&chunk);
    }
    Ok(answer)
}

/// What went wrong, without the URL, which may hold a secret.
fn told(error: &reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "the upstream took too long"
    } else if error.is_connect() {
        "the upstream can't be reached"
    } else {
        "the upstream's answer broke off"
    };
    kind.to_owned()
}

/// Lets a thread that may wait wait for something that can't.
pub(super) fn wait<T>(work: impl Future<Output = T>) -> T {
    Handle::current().block_on(work)
}

/// A client that follows nothing, goes through no proxy, and gives up.
pub(super) fn client(verify: bool) -> Result<Client, String> {
    let builder = Client::builder()
        .connect_timeout(CONNECT)
        .timeout(PATIENCE)
        .redirect(Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(0)
        .http1_only()
        .no_proxy()
        .tls_backend_preconfigured(tls(verify)?);
    builder.build().map_err(|error| error.to_string())
}

fn tls(verify: bool) -> Result<ClientConfig, String> {
    let setup = |error: rustls::Error| error.to_string();
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)
        .map_err(setup)?;
    if !verify {
        // Never used, but the HTTP library wants one; it trusts nobody, and reads no certificates.
        return Ok(config.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth());
    }
    let verifier = Verifier::new(provider).map_err(setup)?;
    Ok(config.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

//! What a buyer gets: the seller's own server's answer, or the one that the link holds.

use super::upstream;
use crate::{
    api::{Answer, Request},
    js::{Text, Value, json},
    store::links::Link,
};

/// The seller's answer to a request that is paid for.
pub(super) fn answer(link: &Link, request: &Request) -> Answer {
    let metadata = json::parse(link.metadata.as_bytes()).unwrap_or(Value::Null);
    let upstream = metadata.get("upstream_url").and_then(Value::as_text).map(Text::trim);
    match upstream.filter(|url| !url.is_empty()) {
        Some(url) => upstream::answer(link, request, &url.to_lossy()),
        None => template(link),
    }
}

fn template(link: &Link) -> Answer {
    let response = json::parse(link.response.as_bytes()).unwrap_or(Value::Null);
    let body = match response.get("body") {
        Some(Value::Text(text)) => text.to_lossy(),
        Some(body) => body.to_json(),
        None => String::new(),
    };
    let status = response.get("status").and_then(Value::as_number).unwrap_or(200.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number up to 599")]
    let status = status as u16;
    let mime = response.get("mimeType").and_then(Value::as_text).map(Text::to_lossy).unwrap_or_default();
    match status {
        // Such an answer has no body, and one that has can't be given.
        204 | 205 | 304 if body.is_empty() => Answer::stored(status, body).typed(mime),
        100..200 | 204 | 205 | 304 => {
            Answer::stored(500, "Internal Server Error").typed("text/plain; charset=UTF-8")
        }
        _ => Answer::stored(status, body).typed(mime),
    }
}

//! What an error of the HTTP library means: was the request sent, or certainly not?

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use crate::Error;
use crate::text::{excerpt, span};

/// Judges a failed try. Anything that is not known to have happened before the request left counts as lost.
pub(crate) fn judge(error: &reqwest::Error, origin: &str, connect_timeout: Duration) -> Error {
    let origin = origin.to_owned();
    let hyper = causes(error).find_map(|cause| cause.downcast_ref::<hyper::Error>());
    if error.is_builder() {
        return Error::InvalidRequest { reason: format!("no request can be made of it: {}", root(error)) };
    }
    if error.is_connect() {
        let certificate = causes(error).any(|cause| cause.is::<rustls::Error>());
        let reason = if error.is_timeout() {
            format!("no connection within {}", span(connect_timeout))
        } else if error.is_dns() {
            format!("its name can't be resolved: {}", root(error))
        } else {
            root(error)
        };
        return Error::Connect { origin, reason, certificate };
    }
    if hyper.is_some_and(hyper::Error::is_canceled) {
        // The connection was gone before the request was begun.
        return Error::Connect {
            origin,
            reason: "the connection was closed at once".into(),
            certificate: false,
        };
    }
    if hyper.is_some_and(hyper::Error::is_parse) {
        return Error::Malformed { reason: "it is not HTTP".to_owned() };
    }
    lost(error, &origin, None)
}

/// The connection broke; `status` says how far the answer got.
pub(crate) fn lost(error: &reqwest::Error, origin: &str, status: Option<u16>) -> Error {
    let hyper = causes(error).find_map(|cause| cause.downcast_ref::<hyper::Error>());
    let reason = if hyper.is_some_and(hyper::Error::is_incomplete_message) {
        "the connection was closed before it was complete".to_owned()
    } else {
        root(error)
    };
    Error::Lost { origin: origin.to_owned(), status, reason }
}

/// The error and everything below it. `io::Error` hides what it wraps from `source`, so that is asked for.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

/// The innermost cause as a fragment: it names the fault, the ones above only say where it was met.
fn root(error: &(dyn StdError + 'static)) -> String {
    let text = causes(error).last().unwrap_or(error).to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    let text = match chars.next() {
        // An acronym stays as it is.
        Some(first) if !chars.clone().next().is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    };
    excerpt(&text, 200)
}

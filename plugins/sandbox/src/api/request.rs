//! A request, as the handlers see it.

use axum::http::HeaderMap;

use super::answer::Answer;
use crate::{
    js::{Text, Value, json},
    target::Target,
    zod::{self, Schema},
};

/// A request whose body has been read.
#[derive(Debug)]
pub struct Request {
    method: String,
    headers: HeaderMap,
    body: Vec<u8>,
    target: Target,
}

impl Request {
    /// Puts a request together; `None` where the target is no path. The body of a `GET` or `HEAD` counts as
    /// absent, whatever was sent.
    #[must_use]
    pub fn new(method: &str, raw_target: &[u8], headers: HeaderMap, body: Vec<u8>) -> Option<Self> {
        let target = Target::parse(raw_target)?;
        let body = if matches!(method, "GET" | "HEAD") { Vec::new() } else { body };
        Some(Self { method: method.to_owned(), headers, body, target })
    }

    /// The method as it was sent, which is the one that was signed.
    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    /// The method whose handler answers: `HEAD` is answered as `GET`.
    pub(crate) fn handled_as(&self) -> &str {
        if self.method == "HEAD" { "GET" } else { &self.method }
    }

    /// What it asks for.
    pub(crate) const fn target(&self) -> &Target {
        &self.target
    }

    /// The body's bytes.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// All headers.
    pub(crate) const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header; several of one name are joined.
    pub(crate) fn header(&self, name: &str) -> Option<Text> {
        let values: Vec<_> =
            self.headers.get_all(name).iter().map(axum::http::HeaderValue::as_bytes).collect();
        (!values.is_empty()).then(|| Text::from_latin1(&values.join(&b", "[..])))
    }

    /// The query, where it fits.
    ///
    /// # Errors
    /// The answer that the client gets.
    pub(crate) fn query(&self, schema: &Schema) -> Result<Value, Answer> {
        fitting(schema, &self.target.query())
    }

    /// The JSON in the body, where it fits. Without a JSON content type the body counts as `{}`.
    ///
    /// # Errors
    /// The answer that the client gets.
    pub(crate) fn json(&self, schema: &Schema) -> Result<Value, Answer> {
        let is_json = self.header("content-type").is_some_and(|value| is_json_type(&value.to_lossy()));
        let value = if is_json {
            json::parse(&self.body).map_err(|error| match error {
                json::Error::Malformed => Answer::internal("Malformed JSON in request body"),
                json::Error::TooDeep => Answer::internal("Maximum call stack size exceeded"),
            })?
        } else {
            Value::Object(Vec::new())
        };
        fitting(schema, &value)
    }
}

/// The value as the schema has it, or the answer that lists what is wrong.
pub(crate) fn fitting(schema: &Schema, value: &Value) -> Result<Value, Answer> {
    zod::parse(schema, value).map_err(Answer::issues)
}

/// Whether a content type is JSON to the original: `application/json` or `application/x+json`, in lower case,
/// each parameter with a value.
fn is_json_type(value: &str) -> bool {
    let Some(rest) = value.strip_prefix("application/") else { return false };
    let rest = match rest.split_once('+') {
        Some((prefix, rest))
            if !prefix.is_empty()
                && prefix.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte == b'.') =>
        {
            rest
        }
        _ => rest,
    };
    let Some(parameters) = rest.strip_prefix("json") else { return false };
    let mut parameters = parameters.split(';');
    parameters.next() == Some("")
        && parameters.all(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let name = Text::from(name).trim_start().to_lossy();
            !value.is_empty()
                && !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types() {
        for (value, json) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("application/json;charset=utf-8; x=y z", true),
            ("application/vnd.api+json", true),
            ("application/json;\u{a0}a=b=c", true),
            ("application/json; charset=", false),
            ("application/json; charset", false),
            ("application/json;", false),
            ("application/json ;a=b", false),
            ("Application/json", false),
            ("application/JSON", false),
            ("application/x2+json", false),
            ("application/+json", false),
            ("application/jsonp", false),
            ("text/json", false),
            ("text/plain", false),
        ] {
            assert_eq!(is_json_type(value), json, "{value}");
        }
    }
}

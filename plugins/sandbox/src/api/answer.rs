//! An answer, and the forms that a refusal takes.

use std::borrow::Cow;

use crate::{
    js::{Text, Value, object},
    zod,
};

/// The status, headers and body of an answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body's media type.
    pub content_type: Cow<'static, str>,
    /// Further headers.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What a handler gives: an answer, or a refusal, which is one too.
pub(crate) type Reply = Result<Answer, Answer>;

impl Answer {
    /// A document.
    pub(crate) fn json(status: u16, document: &Value) -> Self {
        Self::stored(status, document.to_json())
    }

    /// A document that is JSON text already.
    pub(crate) fn stored(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            content_type: Cow::Borrowed("application/json"),
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// What an unknown route gets from someone with a key.
    pub(crate) fn no_route() -> Self {
        Self::stored(404, "404 Not Found").typed("text/plain; charset=UTF-8")
    }

    /// The same with another media type.
    pub(crate) fn typed(self, content_type: impl Into<Cow<'static, str>>) -> Self {
        Self { content_type: content_type.into(), ..self }
    }

    /// The same with one more header.
    pub(crate) fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn error(status: u16, code: &str, message: impl Into<Text>, detail: Option<Text>) -> Self {
        let mut members = vec![("error", Value::text(code)), ("message", Value::text(message))];
        members.extend(detail.map(|detail| ("detail", Value::Text(detail))));
        let members = members.into_iter().map(|(name, value)| (Text::from(name), value)).collect();
        Self::json(status, &Value::Object(members))
    }

    /// 401.
    pub(crate) fn unauthorized(message: impl Into<Text>) -> Self {
        Self::error(401, "unauthorized", message, None)
    }

    /// 404.
    pub(crate) fn not_found(message: impl Into<Text>) -> Self {
        Self::error(404, "not_found", message, None)
    }

    /// 409.
    pub(crate) fn conflict(message: impl Into<Text>) -> Self {
        Self::error(409, "idempotency_conflict", message, None)
    }

    /// 502.
    pub(crate) fn rpc_error(message: impl Into<Text>) -> Self {
        Self::error(502, "rpc_error", message, None)
    }

    /// 413, which the original doesn't have: it takes bodies of any size.
    pub(crate) fn too_large(message: impl Into<Text>) -> Self {
        Self::error(413, "invalid_request", message, None)
    }

    /// 408.
    pub(crate) fn too_slow(message: impl Into<Text>) -> Self {
        Self::error(408, "invalid_request", message, None)
    }

    /// 422.
    pub(crate) fn invalid(message: impl Into<Text>, detail: Option<Text>) -> Self {
        Self::error(422, "invalid_request", message, detail)
    }

    /// 429.
    pub(crate) fn rate_limited() -> Self {
        Self::error(429, "rate_limited", "per-key rate limit exceeded", None)
    }

    /// 500.
    pub(crate) fn internal(detail: impl Into<Text>) -> Self {
        Self::error(500, "internal", "unexpected error", Some(detail.into()))
    }

    /// 400, with what is wrong with the request.
    pub(crate) fn issues(issues: Vec<Value>) -> Self {
        Self::json(400, &zod::document(issues))
    }
}

impl From<rusqlite::Error> for Answer {
    fn from(error: rusqlite::Error) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<getrandom::Error> for Answer {
    fn from(error: getrandom::Error) -> Self {
        Self::internal(error.to_string())
    }
}

/// `{"NAME":VALUE}`
pub(crate) fn document(name: &str, value: Value) -> Value {
    object([(name, value)])
}

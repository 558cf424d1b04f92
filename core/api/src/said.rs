//! What an error answer says: four shapes on the wire, and whatever else stands between.

use reqwest::StatusCode;
use serde_json::Value;

/// What an error answer says, in whichever shape.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    pub(crate) field: Option<String>,
    pub(crate) detail: Option<String>,
    /// Whether it is one of the API's shapes, or at least JSON.
    pub(crate) shaped: bool,
}

impl Said {
    pub(crate) fn of(status: StatusCode, body: &[u8]) -> Self {
        let mut said = match serde_json::from_slice::<Value>(body) {
            Ok(Value::Object(map)) => Self::json(&Value::Object(map)),
            _ => Self { message: String::from_utf8_lossy(body).into_owned(), ..Self::default() },
        };
        if said.message.trim().is_empty() {
            said.message = status.canonical_reason().unwrap_or("an error without a word").to_lowercase();
        }
        said
    }

    fn json(value: &Value) -> Self {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        if let Some(issues) = value["error"]["issues"].as_array().filter(|issues| !issues.is_empty()) {
            return Self::issues(issues);
        }
        Self {
            code: text("error").filter(|code| is_code(code)),
            // `title` is what RFC 9457 calls it.
            message: text("message").or_else(|| text("title")).or_else(|| text("error")).unwrap_or_default(),
            detail: match &value["detail"] {
                Value::Null => None,
                Value::String(detail) => Some(detail.clone()),
                other => Some(other.to_string()),
            },
            field: None,
            shaped: true,
        }
    }

    /// A validation error: the first issue speaks, the others are counted.
    fn issues(issues: &[Value]) -> Self {
        let first = &issues[0];
        let mut message = first["message"].as_str().unwrap_or("invalid").to_owned();
        if issues.len() > 1 {
            message.push_str(&format!(" (and {} more)", issues.len() - 1));
        }
        let field = first["path"].as_array().map(|path| joined(path)).filter(|field| !field.is_empty());
        Self { code: Some("invalid_request".to_owned()), message, field, detail: None, shaped: true }
    }
}

/// `["services", 0, "name"]` as `services[0].name`.
fn joined(path: &[Value]) -> String {
    let mut out = String::new();
    for part in path {
        match part {
            Value::String(name) if out.is_empty() => out.push_str(name),
            Value::String(name) => out.push_str(&format!(".{name}")),
            index => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

pub(crate) fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

pub(crate) fn code_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 | 422 => "invalid_request",
        401 => "unauthorized",
        402 => "payment_required",
        403 => "forbidden",
        404 | 410 => crate::NOT_FOUND,
        405 => "method_not_allowed",
        408 => "request_timeout",
        409 => "conflict",
        413 => "request_too_large",
        429 => crate::RATE_LIMITED,
        500 => "internal",
        502 => "bad_gateway",
        503 => "unavailable",
        504 => "gateway_timeout",
        _ => "http_error",
    }
}

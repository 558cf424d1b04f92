//! What a request asks for: its path as it was signed, as it is routed, and its query.
//!
//! The original's server normalises the request's target as a URL first, so `/v1/x/../agents` is `/v1/agents`
//! and a quote in a query is `%27`; that text is what a signature covers. Its router then decodes the path,
//! and decodes each parameter once more.

use url::Url;

use crate::js::{Text, Value};

/// A request's target.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Path and query as a signature covers them. A bare `?` is not part of it.
    pub(crate) signed: String,
    segments: Vec<String>,
    query: String,
}

impl Target {
    /// Reads the target of a request line. A byte beyond ASCII is one character, as in the original.
    pub(crate) fn parse(raw: &[u8]) -> Option<Self> {
        let raw: String = raw.iter().map(|&byte| char::from(byte)).collect();
        let url = Url::parse(&format!("http://127.0.0.1{raw}")).ok()?;
        let query = url.query().unwrap_or_default();
        let mark = if query.is_empty() { "" } else { "?" };
        let path = url.path();
        // A percent sign that stands for itself survives the first decoding.
        let routed = decode(&path.replace("%25", "%2525"), Keep::Reserved);
        Some(Self {
            signed: format!("{path}{mark}{query}"),
            segments: routed.split('/').skip(1).map(str::to_owned).collect(),
            query: query.to_owned(),
        })
    }

    /// The path's segments, as the router sees them.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// The query as an object: a name that comes once holds a string, one that comes again a list.
    pub(crate) fn query(&self) -> Value {
        let mut members: Vec<(Text, Vec<Value>)> = Vec::new();
        for part in self.query.split('&') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let name = Text::from(decode_query(name));
            if name.is_empty() || name.is("__proto__") {
                continue;
            }
            let value = Value::text(decode_query(value));
            match members.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.push(value),
                None => members.push((name, vec![value])),
            }
        }
        let single = |mut values: Vec<Value>| match values.len() {
            1 => values.remove(0),
            _ => Value::List(values),
        };
        Value::Object(members.into_iter().map(|(name, values)| (name, single(values))).collect())
    }
}

/// A path parameter, decoded for the handler.
pub(crate) fn parameter(segment: &str) -> String {
    decode(segment, Keep::Nothing)
}

fn decode_query(text: &str) -> String {
    decode(&text.replace('+', " "), Keep::Nothing)
}

/// What stays percent-encoded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// Nothing: `decodeURIComponent`.
    Nothing,
    /// What separates a URL's parts: `decodeURI`.
    Reserved,
}

/// Decodes the whole text or, where it can't be, each run of escapes that can.
fn decode(text: &str, keep: Keep) -> String {
    if let Some(decoded) = decode_strictly(text, keep) {
        return decoded;
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('%') {
        let run = run_of_escapes(&rest[start..]);
        decoded.push_str(&rest[..start]);
        let (escapes, after) = rest[start..].split_at(run.max(1));
        match decode_strictly(escapes, keep) {
            Some(text) if run > 0 => decoded.push_str(&text),
            _ => decoded.push_str(escapes),
        }
        rest = after;
    }
    decoded.push_str(rest);
    decoded
}

/// How many bytes of `%XX%XX…` the text begins with.
fn run_of_escapes(text: &str) -> usize {
    text.as_bytes().chunks(3).take_while(|chunk| escaped(chunk).is_some()).count() * 3
}

fn escaped(chunk: &[u8]) -> Option<u8> {
    match chunk {
        [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
            u8::from_str_radix(std::str::from_utf8(&chunk[1..3]).ok()?, 16).ok()
        }
        _ => None,
    }
}

/// `None` where an escape is broken, or the escapes together are no UTF-8.
fn decode_strictly(text: &str, keep: Keep) -> Option<String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte != b'%' {
            // Only escapes may make up a character beyond ASCII.
            decoded.push(byte);
            at += 1;
            continue;
        }
        let value = escaped(&bytes[at..])?;
        if keep == Keep::Reserved && b";/?:@&=+$,#".contains(&value) {
            decoded.extend_from_slice(&bytes[at..at + 3]);
        } else {
            decoded.push(value);
        }
        at += 3;
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(raw: &str) -> Target {
        Target::parse(raw.as_bytes()).expect("a target")
    }

    #[test]
    fn what_is_signed_is_normalised() {
        for (raw, signed) in [
            ("/v1/x/../agents/./a", "/v1/agents/a"),
            ("/v1/%2e%2E/a", "/a"),
            ("//v1/a/", "//v1/a/"),
            ("/a?", "/a"),
            ("/a?x='a'&y=%27", "/a?x=%27a%27&y=%27"),
            ("/%41?%41", "/%41?%41"),
            ("/a?b?c", "/a?b?c"),
            ("/a|{b}\"?{c}\"", "/a|%7Bb%7D%22?{c}%22"),
        ] {
            assert_eq!(target(raw).signed, signed, "{raw}");
        }
        assert_eq!(Target::parse(b"/\xc3\xa9").expect("a target").signed, "/%C3%83%C2%A9");
    }

    #[test]
    fn the_router_decodes_and_the_parameter_again() {
        assert_eq!(target("/v1/%61gents/a%2Fb%20%3Fx").segments(), ["v1", "agents", "a%2Fb %3Fx"]);
        assert_eq!(parameter("a%2Fb %3Fx"), "a/b ?x");
        assert_eq!(target("/100%25").segments(), ["100%25"]);
        assert_eq!(parameter("100%25"), "100%");
        assert_eq!(target("/%E2%98%83%A4%zz%41").segments(), ["%E2%98%83%A4%zzA"]);
    }

    #[test]
    fn a_query_is_an_object() {
        for (raw, json) in [
            ("/?limit=%32&x=a+b", r#"{"limit":"2","x":"a b"}"#),
            ("/?a=1&a=2&b&=c&&d=", r#"{"a":["1","2"],"b":"","d":""}"#),
            ("/?a=1=2", r#"{"a":"1=2"}"#),
            ("/?%61=%E2%98%83%zz", r#"{"a":"☃%zz"}"#),
            ("/", "{}"),
        ] {
            assert_eq!(target(raw).query().to_json(), json, "{raw}");
        }
    }
}

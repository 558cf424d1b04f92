//! Which requests a plugin may have signed, and whether one request is among them.
//!
//! A scope is a set of methods and a path pattern below the API's base URL. It is matched on the exact bytes
//! that will be signed, so only bytes are taken that every URL library leaves as they are: nothing is
//! decoded, normalised or repaired on the way, here or anywhere later.

use serde::{Deserialize, Serialize};

/// The longest path, or query, that is looked at.
const MAX_BYTES: usize = 8 * 1024;

/// Requests that may be signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Methods, upper case.
    pub methods: Vec<String>,
    /// A path, segment by segment: a text that must be there, `*` for any one segment, `**` at the end for
    /// one or more, `{mint}` for the granted agent's mint.
    pub path: String,
    /// Whether the request may have a query.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub query: bool,
    /// Why the plugin asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

const fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_yes(value: &bool) -> bool {
    *value
}

/// A request whose bytes may be signed as they are, if a scope allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a str,
}

impl<'a> Asked<'a> {
    /// Checks the bytes of a request. The path begins with `/`; the query comes without its `?`, and an empty
    /// one is none.
    ///
    /// # Errors
    /// What is wrong with it, for the one who asked.
    pub fn check(method: &'a str, path: &'a str, query: &'a str) -> Result<Self, &'static str> {
        if !is_method(method) {
            return Err("the method is no upper-case token");
        }
        let segments = path.strip_prefix('/').ok_or("the path doesn't begin with `/`")?;
        if path.len() > MAX_BYTES || query.len() > MAX_BYTES {
            return Err("the path or the query is too long");
        }
        if !path.bytes().all(is_path_byte) {
            return Err("the path has a byte that isn't allowed in it");
        }
        if segments.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return Err("the path has an empty segment, or one of dots");
        }
        if !is_query(query) {
            return Err("the query has a byte that isn't allowed in it");
        }
        Ok(Self { method, path, query })
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &'a str {
        self.method
    }

    /// The path.
    #[must_use]
    pub const fn path(&self) -> &'a str {
        self.path
    }

    /// The query, without `?`; empty where there is none.
    #[must_use]
    pub const fn query(&self) -> &'a str {
        self.query
    }

    /// Path and query as they are signed.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        if self.query.is_empty() { self.path.to_owned() } else { format!("{}?{}", self.path, self.query) }
    }
}

impl Scope {
    /// Reads `'POST /v1/agents/{mint}/api-keys'`; several methods are parted by commas.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (methods, path) = text.trim().split_once(' ').ok_or("a scope is `METHOD /path`")?;
        let scope = Self {
            methods: methods.split(',').map(str::to_owned).collect(),
            path: path.trim().to_owned(),
            query: true,
            reason: None,
        };
        scope.check()?;
        Ok(scope)
    }

    /// Whether the scope itself makes sense.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        if self.methods.is_empty() {
            return Err("a scope without methods grants nothing".to_owned());
        }
        if let Some(method) = self.methods.iter().find(|method| !is_method(method)) {
            return Err(format!("`{method}` is no method: upper case, as in `GET`"));
        }
        let path =
            self.path.strip_prefix('/').ok_or_else(|| format!("`{}` doesn't begin with `/`", self.path))?;
        let mut segments = path.split('/').peekable();
        while let Some(segment) = segments.next() {
            let fine = match segment {
                "*" | "{mint}" => true,
                "**" => segments.peek().is_none(),
                "" | "." | ".." => false,
                literal => literal.bytes().all(|b| is_path_byte(b) && b != b'*'),
            };
            if !fine {
                return Err(format!("`{}` has a segment that can't be matched: `{segment}`", self.path));
            }
        }
        Ok(())
    }

    /// Whether it allows a request of the agent `mint`.
    #[must_use]
    pub fn allows(&self, asked: &Asked<'_>, mint: &str) -> bool {
        if self.check().is_err() || !self.methods.iter().any(|method| method == asked.method) {
            return false;
        }
        if !self.query && !asked.query.is_empty() {
            return false;
        }
        let mut pattern = self.path[1..].split('/');
        let mut segments = asked.path[1..].split('/');
        loop {
            match (pattern.next(), segments.next()) {
                (None, None) => return true,
                (Some("**"), Some(_)) => return true,
                (Some("*"), Some(_)) => {}
                (Some("{mint}"), Some(segment)) if segment == mint => {}
                (Some(literal), Some(segment)) if literal == segment && literal != "{mint}" => {}
                _ => return false,
            }
        }
    }

    /// Whether it makes credentials that outlast the grant: keys, claims, disclosures.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        let writes = self.methods.iter().any(|method| !matches!(method.as_str(), "GET" | "HEAD"));
        writes
            && self
                .path
                .split('/')
                .any(|segment| matches!(segment, "**" | "*" | "api-keys" | "claims" | "disclosures"))
    }
}

/// Whether a text is a method as it may be signed, or paid for: an upper-case token.
#[must_use]
pub fn is_method(method: &str) -> bool {
    let bytes = method.as_bytes();
    matches!(bytes.first(), Some(b'A'..=b'Z'))
        && bytes.len() <= 32
        && bytes.iter().all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_'))
}

const fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b':'
                | b'@'
                | b'!'
                | b'$'
                | b'&'
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b'/'
        )
}

fn is_query(query: &str) -> bool {
    let mut bytes = query.bytes();
    while let Some(byte) = bytes.next() {
        let fine = match byte {
            b'%' => {
                bytes.next().is_some_and(|b| b.is_ascii_hexdigit())
                    && bytes.next().is_some_and(|b| b.is_ascii_hexdigit())
            }
            b'?' => true,
            other => is_path_byte(other),
        };
        if !fine {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINT: &str = "B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj";

    fn allows(scope: &str, method: &str, path: &str, query: &str) -> bool {
        let scope = Scope::parse(scope).expect(scope);
        Asked::check(method, path, query).is_ok_and(|asked| scope.allows(&asked, MINT))
    }

    #[test]
    fn what_is_granted_and_nothing_beside_it() {
        let keys = "GET,POST /v1/agents/{mint}/api-keys";
        let path = format!("/v1/agents/{MINT}/api-keys");
        assert!(allows(keys, "GET", &path, ""));
        assert!(allows(keys, "POST", &path, "limit=5&x=%2F"));
        assert!(!allows(keys, "PUT", &path, ""));
        assert!(!allows(keys, "GET", &format!("{path}/x"), ""));
        assert!(!allows(keys, "GET", "/v1/agents/{mint}/api-keys", ""));
        assert!(!allows(keys, "GET", "/v1/agents/HVedbEpdeBWDgsXtRVsHCeTWU9yEAKv2adFo7JcTJF5u/api-keys", ""));
        assert!(allows(
            "POST /v1/agents/{mint}/api-keys/*/disable",
            "POST",
            &format!("{path}/01X/disable"),
            ""
        ));
        assert!(!allows(
            "POST /v1/agents/{mint}/api-keys/*/disable",
            "POST",
            &format!("{path}/a/b/disable"),
            ""
        ));
        assert!(allows("GET /v1/**", "GET", "/v1/a/b", ""));
        assert!(!allows("GET /v1/**", "GET", "/v1", ""));
        assert!(!allows("GET /v1/**", "GET", "/v2/a", ""));
    }

    #[test]
    fn no_query_where_the_scope_says_so() {
        let scope = Scope { query: false, ..Scope::parse("GET /v1/x").expect("a scope") };
        let allows = |query| scope.allows(&Asked::check("GET", "/v1/x", query).expect("bytes"), MINT);
        assert!(allows("") && !allows("a=1"));
    }

    #[test]
    fn bytes_that_somebody_could_read_otherwise_are_refused() {
        for path in [
            "",
            "v1",
            "//v1",
            "/v1//x",
            "/v1/",
            "/v1/./x",
            "/v1/../x",
            "/..",
            "/v1/%2e%2e/x",
            "/v1/a%2Fb",
            "/v1/a\\b",
            "/v1/a b",
            "/v1/a\tb",
            "/v1/a\0",
            "/v1/x#f",
            "/v1/x?y",
            "/v1/'",
            "/v1/é",
            "/v1/{x}",
            "/v1/a|b",
            "/v1/\"",
        ] {
            assert!(Asked::check("GET", path, "").is_err(), "{path:?}");
        }
        for query in ["'", "a b", "#", "%", "%2", "%zz", "a\n", "\0", "é", "[", "a\\b"] {
            assert!(Asked::check("GET", "/v1", query).is_err(), "{query:?}");
        }
        for method in ["", "get", "Get", "GET ", "GE T", "G\nT", "É", "-GET", &"A".repeat(33)] {
            assert!(Asked::check(method, "/v1", "").is_err(), "{method:?}");
        }
    }

    #[test]
    fn scopes_that_make_no_sense_are_refused() {
        for text in [
            "",
            "GET",
            "GET v1",
            "get /v1",
            "GET /v1/**/x",
            "GET /v1//x",
            "GET /a*b",
            "GET /%2e",
            "GET /..",
            ", /v1",
        ] {
            assert!(Scope::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_lasts_is_known() {
        assert!(Scope::parse("POST /v1/agents/{mint}/api-keys").expect("a scope").is_lasting());
        assert!(Scope::parse("POST /v1/**").expect("a scope").is_lasting());
        assert!(!Scope::parse("GET /v1/agents/{mint}/api-keys").expect("a scope").is_lasting());
    }
}
